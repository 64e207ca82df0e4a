package dev.weir.engine;

/**
 * One worker among those of a director.
 *
 * @param worker   its number, from 0
 * @param passes   whether it passes on what it has looked at already: only where there are others, and clients' ports count
 */
record Member(int worker, boolean passes, Steering steering, Homes homes, OtherWorkers others) {
}

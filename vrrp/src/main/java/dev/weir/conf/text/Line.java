package dev.weir.conf.text;

/** A line after conditions, parameters and sequences. */
record Line(String text, Position at) {
}

package dev.weir.scheduler;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A real server whose weight and counts a test sets; the schedulers that it stands in hear of it. */
final class FakeServer implements Server {
    private final String name;
    private long addressHigh;
    private long addressLow;
    private int port;
    private volatile int weight;
    private volatile int lastWeight;
    private volatile int active;
    private volatile int inactive;
    private volatile boolean overloaded;
    private final List<Runnable> hearing = new CopyOnWriteArrayList<>();

    FakeServer(String name, int weight) {
        this.name = name;
        this.weight = weight;
        lastWeight = weight;
    }

    void standsIn(Scheduler scheduler, int place) {
        hearing.add(() -> scheduler.changed(place));
        scheduler.changed(place);
    }

    private FakeServer changed() {
        hearing.forEach(Runnable::run);
        return this;
    }

    FakeServer weight(int value) {
        weight = value;
        if (value != 0) {
            lastWeight = value;
        }
        return changed();
    }

    FakeServer at(String text, int atPort) {
        long[] words = FakeFlow.words(text);
        addressHigh = words[0];
        addressLow = words[1];
        port = atPort;
        return this;
    }

    FakeServer connections(int activeOnes, int inactiveOnes) {
        active = activeOnes;
        inactive = inactiveOnes;
        return changed();
    }

    FakeServer overloaded(boolean value) {
        overloaded = value;
        return changed();
    }

    @Override
    public long addressHigh() {
        return addressHigh;
    }

    @Override
    public long addressLow() {
        return addressLow;
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public int lastWeight() {
        return lastWeight;
    }

    @Override
    public int weight() {
        return weight;
    }

    @Override
    public int activeConnections() {
        return active;
    }

    @Override
    public int inactiveConnections() {
        return inactive;
    }

    @Override
    public boolean overloaded() {
        return overloaded;
    }

    @Override
    public String toString() {
        return name;
    }
}

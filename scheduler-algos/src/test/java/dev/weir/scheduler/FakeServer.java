package dev.weir.scheduler;

/** A real server whose weight and counts a test sets. */
final class FakeServer implements Server {
    private final String name;
    private volatile int weight;
    private volatile int active;
    private volatile int inactive;
    private volatile boolean overloaded;

    FakeServer(String name, int weight) {
        this.name = name;
        this.weight = weight;
    }

    FakeServer weight(int value) {
        weight = value;
        return this;
    }

    FakeServer connections(int activeOnes, int inactiveOnes) {
        active = activeOnes;
        inactive = inactiveOnes;
        return this;
    }

    FakeServer overloaded(boolean value) {
        overloaded = value;
        return this;
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

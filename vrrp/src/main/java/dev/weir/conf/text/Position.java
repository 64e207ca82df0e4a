package dev.weir.conf.text;

/** Where something stands: the file as it was named, and the line in it, from 1. */
public record Position(String file, int line) {
    @Override
    public String toString() {
        return file + ":" + line;
    }
}

package dev.weir.lbmark;

/** What one call of lb-mark came to. */
public record Result(int exit, String stdout, String stderr) {
}

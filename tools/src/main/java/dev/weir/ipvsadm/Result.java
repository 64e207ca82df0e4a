package dev.weir.ipvsadm;

/** What one call of ipvsadm came to. */
public record Result(int exit, String stdout, String stderr) {
}

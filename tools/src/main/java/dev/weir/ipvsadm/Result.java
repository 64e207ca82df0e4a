package dev.weir.ipvsadm;

/** What one call of ipvsadm came to. */
public record Result(int exit, String stdout, String stderr) {
    static Result done(String stdout, String warnings) {
        return new Result(0, stdout, warnings);
    }
}

package dev.weir.check;

/** How one run of a checker ended. */
public sealed interface Outcome {
    /** What was seen, in a few words for the log and {@code lb-ctl status}: "status 503 for /health, wanted 200 to 299". */
    String detail();

    /** The server answered as it should. */
    record Success(String detail) implements Outcome {
    }

    /** One of several questions (the URLs of HTTP_GET, the hosts of SMTP_CHECK) was answered well; the next is due. */
    record Next(String detail) implements Outcome {
    }

    /** It did not. */
    record Failure(String detail) implements Outcome {
    }

    /**
     * It answered, and said what its weight shall be (misc_dynamic, FILE_CHECK with a weight).
     *
     * @param added what is added to the weight, and may be negative; else the weight in place of the configured one
     */
    record Weighted(int weight, boolean added, String detail) implements Outcome {
    }
}

package dev.weir.service;

/** A change of services that cannot be made. ipvsadm has its own words for each problem. */
public final class ServiceException extends Exception {
    private static final long serialVersionUID = 1;

    public enum Problem {
        SERVICE_EXISTS, NO_SUCH_SERVICE, NO_SUCH_SCHEDULER, NO_SUCH_ENGINE, SERVER_EXISTS, NO_SUCH_SERVER, BAD_SERVER_ADDRESS, BAD_THRESHOLDS, FAMILIES_DIFFER, LOCAL_ADDRESS_EXISTS, BAD_LOCAL_ADDRESS, NO_SUCH_LOCAL_ADDRESS
    }

    private final Problem problem;

    public ServiceException(Problem problem, String message) {
        super(message);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}

package dev.weir.sys;

/** errno in words, as strerror(3) has them, for those that an operator meets. */
final class Errno {
    private Errno() {
    }

    static String text(int errno) {
        return switch (errno) {
            case 1 -> "Operation not permitted (EPERM): is a capability missing?";
            case 2 -> "No such file or directory (ENOENT)";
            case 3 -> "No such process (ESRCH)";
            case 6 -> "No such device or address (ENXIO)";
            case 9 -> "Bad file descriptor (EBADF)";
            case 11 -> "Resource temporarily unavailable (EAGAIN)";
            case 12 -> "Cannot allocate memory (ENOMEM)";
            case 13 -> "Permission denied (EACCES)";
            case 14 -> "Bad address (EFAULT)";
            case 16 -> "Device or resource busy (EBUSY)";
            case 17 -> "File exists (EEXIST)";
            case 19 -> "No such device (ENODEV)";
            case 22 -> "Invalid argument (EINVAL)";
            case 24 -> "Too many open files (EMFILE): raise LimitNOFILE";
            case 28 -> "No space left on device (ENOSPC)";
            case 32 -> "Broken pipe (EPIPE)";
            case 90 -> "Message too long (EMSGSIZE)";
            case 95 -> "Operation not supported (EOPNOTSUPP)";
            case 97 -> "Address family not supported (EAFNOSUPPORT)";
            case 98 -> "Address already in use (EADDRINUSE)";
            case 99 -> "Cannot assign requested address (EADDRNOTAVAIL)";
            case 100 -> "Network is down (ENETDOWN)";
            case 101 -> "Network is unreachable (ENETUNREACH)";
            case 103 -> "Software caused connection abort (ECONNABORTED)";
            case 104 -> "Connection reset by peer (ECONNRESET)";
            case 105 -> "No buffer space available (ENOBUFS)";
            case 110 -> "Connection timed out (ETIMEDOUT)";
            case 111 -> "Connection refused (ECONNREFUSED)";
            case 113 -> "No route to host (EHOSTUNREACH)";
            default -> "errno " + errno;
        };
    }
}

package dev.weir.vrrp.machine;

/** Of an instance or of a sync group; the names are those that notify scripts get. */
public enum State {
    /** Before the first event. */
    INIT, BACKUP, MASTER,
    /** Something that it needs is down, or the configuration is not possible here. */
    FAULT,
    /** The daemon ends. */
    STOP,
    /** A new configuration does not have it any more. */
    DELETED
}

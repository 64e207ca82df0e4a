package dev.weir.sync;

/** What a synchronisation daemon does; a director may do both. */
public enum Role {
    /** It tells of connections. */
    MASTER,
    /** It takes in what a master tells. */
    BACKUP
}

package dev.weir.ipvsadm;

/** The commands, by the names that ipvsadm's messages use. */
enum Command {
    // @formatter:off
    ADD_SERVICE("add-service"), EDIT_SERVICE("edit-service"), DELETE_SERVICE("delete-service"), CLEAR("flush"),
    LIST("list"), ADD_SERVER("add-server"), DELETE_SERVER("delete-server"), EDIT_SERVER("edit-server"), SET("set"),
    START_DAEMON("start-daemon"), STOP_DAEMON("stop-daemon"), RESTORE("restore"), SAVE("save"), ZERO("zero"),
    ADD_LOCAL("add-laddr"), DELETE_LOCAL("del-laddr"), LIST_LOCAL("get-laddr"), HELP("help"), VERSION("version");
    // @formatter:on

    private final String label;

    Command(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}

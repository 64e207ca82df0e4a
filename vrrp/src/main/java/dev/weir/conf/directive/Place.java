package dev.weir.conf.directive;

/** The blocks that hold directives. */
public enum Place {
    TOP("outside of all blocks"), GLOBAL_DEFS("global_defs"), CONNECTION_SYNC("connection_sync"), VRRP_SCRIPT(
            "vrrp_script"), TRACK_PROCESS(
                    "vrrp_track_process"), TRACK_FILE("track_file"), TRACK_GROUP("track_group"), GARP_GROUP(
                            "garp_group"), BFD_INSTANCE("bfd_instance"), SYNC_GROUP("vrrp_sync_group"), VRRP_INSTANCE(
                                    "vrrp_instance"), AUTHENTICATION(
                                            "authentication"), HEARTBEAT("heartbeat"), SSL("SSL"), VIRTUAL_SERVER(
                                                    "virtual_server"), REAL_SERVER("real_server"), HTTP_GET(
                                                            "HTTP_GET, SSL_GET"), URL(
                                                                    "url"), TCP_CHECK("TCP_CHECK"), SMTP_CHECK(
                                                                            "SMTP_CHECK"), SMTP_HOST(
                                                                                    "host"), DNS_CHECK(
                                                                                            "DNS_CHECK"), UDP_CHECK(
                                                                                                    "UDP_CHECK"), PING_CHECK(
                                                                                                            "PING_CHECK"), MISC_CHECK(
                                                                                                                    "MISC_CHECK"), BFD_CHECK(
                                                                                                                            "BFD_CHECK"), FILE_CHECK(
                                                                                                                                    "FILE_CHECK");

    private final String title;

    Place(String title) {
        this.title = title;
    }

    public String title() {
        return title;
    }
}

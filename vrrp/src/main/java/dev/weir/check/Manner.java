package dev.weir.check;

import dev.weir.conf.HealthCheck.BfdWatch;
import dev.weir.conf.HealthCheck.Connect;
import dev.weir.conf.HealthCheck.Dns;
import dev.weir.conf.HealthCheck.FileWatch;
import dev.weir.conf.HealthCheck.Http;
import dev.weir.conf.HealthCheck.Ping;
import dev.weir.conf.HealthCheck.Probe;
import dev.weir.conf.HealthCheck.Script;
import dev.weir.conf.HealthCheck.Smtp;
import dev.weir.conf.HealthCheck.Udp;

/** What keepalived's kinds of checkers do differently about their runs. */
enum Manner {
    /** UDP_CHECK, PING_CHECK and DNS_CHECK: retries follow failures of what is up. */
    PLAIN,
    /** TCP_CHECK: retries also follow failures of what is down, again and again. */
    STUBBORN,
    /** SMTP_CHECK: the same, and the first run of all has its retries, too. */
    PATIENT,
    /** MISC_CHECK: as PLAIN, and the time to the next run counts from the beginning of the last. */
    SCRIPT,
    /** HTTP_GET and SSL_GET: several questions make one check. */
    PAGES,
    /** FILE_CHECK and BFD_CHECK: nothing is asked; they tell when something has changed. */
    TOLD;

    static Manner of(Probe probe) {
        return switch (probe) {
            case Connect _ -> STUBBORN;
            case Smtp _ -> PATIENT;
            case Script _ -> SCRIPT;
            case Http _ -> PAGES;
            case FileWatch _,BfdWatch _ -> TOLD;
            case Udp _,Ping _,Dns _ -> PLAIN;
        };
    }
}

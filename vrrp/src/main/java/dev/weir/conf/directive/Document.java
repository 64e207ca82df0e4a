package dev.weir.conf.directive;

import dev.weir.conf.directive.Directive.Block;
import dev.weir.conf.directive.Directive.Entries;

/** docs/keepalived-conf.md, made from the table; a test holds the file against it. */
public final class Document {
    private static final String HEAD = """
            # keepalived.conf in Weir

            This file is made from the code: change `vrrp`'s package `conf.directive` and run the test `DocumentTest` with
            `-Dweir.regenerate=true`.

            Weir knows every directive that keepalived 2.2.7 (Debian 12) knows, and judges a configuration as `keepalived -t` does:
            what it takes is taken, what it refuses is refused, with a better message.

                tools/lbd --check-config /etc/keepalived/keepalived.conf

            prints on standard output what was understood, in canonical form, and on standard error what is wrong. Exit status: 0
            nothing; 4 a link to watch is not there; 5 mistakes; 6 a script would run as root without `enable_script_security`, or an
            included file that must be there is missing; 2 an argument is missing where keepalived gives up at once. Whether interfaces,
            users and scripts are there is asked of the machine it runs on.

            Warnings are for what keepalived passes over in silence: words behind the last argument (`priority 100 //remark`), a
            `vrrp_script` that nothing watches, an `include` without files. Where keepalived 2.2.7 crashes (an `HTTP_GET` without
            `url`, a `bfd_instance` without neighbour), Weir says what is missing, with status 5.

            | in the last column | |
            |---|---|
            | yes | done; what there is to know stands behind a colon |
            | no effect: REASON | taken for keepalived's sake |
            | Weir's own | done; keepalived does not know it, and refuses a file that has it plainly |

            A line that begins with `@weir` is a line for Weir, whatever `--config-id` says, and `@^weir` one for all others. keepalived
            passes over `@weir` (unless it runs with `-i weir`), so that one file does for both: `@weir check_path vip`.

            keepalived has no `nat_mask`, which some tutorials show: a mask is written behind the address, `10.0.0.1/24`.

            FULLNAT is written as DPVS's keepalived writes it ([fullnat.md](fullnat.md)): `lb_kind FNAT`, which keepalived refuses,
            `local_address_group`, `laddr_group_name` and `proxy_protocol`. The interface behind a local address is not looked at.

            ## Scripts, FIFOs and mail

            Scripts get the arguments, the environment, the user, the umask (0177) and the process group that keepalived gives them,
            FIFOs the same lines, mail the same subject and text. Otherwise than in keepalived 2.2.7:

            - What only a shell understands is run by `/bin/sh -c`, and the log says so: `[ -f /etc/down ] && exit 1 || exit 0`,
              `curl -s URL | grep -q ok`. keepalived since 2.0 gives `&&` and `|` to the program as arguments.
            - What a script says is in the log: of notify scripts all, up to 100 lines; of a `vrrp_script` what it says when it fails.
            - A notify script may run for 5 minutes; then it is ended with all that it started.
            - The scripts of one instance's next state wait for those of the state before, 5 seconds at most. keepalived starts them
              at once, so that a slow `notify_backup` may come to its end after `notify_master`.
            - When the daemon ends, scripts, FIFO scripts and mail have up to 9 seconds to finish. keepalived's mail about that is lost.
            - A script without `#!` is run by the shell. keepalived does not run it, and takes it as having succeeded.
            - Processes are counted by looking at /proc five times a second, not by the kernel's process events.
            - A program that is not there is not run, and what watches it goes on as if it did not: as in keepalived.
            """;

    private Document() {
    }

    public static String text() {
        StringBuilder text = new StringBuilder(HEAD);
        for (Place place : Place.values()) {
            text.append("\n## ").append(place == Place.TOP ? "Outside of blocks" : place.title())
                    .append("\n\n| directive | arguments | default | in Weir |\n|---|---|---|---|\n");
            Table.KEEPALIVED.all().stream().filter(directive -> directive.place() == place)
                    .forEach(directive -> row(directive, text));
        }
        return text.toString();
    }

    private static void row(Directive directive, StringBuilder text) {
        String arguments = switch (directive.content()) {
            case Directive.Nothing nothing -> directive.syntax().text();
            case Block block -> (directive.syntax().text() + " { ... }").strip();
            case Entries entries -> (directive.syntax().text() + " { " + entries.text() + " ... }").strip();
        };
        Effect effect = directive.effect();
        text.append("| `").append(directive.name()).append("` | ")
                .append(arguments.isEmpty() ? "" : "`" + arguments.replace("|", "\\|") + "`").append(" | ")
                .append(directive.standard()).append(" | ").append(effect.kind().text())
                .append(effect.note().isEmpty() ? "" : ": " + effect.note()).append(" |\n");
    }
}

# tools/lab checks: many servers checked every second, a quarter each of which answer, refuse, hang and reset.

command_checks() {
    local servers=${1:-5000} seconds=${2:-60} java targets options
    [[ $servers$seconds =~ ^[1-9][0-9]*$ ]] || usage_error "checks takes a number of servers and of seconds, not '$servers' '$seconds'"
    ((servers <= 60000)) || usage_error "checks takes up to 60000 servers"
    begin_run
    need_packages iproute2 nftables
    need_weir
    weir_self=$ROOT/tools/lab
    # shellcheck source=/dev/null
    source "$ROOT/tools/weir-java"
    LAB=$RUN-checks LAB_DIR=$RUN_DIR
    ip netns add "$LAB-host"
    in_ns host ip link set lo up
    in_ns host nft add table ip drops
    in_ns host nft add chain ip drops input '{ type filter hook input priority 0; }'
    in_ns host nft add rule ip drops input tcp dport 8003 drop
    ulimit -n "$(ulimit -H -n)"
    start targets host "$WEIR_JAVA" -Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$WEIR_CLASSES" dev.weir.lab.CheckTargets
    wait_for 10 grep -q ready "$LAB_DIR/targets.log" || die "the servers do not start: $(cat "$LAB_DIR/targets.log")"
    say "$servers servers, each asked every second (the quarter that hangs every two, since it takes a second to find out); 15 s to warm up, then $seconds s"
    in_ns host "$WEIR_JAVA" "@$ROOT/conf/jvm.options" -cp "$WEIR_CLASSES" dev.weir.lab.CheckLoad "$servers" "$seconds" \
        2>"$LAB_DIR/checks.log"
}

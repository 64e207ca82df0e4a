# tools/lab check 'sync/*': Weir and a real kernel (in User Mode Linux, tools/oracle) tell each other of 1,000 connections by IPVS's
# protocol: masqueraded, tunnelled and direct, TCP, UDP, IPv6, and templates with those that they led. And the interface goes and returns.

SYNC_SCENARIOS='from-kernel to-kernel interface-returns'
SYNC_CONNECTIONS=1000

sync_checks() {
    local scenario
    for scenario in $SYNC_SCENARIOS; do say "sync/$scenario"; done
}

# run_sync_checks NAME...: adds to the numbers of passed and failed ones.
run_sync_checks() {
    local name verdicts="$RUN_DIR/sync-verdicts"
    : >"$verdicts"
    for name in "$@"; do sync_check "$name" "$verdicts" & done
    wait
    passed=$((passed + $(grep -c '^PASS' "$verdicts" || true)))
    failed=$((failed + $(grep -c '^FAIL' "$verdicts" || true)))
}

sync_check() {
    local name=$1 status verdict=PASS began output="$RUN_DIR/sync-$BASHPID" file
    began=$(now_ms)
    LAB="$RUN-sync$BASHPID"
    LAB_DIR="$output.d"
    mkdir "$LAB_DIR"
    set +e
    (
        set -e
        trap 'remove_namespaces "$LAB-"' EXIT
        "sync_${name//[\/-]/_}"
    ) >"$output" 2>&1
    status=$?
    set -e
    ((status == 0)) || verdict=FAIL
    printf '%s %-34s %5d ms  %s\n' "$verdict" "$name" $(($(now_ms) - began)) "$(tail -n 1 "$output")" | tee -a "$2"
    [[ $verdict == FAIL ]] || return 0
    sed 's/^/     | /' "$output"
    for file in "$LAB_DIR"/*.log; do tail -n 12 "$file" | sed "s/^/     $(basename "$file" .log) | /"; done
}

# sync_weir: Weir's director, with interfaces to clients and servers, and tap0 to the kernel.
sync_weir() {
    export WEIR_CONTROL="$LAB_DIR/lbd.sock"
    ip netns add "$LAB-wire"
    sync_peer build
    ip netns exec "$LAB-director" ip tuntap add tap0 mode tap
    ip -n "$LAB-director" address add 10.9.9.2/24 dev tap0
    ip -n "$LAB-director" link set tap0 up
    start lbd director "$ROOT/tools/lbd" --workers 2
    wait_for 60 "$ROOT/tools/ipvsadm" -Ln || die "lbd did not come up"
}

# sync_peer build|master|backup: one side of the traffic, with Weir.
sync_peer() {
    # Not by ip-netns-exec(8): the namespace that "build" makes would be nobody else's.
    IPVSADM="$ROOT/tools/ipvsadm" nsenter --net="/run/netns/$LAB-wire" \
        "$ROOT/tools/oracle/sync-peer" "$ROOT/tools/oracle/recorder.py" "$1" "$LAB-director" "$LAB_DIR/weir"
}

# sync_kernel master|backup: the same with a kernel, whose list becomes $LAB_DIR/kernel/list.
sync_kernel() {
    mkdir "$LAB_DIR/kernel"
    (cd "$ROOT" && OUT="$LAB_DIR/kernel" TAP=tap0 LIMIT=100 ip netns exec "$LAB-director" tools/oracle/kernel-ipvs \
        tools/oracle/sync-peer tools/oracle/recorder.py "$1" kernel /mnt/out/list)
}

sync_sync_from_kernel() {
    sync_weir
    sync_peer backup >"$LAB_DIR/weir.log" 2>&1 &
    local weir=$!
    wait_for 10 test -e "$LAB_DIR/weir.ready" || die "Weir's backup did not start"
    sync_kernel master >"$LAB_DIR/kernel.log" 2>&1
    wait "$weir"
    "$ROOT/tools/lab.d/sync-compare" "$LAB_DIR/kernel/list" "$LAB_DIR/weir" "$SYNC_CONNECTIONS"
}

sync_sync_to_kernel() {
    sync_weir
    sync_kernel backup >"$LAB_DIR/kernel.log" 2>&1 &
    local kernel=$!
    wait_for 30 test -e "$LAB_DIR/kernel/list.ready" || die "the kernel's backup did not start"
    sync_peer master >"$LAB_DIR/weir.log" 2>&1
    wait "$kernel"
    "$ROOT/tools/lab.d/sync-compare" "$LAB_DIR/weir" "$LAB_DIR/kernel/list" "$SYNC_CONNECTIONS"
}

# A backup hears its group on its interface only, and again when the interface was taken away and is back.
sync_sync_interface_returns() {
    sync_weir
    ip netns exec "$LAB-wire" ip link set lo up
    sync_wire s0 s1 10.9.8
    sync_wire other0 other1 10.9.8
    "$ROOT/tools/ipvsadm" --start-daemon backup --mcast-interface s0 --syncid 5
    wait_for 5 sync_hears s1 1001 || die "nothing was heard"
    # That another has joined the group elsewhere does not count.
    start joined director python3 -c 'import socket, struct, time
joined = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
joined.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                  struct.pack("@4s4si", socket.inet_aton("224.0.0.81"), bytes(4), socket.if_nametoindex("other0")))
print("joined", flush=True)
time.sleep(60)'
    wait_for 5 grep -q joined "$LAB_DIR/joined.log" || die "the group was not joined on another interface"
    ! sync_hears other1 1002 || die "another interface was heard"
    ip -n "$LAB-director" link del s0
    wait_for 5 grep -q 's0 is gone' "$LAB_DIR/lbd.log" || die "that the interface went was not said"
    sync_wire s0 s1 10.9.8
    wait_for 10 sync_hears s1 1003 || die "nothing was heard after the interface had come back"
    grep -q 'hears .* again' "$LAB_DIR/lbd.log" || die "that the interface is back was not said"
    say "heard before and after, and nothing of another interface"
}

# sync_wire NAME NAME NETWORK: a cable between the director and the wire's other end.
sync_wire() {
    ip -n "$LAB-wire" link add "$2" type veth peer name "$1" netns "$LAB-director"
    ip -n "$LAB-director" address add "$3.2/24" dev "$1"
    ip -n "$LAB-wire" address add "$3.3/24" dev "$2"
    ip -n "$LAB-director" link set "$1" up
    ip -n "$LAB-wire" link set "$2" up
}

# sync_hears INTERFACE PORT: whether what is sent there becomes a connection.
sync_hears() {
    ip netns exec "$LAB-wire" "$ROOT/tools/lab.d/sync-datagram" "$1" "$2" && sleep 0.3 &&
        "$ROOT/tools/ipvsadm" -Lnc | grep -q "172.25.254.10:$2 "
}

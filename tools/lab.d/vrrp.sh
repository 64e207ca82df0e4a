# VRRP: nodes on one switch, each with Weir or with Debian's keepalived, and a client that pings the virtual address.
# A lab here is a scenario's own; several run side by side, since most of their time is VRRP's waiting.
#
#   client (10.66.0.9, fd00:66::9) ---- switch ---- node1, node2, node3 (10.66.0.1 to .3, fd00:66::1 to ::3)

declare -a NODE_IPS
# vrrp_lab NODES: lays it and makes it the current one.
vrrp_lab() {
    local number
    LABS_BUILT=$((LABS_BUILT + 1))
    LAB="$RUN-$BASHPID-$LABS_BUILT"
    LAB_DIR="$RUN_DIR/$BASHPID-$LABS_BUILT"
    mkdir "$LAB_DIR"
    namespaces switch client
    # shellcheck disable=SC2046
    namespaces $(seq -f 'node%g' "$1")
    plug client eth0
    configure client <<'END'
address add 10.66.0.9/24 dev eth0
address add fd00:66::9/64 dev eth0 nodad
END
    for ((number = 1; number <= $1; number++)); do
        plug "node$number" eth0
        configure "node$number" <<END
address add 10.66.0.$number/24 dev eth0
address add fd00:66::$number/64 dev eth0 nodad
END
    done
    VIP=10.66.0.100
}

# vrrp_conf NUMBER PRIORITY [LINE...]: a configuration of one instance; the lines go into it. Of the lab's variant:
# VERSION, INTERVAL, STATE, FAMILY.
vrrp_conf() {
    local file="$LAB_DIR/node$1.conf" line
    {
        # What Weir has by itself: before all that is not real-time. keepalived's standard limit of 10 ms for such a
        # process makes the kernel kill it where the machine is busy.
        printf "%s\n" "global_defs {" "    router_id node$1" "    vrrp_rt_priority 10" "    vrrp_rlimit_rttime 5000000" "}"
        say "vrrp_instance VI_1 {"
        printf "%s\n" "    state ${STATE:-BACKUP}" "    interface eth0" "    virtual_router_id 51" "    priority $2"
        printf "%s\n" "    version ${VERSION:-2}" "    advert_int ${INTERVAL:-1}"
        for line in "${@:3}"; do say "    $line"; done
        if ((${FAMILY:-4} == 6)); then
            printf "%s\n" "    virtual_ipaddress {" "        fe80::66:100" "        $VIP/64" "    }"
        else
            printf "%s\n" "    virtual_ipaddress {" "        $VIP/24" "    }"
        fi
        say "}"
    } >"$file"
}

# jvm_options OPTION...: what daemons that start from now on have beyond conf/jvm.options.
jvm_options() {
    export WEIR_JVM_OPTIONS="$RUN_DIR/jvm.options"
    { cat "$ROOT/conf/jvm.options" && printf '%s\n' "$@"; } >"$WEIR_JVM_OPTIONS"
    # No newer than the ahead-of-time cache, which would be made anew.
    touch -r "$ROOT/conf/jvm.options" "$WEIR_JVM_OPTIONS"
}

# start_node NUMBER weir|keepalived: with the configuration of its file; the process' number is in NODE_PID[NUMBER].
declare -A NODE_PID NODE_KIND
start_node() {
    local file="$LAB_DIR/node$1.conf"
    NODE_KIND[$1]=$2
    case $2 in
    weir) start "node$1" "node$1" env WEIR_CONTROL="$LAB_DIR/node$1.sock" "$ROOT/tools/keepalived" -n -l -P -f "$file" \
        -p "$LAB_DIR/node$1.pid" ;;
    keepalived) start "node$1" "node$1" keepalived -n -l -P -D -f "$file" -p "$LAB_DIR/node$1.pid" \
        -r "$LAB_DIR/node$1-vrrp.pid" -c "$LAB_DIR/node$1-checkers.pid" -b "$LAB_DIR/node$1-bfd.pid" ;;
    esac
    NODE_PID[$1]=$STARTED
    wait_for 40 test -s "$LAB_DIR/node$1.pid" || failed "node $1 ($2) did not start: $(tail -n 3 "$LAB_DIR/node$1.log")"
}

# kill_node NUMBER: every process of it with SIGKILL, as a power cut for the daemon, but not for the host.
kill_node() {
    # keepalived's child would otherwise see its parent die, and stop in an orderly way.
    local pids
    pids=$(ps -o pid= --ppid "${NODE_PID[$1]}" 2>/dev/null | xargs)
    [[ ${NODE_KIND[$1]} == keepalived ]] || pids=
    # shellcheck disable=SC2086
    kill -KILL $pids "${NODE_PID[$1]}"
    wait "${NODE_PID[$1]}" 2>/dev/null || true
    rm -f "$LAB_DIR/node$1"*.pid
}

stop_node() {
    stop "${NODE_PID[$1]}"
    rm -f "$LAB_DIR/node$1"*.pid
}

# owns NUMBER [ADDRESS]: whether a node has the virtual address.
owns() {
    local all
    all=$(addresses_of "$1") && [[ $all == *" ${2:-$VIP}/"* ]]
}

disowns() {
    local all
    all=$(addresses_of "$1") && [[ $all == *" ${NODE_IPS[$1]:-10.66.0.$1}/"* && $all != *" ${2:-$VIP}/"* ]]
}

# Of a lab that sets OWNED_ON only those of that interface.
addresses_of() { in_ns "node$1" ip -o address show ${OWNED_ON:+dev "$OWNED_ON"}; }

# is_master NUMBER SECONDS: waits until that node has the address and no other has.
is_master() {
    local other
    wait_for "$2" owns "$1" || failed "node $1 (${NODE_KIND[$1]}) did not become master within $2 s"
    for other in "${!NODE_PID[@]}"; do
        if ((other != $1)); then
            wait_for 2 disowns "$other" || failed "nodes $1 and $other both have the address"
        fi
    done
}

# pings: a stream of 1,000 pings a second to the virtual address, until end_pings.
pings() {
    rm -f "$LAB_DIR/pings.log"
    STOLEN_BEFORE=$(stolen)
    start pings client ping -n -D -i 0.001 "$VIP"
    PING_PID=$STARTED
    wait_for 5 more_pings_than 100 || failed "pings are not answered though a node is master"
}

# end_pings: stops them once they are answered again; GAP is the longest time without an answer, STOLEN what the hypervisor
# took from this machine meanwhile, in milliseconds.
end_pings() {
    local answered
    answered=$(grep -c 'bytes from' "$LAB_DIR/pings.log")
    wait_for 10 more_pings_than "$((answered + 20))" || failed "pings are not answered any more"
    kill -INT "$PING_PID"
    wait "$PING_PID" 2>/dev/null || true
    GAP=$(awk -F'[][]' '/bytes from/ { if (last && $2 - last > gap) gap = $2 - last; last = $2 } END { printf "%d", gap * 1000 }' \
        "$LAB_DIR/pings.log")
    [[ -n $GAP ]] && grep -q 'bytes from' "$LAB_DIR/pings.log" || failed "no ping was answered"
    STOLEN=$(($(stolen) - STOLEN_BEFORE))
}

# more_pings_than NUMBER: so many answers have come.
more_pings_than() { (($(grep -c 'bytes from' "$LAB_DIR/pings.log") > $1)); }

# stolen: milliseconds that other machines had of this one's processors while it wanted them (steal time, proc_stat(5)).
stolen() { awk '/^cpu / { print $9 * 10 }' /proc/stat; }

# Milliseconds more where several labs share the machine, with daemons that start; tools/lab failover has it alone.
SHARED=100

# within_bound MILLISECONDS BOUND: as long as that, and as the machine is to blame for.
within_bound() { (($1 <= $2 + SHARED + STOLEN)); }

# failover_bound: milliseconds that RFC 9568 allows the backup of priority 100, and 20 more.
failover_bound() {
    awk -v version="${VERSION:-2}" -v interval="${INTERVAL:-1}" \
        'BEGIN { skew = version == 2 ? 156 / 256 : 156 / 256 * interval; printf "%d", (3 * interval + skew) * 1000 + 20 }'
}

# capture: what the switch carries of VRRP and ARP, until the lab ends.
capture() {
    start tcpdump switch tcpdump -U -s 0 -i br0 -w "$LAB_DIR/wire.pcap" 'ip proto 112 or ip proto 51 or ip6 proto 112 or arp or icmp6'
    wait_for 5 grep -q 'listening on' "$LAB_DIR/tcpdump.log"
}

# no_malformed_packets: tcpdump, which knows VRRP, finds nothing wrong with any of them.
no_malformed_packets() {
    local bad
    bad=$(tcpdump -nvvr "$LAB_DIR/wire.pcap" 2>/dev/null | grep -iE 'bad vrrp|bad cksum|truncated|\[\|vrrp|malformed' | head -n 3 || true)
    [[ -z $bad ]] || failed "malformed: $bad"
}

# interop ONE OTHER [LINE...]: node 1 (priority 150) and node 2 (100) of the given kinds: who is master, graceful stop,
# return with preemption, kill -9, return.
interop() {
    local one=$1 other=$2 stop_gap kill_gap bound
    shift 2
    vrrp_lab 2
    if ((${FAMILY:-4} == 6)); then VIP=fd00:66::100; fi
    vrrp_conf 1 150 "$@"
    vrrp_conf 2 100 "${@//10.66.0.2/10.66.0.1}"
    capture
    start_node 2 "$other"
    start_node 1 "$one"
    is_master 1 12
    pings
    sleep 0.5
    stop_node 1
    is_master 2 6
    sleep 0.3
    end_pings
    stop_gap=$GAP
    start_node 1 "$one"
    is_master 1 12
    pings
    sleep 0.5
    kill_node 1
    # keepalived leaves its addresses where they were; both then have them, and the client heard node 2 last.
    [[ $one == weir ]] || in_ns node1 ip address flush to "$VIP"
    is_master 2 12
    sleep 0.3
    end_pings
    kill_gap=$GAP
    no_malformed_packets
    bound=$(failover_bound)
    within_bound "$kill_gap" "$bound" \
        || failed "$kill_gap ms without an answer after kill -9; $bound ms are allowed, and $STOLEN that the hypervisor took"
    saw "a graceful stop cost $stop_gap ms, kill -9 $kill_gap ms of at most $bound"
}

# tools/lab vrrp: two directors and a client that pings, before the user's eyes.
command_vrrp() {
    (($# == 0)) || usage_error "vrrp takes no argument '$1'"
    begin_run
    need_packages iproute2 iputils-ping procps
    need_weir
    VERSION=3 INTERVAL=0.1 STATE=BACKUP
    vrrp_lab 2
    vrrp_conf 1 150
    vrrp_conf 2 100
    step "Two directors with this configuration (the second has priority 100):"
    cat "$LAB_DIR/node1.conf"
    start_node 2 weir
    start_node 1 weir
    is_master 1 12
    say "Node 1 is master and has the address:"
    in_ns node1 ip -brief address show dev eth0
    pings
    sleep 0.5
    step "kill -9 of node 1's daemon, while the client pings 1,000 times a second"
    kill_node 1
    is_master 2 6
    sleep 0.3
    end_pings
    say "Node 2 is master: $GAP ms without an answer, of at most $(failover_bound)."
    in_ns node1 ip -brief address show dev eth0
    in_ns node2 ip -brief address show dev eth0
    step "Node 1 comes back"
    pings
    start_node 1 weir
    is_master 1 12
    sleep 0.3
    end_pings
    say "Node 1 is master again: $GAP ms without an answer."
    pings
    sleep 0.3
    step "Node 1 is stopped (SIGTERM)"
    stop_node 1
    is_master 2 6
    sleep 0.3
    end_pings
    say "Node 2 is master: $GAP ms without an answer."
    step "What node 2 wrote"
    tail -n 20 "$LAB_DIR/node2.log"
    say
    say "Done. What was made for it is removed now."
}

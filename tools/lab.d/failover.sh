# tools/lab failover --mode: a pair of directors over two servers, through which many connections carry data both ways while
# directors die, return and join late. docs/lab.md says what is done; dev.weir.lab.transfer sends and checks.
#
#   nat   client ---- switch ---- node1, node2 ---- a second switch ---- server1, server2
#         VIP 172.25.254.100; the servers' gateway is 192.168.0.100, of the same sync group
#   dr    client ---- router ---- switch ---- node1, node2, server1, server2
#   tun   client ---- router ---- switch ---- node1, node2, and from the router a second switch with server1, server2
#   fullnat   as nat, but a router is between the second switch and the servers, whose gateway it is; it knows no way to the
#         client. Local addresses 192.168.0.101 and .102, of the same sync group as the VIP
#
#   fullnat-proxy   the same, and the servers hear their clients by the PROXY protocol, version 2
#
# All of a lab's are its own: several may stand at once.

FAILURES='kill freeze links stop'
TRANSFER_PORT=8000
TRANSFER_INTERVAL=100

# What one failure is called where it is reported.
failure_text() {
    case $1 in
    kill) say 'kill -9 of the master' ;;
    freeze) say 'SIGSTOP of the master' ;;
    links) say "the master's links down" ;;
    stop) say 'SIGTERM of the master' ;;
    esac
}

# pair_lab MODE: lays it and makes it the current one. Directors are node1 and node2; SYNC_IPS are where they reach each other.
pair_lab() {
    MODE=$1
    LABS_BUILT=$((LABS_BUILT + 1))
    LAB="$RUN-$BASHPID-$LABS_BUILT"
    LAB_DIR="$RUN_DIR/$BASHPID-$LABS_BUILT"
    mkdir "$LAB_DIR"
    OWNED_ON=
    NODE_IPS=()
    namespaces switch client node1 node2 server1 server2
    ip -n "$LAB-switch" link add br1 up type bridge stp_state 0 forward_delay 0 mcast_snooping 0
    plug node1 eth0
    plug node2 eth0
    case $MODE in
    nat) pair_nat ;;
    fullnat | fullnat-proxy) pair_fullnat ;;
    dr | tun) pair_behind_router ;;
    esac
    count_resets
    (umask 077 && head -c 32 /dev/urandom | base64 >"$LAB_DIR/key")
}

# plug_second ROLE INTERFACE NAME: a cable from there to the second switch.
plug_second() {
    wire "$1" "$2" switch "$3"
    ip -n "$LAB-switch" link set "$3" master br1
}

pair_nat() {
    local number
    INSIDE_VIPS=(192.168.0.100) METHOD=NAT RIPS=(192.168.0.10 192.168.0.20)
    pair_between_switches
    # A way to the servers' own addresses, so that a reset by the client for what comes unmasqueraded arrives there.
    configure client <<<"route add default via $VIP"
    for number in 1 2; do
        # As on every director with NAT of IPVS.
        forward "node$number"
        plug_second "server$number" eth0 "server$number"
        configure "server$number" <<END
address add 192.168.0.${number}0/24 dev eth0
route add default via ${INSIDE_VIPS[0]}
END
    done
}

pair_fullnat() {
    local number
    INSIDE_VIPS=(192.168.0.101 192.168.0.102) METHOD=FNAT RIPS=(192.168.10.10 192.168.20.10)
    pair_between_switches
    namespaces router
    plug_second router eth0 router
    configure router <<<'address add 192.168.0.100/24 dev eth0'
    forward router
    for number in 1 2; do
        wire "server$number" eth0 router "eth$number"
        configure router <<<"address add 192.168.${number}0.100/24 dev eth$number"
        configure "server$number" <<END
address add 192.168.${number}0.10/24 dev eth0
route add default via 192.168.${number}0.100
END
        configure "node$number" <<'END'
route add 192.168.10.0/24 via 192.168.0.100
route add 192.168.20.0/24 via 192.168.0.100
END
    done
}

# pair_between_switches: the client on the first one, the directors on both.
pair_between_switches() {
    local number
    VIP=172.25.254.100
    CLIENT_IPS=(172.25.254.10 172.25.254.11 172.25.254.12 172.25.254.13)
    SYNC_IPS=([1]=192.168.0.1 [2]=192.168.0.2)
    NODE_LINKS=(node1 node1-in)
    plug client eth0
    configure client < <(printf 'address add %s/24 dev eth0\n' "${CLIENT_IPS[@]}")
    for number in 1 2; do
        plug_second "node$number" eth1 "node$number-in"
        NODE_IPS[number]=172.25.254.$number
        configure "node$number" <<END
address add 172.25.254.$number/24 dev eth0
address add 192.168.0.$number/24 dev eth1
END
    done
}

pair_behind_router() {
    local number net=192.168.0 leg=plug
    VIP=192.168.0.200 INSIDE_VIPS=() METHOD=DR
    CLIENT_IPS=(172.25.254.200 172.25.254.201 172.25.254.202 172.25.254.203)
    SYNC_IPS=([1]=192.168.0.51 [2]=192.168.0.52)
    NODE_LINKS=(node1)
    namespaces router
    wire client eth0 router eth0
    client_behind_router
    configure client < <(printf 'address add %s/24 dev eth0\n' "${CLIENT_IPS[@]:1}")
    plug router eth1
    configure router <<<'address add 192.168.0.100/24 dev eth1'
    if [[ $MODE == tun ]]; then
        METHOD=TUN net=192.168.10 leg=plug_second
        plug_second router eth2 router-2
        configure router <<<'address add 192.168.10.100/24 dev eth2'
    fi
    RIPS=("$net.10" "$net.20")
    for number in 1 2; do
        NODE_IPS[number]=192.168.0.5$number
        configure "node$number" <<END
address add 192.168.0.5$number/24 dev eth0
route add default via 192.168.0.100
END
        "$leg" "server$number" eth0 "server$number"
        hide_vip "server$number"
        configure "server$number" <<END
address add $net.${number}0/24 dev eth0
address add $VIP/32 dev lo
route add default via $net.100
END
    done
    [[ $MODE != tun ]] || start_decapsulation
}

# count_resets: every RST that the client or a server sends or gets is counted.
count_resets() {
    local role
    for role in client server1 server2; do
        in_ns "$role" nft -f - <<'END'
table ip resets {
    chain in { type filter hook input priority -300; tcp flags rst counter comment "in"; }
    chain out { type filter hook output priority -300; tcp flags rst counter comment "out"; }
}
END
    done
}

# resets: "ROLE in|out NUMBER" for each that is not zero.
resets() {
    local role
    for role in client server1 server2; do
        in_ns "$role" nft list table ip resets | sed -n "s/.*counter packets \([1-9][0-9]*\) .*comment \"\(.*\)\".*/$role \2 \1/p"
    done
}

# pair_conf NUMBER PRIORITY: a director's configuration.
pair_conf() {
    local rip
    {
        printf '%s\n' 'global_defs {' "    router_id node$1" '    vrrp_rt_priority 10' '    vrrp_rlimit_rttime 5000000'
        pair_synchronisation "$1"
        say '}'
        pair_instance OUTSIDE eth0 51 "$2" "$VIP"
        if ((${#INSIDE_VIPS[@]})); then
            pair_instance INSIDE eth1 52 "$2" "${INSIDE_VIPS[@]}"
            printf '%s\n' 'vrrp_sync_group DIRECTOR {' '    group {' '        OUTSIDE' '        INSIDE' '    }' '}'
        fi
        if [[ $METHOD == FNAT ]]; then
            say 'local_address_group LOCALS {'
            printf '    %s eth1\n' "${INSIDE_VIPS[@]}"
            say '}'
        fi
        printf '%s\n' "virtual_server $VIP $TRANSFER_PORT {" '    lb_algo rr' "    lb_kind $METHOD" '    protocol TCP'
        [[ $METHOD != FNAT ]] || say '    laddr_group_name LOCALS'
        [[ $MODE != *-proxy ]] || say '    proxy_protocol v2'
        for rip in "${RIPS[@]}"; do
            printf '%s\n' "    real_server $rip $TRANSFER_PORT {" '        weight 1' '    }'
        done
        say '}'
    } >"$LAB_DIR/node$1.conf"
}

# pair_instance NAME INTERFACE NUMBER PRIORITY ADDRESS...
pair_instance() {
    printf '%s\n' "vrrp_instance $1 {" '    state BACKUP' "    interface $2" "    virtual_router_id $3" "    priority $4" \
        '    version 3' "    advert_int $INTERVAL" '    virtual_ipaddress {'
    printf '        %s/24\n' "${@:5}"
    printf '%s\n' '    }' '}'
}

# pair_synchronisation NUMBER: the lines of global_defs by which directors tell each other of connections, as SYNC has it.
pair_synchronisation() {
    local interface=eth0
    ((${#INSIDE_VIPS[@]} == 0)) || interface=eth1
    case $SYNC in
    none) ;;
    weir) printf '    @weir %s\n' 'connection_sync {' "    peer ${SYNC_IPS[3 - $1]}" "    source ${SYNC_IPS[$1]}" \
        "    key_file $LAB_DIR/key" '}' ;;
    ipvs) say "    lvs_sync_daemon $interface OUTSIDE id 51" ;;
    esac
}

# start_pair_node NUMBER: its lbd, which has the addresses of its node as it has them in ha.sh.
start_pair_node() {
    rm -f "$LAB_DIR/node$1.pid"
    start "node$1" "node$1" "$ROOT/tools/lbd" --config "$LAB_DIR/node$1.conf" --workers "$WORKERS" \
        --control "$LAB_DIR/node$1.sock" --pid-file "$LAB_DIR/node$1.pid"
    NODE_PID[$1]=$STARTED NODE_KIND[$1]=weir
    wait_for 40 test -s "$LAB_DIR/node$1.pid" || failed "director $1 did not start: $(tail -n 3 "$LAB_DIR/node$1.log")"
}

# has_all NUMBER: it has every virtual address.
has_all() {
    local address
    for address in "$VIP" "${INSIDE_VIPS[@]}"; do owns "$1" "$address" || return 1; done
}

has_none() {
    local address
    disowns "$1" || return 1
    for address in "${INSIDE_VIPS[@]}"; do ! owns "$1" "$address" || return 1; done
}

# in_step NUMBER: that director has all of the other's connections.
in_step() {
    case $SYNC in
    none) ;;
    # It does not say how far it is: what was there before a backup is told of with the connection's next packets.
    ipvs) sleep 2 ;;
    weir) lb_ctl "$1" --json sync | python3 -c 'import json, sys
peers = json.load(sys.stdin)["stream"]
sys.exit(not peers or not all(peer["told"]["in_step"] for peer in peers))' ;;
    esac
}

# await_step NUMBER: waits for it; STEP_MS is how long that took.
await_step() {
    local began
    began=$(now_ms)
    wait_for 30 in_step "$1" || failed "director $1 is not in step after 30 s: $(lb_ctl "$1" sync 2>&1 | xargs)"
    STEP_MS=$(($(now_ms) - began))
}

# transfers ROLE ARGUMENT...: starts the program there; tell gives it commands.
transfers() {
    mkfifo "$LAB_DIR/$1.commands"
    ip netns exec "$LAB-$1" "$LAB_PIECES/java" -Xmx128m dev.weir.lab.transfer.Transfers "${@:2}" <>"$LAB_DIR/$1.commands" \
        >>"$LAB_DIR/$1.log" 2>&1 &
}

# start_transfers CONNECTIONS SEED
start_transfers() {
    local role behind=()
    [[ $MODE != *-proxy ]] || behind=(behind-proxy)
    for role in server1 server2; do
        transfers "$role" serve "0.0.0.0:$TRANSFER_PORT" "$2" "$TRANSFER_INTERVAL" "$LAB_DIR/$role.status" "${behind[@]}"
        wait_for 20 test -e "$LAB_DIR/$role.status" || failed "$role does not start: $(<"$LAB_DIR/$role.log")"
    done
    transfers client ask "$VIP:$TRANSFER_PORT" "$2" "$TRANSFER_INTERVAL" "$LAB_DIR/client.status" "$1" "${CLIENT_IPS[@]}"
    wait_for 20 test -e "$LAB_DIR/client.status" || failed "the client does not start: $(<"$LAB_DIR/client.log")"
    await_flow 20 "$(now_ms)"
}

# tell_all COMMAND NAME: all three do it, and write NAME-ROLE.
tell_all() {
    local role
    for role in client server1 server2; do say "$1 $LAB_DIR/$2-$role" >"$LAB_DIR/$role.commands"; done
    for role in client server1 server2; do
        wait_for 90 test -e "$LAB_DIR/$2-$role" || failed "$role does not answer: $(tail -n 3 "$LAB_DIR/$role.log")"
    done
}

# flows SINCE: every connection has received something in both directions after that millisecond. BROKEN is how many ended.
flows() {
    local role open broken ended since total=0 all=yes
    BROKEN=0
    for role in client server1 server2; do
        read -r open broken ended since <"$LAB_DIR/$role.status"
        BROKEN=$((BROKEN + broken))
        ((since > $1)) || all=
        [[ $role == client ]] || total=$((total + open))
    done
    [[ -n $all ]] && ((BROKEN == 0 && total == CONNECTIONS))
}

# await_flow SECONDS SINCE
await_flow() {
    local deadline=$(($(now_ms) + $1 * 1000))
    until flows "$2"; do
        if ((BROKEN > 0)) || (($(now_ms) > deadline)); then
            tell_all mark broken
            failed "not every connection goes on: $(transfer_report open broken || true)"$'\n'"RST: $(resets | xargs)"
        fi
        sleep 0.1
    done
}

# transfer_report open|ended NAME: what the files say that tell_all had written; fails if something is not as it must be.
transfer_report() {
    "$LAB_PIECES/java" dev.weir.lab.transfer.TransferReport "$1" "$CONNECTIONS" "$LAB_DIR/$2-client" "$LAB_DIR/$2-server"{1,2}
}

# master_fails KIND: of node 1.
master_fails() {
    local link
    case $1 in
    kill) kill_node 1 ;;
    freeze) kill -STOP "${NODE_PID[1]}" ;;
    links) for link in "${NODE_LINKS[@]}"; do ip -n "$LAB-switch" link set "$link" down; done ;;
    stop) stop_node 1 ;;
    esac
}

# master_returns KIND
master_returns() {
    local link
    case $1 in
    kill | stop) start_pair_node 1 ;;
    freeze) kill -CONT "${NODE_PID[1]}" ;;
    links) for link in "${NODE_LINKS[@]}"; do ip -n "$LAB-switch" link set "$link" up; done ;;
    esac
}

# event TEXT: what has been since the one before, of which all connections have recovered.
event() {
    local line
    tell_all mark "mark$((++MARKS))"
    line=$(transfer_report open "mark$MARKS") || failed "$1: $line; RST: $(resets | xargs)"
    told "$(printf '%-42s %s' "$1" "$line")"
}

# told TEXT: to the user and into the report.
told() { say "$*" | tee -a "$RUN_DIR/told"; }

# pair_round MODE KIND CONNECTIONS SEED: the master fails and returns, the backup joins late, and the master is killed.
pair_round() {
    pair_begins "$1" "$3" "$4"
    pair_fails "$2"
    pair_reunites "$2"
    pair_joins_late
    pair_verdict
}

# pair_stands MODE: two directors, of which the first is master.
pair_stands() {
    pair_lab "$1"
    pair_conf 1 150
    pair_conf 2 100
    start_pair_node 2
    start_pair_node 1
    wait_for 20 has_all 1 || failed "director 1 did not become master: $(tail -n 3 "$LAB_DIR/node1.log")"
    wait_for 5 has_none 2 || failed "both directors have the addresses"
}

# pair_begins MODE CONNECTIONS SEED: director 1 is master, and the connections carry data.
pair_begins() {
    CONNECTIONS=$2 MARKS=0
    pair_stands "$1"
    start_transfers "$CONNECTIONS" "$3"
    await_step 2
    event "before, through director 1"
}

# await_takeover: by director 2, until every connection goes on.
await_takeover() {
    wait_for 20 has_all 2 || failed "director 2 did not take over: $(tail -n 3 "$LAB_DIR/node2.log")"
    await_flow "${1:-40}" "$(now_ms)"
}

# pair_fails KIND
pair_fails() {
    master_fails "$1"
    await_takeover
    event "$(failure_text "$1")"
}

# pair_reunites KIND: the old master is there again, and takes over.
pair_reunites() {
    local began
    began=$(now_ms)
    master_returns "$1"
    wait_for 60 has_all 1 || failed "director 1 did not take over again: $(tail -n 3 "$LAB_DIR/node1.log")"
    wait_for 10 has_none 2 || failed "both directors have the addresses"
    began=$(($(now_ms) - began))
    await_flow 40 "$(now_ms)"
    event "its return, master after $began ms"
}

# pair_joins_late: the backup is killed and joins anew; a second after it is in step the master is killed.
pair_joins_late() {
    kill_node 2
    start_pair_node 2
    await_step 2
    sleep 1
    kill_node 1
    await_takeover
    event "late join, in step after $STEP_MS ms, then kill"
}

# pair_verdict: no RST has passed, and all transfers end whole. An acknowledgement that comes twice may find its socket
# closed then, and be answered by a RST that means nothing.
pair_verdict() {
    local line reset
    reset=$(resets | xargs)
    [[ -z $reset ]] || failed "RST on the wire: $reset"
    tell_all end end
    line=$(transfer_report ended end) || failed "at the end: $line; RST: $(resets | xargs)"
    told "at the end: ${line%%; stalls*}; no RST on the wire before"
}

# command_transfers: tools/lab failover --mode ...
command_transfers() {
    local mode='' rounds=1 connections=1000 report='' round kind kinds
    INTERVAL=1 WORKERS=1 SYNC=weir
    while (($#)); do
        case $1 in
        --mode | --rounds | --connections | --advert-int | --workers | --report | --sync)
            (($# > 1)) || usage_error "$1 needs a value"
            case $1 in
            --mode) mode=$2 ;;
            --rounds) rounds=$2 ;;
            --connections) connections=$2 ;;
            --advert-int) INTERVAL=$2 ;;
            --workers) WORKERS=$2 ;;
            --report) report=$2 ;;
            --sync) SYNC=$2 ;;
            esac
            shift 2
            ;;
        *) usage_error "failover --mode does not know '$1'" ;;
        esac
    done
    [[ $mode =~ ^(nat|dr|tun|fullnat|fullnat-proxy)$ ]] || usage_error "failover: --mode is nat, dr, tun, fullnat or fullnat-proxy, not '$mode'"
    [[ $rounds =~ ^[1-9][0-9]*$ && $connections =~ ^[1-9][0-9]*$ && $WORKERS =~ ^[1-9][0-9]*$ ]] \
        || usage_error "failover: --rounds, --connections and --workers are numbers"
    [[ $INTERVAL =~ ^[0-9]+(\.[0-9]+)?$ ]] || usage_error "failover: --advert-int is seconds, not '$INTERVAL'"
    [[ $SYNC =~ ^(weir|ipvs|none)$ ]] || usage_error "failover: --sync is weir, ipvs or none, not '$SYNC'"
    begin_run
    need_packages iproute2 nftables procps python3
    need_weir
    read -ra kinds <<<"$FAILURES"
    SEEN="$RUN_DIR/seen" QUIET=yes
    told "$mode, advert_int $INTERVAL, $WORKERS worker(s), synchronisation: $SYNC; a chunk of 100 to 1,024 bytes each way" \
        "every $TRANSFER_INTERVAL ms"
    for ((round = 1; round <= rounds; round++)); do
        kind=${kinds[(round - 1) % ${#kinds[@]}]}
        told
        told "round $round, seed $round"
        (
            trap 'remove_namespaces "$LAB-"' EXIT
            pair_round "$mode" "$kind" "$connections" "$round"
        ) || {
            [[ -z $report ]] || cp "$RUN_DIR/told" "$report"
            die "round $round: $(cat "$SEEN" 2>/dev/null)"
        }
    done
    [[ -z $report ]] || cp "$RUN_DIR/told" "$report"
}

# What tools/lab check does of it: failover/MODE, and that a pair without synchronisation is found to lose connections.
FAILOVER_CHECKS='unsynchronised nat dr tun fullnat-proxy'

failover_checks() { printf 'failover/%s\n' $FAILOVER_CHECKS; }

# run_failover_checks NAME...: side by side, since much of the time is waiting.
run_failover_checks() {
    local name verdicts="$RUN_DIR/failover-verdicts"
    : >"$verdicts"
    briefly_lived
    for name in "$@"; do vrrp_check "$name" "$verdicts" & done
    wait
    passed=$((passed + $(grep -c '^PASS' "$verdicts" || true)))
    failed=$((failed + $(grep -c '^FAIL' "$verdicts" || true)))
}

# failover_check MODE: a short round.
failover_check() {
    INTERVAL=0.2 WORKERS=1 SYNC=weir
    if [[ $1 == unsynchronised ]]; then
        failover_unsynchronised
    else
        pair_round "$1" kill 100 1
        saw "$CONNECTIONS connections lived through the master's death, its return, and its death after a late join"
    fi
}

failover_unsynchronised() {
    SYNC=none
    pair_begins nat 50 1
    kill_node 1
    if (SEEN="$LAB_DIR/seen" await_takeover 10); then
        failed "without synchronisation all connections went on: the lab cannot fail"
    fi
    grep -q 'not every connection goes on' "$LAB_DIR/seen" || failed "it failed for another reason: $(<"$LAB_DIR/seen")"
    saw "the lab sees that connections are lost: $(sed -n 's/.*goes on: \([^;]*\);.*/\1/p' "$LAB_DIR/seen")"
}

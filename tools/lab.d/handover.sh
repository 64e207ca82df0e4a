# What clients and servers see of directors that hand their addresses over: never a reset. Each is a check, vrrp/handover-...,
# over the labs of failover.sh.

# handover_pair MODE CONNECTIONS: two directors, of which the first is master, and connections that carry data through it.
handover_pair() {
    VERSION=3 INTERVAL=0.3 WORKERS=1 SYNC=ipvs CONNECTIONS=$2
    pair_stands "$1"
    count_stack_resets
    start_transfers "$CONNECTIONS" 1
}

# count_stack_resets: every RST that a director's own stack sends; what Weir forwards does not come this way.
count_stack_resets() {
    local number
    for number in 1 2; do
        in_ns "node$number" nft -f - <<'END'
table ip resets {
    chain out { type filter hook output priority -300; tcp flags rst counter comment "out"; }
}
END
    done
}

no_resets() {
    local seen number
    seen=$(resets | xargs)
    for number in 1 2; do
        seen+=$(in_ns "node$number" nft list table ip resets | sed -n "s/.*counter packets \([1-9][0-9]*\) .*/ node$number \1/p")
    done
    [[ -z ${seen// /} ]] || failed "$1: RST: $seen"
}

# prefers NUMBER PRIORITY: of all its instances, from the next reload on, which this asks for.
prefers() {
    sed -i "s/^    priority .*/    priority $2/" "$LAB_DIR/node$1.conf"
    kill -HUP "${NODE_PID[$1]}"
}

# The addresses move to and fro, by a priority that changes with a reload.
handover_moves() {
    local move to=2
    handover_pair "$1" 50
    for move in $(seq "$2"); do
        if ((to == 2)); then prefers 1 50; else prefers 1 150; fi
        wait_for 20 has_all "$to" || failed "move $move: director $to did not take over"
        wait_for 5 has_none $((3 - to)) || failed "move $move: both directors have the addresses"
        sleep 0.3
        to=$((3 - to))
    done
    no_resets "$2 moves"
    saw "$2 moves between directors, no RST of any"
}

vrrp_handover_nat() { handover_moves nat "${ROUNDS:-6}"; }
vrrp_handover_dr() { handover_moves dr "${ROUNDS:-6}"; }

# The master is killed, again and again, in the middle of transfers; or ends in an orderly way.
handover_deaths() {
    local death master=1
    handover_pair "$1" 50
    # Of one priority: who is master stays it.
    prefers 1 100
    wait_for 20 has_all 1 || failed "director 1 is master no more"
    for death in $(seq "$3"); do
        "$2" "$master"
        wait_for 20 has_all $((3 - master)) || failed "death $death: nobody took over"
        sleep 0.3
        start_pair_node "$master"
        sleep 0.5
        if has_all "$master"; then continue; fi
        master=$((3 - master))
    done
    no_resets "$3 deaths"
    saw "$3 times $2 of the master, no RST to clients or servers"
}

vrrp_killed_nat() { handover_deaths nat kill_node "${ROUNDS:-2}"; }
vrrp_killed_dr() { handover_deaths dr kill_node "${ROUNDS:-2}"; }
vrrp_ended_nat() { handover_deaths nat stop_node "${ROUNDS:-2}"; }

# A master that stands still for 5 s: the guardian takes its addresses off, and when it goes on it listens first.
vrrp_sleeper() {
    local stopped went
    vrrp_watched_pair 0.3 "$@"
    stopped=$(now_ms)
    kill -STOP "${NODE_PID[1]}"
    wait_for 5 owns 2 || failed "node 2 did not take over from a stopped process"
    wait_for 6 disowns 1 || failed "node 1 still has the address, and its kernel answers for it"
    went=$(($(now_ms) - stopped))
    sleep 2
    disowns 1 || failed "the address came back to a node that stands still"
    owns 2 || failed "node 2 gave the address up"
    stopped=$(date +%s.%N)
    kill -CONT "${NODE_PID[1]}"
    is_master 1 12
    grep -q 'entering BACKUP state: it stood still' "$LAB_DIR/node1.log" || failed "node 1 did not notice that it stood still"
    no_advert_for 10.66.0.1 "$stopped" 0.9
    saw "its addresses went after $went ms; when it went on it listened, and was master again by preemption"
}

# vrrp_watched_pair INTERVAL [SETTING...]: two nodes of Weir, of which the first is master, and all that they say.
vrrp_watched_pair() {
    VERSION=3 INTERVAL=$1
    vrrp_lab 2
    vrrp_conf 1 150 "${@:2}"
    vrrp_conf 2 100 "${@:2}"
    start_node 2 weir
    start_node 1 weir
    is_master 1 12
    capture
    sleep 0.5
}

# A master that stands still for longer than the other waits (0.4 s), and not for as long as its guardian (2 s): what it finds in its
# sockets decides. While the other is master it listens; while there is no other it goes on.
vrrp_pause() {
    local went
    vrrp_watched_pair 0.1
    kill -STOP "${NODE_PID[1]}"
    wait_for 5 owns 2 || failed "node 2 did not take over from a stopped process"
    owns 1 || failed "the guardian took the addresses off already: this is no short pause"
    went=$(date +%s.%N)
    kill -CONT "${NODE_PID[1]}"
    is_master 1 12
    grep -q 'it stood still .*: 10.66.0.2 is master' "$LAB_DIR/node1.log" || failed "node 1 did not yield to who had taken over"
    no_advert_for 10.66.0.1 "$went" 0.3
    stop_node 2
    kill -STOP "${NODE_PID[1]}"
    sleep 0.8
    kill -CONT "${NODE_PID[1]}"
    sleep 1
    owns 1 || failed "node 1 gave the address up, and nobody else has it"
    (($(grep -c 'it stood still' "$LAB_DIR/node1.log") == 1)) || failed "node 1 stepped down, though nobody had spoken"
    saw "with another master it listened before it spoke; with none it went on"
}

vrrp_sleeper_vmac() { vrrp_sleeper use_vmac; }

# no_advert_for ADDRESS SINCE SECONDS: of that node, in that time (seconds since 1970).
no_advert_for() {
    local adverts
    sleep 0.3
    adverts=$(tcpdump -ttnr "$LAB_DIR/wire.pcap" "ip proto 112 and src host $1" 2>/dev/null \
        | awk -v from="$2" -v long="$3" '$1 > from && $1 < from + long' | wc -l)
    ((adverts == 0)) || failed "$adverts adverts of $1 within $3 s"
}

# tools/lab check 'vrrp/*': Weir beside Debian's keepalived, and beside itself. Names are vrrp/VARIANT/ONE-OTHER, where ONE has
# the higher priority, and vrrp/SCENARIO for what has no variants.

VRRP_VARIANTS='v2 v2-pass v2-ah v2-unicast v2-vmac v3 v3-ipv6 v3-unicast v3-vmac v3-10ms'
VRRP_SCENARIOS='nopreempt three-nodes script crossed reload reload-time sync-group link-down link-delay address-removed stopped notify split-brain split-brain-ipv6 heartbeat arbiter command restart directors stalled-worker no-accept keep-addresses ha-dr ha-local-node ha-nginx ha-reload pause sleeper sleeper-vmac'
# These take longest, and come first, so that nothing is left waiting for one of them.
VRRP_LONG='killed-nat killed-dr ended-nat handover-nat handover-dr'

vrrp_checks() {
    local variant pair
    for variant in $VRRP_LONG; do say "vrrp/$variant"; done
    for variant in $VRRP_VARIANTS; do
        for pair in weir-keepalived keepalived-weir; do say "vrrp/$variant/$pair"; done
    done
    for variant in v2 v3 v3-ipv6; do say "vrrp/$variant/weir-weir"; done
    for variant in $VRRP_SCENARIOS; do say "vrrp/$variant"; done
}

# How many stand side by side: they wait, most of the time.
VRRP_AT_ONCE=5

# briefly_lived: daemons that live for seconds, many side by side, would spend most of their time compiling.
briefly_lived() { jvm_options -XX:TieredStopAtLevel=1; }

# run_vrrp_checks NAME...: adds to the numbers of passed and failed ones.
run_vrrp_checks() {
    local name verdicts="$RUN_DIR/vrrp-verdicts"
    : >"$verdicts"
    briefly_lived
    for name in "$@"; do
        # At 10 ms a daemon that starts beside them would make them take over from each other.
        if [[ $name == */v3-10ms/* ]]; then
            wait
            vrrp_check "$name" "$verdicts"
            continue
        fi
        while (($(jobs -rp | wc -l) >= VRRP_AT_ONCE)); do sleep 0.1; done
        vrrp_check "$name" "$verdicts" &
    done
    wait
    passed=$((passed + $(grep -c '^PASS' "$verdicts" || true)))
    failed=$((failed + $(grep -c '^FAIL' "$verdicts" || true)))
}

# Not to be called as a condition, nor its scenarios: bash would ignore set -e in all of it.
vrrp_check() {
    local name=$1 seen="$RUN_DIR/seen-$BASHPID" output="$RUN_DIR/output-$BASHPID" status verdict=PASS began file
    began=$(now_ms)
    SEEN=$seen
    : >"$seen"
    set +e
    (
        set -e
        trap 'cp "$LAB_DIR"/node*.log "$RUN_DIR/logs-${output##*-}/" 2>/dev/null; remove_namespaces "$LAB-"' EXIT
        mkdir -p "$RUN_DIR/logs-${output##*-}"
        case $name in
        vrrp/*/*) vrrp_variant "$(cut -d/ -f2 <<<"$name")" "${name##*/}" ;;
        failover/*) failover_check "${name##*/}" ;;
        *)
            scenario=${name##*/}
            "vrrp_${scenario//-/_}"
            ;;
        esac
    ) >"$output" 2>&1
    status=$?
    set -e
    ((status == 0)) || verdict=FAIL
    printf '%s %-34s %5d ms  %s\n' "$verdict" "$name" $(($(now_ms) - began)) "$(<"$seen")" | tee -a "$2"
    [[ $verdict == FAIL ]] || return 0
    {
        tail -n 8 "$output" | sed 's/^/     | /'
        for file in "$RUN_DIR/logs-${output##*-}"/*.log; do
            [[ ! -e $file ]] || tail -n 12 "$file" | sed "s/^/     $(basename "$file" .log) | /"
        done
    }
}

# vrrp_variant VARIANT ONE-OTHER
vrrp_variant() {
    local one=${2%-*} other=${2#*-}
    VERSION=${1:1:1} INTERVAL=1
    ((VERSION == 2)) || INTERVAL=0.1
    case $1 in
    v2 | v3) interop "$one" "$other" ;;
    v3-10ms)
        INTERVAL=0.01
        interop "$one" "$other"
        ;;
    v2-pass) interop "$one" "$other" 'authentication {' '    auth_type PASS' '    auth_pass 1111' '}' ;;
    v2-ah) interop "$one" "$other" 'authentication {' '    auth_type AH' '    auth_pass 1111' '}' ;;
    *-unicast) interop "$one" "$other" 'unicast_peer {' '    10.66.0.2' '}' ;;
    *-vmac) interop "$one" "$other" 'use_vmac' ;;
    v3-ipv6)
        FAMILY=6
        interop "$one" "$other"
        ;;
    esac
}

# weir_pair: two nodes of Weir, of which the first is master.
weir_pair() {
    VERSION=3 INTERVAL=0.1
    vrrp_lab 2
    vrrp_conf 1 150
    vrrp_conf 2 100
    start_node 2 weir
    start_node 1 weir
    is_master 1 12
}

# A node that returns with the higher priority leaves the address where it is.
vrrp_nopreempt() {
    VERSION=3 INTERVAL=0.1
    vrrp_lab 2
    vrrp_conf 1 150 nopreempt
    vrrp_conf 2 100 nopreempt
    start_node 2 keepalived
    is_master 2 12
    start_node 1 weir
    sleep 1.5
    is_master 2 1
    stop_node 2
    is_master 1 6
    start_node 2 keepalived
    sleep 1.5
    is_master 1 1
    saw "the address stayed where it was when the better node came, both ways round"
}

# Of three, the next by priority takes over, whoever it is.
vrrp_three_nodes() {
    VERSION=3 INTERVAL=0.1
    vrrp_lab 3
    vrrp_conf 1 150
    vrrp_conf 2 120
    vrrp_conf 3 90
    start_node 3 weir
    start_node 2 keepalived
    start_node 1 weir
    is_master 1 12
    kill_node 1
    is_master 2 6
    kill_node 2
    in_ns node2 ip address flush to "$VIP"
    is_master 3 6
    start_node 1 weir
    is_master 1 12
    saw "150, then 120, then 90, then 150 again"
}

# A script whose failure costs 60, as tutorials have it: run by the shell, since its first word is no program.
vrrp_script() {
    VERSION=3 INTERVAL=0.1
    vrrp_lab 2
    vrrp_conf 1 150 'track_script {' '    chk_down' '}'
    vrrp_conf 2 100
    cat >>"$LAB_DIR/node1.conf" <<END
vrrp_script chk_down {
    script "[ -f $LAB_DIR/down ] && exit 1 || exit 0"
    interval 1
    weight -60
}
END
    start_node 2 keepalived
    start_node 1 weir
    is_master 1 12
    touch "$LAB_DIR/down"
    is_master 2 6
    rm "$LAB_DIR/down"
    is_master 1 6
    saw "the address left while the script failed, and came back"
}

# Both nodes are masters, of one address each; the other's is taken over as well.
vrrp_crossed() {
    local number
    VERSION=3 INTERVAL=0.1
    vrrp_lab 2
    for number in 1 2; do
        vrrp_conf "$number" $((number == 1 ? 150 : 100))
        sed -e 's/VI_1/VI_2/; s/virtual_router_id 51/virtual_router_id 52/; s/10.66.0.100/10.66.0.200/; /global_defs/,/^}/d' \
            -e "s/priority .*/priority $((number == 1 ? 100 : 150))/" "$LAB_DIR/node$number.conf" >"$LAB_DIR/second"
        cat "$LAB_DIR/second" >>"$LAB_DIR/node$number.conf"
    done
    start_node 1 weir
    start_node 2 keepalived
    is_master 1 12
    wait_for 6 owns 2 10.66.0.200 || failed "node 2 is not master of its own address"
    wait_for 2 disowns 1 10.66.0.200 || failed "both have 10.66.0.200"
    stop_node 2
    wait_for 6 owns 1 10.66.0.200 || failed "node 1 did not take node 2's address"
    owns 1 || failed "node 1 lost its own address meanwhile"
    saw "one address each, then both on the one that was left"
}

# SIGHUP: nothing for an unchanged file; only what changed for a changed one.
vrrp_reload() {
    local before after
    VERSION=3 INTERVAL=0.1
    vrrp_lab 2
    vrrp_conf 1 150
    vrrp_conf 2 100
    capture
    start_node 1 weir
    start_node 2 keepalived
    is_master 1 12
    sleep 1
    before=$(arps)
    kill -HUP "${NODE_PID[1]}"
    wait_for 20 grep -q 'was read anew' "$LAB_DIR/node1.log" || failed "SIGHUP did nothing"
    sleep 0.5
    is_master 1 1
    after=$(arps)
    ((before == after)) || failed "an unchanged file made it announce its addresses again"
    sed -i 's/10.66.0.100\/24/&\n        10.66.0.101\/24/' "$LAB_DIR"/node[12].conf
    kill -HUP "${NODE_PID[1]}" "${NODE_PID[2]}"
    wait_for 20 owns 1 10.66.0.101 || failed "the new address did not come"
    owns 1 || failed "the old address went"
    sed -i 's/priority 150/priority 50/' "$LAB_DIR/node1.conf"
    kill -HUP "${NODE_PID[1]}"
    is_master 2 20
    cp "$LAB_DIR/node1.conf" "$LAB_DIR/node1.before"
    cat >>"$LAB_DIR/node1.conf" <<END
vrrp_instance VI_2 {
    interface eth0
    use_vmac
    virtual_router_id 52
    version 3
    advert_int 0.1
    virtual_ipaddress {
        10.66.0.200/24
    }
}
END
    kill -HUP "${NODE_PID[1]}"
    wait_for 20 owns 1 10.66.0.200 || failed "the new instance did not become master"
    cp "$LAB_DIR/node1.before" "$LAB_DIR/node1.conf"
    kill -HUP "${NODE_PID[1]}"
    wait_for 20 disowns 1 10.66.0.200 || failed "the instance that is gone keeps its address"
    wait_for 5 farewell_of 52 || failed "the instance that is gone did not say priority 0"
    no_malformed_packets
    saw "an unchanged file changed nothing; an address more came alone; a lower priority gave the address away; an instance said farewell"
}

# reload_time_file: two nodes, one of them keepalived, take another list of addresses over together. Alone, each would drop
# the other's adverts.
vrrp_reload_time() {
    local number
    VERSION=3 INTERVAL=1
    vrrp_lab 2
    vrrp_conf 1 150
    vrrp_conf 2 100
    for number in 1 2; do
        sed -i "s|^global_defs {|&\n    reload_time_file $LAB_DIR/at$number|" "$LAB_DIR/node$number.conf"
    done
    start_node 2 keepalived
    start_node 1 weir
    is_master 1 12
    sed -i 's/10.66.0.100\/24/&\n        10.66.0.101\/24/' "$LAB_DIR"/node[12].conf
    : >"$LAB_DIR/node2.log"
    date -u -d '+3 seconds' '+%F %TZ' | tee "$LAB_DIR/at2" >"$LAB_DIR/at1"
    wait_for 20 owns 1 10.66.0.101 || failed "the new address did not come"
    [[ ! -e $LAB_DIR/at1 ]] || failed "the file with the time is still there"
    sleep 5
    is_master 1 1
    ! grep 'Entering MASTER' "$LAB_DIR/node2.log" >&2 || failed "node 2 did not take the master's adverts"
    saw "both had the new address at once, and the master stayed"
}

# farewell_of VRID: whether the wire had an advert of priority 0.
farewell_of() { (($(tcpdump -nvr "$LAB_DIR/wire.pcap" 'ip proto 112' 2>/dev/null | grep -c "vrid $1, prio 0") > 0)); }

arps() { tcpdump -nr "$LAB_DIR/wire.pcap" "arp and ether src $(in_ns node1 cat /sys/class/net/eth0/address)" 2>/dev/null | wc -l; }

# Where one instance of a group cannot be, none stays.
vrrp_sync_group() {
    local number
    VERSION=3 INTERVAL=0.1
    vrrp_lab 2
    for number in 1 2; do
        ip -n "$LAB-node$number" link add out0 up type veth peer name out1
        ip -n "$LAB-node$number" link set out1 up
        ip -n "$LAB-node$number" address add "10.67.0.$number/24" dev out0
        vrrp_conf "$number" $((number == 1 ? 150 : 100))
        cat >>"$LAB_DIR/node$number.conf" <<END
vrrp_instance VI_2 {
    state BACKUP
    interface eth0
    virtual_router_id 52
    priority $((number == 1 ? 150 : 100))
    version 3
    advert_int 0.1
    track_interface {
        out0
    }
    virtual_ipaddress {
        10.66.0.200/24
    }
}
vrrp_sync_group VG {
    group {
        VI_1
        VI_2
    }
}
END
    done
    start_node 2 keepalived
    start_node 1 weir
    is_master 1 12
    wait_for 3 owns 1 10.66.0.200 || failed "the second instance did not follow"
    ip -n "$LAB-node1" link set out0 down
    is_master 2 6
    wait_for 3 owns 2 10.66.0.200 || failed "the second address did not move with the first"
    ip -n "$LAB-node1" link set out0 up
    is_master 1 6
    wait_for 3 owns 1 10.66.0.200 || failed "the second address did not come back"
    saw "both addresses moved when one instance's interface went down, and back"
}

# A dead node: its link is down.
vrrp_link_down() {
    weir_pair
    pings
    sleep 0.3
    ip -n "$LAB-switch" link set node1 down
    wait_for 3 owns 2 || failed "node 2 did not take over"
    wait_for 2 disowns 1 || failed "node 1 kept the address though its link is down"
    end_pings
    within_bound "$GAP" "$(failover_bound)" || failed "$GAP ms without an answer; $(failover_bound) are allowed"
    ip -n "$LAB-switch" link set node1 up
    is_master 1 6
    saw "$GAP ms without an answer of at most $(failover_bound)"
}

# interface_up_down_delays: a link that is down for a moment has not been down.
vrrp_link_delay() {
    local number
    VERSION=3 INTERVAL=1
    vrrp_lab 2
    for number in 1 2; do
        vrrp_conf $number $((200 - 50 * number))
        printf '%s\n' 'interface_up_down_delays {' '    eth0 1.2 0.5' '}' >>"$LAB_DIR/node$number.conf"
    done
    start_node 2 keepalived
    start_node 1 weir
    is_master 1 12
    ip -n "$LAB-switch" link set node1 down
    wait_for 3 grep -q 'eth0 is down: that counts' "$LAB_DIR/node1.log" || failed "it did not see its link go"
    ip -n "$LAB-switch" link set node1 up
    sleep 2
    is_master 1 1
    ! grep FAULT "$LAB_DIR/node1.log" >&2 || failed "a link that was down for a moment made it fail"
    ip -n "$LAB-switch" link set node1 down
    wait_for 3 disowns 1 || failed "it kept the address though its link stays down"
    is_master 2 6
    ip -n "$LAB-switch" link set node1 up
    is_master 1 12
    saw "a link that was down for a moment cost nothing, one that stayed down the address"
}

# An address that somebody takes away by hand comes back.
vrrp_address_removed() {
    VERSION=3 INTERVAL=0.1
    vrrp_lab 1
    vrrp_conf 1 150
    start_node 1 weir
    is_master 1 12
    ip -n "$LAB-node1" address del "$VIP/24" dev eth0
    wait_for 3 owns 1 || failed "it did not come back"
    saw "it came back"
}

# A stopped process (SIGSTOP) holds its addresses; the other node takes over, and the first gives way when it goes on.
vrrp_stopped() {
    weir_pair
    pings
    sleep 0.3
    kill -STOP "${NODE_PID[1]}"
    wait_for 3 owns 2 || failed "node 2 did not take over from a stopped process"
    sleep 0.5
    end_pings
    kill -CONT "${NODE_PID[1]}"
    is_master 1 6
    saw "the other node took over in $GAP ms; back when the process went on"
}

# Scripts are told of each state as keepalived tells them.
vrrp_notify() {
    local kind
    VERSION=3 INTERVAL=0.1
    vrrp_lab 2
    for kind in weir keepalived; do
        vrrp_conf 1 150 "notify \"$LAB_DIR/told $kind\"" "notify_master \"$LAB_DIR/told $kind-master\"" \
            "notify_backup \"$LAB_DIR/told $kind-backup\"" "notify_stop \"$LAB_DIR/told $kind-stop\""
        printf '#!/bin/sh\necho "$@" >>%s/said\n' "$LAB_DIR" >"$LAB_DIR/told"
        chmod 755 "$LAB_DIR/told"
        start_node 1 "$kind"
        is_master 1 12
        sleep 0.5
        stop_node 1
        sleep 0.5
    done
    diff <(sed -n 's/^keepalived//p' "$LAB_DIR/said" | sort) <(sed -n 's/^weir//p' "$LAB_DIR/said" | sort) \
        || failed "scripts are told something else than by keepalived"
    [[ $(grep -c MASTER "$LAB_DIR/said") == 2 ]] || failed "nobody was told of MASTER: $(xargs <"$LAB_DIR/said")"
    saw "the same words as keepalived's: $(grep -c ^weir "$LAB_DIR/said") calls"
}

# VRRP is blocked, pings are not: both become masters, and the log says what it looks like.
vrrp_split_brain() {
    weir_pair
    in_ns node2 iptables -A INPUT -p 112 -j DROP
    wait_for 3 owns 2 || failed "node 2 did not become master"
    wait_for 10 grep -qi 'two masters' "$LAB_DIR/node1.log" "$LAB_DIR/node2.log" || failed "no node noticed"
    in_ns node2 iptables -F INPUT
    is_master 1 6
    saw "two masters were noticed; one when adverts pass again: $(grep -ihom 1 'two masters.*' "$LAB_DIR"/node?.log)"
}

# The same over IPv6: a master whose adverts do not arrive is seen by its neighbour advertisements.
vrrp_split_brain_ipv6() {
    FAMILY=6 VERSION=3 INTERVAL=0.1
    vrrp_lab 2
    VIP=fd00:66::100
    vrrp_conf 1 150
    vrrp_conf 2 100
    start_node 2 weir
    start_node 1 weir
    is_master 1 12
    in_ns node2 ip6tables -A INPUT -p 112 -j DROP
    in_ns node2 ip6tables -A OUTPUT -p 112 -j DROP
    wait_for 3 owns 2 || failed "node 2 did not become master"
    wait_for 5 grep -q 'split brain: .* is announced by the host with MAC' "$LAB_DIR/node1.log" || failed "node 1 did not notice"
    in_ns node2 ip6tables -F
    is_master 1 6
    # Of another number, each would be master.
    sed -i 's/virtual_router_id 51/virtual_router_id 52/' "$LAB_DIR/node2.conf"
    sed -i 's/router_id node1/&\n    log_unknown_vrids/' "$LAB_DIR/node1.conf"
    kill -HUP "${NODE_PID[1]}" "${NODE_PID[2]}"
    wait_for 20 grep -q 'for the unknown virtual_router_id 52' "$LAB_DIR/node1.log" || failed "node 1 does not tell of a strange router"
    saw "$(grep -hom 1 'split brain: .*' "$LAB_DIR/node1.log")"
}

# heartbeat_pair [LINE...]: two nodes with a cable between them, over which they have heartbeats; the first is master.
heartbeat_pair() {
    local number
    VERSION=3 INTERVAL=0.1
    vrrp_lab 2
    wire node1 eth1 node2 eth1
    for number in 1 2; do
        ip -n "$LAB-node$number" address add "10.67.0.$number/24" dev eth1
        vrrp_conf "$number" $((number == 1 ? 150 : 100)) '@weir heartbeat {' "@weir peer 10.67.0.$((3 - number))" \
            '@weir interface eth1' '@weir secret lab' '@weir }' '@weir split_brain release' "$@"
    done
    start_node 2 weir
    start_node 1 weir
    is_master 1 12
    sleep 0.5
}

# The master's VRRP packets are blocked, all else passes: with a second path there is one master all the same.
vrrp_heartbeat() {
    local began
    heartbeat_pair
    pings
    in_ns node1 iptables -A OUTPUT -p 112 -j DROP
    wait_for 3 grep -q 'heard on the second path only.*firewall' "$LAB_DIR/node2.log" || failed "node 2 does not say why"
    owns 1 && disowns 2 || failed "the address moved though its master lives"
    in_ns node1 iptables -A OUTPUT -o eth1 -j DROP
    wait_for 3 owns 2 || failed "node 2 did not take over from a master that is not heard at all"
    sleep 0.3
    owns 1 || failed "node 1 gave up an address for no reason"
    began=$(now_ms)
    in_ns node1 iptables -D OUTPUT -o eth1 -j DROP
    wait_for 3 disowns 2 || failed "both have the address though they hear each other on the second path"
    began=$(($(now_ms) - began))
    end_pings
    within_bound "$began" $((600 + SHARED)) || failed "there were two masters for $began ms; 600 are allowed"
    within_bound "$GAP" "$(failover_bound)" || failed "the client had no answer for $GAP ms"
    owns 1 || failed "nobody has the address"
    grep -q 'split brain: two masters.*firewall' "$LAB_DIR/node2.log" || failed "node 2 does not name the likely cause"
    kill_node 1
    wait_for 3 owns 2 || failed "node 2 did not take over from a dead master"
    saw "one master while VRRP was blocked; two for $began ms when the second path came back, $GAP ms without an answer"
}

# VRRP is blocked, and the master does not reach the arbiter, which the other does.
vrrp_arbiter() {
    heartbeat_pair '@weir arbiter 10.66.0.9'
    wait_for 3 grep -q 'arbiter 10.66.0.9 answers' "$LAB_DIR/node1.log" || failed "node 1 does not ask the arbiter"
    wait_for 3 grep -q 'arbiter 10.66.0.9 answers' "$LAB_DIR/node2.log" || failed "node 2 does not ask the arbiter"
    in_ns node1 iptables -A OUTPUT -p 112 -j DROP
    sleep 1
    owns 1 && disowns 2 || failed "the address moved though its master reaches the arbiter"
    pings
    in_ns node1 iptables -A OUTPUT -p icmp --icmp-type echo-request -j DROP
    is_master 2 5
    sleep 0.3
    end_pings
    in_ns node1 iptables -D OUTPUT -p icmp --icmp-type echo-request -j DROP
    is_master 1 5
    saw "the address went to the node that reaches the arbiter ($GAP ms without an answer), and came back"
}

# keepalived's own ways of being run: in the background, with a pid file, under its name, with its signals.
vrrp_command() {
    local pid
    VERSION=3 INTERVAL=0.1
    vrrp_lab 1
    vrrp_conf 1 150
    say nonsense >"$LAB_DIR/bad.conf"
    ! "$ROOT/tools/keepalived" -t -f "$LAB_DIR/bad.conf" 2>"$LAB_DIR/said" || failed "-t takes a file that is wrong"
    grep -q nonsense "$LAB_DIR/said" || failed "-t does not say what is wrong: $(<"$LAB_DIR/said")"
    "$ROOT/tools/keepalived" -t -f "$LAB_DIR/node1.conf" || failed "-t refuses a file that is right"
    in_ns node1 "$ROOT/tools/keepalived" -f "$LAB_DIR/node1.conf" -p "$LAB_DIR/node1.pid" -P \
        -g"$LAB_DIR/node1.log" || failed "it did not start: $(<"$LAB_DIR/node1.log")"
    pid=$(<"$LAB_DIR/node1.pid")
    [[ $(ps -o comm= -p "$pid") == keepalived ]] || failed "its name is $(ps -o comm= -p "$pid")"
    in_ns node1 killall -0 keepalived || failed "killall does not find it"
    wait_for 5 owns 1 || failed "it did not become master"
    ! in_ns node1 "$ROOT/tools/keepalived" -n -l -f "$LAB_DIR/node1.conf" -p "$LAB_DIR/node1.pid" -P 2>"$LAB_DIR/said" \
        || failed "a second one started"
    grep -q 'already running' "$LAB_DIR/said" || failed "the second one does not say why it ends: $(<"$LAB_DIR/said")"
    rm -f /tmp/keepalived.data /tmp/keepalived.stats
    kill -USR1 "$pid"
    kill -USR2 "$pid"
    wait_for 5 grep -q 'State = MASTER' /tmp/keepalived.data || failed "USR1 wrote nothing"
    wait_for 5 grep -q 'Became master: 1' /tmp/keepalived.stats || failed "USR2 wrote nothing"
    kill -HUP "$pid"
    wait_for 20 grep -q 'was read anew' "$LAB_DIR/node1.log" || failed "HUP did nothing"
    kill "$pid"
    wait_for 5 disowns 1 || failed "the address stays after TERM"
    wait_for 5 test ! -e "$LAB_DIR/node1.pid" || failed "the pid file stays"
    saw "-t, -f, -p, -P, -g; killall; HUP, USR1, USR2, TERM; a second one refused"
}

# kill -9: the addresses go at once, and with --restart the guardian starts the daemon anew, which then obeys as the first did.
vrrp_restart() {
    local pid again
    VERSION=3 INTERVAL=0.1
    vrrp_lab 1
    vrrp_conf 1 150
    start node1 node1 env WEIR_CONTROL="$LAB_DIR/node1.sock" "$ROOT/tools/lbd" --config "$LAB_DIR/node1.conf" --run vrrp \
        --restart --pid-file "$LAB_DIR/node1.pid"
    wait_for 40 owns 1 || failed "it did not become master"
    wait_for 5 test -s "$LAB_DIR/node1.pid" || failed "no pid file"
    pid=$(<"$LAB_DIR/node1.pid")
    kill -KILL "$pid"
    wait_for 1 disowns 1 || failed "the address stays though the daemon is dead"
    wait_for 40 owns 1 || failed "the daemon was not started anew"
    again=$(<"$LAB_DIR/node1.pid")
    ((again != pid)) || failed "the pid file names the dead"
    kill "$again"
    wait_for 5 disowns 1 || failed "the new daemon does not end by SIGTERM"
    saw "the address went with the daemon, and came back with the next, which SIGTERM ended"
}

# Both halves: who has the address balances, and who has not leaves to the host what comes to it all the same.
vrrp_directors() {
    local number answer
    VERSION=3 INTERVAL=0.1
    vrrp_lab 2
    namespaces server
    plug server eth0
    hide_vip server
    configure server <<END
address add 10.66.0.11/24 dev eth0
address add $VIP/32 dev lo
END
    mkdir "$LAB_DIR/www"
    say "the server" >"$LAB_DIR/www/index.html"
    start server server python3 -m http.server 80 --directory "$LAB_DIR/www"
    vrrp_conf 1 150
    vrrp_conf 2 100
    for number in 2 1; do
        start "node$number" "node$number" "$ROOT/tools/lbd" --config "$LAB_DIR/node$number.conf" \
            --control "$LAB_DIR/node$number.sock" --pid-file "$LAB_DIR/node$number.pid"
        NODE_PID[$number]=$STARTED NODE_KIND[$number]=weir
        wait_for 40 test -s "$LAB_DIR/node$number.pid" || failed "director $number did not start"
        WEIR_CONTROL="$LAB_DIR/node$number.sock" ipvsadm -A -t "$VIP:80" -s rr
        WEIR_CONTROL="$LAB_DIR/node$number.sock" ipvsadm -a -t "$VIP:80" -r 10.66.0.11:80 -g
    done
    is_master 1 12
    answer=$(in_ns client curl -sS -m 5 "http://$VIP/") || failed "director 1 does not balance"
    [[ $answer == 'the server' ]] || failed "somebody else answers: $answer"
    in_ns client ip neigh replace "$VIP" lladdr "$(in_ns node2 cat /sys/class/net/eth0/address)" dev eth0
    ! in_ns client curl -sS -m 1 "http://$VIP/" || failed "director 2 balances, whose address it is not"
    [[ $(packets_in 2) == 0 ]] || failed "director 2 counts what it must leave to the host"
    in_ns client ip neigh del "$VIP" dev eth0
    kill_node 1
    is_master 2 6
    wait_for 5 in_ns client curl -sS -m 1 "http://$VIP/" || failed "director 2 does not balance, whose address it is now"
    [[ $(packets_in 2) != 0 ]] || failed "director 2 counts nothing"
    saw "the master balanced, the backup did not until it was master"
}

# A worker that hangs forwards nothing, though all else of the daemon lives: the address goes to the other director.
vrrp_stalled_worker() {
    local pid thread
    VERSION=3 INTERVAL=0.1
    vrrp_lab 2
    vrrp_conf 1 150
    vrrp_conf 2 100
    start_node 2 weir
    start node1 node1 "$ROOT/tools/lbd" --config "$LAB_DIR/node1.conf" --control "$LAB_DIR/node1.sock" \
        --pid-file "$LAB_DIR/node1.pid"
    NODE_PID[1]=$STARTED NODE_KIND[1]=weir
    wait_for 40 test -s "$LAB_DIR/node1.pid" || failed "director 1 did not start"
    is_master 1 12
    pid=$(<"$LAB_DIR/node1.pid")
    thread=$(grep -lx worker "/proc/$pid/task/"*/comm | cut -d/ -f5)
    [[ -n $thread ]] || failed "there is no thread of that name"
    "$ROOT/tools/lab.d/hold-thread" "$thread" 3 &
    is_master 2 5
    grep -q 'entering FAULT state: the dataplane does not forward' "$LAB_DIR/node1.log" || failed "no FAULT"
    wait $! || failed "the worker was not held"
    is_master 1 6
    saw "the address left while the worker hung, and came back when it went on"
}

# no_accept: neighbours find the address, and the host takes nothing that is sent to it.
vrrp_no_accept() {
    VERSION=3 INTERVAL=0.1
    vrrp_lab 1
    vrrp_conf 1 150 no_accept
    start_node 1 weir
    is_master 1 12
    ! in_ns client ping -qc 3 -i 0.1 -W 1 "$VIP" >/dev/null || failed "the host answers"
    wait_for 2 client_found_vip || failed "neighbours do not find the address"
    sed -i '/no_accept/d' "$LAB_DIR/node1.conf"
    kill -HUP "${NODE_PID[1]}"
    wait_for 20 in_ns client ping -qc 1 -W 1 "$VIP" || failed "without no_accept the host does not answer either"
    saw "no ping was answered until no_accept was taken away"
}

client_found_vip() { [[ $(in_ns client ip neigh show "$VIP") == *"$(in_ns node1 cat /sys/class/net/eth0/address)"* ]]; }

# --keep-addresses: the daemon ends, and its addresses stay until the next one ends.
vrrp_keep_addresses() {
    VERSION=3 INTERVAL=0.1
    vrrp_lab 1
    vrrp_conf 1 150
    start node1 node1 env WEIR_CONTROL="$LAB_DIR/node1.sock" "$ROOT/tools/lbd" --config "$LAB_DIR/node1.conf" --run vrrp \
        --keep-addresses --pid-file "$LAB_DIR/node1.pid"
    wait_for 40 owns 1 || failed "it did not become master"
    stop "$STARTED"
    sleep 0.3
    owns 1 || failed "the address went with the daemon"
    in_ns client ping -qc 1 -W 1 "$VIP" >/dev/null || failed "the address stays, and does not answer"
    rm -f "$LAB_DIR/node1.pid"
    start_node 1 weir
    is_master 1 12
    stop_node 1
    wait_for 3 disowns 1 || failed "the address stays though the option is gone"
    saw "the address outlived the daemon that keeps it, and went with the next"
}

# packets_in NUMBER: what a director counts for all services.
packets_in() {
    WEIR_CONTROL="$LAB_DIR/node$1.sock" ipvsadm -Ln --stats --exact | awk '$1 == "TCP" { print $4 }'
}

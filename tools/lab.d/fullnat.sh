# tools/lab fullnat: very many short connections through one local address and ten servers, as fast as they go, each of which says
# at both ends who it is (dev.weir.lab.identity). No two may meet, and all ports are free again in the end.
#
# The ten servers are five addresses of each of the lab's two; the client has as many addresses as it takes for each
# connection to have a port of its own.

IDENTITY_PORT=7000
# Connections that one address of the client has ports for.
IDENTITY_PORTS=64512

# command_fullnat: tools/lab fullnat
command_fullnat() {
    local connections=500000 at_once=500 servers=10
    LAB_WORKERS=1
    while (($#)); do
        case $1 in
        --connections | --at-once | --servers | --workers)
            (($# > 1)) || usage_error "$1 needs a value"
            [[ $2 =~ ^[1-9][0-9]*$ ]] || usage_error "fullnat: $1 is a number, not '$2'"
            case $1 in
            --connections) connections=$2 ;;
            --at-once) at_once=$2 ;;
            --servers) servers=$2 ;;
            --workers) LAB_WORKERS=$2 ;;
            esac
            shift 2
            ;;
        *) usage_error "fullnat does not know '$1'" ;;
        esac
    done
    ((servers <= 10)) || usage_error "fullnat: at most ten servers"
    begin_run
    need_packages iproute2 nginx-light curl ethtool
    need_weir
    QUIET=yes
    stand_lab fullnat plain
    if ! (identities "$connections" "$at_once" "$servers"); then
        die "$(<"$RUN_DIR/seen")"
    fi
    say "$(<"$RUN_DIR/seen")"
    say "waiting for the last of them to be forgotten, two minutes after their end"
    wait_for 150 ports_returned || die "ports are in use that nobody has: $(ports_in_use)"
    say "all ports are free again"
}

# scenario_identities: the short form. The servers are taken away in the end, and their connections with them, so that nobody
# has to wait for TIME_WAIT to pass.
scenario_identities() {
    local seen number
    trap 'identity_service -D; sysctl_vs expire_nodest_conn=0' EXIT
    identities 20000 1000 10
    seen=$(<"$RUN_DIR/seen")
    sysctl_vs expire_nodest_conn=1
    for number in {0..9}; do ipvsadm -d -t "$VIP_URL:$IDENTITY_PORT" -r "$(identity_server "$number"):$IDENTITY_PORT"; done
    wait_for 20 ports_returned || failed "ports are in use that nobody has: $(ports_in_use)"
    saw "$seen; all ports free again"
}

# identities CONNECTIONS AT_ONCE SERVERS: all of them whole, or it fails.
identities() {
    local number sources=() addresses report
    for ((addresses = ($1 + IDENTITY_PORTS - 1) / IDENTITY_PORTS, number = 0; number < addresses; number++)); do
        sources+=("172.25.254.$((20 + number))")
        client ip address replace "${sources[-1]}/24" dev eth0
    done
    for number in 1 2; do
        # All that end are remembered, as on a server with the memory for it.
        set_sysctl "server$number" net.ipv4.tcp_max_tw_buckets=1000000
        rm -f "$LAB_DIR/identities$number.log"
        start "identities$number" "server$number" \
            "$LAB_PIECES/java" -Xmx512m dev.weir.lab.identity.Identities serve "0.0.0.0:$IDENTITY_PORT" 1
    done
    identity_service -A -s rr
    ipvsadm --add-laddr -z "${LOCALS[0]}" -t "$VIP_URL:$IDENTITY_PORT"
    for ((number = 0; number < $3; number++)); do
        configure "server$((number % 2 + 1))" <<<"address replace $(identity_server "$number")/24 dev eth0"
        ipvsadm -a -t "$VIP_URL:$IDENTITY_PORT" -r "$(identity_server "$number"):$IDENTITY_PORT" $METHOD
    done
    for number in 1 2; do
        wait_for 20 grep -q listening "$LAB_DIR/identities$number.log" || failed "no server: $(<"$LAB_DIR/identities$number.log")"
    done
    report=$(client "$LAB_PIECES/java" -Xmx512m dev.weir.lab.identity.Identities \
        ask "$VIP:$IDENTITY_PORT" 1 "$1" "$2" "${sources[@]}" 2>&1) \
        || failed "$report; servers: $(identity_complaints); $(ports_in_use); dropped: $(identity_drops)"
    [[ -z $(identity_complaints) ]] || failed "servers: $(identity_complaints)"
    [[ $(identity_use | awk '$1 > 0 { print $2 }') == "${LOCALS[0]}" ]] || failed "not one local address: $(ports_in_use)"
    saw "${report##*$'\n'}, through ${LOCALS[0]} and $3 servers"
}

identity_service() { ipvsadm "$1" -t "$VIP_URL:$IDENTITY_PORT" "${@:2}"; }

identity_server() { printf '192.168.10.%d' $((201 + $1)); }

identity_complaints() { cat "$LAB_DIR"/identities[12].log | grep -v '^listening$' | tail -n 2 | xargs -r; }

# identity_use: connections and local address of the service's pool, a line each.
identity_use() {
    "$ROOT/tools/ipvsadm" -G -n -t "$VIP_URL:$IDENTITY_PORT" | awk '$1 ~ /^[0-9a-f.:]+$/ && NF >= 5 { print $3, $1 }'
}

# identity_drops: what the director dropped, and what found no room.
identity_drops() {
    { "$ROOT/tools/lb-ctl" drops && "$ROOT/tools/lb-ctl" status | grep -E 'no room|refused to send|make room'; } \
        | awk '$1 > 0' | xargs -r
}

ports_in_use() { "$ROOT/tools/ipvsadm" -G -n -t "$VIP_URL:$IDENTITY_PORT" | tail -n 2 | xargs; }

ports_returned() { [[ $(identity_use) == "0 ${LOCALS[0]}" ]]; }

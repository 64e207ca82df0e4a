# A cluster of transparent caches, by the commands of the LVS tutorials: what clients send to anybody's port 80 is marked, a
# rule delivers it to the director, and a service of the mark shares it among caches. See cache_bypass in docs/sysctl.md.

# scenario_bypass: the origin is a web server beyond the director. Its addresses are the director's by policy routing only.
scenario_bypass() {
    local digest
    trap 'away_with_caches' EXIT
    use_origin
    raise_origin
    [[ $(origin) == "the origin" ]] || failed "the origin does not answer the client through the director"
    mark_service -A 1 -s rr
    caches -a -m
    mark_web
    [[ $(origin) == "the origin" ]] || failed "what a rule marks does not reach the origin, though nothing delivers it"
    policy add
    wait_for 5 cached || failed "rule and route are not followed: requests do not go to the caches"
    in_turn || failed "masqueraded caches do not answer in turn"
    caches -e -g
    in_turn || failed "direct-routed caches do not answer in turn"
    [[ $(origin :8080) == "the origin" ]] || failed "what is not marked does not reach the origin"
    [[ $(in_ns director curl -sS -m 5 "http://$ORIGIN_URL/") == "the origin" ]] || failed "the director does not reach the origin"
    in_ns server1 curl -sS -m 5 -o /dev/null "http://$DIP_URL:8080/" || failed "a server does not reach the director"

    caches -d
    sysctl_vs cache_bypass=1
    wait_for 2 bypassed || failed "with no cache left requests do not pass to the origin"
    head -c 20000000 "$RUN_DIR/big" >"$RUN_DIR/part"
    client curl -sS -m 30 -f -H 'Expect:' -T "$RUN_DIR/part" "http://$ORIGIN_URL/upload/bypass" || failed "cannot upload to the origin"
    digest=$(sha256sum <"$LAB_DIR/nginx-origin/www/upload/bypass")
    [[ $digest == "$(sha256sum <"$RUN_DIR/part")" ]] || failed "what came to the origin is not what was sent"
    "$ROOT/tools/ipvsadm" -Lnc | grep -qF "$ORIGIN_URL:80" || failed "the connections that pass the caches are not listed"

    sysctl_vs cache_bypass=0
    STATUS=0
    client curl -sS -m 1 -o /dev/null "http://$ORIGIN_URL/" || STATUS=$?
    ((STATUS == 28)) || failed "with no cache and cache_bypass=0 curl's status is $STATUS"
    policy del
    wait_for 5 bypassed || failed "the rule is gone, and requests do not reach the origin"
    saw "caches in turn by NAT and DR; with none left and cache_bypass=1 the origin, 20 MB equal; with 0 nobody; without the rule the origin"
}

# use_origin: sets the addresses of the web server that clients ask.
use_origin() {
    ORIGIN=203.0.113.80 ORIGIN_NET=203.0.113.0/24 ORIGIN_LINK=192.168.0.30/24
    if ((FAMILY == 6)); then ORIGIN=2001:db8:80::80 ORIGIN_NET=2001:db8:80::/48 ORIGIN_LINK=fd00:168::30/64; fi
    ORIGIN_URL=$(bracketed "$ORIGIN")
}

# raise_origin: the web server, and caches that take what is for its network (under -g) for themselves.
raise_origin() {
    local role v6= default=192.168.0.100
    if ((FAMILY == 6)); then v6=nodad default=fd00:168::100; fi
    namespaces origin
    plug origin eth0
    configure origin <<END
address add $ORIGIN_LINK dev eth0 $v6
address add $ORIGIN dev lo $v6
route add default via $default
END
    configure director <<<"route add $ORIGIN_NET via ${ORIGIN_LINK%/*}"
    for role in server1 server2; do configure "$role" <<<"route add local $ORIGIN_NET dev lo"; done
    start_nginx origin "80 8080" "the origin"
    wait_for 5 in_ns origin curl -sf -m 1 -o /dev/null http://127.0.0.1/ || failed "the origin's nginx does not start"
}

# away_with_caches: the lab as it was.
away_with_caches() {
    local role
    set +e
    policy del
    unmark
    mark_service -D 1
    sysctl_vs cache_bypass=0
    configure director <<<"route del $ORIGIN_NET"
    for role in server1 server2; do configure "$role" <<<"route del local $ORIGIN_NET dev lo table local"; done
    remove_namespaces "$LAB-origin"
    rm -rf "$LAB_DIR/nginx-origin"
} 2>/dev/null

# policy add|del: the tutorials' rule, and its table's only route.
policy() {
    ip -n "$LAB-director" -"$FAMILY" rule "$1" fwmark 1 lookup 100
    ip -n "$LAB-director" -"$FAMILY" route "$1" local default dev lo table 100
}

# mark_web: what comes to port 80 of anybody.
mark_web() {
    local iptables=iptables
    ((FAMILY == 4)) || iptables=ip6tables
    typed nft "$iptables" -t mangle -A PREROUTING -p tcp --dport 80 -j MARK --set-mark 1
}

# caches -a|-e -m|-g, caches -d
caches() {
    local rip
    for rip in "${RIPS[@]}"; do mark_service "$1" 1 -r "$rip" "${@:2}"; done
}

# origin [:PORT]: what the client hears that asks the origin.
origin() { client curl -sS -m 5 "http://$ORIGIN_URL${1:-}/"; }

in_turn() { alternating "$(for i in {1..10}; do origin; done)"; }

cached() { [[ $(origin) == webserver* ]]; }
bypassed() { [[ $(client curl -sS -m 5 "http://$ORIGIN_URL/") == "the origin" ]]; }

sysctl_vs() { "$ROOT/tools/lb-sysctl" -q -w "net.ipv4.vs.$1"; }

# Firewall marks and persistence, by the commands of the tutorials. The iptables line is typed in the director, as on a
# director with kernel IPVS; Weir follows it.

# scenario_mark: ports 80 and 443 are one service of mark 66. The services of port 80 that the other checks use are there
# too: the mark comes first.
scenario_mark() {
    local kind took answers all=
    trap 'unmark; mark_service -D 66' EXIT
    mark_service -A 66 -s rr
    mark_service -a 66 -r "${RIPS[0]}" $METHOD
    mark_service -a 66 -r "${RIPS[1]}" $METHOD
    for kind in legacy nft native; do
        https_refused || failed "port 443 is served before anything is marked"
        mark_ports "$kind"
        took=$(until_served) || failed "a rule of $kind is not followed: port 443 is not served"
        answers=$(across_ports)
        alternating "$answers" || failed "with a rule of $kind, not in turn: $(tr '\n' ',' <<<"$answers")"
        outlives_its_rule "$kind"
        all+="${all:+, }$kind after $took ms"
    done
    saw "ports 80 and 443 in turn; rules followed: $all; a download outlives its rule"
}

# mark_service -A|-a|-E|-D MARK [OPTION...]
mark_service() {
    local service=(-f "$2")
    ((FAMILY == 4)) || service+=(-6)
    ipvsadm "$1" "${service[@]}" "${@:3}"
}

# mark_ports KIND: the tutorials' line, by one kind of iptables; native: the same in the words of nft.
mark_ports() {
    case $1/$FAMILY in
    native/4)
        in_ns director nft add table ip mangle
        in_ns director nft add chain ip mangle prerouting '{ type filter hook prerouting priority mangle; }'
        in_ns director nft add rule ip mangle prerouting ip daddr "$VIP" tcp dport '{ 80, 443 }' meta mark set 66
        ;;
    native/6)
        in_ns director nft add table ip6 mangle
        in_ns director nft add chain ip6 mangle prerouting '{ type filter hook prerouting priority mangle; }'
        in_ns director nft add rule ip6 mangle prerouting ip6 daddr "$VIP" tcp dport '{ 80, 443 }' meta mark set 66
        ;;
    */4) typed "$1" iptables -t mangle -A PREROUTING -d $VIP -p tcp -m multiport --dports 80,443 -j MARK --set-mark 66 ;;
    */6) typed "$1" ip6tables -t mangle -A PREROUTING -d $VIP -p tcp -m multiport --dports 80,443 -j MARK --set-mark 66 ;;
    esac
}

# typed legacy|nft COMMAND...: in the director, where "iptables" is that kind of it.
typed() {
    local commands="$LAB_DIR/iptables-$1"
    mkdir -p "$commands"
    ln -sf "/usr/sbin/xtables-$1-multi" "$commands/iptables"
    ln -sf "/usr/sbin/xtables-$1-multi" "$commands/ip6tables"
    PATH="$commands:$PATH" in_ns director "${@:2}"
}

# unmark: nothing of any kind is marked any more.
unmark() {
    local kind
    for kind in legacy nft; do
        typed "$kind" iptables -t mangle -F
        typed "$kind" ip6tables -t mangle -F
    done
    in_ns director nft delete table ip mangle 2>/dev/null || true
    in_ns director nft delete table ip6 mangle 2>/dev/null || true
}

# https PATH [OPTION...]
https() { client curl -ksS -m 5 "https://$VIP_URL$1" "${@:2}"; }

# The director's own host answers for what is not marked, and nothing listens there.
https_refused() {
    STATUS=0
    https / >/dev/null 2>&1 || STATUS=$?
    ((STATUS == 7))
}

# until_served: prints how many milliseconds after the rule the VIP's port 443 was served.
until_served() {
    local began
    began=$(now_ms)
    wait_for 5 https / || return 1
    printf '%s' $(($(now_ms) - began))
}

across_ports() {
    local i
    for i in {1..5}; do
        client curl -sS -m 5 "http://$VIP_URL/"
        https /
    done
}

# outlives_its_rule KIND: a connection goes on when its rule goes, and no new one begins.
outlives_its_rule() {
    local digest="$RUN_DIR/outlived" download
    https /big -m 60 --limit-rate 50M | sha256sum >"$digest" &
    download=$!
    sleep 0.5
    if [[ $1 == native ]]; then unmark; else unmark_by_deleting "$1"; fi
    wait_for 5 https_refused || failed "port 443 is still served after the rule of $1 was taken away"
    wait "$download" || failed "a download ended with its rule of $1"
    [[ $(<"$digest") == "$BIG_SHA256" ]] || failed "what came is not what was sent, after the rule of $1 had gone"
}

unmark_by_deleting() {
    local iptables=iptables
    ((FAMILY == 4)) || iptables=ip6tables
    typed "$1" "$iptables" -t mangle -D PREROUTING 1
}

# scenario_persistence: a client stays with its server, across the ports of a mark and of a service of every port, and is
# let go after the time. What leaves its server is UDP here: TCP's connections live on for two minutes after their end,
# and keep their template.
scenario_persistence() {
    local first
    trap 'unmark; mark_service -D 1314; mark_service -D 1315; ipvsadm --set 900 120 300' EXIT
    mark_service -A 1315 -s rr -p 3
    mark_service -A 1314 -s rr
    for first in 0 1; do
        mark_service -a 1315 -r "${RIPS[first]}" $METHOD
        mark_service -a 1314 -r "${RIPS[first]}" $METHOD
    done
    mark_service -E 1314 -s rr -p 3
    ipvsadm --set 0 0 1
    mark_port udp 53 1315
    mark_port tcp 80,443 1314
    wait_for 5 https / || failed "the rules are not followed: port 443 is not served"

    first=$(who)
    [[ $(who) == "$first" ]] || failed "the client did not stay with its server"
    one_server "the ports of a mark" "$(across_ports)"
    one_server "the ports of a service of every port" "$(every_port)"
    sleep 4.5
    [[ $(who) != "$first" ]] || failed "the client was not let go after 3 s"
    saw "one server across ports 80 and 443 of a mark, and across all ports of a service; another one 3 s after the last datagram"
}

# mark_port PROTOCOL PORTS MARK
mark_port() {
    local iptables=iptables
    ((FAMILY == 4)) || iptables=ip6tables
    typed nft "$iptables" -t mangle -A PREROUTING -d "$VIP" -p "$1" -m multiport --dports "$2" -j MARK --set-mark "$3"
}

# who: the server's own address for this name, which tells one from the other.
who() { client perl "$LAB_PIECES/dns-query" "$VIP" who.weir.test A; }

# every_port: answers of a service of every port, which is there only for that.
every_port() {
    local port rip
    ipvsadm -A -t "$VIP_URL:0" -s rr -p 3
    for rip in "${RIP_URLS[@]}"; do ipvsadm -a -t "$VIP_URL:0" -r "$rip:0" $METHOD; done
    for port in 83 84 85 83 84 85; do client curl -sS -m 5 "http://$VIP_URL:$port/"; done
    ipvsadm -D -t "$VIP_URL:0"
}

# one_server WHERE ANSWERS
one_server() {
    (($(sort -u <<<"$2" | wc -l) == 1)) || failed "one client, but several servers across $1: $(tr '\n' ',' <<<"$2")"
}

# tools/lab demo: from nothing to alternating answers, before the user's eyes.

command_demo() {
    local modes=${1:-all} mode
    (($# <= 1)) || usage_error "demo takes one mode"
    [[ $modes != all ]] || modes='nat dr tun'
    for mode in $modes; do [[ " $MODES " == *" $mode "* ]] || usage_error "no such mode: $mode"; done
    begin_run
    need_packages iproute2 nginx-light curl iputils-ping ethtool
    [[ $PORT != pcap ]] || need_packages libpcap0.8
    need_weir
    for mode in $modes; do demo "$mode"; done
    say
    say "Done: every mode balanced. What was made for it is removed now."
}

demo() {
    step "$1: $(mode_in_words "$1")"
    stand_lab "$1" plain
    say "Client, director$([[ $1 == nat* ]] || printf ', router'; [[ $1 != fullnat ]] || printf 's') and two web servers stand, each in a network namespace; lbd runs in the director."
    add_local_addresses
    add_service -t 80
    say "# for i in {1..10}; do curl http://$VIP_URL; done        (in the client)"
    local answers
    answers=$(ten_answers) || die "the VIP does not answer: $answers"
    say "$answers"
    alternating "$answers" || die "the answers do not alternate between webserver1 and webserver2"
    ipvsadm -Ln
    ipvsadm -Ln --stats
    say "$(seen_in_words "$1")"
    stop_lbd
    remove_lab
}

# stand_lab MODE [PLAIN]: everything up to a running lbd without services.
stand_lab() {
    build_lab "$1"
    start_servers "${2:-}"
    [[ $MODE != tun ]] || start_decapsulation
    LAB_PORT=$PORT
    [[ $LAB_PORT != pcap && $LAB_PORT != af-xdp ]] || senders_without_offloads
    start_lbd
}

ten_answers() {
    local i
    for i in {1..10}; do in_ns client curl -sS -m 5 "http://$VIP_URL/" || return 1; done
}

# alternating ANSWERS: ten lines, no two in a row alike, and only two kinds of them.
alternating() {
    awk '$0 == last { exit bad = 1 } { last = $0; seen[$0]++ } END { exit bad || NR != 10 || length(seen) != 2 }' <<<"$1"
}

mode_in_words() {
    case $1 in
    nat) printf 'the director rewrites addresses both ways; VIP 172.25.254.100, servers 192.168.0.10 and .20' ;;
    nat-one-address) printf '192.168.0.100 is VIP, inside address and gateway of the servers at once' ;;
    dr) printf 'direct routing: the frame gets the MAC of a server, which has the VIP 192.168.0.200 on lo and answers by itself' ;;
    fullnat) printf 'both ends rewritten: the servers, two networks away, answer to a local address of the director; their gateway does not know the client' ;;
    tun) printf 'tunnels: the packet goes inside another to a server in any network, which answers by itself' ;;
    esac
}

seen_in_words() {
    printf 'Seen: ten requests to %s, answered in turn by both servers, five each. ' "$VIP"
    case $1 in
    nat* | fullnat) printf 'OutPkts counts the answers, which come back through the director.' ;;
    *) printf 'OutPkts is 0: the servers answer the client directly, past the director.' ;;
    esac
}

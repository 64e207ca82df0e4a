# tools/lab check: which checks there are, running them lab by lab, and the verdict. What a check does is in scenarios.sh.
#
# A check's name is LAB/FAMILY/SCENARIO, daemon/SCENARIO or one of vrrp-checks.sh, failover.sh and sync.sh; the scenario "download" is the function scenario_download.
# Checks of the same lab share it and its daemon.

# silence comes early: what "many" leaves behind, resets among it, is not looked for.
FORWARDING='alternate silence download upload slow-reader service-away many dns dns-fragments sctp ping refused reset mtu'

# Enough to see that another port carries everything; the rest is the same code.
OTHER_PORT='alternate silence download upload dns dns-fragments ping refused mtu own-services'

# Enough to see that frames in several pieces go everywhere.
LONG_FRAMES='alternate long-frames download upload mtu'

# Under FULLNAT between families: what depends on them.
BETWEEN_FAMILIES='alternate download upload slow-reader dns ping refused reset mtu client-address ftp'

# Enough to see that several workers do what one does.
SEVERAL_WORKERS='workers one-client alternate download many dns dns-fragments ping mtu'

all_checks() {
    local lab family scenario
    for lab in nat nat-one-address dr tun; do
        for family in ipv4 ipv6; do
            for scenario in $FORWARDING own-services $(scenarios_of "$lab"); do say "$lab/$family/$scenario"; done
        done
    done
    for lab in nat-pcap/ipv4 dr-pcap/ipv6 tun-pcap/ipv4 nat-xdp/ipv4 nat-xdp/ipv6 dr-xdp/ipv4 tun-xdp/ipv6; do
        for scenario in $OTHER_PORT $(scenarios_of "${lab%/*}"); do say "$lab/$scenario"; done
    done
    say "nat-xdp/ipv6/kill"
    for lab in nat-xdp-jumbo/ipv4 nat-xdp-jumbo/ipv6 dr-xdp-jumbo/ipv4 tun-xdp-jumbo/ipv6 nat-xdp-jumbo-2workers/ipv4; do
        for scenario in $LONG_FRAMES; do say "$lab/$scenario"; done
    done
    for scenario in $FORWARDING own-services persistence client-address identities ftp; do say "fullnat/ipv4/$scenario"; done
    for scenario in $OTHER_PORT client-address ftp; do say "fullnat/ipv6/$scenario"; done
    for lab in nat-2workers/ipv4 dr-2workers/ipv6 tun-2workers/ipv4 nat-xdp-2workers/ipv4 fullnat-2workers/ipv4; do
        for scenario in $SEVERAL_WORKERS $(scenarios_of "${lab%/*}"); do say "$lab/$scenario"; done
    done
    for lab in fullnat-to-ipv4/ipv6 fullnat-to-ipv6/ipv4; do
        for scenario in $BETWEEN_FAMILIES; do say "$lab/$scenario"; done
    done
    vrrp_checks
    failover_checks
    sync_checks
    for scenario in second-instance bad-interface no-capability sigterm kill two-directors; do say "daemon/$scenario"; done
}

scenarios_of() {
    case $1 in
    nat) say host-traffic outward vip-path ftp sip mark persistence bypass monitoring ;;
    nat-one-address) say vip-path mark ;;
    nat-pcap) say host-traffic ;;
    nat-xdp) say host-traffic bypass ;;
    dr) say vip-path vlan ftp mark persistence ;;
    tun) say vip-path tunnels ;;
    nat-2workers) say ftp sip sigterm ;;
    fullnat-2workers) say identities ftp ;;
    dr-2workers | tun-xdp) say vip-path ;;
    esac
}

command_check() {
    local selected name lab standing= started failed=0 passed=0 vrrp failover sync
    selected=$(select_checks "$@")
    if [[ -n $LIST ]]; then
        say "$selected"
        return
    fi
    begin_run
    need_packages iproute2 iputils-ping nginx-light curl wrk dnsmasq-base tcpdump ethtool openssh-server \
        openssh-client libpcap0.8 vsftpd sip-tester openssl iptables nftables prometheus-node-exporter
    need_weir
    big_file
    started=$(now_ms)
    QUIET=yes
    for name in $(grep -vE '^(vrrp|failover|sync)/' <<<"$selected" || true); do
        lab=${name%%/*}
        if [[ $lab != "$standing" ]]; then
            [[ -z $standing ]] || remove_lab
            standing=$lab
            stand_for_checks "$lab"
        fi
        [[ $lab != daemon ]] || "$ROOT/tools/ipvsadm" -Ln >/dev/null 2>&1 || revive_lbd
        run_check "$name"
        if [[ $VERDICT == PASS ]]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    done
    [[ -z $standing ]] || remove_lab
    vrrp=$(grep '^vrrp/' <<<"$selected" || true)
    if [[ -n $vrrp ]]; then
        need_packages keepalived psmisc procps iptables
        # shellcheck disable=SC2086
        run_vrrp_checks $vrrp
    fi
    failover=$(grep '^failover/' <<<"$selected" || true)
    if [[ -n $failover ]]; then
        need_packages procps nftables python3
        # shellcheck disable=SC2086
        run_failover_checks $failover
    fi
    sync=$(grep '^sync/' <<<"$selected" || true)
    if [[ -n $sync ]]; then
        need_packages user-mode-linux ipvsadm iptables kmod ethtool iproute2 gcc libc6-dev python3
        # shellcheck disable=SC2086
        run_sync_checks $sync
    fi
    say
    say "lab checks: $passed passed, $failed failed, in $((($(now_ms) - started) / 1000)) s"
    ((failed == 0 && passed > 0))
}

select_checks() {
    local pattern names
    (($#)) || set -- '*'
    for pattern in "$@"; do
        names=$(all_checks | while read -r name; do
            # shellcheck disable=SC2053
            if [[ $name == $pattern ]]; then say "$name"; fi
        done)
        [[ -n $names ]] || die "no check is named '$pattern'; see tools/lab check --list"
        say "$names"
    done | awk '!seen[$0]++'
}

# stand_for_checks LAB: the lab with its daemon, and a service for each scenario in both families.
stand_for_checks() {
    local mode=${1%%-*} port=auto family
    [[ $1 != nat-one-address ]] || mode=$1
    [[ $mode != daemon ]] || mode=nat
    [[ $1 != *-pcap ]] || port=pcap
    [[ $1 != *-xdp* ]] || port=af-xdp
    LAB_SERVERS=
    [[ $1 != *-to-ipv[46] ]] || LAB_SERVERS=${1: -1}
    LAB_WORKERS=1
    [[ $1 != *-2workers ]] || LAB_WORKERS=2
    LAB_MTU=1500
    [[ $1 != *-jumbo* ]] || LAB_MTU=9000
    PORT=$port stand_lab "$mode"
    start_director_services
    for family in 4 6; do
        use_family "$family"
        [[ -n $LAB_SERVERS && $family == 6 ]] || add_local_addresses
        add_check_services
    done
    use_family 4
}

add_check_services() {
    add_service -t 80
    add_service -t 81
    add_service -t 82
    add_service -u 53
}

# run_check NAME: one line with the verdict, which is also in VERDICT. A scenario says what it saw with saw, or why it
# failed with failed. Not to be called as a condition: bash would ignore set -e in all of it.
run_check() {
    local name=$1 scenario=${1##*/} seen="$RUN_DIR/seen" output="$RUN_DIR/output" status began
    case $name in
    */ipv4/*) use_family 4 ;;
    */ipv6/*) use_family 6 ;;
    esac
    : >"$seen"
    began=$(now_ms)
    set +e
    (
        set -e
        "scenario_${scenario//-/_}"
    ) >"$output" 2>&1
    status=$?
    set -e
    if ((status == 0)); then VERDICT=PASS; else VERDICT=FAIL; fi
    printf '%s %-34s %5d ms  %s\n' "$VERDICT" "$name" $(($(now_ms) - began)) "$(<"$seen")"
    [[ $VERDICT == FAIL ]] || return 0
    tail -n 8 "$output" | sed 's/^/     | /'
    if ! "$ROOT/tools/ipvsadm" -Ln >/dev/null 2>&1; then
        tail -n 15 "$LAB_DIR/lbd.log" | sed 's/^/     lbd | /'
        revive_lbd
    fi
}

# A daemon that is gone after one check is started anew, so that one defect is counted once.
revive_lbd() {
    local family=$FAMILY
    [[ -z $LBD_PID ]] || stop "$LBD_PID" KILL
    sleep 0.3
    start_lbd
    for FAMILY in 4 6; do
        use_family "$FAMILY"
        [[ -n $LAB_SERVERS && $FAMILY == 6 ]] || add_local_addresses
        add_check_services
    done
    use_family "$family"
}

saw() { printf '%s' "$*" >"${SEEN:-$RUN_DIR/seen}"; }

failed() {
    saw "$@"
    [[ -n ${QUIET:-} ]] || warn "$@"
    exit 1
}

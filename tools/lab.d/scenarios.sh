# What the checks do. Each scenario runs in a subshell under set -e, in the current lab and family, and leaves the lab as
# it found it.

client() { in_ns client "$@"; }

scenario_alternate() {
    local answers
    answers=$(ten_answers) || failed "no answer: $answers"
    alternating "$answers" || failed "not in turn: $(tr '\n' ',' <<<"$answers")"
    saw "ten answers, in turn"
}

# Clients of ten addresses, some of which are each worker's: they are served in turn all the same.
scenario_workers() {
    local i answers='' number
    trap 'many_addresses del' EXIT
    many_addresses add
    for i in {0..9}; do
        answers+="$(client curl -sS -m 5 --interface "$(nth_address "$i")" "http://$VIP_URL/")"$'\n' \
            || failed "no answer to $(nth_address "$i")"
    done
    alternating "${answers%$'\n'}" || failed "not in turn: $(tr '\n' ',' <<<"$answers")"
    for number in 0 1; do
        "$ROOT/tools/lb-ctl" status | grep -E "^ *[1-9][0-9]*  worker $number: frames received" \
            || failed "worker $number received nothing: $("$ROOT/tools/lb-ctl" status | grep worker | xargs)"
    done
    saw "ten clients of two workers, served in turn; $("$ROOT/tools/lb-ctl" status | awk '/worker.*passed on/ { sum += $1 } END { print sum }') frames passed on"
}

# Connections of one client, as of a CDN or a load generator, are both workers'.
scenario_one_client() {
    local before=() after=() number
    mapfile -t before < <(received_by_workers)
    for _ in {1..20}; do client curl -sS -m 5 -o /dev/null "http://$VIP_URL/" || failed "no answer"; done
    mapfile -t after < <(received_by_workers)
    for number in 0 1; do
        ((after[number] - before[number] >= 10)) \
            || failed "worker $number received $((after[number] - before[number])) frames of 20 connections"
    done
    saw "of 20 connections, worker 0 received $((after[0] - before[0])) frames and worker 1 $((after[1] - before[1]))"
}

received_by_workers() { "$ROOT/tools/lb-ctl" status | awk '/worker [01]: frames received/ { print $1 }'; }

# many_addresses add|del: the client has ten addresses more.
many_addresses() {
    local i
    for i in {0..9}; do
        client ip addr "$1" "$(nth_address "$i")/$((FAMILY == 4 ? 24 : 64))" dev eth0 \
            $([[ $1 == del || $FAMILY == 4 ]] || echo nodad)
    done
}

nth_address() { if ((FAMILY == 4)); then printf '172.25.254.%d' $((20 + $1)); else printf '2001:db8:254::%d' $((20 + $1)); fi; }

scenario_download() {
    local began digest
    began=$(now_ms)
    digest=$(client curl -sS -m 60 "http://$VIP_URL/big" | sha256sum)
    [[ $digest == "$BIG_SHA256" ]] || failed "what came is not what was sent"
    saw "100 MB in $(($(now_ms) - began)) ms, sha256 equal"
}

# A service that is taken away rests with its connections, and they go on when it is back: as IPVS has it while it has any
# other service. The host, whose address the VIP may be, must not answer meanwhile.
scenario_service_away() {
    local digest="$LAB_DIR/away" download
    client curl -sS -m 60 --limit-rate 40M "http://$VIP_URL/big" | sha256sum >"$digest" &
    download=$!
    sleep 0.5
    ipvsadm -D -t "$VIP_URL:80"
    sleep 0.5
    add_service -t 80
    wait "$download" || failed "the download ended while its service was away"
    [[ $(<"$digest") == "$BIG_SHA256" ]] || failed "what came is not what was sent"
    saw "a download of 100 MB outlived half a second without its service, sha256 equal"
}

# Under dr and tun only what the client sends passes the director.
scenario_upload() {
    local began
    began=$(now_ms)
    upload "$RUN_DIR/big"
    saw "100 MB in $(($(now_ms) - began)) ms, sha256 equal"
}

# upload FILE [:PORT]: puts it through the VIP, and compares what a server got.
upload() {
    local file name="upload-$BASHPID" got
    client curl -sS -m 60 -f -H 'Expect:' -T "$1" "http://$VIP_URL${2:-}/upload/$name" || failed "curl could not upload"
    for file in "$LAB_DIR"/nginx-server?/www/upload/"$name"; do
        got=$(sha256sum <"$file")
        rm "$file"
    done
    [[ $got == "$(sha256sum <"$1")" ]] || failed "what came is not what was sent"
}

scenario_slow_reader() {
    local digest
    digest=$(client curl -sS -m 60 "http://$VIP_URL/big" | { head -c 1000000; sleep 2; cat; } | sha256sum)
    [[ $digest == "$BIG_SHA256" ]] || failed "what came is not what was sent"
    saw "100 MB with a pause of 2 s in which the window was shut, sha256 equal"
}

scenario_many() {
    local report requests
    # One wrk thread opens its 1,000 connections at once.
    report=$(ulimit -n 8192 && client wrk -t 2 -c 1000 -d 3s --timeout 8s "http://$VIP_URL/" 2>&1) || failed "wrk: $report"
    if [[ $report == *'Socket errors'* || $report == *'Non-2xx'* ]]; then
        failed "$(grep -E 'Socket errors|Non-2xx' <<<"$report" | xargs)"
    fi
    requests=$(awk '/requests in/ { print $1 }' <<<"$report")
    ((requests >= 1000)) || failed "only $requests requests over 1,000 connections"
    # A server that did not hear that its client has gone would speak to it in the midst of a later check.
    wait_for 20 servers_are_left || failed "servers have connections still: $(connections_of_servers) of wrk's"
    saw "1,000 connections at once, $requests requests in 3 s, no socket errors"
}

servers_are_left() { (($(connections_of_servers) == 0)); }

connections_of_servers() {
    { in_ns server1 ss -Htn state established 'sport = :80'; in_ns server2 ss -Htn state established 'sport = :80'; } | wc -l
}

scenario_dns() {
    local i answers= repeated="$LAB_DIR/dns-repeated"
    : >"$repeated"
    for i in {1..10}; do answers+="$(client perl "$LAB_PIECES/dns-query" "$VIP" who.weir.test A 2>>"$repeated") "; done
    [[ $answers == *192.0.2.1\ * && $answers == *192.0.2.2\ * ]] || failed "answers of one server only: $answers"
    (($(wc -l <"$repeated") <= 1)) || failed "queries were lost: $(sort "$repeated" | uniq -c | xargs)"
    saw "ten queries over UDP, answered by both servers; $(wc -l <"$repeated") had to be asked again"
}

scenario_dns_fragments() {
    local i length
    for i in 1 2 3 4; do
        length=$(client perl "$LAB_PIECES/dns-query" "$VIP" big.weir.test TXT)
        ((length == 12 * 256)) || failed "the answer has $length bytes instead of $((12 * 256))"
    done
    saw "four answers of 3 kB, in fragments"
}

# With an MTU of 9000: datagrams that fill it up to the outer header that they may get, and segments of TCP.
scenario_long_frames() {
    local i address port=7000 peers=()
    trap 'for i in "${peers[@]}"; do stop "$i"; done; "$ROOT/tools/ipvsadm" -D -u "$VIP_URL:7000"' EXIT
    for i in 1 2; do
        address=$VIP
        ! translates || address=${RIPS[i - 1]}
        rm -f "$LAB_DIR/datagrams$i.log"
        start "datagrams$i" "server$i" perl "$LAB_PIECES/datagrams" serve "$address" "$port"
        peers+=("$STARTED")
        wait_for 5 grep -q serves "$LAB_DIR/datagrams$i.log" || failed "no server: $(<"$LAB_DIR/datagrams$i.log")"
    done
    add_service -u "$port"
    for i in 1 2 3 4; do
        client perl "$LAB_PIECES/datagrams" ask "$VIP" "$port" 100 3000 3790 3800 3810 4050 4100 7600 7700 8000 8900 1400 \
            || failed "a datagram did not come back"
    done
    client curl -sS -m 20 -o /dev/null --limit-rate 20M "http://$VIP_URL/big" &
    peers+=("$!")
    wait_for 5 long_segments || failed "the client received no long segments: $(client ss -Htin dst "$VIP_URL")"
    saw "four times twelve datagrams of up to 8,900 bytes came back as they went; TCP in segments of $(received_segments)"
}

long_segments() { (($(received_segments) > 8000)); }

# The length of those that the client's connection to the VIP receives.
received_segments() { client ss -Htin dst "$VIP_URL" | grep -o 'rcvmss:[0-9]*' | tail -n 1 | grep -o '[0-9]*' || echo 0; }

# Associations with both servers. Under NAT the ports change, and with them the CRC; one that is wrong must stay wrong.
scenario_sctp() {
    local i address port=5000 peers=() names= wrong lengths=(100 1 1399 3000)
    ! translates || port=6000
    # A message that came in fragments leaves as a tunnel packet in fragments, which the BPF unpacker does not join.
    [[ $MODE != tun ]] || lengths=(100 1 1300)
    trap 'for i in "${peers[@]}"; do stop "$i"; done; "$ROOT/tools/ipvsadm" -D --sctp-service "$VIP_URL:5000"' EXIT
    ipvsadm -A --sctp-service "$VIP_URL:5000" -s rr
    for i in 1 2; do
        ipvsadm -a --sctp-service "$VIP_URL:5000" -r "${RIP_URLS[i - 1]}:$port" $METHOD
        address=$VIP
        ! translates || address=${RIPS[i - 1]}
        rm -f "$LAB_DIR/sctp$i.log"
        start "sctp$i" "server$i" perl "$LAB_PIECES/sctp-peer" serve "$address" "$port" "server$i"
        peers+=("$STARTED")
        wait_for 5 grep -q serves "$LAB_DIR/sctp$i.log" || failed "no SCTP server: $(<"$LAB_DIR/sctp$i.log")"
    done
    for i in 1 2 3 4; do
        names+="$(client perl "$LAB_PIECES/sctp-peer" ask "$VIP" 5000 "$(client_address)" "${lengths[@]}" 2>&1 || true) "
    done
    [[ $names =~ ^(server[12])\ (server[12])\ ([^ ]+)\ ([^ ]+)\ $ && ${BASH_REMATCH[1]} != "${BASH_REMATCH[2]}" \
        && ${BASH_REMATCH[1]} == "${BASH_REMATCH[3]}" && ${BASH_REMATCH[2]} == "${BASH_REMATCH[4]}" ]] \
        || failed "not four associations in turn: $names"
    wrong=$(cat "$LAB_DIR"/sctp[12].log | grep -c 'wrong CRC' || true)
    ((wrong == 4)) || failed "of four packets with a wrong CRC $wrong arrived with one"
    [[ $("$ROOT/tools/ipvsadm" -Lnc | grep -c '^SCTP .* CLOSED ') -ge 4 ]] || failed "not four associations closed"
    saw "four associations in turn, messages to ${lengths[-1]} bytes, wrong CRCs stay wrong, all closed"
}

# The director's host answers a ping of the VIP, whole and in fragments, whatever rp_filter is.
scenario_ping() {
    local filter
    trap 'rp_filter 0' EXIT
    for filter in 0 1; do
        rp_filter "$filter"
        client ping -q -n -c 3 -i 0.05 -W 1 "$VIP" || failed "ping gets no answer, rp_filter=$filter"
        client ping -q -n -c 3 -i 0.05 -W 1 -s 4000 "$VIP" || failed "ping -s 4000 gets no answer, rp_filter=$filter"
    done
    saw "ping, and ping -s 4000, with rp_filter 0 and 1"
}

rp_filter() {
    local interface settings=()
    for interface in all default eth0 eth1; do
        { [[ $interface == eth1 ]] && ! translates; } || settings+=("net.ipv4.conf.$interface.rp_filter=$1")
    done
    set_sysctl director "${settings[@]}"
}

scenario_refused() {
    curl_ends_with 7 "http://$VIP_URL:81/" || failed "not refused, though no server listens: curl's status was $STATUS"
    saw "connection refused, as the server did"
}

scenario_reset() {
    curl_ends_with 56 "http://$VIP_URL:82/" || failed "no reset in mid-transfer: curl's status was $STATUS"
    saw "reset in mid-transfer, as the server did"
}

curl_ends_with() {
    STATUS=0
    client curl -sS -m 5 -o /dev/null "$2" || STATUS=$?
    ((STATUS == $1))
}

# A path MTU of 1400 beyond the director. Senders begin with 1500 and must be told. Under NAT the narrow way is the
# director's own route, to the servers and then to the client; else it is the router's, to the client (it tells the VIP,
# whose director has to find the server), and under tun to the servers (it tells the director, which tells the client). Between
# families nobody is told: both ends hear of a segment size that fits.
scenario_mtu() {
    local part="$RUN_DIR/part"
    trap 'narrow_all ""; forget_mtu' EXIT
    head -c 20000000 "$RUN_DIR/big" >"$part"
    forget_mtu
    narrow_all 'mtu 1400'
    if [[ $MODE != dr ]]; then
        upload "$part"
        between_families || knows_narrow client "$VIP" || failed "the client was not told of the narrow way"
    fi
    # A client that knows would offer servers a small MSS from the start.
    forget_mtu
    local digest
    digest=$(client curl -sS -m 60 "http://$VIP_URL/big" | sha256sum)
    [[ $digest == "$BIG_SHA256" ]] || failed "what came is not what was sent"
    between_families || servers_know_narrow || failed "no server was told of the narrow way"
    saw "20 and 100 MB through a way of 1400$(between_families || say ", of which the senders were told")"
}

between_families() { [[ -n ${LAB_SERVERS:-} ]]; }

# servers_know_narrow: one of them knows it of whom it answers to.
servers_know_narrow() {
    local to
    for to in "${LOCALS[@]:-$(client_address)}"; do
        ! knows_narrow server1 "$to" && ! knows_narrow server2 "$to" || return 0
    done
    return 1
}

# narrow_all 'mtu 1400'|'': the routes of the narrow way.
narrow_all() {
    local v6="proto kernel metric 256"
    case $MODE in
    fullnat)
        configure director <<END
route replace 172.25.254.0/24 dev eth0 proto kernel scope link src 172.25.254.100 $1
route replace 192.168.10.0/24 via 192.168.0.1 $1
route replace 2001:db8:254::/64 dev eth0 $v6 $1
route replace fd00:168:10::/64 via fd00:168::1 $1
END
        ;;
    nat*)
        configure director <<END
route replace 172.25.254.0/24 dev eth0 proto kernel scope link src 172.25.254.100 $1
route replace 192.168.0.0/24 dev eth1 proto kernel scope link src 192.168.0.100 $1
route replace 2001:db8:254::/64 dev eth0 $v6 $1
route replace fd00:168::/64 dev eth1 $v6 $1
END
        ;;
    *)
        configure router <<END
route replace 172.25.254.0/24 dev eth0 proto kernel scope link src 172.25.254.100 $1
route replace 2001:db8:254::/64 dev eth0 $v6 $1
END
        ;;
    esac
    [[ $MODE == tun ]] || return 0
    configure router <<END
route replace 192.168.10.0/24 dev eth2 proto kernel scope link src 192.168.10.100 $1
route replace fd00:168:10::/64 dev eth2 $v6 $1
END
}

forget_mtu() {
    local role
    for role in client server1 server2 director; do
        configure "$role" <<'END'
route flush cache
tcp_metrics flush
END
        ip -n "$LAB-$role" -6 route flush cache
    done
}

# knows_narrow ROLE ADDRESS: whether its kernel was told that packets to there must be smaller.
knows_narrow() {
    local known
    known=$(ip -n "$LAB-$1" -o route get "$2" | grep -o 'mtu [0-9]*') && ((${known#mtu } <= 1400))
}

client_address() {
    case $MODE/$FAMILY in
    nat*/4 | fullnat/4) printf 172.25.254.10 ;;
    nat*/6 | fullnat/6) printf 2001:db8:254::10 ;;
    */4) printf 172.25.254.200 ;;
    */6) printf 2001:db8:254::200 ;;
    esac
}

# The director's host stays out of what Weir balances: no reset and no ICMP error from it, at the client or the servers.
scenario_silence() {
    local resets='tcp[tcpflags] & tcp-rst != 0 or (icmp and not icmp[icmptype] == icmp-echo and not icmp[icmptype] == icmp-echoreply)'
    ((FAMILY == 4)) || resets='(ip6[6] == 6 and ip6[53] & 4 != 0) or (icmp6 and ip6[40] < 128)'
    local role i pids=()
    for role in client server1 server2; do
        rm -f "$LAB_DIR/silence-$role.log"
        start "silence-$role" "$role" tcpdump -n -l --immediate-mode -i eth0 "($resets) and not src $(address_of "$role")"
        pids+=("$STARTED")
        wait_for 5 grep -q 'listening on' "$LAB_DIR/silence-$role.log" || failed "tcpdump does not start"
    done
    for i in {1..10}; do client curl -sS -m 5 -o /dev/null "http://$VIP_URL/"; done
    client curl -sS -m 60 "http://$VIP_URL/big" | sha256sum >/dev/null
    client perl "$LAB_PIECES/dns-query" "$VIP" who.weir.test A
    sleep 0.3
    for i in "${pids[@]}"; do stop "$i"; done
    for role in client server1 server2; do
        grep -q '^0 packets captured' "$LAB_DIR/silence-$role.log" \
            || failed "$role saw: $(grep -m 1 -E '^[0-9:.]+ IP' "$LAB_DIR/silence-$role.log")"
    done
    saw "neither the client nor a server saw a reset or an ICMP error"
}

address_of() {
    case $1 in
    client) client_address ;;
    server1) printf '%s' "${RIPS[0]}" ;;
    server2) printf '%s' "${RIPS[1]}" ;;
    esac
}

# A web server and sshd of the director, on its own address and on the VIP.
scenario_own_services() {
    local address
    for address in "$DIP" "$VIP"; do
        [[ $(client curl -sS -m 5 "http://$(bracketed "$address"):8080/") == "the director itself" ]] \
            || failed "the web server on $address port 8080 does not answer"
        client ssh-keyscan -T 3 "$address" 2>/dev/null | grep -qF "$(cut -d ' ' -f 2 "$LAB_DIR/host-key.pub")" \
            || failed "sshd on $address does not answer"
    done
    saw "web server and sshd answer on $DIP and on $VIP"
}

# Under NAT the servers' packets pass the director, which must tell its own and the routed ones from the balanced.
scenario_host_traffic() {
    local filter forwarding
    trap 'rp_filter 0; forward director' EXIT
    for filter in 0 1; do
        for forwarding in 0 1; do
            rp_filter "$filter"
            set_sysctl director "net.ipv4.ip_forward=$forwarding" "net.ipv6.conf.all.forwarding=$forwarding"
            local with="with rp_filter=$filter and ip_forward=$forwarding"
            answers client "$VIP_URL" || failed "the VIP does not answer the client $with"
            answers director "${RIP_URLS[0]}" || failed "a server does not answer the director $with"
            client ping -q -n -c 2 -i 0.05 -W 1 -s 4000 "$VIP" || failed "ping -s 4000 of the VIP gets no answer $with"
            if ((forwarding)); then
                answers client "${RIP_URLS[0]}" $FRESH_PORT || failed "a server does not answer the client that asks it by its own address $with"
                in_ns server1 curl -sS -m 5 -o /dev/null "http://$DIP_URL:8080/" || failed "a server does not reach the director $with"
            fi
        done
    done
    saw "director to server, client to server's own address, fragmented ping: with ip_forward and rp_filter 0 and 1"
}

# answers ROLE HOST [OPTION...]
# What servers begin leaves from an address of the director. Whom they ask says from which address they came.
scenario_outward() {
    local out=172.25.254.50 inside=192.168.0.0/24 length=32 far kind=TCP4 udp=UDP4 seen number wait
    local ping='icmp[icmptype] == icmp-echo'
    far=$(bracketed "$(client_address)")
    if ((FAMILY == 6)); then out=2001:db8:254::50 inside=fd00:168::/64 length=128 kind=TCP6 udp=UDP6 ping="icmp6 and ip6[40] == 128"; fi
    # What the trap reads outlives the function.
    far_ends=() rule=$inside own=$out/$length
    trap '"$ROOT/tools/lb-ctl" snat delete "$rule" || true
        for number in "${far_ends[@]}"; do stop "$number" KILL; done
        ip -n "$LAB-director" address del "$own" dev eth0 || true' EXIT
    ip -n "$LAB-director" address add "$own" dev eth0 nodad
    far_end "$kind-LISTEN:9000,fork,reuseaddr" 'SYSTEM:echo $SOCAT_PEERADDR'
    far_end "$kind-LISTEN:9001,fork,reuseaddr" 'SYSTEM:sha256sum'
    far_end "$udp-RECVFROM:9002,fork,reuseaddr" 'SYSTEM:echo $SOCAT_PEERADDR'
    wait_for 5 client socat -u /dev/null "TCP:$far:9000" && wait_for 5 client socat -u /dev/null "TCP:$far:9001" &&
        wait_for 5 client sh -c 'ss -Hlun "sport = :9002" | grep -q .' || failed "the far ends do not listen"
    "$ROOT/tools/lb-ctl" snat add "$inside" via "$out"
    [[ $("$ROOT/tools/lb-ctl" snat) == "$inside via $out" ]] || failed "lb-ctl snat lists something else"
    for number in 1 2; do
        seen=$(in_ns "server$number" socat -t 5 - "TCP:$far:9000" </dev/null)
        [[ $(expanded "$seen") == $(expanded "$out") ]] || failed "server$number came over TCP from '$seen'"
        # A datagram may be lost, and the far end's shell be late.
        for wait in 0.5 1 3; do
            seen=$(say | in_ns "server$number" socat -t "$wait" - "UDP:$far:9002")
            [[ -z $seen ]] || break
        done
        [[ $(expanded "$seen") == $(expanded "$out") ]] || failed "server$number came over UDP from '$seen'"
    done
    rm -f "$LAB_DIR/pings.log"
    start pings client tcpdump -lni any "$ping and src host $out"
    far_ends+=("$STARTED")
    wait_for 5 grep -q listening "$LAB_DIR/pings.log" || failed "tcpdump does not listen"
    for number in 1 2; do
        in_ns "server$number" ping -q -i 0.2 -c 5 -W 2 "$(client_address)" >/dev/null || failed "server$number pings in vain"
        in_ns "server$number" ping -q -i 0.2 -c 2 -W 2 -s 4000 "$(client_address)" >/dev/null \
            || failed "server$number pings in vain in fragments"
    done
    # tcpdump's filter does not look behind the fragment header of IPv6.
    wait_for 5 pings_seen $((FAMILY == 4 ? 14 : 10)) || failed "not all pings came from $out: $(grep -c 'echo request' "$LAB_DIR/pings.log")"
    seen=$(in_ns server1 socat -t 20 - "TCP:$far:9001" <"$RUN_DIR/big")
    [[ $seen == "$BIG_SHA256" ]] || failed "of 100 MB arrived something else: $seen"
    saw "both servers came from $out over TCP and UDP, and with 14 pings; 100 MB whole"
}

pings_seen() { (($(grep -c 'echo request' "$LAB_DIR/pings.log") >= $1)); }

far_end() {
    start far-end client socat "$@"
    far_ends+=("$STARTED")
}

# expanded [ADDRESS]: in full, without brackets.
expanded() { python3 -c 'import ipaddress, sys; print(ipaddress.ip_address(sys.argv[1].strip("[]")).exploded)' "$1"; }

answers() { [[ $(in_ns "$1" curl -sS -m 5 "${@:3}" "http://$2/") == webserver* ]]; }

# From ports that the system chooses none of: while a client's masqueraded connection is known, a server that the client
# asks directly from the same port is taken to answer on that connection, as by IPVS. "many" leaves a thousand of them.
FRESH_PORT='--local-port 20000-20999'

# Two clients take part in the same five calls: of each call one server hears both, and both clients get through. SIPp's
# servers start anew for the second client, since they would take it for a mistake in a call that is over.
scenario_sip() {
    local first mask=0.0.0.0 heard number
    # What the trap reads outlives the function.
    second=172.25.254.11 sip_servers=()
    first=$(client_address)
    ((FAMILY == 4)) || second=2001:db8:254::11 mask=1
    trap 'for number in "${sip_servers[@]}"; do stop "$number" KILL; done
        "$ROOT/tools/ipvsadm" -D -u "$VIP_URL:5060" || true
        client ip addr del "$second/$((FAMILY == 4 ? 24 : 64))" dev eth0 || true' EXIT
    client ip addr add "$second/$((FAMILY == 4 ? 24 : 64))" dev eth0 $( ((FAMILY == 4)) || echo nodad)
    ipvsadm -A -u "$VIP_URL:5060" -s rr -p 60 -M "$mask" --pe sip -o
    ipvsadm -a -u "$VIP_URL:5060" -r "${RIP_URLS[0]}:5060" -m
    ipvsadm -a -u "$VIP_URL:5060" -r "${RIP_URLS[1]}:5060" -m
    rm -f "$LAB_DIR"/sip-*
    sip_calls "$first" 1
    sip_calls "$second" 2
    for number in 1 2 3 4 5; do
        heard=$(cd "$LAB_DIR" && grep -lx "Call-ID: lab-$number"$'\r' sip-* | xargs)
        [[ $heard == "sip-1-1 sip-1-2" || $heard == "sip-2-1 sip-2-2" ]] || failed "call $number was heard by $heard"
    done
    for number in 1 2; do
        grep -q "^INVITE" "$LAB_DIR/sip-$number-1" || failed "server $number took no call"
    done
    saw "five calls, each with two clients and one server; both servers had some"
}

# sip_calls ADDRESS ROUND: five calls from there, by a client that takes no offence at an answer overtaken by the next, as
# happens between the processors of a busy machine; what server N heard is in $LAB_DIR/sip-N-ROUND.
sip_calls() {
    local number
    for number in 1 2; do
        start "sipp$number" "server$number" sipp -sn uas -nostdin -skip_rlimit -i "$(bracketed "${RIPS[number - 1]}")" -p 5060 \
            -trace_msg -message_file "$LAB_DIR/sip-$number-$2"
        sip_servers+=("$STARTED")
        wait_for 5 in_ns "server$number" sh -c 'ss -Hlun "sport = :5060" | grep -q .' || failed "sipp does not listen"
    done
    client sipp -sn uac -nostdin -skip_rlimit -m 5 -r 100 -d 10 -timeout 8s -timeout_error -cid_str 'lab-%u' \
        -default_behaviors all,-abortunexp -i "$(bracketed "$1")" -p 5061 "$VIP_URL:5060" >"$RUN_DIR/sipp" 2>&1 || failed "the calls from $1 failed"
    for number in "${sip_servers[@]}"; do stop "$number" KILL; done
    sip_servers=()
}

# The other kinds of tunnel, and a VIP of one family with servers of the other.
scenario_tunnels() {
    local service far=(fd00:168:10::10 fd00:168:10::20) kind
    ((FAMILY == 4)) || far=(192.168.10.10 192.168.10.20)
    trap 'for service in 83 84 85; do "$ROOT/tools/ipvsadm" -D -t "$VIP_URL:$service" || true; done' EXIT
    attach_unpacker
    add_tunnels 83 "${RIPS[@]}" --tun-type gue --tun-port 6080
    tunnel_carries 83 GUE
    edit_tunnels 83 "${RIPS[@]}" --tun-type gue --tun-port 6080 --tun-csum
    tunnel_carries 83 "GUE with checksum"
    add_tunnels 84 "${RIPS[@]}" --tun-type gre
    tunnel_carries 84 GRE
    edit_tunnels 84 "${RIPS[@]}" --tun-type gre --tun-csum
    tunnel_carries 84 "GRE with checksum"
    add_tunnels 85 "${far[@]}"
    tunnel_carries 85 "IPIP across families"
    saw "uploads of 20 MB through GUE and GRE, each with and without checksum, and through IPIP across families"
}

add_tunnels() {
    ipvsadm -A -t "$VIP_URL:$1" -s rr
    change_tunnels -a "$@"
}

edit_tunnels() { change_tunnels -e "$@"; }

# change_tunnels -a|-e PORT RIP RIP [OPTION...]
change_tunnels() {
    local rip
    for rip in "$3" "$4"; do
        ipvsadm "$1" -t "$VIP_URL:$2" -r "$(bracketed "$rip"):$2" -i "${@:5}"
    done
}

tunnel_carries() {
    local part="$RUN_DIR/part" i
    head -c 20000000 "$RUN_DIR/big" >"$part"
    for i in 1 2; do (upload "$part" ":$1") || failed "$2 does not carry an upload"; done
}

# A health check by the path of clients' packets: connected where a client would be, refused where it would be refused, and
# where a server lacks the VIP or does not unpack, not connected, with what was seen of it.
scenario_vip_path() {
    local before after
    in_ns director sysctl -n net.ipv4.conf.all.rp_filter >"$LAB_DIR/rp_filter"
    trap 'vip_path_as_before' EXIT
    set_sysctl director net.ipv4.conf.all.rp_filter=1
    before=$("$ROOT/tools/ipvsadm" -Ln --stats)
    checks_as 80 1 "connected: ${RIPS[0]} answered, as "
    checks_as 80 2 "connected: ${RIPS[1]} answered, as "
    checks_as 81 1 "${RIPS[0]} reset it, as "
    if [[ $MODE == dr ]]; then
        director_vip del
        checks_as 80 1 "connected: ${RIPS[0]} answered, as "
        director_vip add
        lo_vip server1 del
        lo_vip server2 del
        forward server2
        if ((FAMILY == 4)); then set_sysctl server2 net.ipv4.conf.all.send_redirects=0; fi
        checks_as 80 1 "sent to ${RIPS[0]} by direct routing, and nothing came back" &
        checks_as 80 2 "it came back from MAC .* ${RIPS[1]} routed it on, for $VIP is not its address"
        wait $! || failed "$(<"$RUN_DIR/seen")"
    elif [[ $MODE == tun ]]; then
        add_tunnels 83 "${RIPS[@]}" --tun-type gue --tun-port 6081 --tun-csum
        before=$("$ROOT/tools/ipvsadm" -Ln --stats)
        lo_vip server2 del
        checks_as 83 1 "ICMP port unreachable from ${RIPS[0]}" &
        checks_as 80 2 "sent to ${RIPS[1]} through the tunnel (IPIP), and nothing came back"
        wait $! || failed "$(<"$RUN_DIR/seen")"
    fi
    after=$("$ROOT/tools/ipvsadm" -Ln --stats)
    [[ $before == "$after" ]] || failed "checks are counted: $(diff <(say "$before") <(say "$after") | grep '^>' | xargs)"
    saw "connected, refused$([[ $MODE == nat* ]] || say ", and found down without the VIP or unpacking"); counted nowhere"
}

# checks_as PORT SERVER PATTERN
checks_as() {
    local answer
    answer=$("$ROOT/tools/lb-ctl" check-path "$VIP_URL:$1" "${RIPS[$2 - 1]}" 2>&1) || true
    [[ $answer == *$3* || $answer =~ $3 ]] || failed "server$2, port $1: $answer, not $3"
}

# director_vip add|del: a backup has no VIP, and checks its servers all the same.
director_vip() {
    if ((FAMILY == 4)); then lo_vip director "$1"; else
        in_ns director ip addr "$1" "$VIP/128" dev eth0 $([[ $1 == del ]] || say nodad preferred_lft 0)
    fi
}

# lo_vip ROLE add|del
lo_vip() { in_ns "$1" ip addr "$2" "$VIP/$((FAMILY == 4 ? 32 : 128))" dev lo $([[ $2 == del || $FAMILY == 4 ]] || say nodad); }

vip_path_as_before() {
    local server
    set_sysctl director net.ipv4.conf.all.rp_filter="$(<"$LAB_DIR/rp_filter")"
    [[ $MODE != nat* ]] || return 0
    for server in server1 server2; do
        [[ -n $(in_ns "$server" ip addr show dev lo to "$VIP") ]] || lo_vip "$server" add
    done
    if [[ $MODE == dr ]]; then
        [[ -n $(in_ns director ip addr show to "$VIP") ]] || director_vip add
        set_sysctl server2 net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
        hide_vip server2
    else
        "$ROOT/tools/ipvsadm" -D -t "$VIP_URL:83" || true
    fi
}

# Real FTP servers. Under NAT their data connections are found in what the control connections say, and curl is told to
# believe the address in the reply to PASV; else the service is persistent.
scenario_ftp() {
    local option digest got=0 part="$RUN_DIR/ftp-part" options=(--ftp-pasv '--ftp-port -')
    ((FAMILY == 6)) || options+=(--disable-epsv '--disable-eprt --ftp-port -')
    trap '"$ROOT/tools/ipvsadm" -D -t "$VIP_URL:21" || true; stop_ftp_servers' EXIT
    head -c 5000000 "$RUN_DIR/big" >"$part"
    start_ftp_servers "$part"
    add_service -t 21
    [[ $MODE == *nat ]] || ipvsadm -E -t "$VIP_URL:21" -s rr -p 60
    for option in "${options[@]}" "${options[@]}"; do
        # shellcheck disable=SC2086
        digest=$(client curl -sS -m 20 --no-ftp-skip-pasv-ip $option "ftp://$VIP_URL/part" | sha256sum)
        [[ $digest == "$(sha256sum <"$part")" ]] || failed "what came is not what was sent, with curl $option"
        got=$((got + 1))
    done
    saw "$got files of 5 MB, sha256 equal, with curl's options: $(printf '%s; ' "${options[@]}" | sed 's/; $//')"
}

# prometheus-node-exporter reads what lbd keeps in its folder, and says what ipvsadm says.
scenario_monitoring() {
    local total
    exporter= held=
    trap '[[ -z $held ]] || stop "$held"; [[ -z $exporter ]] || stop "$exporter"; edit_weight 1' EXIT
    rm -f "$LAB_DIR/exporter.log"
    start exporter director prometheus-node-exporter --path.procfs="$LAB_DIR/proc" --collector.disable-defaults \
        --collector.ipvs --web.listen-address=127.0.0.1:9100
    exporter=$STARTED
    edit_weight 7
    ipvsadm -Z
    ten_answers >/dev/null || failed "no answer"
    start held client bash -c "exec 3<>/dev/tcp/$VIP/80; exec sleep 30"
    held=$STARTED
    wait_for 25 figures_agree || failed "they differ: $(diff <(figures_of_exporter) <(figures_of_ipvsadm) | grep '^[<>]' | head -n 6 | xargs)"
    total=$(figures_of_exporter | grep '^total')
    [[ $total =~ ^total\ 11\ ([0-9]+)\ ([0-9]+)\ ([0-9]+)\ ([0-9]+)$ && ${BASH_REMATCH[1]} -ge 50 ]] || failed "not ten requests: $total"
    figures_of_exporter | grep -qE "^TCP $VIP 80 ${RIPS[0]} 80 7 " || failed "the weight does not show"
    saw "node_exporter and ipvsadm agree about $(figures_of_exporter | grep -vc '^total') servers, and in all: $total"
}

edit_weight() { ipvsadm -e -t "$VIP_URL:80" -r "${RIP_URLS[0]}:80" $METHOD -w "$1"; }

figures_agree() {
    local figures
    figures=$(figures_of_exporter)
    [[ $figures =~ \ 1\ [0-9]+($|$'\n') && $figures == "$(figures_of_ipvsadm)" ]]
}

# A line "total CONNS INPKTS OUTPKTS INBYTES OUTBYTES", and for each server PROTOCOL VIP PORT RIP PORT WEIGHT ACTIVE INACTIVE.
figures_of_exporter() {
    in_ns director curl -sS -m 5 http://127.0.0.1:9100/metrics | awk '
        /^node_ipvs_[a-z_]*_total / { total[substr($1, 11)] = sprintf("%.0f", $2) }
        /^node_ipvs_backend_/ {
            split($1, part, "\"")
            server = part[8] " " part[2] " " part[6] " " part[10] " " part[12]
            seen[server]
            if ($1 ~ /_weight{/) weight[server] = $2
            else if ($1 ~ /_connections_active{/) active[server] = $2
            else inactive[server] = $2
        }
        END {
            print "total", total["connections_total"], total["incoming_packets_total"], total["outgoing_packets_total"], \
                total["incoming_bytes_total"], total["outgoing_bytes_total"]
            for (server in seen) print server, weight[server], active[server], inactive[server]
        }' | sort
}

figures_of_ipvsadm() {
    {
        "$ROOT/tools/ipvsadm" -Ln --stats --exact | awk '
            /^(TCP|UDP|SCTP|FWM) / { for (i = 1; i <= 5; i++) sum[i] += $(i + 2) }
            END { printf "total %.0f %.0f %.0f %.0f %.0f\n", sum[1], sum[2], sum[3], sum[4], sum[5] }'
        "$ROOT/tools/ipvsadm" -Ln | tr -d '[]' | awk '
            function parted(end) { match(end, /:[0-9]+$/); return substr(end, 1, RSTART - 1) " " substr(end, RSTART + 1) }
            /^(TCP|UDP|SCTP) / { service = $1 " " parted($2) }
            /^ +-> [0-9a-f]/ { print service, parted($2), $4, $5, $6 }'
    } | sort
}

# Frames that come with a VLAN tag are forwarded with it. The router tags what it sends to the VIP; servers untag.
scenario_vlan() {
    local file
    trap 'untag' EXIT
    in_ns router "$LAB_PIECES/java" dev.weir.lab.Vlan push eth1 10 "$VIP"
    in_ns server1 "$LAB_PIECES/java" dev.weir.lab.Vlan pop eth0
    in_ns server2 "$LAB_PIECES/java" dev.weir.lab.Vlan pop eth0
    rm -f "$LAB_DIR/vlan.log"
    start vlan server1 tcpdump -n -l --immediate-mode -i eth0 -Q in -c 1 "vlan 10 and dst $VIP"
    wait_for 5 grep -q 'listening on' "$LAB_DIR/vlan.log"
    scenario_alternate
    upload "$RUN_DIR/big"
    wait_for 2 grep -q '^1 packet captured' "$LAB_DIR/vlan.log" || failed "no frame with the tag reached server1"
    saw "tagged frames alternate and arrive with their tag, upload of 100 MB has equal sha256"
}

untag() {
    in_ns router tc qdisc del dev eth1 clsact
    in_ns server1 tc qdisc del dev eth0 clsact
    in_ns server2 tc qdisc del dev eth0 clsact
}

scenario_second_instance() {
    refuses "$WEIR_CONTROL" || return
    [[ -n $("$ROOT/tools/ipvsadm" -Ln) ]] || failed "the first instance was disturbed"
    saw "refused: $REFUSAL"
}

scenario_bad_interface() {
    WEIR_CONTROL="$LAB_DIR/other.sock" refuses nosuch0 --interface nosuch0 || return
    saw "refused: $REFUSAL"
}

scenario_no_capability() {
    WEIR_CONTROL="$LAB_DIR/other.sock" RUNNER='setpriv --bounding-set=-all --inh-caps=-all' refuses CAP_NET || return
    saw "refused: $REFUSAL"
}

# refuses WORD [ARGUMENT...]: lbd must end at once, not successfully, with WORD in what it says. Sets REFUSAL.
refuses() {
    local status=0 word=$1
    shift
    REFUSAL=$(in_ns director timeout 15 ${RUNNER:-} "$ROOT/tools/lbd" "$@" 2>&1) || status=$?
    ((status != 0)) || failed "lbd began, and ended successfully"
    ((status != 124)) || failed "lbd did not refuse, it ran"
    [[ $REFUSAL == *"$word"* ]] || failed "lbd refused without naming $word: $(tail -n 1 <<<"$REFUSAL")"
    REFUSAL=$(grep -F -m 1 -- "$word" <<<"$REFUSAL")
}

scenario_sigterm() {
    traces_show
    kill -TERM "$LBD_PID"
    wait_for 10 not kill -0 "$LBD_PID" || failed "lbd does not end within 10 s"
    local after
    after=$(director_traces)
    [[ $after == "$(<"$LAB_DIR/bare")" ]] || failed "left behind: $(left_behind "$after")"
    [[ ! -e $WEIR_CONTROL ]] || failed "the control socket is left behind"
    host_answers
    saw "ended, nothing left behind, and the host answers for the VIP again"
}

# Up to three kills, of which each must leave nothing, and one be within 100 ms; 200 over AF_XDP, whose rings the kernel
# takes down with the process. On a machine with other work for more than each core, where every step waits its turn, a
# second is the limit, and the verdict says so.
scenario_kill() {
    local took after all= limit=100 busy=
    [[ $LAB_PORT != af-xdp ]] || limit=200
    if awk -v cores="$(nproc)" '{ exit $1 <= 1.5 * cores }' /proc/loadavg; then
        limit=1000 busy=", on a busy machine (load $(cut -d ' ' -f 1 /proc/loadavg))"
    fi
    for _ in 1 2 3; do
        if [[ -n $all ]]; then
            start_lbd
            add_check_services
        fi
        traces_show
        answers client "$VIP_URL" || failed "the VIP does not answer"
        took=$(kill_and_watch) || failed "qdiscs, filters or interfaces of lbd are there $took ms after SIGKILL"
        after=$(director_traces)
        [[ $after == "$(<"$LAB_DIR/bare")" ]] || failed "left behind: $(left_behind "$after")"
        host_answers
        all+="${all:+, }$took"
        ((took > limit)) || break
    done
    ((took <= limit)) || failed "traces were gone only after $all ms$busy"
    saw "traces gone after $all ms$busy, and the host answers for the VIP again"
}

# kill_and_watch: SIGKILL to the daemon; prints the milliseconds until the kernel told of the last qdisc, filter or
# interface that went. Looking for them again and again would take longer than their end does.
kill_and_watch() {
    local killed last monitors=() log
    for log in tc ip; do
        rm -f "$LAB_DIR/monitor-$log.log"
        if [[ $log == tc ]]; then start monitor-tc director tc -ts monitor; else start monitor-ip director ip -ts monitor link; fi
        monitors+=("$STARTED")
    done
    sleep 0.5
    killed=${EPOCHREALTIME/[.,]/}
    kill -KILL "$LBD_PID"
    sleep 0.4
    wait_for 3 bare_again || { echo 3000; return 1; }
    stop "${monitors[0]}"
    stop "${monitors[1]}"
    last=$(grep -hiE '\] *deleted' "$LAB_DIR/monitor-tc.log" "$LAB_DIR/monitor-ip.log" | sed 's/^\[\([^]]*\)\].*/\1/' | sort | tail -n 1)
    echo $((($(date -d "$last" +%s%6N) - killed) / 1000))
}

bare_again() { [[ $(director_traces) == "$(<"$LAB_DIR/bare")" ]]; }

traces_show() {
    [[ $(director_traces) != "$(<"$LAB_DIR/bare")" ]] || failed "lbd leaves no trace while it runs: this check would see nothing"
}

left_behind() { diff "$LAB_DIR/bare" - <<<"$1" | grep '^[<>]' | xargs; }

# With no daemon the VIP is the host's alone: nothing listens on port 80, and its own web server is there.
host_answers() {
    answers_director || failed "the host's own web server is not reachable"
    curl_ends_with 7 "http://$VIP_URL/" || failed "the host does not answer for the VIP again: curl's status was $STATUS"
}

answers_director() { client curl -sS -m 5 -o /dev/null "http://$DIP_URL:8080/"; }

not() { ! "$@"; }

# What a daemon may leave in the director: qdiscs with their filters, interfaces, rules, routes, settings, files. An interface
# may go while this looks, which is no failure.
director_traces() {
    in_ns director sh -c '
        tc qdisc show
        for interface in /sys/class/net/*; do
            interface=${interface##*/}
            echo "interface $interface"
            tc filter show dev "$interface" ingress
            tc filter show dev "$interface" egress
        done
        ip rule; ip -6 rule; ip route show table all; ip -6 route show table all
        find "$1" -type f ! -name .lock 2>/dev/null
        grep . /proc/sys/net/ipv4/conf/*/rp_filter /proc/sys/net/ipv4/conf/*/accept_local /proc/sys/net/ipv4/ip_forward' sh "$LAB_DIR/proc" 2>&1 \
        | grep -vE 'cache|fe80::|ff00::' || true
}

# Two directors in two namespaces, each with its own control socket: nothing of one shows in the other.
scenario_two_directors() {
    local first second
    add_service -t 90
    first=$("$ROOT/tools/ipvsadm" -Ln)
    (
        LABS_BUILT=100
        stand_lab nat plain
        add_service -t 80
        answers_now=$(ten_answers)
        alternating "$answers_now" || failed "the second director does not balance"
        second=$("$ROOT/tools/ipvsadm" -Ln)
        [[ $second != *:90\ * ]] || failed "the second director has the first one's service"
        stop_lbd
        remove_lab
    )
    [[ $("$ROOT/tools/ipvsadm" -Ln) == "$first" ]] || failed "the first director's table changed"
    saw "two directors at once, each with its own services"
}

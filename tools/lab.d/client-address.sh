# How servers hear of the client under FULLNAT: nginx reads PROXY headers, and tcpdump sees TOA.

# The ports on which start_proxied_servers has nginx expect a PROXY header, without and with TLS.
PROXIED_PORT=86 PROXIED_TLS_PORT=446

# scenario_client_address: HTTP and HTTPS of versions 1 and 2 of the PROXY protocol, then TOA.
scenario_client_address() {
    local version port scheme number from=$((21000 + 100 * FAMILY))
    trap 'for port in $PROXIED_PORT $PROXIED_TLS_PORT; do ipvsadm -D -t "$VIP_URL:$port" || true; done' EXIT
    for number in 1 2; do start_proxied_server "$number"; done
    for version in v1 v2; do
        for port in $PROXIED_PORT $PROXIED_TLS_PORT; do
            scheme=http
            ((port == PROXIED_PORT)) || scheme=https
            ipvsadm -A -t "$VIP_URL:$port" -s rr --client-address "proxy-$version"
            for number in 0 1; do ipvsadm -a -t "$VIP_URL:$port" -r "${RIP_URLS[number]}:$port" $METHOD; done
            for number in 1 2; do
                from=$((from + 1))
                proxied "$scheme" "$port" "$from" "by PROXY $version over $scheme"
            done
            ipvsadm -D -t "$VIP_URL:$port"
        done
    done
    toa_is_told
    saw "nginx logs the client's address and port, by PROXY v1 and v2, over HTTP and HTTPS; TOA: $TOLD"
}

# proxied SCHEME PORT FROM WHAT: a request from that port; a server must have logged the client with it.
proxied() {
    local expected
    expected="$(expanded "$(client_address)") $3 $(expanded "$VIP") $2"
    [[ $(client curl -ksS -m 5 --local-port "$3" "$1://$VIP_URL:$2/") == webserver* ]] || failed "no answer $4"
    wait_for 2 logged "$expected" \
        || failed "no server logged '$expected' $4: $(tail -qn 1 "$LAB_DIR"/nginx-proxied[12]/client.log | xargs)"
}

# logged LINE: the last line of a server's log, addresses in full.
logged() {
    local peer port virtual served
    while read -r peer port virtual served; do
        [[ "$port $served" != "$(cut -d ' ' -f 2,4 <<<"$1")" ]] \
            || [[ "$(expanded "$peer") $port $(expanded "$virtual") $served" != "$1" ]] || return 0
    done < <(tail -qn 1 "$LAB_DIR"/nginx-proxied[12]/client.log)
    return 1
}

# start_proxied_server NUMBER: nginx, once for the lab.
start_proxied_server() {
    local dir="$LAB_DIR/nginx-proxied$1"
    [[ ! -e $dir ]] || return 0
    mkdir -p "$dir/www"
    say "webserver$1" >"$dir/www/index.html"
    cat >"$dir/nginx.conf" <<END
daemon off;
user root;
pid $dir/nginx.pid;
error_log stderr warn;
worker_processes 1;
events { worker_connections 1000; }
http {
    log_format client '\$proxy_protocol_addr \$proxy_protocol_port \$proxy_protocol_server_addr \$proxy_protocol_server_port';
    access_log $dir/client.log client;
    client_body_temp_path $dir/temp;
    proxy_temp_path $dir/temp;
    fastcgi_temp_path $dir/temp;
    uwsgi_temp_path $dir/temp;
    scgi_temp_path $dir/temp;
    server {
        listen $PROXIED_PORT proxy_protocol;
        listen [::]:$PROXIED_PORT proxy_protocol;
        listen $PROXIED_TLS_PORT ssl proxy_protocol;
        listen [::]:$PROXIED_TLS_PORT ssl proxy_protocol;
        ssl_certificate $LAB_DIR/tls.crt;
        ssl_certificate_key $LAB_DIR/tls.key;
        root $dir/www;
    }
}
END
    start "nginx-proxied$1" "server$1" nginx -p "$dir" -e stderr -c "$dir/nginx.conf"
    wait_for 5 nginx_listens "$1" || failed "nginx does not start: $(<"$LAB_DIR/nginx-proxied$1.log")"
}

nginx_listens() { [[ -n $(in_ns "server$1" ss -Hltn "sport = :$PROXIED_TLS_PORT") ]]; }

# toa_is_told: option 254 with the client's port and address stands in what acknowledges the server's SYN, and not in the
# client's SYN. Sets TOLD.
toa_is_told() {
    local from=$((21050 + 100 * FAMILY)) option length seen
    option=$(python3 -c 'import ipaddress, sys
print("%04x" % int(sys.argv[2]) + ipaddress.ip_address(sys.argv[1]).packed.hex())' "$(client_address)" "$from")
    length=$(printf '%02x' $((2 + ${#option} / 2)))
    start toa1 server1 tcpdump -n -l -x --immediate-mode -i eth0 -Q in "tcp port 80"
    local first=$STARTED
    start toa2 server2 tcpdump -n -l -x --immediate-mode -i eth0 -Q in "tcp port 80"
    local second=$STARTED
    wait_for 5 grep -q 'listening on' "$LAB_DIR/toa1.log" || failed "tcpdump does not start"
    wait_for 5 grep -q 'listening on' "$LAB_DIR/toa2.log" || failed "tcpdump does not start"
    client curl -sS -m 5 -o /dev/null --local-port "$from" "http://$VIP_URL/" || failed "no answer with TOA"
    sleep 0.3
    stop "$first"
    stop "$second"
    # One line for each packet: its flags, and "toa" where it has the option of this client.
    seen=$(cat "$LAB_DIR"/toa[12].log | awk -v option="fe$length$option" '
        /Flags \[/ { if (hex != "") print flags, (index(hex, option) ? "toa" : "-"); hex = ""; match($0, /\[[^]]*\]/)
            flags = substr($0, RSTART, RLENGTH) }
        /^\t0x/ { sub(/^[^:]*:/, ""); gsub(/ /, ""); hex = hex $0 }
        END { if (hex != "") print flags, (index(hex, option) ? "toa" : "-") }' | sed -n '/^\[S\]/,$p')
    rm -f "$LAB_DIR"/toa[12].log
    [[ $(sed -n 1p <<<"$seen") == "[S] -" ]] || failed "TOA: the first packet was '$(sed -n 1p <<<"$seen")', not a SYN without it"
    [[ $(sed -n 2p <<<"$seen") == "[.] toa" ]] || failed "TOA: the handshake's last packet was '$(sed -n 2p <<<"$seen")'"
    [[ $(sed -n 3p <<<"$seen") == "[P.] toa" ]] || failed "TOA: the request was '$(sed -n 3p <<<"$seen")'"
    TOLD="option 254 in the handshake's last packet and in the request"
}

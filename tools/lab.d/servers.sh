# What runs in the labs beside Weir: web and name servers in the real servers, and the director's own services.

# start_servers [PLAIN]: on each real server nginx on ports 80 and 83 to 85 (pages, /big, PUT to /upload/). Unless PLAIN,
# also on port 443 with TLS, dnsmasq on UDP port 53, a server that resets its connections on port 82, and nothing on port 81.
start_servers() {
    local number plain=${1:-}
    [[ -n $plain ]] || make_certificate
    for number in 1 2; do
        start_nginx "server$number" "80 83 84 85 $([[ -n $plain ]] || say 443)" "webserver$number ${RIPS[number - 1]}"
        [[ -z $plain ]] || continue
        start "dns$number" "server$number" dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts \
            --user=root --pid-file= --log-facility=- --edns-packet-max=8192 \
            --address="/who.weir.test/192.0.2.$number" --txt-record=big.weir.test,"$(txt_strings 12)"
        start "reset$number" "server$number" perl "$LAB_PIECES/resetting-server" 82
    done
    for number in 1 2; do
        wait_for 5 in_ns "server$number" curl -sf -m 1 -o /dev/null http://127.0.0.1/ \
            || die "nginx does not answer in server$number: $(cat "$LAB_DIR/nginx-server$number.log")"
    done
}

# txt_strings N: N strings of 255 bytes, as dnsmasq takes them: an answer that is larger than the MTU.
txt_strings() {
    local string
    printf -v string '%*s' 255 ''
    string=${string// /x}
    local all=$string
    while (($1 > 1)); do
        set -- $(($1 - 1))
        all+=",$string"
    done
    printf '%s' "$all"
}

# make_certificate: one that nobody has signed, for both servers.
make_certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=weir.test -days 1 \
        -keyout "$LAB_DIR/tls.key" -out "$LAB_DIR/tls.crt" 2>"$LAB_DIR/openssl.log" \
        || die "openssl cannot make a certificate: $(cat "$LAB_DIR/openssl.log")"
}

# start_nginx ROLE PORTS PAGE: port 443 has TLS
start_nginx() {
    local role=$1 ports=$2 page=$3 dir="$LAB_DIR/nginx-$1" port
    mkdir -p "$dir/www/upload"
    printf '%s\n' "$page" >"$dir/www/index.html"
    [[ ! -e $RUN_DIR/big ]] || ln -f "$RUN_DIR/big" "$dir/www/big"
    cat >"$dir/nginx.conf" <<END
daemon off;
user root;
pid $dir/nginx.pid;
error_log stderr warn;
worker_processes 1;
worker_rlimit_nofile 16384;
events { worker_connections 8000; }
http {
    access_log off;
    sendfile on;
    keepalive_timeout 5s;
    client_header_timeout 12s;
    keepalive_requests ${KEEPALIVE_REQUESTS:-100000};
    client_max_body_size 0;
    client_body_temp_path $dir/temp;
    proxy_temp_path $dir/temp;
    fastcgi_temp_path $dir/temp;
    uwsgi_temp_path $dir/temp;
    scgi_temp_path $dir/temp;
    server {
$(for port in $ports; do listen_lines "$port"; done)
        root $dir/www;
        location /upload/ { dav_methods PUT; }
    }
}
END
    start "nginx-$role" "$role" nginx -p "$dir" -e stderr -c "$dir/nginx.conf"
}

# start_ftp_servers FILE: vsftpd on each real server, which offers FILE as "part" to anybody. It changes its root, and
# wants a directory under /run; it gets both in a mount namespace of its own.
start_ftp_servers() {
    local number dir="$LAB_DIR/ftp"
    FTP_PIDS=()
    mkdir -p "$dir"
    ln -f "$1" "$dir/part"
    chmod 644 "$1"
    cat >"$LAB_DIR/vsftpd.conf" <<'END'
listen=NO
listen_ipv6=YES
background=NO
anonymous_enable=YES
anon_root=/mnt
local_enable=NO
connect_from_port_20=YES
secure_chroot_dir=/run/vsftpd/empty
seccomp_sandbox=NO
END
    for number in 1 2; do
        start "ftp$number" "server$number" unshare -m sh -c \
            'mount -t tmpfs tmpfs /run && mkdir -p /run/vsftpd/empty && mount --bind "$1" /mnt && exec vsftpd "$2"' \
            ftp "$dir" "$LAB_DIR/vsftpd.conf"
        FTP_PIDS+=("$STARTED")
    done
    for number in 1 2; do
        wait_for 5 in_ns "server$number" curl -sf -m 2 -o /dev/null ftp://127.0.0.1/part \
            || die "vsftpd does not answer in server$number: $(cat "$LAB_DIR/ftp$number.log")"
    done
}

stop_ftp_servers() {
    local pid
    for pid in "${FTP_PIDS[@]}"; do stop "$pid"; done
}

listen_lines() {
    local tls=
    if [[ $1 == 443 ]]; then
        tls=' ssl'
        printf '        ssl_certificate %s/tls.crt;\n        ssl_certificate_key %s/tls.key;\n' "$LAB_DIR" "$LAB_DIR"
    fi
    printf '        listen %s%s backlog=4096;\n        listen [::]:%s%s backlog=4096;\n' "$1" "$tls" "$1" "$tls"
}

# start_director_services: a web server on port 8080 and sshd on port 22 of every address of the director.
start_director_services() {
    start_nginx director 8080 "the director itself"
    ssh-keygen -q -t ed25519 -N '' -f "$LAB_DIR/host-key"
    # sshd wants /run/sshd; it gets one in a mount namespace of its own.
    start sshd director unshare -m sh -c 'mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec /usr/sbin/sshd "$@"' sshd \
        -D -e -f /dev/null -o "HostKey=$LAB_DIR/host-key" -o PidFile=none
    wait_for 5 in_ns director curl -sf -m 1 -o /dev/null http://127.0.0.1:8080/ || die "the director's nginx does not answer"
    wait_for 5 in_ns director ssh-keyscan -T 1 127.0.0.1 || die "the director's sshd does not answer: $(cat "$LAB_DIR/sshd.log")"
}

# big_file: 100 MB of random bytes that the web servers offer as /big; BIG_SHA256 is its digest.
big_file() {
    head -c 100000000 /dev/urandom >"$RUN_DIR/big"
    BIG_SHA256=$(sha256sum <"$RUN_DIR/big")
}

# start_decapsulation: makes the servers of the tun lab unpack IPIP. With a kernel that has the modules, its tunnel
# devices do it; else a BPF program at the servers' ingress.
start_decapsulation() {
    local server
    if modprobe -q -a ipip ip6_tunnel 2>/dev/null; then
        for server in server1 server2; do
            set_sysctl "$server" net.ipv4.conf.tunl0.rp_filter=0
            configure "$server" <<'END'
link set tunl0 up
link set ip6tnl0 up
END
        done
    else
        attach_unpacker
    fi
}

# attach_unpacker: the BPF program, which unpacks IPIP of both families and across them, GRE, and GUE on UDP port 6080.
attach_unpacker() {
    local server
    [[ ! -e $LAB_DIR/unpacker ]] || return 0
    for server in server1 server2; do
        in_ns "$server" "$LAB_PIECES/java" dev.weir.lab.Decapsulate eth0 6080 \
            || die "cannot attach the program that unpacks tunnels in $server"
    done
    : >"$LAB_DIR/unpacker"
}

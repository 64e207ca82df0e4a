# Pairs of directors as the tutorials set them up: DR over two real servers, over the directors themselves, and nginx behind
# three addresses; and reloads under load. Each is a check, vrrp/ha-..., with short times, and a command with the tutorials'.

# ha_lab NETWORK NODE... -- SERVER...: a switch with a client (.9 to .12), nodes and servers of those last numbers.
ha_lab() {
    local network=$1 number=0 role
    shift
    LABS_BUILT=$((LABS_BUILT + 1))
    LAB="$RUN-$BASHPID-$LABS_BUILT"
    LAB_DIR="$RUN_DIR/$BASHPID-$LABS_BUILT"
    mkdir "$LAB_DIR"
    namespaces switch client
    plug client eth0
    configure client < <(printf "address add $network.%s/24 dev eth0\n" 9 10 11 12)
    role=node
    NODE_IPS=()
    OWNED_ON=eth0
    while (($#)); do
        if [[ $1 == -- ]]; then
            role=server number=0
        else
            number=$((number + 1))
            namespaces "$role$number"
            plug "$role$number" eth0
            configure "$role$number" <<<"address add $network.$1/24 dev eth0"
            [[ $role == server ]] || NODE_IPS[number]=$network.$1
        fi
        shift
    done
}

# hold_vip ROLE: it takes what is sent to the virtual address, and does not say so.
hold_vip() {
    hide_vip "$1"
    configure "$1" <<<"address add $VIP/32 dev lo"
}

# short: "yes" in checks, nothing in commands, which set LONG.
short() { [[ -n ${LONG:-} ]] || say yes; }

# dr_conf NUMBER PRIORITY REAL_SERVER...: the tutorials' configuration. Short times where SHORT is set; NOPREEMPT is a line more.
dr_conf() {
    local number=$1 priority=$2 loop=6 again=3 server
    shift 2
    [[ -z ${SHORT:-} ]] || loop=0.5 again=0.2
    cat >"$LAB_DIR/node$number.conf" <<END
! Configuration File for keepalived

global_defs {
   router_id lb0$number
}

vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority $priority
    ${NOPREEMPT:-}
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass asd12345
    }
    virtual_ipaddress {
        192.168.11.121
    }
    notify_master "$LAB_DIR/notify$number.sh master"
    notify_backup "$LAB_DIR/notify$number.sh backup"
}

virtual_server 192.168.11.121 80 {
    delay_loop $loop
    lb_algo rr
    lb_kind DR
    persistence_timeout 50
    protocol TCP
$(for server in "$@"; do tcp_checked "192.168.11.$server" "$again"; done)
}
END
    cat >"$LAB_DIR/notify$number.sh" <<END
#!/bin/bash
export PATH=$ROOT/tools:\$PATH WEIR_CONTROL=$LAB_DIR/node$number.sock
case "\$1" in
    master)
            ipvsadm -R < $LAB_DIR/ipvsadm.saved
 ;;
 backup)
            ipvsadm -C
 ;;
 *)
        echo "Usage:\$0 master|backup"
 ;;
esac
END
    chmod +x "$LAB_DIR/notify$number.sh"
    printf '%s\n' '-A -t 192.168.11.121:80 -s rr' "${@/#/-a -t 192.168.11.121:80 -g -w 1 -r 192.168.11.}" \
        '-A -t 192.168.11.121:443 -s rr' "${@/#/-a -t 192.168.11.121:443 -g -w 1 -r 192.168.11.}" >"$LAB_DIR/ipvsadm.saved"
}

# tcp_checked ADDRESS DELAY: a real_server of the tutorials.
tcp_checked() {
    cat <<END

    real_server $1 80 {
        weight 1
        TCP_CHECK {
            connect_port 80
            connect_timeout 3
            nb_get_retry 3
            delay_before_retry $2
        }
    }
END
}

# start_director NUMBER: keepalived as Weir has it, both halves.
start_director() {
    start "node$1" "node$1" env WEIR_CONTROL="$LAB_DIR/node$1.sock" "$ROOT/tools/keepalived" -n -l -f "$LAB_DIR/node$1.conf" \
        -p "$LAB_DIR/node$1.pid"
    NODE_PID[$1]=$STARTED NODE_KIND[$1]=weir
    wait_for 40 test -s "$LAB_DIR/node$1.pid" || failed "director $1 did not start: $(tail -n 3 "$LAB_DIR/node$1.log")"
}

# lb_ctl NUMBER ARGUMENT...: of that director.
lb_ctl() { WEIR_CONTROL="$LAB_DIR/node$1.sock" "$ROOT/tools/lb-ctl" "${@:2}"; }

# has_server NUMBER ADDRESS: whether that director sends port 80 there.
has_server() {
    local all
    all=$(WEIR_CONTROL="$LAB_DIR/node$1.sock" "$ROOT/tools/ipvsadm" -Ln -t "$VIP:80") && [[ $all == *"-> $2:80 "* ]]
}

has_no_server() {
    local all
    all=$(WEIR_CONTROL="$LAB_DIR/node$1.sock" "$ROOT/tools/ipvsadm" -Ln -t "$VIP:80") && [[ $all != *"-> $2:80 "* ]]
}

# asks: requests from the client's four addresses in turn, until end_asks; a line each, "MILLISECOND ANSWER" or "... failed".
asks() {
    : >"$LAB_DIR/asked"
    in_ns client bash -c 'i=0; while :; do
        from='"${VIP%.*}"'.$((9 + i++ % 4))
        answer=$(curl -s -m 2 --interface "$from" "http://'"$VIP"'/") || answer=failed
        printf "%s %s\n" $((${EPOCHREALTIME/[.,]/} / 1000)) "$answer"
        sleep 0.05
    done' </dev/null >>"$LAB_DIR/asked" 2>/dev/null &
    ASKER=$!
}

end_asks() {
    kill "$ASKER" 2>/dev/null || true
    wait "$ASKER" 2>/dev/null || true
}

# answered_since MILLISECOND NAME: whether that server has answered since then.
answered_since() {
    awk -v since="$1" -v name="$2" '$1 > since && $2 == name { found = 1 } END { exit !found }' "$LAB_DIR/asked"
}

failures_since() { awk -v since="$1" '$1 > since && $2 == "failed"' "$LAB_DIR/asked" | wc -l; }

# all_answer SECONDS: both servers answer, and nothing fails from when they do.
all_answer() {
    local since
    since=$(now_ms)
    wait_for "$1" answered_since "$since" R1 || failed "R1 does not answer through the virtual address: $(tail -n 3 "$LAB_DIR/asked" | xargs)"
    wait_for "$1" answered_since "$since" R2 || failed "R2 does not answer through the virtual address: $(tail -n 3 "$LAB_DIR/asked" | xargs)"
}

# web ROLE NAME: nginx, which says its name; its process number is in STARTED.
web() {
    start_nginx "$1" 80 "$2"
    wait_for 5 in_ns "$1" curl -sf -m 1 -o /dev/null http://127.0.0.1/ || failed "nginx does not answer in $1"
}

# web_killed NODE ROLE ADDRESS NAME SECONDS: a web server is killed: it leaves within its check times, nothing fails after
# that, and it returns. Its process number is in WEB_PID.
web_killed() {
    local began left bound=$5
    began=$(now_ms)
    stop "$WEB_PID" QUIT
    wait_for "$bound" has_no_server "$1" "$3" || failed "$3 was killed and is not gone after $bound s: $(lb_ctl "$1" status | grep -A3 "$3")"
    left=$(now_ms)
    # What was asked before it left may still be waiting for its answer.
    sleep 0.3
    GONE_AFTER=$((left - began))
    sleep 1.5
    (($(failures_since $((left + 300))) == 0)) || failed "a request failed though the server had left: $(tail -n 5 "$LAB_DIR/asked" | xargs)"
    web "$2" "$4"
    WEB_PID=$STARTED
    wait_for "$bound" has_server "$1" "$3" || failed "$3 answers again and does not return: $(lb_ctl "$1" status | grep -A3 "$3")"
    all_answer 5
}

# Two directors, two real servers.
vrrp_ha_dr() {
    local SHORT=$(short) NOPREEMPT=nopreempt bound=${LONG:+15} moved
    VIP=192.168.11.121
    ha_lab 192.168.11 120 122 -- 123 124
    hold_vip server1
    hold_vip server2
    web server2 R2
    web server1 R1
    WEB_PID=$STARTED
    dr_conf 1 100 123 124
    dr_conf 2 90 123 124
    start_director 1
    is_master 1 12
    start_director 2
    asks
    all_answer 5
    web_killed 1 server1 192.168.11.123 R1 "${bound:-4}"
    moved=$(now_ms)
    kill_node 1
    is_master 2 8
    all_answer 5
    moved=$(($(now_ms) - moved))
    sleep 0.5
    start_director 1
    sleep 1.5
    is_master 2 1
    all_answer 5
    end_asks
    saw "a killed server left after $GONE_AFTER ms and came back; the master killed, all answered after $moved ms; it returned as backup"
}

# The tutorials' file as it is printed: the real servers are the directors themselves.
vrrp_ha_local_node() {
    local SHORT=$(short) bound=${LONG:+15} hops
    VIP=192.168.11.121
    ha_lab 192.168.11 120 122
    hold_vip node1
    hold_vip node2
    web node1 R1
    web node2 R2
    WEB_PID=$STARTED
    dr_conf 1 100 120 122
    dr_conf 2 90 120 122
    start circles switch tcpdump -U -n -i br0 -w "$LAB_DIR/circles.pcap" "dst host $VIP and tcp"
    start_director 1
    is_master 1 12
    start_director 2
    asks
    all_answer 5
    web_killed 1 node2 192.168.11.122 R2 "${bound:-4}"
    kill_node 1
    is_master 2 8
    all_answer 5
    start_director 1
    is_master 1 12
    all_answer 5
    in_ns node1 iptables -A INPUT -p 112 -j DROP
    in_ns node2 iptables -A INPUT -p 112 -j DROP
    wait_for 8 owns 2 || failed "no split brain though adverts do not pass"
    sleep 1.5
    in_ns node1 iptables -F INPUT
    in_ns node2 iptables -F INPUT
    is_master 1 8
    end_asks
    hops=$(tcpdump -nr "$LAB_DIR/circles.pcap" 'ip[8] < 62' 2>/dev/null | wc -l)
    ((hops == 0)) || failed "$hops packets went through more than two directors"
    saw "each node served itself and the other; a killed server left after $GONE_AFTER ms; no packet went round, with one master or two"
}

# reload_conf COUNT: the first servers of three, drained when they are not there any more.
reload_conf() {
    local server
    {
        printf '%s\n' 'global_defs {' '    router_id lb01' '    @weir drain_timeout 600' '}'
        printf '%s\n' "virtual_server $VIP 80 {" '    delay_loop 1' '    lb_algo rr' '    lb_kind DR' '    protocol TCP'
        for server in 123 124 125; do
            ((server >= 123 + $1)) || tcp_checked "192.168.11.$server" 0.2
        done
        say '}'
    } >"$LAB_DIR/node1.conf"
}

# Reloads that add and remove servers, while wrk asks: not one request fails.
vrrp_ha_reload() {
    local round rounds=${ROUNDS:-10} requests count number began
    VIP=192.168.11.121
    ha_lab 192.168.11 120 -- 123 124 125
    for number in 1 2 3; do
        hold_vip "server$number"
        KEEPALIVE_REQUESTS=20 web "server$number" "R$number"
    done
    configure node1 <<<"address add $VIP/32 dev eth0"
    reload_conf 3
    start_director 1
    wait_for 5 in_ns client curl -sf -m 1 -o /dev/null "http://$VIP/" || failed "the director does not balance"
    start wrk client wrk -t 1 -c 8 -d 3600 "http://$VIP/"
    sleep 0.3
    began=$(now_ms)
    for ((round = 1; round <= rounds; round++)); do
        count=$((1 + round * 2 % 3))
        reload_conf "$count"
        lb_ctl 1 reload >"$LAB_DIR/actions" 2>&1 || failed "reload $round: $(<"$LAB_DIR/actions")"
        grep -q . "$LAB_DIR/actions" || failed "reload $round says nothing"
    done
    began=$(($(now_ms) - began))
    kill -INT "$STARTED"
    wait "$STARTED" 2>/dev/null || true
    ! grep -E 'Socket errors|Non-2xx' "$LAB_DIR/wrk.log" || failed "$(grep -E 'Socket errors|Non-2xx' "$LAB_DIR/wrk.log" | xargs)"
    requests=$(awk '/requests in/ { print $1 }' "$LAB_DIR/wrk.log")
    ((requests > 100)) || failed "wrk did only ${requests:-no} requests: $(<"$LAB_DIR/wrk.log")"
    saw "$rounds reloads in $began ms, $requests requests, none failed"
}

# node_shell NUMBER: a namespace of processes for a node, in which ps and killall see only its own; its first is NODE_INIT.
declare -A NODE_INIT
node_processes() {
    start "init$1" "node$1" unshare --pid --fork --kill-child --mount-proc sh -c 'while :; do sleep 1000 & wait; done'
    wait_for 5 pgrep -P "$STARTED" || failed "no process namespace for node $1"
    NODE_INIT[$1]=$(pgrep -P "$STARTED")
}

in_node() { nsenter -t "${NODE_INIT[$1]}" -n -p -m "${@:2}"; }

# nginx_conf NUMBER PRIORITY: the tutorial's keepalived.conf and check_nginx.sh. Where WEIGH is set the script only says
# what it sees, so that its weight decides.
nginx_conf() {
    local interval=5
    [[ -z ${SHORT:-} ]] || interval=1
    cat >"$LAB_DIR/node$1.conf" <<END
! Configuration File for keepalived

global_defs {
   router_id NginxNode00$1
   vrrp_skip_check_adv_addr
   vrrp_garp_interval 0
   vrrp_gna_interval 0
}

vrrp_script check_nginx {
   script "$LAB_DIR/check_nginx$1.sh"
   interval $interval
   weight -20
   fall 2
   rise 1
}

vrrp_instance VI_1 {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority $2
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    track_script {
        check_nginx
    }
    virtual_ipaddress {
        172.16.249.80
        172.16.249.90
        172.16.249.100
    }
}
END
    cat >"$LAB_DIR/check_nginx$1.sh" <<END
#!/bin/bash
systemctl() { [ ! -e $LAB_DIR/broken ] && nginx -p $LAB_DIR/proxy -e stderr -c $LAB_DIR/proxy/nginx$1.conf >/dev/null 2>&1; }
nginxpid=\`ps -C nginx --no-header | wc -l\`
END
    if [[ -n ${WEIGH:-} ]]; then
        say '[ $nginxpid -ne 0 ]' >>"$LAB_DIR/check_nginx$1.sh"
    else
        cat >>"$LAB_DIR/check_nginx$1.sh" <<END
if [ \$nginxpid -eq 0 ];then
    systemctl restart nginx
    sleep 0.5
    echo "\$(date): systemctl restart nginx" >> $LAB_DIR/check_nginx.log
    nginxpid=\`ps -C nginx --no-header | wc -l\`
    if [ \$nginxpid -eq 0 ];then
        killall keepalived
        echo "\$(date): killall keepalived" >> $LAB_DIR/check_nginx.log
    fi
fi
END
    fi
    chmod +x "$LAB_DIR/check_nginx$1.sh"
}

# start_proxy NUMBER: the tutorial's nginx, before both web servers.
start_proxy() {
    mkdir -p "$LAB_DIR/proxy"
    cat >"$LAB_DIR/proxy/nginx$1.conf" <<END
user root;
pid $LAB_DIR/proxy/nginx$1.pid;
error_log stderr warn;
worker_processes 1;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path $LAB_DIR/proxy/temp$1;
    proxy_temp_path $LAB_DIR/proxy/temp$1;
    fastcgi_temp_path $LAB_DIR/proxy/temp$1;
    uwsgi_temp_path $LAB_DIR/proxy/temp$1;
    scgi_temp_path $LAB_DIR/proxy/temp$1;
    upstream ProxyServer {
       server 172.16.249.201:80 weight=1;
       server 172.16.249.202:80 weight=1;
    }
    server {
        listen 80 default_server;
        location / { proxy_pass http://ProxyServer; }
    }
}
END
    in_node "$1" nginx -p "$LAB_DIR/proxy" -e stderr -c "$LAB_DIR/proxy/nginx$1.conf" </dev/null >>"$LAB_DIR/proxy$1.log" 2>&1
}

start_in_node() {
    in_node "$1" env WEIR_CONTROL="$LAB_DIR/node$1.sock" "$ROOT/tools/keepalived" -n -l -f "$LAB_DIR/node$1.conf" \
        -p "$LAB_DIR/node$1.pid" </dev/null >>"$LAB_DIR/node$1.log" 2>&1 &
    NODE_PID[$1]=$! NODE_KIND[$1]=weir
    wait_for 40 test -s "$LAB_DIR/node$1.pid" || failed "node $1 did not start: $(tail -n 3 "$LAB_DIR/node$1.log")"
}

# all_three NUMBER: that node has the three addresses, and both web servers answer behind each.
all_three() {
    local vip seen
    for vip in 172.16.249.80 172.16.249.90 172.16.249.100; do
        wait_for 8 owns "$1" "$vip" || failed "node $1 has no $vip"
        seen=$(for _ in 1 2 3 4; do in_ns client curl -s -m 2 "http://$vip/" || say failed; done | sort -u | xargs)
        [[ $seen == 'R1 R2' ]] || failed "behind $vip there is: $seen"
    done
}

# nginx on both nodes behind three addresses: keepalived without virtual servers.
vrrp_ha_nginx() {
    local SHORT=$(short) WEIGH=yes wait=${LONG:+20} number
    VIP=172.16.249.80
    ha_lab 172.16.249 101 102 -- 201 202
    for number in 1 2; do
        web "server$number" "R$number"
        node_processes "$number"
        start_proxy "$number"
    done
    # 110 and 100, so that 20 decide; the tutorial's 150 and 100 leave it to killall.
    nginx_conf 1 110
    nginx_conf 2 100
    start_in_node 1
    is_master 1 12
    start_in_node 2
    all_three 1
    in_node 1 killall nginx
    is_master 2 "${wait:-8}"
    all_three 2
    start_proxy 1
    is_master 1 "${wait:-8}"
    all_three 1
    # Now as printed: a script that restarts nginx, and where that fails gives the node up.
    WEIGH=
    nginx_conf 1 150
    nginx_conf 2 100
    in_node 1 killall -HUP keepalived
    in_node 2 killall -HUP keepalived
    wait_for 10 grep -q 'was read anew' "$LAB_DIR/node1.log" || failed "killall -HUP did nothing"
    in_node 1 killall nginx
    wait_for "${wait:-8}" grep -sq restart "$LAB_DIR/check_nginx.log" || failed "the script did not restart nginx"
    is_master 1 1
    touch "$LAB_DIR/broken"
    in_node 1 killall nginx
    is_master 2 "${wait:-8}"
    all_three 2
    saw "three addresses moved by weight -20 and came back; nginx restarted by the script left them; killall keepalived moved them"
}

# ha_command CHECK WHAT: one of these before the user's eyes.
ha_command() {
    begin_run
    need_packages iproute2 nginx-light curl wrk tcpdump iptables procps psmisc
    need_weir
    SEEN="$RUN_DIR/seen"
    step "$2"
    (
        trap 'remove_namespaces "$LAB-"' EXIT
        "vrrp_ha_$1"
    ) || die "$(cat "$SEEN" 2>/dev/null)"
    say "$(<"$SEEN")"
}

# tools/lab ha: with the tutorials' times.
command_ha() {
    (($# == 0)) || usage_error "ha takes no argument '$1'"
    LONG=yes
    ha_command dr "Two directors and two real servers, by DR: a web server is killed and returns, then the master"
    ha_command local_node "The same, where the directors are the real servers"
}

# tools/lab nginx-ha
command_nginx_ha() {
    (($# == 0)) || usage_error "nginx-ha takes no argument '$1'"
    LONG=yes
    ha_command nginx "nginx on two nodes behind three addresses"
}

# tools/lab reload [ROUNDS]
command_reload() {
    ROUNDS=${1:-100}
    [[ $ROUNDS =~ ^[1-9][0-9]*$ ]] || usage_error "reload takes a number of rounds, not '$ROUNDS'"
    ha_command reload "$ROUNDS reloads that add and remove servers, while wrk asks"
}

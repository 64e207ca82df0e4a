# The networks of the labs. Each has both families side by side:
#
#   nat              client ---- director ---- switch ---- server1, server2
#                    VIP 172.25.254.100, the director's outside address; servers 192.168.0.10 and .20, whose gateway is
#                    the director, 192.168.0.100
#   nat-one-address  the same wires; 192.168.0.100 is VIP, inside address and the servers' gateway at once
#   dr               client ---- router ---- switch ---- director, server1, server2
#                    VIP 192.168.0.200/32 on the director and on the servers' lo, which do not answer ARP for it;
#                    servers 192.168.0.10 and .20, director .50, and everyone's gateway is the router, 192.168.0.100
#   tun              client, director and servers each behind a leg of the router: servers 192.168.10.10 and .20 in a
#                    network of their own, VIP 192.168.0.200/32 as under dr
#   fullnat          client ---- director ---- router ---- router2 ---- switch ---- server1, server2
#                    VIP 172.25.254.100 as under nat, local addresses 192.168.0.101 and .102; servers 192.168.10.10 and .20,
#                    whose gateway, router2, has a way to 192.168.0.0/24 and none to the client
#
# Links have an MTU of LAB_MTU, 1500 if it is not set, and keep the offloads that veth begins with.

MODES='nat nat-one-address dr tun fullnat'

# build_lab MODE: lays a lab's namespaces and makes it the current one.
build_lab() {
    MODE=$1
    LABS_BUILT=$((LABS_BUILT + 1))
    LAB="$RUN-$LABS_BUILT"
    LAB_DIR="$RUN_DIR/$LABS_BUILT"
    mkdir "$LAB_DIR"
    export WEIR_CONTROL="$LAB_DIR/lbd.sock"
    LBD_PID=
    case $MODE in
    nat | nat-one-address) build_nat ;;
    dr) build_dr ;;
    tun) build_tun ;;
    fullnat) build_fullnat ;;
    *) die "no such lab: $MODE; there are: $MODES" ;;
    esac
    use_family 4
}

remove_lab() { remove_namespaces "$LAB-"; }

# use_family 4|6: sets the names by which the rest speaks of addresses. VIP_URL and RIP_URLS are as ipvsadm and URLs
# write them, with brackets around an IPv6 address. SERVER_FAMILY is the servers', where LAB_SERVERS says another one.
use_family() {
    FAMILY=$1 SERVER_FAMILY=${LAB_SERVERS:-$1}
    local net=192.168.0. inside=192.168.0.
    if ((FAMILY == 6)); then inside=fd00:168::; fi
    if ((SERVER_FAMILY == 6)); then net=fd00:168::; fi
    LOCALS=()
    [[ $MODE != fullnat ]] || LOCALS=("${net}101" "${net}102")
    if [[ $MODE == tun || $MODE == fullnat ]]; then
        if ((SERVER_FAMILY == 6)); then net=fd00:168:10::; else net=192.168.10.; fi
    fi
    RIPS=("${net}10" "${net}20")
    case $MODE/$FAMILY in
    nat/4 | fullnat/4) VIP=172.25.254.100 DIP=172.25.254.100 ;;
    nat/6 | fullnat/6) VIP=2001:db8:254::100 DIP=2001:db8:254::100 ;;
    nat-one-address/*) VIP=${inside}100 DIP=${inside}100 ;;
    */4) VIP=192.168.0.200 DIP=192.168.0.50 ;;
    */6) VIP=fd00:168::200 DIP=fd00:168::50 ;;
    esac
    case $MODE in
    nat*) METHOD=-m ;;
    dr) METHOD=-g ;;
    tun) METHOD=-i ;;
    fullnat) METHOD=--fullnat ;;
    esac
    VIP_URL=$(bracketed "$VIP") DIP_URL=$(bracketed "$DIP")
    RIP_URLS=("$(bracketed "${RIPS[0]}")" "$(bracketed "${RIPS[1]}")")
}

# translates: servers answer through the director.
translates() { [[ $MODE == nat* || $MODE == fullnat ]]; }

bracketed() { if [[ $1 == *:* ]]; then printf '[%s]' "$1"; else printf '%s' "$1"; fi; }

build_nat() {
    namespaces client director switch server1 server2
    wire client eth0 director eth0
    plug director eth1
    plug server1 eth0
    plug server2 eth0
    configure director <<'END'
address add 172.25.254.100/24 dev eth0
address add 2001:db8:254::100/64 dev eth0 nodad
address add 192.168.0.100/24 dev eth1
address add fd00:168::100/64 dev eth1 nodad
END
    # 172.25.254.100 is also the client's way to 192.168.0.100, and to a server itself.
    configure client <<'END'
address add 172.25.254.10/24 dev eth0
address add 2001:db8:254::10/64 dev eth0 nodad
route add default via 172.25.254.100
route add default via 2001:db8:254::100
END
    local number
    for number in 1 2; do
        configure "server$number" <<END
address add 192.168.0.${number}0/24 dev eth0
address add fd00:168::${number}0/64 dev eth0 nodad
route add default via 192.168.0.100
route add default via fd00:168::100
END
    done
    forward director
}

# Not even a default route leads from the servers' gateway towards the client: what the director did not rewrite cannot return.
build_fullnat() {
    namespaces client director router router2 switch server1 server2
    wire client eth0 director eth0
    wire director eth1 router eth0
    wire router eth1 router2 eth0
    plug router2 eth1
    plug server1 eth0
    plug server2 eth0
    configure client <<'END'
address add 172.25.254.10/24 dev eth0
address add 2001:db8:254::10/64 dev eth0 nodad
END
    configure director <<'END'
address add 172.25.254.100/24 dev eth0
address add 2001:db8:254::100/64 dev eth0 nodad
address add 192.168.0.100/24 dev eth1
address add 192.168.0.101/32 dev eth1
address add 192.168.0.102/32 dev eth1
address add fd00:168::100/64 dev eth1 nodad
address add fd00:168::101/128 dev eth1 nodad preferred_lft 0
address add fd00:168::102/128 dev eth1 nodad preferred_lft 0
route add 192.168.10.0/24 via 192.168.0.1
route add fd00:168:10::/64 via fd00:168::1
END
    routers_to_servers
    local number
    for number in 1 2; do
        configure "server$number" <<END
address add 192.168.10.${number}0/24 dev eth0
address add fd00:168:10::${number}0/64 dev eth0 nodad
route add default via 192.168.10.100
route add default via fd00:168:10::100
END
    done
}

# routers_to_servers: from 192.168.0.0/24 to the servers' network and back.
routers_to_servers() {
    configure router <<'END'
address add 192.168.0.1/24 dev eth0
address add fd00:168::1/64 dev eth0 nodad
address add 192.168.5.1/24 dev eth1
address add fd00:168:5::1/64 dev eth1 nodad
route add 192.168.10.0/24 via 192.168.5.2
route add fd00:168:10::/64 via fd00:168:5::2
END
    configure router2 <<'END'
address add 192.168.5.2/24 dev eth0
address add fd00:168:5::2/64 dev eth0 nodad
address add 192.168.10.100/24 dev eth1
address add fd00:168:10::100/64 dev eth1 nodad
route add 192.168.0.0/24 via 192.168.5.1
route add fd00:168::/64 via fd00:168:5::1
END
    forward router
    forward router2
}

build_dr() {
    namespaces client router switch director server1 server2
    wire client eth0 router eth0
    plug router eth1
    plug director eth0
    plug server1 eth0
    plug server2 eth0
    client_behind_router
    configure router <<'END'
address add 192.168.0.100/24 dev eth1
address add fd00:168::100/64 dev eth1 nodad
END
    director_behind_router
    local number
    for number in 1 2; do
        hide_vip "server$number"
        configure "server$number" <<END
address add 192.168.0.${number}0/24 dev eth0
address add fd00:168::${number}0/64 dev eth0 nodad
address add 192.168.0.200/32 dev lo
address add fd00:168::200/128 dev lo nodad
route add default via 192.168.0.100
route add default via fd00:168::100
END
    done
}

build_tun() {
    namespaces client router director switch server1 server2
    wire client eth0 router eth0
    wire director eth0 router eth1
    plug router eth2
    plug server1 eth0
    plug server2 eth0
    client_behind_router
    configure router <<'END'
address add 192.168.0.100/24 dev eth1
address add fd00:168::100/64 dev eth1 nodad
address add 192.168.10.100/24 dev eth2
address add fd00:168:10::100/64 dev eth2 nodad
END
    director_behind_router
    local number
    for number in 1 2; do
        hide_vip "server$number"
        configure "server$number" <<END
address add 192.168.10.${number}0/24 dev eth0
address add fd00:168:10::${number}0/64 dev eth0 nodad
address add 192.168.0.200/32 dev lo
address add fd00:168::200/128 dev lo nodad
route add default via 192.168.10.100
route add default via fd00:168:10::100
END
    done
}

client_behind_router() {
    configure client <<'END'
address add 172.25.254.200/24 dev eth0
address add 2001:db8:254::200/64 dev eth0 nodad
route add default via 172.25.254.100
route add default via 2001:db8:254::100
END
    configure router <<'END'
address add 172.25.254.100/24 dev eth0
address add 2001:db8:254::100/64 dev eth0 nodad
END
    forward router
}

# The IPv4 VIP is on lo, as in the tutorials, where ARP finds it. ND does not look on lo, so the IPv6 VIP is on eth0, and
# "deprecated", so that the director does not take it as source for what it sends by itself.
director_behind_router() {
    configure director <<'END'
address add 192.168.0.50/24 dev eth0
address add fd00:168::50/64 dev eth0 nodad
address add 192.168.0.200/32 dev lo
address add fd00:168::200/128 dev eth0 nodad preferred_lft 0
route add default via 192.168.0.100
route add default via fd00:168::100
END
}

# A server that has the VIP on lo must neither answer ARP for it nor announce it.
hide_vip() {
    set_sysctl "$1" net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.lo.arp_ignore=1 \
        net.ipv4.conf.all.arp_announce=2 net.ipv4.conf.lo.arp_announce=2
}

namespaces() {
    local role
    for role in "$@"; do
        ip netns add "$LAB-$role"
        # IPv4's "default" and "all" begin as they are on the host; the labs begin alike everywhere.
        set_sysctl "$role" net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv4.ip_forward=0 \
            net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.all.arp_announce=0 \
            net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.all.forwarding=0 \
            net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0
        ip -n "$LAB-$role" link set lo up
        case $role in
        switch) ip -n "$LAB-$role" link add br0 up type bridge stp_state 0 forward_delay 0 mcast_snooping 0 ;;
        esac
    done
}

# set_sysctl ROLE KEY=VALUE...
set_sysctl() { in_ns "$1" sysctl -q -w "${@:2}"; }

forward() { set_sysctl "$1" net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1; }

# wire ROLE INTERFACE ROLE INTERFACE: a cable between two namespaces.
wire() {
    local mtu=${LAB_MTU:-1500}
    ip link add "$2" netns "$LAB-$1" mtu "$mtu" type veth peer name "$4" netns "$LAB-$3" mtu "$mtu"
    ip -n "$LAB-$1" link set "$2" up
    ip -n "$LAB-$3" link set "$4" up
}

# plug ROLE INTERFACE: a cable from there to the switch.
plug() {
    wire "$1" "$2" switch "$1"
    ip -n "$LAB-switch" link set "$1" master br0
}

# configure ROLE: commands for ip, one a line, from standard input.
configure() { ip -n "$LAB-$1" -batch -; }

# senders_without_offloads: what reaches the director then is finished frames of at most the MTU, as --port pcap and af-xdp need.
senders_without_offloads() {
    local role interface
    for role in client router router2 director server1 server2; do
        [[ -e /run/netns/$LAB-$role ]] || continue
        for interface in $(in_ns "$role" ls /sys/class/net); do
            [[ $interface == eth* ]] || continue
            in_ns "$role" ethtool -K "$interface" tx off tso off gso off gro off >/dev/null 2>&1 \
                || die "cannot turn off the offloads of $interface in $role"
        done
    done
}

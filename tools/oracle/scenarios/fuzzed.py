"""What random steps have found (tools/lab fuzz), cut down to what shows it."""

VIP, VIP6, ROUTED6 = "172.25.254.200", "2001:db8:c::200", "2001:db8:99::2"
CLIENT, CLIENT6, SERVER, SERVER6 = "172.25.254.10", "2001:db8:c::10", "192.168.0.10", "2001:db8:5::a"
METHODS = (("-m", 80), ("-g", 81), ("-i", 82))


def service(k, words, server, how, protocol="t", extra=""):
    k.ipvsadm(f"-A -{protocol} {words} -s rr {extra}")
    k.ipvsadm(f"-a -{protocol} {words} -r {server} {how}")


def about(port, protocol=6, client=CLIENT):
    segment = WIRE.tcp_segment(VIP, client, port, 40000, "A") if protocol == 6 else WIRE.udp_datagram(VIP, client, port, 40000, b"x")
    return WIRE.l3(VIP, client, protocol, segment)


def scenario_icmp_that_quotes_ports_only(k):
    """Of the quoted packet's transport header only four bytes are there."""
    for how, port in METHODS:
        service(k, f"{VIP}:{port}", f"{SERVER}:{port}", how)
        k.connect(CLIENT, 40000, VIP, port)
        k.icmp(CLIENT, VIP, 3, 3, payload=about(port)[:24], note=how)
        k.icmp(CLIENT, VIP, 3, 3, payload=about(port)[:23], host=True, note=f"{how}: three bytes")
    quoted = WIRE.l3(CLIENT, SERVER, 6, WIRE.tcp_segment(CLIENT, SERVER, 40000, 80, "A"))
    k.icmp(SERVER, CLIENT, 3, 3, payload=quoted[:24], port="eth1", note="from the server")


def scenario_icmp_about_a_server_that_is_gone(k):
    for how, port in METHODS:
        service(k, f"{VIP}:{port}", f"{SERVER}:{port}", how)
        k.connect(CLIENT, 40000, VIP, port)
        k.ipvsadm(f"-d -t {VIP}:{port} -r {SERVER}:{port}")
        k.icmp(CLIENT, VIP, 3, 3, payload=about(port), note=how)
        k.tcp(CLIENT, 40000, VIP, port, "PA", payload=b"x", seq=1001, ack=5001, note="a segment goes nowhere")
    k.tcp(SERVER, 80, CLIENT, 40000, "PA", port="eth1", payload=b"y", seq=5001, ack=1001, note="but an answer passes, uncounted")
    k.sleep(2.2)
    k.ipvsadm("-Ln --stats")
    for how, port in METHODS:
        k.ipvsadm(f"-a -t {VIP}:{port} -r {SERVER}:{port} {how}")
    k.sleep(2.2)
    k.ipvsadm("-Ln --stats")


def scenario_no_address_of_an_interface(k):
    """Who speaks of an IPv6 address that only a route makes the host's."""
    service(k, f"[{ROUTED6}]:80", f"[{SERVER6}]:80", "-g")
    k.ipvsadm(f"-A -t [{ROUTED6}]:81 -s rr")
    for client in (CLIENT6, "2001:db8:d::1"):
        k.tcp(client, 40000, ROUTED6, 80, "S", ip={"ttl": 1}, note="time exceeded")
        k.tcp(client, 40000, ROUTED6, 81, "S", note="no server")
        k.udp(client, 40000, ROUTED6, 53, note="nobody listens")
    k.tcp(CLIENT6, 40001, VIP6, 81, "S", note="of an interface's: nobody listens")


def scenario_over_and_begun_again(k):
    """A SYN ends a connection that is over, though no other can begin."""
    k.ipvsadm(f"-A -t {VIP}:79 -s rr")
    for number, take in enumerate(("", "-D -t {0}", "-d -t {0} -r {1}", "-e -t {0} -r {1} -m -w 0")):
        port = 80 + number
        service(k, f"{VIP}:{port}", f"{SERVER}:{port}", "-m")
        k.connect(CLIENT, 40000, VIP, port)
        k.tcp(CLIENT, 40000, VIP, port, "R", seq=1001)
        if take:
            k.ipvsadm(take.format(f"{VIP}:{port}", f"{SERVER}:{port}"))
        k.tcp(CLIENT, 40000, VIP, port, "S", note=take)
        k.sleep(0.2)
        k.ipvsadm("-Lnc")


def scenario_errors_count_as_answers(k):
    """The director's own errors about connections that are not masqueraded."""
    for how, port in METHODS + (("-i --tun-type gre", 83),):
        service(k, f"{VIP}:{port}", f"{SERVER}:{port}", how)
        service(k, f"[{VIP6}]:{port}", f"[{SERVER6}]:{port}", how)
        for client, vip in ((CLIENT, VIP), (CLIENT6, VIP6)):
            k.connect(client, 40000, vip, port)
            k.tcp(client, 40000, vip, port, "A", seq=1001, ack=5001, ip={"ttl": 1})
            k.tcp(client, 40000, vip, port, "PA", seq=1001, ack=5001, payload=bytes(1440))
            k.tcp(client, 40001, vip, port, "S", ip={"ttl": 1}, note="the first of its connection")
    service(k, f"{VIP}:53", f"{SERVER}:53", "-g", "u", "-o")
    k.udp(CLIENT, 40000, VIP, 53, ip={"ttl": 1}, note="one-packet scheduling: no connection is found any more")
    k.sleep(2.2)
    k.ipvsadm("-Ln --stats")


def scenario_fragments_of_a_reply_that_never_comes_whole(k):
    service(k, f"{VIP}:53", f"{SERVER}:53", "-m", "u")
    k.udp(CLIENT, 3000, VIP, 53)
    whole = WIRE.udp_datagram(SERVER, CLIENT, 53, 3000, bytes(2000))
    k.frame("eth1", WIRE.l3(SERVER, CLIENT, 17, whole[:1480], df=False, ident=7, more=True), note="the last one is lost")
    k.sleep(40)


def scenario_over_but_still_counted(k):
    """A connection that a SYN begins anew stands beside its predecessor for a moment, and both count for their servers."""
    k.ipvsadm(f"-A -t {VIP}:80 -s sed")
    for n, words in ((10, "-g -w 10 -x 4"), (11, "-g -w 1")):
        k.ipvsadm(f"-a -t {VIP}:80 -r 192.168.0.{n}:80 {words}")
    for n in range(3):
        k.tcp(CLIENT, 40000 + n, VIP, 80, "S")
    k.tcp(CLIENT, 40000, VIP, 80, "F", seq=1001)
    k.tcp(CLIENT, 40000, VIP, 80, "S", note="begun anew: the fourth")
    k.sleep(.1)
    k.ipvsadm("-Ln")
    for n in range(3):
        k.tcp(CLIENT, 41000 + n, VIP, 80, "S")
    k.ipvsadm("-Ln")


def scenario_servers_gone_before_expire_nodest_conn(k):
    """Connections of a server that went earlier wait for a packet, or for the next server that goes."""
    for port in (80, 81):
        service(k, f"{VIP}:{port}", f"{SERVER}:{port}", "-g")
        k.connect(CLIENT, 40000, VIP, port)
    k.ipvsadm(f"-d -t {VIP}:80 -r {SERVER}:80")
    k.sysctl("expire_nodest_conn", 1)
    k.sleep(.1)
    k.ipvsadm("-Lnc")
    for words in (f"-A -t {VIP}:82 -s rr", f"-a -t {VIP}:82 -r {SERVER}:82 -m", f"-e -t {VIP}:82 -r {SERVER}:82 -m -w 2", f"-E -t {VIP}:82 -s wrr",
                  f"-D -t {VIP}:82"):
        k.ipvsadm(words)
        k.sleep(.1)
        k.ipvsadm("-Lnc")
    k.ipvsadm(f"-d -t {VIP}:81 -r {SERVER}:81")
    k.sleep(.1)
    k.ipvsadm("-Lnc")


def fragments(source, target, sport, dport, size, cut, order, ident):
    """The packets of a datagram cut into pieces of so many bytes, in the order wanted."""
    whole = WIRE.udp_datagram(source, target, sport, dport, bytes(n % 251 for n in range(size)))
    edges = list(range(0, len(whole), cut))
    for n in order:
        end = min(edges[n] + cut, len(whole))
        yield WIRE.l3(source, target, 17, whole[edges[n]:end], df=False, ident=ident, frag_offset=edges[n], more=end < len(whole))


def scenario_fragments_left_to_the_host(k):
    """Of datagrams that turn out not to be balanced, in an order of their own: they go on sorted."""
    service(k, f"{VIP}:53", f"{SERVER}:53", "-m", "u")
    for number, order in enumerate(((0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 1, 1, 2), (2, 0, 2, 1))):
        for packet in fragments(SERVER, CLIENT, 99, 3000 + number, 2000, 800, order, 77 + number):
            k.frame("eth1", packet)
        for packet in fragments(CLIENT, VIP, 3000 + number, 99, 2000, 800, order, 77 + number):
            k.frame("eth0", packet, host=True)
    for packet in fragments(SERVER, CLIENT, 99, 4000, 3000, 1480, (2, 0, 1), 99):
        k.frame("eth1", packet)
    k.udp(CLIENT, 40000, VIP, 53)
    for packet in fragments(SERVER, CLIENT, 53, 40000, 2000, 800, (2, 1, 0), 99):
        k.frame("eth1", packet, note="balanced")


def scenario_scheduler_flags_are_read_first(k):
    """Before ipvsadm finds that -b does not go with the command, it finds fault with the flags."""
    k.ipvsadm(f"-A -t {VIP}:80 -s mh")
    for words in ("-Ln -b foo", "-Ln -b foo --stats", "-Ln -b sh-port", f"-D -t {VIP}:80 -b foo", f"-A -t {VIP}:80 -b foo -b foo",
                  "-Ln -b foo -t x", "-Ln -b foo -X -X", "-A -b foo", "-Ln -b foo --bar", "-Ln -b foo bar", "-Ln -b foo -p 0", "-C -b foo",
                  f"-E -t {VIP}:80 -s mh -b foo -r {SERVER}", "-Ln -b mh-port,foo", "-Ln -b foo,mh-port", "-Ln -s rr -b foo", "-Ln -b flag-1",
                  "--set 1 2 3 -b foo", "--set 1 2 -b foo", f"-D -t {VIP}:80 -s mh -b mh-port", f"-a -t {VIP}:80 -r {SERVER} -b sh-port"):
        k.ipvsadm(words)
    k.ipvsadm("-R", stdin=f"-A -t {VIP}:81 -b foo\n-A -t {VIP}:82 -s mh -b mh-port\n")
    k.ipvsadm("-Sn")


def scenario_servers_that_call_with_no_hop_left(k):
    """A packet that the director does not route on begins nothing."""
    for vip, server, client in ((VIP, SERVER, CLIENT), (VIP6, SERVER6, CLIENT6)):
        vip, bare = (f"[{vip}]" if ":" in vip else vip), server
        service(k, f"{vip}:5060", f"[{server}]:5060" if ":" in server else f"{server}:5060", "-m", "u", "-p --pe sip")
        call = b"INVITE sip:b@x SIP/2.0\r\nCall-ID: one@a\r\n\r\n"
        k.udp(bare, 5060, client, 40000, call, port="eth1", ip={"ttl": 1})
        k.ipvsadm("-Lnc")
        k.udp(bare, 5060, client, 40000, call, port="eth1", ip={"ttl": 2})
        k.ipvsadm("-Lnc")
    k.sleep(2.2)
    k.ipvsadm("-Ln --stats")


def scenario_timeouts_are_counted_first(k):
    for words in ("abc", "abc 30", "1 abc", "abc 30 40", "30 abc 40", "abc 1 2 3", "1 2 3 4", "1 2 abc 4", "-1 2", "1 2 99999999"):
        k.ipvsadm(f"--set {words}")
    k.ipvsadm("-L --timeout")


def scenario_ftp_over_ipv6_with_a_traffic_class(k):
    """IPVS takes the upper half of the traffic class for the length of an IPv4 header, and does not find TCP's behind it."""
    WIRE.in_director("sysctl -qw net.netfilter.nf_conntrack_checksum=0")
    service(k, f"[{VIP6}]:21", f"[{SERVER6}]:21", "-m")
    service(k, f"[{VIP6}]:80", f"[{SERVER6}]:80", "-m")
    for number, tos in enumerate((0, 0x10, 0x28, 0x68, 0xa0, 0xb0, 0xb8)):
        for port in (21, 80):
            k.tcp(CLIENT6, 40000 + number, VIP6, port, "S", ip={"tos": tos}, note=f"class {tos:#x}")

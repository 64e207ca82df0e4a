"""Edges of forwarding that conversations seldom reach: odd fragments, TTLs, type of service, errors about errors, headers
that lie."""

VIP, VIP6 = "172.25.254.200", "2001:db8:c::200"
CLIENT, CLIENT6 = "172.25.254.10", "2001:db8:c::10"
SERVERS = ("192.168.0.10", "192.168.0.20")
SERVERS6 = ("2001:db8:5::a", "2001:db8:5::14")


def bracket(ip):
    return f"[{ip}]" if ":" in ip else ip


def service(k, vip, port, servers, how, protocol="t", server_port=None, extra=""):
    k.ipvsadm(f"-A -{protocol} {bracket(vip)}:{port} -s rr")
    for s in servers:
        k.ipvsadm(f"-a -{protocol} {bracket(vip)}:{port} -r {bracket(s)}:{server_port or port} {how} {extra}")


METHODS = (("-m", 80), ("-g", 81), ("-i", 82), ("-i --tun-type gre", 83), ("-i --tun-type gue --tun-port 6080 --tun-csum", 84))


def scenario_hop_limit_ipv6(k):
    for how, port in METHODS:
        service(k, VIP6, port, SERVERS6[:1], how)
        for hops in (255, 2, 1, 0):
            k.tcp(CLIENT6, 40000 + hops, VIP6, port, "S", ip={"ttl": hops}, note=f"{how} hop limit {hops}")
    k.tcp(SERVERS6[0], 80, CLIENT6, 40255, "SA", port="eth1", seq=1, ack=1001, ip={"ttl": 1}, note="a reply with hop limit 1")
    k.tcp(SERVERS6[0], 80, CLIENT6, 40255, "SA", port="eth1", seq=1, ack=1001, ip={"ttl": 2}, note="a reply with hop limit 2")


def scenario_type_of_service(k):
    for vip, client, servers in ((VIP, CLIENT, SERVERS), (VIP6, CLIENT6, SERVERS6)):
        for how, port in METHODS:
            service(k, vip, port, servers[:1], how)
            for tos in (0, 1, 2, 3, 0x2e << 2, 0xff, 0x1c):
                k.tcp(client, 40000 + tos, vip, port, "S", ip={"tos": tos}, note=f"{how} tos {tos:#x}")
            k.tcp(client, 41000, vip, port, "S", ip={"tos": 0x1f, "ttl": 1}, note="refused with its tos")


def scenario_across_families_in_gre_and_gue(k):
    for vip, client, servers in ((VIP, CLIENT, SERVERS6), (VIP6, CLIENT6, SERVERS)):
        for how, port in METHODS[2:]:
            service(k, vip, port, servers[:1], how)
            k.connect(client, 40000, vip, port)
            k.tcp(client, 40001, vip, port, "S", ip={"tos": 0x2a, "ttl": 9})
    k.ipvsadm("-Ln --tun-info")


def scenario_too_big(k):
    for how, port in METHODS[2:]:
        service(k, VIP, port, SERVERS[:1], how)
        service(k, VIP6, port, SERVERS6[:1], how)
        k.connect(CLIENT, 40000, VIP, port)
        k.connect(CLIENT6, 40000, VIP6, port)
        for size in (1380, 1400, 1420, 1424, 1428, 1432, 1436, 1440):
            k.tcp(CLIENT, 40000, VIP, port, "PA", seq=1001, ack=5001, payload=b"x" * size, note=f"{how} {size}")
            k.tcp(CLIENT6, 40000, VIP6, port, "PA", seq=1001, ack=5001, payload=b"x" * size, note=f"{how} {size}")
            k.tcp(CLIENT, 40000, VIP, port, "PA", seq=1001, ack=5001, payload=b"x" * size, ip={"df": False, "ident": size})


def scenario_servers_asked_by_their_own_address(k):
    """By a client whose address and port are those of a masqueraded connection, in each state that it may have reached: the
    server's answer is taken for that connection's, and the client, which asked somebody else, refuses it."""
    ends = ((), (("S", CLIENT),), (("S", CLIENT), ("SA", SERVERS[0])),
            (("S", CLIENT), ("SA", SERVERS[0]), ("A", CLIENT)),
            (("S", CLIENT), ("SA", SERVERS[0]), ("A", CLIENT), ("R", CLIENT)),
            (("S", CLIENT), ("SA", SERVERS[0]), ("A", CLIENT), ("FA", CLIENT)),
            (("S", CLIENT), ("SA", SERVERS[0]), ("A", CLIENT), ("FA", SERVERS[0])),
            (("S", CLIENT), ("SA", SERVERS[0]), ("A", CLIENT), ("FA", CLIENT), ("FA", SERVERS[0]), ("A", CLIENT)))
    for vip, client, server in ((VIP, CLIENT, SERVERS[0]), (VIP6, CLIENT6, SERVERS6[0])):
        service(k, vip, 80, (server,), "-m")
        for port, segments in enumerate(ends, 40000):
            for flags, who in segments:
                if who == CLIENT:
                    k.tcp(client, port, vip, 80, flags, seq=1000 if flags == "S" else 1001, ack=0 if flags == "S" else 5001)
                else:
                    k.tcp(server, 80, client, port, flags, port="eth1", seq=5000 if "S" in flags else 5001, ack=1001)
            k.ipvsadm("-Lnc")
            k.tcp(client, port, server, 80, "S", seq=9000, host=True, note="asks the server itself")
            k.tcp(server, 80, client, port, "SA", port="eth1", seq=7000, ack=9001, host=not segments, note="answers")
            k.tcp(client, port, vip, 80, "R", seq=9001, note="refuses an answer from elsewhere")
            k.ipvsadm("-Lnc")


def scenario_no_server(k):
    for vip, client, server in ((VIP, CLIENT, SERVERS[0]), (VIP6, CLIENT6, SERVERS6[0])):
        service(k, vip, 80, (), "-m")
        service(k, vip, 53, (), "-m", "u")
        k.tcp(client, 40000, vip, 80, "S")
        k.udp(client, 40000, vip, 53, b"question " * 100)
        k.udp(client, 40000, vip, 53, b"q", ip={"tos": 0x55})
        k.ipvsadm(f"-a -t {bracket(vip)}:80 -r {bracket(server)}:80 -m -w 0")
        k.tcp(client, 40000, vip, 80, "S", note="weight 0")
        k.ipvsadm(f"-e -t {bracket(vip)}:80 -r {bracket(server)}:80 -m -w 1 -x 1")
        k.tcp(client, 40000, vip, 80, "S", note="one connection allowed")
        k.tcp(client, 40001, vip, 80, "S", note="one too many")
        k.tcp(client, 40000, vip, 80, "A", seq=1001, ack=1)
    k.ipvsadm("-Ln")
    k.sleep(2.2)
    k.ipvsadm("-Ln --stats")


def pieces(whole, *cuts):
    edges = (0, *cuts, len(whole))
    return [(a, whole[a:b], b < len(whole)) for a, b in zip(edges, edges[1:])]


def fragments(k, src, dst, proto, whole, cuts, order, ident, port="eth0", df=False, note="", **ip):
    parts = pieces(whole, *cuts)
    for n in order:
        offset, body, more = parts[n]
        k.frame(port, WIRE.l3(src, dst, proto, body, df=df, ident=ident, frag_offset=offset, more=more, **ip), note=f"{note} piece {n}")


def scenario_fragments_in_every_order(k):
    body = bytes(i % 251 for i in range(3992))
    for port, (how, _) in zip((53, 54, 55, 56, 57), METHODS):
        service(k, VIP, port, SERVERS[:1], how, "u")
        whole = WIRE.udp_datagram(CLIENT, VIP, 3000, port, body)
        for n, order in enumerate(((0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 2, 1), (1, 2, 0), (2, 0, 1))):
            fragments(k, CLIENT, VIP, 17, whole, (1480, 2960), order, port * 100 + n, note=f"{how} {order}")
        fragments(k, CLIENT, VIP, 17, whole, (800, 1600, 2400, 3200), (0, 1, 2, 3, 4), port * 100 + 10, note=f"{how} small")
        fragments(k, CLIENT, VIP, 17, whole, (800, 2272, 3600), (0, 1, 2, 3), port * 100 + 11, note=f"{how} unequal")
        fragments(k, CLIENT, VIP, 17, whole, (1480, 2960), (0, 1, 2), port * 100 + 12, df=True, note=f"{how} DF")


def scenario_fragments_of_replies(k):
    service(k, VIP, 53, SERVERS[:1], "-m", "u")
    k.udp(CLIENT, 3000, VIP, 53, b"question")
    whole = WIRE.udp_datagram(SERVERS[0], CLIENT, 53, 3000, bytes(i % 241 for i in range(3992)))
    for n, order in enumerate(((0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 2, 1))):
        fragments(k, SERVERS[0], CLIENT, 17, whole, (1480, 2960), order, 50 + n, port="eth1", note=f"{order}")
    fragments(k, SERVERS[0], CLIENT, 17, whole, (800, 2272, 3600), (0, 1, 2, 3), 60, port="eth1", note="unequal")
    fragments(k, SERVERS[0], CLIENT, 17, whole, (1480, 2960), (0, 0, 1, 2), 61, port="eth1", note="the first twice")
    k.ipvsadm("-Lnc")
    k.sleep(2.2)
    k.ipvsadm("-Ln --stats")


def scenario_fragments_that_go_wrong(k):
    service(k, VIP, 53, SERVERS[:1], "-m", "u")
    service(k, VIP, 80, SERVERS[:1], "-m")
    whole = WIRE.udp_datagram(CLIENT, VIP, 3000, 53, bytes(i % 251 for i in range(2000)))
    fragments(k, CLIENT, VIP, 17, whole, (1480,), (0, 0, 1), 1, note="the first twice")
    fragments(k, CLIENT, VIP, 17, whole, (1480,), (1, 1, 0), 2, note="the last twice")
    fragments(k, CLIENT, VIP, 17, whole, (800, 1600), (0, 1, 1, 2), 3, note="the middle twice")
    k.frame("eth0", WIRE.l3(CLIENT, VIP, 17, whole[:1480], df=False, ident=4, more=True), note="overlap: first")
    k.frame("eth0", WIRE.l3(CLIENT, VIP, 17, whole[1472:], df=False, ident=4, frag_offset=1472), note="overlap: last")
    k.frame("eth0", WIRE.l3(CLIENT, VIP, 17, whole[1480:], df=False, ident=4, frag_offset=1480), note="overlap: the right last")
    k.frame("eth0", WIRE.l3(CLIENT, VIP, 17, whole[:1477], df=False, ident=5, more=True), note="no multiple of eight")
    k.frame("eth0", WIRE.l3(CLIENT, VIP, 17, whole[1472:], df=False, ident=5, frag_offset=1472))
    k.frame("eth0", WIRE.l3(CLIENT, VIP, 17, whole[:1480], df=False, ident=6, frag_offset=65528), note="beyond the end")
    k.frame("eth0", WIRE.l3(CLIENT, VIP, 17, whole[1480:], df=False, ident=7, frag_offset=1480), note="alone for 31 s, not the first")
    k.frame("eth0", WIRE.l3(CLIENT, VIP, 17, whole[:1480], df=False, ident=8, more=True), note="alone for 31 s, the first")
    segment = WIRE.tcp_segment(CLIENT, VIP, 40000, 80, "S", payload=b"x" * 100)
    fragments(k, CLIENT, VIP, 6, segment, (64,), (1, 0), 9, note="TCP")
    fragments(k, CLIENT, VIP, 6, segment, (16,), (0, 1), 10, note="TCP, cut in its header")
    k.sleep(32)
    k.ipvsadm("-Lnc")


def scenario_ip_options(k):
    for how, port in METHODS:
        service(k, VIP, port, SERVERS[:1], how)
        k.tcp(CLIENT, 40000, VIP, port, "S", ip={"options": bytes.fromhex("01010101")}, note=f"{how} no-ops")
        k.tcp(CLIENT, 40001, VIP, port, "S", ip={"options": bytes.fromhex("94040000")}, note=f"{how} router alert")
    service(k, VIP, 53, SERVERS[:1], "-m", "u")
    whole = WIRE.udp_datagram(CLIENT, VIP, 3000, 53, bytes(i % 251 for i in range(2000)))
    fragments(k, CLIENT, VIP, 17, whole, (1472,), (0, 1), 77, options=bytes.fromhex("01010101"), note="in fragments")


def scenario_icmp_of_every_kind(k):
    service(k, VIP, 80, SERVERS[:1], "-m", server_port=8080)
    service(k, VIP, 81, SERVERS[:1], "-g")
    service(k, VIP, 82, SERVERS[:1], "-i")
    service(k, VIP, 53, SERVERS[:1], "-m", "u", server_port=5353)
    for port in (80, 81, 82):
        k.connect(CLIENT, 40000, VIP, port)
    k.udp(CLIENT, 3000, VIP, 53, b"question")
    about = {
        80: WIRE.l3(VIP, CLIENT, 6, WIRE.tcp_segment(VIP, CLIENT, 80, 40000, "A", seq=5001, payload=b"y" * 40)),
        81: WIRE.l3(VIP, CLIENT, 6, WIRE.tcp_segment(VIP, CLIENT, 81, 40000, "A", seq=5001, payload=b"y" * 40)),
        82: WIRE.l3(VIP, CLIENT, 6, WIRE.tcp_segment(VIP, CLIENT, 82, 40000, "A", seq=5001, payload=b"y" * 40)),
        53: WIRE.l3(VIP, CLIENT, 17, WIRE.udp_datagram(VIP, CLIENT, 53, 3000, b"answer")),
    }
    for port, quoted in about.items():
        for kind, code in ((3, 0), (3, 1), (3, 3), (3, 13), (11, 0), (11, 1), (4, 0)):
            k.icmp(CLIENT, VIP, kind, code, payload=quoted, note=f"{port}: type {kind} code {code}")
        k.icmp(CLIENT, VIP, 3, 4, b"\0\0\5\0", quoted, note=f"{port}: too big, all of it quoted")
        k.icmp(CLIENT, VIP, 3, 3, payload=quoted[:28], ip={"ttl": 1}, note=f"{port}: ttl 1")
        k.icmp(CLIENT, VIP, 3, 3, payload=quoted[:28], ip={"tos": 0xc0, "df": False, "ident": 5}, note=f"{port}: tos")
    servers = {
        80: WIRE.l3(CLIENT, SERVERS[0], 6, WIRE.tcp_segment(CLIENT, SERVERS[0], 40000, 8080, "A", seq=1001, payload=b"z" * 40)),
        53: WIRE.l3(CLIENT, SERVERS[0], 17, WIRE.udp_datagram(CLIENT, SERVERS[0], 3000, 5353, b"question")),
    }
    for port, quoted in servers.items():
        for kind, code in ((3, 0), (3, 3), (11, 0), (4, 0)):
            k.icmp(SERVERS[0], CLIENT, kind, code, payload=quoted, port="eth1", note=f"{port}: from the server, type {kind} code {code}")
        k.icmp(SERVERS[0], CLIENT, 3, 3, payload=quoted, port="eth1", ip={"ttl": 2}, note="ttl 2")
        packet = WIRE.l3(SERVERS[0], CLIENT, 1, b"\3\3\xde\xad\0\0\0\0" + quoted[:28])
        k.frame("eth1", packet, note="from the server with a wrong checksum")
        packet = WIRE.l3(CLIENT, VIP, 1, b"\3\3\xde\xad\0\0\0\0" + about[port][:28])
        k.frame("eth0", packet, note="from the client with a wrong checksum")
    k.ipvsadm("-Lnc")
    k.sleep(2.2)
    k.ipvsadm("-Ln --stats")


def scenario_icmp_about_tunnels(k):
    service(k, VIP, 82, SERVERS[:1], "-i")
    service(k, VIP, 83, SERVERS[1:], "-i --tun-type gre")
    service(k, VIP, 84, SERVERS[:1], "-i --tun-type gue --tun-port 6080")
    for port in (82, 83, 84):
        k.connect(CLIENT, 40000, VIP, port)
    def outer(port, df=True, size=40):
        inner = WIRE.l3(CLIENT, VIP, 6, WIRE.tcp_segment(CLIENT, VIP, 40000, port, "A", seq=1001, payload=b"x" * size), ttl=63, df=df)
        if port == 82:
            return WIRE.l3("192.168.0.100", SERVERS[0], 4, inner, ttl=63)
        if port == 83:
            return WIRE.l3("192.168.0.100", SERVERS[1], 47, b"\0\0\x08\0" + inner, ttl=63)
        return WIRE.l3("192.168.0.100", SERVERS[0], 17, b"\xc0\0\x17\xc0" + (20 + size + 32).to_bytes(2, "big") + b"\0\0" + b"\0\4\0\0" + inner, ttl=63)
    for port in (82, 83, 84):
        k.icmp("192.168.0.1", "192.168.0.100", 11, 0, payload=outer(port), port="eth1", note=f"{port}: time exceeded")
        k.icmp("192.168.0.1", "192.168.0.100", 3, 1, payload=outer(port), port="eth1", note=f"{port}: host unreachable")
        k.icmp("192.168.0.1", "192.168.0.100", 3, 4, b"\0\0\5\x78", outer(port, size=400), port="eth1", note=f"{port}: too big, 1400")
        k.icmp("192.168.0.1", "192.168.0.100", 3, 4, b"\0\0\5\0", outer(port, df=False, size=400), port="eth1", note=f"{port}: too big, 1280, inner may be fragmented")
        k.tcp(CLIENT, 40000, VIP, port, "PA", seq=1001, ack=5001, payload=b"x" * 1350, note=f"{port}: does the director remember?")


def scenario_icmp_ipv6_of_every_kind(k):
    service(k, VIP6, 80, SERVERS6[:1], "-m", server_port=8080)
    service(k, VIP6, 81, SERVERS6[:1], "-g")
    service(k, VIP6, 82, SERVERS6[:1], "-i")
    service(k, VIP6, 53, SERVERS6[:1], "-m", "u", server_port=5353)
    for port in (80, 81, 82):
        k.connect(CLIENT6, 40000, VIP6, port)
    k.udp(CLIENT6, 3000, VIP6, 53, b"question")
    about = {port: WIRE.l3(VIP6, CLIENT6, 6, WIRE.tcp_segment(VIP6, CLIENT6, port, 40000, "A", seq=5001)) for port in (80, 81, 82)}
    about[53] = WIRE.l3(VIP6, CLIENT6, 17, WIRE.udp_datagram(VIP6, CLIENT6, 53, 3000, b"answer"))
    for port, quoted in about.items():
        for kind, code in ((1, 0), (1, 4), (3, 0), (4, 1)):
            k.icmp(CLIENT6, VIP6, kind, code, payload=quoted, note=f"{port}: type {kind} code {code}")
        k.icmp(CLIENT6, VIP6, 2, 0, b"\0\0\5\0", quoted, note=f"{port}: too big")


def scenario_lying_headers(k):
    service(k, VIP, 80, SERVERS[:1], "-m")
    service(k, VIP, 53, SERVERS[:1], "-m", "u")
    service(k, VIP6, 80, SERVERS6[:1], "-m")
    good = WIRE.l3(CLIENT, VIP, 6, WIRE.tcp_segment(CLIENT, VIP, 40000, 80, "S"))
    def fixed(packet):
        head = packet[:10] + b"\0\0" + packet[12:20]
        return head[:10] + WIRE.checksum(head).to_bytes(2, "big") + packet[12:]
    k.frame("eth0", fixed(b"\x44" + good[1:]), note="a header of 16 bytes")
    k.frame("eth0", fixed(b"\x65" + good[1:]), ethertype=0x0800, note="version 6 in an IPv4 frame")
    k.frame("eth0", fixed(good[:2] + b"\0\x10" + good[4:]), note="total length 16")
    k.frame("eth0", fixed(good[:2] + b"\x05\x00" + good[4:]), note="total length beyond the frame")
    k.frame("eth0", fixed(good[:2] + b"\0\x27" + good[4:]), note="total length cuts the TCP header")
    k.frame("eth0", good[:32] + b"\x40" + good[33:], note="TCP header of 16 bytes")
    k.frame("eth0", good[:32] + b"\xf0" + good[33:], note="TCP header of 60 bytes, beyond the packet")
    datagram = WIRE.udp_datagram(CLIENT, VIP, 3000, 53, b"0123456789")
    k.frame("eth0", WIRE.l3(CLIENT, VIP, 17, datagram[:4] + b"\0\x0a" + datagram[6:]), note="UDP length too small")
    k.frame("eth0", WIRE.l3(CLIENT, VIP, 17, datagram[:4] + b"\0\xff" + datagram[6:]), note="UDP length too large")
    k.frame("eth0", WIRE.l3(CLIENT, VIP, 17, datagram[:6]), note="cut in the UDP header")
    k.udp(CLIENT, 3001, VIP, 53, b"xyz", no_checksum=True)
    k.udp(SERVERS[0], 53, CLIENT, 3001, b"zyx", port="eth1", no_checksum=True)
    good6 = WIRE.l3(CLIENT6, VIP6, 6, WIRE.tcp_segment(CLIENT6, VIP6, 40000, 80, "S"))
    k.frame("eth0", good6[:4] + b"\x01\0" + good6[6:], note="IPv6 payload length beyond the frame")
    k.frame("eth0", good6[:4] + b"\0\x0a" + good6[6:], note="IPv6 payload length cuts the TCP header")
    k.frame("eth0", good6 + b"\0" * 8, note="IPv6, padded")
    k.tcp("127.0.0.1", 40000, VIP, 80, "S", note="from loopback")
    k.tcp("0.0.0.0", 40000, VIP, 80, "S", note="from nowhere")
    k.tcp("224.0.0.5", 40000, VIP, 80, "S", note="from a group")
    k.tcp("255.255.255.255", 40000, VIP, 80, "S", note="from everybody")
    k.tcp(VIP, 40000, VIP, 80, "S", note="from the virtual address itself")
    k.tcp("172.25.254.100", 40000, VIP, 80, "S", note="from the director's own address")
    for flags in ("SF", "SR", "SP", "SFPU", "F", "PA", "U", "RA"):
        k.tcp(CLIENT, 41000 + len(flags) + ord(flags[-1]), VIP, 80, flags, host="S" not in flags or "R" in flags, note=f"flags {flags}")
    k.ipvsadm("-Lnc")


def scenario_extension_headers(k):
    service(k, VIP6, 80, SERVERS6[:1], "-m")
    service(k, VIP6, 81, SERVERS6[:1], "-g")
    service(k, VIP6, 82, SERVERS6[:1], "-i")
    for port in (80, 81, 82):
        segment = WIRE.tcp_segment(CLIENT6, VIP6, 40000, port, "S")
        k.frame("eth0", WIRE.l3(CLIENT6, VIP6, 60, b"\6\0\1\4\0\0\0\0" + segment), note="destination options")
        k.frame("eth0", WIRE.l3(CLIENT6, VIP6, 0, b"\6\0\1\4\0\0\0\0" + segment), note="hop-by-hop options")
    k.ipvsadm("-Lnc")

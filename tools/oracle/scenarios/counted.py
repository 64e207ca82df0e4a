"""What IPVS counts and what it does not: errors, fragments, packets that it refuses or cannot send, templates; each case with
a service of its own, so that one listing shows them all."""

VIP, VIP6 = "172.25.254.200", "2001:db8:c::200"
CLIENT, CLIENT6 = "172.25.254.10", "2001:db8:c::10"
SERVERS = ("192.168.0.10", "192.168.0.20")
SERVERS6 = ("2001:db8:5::a", "2001:db8:5::14")
FAMILIES = {"ipv4": (VIP, CLIENT, SERVERS[0], SERVERS[1]), "ipv6": (VIP6, CLIENT6, SERVERS6[0], SERVERS6[1])}
TUNNELS = ("-i", "-i --tun-type gre", "-i --tun-type gue --tun-port 6080")


def at(ip, port):
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def service(k, vip, port, server, how, proto="t", options="-s rr"):
    k.ipvsadm(f"-A -{proto} {at(vip, port)} {options}")
    if server:
        k.ipvsadm(f"-a -{proto} {at(vip, port)} -r {at(server, port)} {how}")


def measured(k):
    k.sleep(2.2)
    k.ipvsadm("-Ln --stats --exact")
    k.proc("ip_vs_stats")


def unreachable(k, source, target, quoted, port="eth0", too_big=False, note=None, host=False):
    """An ICMP error about `quoted`: port unreachable, or packet too big."""
    if ":" in source:
        kind, rest = ((2, 0), b"\0\0\5\x14") if too_big else ((1, 4), b"\0\0\0\0")
    else:
        kind, rest = ((3, 4), b"\0\0\5\x14") if too_big else ((3, 3), b"\0\0\0\0")
    k.icmp(source, target, *kind, rest, quoted, port=port, note=note, host=host)


def segment(source, sport, target, dport, size=40):
    return WIRE.l3(source, target, 6, WIRE.tcp_segment(source, target, sport, dport, "A", seq=1, payload=b"x" * size))


def errors(vip, client, server, other):
    def scenario(k):
        for port, how in enumerate(("-m", "-g") + TUNNELS, 80):
            service(k, vip, port, server, how)
            k.connect(client, 40000, vip, port)
            unreachable(k, client, vip, segment(vip, port, client, 40000), note=f"{how}: from the client")
            if how != "-m":
                unreachable(k, client, vip, segment(vip, port, client, 40000), too_big=True, note="too big")
        k.ipvsadm(f"-a -t {at(vip, 80)} -r {at(other, 80)} -m")
        if ":" not in vip:
            unreachable(k, server, client, segment(client, 40000, server, 80), port="eth1", note="from the server")
            broken = bytearray(WIRE.icmp_message(server, client, 3, 3, payload=segment(client, 40000, server, 80)))
            broken[2] ^= 0xFF
            k.frame("eth1", WIRE.l3(server, client, 1, bytes(broken)), note="from the server, wrong checksum")
            k.frame("eth0", WIRE.l3(client, vip, 1, bytes(broken[:4]) + bytes(4) + segment(vip, 80, client, 40000)),
                    note="from the client, wrong checksum")
        unreachable(k, client, vip, segment(vip, 80, client, 41000), note="about no connection", host=True)
        k.icmp(client, vip, *((128, 0) if ":" in vip else (8, 0)), b"\0\1\0\1", b"ping", host=True)
        k.sysctl("schedule_icmp", 1)
        unreachable(k, client, vip, segment(vip, 80, client, 42000), note="scheduled")
        measured(k)
    return scenario


def fragments(vip, client, server, other):
    def pieces(k, source, target, sport, dport, port="eth0", missing=False):
        whole = WIRE.udp_datagram(source, target, sport, dport, bytes(i % 251 for i in range(3000)))
        for offset in (0, 1440) if missing else (0, 1440, 2880):
            piece, more = whole[offset:offset + 1440], offset < 2880
            if ":" in source:
                header = bytes((17, 0)) + (offset | more).to_bytes(2, "big") + (sport + dport).to_bytes(4, "big")
                packet = WIRE.l3(source, target, 44, header + piece)
            else:
                packet = WIRE.l3(source, target, 17, piece, df=False, ident=sport + dport, frag_offset=offset, more=more)
            k.frame(port, packet)

    def scenario(k):
        for port, how in enumerate(("-m", "-g") + TUNNELS, 53):
            service(k, vip, port, server, how, "u")
            pieces(k, client, vip, 3000, port)
            pieces(k, client, vip, 3100, port, missing=True)
        pieces(k, server, client, 53, 3000, port="eth1")
        measured(k)
    return scenario


def refused(k):
    """Packets that reach a service, and are not sent."""
    vip, client, server, other = FAMILIES["ipv4"]
    methods = ("-m", "-g") + TUNNELS
    for port, how in enumerate(methods, 80):
        service(k, vip, port, server, how)
        k.tcp(client, 40000, vip, port, "S", ip={"ttl": 1}, note=f"{how}: TTL 1, a new connection")
        k.connect(client, 40001, vip, port)
        k.tcp(client, 40001, vip, port, "A", seq=1001, ack=1, ip={"ttl": 1}, note=f"{how}: TTL 1")
        if "-i" in how:
            k.tcp(client, 40001, vip, port, "A", seq=1001, ack=1, payload=b"x" * 1450, note="too big")
    k.tcp(server, 80, client, 40001, "SA", port="eth1", seq=5000, ack=1001, ip={"ttl": 1}, note="a reply with TTL 1")
    service(k, vip, 90, None, "")
    k.tcp(client, 40000, vip, 90, "S", note="no server")
    service(k, vip, 91, server, "-m -w 0")
    k.tcp(client, 40000, vip, 91, "S", note="weight 0")
    service(k, vip, 92, server, "-m -x 1 -w 1")
    for sport in (40000, 40001):
        k.tcp(client, sport, vip, 92, "S", note="one is the limit")
    for port, expire in ((93, 0), (94, 1)):
        k.sysctl("expire_nodest_conn", expire)
        service(k, vip, port, server, "-m")
        k.connect(client, 40000, vip, port)
        k.ipvsadm(f"-d -t {at(vip, port)} -r {at(server, port)}")
        k.tcp(client, 40000, vip, port, "A", seq=1001, ack=1, note="its server has gone")
        k.tcp(server, port, client, 40000, "A", port="eth1", seq=5001, ack=1001, note="a reply of a server that has gone")
    service(k, vip, 95, server, "-m")
    k.tcp(client, 40000, vip, 95, "A", host=True, note="a new connection that does not begin with SYN")
    k.tcp(client, 40000, vip, 95, "R", host=True)
    k.connect(client, 40001, vip, 95)
    k.ipvsadm(f"-e -t {at(vip, 95)} -r {at(server, 95)} -m -w 0")
    k.tcp(client, 40001, vip, 95, "A", seq=1001, ack=1, note="its server has weight 0")
    service(k, vip, 96, "172.16.9.9", "-m")
    k.tcp(client, 40000, vip, 96, "S", note="its server is beyond eth0")
    service(k, vip, 97, server, "-m")
    k.connect(client, 40000, vip, 97)
    k.sysctl("am_droprate", 2)
    k.sysctl("drop_packet", 3)
    for sport in range(41000, 41008):
        k.tcp(client, sport, vip, 97, "S", note="every second one is dropped")
    k.sysctl("drop_packet", 0)
    measured(k)


def one_packet(vip, client, server, other):
    def scenario(k):
        for port, how in enumerate(("-m", "-g", "-i"), 53):
            service(k, vip, port, server, how, "u", "-s rr -o")
            for _ in range(3):
                k.udp(client, 3000, vip, port, b"x" * 60)
        # Under IPv4 alone what a masqueraded server says then is still rewritten.
        k.udp(server, 53, client, 3000, b"y" * 200, port="eth1", host=":" in vip)
        measured(k)
        k.ipvsadm("-Lnc")
    return scenario


def templates(vip, client, server, other):
    def scenario(k):
        mask = "-M 64" if ":" in vip else "-M 255.255.255.0"
        service(k, vip, 80, server, "-m", options=f"-s rr -p 60 {mask}")
        k.ipvsadm(f"-a -t {at(vip, 80)} -r {at(other, 80)} -g")
        service(k, vip, 0, server, "-g", "u", "-s rr -p 60")
        for sport in range(40000, 40004):
            k.connect(client, sport, vip, 80)
            k.udp(client, sport, vip, sport - 39000, b"x" * 10)
        measured(k)
        k.ipvsadm("-Ln --persistent-conn")
    return scenario


def directions(vip, client, server, other):
    """Who sends is what counts, whatever way: replies pass the director under masquerading alone."""
    def scenario(k):
        for port, how in enumerate(("-m", "-g") + TUNNELS, 80):
            service(k, vip, port, server, how)
            k.connect(client, 40000, vip, port)
            for size in (0, 1, 1300):
                k.tcp(client, 40000, vip, port, "PA", seq=1001, ack=1, payload=b"x" * size)
        for size in (0, 7, 1400):
            k.tcp(server, 80, client, 40000, "PA", port="eth1", seq=1, ack=1001, payload=b"y" * size)
        measured(k)
    return scenario


def zeroed(vip, client, server, other):
    """-Z of one service leaves the other's counts and the total; -Z of all takes the total's, too."""
    def scenario(k):
        for port in (53, 54):
            service(k, vip, port, server, "-m", "u")
            k.ipvsadm(f"-a -u {at(vip, port)} -r {at(other, port)} -g")

        def load():
            for sport in range(3000, 3040):
                for port in (53, 54):
                    k.udp(client, sport, vip, port, b"x" * 500)
            measured(k)
        load()
        k.ipvsadm(f"-Z -u {at(vip, 53)}")
        measured(k)
        k.ipvsadm("-Ln --rate")
        load()
        k.ipvsadm("-Z")
        measured(k)
        k.proc("ip_vs_stats_percpu")
        load()
        k.ipvsadm(f"-Z -u {at(vip, 55)}")
        k.ipvsadm(f"-D -u {at(vip, 53)}")
        measured(k)
        k.ipvsadm(f"-d -u {at(vip, 54)} -r {at(server, 54)}")
        measured(k)
        k.ipvsadm("-C")
        measured(k)
    return scenario


def scenarios():
    for family, who in FAMILIES.items():
        for case in (errors, fragments, one_packet, templates, directions, zeroed):
            yield f"{case.__name__.replace('_', '-')}-{family}", case(*who)
    yield "refused-ipv4", refused

"""The synchronisation protocol in its corners: version 0, when a master tells again, and what a backup takes and does not."""
import socket
import struct

VIP, VIP6 = "172.25.254.200", "2001:db8:c::200"
CLIENT, SERVER, OTHER = "172.25.254.10", "192.168.0.10", "192.168.0.11"
CLIENT6, SERVER6 = "2001:db8:c::10", "2001:db8:5::a"
MASQUERADED, LOCAL, TUNNEL, DIRECT = 0, 1, 2, 3
NO_OUTPUT, INACTIVE, OUT_SEQ, IN_SEQ, NO_CPORT, TEMPLATE, ONE_PACKET = 0x80, 0x100, 0x200, 0x400, 0x800, 0x1000, 0x2000
TCP, UDP, SCTP = 6, 17, 132
# A master looks each second whether what it has is two seconds old.
FLUSH = 3.2


def message(entries, syncid=5, version=1, spare=0, count=None, size=None, reserved=0):
    body = b"".join(e + b"\0" * (-len(e) % 4) for e in entries[:-1]) + (entries[-1] if entries else b"")
    size = 8 + len(body) if size is None else size
    return struct.pack("!BBHBbH", reserved, syncid, size, len(entries) if count is None else count, version, spare) + body


def message0(entries, syncid=5, count=None):
    body = b"".join(entries)
    return struct.pack("!BBH", len(entries) if count is None else count, syncid, 4 + len(body)) + body


def entry(protocol, state, flags, ports, addresses, timeout, fwmark=0, version=0, options=b"", kind=None, size=None):
    six = ":" in addresses[0]
    kind = int(six) if kind is None else kind
    packed = b"".join(socket.inet_pton(socket.AF_INET6 if six else socket.AF_INET, a) for a in addresses)
    size = 24 + len(packed) + len(options) if size is None else size
    return struct.pack("!BBHIHHHHII", kind, protocol, version << 12 | size, flags, state, *ports, fwmark, timeout) + packed + options


def entry0(protocol, state, flags, ports, addresses, options=b""):
    return struct.pack("!BBHHH", 0, protocol, *ports) + b"".join(map(socket.inet_aton, addresses)) + struct.pack("!HH", flags, state) + options


def option(kind, data, length=None):
    return struct.pack("!BB", kind, len(data) if length is None else length) + data


def flow(port, vport=80, dport=8080, server=SERVER, client=CLIENT, vip=VIP):
    return (port, vport, dport), (client, vip, server)


def send(k, payload, note=None, group="224.0.0.81", port=8848, link="eth1", source="192.168.0.101", look=True):
    datagram = WIRE.udp_datagram(source, group, 8848, port, payload)
    address = socket.inet_pton(socket.AF_INET6 if ":" in group else socket.AF_INET, group)
    hardware = b"\x33\x33" + address[12:] if ":" in group else b"\x01\x00\x5e" + bytes([address[1] & 127]) + address[2:]
    frame = hardware + WIRE.mac("02:00:00:00:05:01") + (b"\x86\xdd" if ":" in group else b"\x08\0")
    k.raw(link, frame + WIRE.l3(source, group, 17, datagram, ttl=1), note=note)
    k.sleep(0.2)
    if look:
        k.ipvsadm("-Lnc")


def services(k, *more):
    k.ipvsadm(f"-A -t {VIP}:80 -s rr")
    k.ipvsadm(f"-a -t {VIP}:80 -r {SERVER}:8080 -m")
    k.ipvsadm(f"-A -t {VIP}:81 -s rr -p 100")
    k.ipvsadm(f"-a -t {VIP}:81 -r {SERVER}:81 -g")
    k.ipvsadm(f"-A -u {VIP}:53 -s rr")
    k.ipvsadm(f"-a -u {VIP}:53 -r {SERVER}:53 -i")
    k.ipvsadm(f"-A -t [{VIP6}]:80 -s rr")
    k.ipvsadm(f"-a -t [{VIP6}]:80 -r [{SERVER6}]:80 -g")
    for line in more:
        k.ipvsadm(line)


def master(k, options=""):
    k.ipvsadm(f"--start-daemon master --mcast-interface eth1 --syncid 5 {options}")


def backup(k, options="--syncid 5"):
    k.ipvsadm(f"--start-daemon backup --mcast-interface eth1 {options}")


def established(k, port, vport=80, packets=3):
    k.tcp(CLIENT, port, VIP, vport, "S")
    if vport == 80:
        k.tcp(SERVER, 8080, CLIENT, port, "SA", port="eth1", seq=5000, ack=1001)
    for i in range(packets - 1):
        k.tcp(CLIENT, port, VIP, vport, "A", seq=1001 + i, ack=5001)


def traffic(k):
    established(k, 40000)
    established(k, 40001, 81)
    for _ in range(4):
        k.udp(CLIENT, 3000, VIP, 53)
    k.connect(CLIENT6, 40000, VIP6, 80)
    k.tcp(CLIENT6, 40000, VIP6, 80, "PA", seq=1001, ack=5001, payload=b"x")
    k.sleep(FLUSH)
    k.tcp(CLIENT, 40000, VIP, 80, "FA", seq=1010, ack=5001)
    k.tcp(SERVER, 8080, CLIENT, 40000, "FA", port="eth1", seq=5001, ack=1011)
    k.tcp(CLIENT, 40000, VIP, 80, "A", seq=1011, ack=5002)
    k.tcp(CLIENT, 40001, VIP, 81, "R", seq=1010)
    k.sleep(FLUSH)
    k.ipvsadm("-Lnc")


def scenario_version_0(k):
    services(k)
    k.sysctl("sync_version", 0)
    master(k)
    traffic(k)


def scenario_versions_change(k):
    services(k)
    master(k)
    for n, version in enumerate((1, 0, 1, 1, 0, 0)):
        k.sysctl("sync_version", version)
        established(k, 40010 + n)
        k.sleep(0.1)
    k.sleep(FLUSH)


def scenario_short_datagrams(k):
    services(k)
    k.sysctl("sync_threshold", "1 0")
    master(k, "--sync-maxlen 100")
    for n in range(5):
        k.udp(CLIENT, 3000 + n, VIP, 53)
        k.sleep(0.1)
    k.sleep(FLUSH)
    k.connect(CLIENT6, 40000, VIP6, 80)
    k.udp(CLIENT, 3010, VIP, 53)
    k.sleep(0.1)
    k.sleep(FLUSH)
    k.ipvsadm("--stop-daemon master")
    k.ipvsadm("--start-daemon master --mcast-interface eth1 --syncid 7 --sync-maxlen 1")
    k.udp(CLIENT, 3020, VIP, 53)
    k.udp(CLIENT, 3021, VIP, 53)
    k.sleep(0.1)
    k.sleep(FLUSH)


def scenario_stopped_before_it_told(k):
    services(k)
    master(k)
    established(k, 40000)
    k.ipvsadm("--stop-daemon master")
    k.sleep(FLUSH)
    established(k, 40001)
    master(k)
    k.tcp(CLIENT, 40000, VIP, 80, "A", seq=1009, ack=5001)
    k.tcp(CLIENT, 40000, VIP, 80, "FA", seq=1010, ack=5001)
    k.sleep(FLUSH)


def thresholds(value, mode=0, packets=12):
    def scenario(k):
        services(k)
        k.sysctl("sync_threshold", value)
        k.sysctl("sync_persist_mode", mode)
        master(k)
        established(k, 40000, packets=packets)
        established(k, 40001, 81, packets=packets)
        established(k, 40002, 81, packets=2)
        for _ in range(packets):
            k.udp(CLIENT, 3000, VIP, 53)
        k.sleep(FLUSH)
        k.tcp(CLIENT, 40000, VIP, 80, "FA", seq=1010, ack=5001)
        k.tcp(CLIENT, 40001, VIP, 81, "FA", seq=1010, ack=5001)
        k.sleep(FLUSH)
    return scenario


def refresh(period, retries, threshold="3 50"):
    def scenario(k):
        services(k)
        k.sysctl("sync_refresh_period", period)
        k.sysctl("sync_retries", retries)
        k.sysctl("sync_threshold", threshold)
        k.ipvsadm("--set 60 20 30")
        master(k)
        established(k, 40000, packets=4)
        established(k, 40001, 81, packets=4)
        for second in range(14):
            k.udp(CLIENT, 3000, VIP, 53)
            k.tcp(CLIENT, 40000, VIP, 80, "A", seq=1010 + second, ack=5001)
            k.tcp(CLIENT, 40001, VIP, 81, "A", seq=1010 + second, ack=5001)
            k.sleep(FLUSH)
        k.tcp(CLIENT, 40000, VIP, 80, "FA", seq=1030, ack=5001)
        k.sleep(FLUSH)
    return scenario


def chunk(kind, body=b"", sport=5000, dport=80):
    data = struct.pack("!BBH", kind, 0, 4 + len(body)) + body
    packet = struct.pack("!HHII", sport, dport, 1, 0) + data
    crc = 0xffffffff
    for byte in packet:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return packet[:8] + struct.pack("<I", crc ^ 0xffffffff) + packet[12:]


def scenario_sctp(k):
    k.ipvsadm(f"-A --sctp-service {VIP}:80 -s rr")
    k.ipvsadm(f"-a --sctp-service {VIP}:80 -r {SERVER}:80 -m")
    master(k)
    ask = lambda kind, body=b"": k.frame("eth0", WIRE.l3(CLIENT, VIP, 132, chunk(kind, body, 5000, 80)))
    answer = lambda kind, body=b"": k.frame("eth1", WIRE.l3(SERVER, CLIENT, 132, chunk(kind, body, 80, 5000)))
    ask(1, b"\0" * 16)
    answer(2, b"\0" * 20)
    ask(10, b"\0" * 8)
    answer(11)
    for _ in range(3):
        ask(0, b"\0" * 16)
    k.sleep(FLUSH)
    ask(7, b"\0" * 4)
    answer(8)
    ask(14)
    k.sleep(FLUSH)
    k.ipvsadm("-Lnc")


def scenario_marks(k):
    k.mark(f"-d {VIP}/32 -p tcp --dport 80:82 -j MARK --set-mark 7")
    k.mark(f"-d {VIP}/32 -p tcp --dport 90:91 -j MARK --set-mark 8")
    k.mark(f"-d {VIP6}/128 -p tcp --dport 80:82 -j MARK --set-mark 9")
    k.ipvsadm("-A -f 7 -s rr")
    k.ipvsadm(f"-a -f 7 -r {SERVER}:0 -m")
    k.ipvsadm("-A -f 8 -s rr -p 100")
    k.ipvsadm(f"-a -f 8 -r {SERVER}:0 -g")
    k.ipvsadm("-A -f 9 -6 -s rr -p 100")
    k.ipvsadm(f"-a -f 9 -6 -r [{SERVER6}] -g")
    k.ipvsadm("-Ln")
    master(k)
    k.tcp(CLIENT, 40000, VIP, 80, "S")
    k.tcp(SERVER, 80, CLIENT, 40000, "SA", port="eth1", seq=5000, ack=1001)
    k.tcp(CLIENT, 40000, VIP, 80, "A", seq=1001, ack=5001)
    k.tcp(CLIENT, 40000, VIP, 80, "A", seq=1001, ack=5001)
    established(k, 40001, 90)
    established(k, 40002, 91)
    k.connect(CLIENT6, 40000, VIP6, 81)
    k.tcp(CLIENT6, 40000, VIP6, 81, "A", seq=1001, ack=5001)
    k.sleep(FLUSH)
    k.ipvsadm("-Lnc")


def scenario_sip(k):
    k.ipvsadm(f"-A -u {VIP}:5060 -s rr -p 100 --pe sip")
    k.ipvsadm(f"-a -u {VIP}:5060 -r {SERVER}:5060 -m")
    k.sysctl("sync_threshold", "1 0")
    master(k)
    for n, call in enumerate(("one@example.com", "b", "another-call-that-is-much-longer@host.example.org")):
        text = f"INVITE sip:a@b SIP/2.0\r\nCall-ID: {call}\r\nCSeq: 1 INVITE\r\n\r\n".encode()
        k.udp(CLIENT, 5060 + n, VIP, 5060, payload=text)
    k.sleep(FLUSH)
    k.sysctl("sync_version", 0)
    k.udp(CLIENT, 5070, VIP, 5060, payload=b"INVITE sip:a@b SIP/2.0\r\nCall-ID: old\r\nCSeq: 1 INVITE\r\n\r\n")
    k.sleep(FLUSH)


def scenario_one_packet(k):
    k.ipvsadm(f"-A -u {VIP}:53 -s rr -o")
    k.ipvsadm(f"-a -u {VIP}:53 -r {SERVER}:53 -g")
    k.ipvsadm(f"-A -u {VIP}:54 -s rr -o -p 100")
    k.ipvsadm(f"-a -u {VIP}:54 -r {SERVER}:54 -g")
    k.sysctl("sync_threshold", "1 0")
    master(k)
    for _ in range(3):
        k.udp(CLIENT, 3000, VIP, 53)
        k.udp(CLIENT, 3001, VIP, 54)
    k.sleep(FLUSH)
    k.ipvsadm("-Lnc")


def scenario_template_that_lives_on(k):
    k.ipvsadm(f"-A -t {VIP}:81 -s rr -p 4")
    k.ipvsadm(f"-a -t {VIP}:81 -r {SERVER}:81 -g")
    master(k)
    established(k, 40001, 81)
    k.sleep(FLUSH)
    k.sleep(5)
    k.ipvsadm("-Lnc")


def scenario_ipv6_group(k):
    services(k)
    master(k, "--mcast-group ff05::51 --mcast-ttl 4")
    established(k, 40000)
    k.sleep(FLUSH)
    backup(k, "--syncid 5 --mcast-group ff05::51")
    send(k, message([entry(TCP, 1, DIRECT, *flow(40000, 80, 80, SERVER6, CLIENT6, VIP6), 60)]), group="ff05::51", source="2001:db8:5::65")
    send(k, message([entry(TCP, 1, DIRECT, *flow(40001, 80, 80, SERVER6, CLIENT6, VIP6), 60)]), "another group", group="ff05::52", source="2001:db8:5::65")


def scenario_several_ports(k):
    services(k)
    k.sysctl("sync_ports", 2)
    backup(k)
    send(k, message([entry(TCP, 1, MASQUERADED, *flow(40000), 900)]))
    send(k, message([entry(TCP, 1, MASQUERADED, *flow(40001), 900)]), port=8849)
    send(k, message([entry(TCP, 1, MASQUERADED, *flow(40002), 900)]), "a port too many", port=8850)


def scenario_taken(k):
    services(k)
    backup(k)
    send(k, message([entry(TCP, 1, INACTIVE, *flow(40000), 900)]), "established and inactive")
    k.ipvsadm("-Ln")
    send(k, message([entry(TCP, 1, 0, *flow(40000), 900)]), "active now")
    k.ipvsadm("-Ln")
    send(k, message([entry(TCP, 7, INACTIVE, *flow(40001), 0)]), "a timeout of 0: its state's")
    send(k, message([entry(TCP, 0, INACTIVE, *flow(40002), 0)]), "the same in NONE")
    send(k, message([entry(UDP, 0, TUNNEL, *flow(3000, 53, 53), 0)]), "the same of UDP")
    send(k, message([entry(TCP, 1, TEMPLATE | DIRECT, *flow(0, 81, 81), 0)]), "the same of a template")
    send(k, message([entry(TCP, 1, 0, *flow(40003), 1000000)]), "a huge timeout")
    send(k, message([entry(TCP, 1, 0, *flow(40000), 7)]), "a shorter one")
    send(k, message([entry(TCP, 1, TEMPLATE | DIRECT, *flow(0, 81, 81), 50)]), "the template again")
    send(k, message([entry(TCP, 0, TEMPLATE | DIRECT, *flow(0, 81, 81), 51)]), "not assured any more")
    k.connect(CLIENT, 40010, VIP, 81)
    k.ipvsadm("-Lnc")
    k.ipvsadm("-Ln --persistent-conn")
    send(k, message([entry(TCP, 1, DIRECT, *flow(40000, 80, 80, SERVER6, CLIENT6, VIP6), 60)]), "IPv6")
    k.tcp(CLIENT6, 40000, VIP6, 80, "A", seq=1001, ack=5001)
    send(k, message([entry(TCP, 1, TEMPLATE | DIRECT, *flow(0, 80, 80, SERVER6, CLIENT6, VIP6), 60)]), "an IPv6 template")
    k.ipvsadm("-Ln")


def scenario_refused(k):
    services(k)
    backup(k)
    good = lambda port: entry(TCP, 1, 0, *flow(port), 900)
    send(k, message([entry(TCP, 11, 0, *flow(40000), 900), good(40001)]), "no such state; the next counts")
    send(k, message([entry(UDP, 1, 0, *flow(40002), 900), good(40003)]), "UDP has one")
    send(k, message([entry(1, 0, 0, *flow(40004), 900), good(40005)]), "ICMP")
    send(k, message([entry(TCP, 1, 0, *flow(40006), 900, kind=2), good(40007)]), "an unknown type ends it")
    send(k, message([entry(TCP, 1, 0, *flow(40008), 900, version=1), good(40009)]), "an unknown version of an entry, too")
    send(k, message([entry(TCP, 1, 0, *flow(40010), 900, size=35), good(40011)]), "an entry too short")
    send(k, message([entry(TCP, 1, 0, *flow(40012), 900, size=80)]), "an entry too long")
    send(k, message([good(40013), entry(TCP, 1, 0, *flow(40014), 900, kind=1)]), "IPv6 without room")
    send(k, message([good(40015)], count=2), "more entries than there are")
    send(k, message([good(40016), good(40017)], count=1), "fewer")
    send(k, message([good(40018)], size=40), "another size")
    send(k, message([good(40019)], version=2), "version 2 is read as version 0")
    send(k, message([good(40020)], spare=1), "so is a spare that is not 0")
    send(k, message([good(40021)], syncid=4), "another syncid")
    send(k, message([good(40022)])[:3], "three bytes")
    send(k, message([good(40023)], count=0), "no entries")
    send(k, message([good(40024)]), "another group", group="224.0.0.82")
    send(k, message([good(40025)]), "another port", port=8849)
    send(k, message([good(40026)]), "another interface", link="eth0", source="172.25.254.10")
    send(k, message([good(40027)]), "a good one")


def scenario_options(k):
    services(k, f"-A -u {VIP}:5060 -s rr -p 100 --pe sip", f"-a -u {VIP}:5060 -r {SERVER}:5060 -m")
    backup(k)
    sip = flow(0, 0, 5060)
    name, data = option(3, b"sip"), option(2, b"call@host")
    cases = [
        ("unknown and counts", 40000, 0, option(9, b"abcd"), TCP),
        ("unknown and may be ignored", 40001, 0, option(0x49, b"abcd"), TCP),
        ("empty", 40002, 0, option(0x49, b""), TCP),
        ("too long", 40003, 0, option(0x49, b"ab", 5), TCP),
        ("half", 40004, 0, b"\x49", TCP),
        ("sequence numbers", 40005, IN_SEQ | OUT_SEQ, option(1, struct.pack("!6I", 1000, 5, 0, 2000, 3, 1)), TCP),
        ("sequence numbers, too short", 40006, IN_SEQ, option(1, b"\0" * 23), TCP),
        ("sequence numbers twice", 40007, IN_SEQ, option(1, b"\0" * 24) * 2, TCP),
        ("an engine's name without data", 40008, 0, name, TCP),
        ("data without an engine", 40009, 0, data, TCP),
        ("an engine that is not there", 40010, 0, data + option(3, b"pop"), TCP),
        ("a name too long", 40011, 0, data + option(3, b"sip" + b"\0" * 14), TCP),
        ("a name with zeros behind it", 40012, 0, name + option(0x4a, b"x"), TCP),
        ("the last", 40013, 0, b"", TCP),
    ]
    for note, port, flags, options, protocol in cases:
        send(k, message([entry(protocol, 1, flags, *flow(port), 900, options=options), entry(TCP, 1, 0, *flow(port + 100), 900)]), note)
    for note, options in (("a call", data + name), ("another order", option(3, b"sip") + option(2, b"b")),
                          ("zeros behind the name", option(2, b"c") + option(3, b"sip\0\0")), ("another engine", option(2, b"d") + option(3, b"sap"))):
        send(k, message([entry(UDP, 0, TEMPLATE, (0, 5060, 5060), (CLIENT, VIP, SERVER), 100, options=options)]), note)
    k.udp(CLIENT, 5061, VIP, 5060, payload=b"INVITE sip:a@b SIP/2.0\r\nCall-ID: call@host\r\nCSeq: 1 INVITE\r\n\r\n")
    k.ipvsadm("-Lnc")


def scenario_another_server(k):
    services(k, f"-a -t {VIP}:80 -r {OTHER}:8080 -m")
    backup(k)
    send(k, message([entry(TCP, 1, 0, *flow(40000), 900)]))
    send(k, message([entry(TCP, 5, INACTIVE, *flow(40000, server=OTHER), 900)]), "inactive at another server: the last of an older one")
    k.ipvsadm("-Ln")
    send(k, message([entry(TCP, 1, 0, *flow(40000, server=OTHER), 800)]), "active at another server")
    k.ipvsadm("-Ln")
    send(k, message([entry(TCP, 1, 0, *flow(40000, dport=8081, server=OTHER), 700)]), "at another port")
    k.ipvsadm("-Ln")
    send(k, message([entry(TCP, 1, TEMPLATE | DIRECT, *flow(0, 81, 81), 100)]))
    send(k, message([entry(TCP, 1, TEMPLATE | DIRECT, *flow(0, 81, 81, OTHER), 100)]), "a template keeps its server")
    k.ipvsadm("-Ln --persistent-conn")


def scenario_server_comes_later(k):
    services(k)
    backup(k)
    later = lambda: message([entry(TCP, 1, TUNNEL, *flow(40000, server=OTHER), 900),
                             entry(TCP, 1, TEMPLATE | DIRECT, *flow(0, 81, 81, OTHER), 100)])
    send(k, later(), "to servers that are not there")
    k.ipvsadm("-Ln")
    k.ipvsadm(f"-a -t {VIP}:80 -r {OTHER}:8080 -m")
    k.ipvsadm(f"-a -t {VIP}:81 -r {OTHER}:81 -g")
    k.ipvsadm("-Ln")
    send(k, later(), "they are there now")
    k.ipvsadm("-Ln")
    k.ipvsadm("-Ln --persistent-conn")
    k.tcp(CLIENT, 40000, VIP, 80, "A", seq=1001, ack=5001)
    k.tcp(OTHER, 8080, CLIENT, 40000, "A", port="eth1", seq=5001, ack=1001)


def scenario_marked(k):
    k.mark(f"-d {VIP}/32 -p tcp --dport 80:82 -j MARK --set-mark 7")
    k.ipvsadm("-A -f 7 -s rr -p 100")
    k.ipvsadm(f"-a -f 7 -r {SERVER}:0 -g")
    k.ipvsadm(f"-A -t {VIP}:90 -s rr")
    k.ipvsadm(f"-a -t {VIP}:90 -r {SERVER}:90 -m")
    backup(k)
    send(k, message([entry(TCP, 1, DIRECT | NO_OUTPUT, *flow(40000, 80, 80), 900, fwmark=7)]))
    send(k, message([entry(0, 1, DIRECT | TEMPLATE, *flow(0, 0, 0, vip="0.0.0.7"), 100, fwmark=7)]))
    send(k, message([entry(TCP, 1, 0, *flow(40001, 90, 90), 900, fwmark=8)]), "a mark without a service: by its address")
    k.ipvsadm("-Ln")
    k.connect(CLIENT, 40002, VIP, 81)
    k.tcp(CLIENT, 40000, VIP, 80, "A", seq=1001, ack=5001)
    k.ipvsadm("-Lnc")


def scenario_service_goes(k):
    services(k)
    backup(k)
    send(k, message([entry(TCP, 1, 0, *flow(40000), 900)]))
    k.ipvsadm(f"-D -t {VIP}:80")
    send(k, message([entry(TCP, 4, INACTIVE, *flow(40000), 120)]), "its service has gone")
    k.ipvsadm(f"-A -t {VIP}:80 -s rr")
    k.ipvsadm(f"-a -t {VIP}:80 -r {SERVER}:8080 -m")
    send(k, message([entry(TCP, 1, 0, *flow(40000), 900)]), "and is back")
    k.ipvsadm("-Ln")
    k.tcp(CLIENT, 40000, VIP, 80, "A", seq=1001, ack=5001)


def scenario_backup_of_version_0(k):
    services(k)
    backup(k)
    send(k, message0([entry0(TCP, 1, 0, *flow(40000)), entry0(UDP, 0, TUNNEL, *flow(3000, 53, 53))]))
    send(k, message0([entry0(TCP, 1, TEMPLATE | DIRECT | 0x4000, *flow(0, 81, 81))]))
    send(k, message0([entry0(TCP, 1, IN_SEQ, *flow(40001), struct.pack("<6I", 1000, 5, 0, 0, 0, 0)), entry0(TCP, 1, 0, *flow(40002))]))
    send(k, message0([entry0(TCP, 1, ONE_PACKET, *flow(40003)), entry0(TCP, 1, 0, *flow(40004))]))
    send(k, message0([entry0(TCP, 99, 0, *flow(40005)), entry0(TCP, 1, 0, *flow(40006))]), "no such state")
    send(k, message0([entry0(TCP, 1, 0, *flow(40007))], count=2), "one too few")
    send(k, message0([entry0(TCP, 1, 0, *flow(40008)), entry0(TCP, 1, IN_SEQ, *flow(40009))]), "sequence numbers cut")
    send(k, message0([entry0(TCP, 1, 0, *flow(40010))], syncid=9), "another syncid")
    k.ipvsadm("-Ln")


def scenario_any_syncid(k):
    services(k)
    backup(k, "")
    send(k, message([entry(TCP, 1, 0, *flow(40000), 900)], syncid=9))
    send(k, message([entry(TCP, 1, 0, *flow(40001), 900)], syncid=0))


def scenario_awaiting_a_port(k):
    services(k)
    backup(k)
    send(k, message([entry(TCP, 9, NO_CPORT, *flow(0, 8020, 20), 120)]))
    send(k, message([entry(TCP, 1, 0, *flow(40000, 8020, 20), 900)]), "it is the one that was awaited")
    k.tcp(CLIENT, 40001, VIP, 8020, "S")
    k.ipvsadm("-Lnc")


def scenario_backup_only(k):
    services(k)
    k.sysctl("backup_only", 1)
    backup(k)
    send(k, message([entry(TCP, 1, 0, *flow(40000), 900)]))
    k.tcp(CLIENT, 40000, VIP, 80, "A", seq=1001, ack=5001, host=True)
    k.tcp(SERVER, 8080, CLIENT, 40000, "A", port="eth1", seq=5001, ack=1001)
    k.ipvsadm("--stop-daemon backup")
    k.tcp(CLIENT, 40000, VIP, 80, "A", seq=1001, ack=5001)


def scenario_both(k):
    services(k)
    backup(k)
    k.ipvsadm("--start-daemon master --mcast-interface eth1 --syncid 6")
    send(k, message([entry(TCP, 1, 0, *flow(40000), 900)]))
    k.tcp(CLIENT, 40000, VIP, 80, "A", seq=1001, ack=5001)
    k.tcp(CLIENT, 40000, VIP, 80, "A", seq=1001, ack=5001)
    k.tcp(CLIENT, 40000, VIP, 80, "FA", seq=1001, ack=5001)
    send(k, message([entry(TCP, 1, TEMPLATE | DIRECT, *flow(0, 81, 81), 100)]))
    established(k, 40001, 81)
    k.sleep(FLUSH)


def add(name, scenario):
    globals()[f"scenario_{name}"] = scenario


for number, value in enumerate(("3 50", "0 0", "2 5", "1 4", "5 0")):
    add(f"threshold_{value.replace(' ', '_')}", thresholds(value))
add("persist_mode", thresholds("3 50", 1))
add("persist_mode_5_0", thresholds("5 0", 1))
add("refresh_10", refresh(10, 0))
add("refresh_16_retried", refresh(16, 2))
add("refresh_20_without_period", refresh(20, 3, "3 0"))

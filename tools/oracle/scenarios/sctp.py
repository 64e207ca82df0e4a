"""SCTP: its states by chunk and direction, what may open an association, CRC32c, errors, persistence, time."""
import random
import struct

VIP, VIP6 = "172.25.254.200", "2001:db8:c::200"
CLIENT, CLIENT6 = "172.25.254.10", "2001:db8:c::10"
SERVER, SERVER6 = "192.168.0.10", "2001:db8:5::a"
PORT = 5000

DATA, INIT, INIT_ACK, SACK, HEARTBEAT, HEARTBEAT_ACK, ABORT, SHUTDOWN, SHUTDOWN_ACK, ERROR, COOKIE_ECHO, COOKIE_ACK = range(12)
ECNE, CWR, SHUTDOWN_COMPLETE = 12, 13, 14
AUTH, ASCONF, UNKNOWN = 15, 193, 255

# One chunk for each row of the state table, then some that count like DATA.
EVENTS = (DATA, INIT, INIT_ACK, COOKIE_ECHO, COOKIE_ACK, SHUTDOWN, SHUTDOWN_ACK, SHUTDOWN_COMPLETE, ERROR, ABORT)
LIKE_DATA = (SACK, HEARTBEAT, HEARTBEAT_ACK, ECNE, CWR, AUTH, ASCONF, UNKNOWN)

TABLE = []
for byte in range(256):
    for _ in range(8):
        byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    TABLE.append(byte)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def chunk(kind, body=b"", flags=0, length=None):
    """A chunk, padded; `length` says something else than the truth."""
    head = struct.pack("!BBH", kind, flags, 4 + len(body) if length is None else length)
    return head + body + bytes(-len(body) % 4)


def usual(kind):
    """A chunk of this type with what usually stands in it (RFC 9260 section 3.3)."""
    bodies = {
        DATA: struct.pack("!IHHI", 1, 0, 0, 0) + b"some data", INIT: struct.pack("!IIHHI", 0x1111, 65536, 10, 10, 1),
        INIT_ACK: struct.pack("!IIHHI", 0x2222, 65536, 10, 10, 1) + struct.pack("!HH", 7, 20) + b"a cookie of 16 B",
        SACK: struct.pack("!IIHH", 1, 65536, 0, 0), HEARTBEAT: struct.pack("!HH", 1, 8) + b"beat",
        HEARTBEAT_ACK: struct.pack("!HH", 1, 8) + b"beat", ABORT: b"", SHUTDOWN: struct.pack("!I", 1), SHUTDOWN_ACK: b"",
        ERROR: struct.pack("!HH", 3, 8) + bytes(4), COOKIE_ECHO: b"a cookie of 16 B", COOKIE_ACK: b"",
    }
    return chunk(kind, bodies.get(kind, b""))


def sctp(source, target, *chunks, tag=0x2222, crc=None):
    """A packet of these chunks, each a type or the bytes of a chunk."""
    body = b"".join(usual(c) if isinstance(c, int) else c for c in chunks)
    head = struct.pack("!HHI", source, target, tag)
    return head + struct.pack("<I", crc32c(head + bytes(4) + body) if crc is None else crc) + body


def unknown_protocol(frames):
    """Whether the director's own stack, which has no SCTP, says so."""
    kinds = [bytes.fromhex(f["hex"][46:48] + f["hex"][68:72] if f["hex"][24:28] == "0800" else f["hex"][40:42] + f["hex"][108:112])
             for f in frames]
    return bytes((1, 3, 2)) in kinds or bytes((58, 4, 1)) in kinds


def to_server(k, sport, *chunks, client=CLIENT, vip=VIP, port=PORT, crc=None, ip=None):
    packet = WIRE.l3(client, vip, 132, sctp(sport, port, *chunks, crc=crc), **(ip or {}))
    return k.frame("eth0", packet, host=unknown_protocol)


def to_client(k, sport, *chunks, client=CLIENT, server=SERVER, port=PORT, crc=None):
    return k.frame("eth1", WIRE.l3(server, client, 132, sctp(port, sport, *chunks, crc=crc)))


def service(k, how, scheduler="rr", vip=VIP, server=SERVER, server_port=PORT, options=""):
    vip, server = (f"[{a}]" if ":" in a else a for a in (vip, server))
    k.ipvsadm(f"-A --sctp-service {vip}:{PORT} -s {scheduler} {options}".strip())
    k.ipvsadm(f"-a --sctp-service {vip}:{PORT} -r {server}:{server_port} {how}")


def look(k):
    k.ipvsadm("-Lnc")
    k.ipvsadm("-Ln")


LIFE = (("c", INIT), ("s", INIT_ACK), ("c", COOKIE_ECHO), ("s", COOKIE_ACK), ("c", DATA), ("s", SACK), ("s", DATA),
        ("c", SACK), ("c", HEARTBEAT), ("s", HEARTBEAT_ACK), ("s", HEARTBEAT), ("c", HEARTBEAT_ACK), ("c", SHUTDOWN),
        ("s", SHUTDOWN_ACK), ("c", SHUTDOWN_COMPLETE))
ENDS = {
    "server-shuts-down": (("s", SHUTDOWN), ("c", SHUTDOWN_ACK), ("s", SHUTDOWN_COMPLETE)),
    "both-shut-down": (("c", SHUTDOWN), ("s", SHUTDOWN), ("c", SHUTDOWN_ACK), ("s", SHUTDOWN_ACK), ("c", SHUTDOWN_COMPLETE)),
    "client-aborts": (("c", ABORT), ("s", DATA), ("c", DATA)),
    "server-aborts": (("s", ABORT), ("c", DATA), ("s", DATA)),
}


def live(k, steps, sport=40000, **ends):
    client = {key: ends[key] for key in ("client", "vip") if key in ends}
    server = {key: ends[key] for key in ("client", "server", "port") if key in ends}
    for side, kind in steps:
        if side == "c":
            to_server(k, sport, kind, **client)
        else:
            to_client(k, sport, kind, **server)
        look(k)


def scenario_life_masqueraded(k):
    service(k, "-m")
    live(k, LIFE)
    k.sleep(2.2)
    k.ipvsadm("-Ln --stats")


def scenario_life_other_port(k):
    """The server has a port of its own, so the CRC changes."""
    service(k, "-m", server_port=6000)
    live(k, LIFE, port=6000)


def scenario_life_masqueraded_ipv6(k):
    service(k, "-m", vip=VIP6, server=SERVER6, server_port=6000)
    live(k, LIFE, client=CLIENT6, vip=VIP6, server=SERVER6, port=6000)


def scenario_life_direct_routing(k):
    service(k, "-g")
    live(k, [step for step in LIFE if step[0] == "c"])


def scenario_life_direct_routing_ipv6(k):
    service(k, "-g", vip=VIP6, server=SERVER6)
    live(k, [step for step in LIFE if step[0] == "c"], client=CLIENT6, vip=VIP6)


def scenario_life_tunnel(k):
    service(k, "-i")
    live(k, [step for step in LIFE if step[0] == "c"])


def scenario_life_tunnel_ipv6(k):
    service(k, "-i", vip=VIP6, server=SERVER6)
    live(k, [step for step in LIFE if step[0] == "c"], client=CLIENT6, vip=VIP6)


def scenario_ends(k):
    service(k, "-m")
    for number, steps in enumerate(ENDS.values()):
        live(k, LIFE[:4] + steps, 40000 + number)


# Chunks that lead a masqueraded association into each state, and one whose answers go another way.
REACH = {
    "INIT1": "c1", "INIT": "c1 c1", "COOKIE_SENT": "c1 s2", "COOKIE_REPLIED": "c1 s2 c10", "COOKIE_WAIT": "c1 s1",
    "COOKIE": "c1 s1 c2", "COOKIE_ECHOED": "c1 s1 c2 s10", "ESTABLISHED": "c1 s11", "SHUTDOWN_SENT": "c1 s11 s7",
    "SHUTDOWN_RECEIVED": "c1 s11 c7", "SHUTDOWN_ACK_SENT": "c1 s8", "REJECTED": "c1 s6", "CLOSED": "c1 c6",
}
REACH_ONE_WAY = {
    "INIT1": "c1", "INIT": "c1 c1", "COOKIE_ECHOED": "c1 c2", "ESTABLISHED": "c1 c10", "SHUTDOWN_RECEIVED": "c1 c10 c7",
    "CLOSED": "c1 c6", "NONE, COOKIE_WAIT": "",
}


def chunks(k, sport, steps):
    for step in steps.split():
        (to_server if step[0] == "c" else to_client)(k, sport, int(step[1:]))


def every_chunk(sides, reach):
    """Every chunk from either side in every state."""
    def scenario(k):
        k.sysctl("conn_reuse_mode", 0)
        k.sysctl("sloppy_sctp", 1)
        service(k, "-m" if "s" in sides else "-g")
        sport = 41000
        for state, steps in reach.items():
            for side in sides:
                for kind in EVENTS:
                    sport += 1
                    chunks(k, sport, f"{steps} {side}{kind}")
            k.ipvsadm("-Lnc")
        k.ipvsadm("-Ln")
    return scenario


def walk(how, length):
    """Chunks at random, to a few associations that live at the same time."""
    def scenario(k):
        rng = random.Random(f"{how}-{SEED}")
        service(k, how, server_port=PORT if how == "-g" else 6000)
        service_of = {"port": 6000}
        for _ in range(length):
            sport = rng.randrange(40000, 40006)
            kind = rng.choice(EVENTS + LIKE_DATA) if rng.random() < 0.7 else INIT
            if how == "-m" and rng.random() < 0.5:
                to_client(k, sport, kind, **service_of)
            else:
                to_server(k, sport, kind)
            if rng.random() < 0.3:
                k.ipvsadm("-Lnc")
        look(k)
    return scenario


def scenarios():
    yield "every-chunk-masqueraded", every_chunk("cs", REACH)
    yield "every-chunk-one-way", every_chunk("c", REACH_ONE_WAY)
    yield "walk-masqueraded", walk("-m", 200)
    yield "walk-direct-routing", walk("-g", 120)


def scenario_like_data(k):
    """Chunk types that the table does not know move no state but the very first."""
    k.sysctl("sloppy_sctp", 1)
    service(k, "-m")
    for number, kind in enumerate(LIKE_DATA):
        to_server(k, 40000 + number, kind)
        to_server(k, 41000 + number, INIT)
        to_server(k, 41000 + number, kind)
        to_client(k, 41000 + number, kind)
    look(k)


def scenario_opening(k):
    """What begins an association, and what is the host's."""
    service(k, "-m")
    for number, kind in enumerate(EVENTS + LIKE_DATA):
        to_server(k, 40000 + number, kind)
    look(k)
    k.sysctl("sloppy_sctp", 1)
    for number, kind in enumerate(EVENTS + LIKE_DATA):
        to_server(k, 41000 + number, kind)
    look(k)


def scenario_several_chunks(k):
    """The first chunk counts; an ABORT behind a COOKIE ECHO or COOKIE ACK does, too."""
    service(k, "-m")
    bundles = [(INIT, ABORT), (COOKIE_ECHO, DATA), (COOKIE_ECHO, ABORT), (COOKIE_ECHO, DATA, ABORT), (COOKIE_ACK, ABORT),
               (SACK, SHUTDOWN), (DATA, ABORT), (ERROR, ABORT), (SHUTDOWN, ABORT), (COOKIE_ACK, DATA), (SACK, ABORT)]
    for number, bundle in enumerate(bundles):
        if bundle[0] != INIT:
            chunks(k, 40000 + number, "c1 s2")
        to_server(k, 40000 + number, *bundle)
        chunks(k, 41000 + number, "c1 s2 c10")
        to_client(k, 41000 + number, *bundle)
    look(k)


def scenario_several_chunks_sloppy(k):
    k.sysctl("sloppy_sctp", 1)
    service(k, "-m")
    for number, bundle in enumerate([(COOKIE_ECHO, ABORT), (COOKIE_ACK, ABORT), (ABORT, INIT), (DATA, INIT)]):
        to_server(k, 40000 + number, *bundle)
    look(k)


def scenario_bad_chunks(k):
    """Chunks that contradict themselves, or are not there."""
    service(k, "-m")
    bad = [chunk(COOKIE_ECHO, b"cookie", length=0) + usual(ABORT), chunk(COOKIE_ECHO, b"cookie", length=3) + usual(ABORT),
           chunk(COOKIE_ECHO, length=4) + usual(ABORT), chunk(COOKIE_ECHO, length=6) + usual(ABORT),
           chunk(COOKIE_ECHO, b"cook", length=5) + usual(ABORT), chunk(COOKIE_ECHO, b"cookie", length=65535) + usual(ABORT),
           chunk(COOKIE_ECHO, b"cookie", length=65533) + usual(ABORT), chunk(COOKIE_ECHO) + b"\6", chunk(COOKIE_ECHO) + b"\6\0\0",
           chunk(DATA, length=0), chunk(SHUTDOWN, length=60000), b"\7", b"\7\0\0", b""]
    for number, body in enumerate(bad):
        chunks(k, 40000 + number, "c1 s2 c10")
        to_client(k, 40000 + number, body)
        chunks(k, 41000 + number, "c1 s2")
        to_server(k, 41000 + number, body)
    look(k)
    for body in (chunk(INIT, length=0), chunk(INIT, length=60000), b"\1", b"\1\0\0", b""):
        to_server(k, 42000, body)
    look(k)


def scenario_no_chunk_opens_nothing(k):
    service(k, "-g")
    k.sysctl("sloppy_sctp", 1)
    for body in (b"", b"\0", b"\0\0\0", b"\0\0\0\0"):
        to_server(k, 42000, body)
        k.ipvsadm("-Lnc")


def scenario_bad_crc(k):
    """Nobody looks at the CRC, and it stays where no port changes."""
    service(k, "-m")
    for kind, side in ((INIT, to_server), (INIT_ACK, to_client), (COOKIE_ECHO, to_server)):
        side(k, 40000, kind, crc=0x12345678)
    look(k)


def scenario_bad_crc_other_port(k):
    """The kernel makes a bad CRC good where a port changes."""
    service(k, "-m", server_port=6000)
    to_server(k, 40000, INIT, crc=0x12345678)
    to_client(k, 40000, INIT_ACK, crc=0x12345678, port=6000)
    to_server(k, 40000, COOKIE_ECHO)
    look(k)


def scenario_lengths(k):
    """The CRC after a change of ports, over packets of every length to the MTU and beyond."""
    service(k, "-m", server_port=6001)
    to_server(k, 40000, INIT)
    rng = random.Random(SEED)
    for length in [0, 1, 2, 3, 4, 5, 7, 8, 9, 255, 256, 257, 1000, 1456] + [rng.randrange(1456) for _ in range(6)]:
        to_server(k, 40000, chunk(DATA, struct.pack("!IHHI", 1, 0, 0, 0) + rng.randbytes(length))[:1468])
        to_client(k, 40000, chunk(DATA, struct.pack("!IHHI", 1, 0, 0, 0) + rng.randbytes(length))[:1468], port=6001)


def fragments(client, vip, packet, size, ident):
    return [WIRE.l3(client, vip, 132, packet[at:at + size], df=False, ident=ident, frag_offset=at, more=at + size < len(packet))
            for at in range(0, len(packet), size)]


def scenario_fragments(k):
    service(k, "-m", server_port=6000)
    to_server(k, 40000, INIT)
    big = chunk(DATA, struct.pack("!IHHI", 1, 0, 0, 0) + bytes(range(256)) * 12)
    for packet in fragments(CLIENT, VIP, sctp(40000, PORT, big), 1480, 7):
        k.frame("eth0", packet)
    for packet in fragments(SERVER, CLIENT, sctp(6000, 40000, big), 1480, 8):
        k.frame("eth1", packet)
    for packet in fragments(CLIENT, VIP, sctp(40001, PORT, INIT), 8, 9):
        k.frame("eth0", packet)
    look(k)


def scenario_fragments_direct_routing(k):
    service(k, "-g")
    big = chunk(DATA, struct.pack("!IHHI", 1, 0, 0, 0) + bytes(range(256)) * 12)
    to_server(k, 40000, INIT)
    for packet in fragments(CLIENT, VIP, sctp(40000, PORT, big), 1480, 7):
        k.frame("eth0", packet)
    look(k)


def scenario_too_big(k):
    service(k, "-m", server_port=6000)
    k.ipvsadm(f"-A --sctp-service {VIP}:5001 -s rr")
    k.ipvsadm(f"-a --sctp-service {VIP}:5001 -r {SERVER} -i")
    to_server(k, 40000, INIT)
    to_server(k, 40001, INIT, port=5001)
    big = chunk(DATA, struct.pack("!IHHI", 1, 0, 0, 0) + bytes(1440))
    to_server(k, 40000, big)
    to_server(k, 40001, big, port=5001)
    to_server(k, 40001, big, port=5001, ip={"df": False})


def scenario_icmp(k):
    """Errors about SCTP packets, from both sides."""
    service(k, "-m", server_port=6000)
    chunks(k, 40000, "c1")
    to_client(k, 40000, INIT_ACK, port=6000)
    forwarded = WIRE.l3(CLIENT, SERVER, 132, sctp(40000, 6000, DATA), ttl=63)
    answered = WIRE.l3(VIP, CLIENT, 132, sctp(PORT, 40000, DATA), ttl=63)
    for kind, code in ((3, 2), (3, 3), (3, 4), (11, 0), (4, 0)):
        rest = b"\0\0\5\x78" if code == 4 else bytes(4)
        k.icmp(SERVER, CLIENT, kind, code, rest, forwarded[:28], port="eth1")
        k.icmp("192.168.0.1", CLIENT, kind, code, rest, forwarded, port="eth1")
        k.icmp(CLIENT, VIP, kind, code, rest, answered[:28])
        k.icmp(CLIENT, VIP, kind, code, rest, answered)
    look(k)
    k.sleep(2.2)
    k.ipvsadm("-Ln --stats")


def scenario_icmp_direct_routing(k):
    service(k, "-g")
    chunks(k, 40000, "c1")
    answered = WIRE.l3(VIP, CLIENT, 132, sctp(PORT, 40000, DATA), ttl=63)
    for kind, code in ((3, 2), (3, 4)):
        k.icmp(CLIENT, VIP, kind, code, b"\0\0\5\x78", answered)


def scenario_icmp_ipv6(k):
    service(k, "-m", vip=VIP6, server=SERVER6, server_port=6000)
    to_server(k, 40000, INIT, client=CLIENT6, vip=VIP6)
    answered = WIRE.l3(VIP6, CLIENT6, 132, sctp(PORT, 40000, DATA), ttl=63)
    for kind, code, rest in ((1, 4, 0), (2, 0, 1300), (3, 0, 0), (4, 1, 40)):
        k.icmp(CLIENT6, VIP6, kind, code, struct.pack("!I", rest), answered)
    look(k)


def scenario_no_server(k):
    k.ipvsadm(f"-A --sctp-service {VIP}:{PORT} -s rr")
    to_server(k, 40000, INIT)
    to_server(k, 40000, DATA)
    look(k)


def scenario_again(k):
    """An INIT on an association that is closed begins a new one, as conn_reuse_mode says."""
    k.ipvsadm(f"-A --sctp-service {VIP}:{PORT} -s rr")
    for n in (10, 11):
        k.ipvsadm(f"-a --sctp-service {VIP}:{PORT} -r 192.168.0.{n}:{PORT} -g")
    for mode in (1, 0, 2):
        k.sysctl("conn_reuse_mode", mode)
        for steps in ("c1", "c1", "c10 c1", "c7 c1", "c6 c1", "c1 c10 c6 c0 c1"):
            chunks(k, 40000, steps)
            look(k)
    k.sysctl("expire_nodest_conn", 1)
    for n in (10, 11):
        k.ipvsadm(f"-e --sctp-service {VIP}:{PORT} -r 192.168.0.{n}:{PORT} -g -w 0")
    chunks(k, 40000, "c10 c0")
    k.ipvsadm(f"-e --sctp-service {VIP}:{PORT} -r 192.168.0.10:{PORT} -g -w 1")
    chunks(k, 40000, "c1 c10")
    look(k)


def scenario_persistent(k):
    k.ipvsadm(f"-A --sctp-service {VIP}:{PORT} -s rr -p 100 -M 255.255.255.0")
    for n in (10, 11):
        k.ipvsadm(f"-a --sctp-service {VIP}:{PORT} -r 192.168.0.{n}:6000 -m")
    for number, client in enumerate((CLIENT, "172.25.254.11", "10.1.1.1", "10.1.1.2")):
        to_server(k, 40000 + number, INIT, client=client)
        for n in (10, 11):
            to_client(k, 40000 + number, INIT_ACK, client=client, port=6000, server=f"192.168.0.{n}")
        look(k)
    to_server(k, 40000, COOKIE_ECHO)
    look(k)
    for n in (10, 11):
        to_client(k, 40000, COOKIE_ACK, port=6000, server=f"192.168.0.{n}")
    look(k)
    chunks(k, 40000, "c6 c1")
    look(k)
    k.ipvsadm("-Ln --persistent-conn")


def scenario_every_port(k):
    k.ipvsadm(f"-A --sctp-service {VIP}:0 -s rr -p 100")
    for n in (10, 11):
        k.ipvsadm(f"-a --sctp-service {VIP}:0 -r 192.168.0.{n}:0 -m")
    for port in (5000, 21, 7000):
        to_server(k, 40000, INIT, port=port)
        for n in (10, 11):
            to_client(k, 40000, INIT_ACK, port=port, server=f"192.168.0.{n}")
    to_server(k, 20, INIT)
    look(k)


def by_port(scheduler, flags):
    def scenario(k):
        k.ipvsadm(f"-A --sctp-service {VIP}:{PORT} -s {scheduler} -b {flags}")
        for n in (10, 11, 12):
            k.ipvsadm(f"-a --sctp-service {VIP}:{PORT} -r 192.168.0.{n}:{PORT} -g -w {n - 9}")
        for sport in range(40000, 40030):
            to_server(k, sport, INIT)
        k.ipvsadm("-Ln")
    return scenario


scenario_source_hashing_by_port = by_port("sh", "sh-port,sh-fallback")
scenario_maglev_by_port = by_port("mh", "mh-port,mh-fallback")


def scenario_time(k):
    """INIT1 and REJECTED are short, the others a minute and a second, ESTABLISHED 15 minutes whatever --set says."""
    k.ipvsadm("--set 5 5 5")
    service(k, "-m")
    chunks(k, 40000, "c1")
    chunks(k, 40001, "c1 s6")
    chunks(k, 40002, "c1 c1")
    chunks(k, 40003, "c1 s11")
    k.ipvsadm("-Lnc")
    k.sleep(2)
    chunks(k, 40001, "c0")
    k.ipvsadm("-Lnc")
    k.sleep(2.6)
    look(k)
    k.sleep(2)
    look(k)
    chunks(k, 40003, "c7")
    look(k)


def scenario_drop_packet(k):
    k.sysctl("am_droprate", 3)
    k.sysctl("drop_packet", 3)
    service(k, "-m")
    for number in range(9):
        to_server(k, 40000 + number, INIT)
        to_server(k, 40000 + number, DATA)
    look(k)


def scenario_secure_tcp_changes_nothing(k):
    k.sysctl("secure_tcp", 3)
    service(k, "-m")
    live(k, LIFE[:5])


def scenario_thresholds(k):
    k.ipvsadm(f"-A --sctp-service {VIP}:{PORT} -s wlc")
    for n in (10, 11):
        k.ipvsadm(f"-a --sctp-service {VIP}:{PORT} -r 192.168.0.{n}:{PORT} -g -x 3 -y 1")
    for sport in range(40000, 40008):
        chunks(k, sport, "c1 c10" if sport % 3 else "c1")
        k.ipvsadm("-Ln")


def scenario_server_gone(k):
    service(k, "-g")
    chunks(k, 40000, "c1 c10")
    k.ipvsadm(f"-d --sctp-service {VIP}:{PORT} -r {SERVER}:{PORT}")
    chunks(k, 40000, "c0")
    look(k)
    k.ipvsadm(f"-a --sctp-service {VIP}:{PORT} -r {SERVER}:{PORT} -g")
    chunks(k, 40000, "c0")
    look(k)


def scenario_commands(k):
    """The service in every listing."""
    service(k, "-m -w 3 -x 9 -y 5", scheduler="wrr", server_port=2905, options="-p 60")
    service(k, "-g", vip=VIP6, server=SERVER6)
    for kind in ("-t", "-u"):
        k.ipvsadm(f"-A {kind} {VIP}:{PORT} -s rr")
    chunks(k, 40000, "c1 c1")
    for args in ("-Ln", "-Lnc", "-Ln --thresholds", "-Ln --persistent-conn", "-Lnc --persistent-conn", "-Sn",
                 f"-Ln --sctp-service {VIP}:{PORT}", f"-Ln --sctp-service {VIP}:7", f"-Z --sctp-service {VIP}:{PORT}",
                 f"-E --sctp-service {VIP}:{PORT} -s lc", f"-A --sctp-service {VIP}:0 -s rr",
                 f"-A --sctp-service {VIP}:7000 -s rr -o", f"-A --sctp-service {VIP} -s rr",
                 f"-A --sctp-service {VIP}:no-such-port -s rr", f"-A -t {VIP}:1 --sctp-service {VIP}:2 -s rr",
                 f"-D --sctp-service {VIP}:{PORT}", f"-D --sctp-service {VIP}:{PORT}", "-Ln", "-C"):
        k.ipvsadm(args)
    k.ipvsadm("-R", stdin=f"-A --sctp-service {VIP}:{PORT} -s rr\n-a --sctp-service {VIP}:{PORT} -r {SERVER}:6000 -m -w 2\n")
    k.ipvsadm("-Sn")

"""FTP as ip_vs_ftp does it: data connections that follow their control connection, and the bytes that change for it."""
import struct

VIP, VIP6 = "172.25.254.200", "2001:db8:c::200"
CLIENT, CLIENT6 = "172.25.254.10", "2001:db8:c::10"
SERVER, SERVER6 = "192.168.0.10", "2001:db8:5::a"


def parts(frame):
    """The sequence number and payload of a frame that the director sent; of a later fragment nothing but its bytes."""
    data = bytes.fromhex(frame["hex"])
    if data[12:14] == b"\x08\0" and struct.unpack_from("!H", data, 20)[0] & 0x1FFF:
        return None, data[34:14 + struct.unpack_from("!H", data, 16)[0]]
    at = 54 if data[12:14] == b"\x86\xdd" else 14 + (data[14] & 15) * 4
    end = 54 + struct.unpack_from("!H", data, 18)[0] if at == 54 else 14 + struct.unpack_from("!H", data, 16)[0]
    seq = struct.unpack_from("!I", data, at + 4)[0]
    return seq, data[at + (data[at + 12] >> 4) * 4:end]


class Talk:
    """A TCP connection through the director, each side with the sequence numbers that it has seen."""

    def __init__(self, k, sport=40000, vip=VIP, port=21, client=CLIENT, server=SERVER, server_port=None, shake=True):
        self.k, self.client, self.sport, self.vip, self.port = k, client, sport, vip, port
        self.server, self.server_port = server, server_port or port
        self.c_next, self.s_next = 1000, 5000          # what each side sends next
        self.c_acks, self.s_acks = 0, 0                # what each side has seen of the other
        if shake:
            self.says(b"", "S")
            self.answers(b"", "SA")
            self.says(b"", "A")

    def says(self, payload, flags="PA", **kw):
        frames = self.k.tcp(self.client, self.sport, self.vip, self.port, flags, seq=self.c_next, ack=self.c_acks,
                            payload=payload, **kw)
        self.c_next += len(payload) + ("S" in flags) + ("F" in flags)
        for f in frames:
            if f["port"] == "eth1":
                seq, body = parts(f)
                self.s_acks = (self.s_acks if seq is None else seq) + len(body) + ("S" in flags) + ("F" in flags)
        return frames

    def answers(self, payload, flags="PA", lost=False, **kw):
        frames = self.k.tcp(self.server, self.server_port, self.client, self.sport, flags, port="eth1", seq=self.s_next,
                            ack=self.s_acks, payload=payload, **kw)
        self.s_next += len(payload) + ("S" in flags) + ("F" in flags)
        for f in frames:
            if f["port"] == "eth0" and not lost:
                seq, body = parts(f)
                self.c_acks = (self.c_acks if seq is None else seq) + len(body) + ("S" in flags) + ("F" in flags)
        return frames

    def ask(self, question, answer, **kw):
        """A command and its reply, each acknowledged."""
        self.says(question)
        self.answers(b"", "A")
        self.answers(answer, **kw)
        self.says(b"", "A")

    def close(self):
        self.says(b"", "FA")
        self.answers(b"", "FA")
        self.says(b"", "A")


def comma(address, port):
    return (address.replace(".", ",") + f",{port >> 8},{port & 255}").encode()


def entering(address, port, text=b"227 Entering Passive Mode (%s).\r\n"):
    return text % comma(address, port)


def extended(port):
    return b"229 Entering Extended Passive Mode (|||%d|)\r\n" % port


def service(k, how="-m", options="", server_port=21, vip=VIP, server=SERVER):
    if ":" in vip:
        # Connection tracking's own verification leaves a sum that IPVS then takes for a wrong one.
        WIRE.in_director("sysctl -qw net.netfilter.nf_conntrack_checksum=0")
    v = f"[{vip}]" if ":" in vip else vip
    s = f"[{server}]" if ":" in server else server
    k.ipvsadm(f"-A -t {v}:21 -s rr {options}")
    k.ipvsadm(f"-a -t {v}:21 -r {s}:{server_port} {how}")


def look(k):
    k.ipvsadm("-Lnc")
    k.ipvsadm("-Ln")


def counted(k):
    k.sleep(2.2)
    k.ipvsadm("-Ln --stats")


def login(k, **kw):
    talk = Talk(k, **kw)
    talk.answers(b"220 ready\r\n")
    talk.says(b"USER anonymous\r\n")
    talk.answers(b"331 password\r\n")
    return talk


def transfer(k, port, sport=41000, client=CLIENT, vip=VIP, server=SERVER):
    """A passive data connection: the server sends and closes."""
    data = Talk(k, sport=sport, port=port, client=client, vip=vip, server=server)
    look(k)
    data.answers(b"x" * 100)
    data.says(b"", "A")
    data.answers(b"", "FA")
    data.says(b"", "FA")
    data.answers(b"", "A")
    return data


def scenario_passive(k):
    service(k)
    talk = login(k)
    talk.ask(b"PASV\r\n", entering(SERVER, 30001))
    look(k)
    transfer(k, 30001)
    talk.ask(b"PASV\r\n", entering(SERVER, 31000))
    transfer(k, 31000, sport=41001)
    talk.answers(b"226 done\r\n")
    talk.says(b"QUIT\r\n")
    talk.answers(b"221 bye\r\n")
    talk.close()
    look(k)
    counted(k)


def scenario_extended_passive(k):
    service(k)
    talk = login(k)
    talk.ask(b"EPSV\r\n", extended(30001))
    look(k)
    transfer(k, 30001)
    for n, command in enumerate((b"EPSV 1\r\n", b"EPSV 2\r\n", b"EPSV ALL\r\n", b"epsv\r\n", b"EPSV \r\n", b"EPSV\n")):
        talk.ask(command, extended(30002 + n))
        k.ipvsadm("-Lnc")
    counted(k)


def scenario_extended_passive_ipv6(k):
    service(k, vip=VIP6, server=SERVER6)
    six = {"client": CLIENT6, "vip": VIP6, "server": SERVER6}
    talk = login(k, **six)
    talk.ask(b"EPSV\r\n", extended(30001))
    look(k)
    transfer(k, 30001, **six)
    for n, command in enumerate((b"EPSV 1\r\n", b"EPSV 2\r\n", b"PASV\r\n")):
        talk.ask(command, extended(30002 + n))
        k.ipvsadm("-Lnc")
    talk.close()
    counted(k)


def active(k, talk, command, port, sport=20, virtual=20):
    """The server opens the data connection to the client's port, and the client answers to the VIP's."""
    talk.says(command)
    look(k)
    client, vip, server = talk.client, talk.vip, talk.server
    k.tcp(server, sport, client, port, "S", port="eth1", seq=7000)
    k.ipvsadm("-Lnc")
    k.tcp(client, port, vip, virtual, "SA", seq=9000, ack=7001)
    k.tcp(server, sport, client, port, "A", port="eth1", seq=7001, ack=9001)
    k.tcp(server, sport, client, port, "PA", port="eth1", seq=7001, ack=9001, payload=b"y" * 50)
    k.tcp(client, port, vip, virtual, "A", seq=9001, ack=7051)
    look(k)
    k.tcp(server, sport, client, port, "FA", port="eth1", seq=7051, ack=9001)
    k.tcp(client, port, vip, virtual, "FA", seq=9001, ack=7052)
    k.tcp(server, sport, client, port, "A", port="eth1", seq=7052, ack=9002)
    talk.answers(b"226 done\r\n")


def scenario_active(k):
    service(k)
    talk = login(k)
    active(k, talk, b"PORT " + comma(CLIENT, 42000) + b"\r\n", 42000)
    active(k, talk, b"port " + comma(CLIENT, 42001) + b"\r\n", 42001)
    active(k, talk, b"EPRT |1|" + CLIENT.encode() + b"|42002|\r\n", 42002)
    counted(k)


def scenario_active_ipv6(k):
    service(k, vip=VIP6, server=SERVER6)
    talk = login(k, client=CLIENT6, vip=VIP6, server=SERVER6)
    active(k, talk, b"EPRT |2|" + CLIENT6.encode() + b"|42000|\r\n", 42000)
    active(k, talk, b"eprt !2!2001:0DB8:c:0:0:0:0:10!42001!\r\n", 42001)
    talk.says(b"PORT " + comma(CLIENT, 42000) + b"\r\n")
    talk.says(b"EPRT |1|" + CLIENT.encode() + b"|42002|\r\n")
    look(k)


def scenario_another_server_port(k):
    """The server listens elsewhere: its data comes from the port below, and the client still sees port 20."""
    service(k, server_port=2121)
    talk = login(k, server_port=2121)
    active(k, talk, b"PORT " + comma(CLIENT, 42000) + b"\r\n", 42000, sport=2120)
    talk.ask(b"PASV\r\n", entering(SERVER, 2121))
    talk.ask(b"PASV\r\n", entering(SERVER, 21))
    look(k)


def scenario_one_port_announced_again(k):
    """The same port twice: before its data connection came, and after."""
    service(k)
    talk = login(k)
    talk.ask(b"PASV\r\n", entering(SERVER, 30001))
    k.sleep(2)
    talk.ask(b"PASV\r\n", entering(SERVER, 30001))
    k.ipvsadm("-Lnc")
    transfer(k, 30001, sport=41000)
    talk.ask(b"EPSV\r\n", extended(30001))
    look(k)
    transfer(k, 30001, sport=41001)
    look(k)
    talk.says(b"PORT " + comma(CLIENT, 42000) + b"\r\n")
    k.sleep(2)
    talk.says(b"PORT " + comma(CLIENT, 42000) + b"\r\n")
    look(k)


ODD_REPLIES = (
    b"227 Entering Passive Mode 192,168,0,10,117,49\r\n",
    b"227 Entering Passive Mode ((192,168,0,10,117,50)\r\n",
    b"227 (192,168,0,10,117,51)",
    b"227 =192,168,0,10,117,52",
    b"227 =192,168,0,10,117,53 ",
    b"227-Entering Passive Mode (192,168,0,10,117,54)\r\n",
    b"227 Entering Passive Mode (192,168,0,10,117)\r\n",
    b"227 Entering Passive Mode (192,168,0,10,117,55,1)\r\n",
    b"227 Entering Passive Mode (192,168,0,10,117,0056)\r\n",
    b"227 Entering Passive Mode (,,,,,)\r\n",
    b"227 Entering Passive Mode (192,168,0,10,0,0)\r\n",
    b"227 Entering Passive Mode (192,168,0,11,117,57)\r\n",
    b"227 Entering Passive Mode (10,10,9,9,117,58)\r\n",
    b"227 Entering Passive Mode ( 192,168,0,10,117,59)\r\n",
    b"227 no address here\r\n",
    b"200 Entering Passive Mode (192,168,0,10,117,60)\r\n",
    b"500 no\r\n227 Entering Passive Mode (192,168,0,10,117,61)\r\n",
    b"227 Entering Passive Mode (192,168,0,10,117,62)\r\n226 and more (192,168,0,10,1,1)\r\n",
    b"229 Entering Extended Passive Mode (|||30000|)\r\n",
    b"22",
    b"227",
    b"",
)


def scenario_odd_replies(k):
    service(k)
    talk = login(k)
    for reply in ODD_REPLIES:
        talk.ask(b"PASV\r\n", reply)
        k.ipvsadm("-Lnc")


ODD_EXTENDED_REPLIES = (
    b"229 Entering Extended Passive Mode (|1|192.168.0.11|30001|)\r\n",
    b"229 Entering Extended Passive Mode (|2|2001:db8:5::a|30002|)\r\n",
    b"229 Entering Extended Passive Mode (||192.168.0.10|30003|)\r\n",
    b"229 Entering Extended Passive Mode (|1||30004|)\r\n",
    b"229 Entering Extended Passive Mode (!!!30005!)\r\n",
    b"229 Entering Extended Passive Mode |||30006|\r\n",
    b"229 Entering Extended Passive Mode (|||0|)\r\n",
    b"229 Entering Extended Passive Mode (|||65536|)\r\n",
    b"229 Entering Extended Passive Mode (|||30007)\r\n",
    b"229 Entering Extended Passive Mode (|||030008|)\r\n",
    b"229 Entering Extended Passive Mode (|||)\r\n",
    b"229 Entering Extended Passive Mode (((||30009|)\r\n",
    b"229 ((|||30010|",
    b"229 (\x20\x20\x2030011\x20)",
    b"229 (|1|192.168.0|30012|)\r\n",
    b"229 (|1|192.168.0.10.1|30012|)\r\n",
    b"229 (|1|192.168.00.010|30013|)\r\n",
    b"229 (|1|192.168.0.256|30014|)\r\n",
    b"229 (|1| 192.168.0.10|30015|)\r\n",
    b"227 Entering Passive Mode (192,168,0,10,117,62)\r\n",
)


def scenario_odd_extended_replies(k):
    service(k)
    talk = login(k)
    for reply in ODD_EXTENDED_REPLIES:
        talk.ask(b"EPSV\r\n", reply)
        k.ipvsadm("-Lnc")


ODD_COMMANDS = (
    b"PORT 172,25,254,10,164,1\r\n",
    b"PORT  172,25,254,10,164,2\r\n",
    b"PORT172,25,254,10,164,3\r\n",
    b"PORTS 172,25,254,10,164,4\r\n",
    b"PORT\t172,25,254,10,164,5\r\n",
    b"PORT 172,25,254,10,164,6",
    b"PORT 172,25,254,10,164\r\n",
    b"PORT 172,25,254,10,164,7,8\r\n",
    b"PORT 172,25,254,11,164,9\r\n",
    b"PORT 10,10,1,1,164,10\r\n",
    b"PORT 172,25,254,10,0,0\r\n",
    b"PORT x 172,25,254,10,164,11\r\n",
    b"NOOP\r\nPORT 172,25,254,10,164,12\r\n",
    b"PORT 172,25,254,10,164,13\r\nPORT 172,25,254,10,164,14\r\n",
    b"PORT 172,25,254,10,164,15\r\nLIST\r\n",
    b"EPRT |1|172.25.254.10|42100|\r\n",
    b"EPRT  |1|172.25.254.10|42101|\r\n",
    b"EPRT|1|172.25.254.10|42102|\r\n",
    b"EPRT |2|172.25.254.10|42103|\r\n",
    b"EPRT |2|2001:db8:c::10|42104|\r\n",
    b"EPRT ||172.25.254.10|42105|\r\n",
    b"EPRT |||42106|\r\n",
    b"EPRT |1|172.25.254.10|42107\r\n",
    b"EPRT |1|172.25.254.10|0|\r\n",
    b"EPRT |1|172.25.254.10||\r\n",
    b"EPRT $1$172.25.254.10$42108$\r\n",
    b"EPRT 11172.25.254.101421091\r\n",
    b"PO",
    b"NOOP\r\n",
)


def scenario_odd_commands(k):
    service(k)
    talk = login(k)
    for command in ODD_COMMANDS:
        talk.says(command)
        k.ipvsadm("-Lnc")


def scenario_numbers_too_large(k):
    """This kernel lets them overflow; later ones do not take them."""
    service(k)
    talk = login(k)
    for host, port in (("192,168,0,300", "117,56"), (SERVER.replace(".", ","), "999,56")):
        talk.ask(b"PASV\r\n", f"227 ({host},{port})\r\n".encode())
    talk.ask(b"EPSV\r\n", extended(95542))
    talk.says(b"PORT 172,25,254,10,256,1\r\n")
    talk.says(b"EPRT |1|172.25.254.10|107636|\r\n")
    k.ipvsadm("-Lnc")


SPLIT = (
    (b"PAS", b"V\r\n"), (b"PASV", b"\r\n"), (b"PASV\n",), (b"  PASV\r\n",), (b"NOOP\r\nPASV\r\n",), (b"pAsV\r\n",),
    (b"PASV\r\nNOOP\r\n",), (b"EPSV\r\nPASV\r\n",), (b"PASV\r\nEPSV\r\n",), (b"xPASV\r\n",), (b"PASV \r\n",),
    (b"PASV\r\n", b"PORT 172,25,254,10,164,1\r\n"), (b"PASV\r\n", b"NOOP\r\n"), (b"PASV\r\n", b"EPSV 2\r\n"),
)


def scenario_commands_in_pieces(k):
    """Which commands arm the director for the reply, whole, in pieces, and behind others."""
    service(k)
    talk = login(k)
    for n, pieces in enumerate(SPLIT):
        for piece in pieces:
            talk.says(piece)
        talk.answers(entering(SERVER, 30000 + n))
        talk.answers(extended(30100 + n))
        k.ipvsadm("-Lnc")


def scenario_reply_in_pieces(k):
    service(k)
    talk = login(k)
    whole = entering(SERVER, 30001)
    talk.says(b"PASV\r\n")
    talk.answers(whole[:20])
    talk.answers(whole[20:])
    k.ipvsadm("-Lnc")
    talk.answers(b"226 later\r\n")
    talk.answers(entering(SERVER, 30002))
    talk.answers(entering(SERVER, 30003))
    k.ipvsadm("-Lnc")


def scenario_lengths(k):
    """Replies that grow and shrink, and what is counted of them."""
    service(k)
    talk = login(k)
    for n, reply in enumerate((b"227 (192,168,0,10,004,0001)\r\n", b"227 (192,168,0,10,1,1)\r\n",
                               b"227 (0192,000000168,000,0010,0117,00048)\r\n", b"227 (192,168,0,10,255,255)\r\n")):
        talk.ask(b"PASV\r\n", reply)
        talk.ask(b"NOOP\r\n", b"200 still here\r\n")
    talk.ask(b"EPSV\r\n", b"229 (|1|192.168.0.10|30001|)\r\n")
    talk.ask(b"NOOP\r\n", b"200 still here\r\n")
    counted(k)
    talk.close()
    counted(k)


def sack(*blocks):
    return b"\x01\x01\x05" + bytes([2 + 8 * len(blocks)]) + b"".join(struct.pack("!II", *b) for b in blocks)


def scenario_sequence_numbers(k):
    """Old and new segments on either side of the rewritten one, acknowledgements within it, and SACK."""
    service(k)
    talk = login(k)
    talk.says(b"PASV\r\n")
    first = talk.s_next
    reply = entering(SERVER, 30001)
    talk.answers(reply)
    talk.answers(b"150 one\r\n")
    talk.answers(b"226 two\r\n")

    def server(seq, payload, **kw):
        k.tcp(SERVER, 21, CLIENT, 40000, "PA", port="eth1", seq=seq, ack=talk.s_acks, payload=payload, **kw)

    def client(ack, **kw):
        k.tcp(CLIENT, 40000, VIP, 21, "A", seq=talk.c_next, ack=ack, **kw)

    server(first - 14, b"331 password\r\n")
    server(first + len(reply), b"150 one\r\n")
    server(first + len(reply) + 9, b"226 two\r\n")
    server(first + 1, b"27 half of it")
    grown = talk.c_acks - talk.s_next
    for ack in (first - 14, first, first + 1, first + 20, first + len(reply), first + len(reply) + grown,
                first + len(reply) + grown + 9, talk.c_acks):
        client(ack)
    after = first + len(reply) + grown
    client(first, options=sack((after, after + 9)))
    client(first, options=sack((after + 9, after + 18), (after, after + 9)))
    client(first - 14, options=sack((first, after)))
    client(first, options=b"\x01\x01\x08\x0a" + struct.pack("!II", 1, 2))
    client(first, options=b"\x01\x01\x08\x0a" + struct.pack("!II", 1, 2) + sack((after, after + 9)))
    talk.says(b"EPSV\r\n")
    second = talk.s_next
    talk.answers(extended(30002))
    reply = b"229 (|1|192.168.0.10|30003|)\r\n"
    talk.says(b"EPSV\r\n")
    talk.answers(reply)
    server(second - 9, b"226 two\r\n")
    server(second, b"nothing of the sort")
    server(talk.s_next, b"200 last\r\n")
    for ack in (after, after + 18, talk.c_acks - 10, talk.c_acks):
        client(ack)
    k.tcp(SERVER, 21, CLIENT, 40000, "A", port="eth1", seq=talk.s_next, ack=talk.s_acks,
          options=sack((talk.s_acks + 5, talk.s_acks + 10)))
    k.tcp(SERVER, 21, CLIENT, 40000, "PAU", port="eth1", seq=talk.s_next, ack=talk.s_acks, payload=b"!")
    k.tcp(SERVER, 21, CLIENT, 40000, "RA", port="eth1", seq=talk.s_next + 1, ack=talk.s_acks)


def scenario_reply_sent_again(k):
    """The reply is lost on its way to the client, and the server sends it once more."""
    service(k)
    talk = login(k)
    talk.says(b"PASV\r\n")
    first = talk.s_next
    reply = entering(SERVER, 30001)
    talk.answers(reply, lost=True)
    talk.s_next = first
    talk.answers(reply)
    talk.says(b"", "A")
    k.ipvsadm("-Lnc")


def scenario_bad_checksums(k):
    service(k)
    talk = login(k)

    def spoiled(src, dst, sport, dport, payload, seq, ack, port):
        segment = bytearray(WIRE.tcp_segment(src, dst, sport, dport, "PA", seq=seq, ack=ack, payload=payload))
        segment[16] ^= 0x55
        k.frame(port, WIRE.l3(src, dst, 6, bytes(segment)), note="bad TCP checksum")

    spoiled(CLIENT, VIP, 40000, 21, b"PASV\r\n", talk.c_next, talk.c_acks, "eth0")
    spoiled(SERVER, CLIENT, 21, 40000, b"200 ok\r\n", talk.s_next, talk.s_acks, "eth1")
    spoiled(CLIENT, VIP, 40000, 21, b"", talk.c_next, talk.c_acks, "eth0")
    talk.answers(entering(SERVER, 30001))
    k.ipvsadm("-Lnc")
    counted(k)


def scenario_states(k):
    """The director reads commands and replies only while the control connection is established."""
    service(k)
    talk = Talk(k, shake=False)
    talk.says(b"", "S")
    talk.answers(b"", "SA")
    talk.answers(entering(SERVER, 30001))
    talk.says(b"PASV\r\n")
    talk.answers(entering(SERVER, 30002))
    talk.says(b"PASV\r\n", "FPA")
    talk.answers(entering(SERVER, 30003))
    look(k)
    talk = login(k, sport=40001)
    talk.says(b"PASV\r\n")
    talk.answers(entering(SERVER, 30004), "FPA")
    look(k)


def scenario_first_packet_of_data(k):
    """What fills in the client's port, and what then comes from another port."""
    service(k)
    talk = login(k)
    talk.ask(b"PASV\r\n", entering(SERVER, 30001))
    k.tcp(CLIENT, 41000, VIP, 30001, "A", seq=1, ack=1, note="not even a SYN")
    look(k)
    k.tcp(CLIENT, 41001, VIP, 30001, "S", host=True, note="the expected one came")
    k.tcp("172.25.254.11", 41001, VIP, 30001, "S", host=True, note="another client")
    talk.ask(b"PASV\r\n", entering(SERVER, 30002))
    k.udp(CLIENT, 41002, VIP, 30002, host=True)
    k.tcp(CLIENT, 41002, VIP, 30002, "R")
    look(k)


def scenario_persistent_masqueraded(k):
    service(k, options="-p 60")
    k.ipvsadm(f"-a -t {VIP}:21 -r 192.168.0.11:21 -m")
    talk = login(k, server="192.168.0.11")
    talk.ask(b"PASV\r\n", entering("192.168.0.11", 30001))
    look(k)
    transfer(k, 30001, server="192.168.0.11")
    k.tcp(CLIENT, 41005, VIP, 30009, "S", note="a port nobody announced")
    k.tcp("172.25.254.11", 41005, VIP, 30009, "S", note="a client without a control connection")
    active(k, talk, b"PORT " + comma(CLIENT, 42000) + b"\r\n", 42000)
    k.tcp(CLIENT, 42001, VIP, 20, "S")
    look(k)


def direct(how):
    def scenario(k):
        service(k, how=how, options="-p 60")
        k.ipvsadm(f"-a -t {VIP}:21 -r 192.168.0.11:21 {how}")
        for n in (10, 11):
            client = f"172.25.254.{n}"
            k.connect(client, 40000, VIP, 21)
            k.tcp(client, 40000, VIP, 21, "PA", seq=1001, ack=5001, payload=b"PASV\r\n")
            k.connect(client, 41000, VIP, 30001)
            k.tcp(client, 40000, VIP, 21, "PA", seq=1007, ack=5001, payload=b"PORT " + comma(client, 42000) + b"\r\n")
            k.tcp(client, 42000, VIP, 20, "SA", seq=1, ack=1, host=True)
            k.connect(client, 41001, VIP, 20)
            k.tcp(client, 41002, VIP, 1023, "S", host=True)
            k.connect(client, 41003, VIP, 1024)
            look(k)
    return scenario


def scenarios():
    yield "persistent-direct", direct("-g")
    yield "persistent-tunnel", direct("-i")
    yield "marked", marked("")
    yield "marked-persistent", marked("-p 60")


def scenario_not_persistent_direct(k):
    service(k, how="-g")
    k.connect(CLIENT, 40000, VIP, 21)
    k.tcp(CLIENT, 40000, VIP, 21, "PA", seq=1001, ack=5001, payload=b"PORT " + comma(CLIENT, 42000) + b"\r\n")
    k.tcp(CLIENT, 41000, VIP, 30001, "S", host=True)
    look(k)


def scenario_not_established_by_the_service(k):
    """Other ways to port 21: a service of every port, and a masqueraded server whose own port is 21."""
    k.ipvsadm(f"-A -t {VIP}:0 -s rr -p 60")
    k.ipvsadm(f"-a -t {VIP}:0 -r {SERVER}:0 -m")
    talk = login(k)
    talk.ask(b"NOOP\r\n", b"200 ok\r\n")
    talk.says(b"PORT " + comma(CLIENT, 42000) + b"\r\n")
    look(k)
    k.ipvsadm("-C")
    k.ipvsadm(f"-A -t {VIP}:2121 -s rr")
    k.ipvsadm(f"-a -t {VIP}:2121 -r {SERVER}:21 -m")
    talk = login(k, sport=40001, port=2121, server_port=21)
    talk.ask(b"PASV\r\n", entering(SERVER, 30002))
    talk.says(b"PORT " + comma(CLIENT, 42001) + b"\r\n")
    look(k)


def scenario_passive_under_every_port(k):
    k.ipvsadm(f"-A -t {VIP}:0 -s rr -p 60")
    k.ipvsadm(f"-a -t {VIP}:0 -r {SERVER}:0 -m")
    talk = login(k)
    talk.ask(b"PASV\r\n", entering(SERVER, 30001))
    look(k)


def scenario_lifetimes(k):
    """A control connection outlives the data connections that it controls."""
    k.ipvsadm("--set 2 1 1")
    service(k)
    talk = login(k)
    talk.ask(b"PASV\r\n", entering(SERVER, 30001))
    k.sleep(4)
    k.ipvsadm("-Lnc")
    talk.ask(b"NOOP\r\n", b"200 ok\r\n")
    k.ipvsadm("-Lnc")
    k.tcp(CLIENT, 41000, VIP, 30001, "S")
    k.tcp(CLIENT, 41000, VIP, 30001, "R", seq=1001)
    k.ipvsadm("-Lnc")
    k.sleep(11)
    k.ipvsadm("-Lnc")
    k.sleep(4)
    k.ipvsadm("-Lnc")


def scenario_control_begins_anew(k):
    """A SYN on a control connection that is over, while it controls a data connection."""
    service(k)
    talk = login(k)
    talk.ask(b"PASV\r\n", entering(SERVER, 30001))
    talk.close()
    look(k)
    Talk(k)
    look(k)
    k.tcp(CLIENT, 41000, VIP, 30001, "S")
    look(k)


def scenario_server_goes(k):
    service(k)
    talk = login(k)
    talk.ask(b"PASV\r\n", entering(SERVER, 30001))
    talk.says(b"PORT " + comma(CLIENT, 42000) + b"\r\n")
    k.ipvsadm(f"-d -t {VIP}:21 -r {SERVER}:21")
    look(k)
    k.tcp(CLIENT, 41000, VIP, 30001, "S")
    talk.answers(b"200 still here\r\n")
    k.tcp(SERVER, 20, CLIENT, 42000, "S", port="eth1", seq=7000)
    look(k)
    k.ipvsadm(f"-a -t {VIP}:21 -r {SERVER}:21 -m")
    k.tcp(CLIENT, 41000, VIP, 30001, "S")
    talk.says(b"NOOP\r\n")
    look(k)


def scenario_thresholds(k):
    """Data connections count, but no threshold stops them."""
    k.ipvsadm(f"-A -t {VIP}:21 -s rr")
    k.ipvsadm(f"-a -t {VIP}:21 -r {SERVER}:21 -m -x 2 -y 1")
    talk = login(k)
    talk.ask(b"PASV\r\n", entering(SERVER, 30001))
    k.tcp(CLIENT, 40009, VIP, 21, "S")
    talk.ask(b"PASV\r\n", entering(SERVER, 30002))
    k.tcp(CLIENT, 41000, VIP, 30001, "S")
    look(k)
    counted(k)


def scenario_two_clients_one_port(k):
    """Two control connections of one client and two servers that announce the same port."""
    service(k)
    k.ipvsadm(f"-a -t {VIP}:21 -r 192.168.0.11:21 -m")
    first = login(k, sport=40000, server="192.168.0.11")
    second = login(k, sport=40001, server=SERVER)
    first.ask(b"PASV\r\n", entering("192.168.0.11", 30001))
    second.ask(b"PASV\r\n", entering(SERVER, 30001))
    look(k)
    k.tcp(CLIENT, 41000, VIP, 30001, "S")
    k.tcp(CLIENT, 41001, VIP, 30001, "S")
    look(k)


def scenario_icmp(k):
    """Errors about data connections, and about rewritten segments."""
    service(k)
    talk = login(k)
    talk.ask(b"PASV\r\n", entering(SERVER, 30001))
    k.tcp(CLIENT, 41000, VIP, 30001, "S")
    inner = WIRE.l3(VIP, CLIENT, 6, WIRE.tcp_segment(VIP, CLIENT, 30001, 41000, "SA", seq=1, ack=2))
    k.icmp(CLIENT, VIP, 3, 4, struct.pack("!HH", 0, 1400), inner[:28])
    inner = WIRE.l3(VIP, CLIENT, 6, WIRE.tcp_segment(VIP, CLIENT, 21, 40000, "PA", seq=talk.c_acks, ack=2, payload=b"x"))
    k.icmp(CLIENT, VIP, 3, 4, struct.pack("!HH", 0, 1400), inner[:28])
    inner = WIRE.l3(CLIENT, SERVER, 6, WIRE.tcp_segment(CLIENT, SERVER, 41000, 30001, "S", seq=1000))
    k.icmp(SERVER, CLIENT, 3, 4, struct.pack("!HH", 0, 1400), inner[:28], port="eth1")


def large(k, sizes, **kw):
    service(k)
    talk = login(k)
    short = b"227 (1,1,1,1,1,1)"
    for size in sizes:
        talk.ask(b"PASV\r\n", short + b"." * (size - len(short) - 2) + b"\r\n", **kw)
    k.ipvsadm("-Lnc")


def scenario_large_replies(k):
    """The rewritten reply just fits."""
    large(k, (1447, 1453))


def scenario_replies_that_grow_too_large(k):
    large(k, (1454, 1460))


def scenario_replies_that_are_fragmented(k):
    large(k, (1454, 1460), ip={"df": False})


def marked(options):
    def scenario(k):
        """A service by mark is none of port 21: another has to switch connection tracking on, by which IPVS rewrites."""
        service(k, vip="172.25.254.201")
        k.mark(f"-d {VIP} -p tcp --dport 21 -j MARK --set-mark 21")
        k.ipvsadm(f"-A -f 21 -s rr {options}")
        for n in (10, 11):
            k.ipvsadm(f"-a -f 21 -r 192.168.0.{n} -m")
        talk = login(k, server="192.168.0.11")
        talk.ask(b"PASV\r\n", entering("192.168.0.11", 30001))
        look(k)
        transfer(k, 30001, server="192.168.0.11")
        active(k, talk, b"PORT " + comma(CLIENT, 42000) + b"\r\n", 42000)
        k.tcp(CLIENT, 41005, VIP, 30009, "S", host=True, note="a port nobody announced")
        talk.close()
        look(k)
    return scenario


def scenario_control_begins_anew_in_other_states(k):
    """A SYN on a control connection that is over, or as good as over, while it controls a data connection."""
    service(k)
    k.sysctl("conn_reuse_mode", 3)
    for n, (sport, flags) in enumerate(((40000, "R"), (40001, "FA"), (40002, ""))):
        talk = login(k, sport=sport)
        talk.ask(b"PASV\r\n", entering(SERVER, 30001 + n))
        if flags:
            talk.says(b"", flags)
        look(k)
        k.tcp(CLIENT, sport, VIP, 21, "S", seq=77000)
        look(k)
        k.tcp(CLIENT, 41000 + n, VIP, 30001 + n, "S")
        look(k)
    k.sysctl("expire_nodest_conn", 1)
    k.ipvsadm(f"-e -t {VIP}:21 -r {SERVER}:21 -m -w 0")
    k.tcp(CLIENT, 40002, VIP, 21, "S", seq=88000)
    look(k)

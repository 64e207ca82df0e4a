"""Persistence by SIP call: what of a datagram is taken for its Call-ID, what a template stands for, and servers that call."""

VIP, VIP6 = "172.25.254.200", "2001:db8:c::200"
CLIENTS = [f"172.25.254.{n}" for n in range(10, 16)]
CLIENTS6 = [f"2001:db8:c::{n:x}" for n in range(16, 20)]


def servers(k, service, port="", how="-g", ns=(10, 11, 12)):
    for n in ns:
        k.ipvsadm(f"-a {service} -r 192.168.0.{n}{port} {how}")


def listing(k):
    k.ipvsadm("-Ln --persistent-conn")
    k.ipvsadm("-Lnc")
    k.ipvsadm("-Lnc --persistent-conn")


def invite(call, header="Call-ID"):
    return f"INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP x\r\n{header}: {call}\r\nCSeq: 1 INVITE\r\n\r\n".encode("latin-1")


FORMS = (
    # Where the header may stand, and what a message begins with: anything at all.
    b"INVITE sip:b@x SIP/2.0\r\nCall-ID: request@a\r\n\r\n",
    b"SIP/2.0 200 OK\r\nCall-ID: status@a\r\n\r\n",
    b"anything\r\nCall-ID: anything@a\r\n\r\n",
    b"\r\nCall-ID: emptyline@a\r\n\r\n",
    b"Call-ID: firstline@a\r\n\r\n",
    b"INVITE\nCall-ID: linefeed@a\n\n",
    b"INVITE\rCall-ID: return@a\r\r",
    b"INVITE\n\nCall-ID: twolinefeeds@a\n",
    b"INVITE\n\n\nCall-ID: threelinefeeds@a\n",
    b"INVITE\n\rCall-ID: wrongorder@a\n",
    b"INVITE\r\n\r\nCall-ID: body@a\r\n",
    b"INVITE\r\nCSeq: 1\r\nFrom: x\r\nCall-ID: later@a\r\n\r\n",
    b"INVITE\r\nCall-ID: one@a\r\nCall-ID: two@a\r\n\r\n",
    # The name.
    b"INVITE\r\ncall-id: lower@a\r\n\r\n",
    b"INVITE\r\nCALL-ID: upper@a\r\n\r\n",
    b"INVITE\r\ni: compact@a\r\n\r\n",
    b"INVITE\r\nI: compactupper@a\r\n\r\n",
    b"INVITE\r\ni : compactblank@a\r\n\r\n",
    b"INVITE\r\nix: compactmore@a\r\n\r\n",
    b"INVITE\r\ni4: compactdigit@a\r\n\r\n",
    b"INVITE\r\ni\xe4: compactlatin@a\r\n\r\n",
    b"INVITE\r\nCall-ID : blank@a\r\n\r\n",
    b"INVITE\r\nCall-ID\t:\ttab@a\r\n\r\n",
    b"INVITE\r\nCall-ID:none@a\r\n\r\n",
    b"INVITE\r\nCall-ID:    many@a\r\n\r\n",
    b"INVITE\r\nCall-IDs: plural@a\r\nCall-ID: afterplural@a\r\n\r\n",
    b"INVITE\r\nCall-ID nocolon@a\r\nCall-ID: afternocolon@a\r\n\r\n",
    b"INVITE\r\n Call-ID: indented@a\r\n\r\n",
    b"INVITE\r\nX-Call-ID: other@a\r\n\r\n",
    # Lines that go on.
    b"INVITE\r\nCall-ID:\r\n folded@a\r\n\r\n",
    b"INVITE\r\nCall-ID\r\n : foldedname@a\r\n\r\n",
    b"INVITE\r\nCall-ID: \r\n\t foldedmore@a\r\n\r\n",
    b"INVITE\r\nCall-ID:\n foldedlf@a\n\n",
    b"INVITE\r\nCall-ID:\r\n \r\n foldedtwice@a\r\n\r\n",
    b"INVITE\r\nCall-ID:\r\nnotfolded@a\r\n\r\n",
    b"INVITE\r\nSubject: x\r\n Call-ID: continued@a\r\nCall-ID: aftercontinued@a\r\n\r\n",
    # The value.
    b"INVITE\r\nCall-ID: nodomain\r\n\r\n",
    b"INVITE\r\nCall-ID: at@\r\n\r\n",
    b"INVITE\r\nCall-ID: @at\r\n\r\n",
    b"INVITE\r\nCall-ID: two@at@a\r\n\r\n",
    b"INVITE\r\nCall-ID: trailing@a \r\n\r\n",
    b"INVITE\r\nCall-ID: trailingtab@a\t\r\n\r\n",
    b"INVITE\r\nCall-ID: comma@a,b\r\n\r\n",
    b"INVITE\r\nCall-ID: semicolon@a;b=c\r\n\r\n",
    b"INVITE\r\nCall-ID: equals=x@a\r\n\r\n",
    b"INVITE\r\nCall-ID: \r\n\r\n",
    b"INVITE\r\nCall-ID:\r\n",
    b"INVITE\r\nCall-ID: ",
    b"INVITE\r\nCall-ID:",
    b"INVITE\r\nCall-ID",
    b"INVITE\r\nCall-ID: endofdatagram@a",
    b"INVITE\r\nCall-ID: endofdatagramcr@a\r",
    b"INVITE\r\nCall-ID: zero@a\0b\r\n\r\n",
    b"INVITE\r\nCall-ID: !\"%'()*+:<>?[\\]_`{}~-./@a\r\n\r\n",
    b"INVITE\r\nCall-ID: {brace}@[2001:db8::1]\r\n\r\n",
    b"INVITE\r\nCall-ID: amp&@a\r\n\r\n",
    b"INVITE\r\nCall-ID: dollar$\r\n\r\n",
    b"INVITE\r\nCall-ID: hash#\r\n\r\n",
    b"INVITE\r\nCall-ID: pipe|\r\n\r\n",
    b"INVITE\r\nCall-ID: caret^\r\n\r\n",
    # After one that is no good the search goes on from a place that is counted twice over.
    b"INVITE\r\nCall-ID: \r\nCall-ID: second@a\r\n\r\n",
    b"INVITE\r\nCall-ID: =\r\nX: y\r\nCall-ID: secondgood@a\r\n\r\n",
    b"INVITE\r\nCall-ID: =\r\nCall-ID: =\r\nX: a long line, longer than what stood before it was\r\nCall-ID: thirdgood@a\r\n\r\n",
    b"INVITE\r\nCall-ID: =\r\nCall-ID: =\r\nCall-ID: thirdnear@a\r\n\r\n",
    b"INVITE\r\nCall-ID: =\r\nCall-ID: =\r\nCall-ID: =\r\nCall-ID: =\r\nX: a line\r\nCall-ID: fifth@a\r\n\r\n",
    b"INVITE\r\nCall-ID: bad@\r\ni: compactafterbad@a\r\n\r\n",
    b"",
    b"\r\n",
    b"\r\n\r\n",
    b"\0\0\0\0",
)


def scenario_forms(k):
    """Each datagram comes from a port of its own; none was seen before, so whatever is forwarded made a template."""
    k.ipvsadm(f"-A -u {VIP}:5060 -s rr -p 100 -o --pe sip")
    servers(k, f"-u {VIP}:5060", ":5060")
    for i, form in enumerate(FORMS):
        k.udp(CLIENTS[0], 6000 + i, VIP, 5060, form)
    listing(k)


def scenario_latin_letters(k):
    """Which bytes a Call-ID is made of: each of the 256 stands between two letters."""
    k.ipvsadm(f"-A -u {VIP}:5060 -s rr -p 100 -o --pe sip")
    servers(k, f"-u {VIP}:5060", ":5060")
    for byte in range(256):
        k.udp(CLIENTS[0], 6000 + byte, VIP, 5060, b"INVITE\r\nCall-ID: a" + bytes([byte]) + b"b\r\n\r\n")
    k.ipvsadm("-Ln --persistent-conn")


def scenario_lengths(k):
    k.ipvsadm(f"-A -u {VIP}:5060 -s rr -p 100 -o --pe sip")
    servers(k, f"-u {VIP}:5060", ":5060")
    for i, length in enumerate((1, 15, 16, 31, 32, 63, 64, 127, 128, 200, 254, 255, 256, 257, 300, 1000)):
        call = f"{length}-" + "x" * 1000
        for client in CLIENTS[:1] * 2:
            k.udp(client, 6000 + i, VIP, 5060, invite(call[:length]))
    k.udp(CLIENTS[0], 7000, VIP, 5060, invite("y" * 253 + "@z"))
    k.udp(CLIENTS[0], 7000, VIP, 5060, invite("y" * 254 + "@z"))
    k.udp(CLIENTS[0], 7001, VIP, 5060, b"INVITE\r\n" + b"X-Long: " + b"x" * 900 + b"\r\nCall-ID: faraway@a\r\n\r\n")
    k.ipvsadm("-Ln --persistent-conn")  # -Lc makes ipvsadm itself crash over so long a Call-ID


def scenario_clients(k):
    """Does the client's address matter? As far as the mask lets it."""
    for port, mask in ((5060, ""), (5061, "-M 255.255.255.254"), (5062, "-M 0.0.0.0")):
        k.ipvsadm(f"-A -u {VIP}:{port} -s rr -p 100 {mask} -o --pe sip")
        servers(k, f"-u {VIP}:{port}", f":{port}")
        for call in ("one@a", "two@a"):
            for client in CLIENTS[:4]:
                k.udp(client, 5060, VIP, port, invite(call))
                k.udp(client, 5070, VIP, port, invite(call))
    listing(k)


def scenario_clients_ipv6(k):
    for port, mask in ((5060, ""), (5061, "-M 127"), (5062, "-M 1")):
        k.ipvsadm(f"-A -u [{VIP6}]:{port} -s rr -p 100 {mask} -o --pe sip")
        for n in (10, 11, 12):
            k.ipvsadm(f"-a -u [{VIP6}]:{port} -r [2001:db8:5::{n:x}]:{port} -g")
        for call in ("one@a", "two@a"):
            for client in CLIENTS6[:4]:
                k.udp(client, 5060, VIP6, port, invite(call))
    k.udp(CLIENTS6[0], 5060, VIP6, 5060, b"no call at all")
    listing(k)
    k.ipvsadm("-Sn")


def scenario_connections(k):
    """Without -o a connection stays, and its next packet goes its way whatever call it is of."""
    k.ipvsadm(f"-A -u {VIP}:5060 -s rr -p 100 --pe sip")
    servers(k, f"-u {VIP}:5060", ":5060")
    k.udp(CLIENTS[0], 5060, VIP, 5060, invite("one@a"))
    k.udp(CLIENTS[0], 5060, VIP, 5060, invite("two@a"))
    k.udp(CLIENTS[0], 5060, VIP, 5060, b"no call")
    k.udp(CLIENTS[0], 5061, VIP, 5060, invite("two@a"))
    k.udp(CLIENTS[0], 5062, VIP, 5060, invite("one@a"))
    k.udp(CLIENTS[0], 5063, VIP, 5060, b"no call")
    listing(k)
    k.ipvsadm("-Ln --stats")


def scenario_services(k):
    """One call at several services: of other ports and addresses, of every port, and without the engine."""
    k.ipvsadm(f"-A -u {VIP}:5060 -s rr -p 100 -o --pe sip")
    k.ipvsadm(f"-A -u {VIP}:5070 -s rr -p 100 -o --pe sip")
    k.ipvsadm(f"-A -u {VIP}:5080 -s rr -p 100 -o")
    k.ipvsadm("-A -u 172.25.254.201:0 -s rr -p 100 -o --pe sip")
    for service, port in ((f"-u {VIP}:5060", ":5060"), (f"-u {VIP}:5070", ":5070"), (f"-u {VIP}:5080", ":5080"), ("-u 172.25.254.201:0", "")):
        servers(k, service, port)
    for call in ("one@a", "two@a", "one@a"):
        for vip, port in ((VIP, 5060), (VIP, 5070), (VIP, 5080), ("172.25.254.201", 5060), ("172.25.254.201", 9000)):
            k.udp(CLIENTS[0], 5060, vip, port, invite(call))
    listing(k)


def scenario_mark(k):
    k.mark(f"-d {VIP} -p udp --dport 5060:5070 -j MARK --set-mark 9")
    k.mark("-d 172.25.254.201 -p udp --dport 5060:5070 -j MARK --set-mark 9")
    k.ipvsadm("-A -f 9 -s rr -p 100 -o --pe sip")
    servers(k, "-f 9")
    for call in ("one@a", "two@a", "one@a"):
        for vip, port in ((VIP, 5060), (VIP, 5070), ("172.25.254.201", 5060)):
            k.udp(CLIENTS[0], 5060, vip, port, invite(call))
    k.udp(CLIENTS[0], 5060, VIP, 5060, b"no call")
    listing(k)


def scenario_tcp(k):
    """The engine reads datagrams only: no TCP connection can begin."""
    k.ipvsadm(f"-A -t {VIP}:5060 -s rr -p 100 --pe sip")
    servers(k, f"-t {VIP}:5060", ":5060")
    for i in range(3):
        k.tcp(CLIENTS[i], 40000, VIP, 5060, "S")
    listing(k)
    k.ipvsadm("-Sn")


def scenario_engine_is_changed(k):
    k.ipvsadm(f"-A -u {VIP}:5060 -s rr -p 100 -o --pe sip")
    servers(k, f"-u {VIP}:5060", ":5060")
    k.udp(CLIENTS[0], 5060, VIP, 5060, invite("one@a"))
    k.udp(CLIENTS[0], 5060, VIP, 5060, invite("two@a"))
    k.ipvsadm(f"-E -u {VIP}:5060 -s rr -p 100 -o")
    for sport in (5060, 5061):
        k.udp(CLIENTS[0], sport, VIP, 5060, invite("one@a"))
        k.udp(CLIENTS[0], sport, VIP, 5060, b"no call")
    listing(k)
    k.ipvsadm(f"-E -u {VIP}:5060 -s rr -p 100 -o --pe sip")
    for call in ("one@a", "two@a", "three@a"):
        k.udp(CLIENTS[0], 5060, VIP, 5060, invite(call))
    k.ipvsadm(f"-E -u {VIP}:5060 -s rr --pe sip")
    k.ipvsadm("-Ln")
    k.ipvsadm("-Sn")
    for call in ("one@a", "two@a", "three@a"):
        k.udp(CLIENTS[0], 5060, VIP, 5060, invite(call))
    k.udp(CLIENTS[0], 5063, VIP, 5060, b"no call")
    listing(k)


def scenario_servers_go(k):
    k.ipvsadm(f"-A -u {VIP}:5060 -s rr -p 100 -o --pe sip")
    servers(k, f"-u {VIP}:5060", ":5060")
    first = k.chosen(k.udp(CLIENTS[0], 5060, VIP, 5060, invite("one@a")))
    k.ipvsadm(f"-e -u {VIP}:5060 -r 192.168.0.{first}:5060 -g -w 0")
    k.udp(CLIENTS[0], 5060, VIP, 5060, invite("one@a"))
    k.sysctl("expire_quiescent_template", 1)
    second = k.chosen(k.udp(CLIENTS[0], 5060, VIP, 5060, invite("one@a")))
    k.udp(CLIENTS[0], 5061, VIP, 5060, invite("one@a"))
    k.ipvsadm(f"-d -u {VIP}:5060 -r 192.168.0.{second}:5060")
    k.udp(CLIENTS[0], 5060, VIP, 5060, invite("one@a"))
    k.udp(CLIENTS[0], 5061, VIP, 5060, invite("two@a"))
    listing(k)
    k.ipvsadm(f"-D -u {VIP}:5060")
    k.udp(CLIENTS[0], 5060, VIP, 5060, invite("one@a"), host=True)
    listing(k)


def scenario_templates_expire(k):
    k.ipvsadm("--set 1 1 1")
    k.ipvsadm(f"-A -u {VIP}:5060 -s rr -p 2 -o --pe sip")
    k.ipvsadm(f"-A -u {VIP}:5070 -s rr -p 2 --pe sip")
    servers(k, f"-u {VIP}:5060", ":5060")
    servers(k, f"-u {VIP}:5070", ":5070")
    for port in (5060, 5070):
        k.udp(CLIENTS[0], 5060, VIP, port, invite("one@a"))
    k.sleep(1.2)
    for port in (5060, 5070):
        k.udp(CLIENTS[0], 5061, VIP, port, invite("one@a"))
    k.sleep(1.2)
    for port in (5060, 5070):
        k.udp(CLIENTS[0], 5062, VIP, port, invite("one@a"))
    k.ipvsadm("-Lnc")
    k.sleep(4)
    k.ipvsadm("-Lnc --persistent-conn")
    for port in (5060, 5070):
        k.udp(CLIENTS[0], 5063, VIP, port, invite("one@a"))
        k.udp(CLIENTS[0], 5064, VIP, port, invite("two@a"))


def scenario_masqueraded(k):
    """A server answers, and then begins by itself: to a client it knows, to another, in a new call, without any call."""
    k.ipvsadm(f"-A -u {VIP}:5060 -s rr -p 100 -o --pe sip")
    servers(k, f"-u {VIP}:5060", ":5060", "-m")
    first = k.chosen(k.udp(CLIENTS[0], 5060, VIP, 5060, invite("one@a")))
    from_servers(k, first)
    listing(k)
    k.ipvsadm("-Ln --stats")


def scenario_masqueraded_connections(k):
    k.ipvsadm(f"-A -u {VIP}:5060 -s rr -p 100 --pe sip")
    servers(k, f"-u {VIP}:5060", ":5070", "-m")
    first = k.chosen(k.udp(CLIENTS[0], 5060, VIP, 5060, invite("one@a")))
    from_servers(k, first, 5070)
    k.udp(CLIENTS[1], 5060, VIP, 5060, invite("served@a"))
    k.udp(CLIENTS[4], 5060, VIP, 5060, invite("other@a"))
    listing(k)
    k.ipvsadm("-Ln --stats")


def from_servers(k, first, port=5060):
    server, other = f"192.168.0.{first}", f"192.168.0.{10 if first != 10 else 11}"
    k.udp(server, port, CLIENTS[0], 5060, invite("one@a"), port="eth1", note="the answer")
    k.udp(server, port, CLIENTS[0], 5062, invite("one@a"), port="eth1", note="to another port")
    k.udp(server, port, CLIENTS[1], 5060, invite("one@a"), port="eth1", note="to another client")
    k.udp(server, port, CLIENTS[1], 5060, invite("served@a"), port="eth1", note="a call of the server's")
    k.udp(CLIENTS[1], 5060, VIP, 5060, invite("served@a"), note="its answer")
    k.udp(other, port, CLIENTS[1], 5060, invite("served@a"), port="eth1", note="another server in the same call")
    k.udp(server, port, CLIENTS[2], 5060, b"no call", port="eth1", host=True)
    k.udp(server, 5099, CLIENTS[2], 5060, invite("elsewhere@a"), port="eth1", host=True, note="not the server's port")
    k.udp("192.168.0.29", port, CLIENTS[2], 5060, invite("nobody@a"), port="eth1", host=True, note="not a server")
    k.tcp(server, port, CLIENTS[2], 5060, "S", port="eth1", host=True)
    k.ipvsadm(f"-e -u {VIP}:5060 -r {server}:{port} -m -w 0")
    k.udp(server, port, CLIENTS[3], 5060, invite("quiesced@a"), port="eth1", note="of weight 0")
    k.ipvsadm(f"-d -u {VIP}:5060 -r {server}:{port}")
    k.udp(server, port, CLIENTS[5], 5060, invite("removed@a"), port="eth1", host=True, note="removed")


def scenario_server_begins(k):
    """A server calls before any client did; with -g and -i as well, whose packets the director need not change."""
    for n, how in ((10, "-m"), (11, "-g"), (12, "-i")):
        k.ipvsadm(f"-A -u {VIP}:50{n} -s rr -p 100 --pe sip")
        k.ipvsadm(f"-a -u {VIP}:50{n} -r 192.168.0.{n}:50{n} {how}")
    for n in (10, 11, 12):
        k.udp(f"192.168.0.{n}", int(f"50{n}"), CLIENTS[0], 5060, invite(f"call{n}@a"), port="eth1", host=n != 10)
    k.udp(CLIENTS[0], 5060, VIP, 5010, invite("call10@a"))
    k.udp(CLIENTS[1], 5060, VIP, 5010, invite("call10@a"))
    listing(k)
    k.ipvsadm("-Ln --stats")


def scenario_server_begins_ipv6(k):
    k.ipvsadm(f"-A -u [{VIP6}]:5060 -s rr -p 100 --pe sip")
    k.ipvsadm(f"-a -u [{VIP6}]:5060 -r [2001:db8:5::a]:5060 -m")
    k.ipvsadm(f"-a -u [{VIP6}]:5060 -r [2001:db8:5::b]:5060 -m")
    k.udp("2001:db8:5::a", 5060, CLIENTS6[0], 5060, invite("six@a"), port="eth1")
    k.udp(CLIENTS6[0], 5060, VIP6, 5060, invite("six@a"))
    k.udp(CLIENTS6[0], 5061, VIP6, 5060, invite("six@a"))
    listing(k)


def scenario_server_begins_without_persistence(k):
    """-p is what makes templates; --pe alone lets a server begin."""
    k.ipvsadm(f"-A -u {VIP}:5060 -s rr --pe sip")
    k.ipvsadm(f"-A -u {VIP}:5070 -s rr -p 100")
    servers(k, f"-u {VIP}:5060", ":5060", "-m")
    servers(k, f"-u {VIP}:5070", ":5070", "-m")
    k.udp("192.168.0.10", 5060, CLIENTS[0], 5060, invite("one@a"), port="eth1")
    k.udp("192.168.0.10", 5070, CLIENTS[0], 5060, invite("two@a"), port="eth1", host=True)
    k.ipvsadm("-Ln")
    listing(k)


def scenario_fragments(k):
    """The Call-ID may stand in any of them: the host puts datagrams together before IPVS sees them."""
    k.ipvsadm(f"-A -u {VIP}:5060 -s rr -p 100 -o --pe sip")
    servers(k, f"-u {VIP}:5060", ":5060")
    for n, call in enumerate(("one@a", "two@a", "one@a")):
        body = WIRE.udp_datagram(CLIENTS[0], VIP, 5060, 5060, b"INVITE\r\nX: " + b"x" * 500 + f"\r\nCall-ID: {call}\r\n\r\n".encode())
        k.frame("eth0", WIRE.l3(CLIENTS[0], VIP, 17, body[:512], ident=n + 1, df=False, more=True))
        k.frame("eth0", WIRE.l3(CLIENTS[0], VIP, 17, body[512:], ident=n + 1, df=False, frag_offset=512))
    listing(k)

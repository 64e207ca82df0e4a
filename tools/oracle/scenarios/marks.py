"""Firewall marks: which mark a packet has after all rules, and which service takes it then."""
import random

VIP, OTHER, VIP6 = "172.25.254.200", "172.25.254.201", "2001:db8:c::200"
CLIENT, CLIENT6 = "172.25.254.10", "2001:db8:c::10"
SERVER6 = "2001:db8:5::a"


def services(k, *marks, how="-g", scheduler="rr", extra="", port=""):
    """A service for each mark, with a server that no other has: where a packet goes tells its mark."""
    for n, mark in enumerate(marks):
        k.ipvsadm(f"-A -f {mark} -s {scheduler} {extra}")
        k.ipvsadm(f"-a -f {mark} -r 192.168.0.{10 + n}{port} {how}")


def listing(k):
    k.ipvsadm("-Ln")
    k.ipvsadm("-Lnc")


def scenario_ports(k):
    """Single ports, ranges, multiport of all kinds, each also negated. Nothing is left to the host."""
    k.mark("-j MARK --set-mark 6")
    k.mark(f"-d {VIP} -p tcp -m multiport --dports 80,443,8000:8010 -j MARK --set-mark 1")
    k.mark(f"-d {VIP} -p tcp --dport 9000:9010 ! --sport 1024:65535 -j MARK --set-mark 2")
    k.mark(f"-d {VIP} -p tcp -m multiport --sports 5000,5001 -m multiport ! --dports 80,443,8000:8010 -j MARK --set-mark 3")
    k.mark(f"-d {VIP} -p udp -m multiport --ports 53,5353 -j MARK --set-mark 4")
    k.mark(f"-d {OTHER} -p udp -m multiport ! --ports 53,5353 -j MARK --set-mark 5")
    services(k, 1, 2, 3, 4, 5, 6)
    for port in (79, 80, 81, 443, 7999, 8000, 8005, 8010, 8011, 8999, 9000, 9010, 9011):
        for source in (40000, 1023, 1024, 5001):
            k.tcp(CLIENT, source, VIP, port)
    for source, port in ((40000, 53), (53, 40000), (5353, 53), (40000, 54)):
        for vip in (VIP, OTHER):
            k.udp(CLIENT, source, vip, port)
    listing(k)


def scenario_addresses_and_interfaces(k):
    k.mark("-j MARK --set-mark 6")
    k.mark(f"-s 172.25.254.10 -d {VIP} -j MARK --set-mark 1")
    k.mark(f"! -s 172.25.254.8/29 -d {VIP} -j MARK --set-mark 2")
    k.mark(f"-s 0.0.0.13/0.0.0.255 -d {VIP} -i eth+ -j MARK --set-mark 3")
    k.mark(f"-d {OTHER} ! -i eth1 -j MARK --set-mark 4")
    k.mark(f"-d {OTHER} -i eth1 ! -p tcp -j MARK --set-mark 5")
    services(k, 1, 2, 3, 4, 5, 6)
    for n in range(10, 20):
        k.tcp(f"172.25.254.{n}", 40000, VIP, 80)
        k.udp(f"172.25.254.{n}", 40000, VIP, 53)
    for port, client in (("eth0", CLIENT), ("eth1", "192.168.0.77")):
        k.tcp(client, 40000, OTHER, 80, port=port)
        k.udp(client, 40000, OTHER, 53, port=port)
    listing(k)


def scenario_several_rules(k):
    """Every rule that matches changes what the one before left."""
    k.mark(f"-d {VIP} -j MARK --set-mark 0xf0")
    k.mark(f"-d {VIP} -p tcp -j MARK --or-mark 0x1")
    k.mark(f"-d {VIP} -p udp -j MARK --xor-mark 0x30")
    k.mark(f"-d {VIP} -p tcp --dport 443 -j MARK --and-mark 0xf")
    k.mark(f"-d {VIP} -p tcp --dport 8080 -j MARK --set-xmark 0x106/0xf0")
    k.mark(f"-d {VIP} -p tcp --dport 8081 -j MARK --set-mark 0x100/0x0f")
    k.mark(f"-d {VIP} -p tcp --dport 8082 -j MARK --set-mark 0")
    k.mark(f"-d {VIP} -p tcp --dport 8083 -j MARK --set-mark 0xffffffff")
    services(k, 0xf1, 0xc0, 0x1, 0x107, 0x1f0, 0x7fffffff)
    for port in (80, 443, 8080, 8081, 8082, 8083):
        k.tcp(CLIENT, 40000, VIP, port)
    k.udp(CLIENT, 40000, VIP, 53)
    listing(k)


def scenario_beside_addresses(k):
    """A mark's service before the address', also when it has no server; connections stay where they began."""
    k.ipvsadm(f"-A -t {VIP}:80 -s rr")
    k.ipvsadm(f"-a -t {VIP}:80 -r 192.168.0.10:80 -g")
    k.connect(CLIENT, 40000, VIP, 80)
    k.mark(f"-d {VIP} -p tcp -m multiport --dports 80,443 -j MARK --set-mark 7")
    k.connect(CLIENT, 40001, VIP, 80)
    k.ipvsadm("-A -f 7 -s rr")
    k.tcp(CLIENT, 40002, VIP, 80, note="a service without servers")
    k.ipvsadm("-a -f 7 -r 192.168.0.11 -g")
    k.connect(CLIENT, 40002, VIP, 80)
    k.connect(CLIENT, 40003, VIP, 443)
    k.tcp(CLIENT, 40000, VIP, 80, "PA", seq=1001, ack=5001, payload=b"x", note="began before the mark")
    k.ipvsadm("-D -f 7")
    k.connect(CLIENT, 40004, VIP, 80)
    k.tcp(CLIENT, 40003, VIP, 443, "PA", seq=1001, ack=5001, payload=b"x", note="its service is gone")
    listing(k)


def scenario_not_for_the_director(k):
    """Marked packets that are routed on, and marked prefixes that are the director's own."""
    k.mark("-d 10.99.0.0/16 -j MARK --set-mark 1")
    k.mark("-d 10.10.0.0/16 -j MARK --set-mark 1")
    k.mark("-d 203.0.113.0/24 -j MARK --set-mark 1")
    k.mark("-d 172.25.254.0/24 -j MARK --set-mark 1")
    services(k, 1)
    k.connect(CLIENT, 40000, "10.99.3.4", 80)
    k.connect(CLIENT, 40001, "10.10.3.4", 80)
    k.connect(CLIENT, 40002, "172.25.254.100", 8080)
    k.tcp("192.168.0.77", 40003, "203.0.113.9", 80, port="eth1", note="routed on")
    k.udp("192.168.0.77", 40003, "203.0.113.9", 53, port="eth1")
    k.tcp("192.168.0.77", 40003, "172.25.254.11", 80, port="eth1")
    listing(k)


def scenario_masqueraded_ports(k):
    """A server's own port, and none: the packet's. Persistent, the packet's always."""
    k.mark(f"-d {VIP} -p tcp -m multiport --dports 80,443 -j MARK --set-mark 1")
    k.mark(f"-d {VIP} -p udp -j MARK --set-mark 2")
    k.mark(f"-d {OTHER} -p tcp -j MARK --set-mark 3")
    k.mark(f"-d {OTHER} -p udp -j MARK --set-mark 4")
    services(k, 1, 2, how="-m", port=":8080")
    services(k, 3, how="-m", extra="-p 100", port=":8080")
    services(k, 4, how="-m", extra="-p 100")
    for n, (vip, port) in enumerate(((VIP, 80), (VIP, 443), (OTHER, 80), (OTHER, 443))):
        frames = k.tcp(CLIENT, 40000 + n, vip, port)
        for frame in frames:
            data = bytes.fromhex(frame["hex"])
            server, own = ".".join(map(str, data[30:34])), data[36] << 8 | data[37]
            k.tcp(server, own, CLIENT, 40000 + n, "SA", port="eth1", seq=5000, ack=1001)
        k.tcp(CLIENT, 40000 + n, vip, port, "A", seq=1001, ack=5001)
    for n, (vip, port) in enumerate(((VIP, 53), (VIP, 0), (OTHER, 53), (OTHER, 0), (OTHER, 53))):
        k.udp(CLIENT, 41000 + n, vip, port)
    k.tcp(CLIENT, 42000, OTHER, 0)
    listing(k)
    k.ipvsadm("-Ln --persistent-conn")
    k.ipvsadm("-Sn")


def scenario_persistent(k):
    """One template for all addresses, ports and protocols of a mark, by network."""
    k.mark(f"-d {VIP} -j MARK --set-mark 5")
    k.mark("-d 10.99.0.0/16 -j MARK --set-mark 5")
    k.ipvsadm("-A -f 5 -s rr -p 300 -M 255.255.255.252")
    for n in (10, 11, 12):
        k.ipvsadm(f"-a -f 5 -r 192.168.0.{n} -g")
    for n in (10, 11, 12, 15, 16):
        client = f"172.25.254.{n}"
        k.connect(client, 40000, VIP, 80)
        k.connect(client, 40001, "10.99.1.1", 8080)
        k.udp(client, 40002, VIP, 53)
    k.ipvsadm("-e -f 5 -r 192.168.0.11 -g -w 0")
    k.connect(CLIENT, 40005, VIP, 81)
    k.connect("172.25.254.12", 40005, VIP, 81)
    k.ipvsadm("-d -f 5 -r 192.168.0.12")
    k.connect(CLIENT, 40006, VIP, 82)
    k.connect("172.25.254.16", 40006, VIP, 82)
    listing(k)
    k.ipvsadm("-Ln --persistent-conn")


def scenario_tunnel(k):
    k.mark(f"-d {VIP} -j MARK --set-mark 1")
    k.mark("-d 10.99.0.0/16 -p tcp -j MARK --set-mark 2")
    services(k, 1, how="-i")
    services(k, 2, how="-i --tun-type gue --tun-port 6080")
    k.connect(CLIENT, 40000, VIP, 80)
    k.udp(CLIENT, 40000, VIP, 53, b"y" * 100)
    k.connect(CLIENT, 40001, "10.99.1.1", 80)
    listing(k)


def scenario_icmp(k):
    """ICMP is never scheduled by its own mark; errors find the connection of what they quote."""
    k.mark(f"-d {VIP} -j MARK --set-mark 1")
    services(k, 1, how="-m")
    k.icmp(CLIENT, VIP, 8, 0, b"\0\1\0\1", b"ping", host=True)
    out = k.udp(CLIENT, 40000, VIP, 53, b"question")
    quoted = bytes.fromhex(out[0]["hex"])[14:]
    k.icmp("192.168.0.10", CLIENT, 3, 3, payload=quoted, port="eth1", note="from the server")
    back = WIRE.l3(VIP, CLIENT, 17, WIRE.udp_datagram(VIP, CLIENT, 53, 40000, b"answer"))
    k.icmp(CLIENT, VIP, 3, 3, payload=back, note="from the client")
    stranger = WIRE.l3(VIP, CLIENT, 17, WIRE.udp_datagram(VIP, CLIENT, 54, 40000, b"answer"))
    k.icmp(CLIENT, VIP, 3, 3, payload=stranger, note="about no connection", host=True)
    listing(k)


def scenario_fragments(k):
    """The mark is that of a datagram's first fragment, which alone has ports."""
    k.mark(f"-d {VIP} -p udp --dport 53 -j MARK --set-mark 1")
    k.mark(f"-d {VIP} -p udp ! --dport 53 -j MARK --set-mark 2")
    k.mark(f"-d {VIP} -p udp -m multiport --sports 3001 -j MARK --or-mark 4")
    services(k, 1, 2, 5, 6)
    ident = 0
    for source in (3000, 3001):
        for port in (53, 54):
            whole = WIRE.udp_datagram(CLIENT, VIP, source, port, bytes(i % 251 for i in range(2000)))
            for order in ((0, 1), (1, 0)):
                ident += 1
                parts = ((0, whole[:1480], True), (1480, whole[1480:], False))
                for n in order:
                    offset, body, more = parts[n]
                    k.frame("eth0", WIRE.l3(CLIENT, VIP, 17, body, df=False, ident=ident, frag_offset=offset, more=more),
                            note=f"{source} to {port}, order {order}")
    listing(k)


def scenario_ipv6(k):
    """The same number is another service in each family."""
    k.mark("-d ::/0 -j MARK --set-mark 9")
    k.mark(f"-d {VIP6} -p tcp -m multiport --dports 80,443 -j MARK --set-mark 6")
    k.mark("! -s 2001:db8:c::10/127 -d 2001:db8:99::/64 -p udp -j MARK --set-mark 7")
    k.mark("-s ::13/::ffff -d 2001:db8:99::/64 -p tcp -j MARK --set-mark 8")
    k.mark(f"-d {VIP} -p tcp -j MARK --set-mark 6")
    for mark, n in ((6, 0xa), (7, 0x14), (8, 0x1e), (9, 0x28)):
        k.ipvsadm(f"-A -f {mark} -6 -s rr")
        k.ipvsadm(f"-a -f {mark} -6 -r [2001:db8:5::{n:x}]:0 -g")
    services(k, 6)
    k.tcp(CLIENT, 40000, VIP, 80)
    for n in (0x10, 0x11, 0x12, 0x13):
        for port in (80, 443, 81):
            k.tcp(f"2001:db8:c::{n:x}", 40000, VIP6, port)
        k.udp(f"2001:db8:c::{n:x}", 40000, "2001:db8:99::1", 53)
        k.tcp(f"2001:db8:c::{n:x}", 40000, "2001:db8:99::2", 80)
    listing(k)
    k.ipvsadm("-Sn")


def scenario_ipv6_persistent(k):
    k.mark(f"-d {VIP6} -j MARK --set-mark 6")
    k.ipvsadm("-A -f 6 -6 -s rr -p 100 -M 124")
    for n in (10, 20):
        k.ipvsadm(f"-a -f 6 -6 -r [2001:db8:5::{n:x}]:0 -m")
    for n in (0x10, 0x11, 0x21):
        k.tcp(f"2001:db8:c::{n:x}", 40000, VIP6, 80)
        k.udp(f"2001:db8:c::{n:x}", 40000, VIP6, 53)
    listing(k)


INSIDE, OUTSIDE = "192.168.0.29", "203.0.113.9"
INSIDE6, OUTSIDE6 = "2001:db8:5::1c", "2001:db8:f::9"


def transparent(k, marks, family="-4"):
    """The director takes for itself what bears these marks, though the addresses are others' (a transparent cache)."""
    for mark in marks:
        k.ip(f"{family} rule add fwmark {mark} lookup 100")
    k.ip(f"{family} route add local default dev lo table 100")


def answer(k, flags, seq, ack, sport=40000, **kw):
    """What the origin answers comes past IPVS: it has never been rewritten."""
    k.tcp(OUTSIDE, 80, INSIDE, sport, flags, seq=seq, ack=ack, host=True, **kw)


def inside(k, sport=40000, flags="S", seq=1000, ack=0, dst=OUTSIDE, dport=80, **kw):
    return k.tcp(INSIDE, sport, dst, dport, flags, port="eth1", seq=seq, ack=ack, **kw)


def scenario_transparent_cache(k):
    """Addresses that are the director's by policy routing only."""
    k.mark("-d 203.0.113.0/24 -p tcp --dport 80 -j MARK --set-mark 1")
    k.mark("-d 203.0.113.0/24 -p tcp --dport 81 -j MARK --set-mark 2")
    k.mark("-d 203.0.113.0/24 -p tcp --dport 82 -j MARK --set-mark 0x13")
    k.mark("-d 203.0.113.0/24 -p tcp --dport 83 -j MARK --set-mark 0x1f")
    services(k, 1, 2, 0x13, 0x1f)
    inside(k, host=True, note="routed on")
    k.ip("rule add fwmark 1 lookup 100")
    inside(k, 40001, host=True, note="the table is empty")
    k.ip("route add local 203.0.113.8/29 dev lo table 100")
    inside(k, 40002)
    inside(k, 40002, "A", 1001, 5001)
    inside(k, 40002, dst="203.0.113.7", host=True, note="another prefix")
    inside(k, 40003, dport=81, host=True, note="a mark without a rule")
    k.ip("rule add fwmark 0x10/0xf0 lookup 100 pref 50")
    inside(k, 40004, dport=82)
    inside(k, 40005, dport=83)
    k.ip("route add local default dev lo table 100")
    inside(k, 40006, dst="203.0.113.7")
    k.ip("rule del fwmark 1 lookup 100")
    inside(k, 40007, host=True, note="its rule is gone")
    inside(k, 40004, "A", 1001, 5001, dport=82)
    listing(k)


def scenario_policy_order(k):
    """Several rules for a packet's mark: the smallest priority first, and the next where a table has no route."""
    k.mark("-d 203.0.113.0/24 -p tcp -j MARK --set-mark 0x11")
    k.ipvsadm("-A -f 17 -s rr")
    k.ipvsadm("-a -f 17 -r 192.168.0.10 -g")
    k.ip("route add local default dev lo table 100")
    k.ip("route add 203.0.113.0/25 via 172.25.254.2 dev eth0 table 101")
    k.ip("route add throw 203.0.113.128/26 table 101")
    k.ip("route add local 203.0.113.192/26 dev lo table 102")
    port = iter(range(40000, 40100))

    def ask(*left_to_the_host):
        for n in (1, 129, 193):
            inside(k, next(port), dst=f"203.0.113.{n}", host=n in left_to_the_host)

    ask(1, 129, 193)
    k.ip("rule add fwmark 0x11 lookup 100 pref 40000")
    ask(1, 129, 193)
    k.ip("rule add fwmark 0x10/0xf0 lookup 100 pref 200")
    ask()
    k.ip("rule add fwmark 0x1/0xf lookup 101 pref 100")
    ask(1)
    k.ip("rule del fwmark 0x10/0xf0 lookup 100 pref 200")
    ask(1, 129, 193)
    k.ip("rule add fwmark 0x11 lookup 102")
    ask(1, 129)
    k.ip("rule add fwmark 0x11 lookup 100")
    ask()
    k.ip("rule add fwmark 0x11 lookup 101 pref 100")
    k.ip("rule del fwmark 0x1/0xf lookup 101")
    ask(1)
    k.ip("route del 203.0.113.0/25 via 172.25.254.2 dev eth0 table 101")
    ask()
    listing(k)


def scenario_bypass(k):
    """Where no cache can be chosen the request goes on to its origin, as it came (cache_bypass)."""
    k.mark("-d 203.0.113.0/24 -p tcp -j MARK --set-mark 1")
    k.mark(f"-d {VIP} -p tcp -j MARK --set-mark 1")
    transparent(k, [1])
    k.ipvsadm("-A -f 1 -s rr")
    inside(k, note="cache_bypass is 0")
    k.sysctl("cache_bypass", 1)
    k.tcp(CLIENT, 40000, VIP, 80, note="the director's own address")
    inside(k)
    k.ipvsadm("-Lnc")
    k.proc("ip_vs_conn")
    answer(k, "SA", 5000, 1001)
    inside(k, 40000, "A", 1001, 5001)
    k.ipvsadm("-Lnc")
    inside(k, 40000, "PA", 1001, 5001, payload=b"GET / HTTP/1.0\r\n\r\n", ip={"tos": 8})
    inside(k, 40000, "A", 1001, 5001, ip={"ttl": 1}, note="its last hop")
    k.ipvsadm("-a -f 1 -r 192.168.0.10 -g")
    inside(k, 40001)
    inside(k, 40000, "A", 1020, 5001, note="stays past the cache")
    k.ipvsadm("-e -f 1 -r 192.168.0.10 -g -w 0")
    inside(k, 40002)
    inside(k, 40002, dst="203.0.113.10", note="another origin")
    inside(k, 40001, "A", 1001, 5001)
    listing(k)
    inside(k, 40000, "FA", 1020, 5001)
    k.ipvsadm("-Lnc")
    inside(k, 40000, "S", 9000, note="not over yet")
    inside(k, 40002, "A", 1001, 5001)
    inside(k, 40002, "R", 1001)
    k.ipvsadm("-e -f 1 -r 192.168.0.10 -g -w 1")
    inside(k, 40002, "S", 9000, note="over: the cache may have it")
    k.ipvsadm(f"-A -t {VIP}:80 -s rr")
    k.ipvsadm("-D -f 1")
    inside(k, 40000, "A", 1021, 5002)
    k.sysctl("expire_nodest_conn", 1)
    inside(k, 40000, "A", 1021, 5002)
    inside(k, 40002, "A", 1001, 5001, dst="203.0.113.10")
    k.ipvsadm("-Lnc")
    k.sleep(2.2)
    k.ipvsadm("-Ln --stats")
    k.proc("ip_vs_stats")


def scenario_bypass_of_other_services(k):
    """Persistent ones, datagrams, one-packet ones; errors; and services by address, which have no bypass."""
    k.mark("-d 203.0.113.0/24 -p tcp -j MARK --set-mark 1")
    k.mark("-d 203.0.113.0/24 -p udp -j MARK --set-mark 2")
    k.mark("-d 203.0.113.0/24 -p udp --dport 54 -j MARK --set-mark 3")
    k.mark("-d 203.0.113.0/24 -p icmp -j MARK --set-mark 2")
    transparent(k, [1, 2, 3])
    k.sysctl("cache_bypass", 1)
    k.sysctl("schedule_icmp", 1)
    k.ipvsadm("-A -f 1 -s rr -p 100")
    k.ipvsadm("-A -f 2 -s rr")
    k.ipvsadm("-A -f 3 -s rr -o")
    k.ipvsadm(f"-A -t {VIP}:80 -s rr")
    k.tcp(CLIENT, 40000, VIP, 80)
    inside(k)
    for port in (53, 54):
        k.udp(INSIDE, 40000, OUTSIDE, port, b"question", port="eth1")
        k.udp(INSIDE, 40000, OUTSIDE, port, b"z" * 1400, port="eth1")
    whole = WIRE.udp_datagram(INSIDE, OUTSIDE, 40001, 53, bytes(i % 251 for i in range(2000)))
    for offset, body, more in ((0, whole[:1480], True), (1480, whole[1480:], False)):
        k.frame("eth1", WIRE.l3(INSIDE, OUTSIDE, 17, body, df=False, ident=7, frag_offset=offset, more=more))
    back = WIRE.l3(OUTSIDE, INSIDE, 17, WIRE.udp_datagram(OUTSIDE, INSIDE, 53, 40000, b"reply"))
    k.icmp(INSIDE, OUTSIDE, 3, 3, payload=back, port="eth1", note="about an answer")
    back = WIRE.l3(OUTSIDE, INSIDE, 17, WIRE.udp_datagram(OUTSIDE, INSIDE, 53, 40009, b"reply"))
    k.icmp(INSIDE, OUTSIDE, 3, 3, payload=back, port="eth1", note="about an answer of no connection: no bypass")
    listing(k)
    k.ipvsadm("-a -f 1 -r 192.168.0.10 -g")
    inside(k, 40003)
    listing(k)
    k.ipvsadm("-Z")
    k.ipvsadm("-Ln --stats")


def scenario_bypass_ipv6(k):
    k.mark("-d 2001:db8:f::/48 -j MARK --set-mark 6")
    transparent(k, [6], "-6")
    k.ipvsadm("-A -f 6 -6 -s rr")
    k.sysctl("cache_bypass", 1)
    k.tcp(INSIDE6, 40000, OUTSIDE6, 80, port="eth1")
    k.tcp(INSIDE6, 40000, OUTSIDE6, 80, "A", port="eth1", seq=1001, ack=5001)
    k.udp(INSIDE6, 40000, OUTSIDE6, 53, port="eth1")
    k.ipvsadm("-a -f 6 -6 -r [2001:db8:5::a]:0 -g")
    k.tcp(INSIDE6, 40001, OUTSIDE6, 80, port="eth1")
    k.tcp(INSIDE6, 40000, OUTSIDE6, 80, "A", port="eth1", seq=1001, ack=5001)
    listing(k)


def scenario_random(k):
    """Rules drawn by lot, and packets that meet some of them. In the end none is left without a mark."""
    dice = random.Random(f"{SEED}-marks")
    ports = (80, 81, 443, 8000, 8005)

    def negation():
        return "! " if dice.random() < .25 else ""

    def ranges():
        return ",".join(dice.choice((str(dice.choice(ports)), "80:443", "8000:8010", "0:80")) for _ in range(dice.randint(1, 4)))

    for _ in range(30):
        words = []
        if dice.random() < .6:
            words.append(f"{negation()}-s 172.25.254.{dice.randint(8, 20)}/{dice.choice((32, 31, 30, 29, 28, '0.0.0.255', '0.0.0.3'))}")
        if dice.random() < .6:
            words.append(f"{negation()}-d {dice.choice((VIP, OTHER, '172.25.254.200/31', '10.99.0.0/16'))}")
        if dice.random() < .3:
            words.append(f"{negation()}-i {dice.choice(('eth0', 'eth1', 'eth+', 'lo'))}")
        protocol = dice.choice(("tcp", "tcp", "udp", ""))
        if protocol and dice.random() < .2:
            words.append(f"! -p {protocol}")
        elif protocol:
            words.append(f"-p {protocol}")
            if dice.random() < .5:
                words.append(f"{negation()}--dport {dice.choice(('80', '443', '80:443', '8000:', ':80'))}")
            if dice.random() < .2:
                words.append(f"{negation()}--sport {dice.choice(('1024:', ':1024', '40000'))}")
            if dice.random() < .4:
                words.append(f"-m multiport {negation()}--{dice.choice(('dports', 'sports', 'ports'))} {ranges()}")
        bits = dice.randint(0, 7)
        words.append("-j MARK " + dice.choice((f"--set-mark {bits}", f"--set-mark {bits}/{dice.randint(0, 7)}", f"--or-mark {bits}",
                                               f"--and-mark {bits}", f"--xor-mark {bits}", f"--set-xmark {bits}/{dice.randint(0, 7)}")))
        k.mark(" ".join(words))
    k.mark("-j MARK --or-mark 8")
    services(k, *range(8, 16))
    for n in range(120):
        client, source = f"172.25.254.{dice.randint(10, 19)}", dice.choice((1000, 1024, 40000 + n))
        vip = dice.choice((VIP, VIP, OTHER, "10.99.1.1"))
        if dice.random() < .7:
            k.tcp(client, source, vip, dice.choice(ports + (8011, 79)))
        else:
            k.udp(client, source, vip, dice.choice(ports + (8011, 79)))
    listing(k)

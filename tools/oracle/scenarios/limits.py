"""What sysctls limit, defend and change, and the far ends of weights, thresholds, timeouts and numbers of servers."""
import socket
import struct

VIP, VIP6 = "172.25.254.200", "2001:db8:c::200"
CLIENT, CLIENT6 = "172.25.254.10", "2001:db8:c::10"
SERVER, SERVER6 = "192.168.0.10", "2001:db8:5::a"
OTHER, OTHER6 = "192.168.0.11", "2001:db8:5::b"
FAMILIES = (("ipv4", VIP, CLIENT, SERVER, OTHER), ("ipv6", VIP6, CLIENT6, SERVER6, OTHER6))
METHODS = ("m", "g", "i")


def at(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def service(k, vip, port, servers, method="m", proto="t", options="-s rr"):
    k.ipvsadm(f"-A -{proto} {at(vip, port)} {options}")
    for server in servers:
        k.ipvsadm(f"-a -{proto} {at(vip, port)} -r {at(server, port)} -{method}")


def look(k):
    k.ipvsadm("-Lnc")
    k.ipvsadm("-Ln")


def unreachable(k, client, vip, quoted, host=False, note=None, kind=None):
    """A port unreachable, or another error, from a client about a packet of the virtual address."""
    kind = kind or ((1, 4) if ":" in client else (3, 3))
    k.icmp(client, vip, *kind, payload=quoted, host=host, note=note)


def quote(src, sport, dst, dport, proto=6):
    body = WIRE.tcp_segment(src, dst, sport, dport, "SA") if proto == 6 else WIRE.udp_datagram(src, dst, sport, dport)
    return WIRE.l3(src, dst, proto, body)


def schedule_icmp(method, vip, client, server, other):
    def scenario(k):
        for proto in "tu":
            service(k, vip, 80, (server, other), method, proto)
        service(k, vip, 81, ())
        unreachable(k, client, vip, quote(vip, 80, client, 40000), host=True, note="of no connection")
        k.sysctl("schedule_icmp", 1)
        unreachable(k, client, vip, quote(vip, 80, client, 40000))
        unreachable(k, client, vip, quote(vip, 80, client, 40000), note="again")
        unreachable(k, client, vip, quote(vip, 80, client, 40001, 17))
        look(k)
        k.tcp(client, 40000, vip, 80, "A", seq=1001, ack=5001)
        k.udp(client, 40001, vip, 80)
        unreachable(k, client, vip, quote(vip, 82, client, 40002), host=True, note="of no service")
        unreachable(k, client, vip, quote(vip, 81, client, 40003), note="no server")
        unreachable(k, client, vip, quote(vip, 80, client, 20), host=True, note="from FTP's data port")
        unreachable(k, client, vip, quote(vip, 80, client, 40004), kind=(3, 0) if ":" in vip else (11, 0))
        k.sysctl("am_droprate", 1)
        k.sysctl("drop_packet", 3)
        unreachable(k, client, vip, quote(vip, 80, client, 40005))
        k.sysctl("drop_packet", 0)
        look(k)
        k.sleep(3.2)
        k.ipvsadm("-Ln --stats")
        k.ipvsadm(f"-E -t {at(vip, 80)} -s rr -p 300")
        unreachable(k, client, vip, quote(vip, 80, client, 40006), note="persistent")
        k.tcp(client, 40007, vip, 80, "S")
        look(k)
    return scenario


def schedule_icmp_by(scheduler):
    def scenario(k):
        """Which address an error's quoted packet is hashed by, and whether both ways agree."""
        k.sysctl("schedule_icmp", 1)
        k.ipvsadm(f"-A -u {VIP}:80 -s {scheduler}")
        for n in range(10, 17):
            k.ipvsadm(f"-a -u {VIP}:80 -r 192.168.0.{n} -g")
        for n in range(10, 20):
            client = f"172.25.254.{n}"
            unreachable(k, client, VIP, quote(VIP, 80, client, 40000 + n, 17))
            k.udp(client, 41000, VIP, 80)
        look(k)
    return scenario


def nat_icmp_send(vip, client, server, other):
    def scenario(k):
        for proto in "tu":
            service(k, vip, 80, (server,), "m", proto)
            k.ipvsadm(f"-a -{proto} {at(vip, 80)} -r {at(other, 80)} -g")
        for value in (0, 1):
            k.sysctl("nat_icmp_send", value)
            left = value == 0
            k.tcp(server, 80, client, 40000, "SA", port="eth1", seq=5000, ack=1001, host=left)
            k.tcp(server, 80, client, 40000, "R", port="eth1", host=True)
            k.udp(server, 80, client, 40000, port="eth1", host=left)
            k.tcp(server, 81, client, 40000, "SA", port="eth1", host=True, note="not the server's port")
            k.tcp(other, 80, client, 40000, "SA", port="eth1", host=True, note="directly routed")
            k.udp(server, 80, vip, 80, port="eth1", note="to the service itself", host=False)
        k.tcp(client, 40000, vip, 80, "S")
        k.tcp(server, 80, client, 40000, "SA", port="eth1", seq=5000, ack=1001)
        look(k)
    return scenario


def backup_only(vip, client, server, other):
    def scenario(k):
        service(k, vip, 80, (server,))
        k.sysctl("backup_only", 1)
        k.tcp(client, 40000, vip, 80, "S", note="no daemon runs")
        k.ipvsadm("--start-daemon backup --mcast-interface eth0 --syncid 1")
        k.tcp(client, 40001, vip, 80, "S", host=True)
        k.tcp(client, 40000, vip, 80, "A", seq=1001, ack=5001, host=True)
        k.tcp(server, 80, client, 40000, "SA", port="eth1", seq=5000, ack=1001)
        unreachable(k, client, vip, quote(vip, 80, client, 40000), host=True)
        quoted = WIRE.l3(client, server, 6, WIRE.tcp_segment(client, server, 40000, 80, "S"))
        k.icmp(
            server, client, *((1, 4) if ":" in vip else (3, 3)), payload=quoted, port="eth1")
        look(k)
        k.sysctl("backup_only", 0)
        k.tcp(client, 40002, vip, 80, "S")
        k.sysctl("backup_only", 1)
        k.ipvsadm("--start-daemon master --mcast-interface eth0 --syncid 2")
        k.tcp(client, 40003, vip, 80, "S", host=True, note="master and backup")
        k.ipvsadm("--stop-daemon backup")
        k.tcp(client, 40004, vip, 80, "S", note="master only")
        k.ipvsadm("--stop-daemon master")
        look(k)
    return scenario


# How a connection comes into each state: 'c' from the client, 's' from the server.
ONE_WAY = ("cS", "cS cA", "cS cA cFA", "cS cFA", "cS cA cR", "cS cA cFA cA")
TWO_WAY = ("cS", "cS sSA", "cS sSA cA", "cS sSA cA cFA", "cS sSA cA sFA", "cS sSA cA cFA sFA", "cS sSA cA sFA cFA",
           "cS sSA cA cFA sFA cA", "cS sSA cA sR", "cS sSA cA cR")


def conn_reuse(method, vip, client, server, other, persistent):
    def scenario(k):
        service(k, vip, 80, (server, other), method, options="-s rr" + (" -p 300" if persistent else ""))
        port = 40000
        for mode in (0, 1, 2, 3, 4, -1):
            k.sysctl("conn_reuse_mode", mode)
            for steps in TWO_WAY if method == "m" else ONE_WAY:
                port += 1
                chosen = server
                for step in steps.split():
                    if step[0] == "c":
                        frames = k.tcp(client, port, vip, 80, step[1:], seq=1001, ack=5001)
                        if step == "cS" and k.chosen(frames) is not None:
                            chosen = {10: server, 11: other}[k.chosen(frames)]
                    else:
                        k.tcp(chosen, 80, client, port, step[1:], port="eth1", seq=5001, ack=1001)
                k.tcp(client, port, vip, 80, "S", seq=9001, note=f"mode {mode} after {steps}")
            k.ipvsadm("-Lnc")
        k.ipvsadm("-Ln")
        k.ipvsadm("-Ln --persistent-conn")
    return scenario


def defended(vip, client, server, other):
    """Memory is scarce below a threshold that no machine reaches, and never below 0."""
    def scenario(k):
        service(k, vip, 80, (server,), "g")
        service(k, vip, 80, (server,), "g", "u")
        port = 40000
        for threshold in (2147483647, 0):
            k.sysctl("amemthresh", threshold)
            for mode in (1, 2, 0):
                k.sysctl("drop_packet", mode)
                for _ in range(3):
                    port += 1
                    k.tcp(client, port, vip, 80, "S")
                    k.udp(client, port, vip, 80)
            for mode in (1, 2, 0):
                k.sysctl("secure_tcp", mode)
                port += 1
                for flags in ("S", "A", "FA"):
                    k.tcp(client, port, vip, 80, flags, seq=1001, ack=5001)
                look(k)
        k.sysctl("drop_packet", 3)
        for rate in (1, 2, 4, 0, -1):
            k.sysctl("drop_packet", 0)
            k.sysctl("am_droprate", rate)
            k.sysctl("drop_packet", 3)
            for _ in range(9):
                port += 1
                k.tcp(client, port, vip, 80, "S")
        look(k)
    return scenario


def spared(vip, client, server, other):
    """What drop_entry leaves alone: all but half-open connections and unassured templates, unless idle for a minute."""
    def scenario(k):
        service(k, vip, 80, (server,), "m")
        service(k, vip, 80, (server,), "m", "u")
        service(k, vip, 81, (server,), "m", options="-s rr -p 300")
        k.sysctl("drop_entry", 3)
        for i, steps in enumerate(TWO_WAY[2:]):
            for step in steps.split():
                if step[0] == "c":
                    k.tcp(client, 40000 + i, vip, 80, step[1:], seq=1001, ack=5001)
                else:
                    k.tcp(server, 80, client, 40000 + i, step[1:], port="eth1", seq=5001, ack=1001)
        k.udp(client, 40000, vip, 80)
        k.tcp(client, 41000, vip, 81, "S", seq=1001)
        k.tcp(server, 81, client, 41000, "SA", port="eth1", seq=5001, ack=1001)
        k.tcp(client, 41000, vip, 81, "A", seq=1001, ack=5001)
        k.sleep(6)
        look(k)
    return scenario


def measured(k):
    """Linux adds counters up every two seconds; until then it lists what they were."""
    k.sleep(2.1)


def returns(method, vip, client, server, other):
    """A server, or its service, goes and comes back: what of its counts comes with it."""
    def scenario(k):
        service(k, vip, 80, (server, other), method)
        for i in range(4):
            k.connect(client, 40000 + i, vip, 80)
        measured(k)
        k.ipvsadm(f"-d -t {at(vip, 80)} -r {at(server, 80)}")
        for i in range(4, 6):
            k.connect(client, 40000 + i, vip, 80)
        for i in range(6):
            k.tcp(client, 40000 + i, vip, 80, "PA", seq=1001, ack=5001)
        look(k)
        k.ipvsadm(f"-a -t {at(vip, 80)} -r {at(server, 80)} -{method} -w 3")
        measured(k)
        k.ipvsadm("-Ln --stats")
        for i in range(8):
            k.tcp(client, 40000 + i, vip, 80, "PA" if i < 6 else "S", seq=1001, ack=5001)
        look(k)
        measured(k)
        k.ipvsadm(f"-D -t {at(vip, 80)}")
        k.tcp(client, 40000, vip, 80, "PA", seq=1001, ack=5001, host=True)
        k.ipvsadm("-Lnc")
        service(k, vip, 80, (server, other), method, options="-s wlc")
        look(k)
        measured(k)
        k.ipvsadm("-Ln --stats")
        for i in range(10):
            k.tcp(client, 40000 + i, vip, 80, "PA" if i < 8 else "S", seq=1001, ack=5001)
        look(k)
        measured(k)
        k.ipvsadm("-Ln --stats")
        for i in range(10):
            k.tcp(client, 40000 + i, vip, 80, "R", seq=1001, ack=5001)
        k.sleep(11)
        look(k)
        k.ipvsadm(f"-d -t {at(vip, 80)} -r {at(other, 80)}")
        k.ipvsadm(f"-a -t {at(vip, 80)} -r {at(other, 80)} -{method}")
        measured(k)
        k.ipvsadm("-Ln --stats")
        look(k)
    return scenario


def quiescent(vip, client, server, other):
    """Weight 0 under expire_quiescent_template and expire_nodest_conn, and a server that is gone under both."""
    def scenario(k):
        service(k, vip, 80, (server, other), "g", options="-s rr -p 300")
        service(k, vip, 81, (server, other), "g")
        port = 40000
        for quiescent, nodest in ((0, 0), (1, 0), (0, 1), (1, 1)):
            k.sysctl("expire_quiescent_template", quiescent)
            k.sysctl("expire_nodest_conn", nodest)
            for change in ("-e {} -w 0", "-e {} -w 1", "-d {}", "-a {} -w 1"):
                for target in (80, 81):
                    first = change.split()[0]
                    rest = change[2:].format(f"-t {at(vip, target)} -r {at(server, target)}")
                    k.ipvsadm(f"{first}{rest}" + (" -g" if first != "-d" else ""))
                port += 1
                for target in (80, 81):
                    k.tcp(client, 40000, vip, target, "S", seq=1001)
                    k.tcp(client, 40000, vip, target, "A", seq=1001, ack=5001)
                    k.connect(client, port, vip, target)
                look(k)
    return scenario


def scenarios():
    for scheduler in ("dh", "sh", "mh", "lblc", "lblcr", "sh -b sh-port", "mh -b mh-port"):
        yield f"schedule-icmp-by-{scheduler.split()[-1]}", schedule_icmp_by(scheduler)
    for family, vip, client, server, other in FAMILIES:
        for method in METHODS:
            yield f"schedule-icmp-{family}-{method}", schedule_icmp(method, vip, client, server, other)
        for method in "mg":
            yield f"conn-reuse-{family}-{method}", conn_reuse(method, vip, client, server, other, False)
            yield f"returns-{family}-{method}", returns(method, vip, client, server, other)
        yield f"conn-reuse-persistent-{family}", conn_reuse("g", vip, client, server, other, True)
        yield f"nat-icmp-send-{family}", nat_icmp_send(vip, client, server, other)
        yield f"backup-only-{family}", backup_only(vip, client, server, other)
        yield f"defended-{family}", defended(vip, client, server, other)
        yield f"spared-{family}", spared(vip, client, server, other)
        yield f"quiescent-{family}", quiescent(vip, client, server, other)
        yield f"thresholds-{family}", thresholds(vip, client, server, other)
        yield f"heavy-weights-{family}", heavy_weights(vip, client, family)
        yield f"many-servers-{family}", many_servers(vip, client, family)


def thresholds(vip, client, server, other):
    def scenario(k):
        service(k, vip, 80, (), options="-s wlc")
        service(k, vip, 80, (), proto="u", options="-s rr")
        for proto in "tu":
            for upper, lower, wrong in ((2, 3, True), (1, 1, False), (5, 4, False)):
                k.ipvsadm(f"-{'a' if wrong or upper == 1 else 'e'} -{proto} {at(vip, 80)} -r {at(server, 80)} -m -x {upper} -y {lower}")
            k.ipvsadm(f"-a -{proto} {at(vip, 80)} -r {at(other, 80)} -m -x 2147483647 -y 2147483647")
        k.ipvsadm("-Ln --thresholds")
        for i in range(12):
            k.tcp(client, 40000 + i, vip, 80, "S")
            k.udp(client, 40000 + i, vip, 80)
        look(k)
        for i in range(12):
            k.tcp(client, 40000 + i, vip, 80, "R", seq=1001)
        k.ipvsadm("--set 0 0 1")
        for i in range(12):
            k.udp(client, 40000 + i, vip, 80)
        k.sleep(11)
        look(k)
        for i in range(4):
            k.tcp(client, 41000 + i, vip, 80, "S")
            k.udp(client, 41000 + i, vip, 80)
        k.ipvsadm(f"-e -t {at(vip, 80)} -r {at(server, 80)} -m -x 1 -y 0")
        k.ipvsadm(f"-e -t {at(vip, 80)} -r {at(other, 80)} -m -x 1 -y 0")
        for i in range(4):
            k.tcp(client, 42000 + i, vip, 80, "S", note="all may be full")
        k.ipvsadm(f"-e -t {at(vip, 80)} -r {at(server, 80)} -m -x 2 -y 0")
        k.tcp(client, 43000, vip, 80, "S")
        look(k)
    return scenario


def heavy_weights(vip, client, family):
    servers = [f"192.168.0.{n}" if family == "ipv4" else f"2001:db8:5::{n:x}" for n in range(10, 14)]

    def scenario(k):
        for n, scheduler in enumerate("wrr wlc sed nq sh mh lblc lblcr fo ovf lc".split()):
            port = 80 + n
            k.ipvsadm(f"-A -t {at(vip, port)} -s {scheduler}")
            for server, weight in zip(servers, (65535, 65534, 1, 0)):
                k.ipvsadm(f"-a -t {at(vip, port)} -r {at(server, port)} -g -w {weight}")
            k.ipvsadm(f"-a -t {at(vip, port)} -r {at(servers[3], port + 100)} -g -w 65536")
            for i in range(12):
                k.connect(client, 40000 + i, vip, port)
        k.ipvsadm("-Ln")
        k.ipvsadm("-Sn")
    return scenario


def many_servers(vip, client, family):
    """Three hundred behind one service, in an order of their own."""
    def scenario(k):
        rules = []
        for n, scheduler in enumerate("rr wrr lc wlc sed nq sh dh mh fo ovf lblc".split()):
            port = 80 + n
            rules.append(f"-A -t {at(vip, port)} -s {scheduler}")
            for i in range(300):
                j = i * 7 % 300
                server = f"10.10.{1 + j // 200}.{1 + j % 200}" if family == "ipv4" else f"2001:db8:5::1:{j:x}"
                rules.append(f"-a -t {at(vip, port)} -r {at(server, port)} -g -w {1 + j % 9 if n else 1}")
        k.ipvsadm("-R", stdin="\n".join(rules) + "\n")
        for n in range(12):
            for i in range(20):
                k.tcp(client, 40000 + i, vip, 80 + n, "S")
        k.ipvsadm("-Lnc")
        k.ipvsadm("-Ln")
    return scenario


def scenario_timeouts(k):
    """--set over its whole range."""
    for arguments in ("0 0 0", "1 1 1", "-1 0 0", "2147483647 1 1", "21474836 21474836 21474836", "21474837 1 1",
                      "1 2", "1 2 3 4", "x 1 1", "0 0 7", "4294967296 1 1", "86400 60 5"):
        k.ipvsadm(f"--set {arguments}")
        k.ipvsadm("-L --timeout")


def scenario_estimation(k):
    """While run_estimation is 0 the rates stand still; Linux' counts do, too."""
    k.sysctl("run_estimation", 0)
    service(k, VIP, 80, (SERVER,), "g")
    for i in range(5):
        k.connect(CLIENT, 40000 + i, VIP, 80)
    k.sleep(5)
    k.ipvsadm("-Ln --rate")


def scenario_snat_reroute(k):
    """Of use only where routes depend on the source address: without such, both values send the same."""
    service(k, VIP, 80, (SERVER,))
    for value in (1, 0):
        k.sysctl("snat_reroute", value)
        k.tcp(CLIENT, 40000 + value, VIP, 80, "S")
        k.tcp(SERVER, 80, CLIENT, 40000 + value, "SA", port="eth1", seq=5000, ack=1001)

"""What the sysctls conntrack and ignore_tunneled change in what IPVS decides."""

VIP, CLIENT, SERVER, OTHER = "172.25.254.200", "172.25.254.10", "192.168.0.10", "192.168.0.11"
METHODS = (("-m", 80), ("-g", 81), ("-i", 82))


def services(k):
    for how, port in METHODS:
        k.ipvsadm(f"-A -t {VIP}:{port} -s rr")
        for server in (SERVER, OTHER):
            k.ipvsadm(f"-a -t {VIP}:{port} -r {server}:{port} {how}")


def again(k, sport, port, note):
    """A SYN, and what a client sends that hears nothing."""
    k.tcp(CLIENT, sport, VIP, port, "S", seq=900000, note=f"{note}: begun anew")
    k.sleep(1)
    k.tcp(CLIENT, sport, VIP, port, "S", seq=900000, note=f"{note}: after a second")
    k.ipvsadm("-Lnc")


def begin(k, sport, how, port, ending):
    server = None
    for f in k.tcp(CLIENT, sport, VIP, port, "S"):
        server = f"192.168.0.{int(f['hex'][10:12], 16)}"
    if how == "-m":
        k.tcp(server, port, CLIENT, sport, "SA", port="eth1", seq=5000, ack=1001)
    k.tcp(CLIENT, sport, VIP, port, "A", seq=1001, ack=5001)
    if ending:
        k.tcp(CLIENT, sport, VIP, port, ending, seq=1001, ack=5001)
    if how == "-m" and ending == "FA":
        k.tcp(server, port, CLIENT, sport, "FA", port="eth1", seq=5001, ack=1002)
        k.tcp(CLIENT, sport, VIP, port, "A", seq=1002, ack=5002)
    return server


def reuse(k, conntrack):
    services(k)
    # A masqueraded server of FTP makes netfilter track connections in the first place.
    k.ipvsadm("-A -t 10.99.0.9:21 -s rr")
    k.ipvsadm(f"-a -t 10.99.0.9:21 -r {SERVER}:21 -m")
    k.sysctl("conntrack", conntrack)
    sport = 40000
    for mode in (1, 0, 3):
        k.sysctl("conn_reuse_mode", mode)
        for how, port in METHODS:
            for ending in ("FA", "R"):
                sport += 1
                begin(k, sport, how, port, ending)
                again(k, sport, port, f"mode {mode}, {how}, {ending}")
    k.sysctl("conn_reuse_mode", 1)
    k.sysctl("expire_nodest_conn", 1)
    for how, port in METHODS:
        sport += 1
        server = begin(k, sport, how, port, "")
        k.ipvsadm(f"-e -t {VIP}:{port} -r {server}:{port} {how} -w 0")
        again(k, sport, port, f"{how}, its server at weight 0")
    k.sysctl("expire_nodest_conn", 0)
    for how, port in METHODS:
        sport += 1
        server = begin(k, sport, how, port, "")
        k.ipvsadm(f"-d -t {VIP}:{port} -r {server}:{port}")
        k.sysctl("expire_nodest_conn", 1)
        again(k, sport, port, f"{how}, its server gone")
        k.sysctl("expire_nodest_conn", 0)
    k.sleep(2.2)
    k.ipvsadm("-Ln --stats")


def scenario_off(k):
    reuse(k, 0)


def scenario_on(k):
    reuse(k, 1)


def scenario_on_alone(k):
    """conntrack=1 where nothing else makes netfilter track connections."""
    services(k)
    k.sysctl("conntrack", 1)
    for number, (how, port) in enumerate(METHODS):
        begin(k, 40000 + number, how, port, "FA")
        again(k, 40000 + number, port, how)


def scenario_tunneled(k):
    """IPIP packets for the director, whose tunl0 unwraps them: what is inside is balanced, whatever ignore_tunneled says."""
    WIRE.in_director("ip link set tunl0 up")
    WIRE.in_director("sysctl -qw net.ipv4.conf.tunl0.rp_filter=0")
    services(k)
    sport = 40000
    for value in (0, 1):
        k.sysctl("ignore_tunneled", value)
        for how, port in METHODS:
            for outer in ("172.25.254.100", VIP):
                sport += 1
                inner = WIRE.l3(CLIENT, VIP, 6, WIRE.tcp_segment(CLIENT, VIP, sport, port, "S"))
                k.frame("eth0", WIRE.l3("198.51.100.7", outer, 4, inner), note=f"ignore_tunneled {value}, {how}, to {outer}")
                k.tcp(CLIENT, sport, VIP, port, "A", seq=1001, ack=5001, note="as it is")
    k.ipvsadm("-Lnc")

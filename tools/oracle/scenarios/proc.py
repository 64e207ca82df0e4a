"""The files of IPVS under /proc/net, which monitoring reads."""

VIP = "172.25.254.200"
CLIENT = "172.25.254.10"
VIP6 = "2001:db8:c::200"
CLIENT6 = "2001:db8:c::10"
FILES = ("ip_vs", "ip_vs_stats", "ip_vs_stats_percpu", "ip_vs_conn", "ip_vs_conn_sync")


def files(k):
    for name in FILES:
        k.proc(name)


def scenario_empty(k):
    files(k)


def scenario_services(k):
    k.ipvsadm(f"-A -t {VIP}:80 -s rr")
    for server, way in (("10:8080", "-m -w 3"), ("11:80", "-g"), ("12:80", "-i -w 100"), ("100:80", "-m -w 65535"),
                        ("13:80", "-g -w 0")):
        k.ipvsadm(f"-a -t {VIP}:80 -r 192.168.0.{server} {way}")
    k.ipvsadm(f"-A -u {VIP}:53 -s wlc -p 300 -M 255.255.255.0 -o")
    k.ipvsadm(f"-A -u {VIP}:54 -s sh -b sh-port,sh-fallback -o")
    k.ipvsadm(f"-a -u {VIP}:54 -r 192.168.0.11:54 -m")
    k.ipvsadm(f"-A --sctp-service {VIP}:99 -s mh -b mh-port -p")
    k.ipvsadm(f"-A -t [{VIP6}]:443 -s rr -p 60 -M 64")
    k.ipvsadm(f"-a -t [{VIP6}]:443 -r [2001:db8:5::a]:443 -m")
    k.ipvsadm(f"-a -t [{VIP6}]:443 -r 192.168.0.10 -i")
    k.ipvsadm(f"-A -u [{VIP6}]:53 -s wrr -o")
    k.ipvsadm("-A -f 5 -s rr -p 33 -M 255.255.0.0")
    k.ipvsadm("-a -f 5 -r 192.168.0.13 -g")
    k.ipvsadm("-A -f 4294967295 -s lc -o")
    k.ipvsadm("-A -f 17 -6 -s wrr -p 2678400")
    k.ipvsadm(f"-A -t {VIP}:0 -s lblcr -p 77")
    files(k)


def scenario_connections(k):
    k.ipvsadm(f"-A -t {VIP}:80 -s rr")
    for way in ("10:8080 -m", "11:80 -g", "12:80 -i"):
        k.ipvsadm(f"-a -t {VIP}:80 -r 192.168.0.{way}")
    k.ipvsadm(f"-A -u {VIP}:53 -s rr -p 300 -M 255.255.255.0")
    k.ipvsadm(f"-a -u {VIP}:53 -r 192.168.0.11:53 -m")
    k.ipvsadm(f"-A -t [{VIP6}]:443 -s rr -p 60 -M 64")
    k.ipvsadm(f"-a -t [{VIP6}]:443 -r [2001:db8:5::a]:443 -m")
    k.ipvsadm(f"-a -t [{VIP6}]:443 -r 192.168.0.10 -i")
    for i in range(3):
        k.tcp(CLIENT, 40000 + i, VIP, 80, "S")
    k.connect(CLIENT, 50000, VIP, 80)
    k.udp(CLIENT, 1234, VIP, 53, b"x" * 1400)
    k.udp("192.168.0.11", 53, CLIENT, 1234, b"x" * 300, port="eth1")
    k.tcp(CLIENT6, 40000, VIP6, 443, "S")
    k.tcp("2001:db8:c:0:1::1", 40001, VIP6, 443, "S")
    k.sleep(2.2)
    files(k)
    k.ipvsadm("-Z")
    files(k)

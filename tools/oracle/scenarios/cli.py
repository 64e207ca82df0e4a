"""Every command of ipvsadm with every option, legal or not; values at and beyond their bounds; every listing."""
import os

VIP, VIP6 = "172.25.254.200", "2001:db8:c::200"
# No name server is reachable where this runs: do not wait for it.
os.environ["RES_OPTIONS"] = "timeout:1 attempts:1"

TCP, SERVER = f"-t {VIP}:80", "-r 192.168.0.10:80"
SERVICES = (TCP, f"-u {VIP}:53", f"--sctp-service {VIP}:2905", "-f 5", "-f 5 -6", f"-t [{VIP6}]:80")
OPTIONS = (
    "-s rr", "-b flag-1", "-p", "-p 10", "-M 255.255.255.0", "--pe sip", "-o", "--ops", SERVER, "-m", "-g", "-i", "--tun-type ipip",
    "--tun-port 5000", "--tun-nocsum", "--tun-csum", "--tun-remcsum", "-w 1", "-x 1", "-y 1", "-n", "-c", "--timeout", "--daemon",
    "--stats", "--rate", "--exact", "-X", "--thresholds", "--persistent-conn", "--tun-info", "--sort", "--nosort", "--syncid 1",
    "--sync-maxlen 100", "--mcast-interface eth1", "--mcast-group 224.0.0.82", "--mcast-port 8849", "--mcast-ttl 2",
)
COMMANDS = {
    "add-service": ("-A", f"-A -t {VIP}:81", f"-A -u {VIP}:81", "-A -f 9"),
    "edit-service": ("-E", f"-E {TCP}"),
    "delete-service": ("-D", f"-D {TCP}"),
    "clear": ("-C",),
    "add-server": ("-a", f"-a {TCP}", f"-a {TCP} -r 192.168.0.11:80"),
    "edit-server": ("-e", f"-e {TCP}", f"-e {TCP} {SERVER}"),
    "delete-server": ("-d", f"-d {TCP}", f"-d {TCP} {SERVER}"),
    "list": ("-Ln", f"-Ln {TCP}"),
    "save": ("-Sn",),
    "restore": ("-R",),
    "zero": ("-Z", f"-Z {TCP}"),
    "set": ("--set 10 20 30",),
    "start-daemon": ("--start-daemon master",),
    "stop-daemon": ("--stop-daemon master",),
}


def tables(k):
    k.ipvsadm(f"-A {TCP} -s rr")
    k.ipvsadm(f"-a {TCP} {SERVER} -m")


LEGAL_OF_A_SERVER = ("-m", "-g", "-i", "-w", "-x", "-y", "--tun")


def matrix(bases):
    def scenario(k):
        tables(k)
        for base in bases:
            k.ipvsadm(base, stdin="" if base == "-R" else None)
            if base[:2] in ("-D", "-C", "-d"):
                tables(k)
            for option in OPTIONS + SERVICES[1:]:
                k.ipvsadm(f"{base} {option}", stdin="" if base == "-R" else None)
                if base[:2] == "-a" and option.startswith(LEGAL_OF_A_SERVER):
                    k.ipvsadm(f"-d {TCP} -r 192.168.0.11:80")
            if base[:2] == "-A":
                k.ipvsadm("-Sn")
        for args in ("-Ln", "-Sn", "-L --timeout", "-L --daemon"):
            k.ipvsadm(args)
    return scenario


def scenarios():
    for name, bases in COMMANDS.items():
        yield f"options-of-{name}", matrix(bases)


TUNNELS = ("--tun-port 5000", "--tun-nocsum", "--tun-csum", "--tun-remcsum", "--tun-port 5000 --tun-nocsum", "--tun-port 5000 --tun-csum",
           "--tun-port 5000 --tun-remcsum", "--tun-nocsum --tun-csum", "--tun-csum --tun-remcsum", "--tun-port 5000 --tun-csum --tun-nocsum")


def scenario_tunnels(k):
    tables(k)
    for kind in ("", "--tun-type ipip", "--tun-type gue", "--tun-type gre", "--tun-type GUE", "--tun-type ''", "--tun-type gue --tun-type gre"):
        for method in ("-i", "-g", ""):
            for more in ("",) + TUNNELS:
                k.ipvsadm(f"-a {TCP} -r 192.168.0.11 {method} {kind} {more}")
                k.ipvsadm(f"-e {TCP} -r 192.168.0.11 {method} {kind} {more}")
                k.ipvsadm("-Ln --tun-info")
                k.ipvsadm(f"-d {TCP} -r 192.168.0.11")


NUMBERS = ("''", "0", "1", "-1", "+1", "' 1'", "'1 '", "010", "0x10", "1e3", "1.5", "65535", "65536", "2147483647", "2147483648",
           "4294967295", "4294967296", "99999999999999999999", "1a", "-", "--")


def scenario_numbers(k):
    tables(k)
    k.ipvsadm(f"-A {TCP[:-2]}90 -s rr")
    for n in NUMBERS:
        for option in ("-w", "-x", "-y", "-y 0 -x"):
            k.ipvsadm(f"-e {TCP} {SERVER} -m {option} {n}")
        k.ipvsadm("-Ln --thresholds")
        k.ipvsadm("-Ln")
        for option in ("-p", "-p 9 -M", "-p10 -b", "-s", "--pe"):
            k.ipvsadm(f"-E {TCP} {option} {n}")
        k.ipvsadm("-Sn")
        k.ipvsadm(f"-A -f {n}")
        k.ipvsadm("-Sn")
        k.ipvsadm(f"-D -f {n}")
        k.ipvsadm(f"-A -t {VIP}:{n}")
        k.ipvsadm(f"-a {TCP} -r 192.168.0.12:{n} -m")
        k.ipvsadm(f"-a {TCP} -r 192.168.0.13:1 -i --tun-type gue --tun-port {n}")
        k.ipvsadm(f"--set {n} 2 3")
        k.ipvsadm(f"--set 1 {n} 3")
        k.ipvsadm(f"--set 1 2 {n}")
        k.ipvsadm("-L --timeout")
    k.ipvsadm("-Sn")
    k.ipvsadm("-Ln --thresholds")


def scenario_daemon_numbers(k):
    for n in NUMBERS + ("1500", "1501", "9000", "65507", "65508", "28"):
        for option in ("--syncid", "--sync-maxlen", "--mcast-port", "--mcast-ttl"):
            k.ipvsadm(f"--start-daemon backup --mcast-interface eth1 {option} {n}")
            k.ipvsadm("-L --daemon")
            k.ipvsadm("--stop-daemon backup")
    for group in ("224.0.0.1", "239.255.255.255", "240.0.0.1", "10.0.0.1", "ff02::1", "ff05::5:6", "2001:db8::1", "nosuch", "''", "224.0.0", "[ff02::1]"):
        k.ipvsadm(f"--start-daemon master --mcast-interface eth1 --mcast-group {group}")
        k.ipvsadm("-L --daemon")
        k.ipvsadm("--stop-daemon master")
    k.ipvsadm("--start-daemon=backup --mcast-interface=eth1 --syncid=255")
    k.ipvsadm("--start-daemon master --mcast-interface eth1 --syncid 254")
    k.ipvsadm("-L --daemon")
    k.ipvsadm("-Ln --daemon --timeout")
    k.ipvsadm("--stop-daemon backup --syncid 3")
    k.ipvsadm("-L --daemon")
    k.ipvsadm("--stop-daemon master --syncid 254")
    k.ipvsadm("--start-daemon master --mcast-interface ''")
    k.ipvsadm("--start-daemon master --mcast-interface a-name-longer-than-sixteen")
    k.ipvsadm("--start-daemon Master")


def scenario_forms(k):
    """How popt takes words apart: joined, with =, abbreviated (it is not), repeated, in any order after the command."""
    tables(k)
    for args in (
        f"-e {TCP} {SERVER} -m -w5", f"-e {TCP} {SERVER} -m -w=6", f"-e {TCP} {SERVER} -m --weight=7", f"-e {TCP} {SERVER} -m --weight 8",
        f"-e {TCP} {SERVER} -mw9", f"-e {TCP} {SERVER} -w9m", f"-e {TCP} {SERVER} -m --weigh 5", f"-e {TCP} {SERVER} -m --wei=5", f"-e {TCP} {SERVER} --masq",
        f"-e {TCP} {SERVER} --masquerading=1", f"-e {TCP} {SERVER} -m=1", f"-e -t{VIP}:80 -r192.168.0.10:80 -m", f"-e -t={VIP}:80 -r=192.168.0.10:80 -m",
        f"-et {VIP}:80 {SERVER} -m", f"-e --tcp-service={VIP}:80 --real-server=192.168.0.10:80 --masquerading -w 3", f"-m -e {TCP} {SERVER}",
        f"{TCP} -e {SERVER} -m", f"-e -m {SERVER} -w 4 {TCP}", f"-e {SERVER} {TCP} -m", f"--edit-server {TCP} {SERVER} -m -w 11", f"--edit-serve {TCP} {SERVER} -m",
        f"-e {TCP} {SERVER} -m -w", f"-e {TCP} {SERVER} -m -w -x", f"-e {TCP} {SERVER} -m -w 1 -w 2", f"-e {TCP} {TCP} {SERVER} -m", f"-e {TCP} {SERVER} {SERVER} -m",
        f"-e {TCP} {SERVER} -m -m", f"-e {TCP} {SERVER} -m -g", f"-e {TCP} -f 3 {SERVER}", f"-e {TCP} {SERVER} -m --", f"-e {TCP} {SERVER} -m -- -w 9",
        f"-e {TCP} {SERVER} -m -", f"-- -L", "-", "--", "-Ln -n", "-L -L", "-L -l", "-lLn", "-nL", "-n", "-n -L", "-Lnn", "--list --list", "-LnS", "-L -S",
        "--list=x", "-L=x", "-Lx", "-Ln1", "--nosuch", "--Numeric", "--LIST", "-L --numeric=1", "-6", "-L -6", "-L -6 -f 5", "-L -f 5 -6", f"-L {TCP} -6",
        "-L -f 5 -6 -6", "-L -c -f 5", "-v -L", "-h -L", "-vh", "-v extra", "-h extra", "-v --nosuch", "--set 1 2 3 4", "--set=1 2 3", "--set 1 2 3 -n", "--set -n 1 2 3",
        "--set 0 0 0", "-L --timeout extra", "-C extra", "-C -C", "-Z -Z", f"-Z {TCP}", "-Z -t 172.25.254.99:80", "-Z -f 5", f"-Z {TCP} {TCP}", "-S extra", "-R extra",
        "--start-daemon=nosuch", "--start-daemon -n", "--stop-daemon -n", "--stop-daemon=master", "-A -t", "-A --tcp-service", "-A --tcp-service=", f"-A -t '' -s rr",
        "-A --fwmark-service 7", "-A --fwmark-service=8 -s rr", "-A --fwmark-service 9 --ipv6", "-A -f 10 -6 -p 5 -M 64", "-A -6 -f 11", "-A -f 12 -M 64 -6 -p 3",
        "-D -f 10", "-D -f 10 -6", "-L -f 9 -6", "-Ln -f 9", "-A -f 7 -o", "-A -f 13 -o -s rr", "-A -f 0x0d", "-Sn",
        f"-A -u {VIP}:70 -p -s rr", f"-A -u {VIP}:71 -s rr -p", f"-A -u {VIP}:72 -p=30 -s rr", f"-A -u {VIP}:73 -p30 -s rr", f"-A -u {VIP}:74 --persistent=30",
        f"-A -u {VIP}:75 --persistent -s rr", f"-A -u {VIP}:76 --persistent 31 -s rr", f"-A -u {VIP}:77 -p -p", f"-A -u {VIP}:78 -p 5 -p 6", f"-A -u {VIP}:79 -p ''",
        f"-A -u {VIP}:80 -s '' ", f"-A -u {VIP}:80 -s=rr", f"-A -u {VIP}:81 -srr", f"-A -u {VIP}:82 -s rr -o -p --pe sip", f"-A -u {VIP}:83 -s rr -op9", "-Sn", "-Ln",
    ):
        k.ipvsadm(args)


def scenario_addresses(k):
    tables(k)
    forms = (
        VIP, f"{VIP}:", f"{VIP}:0", f"{VIP}:80", f"{VIP}:00080", f"{VIP}:http", f"{VIP}:HTTP", f"{VIP}:nosuchport", f"{VIP}:80:80", f"{VIP}: 80", f":{80}", f"[{VIP}]:80",
        VIP6, f"[{VIP6}]", f"[{VIP6}]:", f"[{VIP6}]:0", f"[{VIP6}]:80", f"[{VIP6}]:http", f"[{VIP6}:80", f"{VIP6}]:80", f"[[{VIP6}]]:80", f"[{VIP6}]80", "[]:80", "::", "[::]:80",
        "[::1]:80", "[fe80::1%eth0]:80", "[fe80::1]:80", "[FE80::A:B]:80", "0", "0:80", "1", "1:80", "1.2", "1.2:80", "1.2.3:80", "1.2.3.4.5:80",
        "256.1.1.1:80", "1.1.1.256:80", "0x7f.1:80", "0x0a000001:80", "010.0.0.1:80", "127.1:80", "0.0.0.0:80", "255.255.255.255:80", "224.0.0.1:80", "127.0.0.1:80", "localhost:80",
        "nosuch.invalid:80", "-1:80", "' 10.0.0.1:80'", "'10.0.0.1 :80'", "10.0.0.1:65535", "10.0.0.1:65536", "10.0.0.1:-1", "10.0.0.1:+80", "10.0.0.1:0x50", "10.0.0.1:8a",
    )
    for form in forms:
        k.ipvsadm(f"-A -t {form} -s rr")
        k.ipvsadm(f"-a {TCP} -r {form} -m")
        k.ipvsadm(f"-a {TCP} -r {form} -i")
        k.ipvsadm(f"-a -t [{VIP6}]:80 -r {form} -m")
    k.ipvsadm("-Sn")
    k.ipvsadm("-Ln")
    for form in forms:
        k.ipvsadm(f"-L -n -t {form}")
        k.ipvsadm(f"-d {TCP} -r {form}")
        k.ipvsadm(f"-D -t {form}")
    k.ipvsadm("-Sn")


def scenario_names(k):
    """Without -n: names of ports, and of hosts where there are any."""
    for args in (
        "-A -t 127.0.0.1:80 -s rr", "-A -u 127.0.0.1:53 -s rr", "-A --sctp-service 127.0.0.1:2905 -s rr", "-A -t 127.0.0.1:9 -s rr", "-A -t 127.0.0.1:4999 -s rr",
        "-A -t 127.0.0.1:domain -s rr", "-A -u 127.0.0.1:sip -s rr -o", "-A -t 127.0.0.1:http -s wlc", "-A -t 127.0.0.1:tftp -s wlc", "-A -u 127.0.0.1:tftp -s wlc", "-A -f 80 -s rr",
        "-A -t 127.0.0.1:0 -s rr -p", "-a -t 127.0.0.1:80 -r 127.0.0.1:80 -m", "-a -t 127.0.0.1:http -r 127.0.0.1:http-alt -m", "-a -u localhost:domain -r localhost:domain -m",
        "-a -f 80 -r 127.0.0.1:80", "-a -f 80 -r 127.0.0.1:domain -m", "-a -f 80 -r 127.0.0.1 -m", "-L", "-l", "-S", "-L -t localhost:http", "-L -t localhost:https", "-L --stats",
        "-L --rate", "-L --thresholds", "-L --persistent-conn", "-L --tun-info", "-L -c", "-d -u localhost:domain -r localhost:domain", "-D -t localhost:domain", "-S", "-C",
        f"-A -t {VIP}:443 -s rr", "-L", "-S",
    ):
        k.ipvsadm(args)


DISPLAYS = ("-n", "-c", "--timeout", "--daemon", "--stats", "--rate", "--exact", "--thresholds", "--persistent-conn", "--tun-info", "--sort", "--nosort", TCP, "-f 5 -6", "--syncid 1")


def scenario_listings(k):
    tables(k)
    k.ipvsadm("-A -f 5 -6 -s sh -b sh-port -p 50 -M 64")
    k.ipvsadm("-a -f 5 -6 -r [2001:db8:5::a] -i --tun-type gue --tun-port 6080 --tun-csum -w 9 -x 20 -y 10")
    k.ipvsadm(f"-a {TCP} -r 192.168.0.20:8080 -m -x 5 -w 0")
    k.ipvsadm(f"-a {TCP} -r 192.168.0.13 -g -w 100")
    k.ipvsadm(f"-A -u [{VIP6}]:5060 -s rr -p 9 -M 65 --pe sip -o")
    for i, one in enumerate(DISPLAYS):
        k.ipvsadm(f"-Ln {one}" if one != "-n" else "-Ln")
        for other in DISPLAYS[i + 1:]:
            k.ipvsadm(f"-L -n {one} {other}" if one != "-n" else f"-L {one} {other}")
    for n in range(3):
        k.tcp("172.25.254.10", 40000 + n, VIP, 80, "S")
    for args in ("-Ln --persistent-conn --thresholds", "-Ln --tun-info --persistent-conn", "-Lc -n --persistent-conn --stats",
                 f"-Ln -c {TCP} --stats", f"-Ln {TCP} -c", "-Lnc --sort", "-Lnc --nosort", "-Lnc --exact", "-Lnc --tun-info", "-Lnc --thresholds"):
        k.ipvsadm(args)


def scenario_save_and_restore(k):
    tables(k)
    for stdin in (
        "", "\n\n", "   \n\t\n", "-C\n", f"ipvsadm -A {TCP} -s rr\n-a {TCP} {SERVER} -m -w 2", "-L -n\n", "-S -n\n", "-S\n-L\n", f"-A {TCP} -s rr # comment\n-A -f 1\n", "# x\n-A -f 2\n",
        "-h\n-A -f 3\n", "-v\n-A -f 4\n", "-R\n-A -f 5\n", f"-A {TCP}\n-A -f 6\n", f"-D -f 99\n-A -f 7\n", "-A -f 0\n-A -f 8\n", "-A\n-A -f 9\n", "-Z\n-Z -f 9\n--set 4 5 6\n-L --timeout\n",
        f"-A -u {VIP}:1 -s 'rr'\n", f"-A -u {VIP}:1 -s \"rr\"\n-A -f 10\n", f"-A -u {VIP}:2 -s rr\r\n-A -f 11\r\n", f"-A  -u   {VIP}:3\t-s   rr  \n", "--nosuch\n-A -f 12\n",
        "extra\n-A -f 13\n", "-A -f 14 extra\n-A -f 15\n", "-A -f 16 --nosuch\n-A -f 17\n", "-A -f 18 -s\n-A -f 19\n", "ipvsadm\n-A -f 20\n", "ipvsadm ipvsadm -A -f 21\n-A -f 22\n",
        "-a -f 22 -r 192.168.0.10\n-a -f 22 -r 192.168.0.10\n", "-a -f 23 -r 192.168.0.10\n-A -f 23\n", "-A -f 24 -s nosuch\n",
    ):
        k.ipvsadm("-R", stdin=stdin)
        k.ipvsadm("-Sn")
    k.ipvsadm("--restore", stdin="-C\n")
    k.ipvsadm("-Sn")


def scenario_services_and_servers(k):
    """Each method for each kind of service, edited into each other."""
    for service in SERVICES:
        k.ipvsadm(f"-A {service} -s wrr")
        far = "[2001:db8:5::a]" if "-6" in service or VIP6 in service else "192.168.0.10"
        other = "192.168.0.11" if far[0] == "[" else "[2001:db8:5::b]"
        for method in ("-g", "-m", "-i --tun-type gue --tun-port 7000"):
            for port in ("", ":0", ":8080"):
                k.ipvsadm(f"-a {service} -r {far}{port} {method}")
                k.ipvsadm(f"-e {service} -r {far}{port} {method} -w 5 -x 9 -y 3")
                k.ipvsadm(f"-e {service} -r {far}{port} -m -w 6")
                k.ipvsadm(f"-a {service} -r {other}{port} {method}")
                k.ipvsadm("-Sn")
                k.ipvsadm(f"-d {service} -r {far}{port}")
                k.ipvsadm(f"-d {service} -r {far}")
                k.ipvsadm(f"-d {service} -r {other}{port}")
        k.ipvsadm("-Sn")


def scenario_flags(k):
    for scheduler in ("rr", "sh", "mh"):
        for flags in ("flag-1", "flag-2", "flag-3", "flag-1,flag-2", "flag-3,flag-1", "flag-1,flag-1", "sh-fallback", "sh-port", "sh-port,sh-fallback", "mh-fallback", "mh-port,mh-fallback",
                      "sh-port,flag-3", "flag-4", ",flag-1", "flag-1,", "flag-1,,flag-2", "'flag-1 flag-2'", "flag-1,nosuch", "FLAG-1", "''", "sh-port,mh-port"):
            k.ipvsadm(f"-A {TCP} -s {scheduler} -b {flags}")
            k.ipvsadm("-Sn")
            k.ipvsadm(f"-D {TCP}")
    k.ipvsadm(f"-A {TCP} -b sh-port -s sh")
    k.ipvsadm(f"-E {TCP} -s mh")
    k.ipvsadm("-Sn")
    k.ipvsadm(f"-E {TCP} -b mh-port")
    k.ipvsadm("-Sn")

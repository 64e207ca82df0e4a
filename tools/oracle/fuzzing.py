"""Random command lines and random traffic, drawn from a seed: a scenario file for recorder.py, run by `tools/lab fuzz`.

FUZZ_SEEDS (as in 1-5,9) says which scenarios there are, FUZZ_STEPS how long each is; FUZZ_WITH and FUZZ_WITHOUT which features
every seed has, and which none.

What is drawn is plausible: services that exist get clients, connections go on as connections do, servers answer. Left out
is what Weir does otherwise on purpose (docs/conformance.md), what nobody can repeat (twos, drop_entry), and what the kernel
itself does not do at a fixed moment: its timers are late by up to an eighth, and its counters are two seconds old.
"""
import os
import random
import socket
import struct

import fuzz_talk as talk

FEATURES = {
    # name: in how many of all seeds it is drawn
    "tcp": 1, "udp": 1, "sctp": .5, "ipv6": .9, "mark": .5, "sip": .4, "ftp": .4, "persistence": .9, "tunnel": 1, "fragments": .9,
    "extensions": .5, "icmp": 1, "odd": 1, "sysctl": .9, "mistakes": .9, "time": 1, "policy": .3,
}
for wanted, chance in (("FUZZ_WITH", 1), ("FUZZ_WITHOUT", 0)):
    for feature in filter(None, os.environ.get(wanted, "").split(",")):
        FEATURES.update(dict.fromkeys(FEATURES if feature == "all" else [feature], chance))

SCHEDULERS = ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh"]
FLAGS = {"sh": ["sh-port", "sh-fallback", "sh-fallback,sh-port"], "mh": ["mh-port", "mh-fallback", "mh-fallback,mh-port"]}
VIPS = {4: ["172.25.254.200", "172.25.254.201", "10.99.0.1", "10.99.0.2"], 6: ["2001:db8:c::200", "2001:db8:99::1", "2001:db8:99::2"]}
SERVERS = {4: [f"192.168.0.{n}" for n in range(10, 17)] + ["10.10.1.1"], 6: [f"2001:db8:5::{n:x}" for n in range(10, 16)]}
CLIENTS = {4: [f"172.25.254.{n}" for n in range(10, 16)] + ["198.51.100.7", "198.51.100.8", "203.0.113.9"],
           6: [f"2001:db8:c::{n:x}" for n in range(16, 22)] + ["2001:db8:d::1", "2001:db8:d::2"]}
PORTS = [80, 443, 8080, 53, 1024]
PROTOCOLS = {"t": 6, "u": 17, "s": 132}
NAMES = {"t": "tcp", "u": "udp", "s": "sctp"}
FTP, SIP = 21, 5060
# Seconds that a state lasts, for knowing how late the kernel may end it.
STATES = {"NONE": 2, "ESTABLISHED": 900, "SYN_SENT": 120, "SYN_RECV": 60, "FIN_WAIT": 120, "TIME_WAIT": 120, "CLOSE": 10, "CLOSE_WAIT": 60,
          "LAST_ACK": 30, "LISTEN": 120, "SYNACK": 120, "UDP": 300, "INIT1": 4, "INIT": 61, "C-SENT": 61, "C-REPLIED": 61, "C-WAIT": 61,
          "COOKIE": 61, "C-ECHOED": 61, "S-SENT": 61, "S-RECEIVED": 61, "S-ACK-SENT": 61, "REJECTED": 4, "CLOSED": 61}
SYSCTLS = {"expire_nodest_conn": (0, 1), "expire_quiescent_template": (0, 1), "conn_reuse_mode": (0, 1, 2, 3), "sloppy_tcp": (0, 1),
           "secure_tcp": (0, 3), "pmtu_disc": (0, 1), "sloppy_sctp": (0, 1), "schedule_icmp": (0, 1), "nat_icmp_send": (0, 1),
           "drop_packet": (0, 3), "am_droprate": (2, 5, 10), "cache_bypass": (0, 1), "lblcr_expiration": (5, 300, 86400),
           "lblc_expiration": (60, 86400), "sync_threshold": ("3 50", "0 7"), "sync_refresh_period": (0, 5), "snat_reroute": (0, 1)}


def bracket(ip):
    return f"[{ip}]" if ":" in ip else ip


def lateness(seconds):
    """How late a timer of so long may fire: the kernel's timer wheel is coarser the farther it looks (HZ is 100)."""
    for most, grain in ((0.63, .02), (5.1, .1), (40.9, .65), (327, 5.2), (2621, 41)):
        if seconds <= most:
            return grain
    return 330


class Service:
    def __init__(self, protocol, family, vip, port, mark=None):
        self.protocol, self.family, self.vip, self.port, self.mark = protocol, family, vip, port, mark
        self.servers = {}
        self.persistent = self.ops = self.sip = self.shrunk = False

    @property
    def words(self):
        if self.mark:
            return f"-f {self.mark}" + (" -6" if self.family == 6 else "")
        return {"t": "-t", "u": "-u", "s": "--sctp-service"}[self.protocol] + f" {bracket(self.vip)}:{self.port}"

    @property
    def ftp(self):
        return self.protocol == "t" and self.port == FTP and not self.mark


class Flow:
    """A connection as its ends see it."""

    def __init__(self, service, client, client_port, port, protocol=None, vip=None):
        self.service, self.client, self.client_port, self.port = service, client, client_port, port
        self.protocol, self.vip, self.family = protocol or service.protocol, vip or service.vip, service.family
        self.seq, self.ack, self.state = 1000, 5000, "new"
        self.server = None  # (address, port) where it is masqueraded


class Fuzz:
    def __init__(self, k, seed, steps):
        self.k, self.steps = k, steps
        self.dice = random.Random(f"weir-{seed}")
        self.features = {name for name, share in FEATURES.items() if self.dice.random() < share}
        self.services, self.flows, self.sessions = [], [], []
        self.rules = []  # of firewall marks: (mark, family, protocol, virtual address, ports)
        self.values = {}  # of sysctls
        self.direct = {}  # by service and server: whether it is reached by direct routing
        self.timeouts = dict(STATES)
        self.taken = 0
        self.next_port = 20000
        self.secure = False

    def chance(self, p):
        return self.dice.random() < p

    def pick(self, choices):
        return self.dice.choice(list(choices))

    def family(self):
        return 6 if "ipv6" in self.features and self.chance(.3) else 4

    def run(self):
        if "ftp" in self.features and "ipv6" in self.features:
            # Connection tracking's own verification leaves a sum that IPVS then takes for a wrong one.
            WIRE.in_director("sysctl -qw net.netfilter.nf_conntrack_checksum=0")
        for _ in range(self.dice.randint(2, 5) if "mark" in self.features else 0):
            self.add_rule()
        if "policy" in self.features and self.rules:
            self.k.ip(f"rule add fwmark {self.rules[0][0]} lookup 100")
            self.k.ip("route add local 203.0.113.0/24 dev lo table 100")
        self.add_service()
        self.add_server()
        since = 0
        while self.k.count < self.steps:
            turn = self.dice.random()
            if not self.services or turn < .04:
                self.add_service()
            elif turn < .12 or not any(s.servers for s in self.services):
                self.add_server()
            elif turn < .17:
                self.edit_server()
            elif turn < .185:
                self.delete_server()
            elif turn < .195:
                self.edit_service()
            elif turn < .20:
                self.delete_service()
            elif turn < .24:
                self.list()
            elif turn < .255 and "mistakes" in self.features:
                self.mistake()
            elif turn < .265 and "sysctl" in self.features:
                self.sysctl()
            elif turn < .27:
                self.command_of_all()
            elif turn < .285 and "time" in self.features:
                self.let_time_pass()
            elif turn < .55 or not self.flows:
                self.open()
            elif turn < .60 and "icmp" in self.features:
                self.icmp()
            elif turn < .62 and "fragments" in self.features:
                self.fragments()
            elif turn < .65 and "odd" in self.features:
                self.odd()
            elif turn < .72 and self.sessions:
                self.converse()
            elif turn < .74 and "sip" in self.features:
                self.server_calls()
            else:
                self.go_on()
            since += 1
            if since >= 12:
                since = 0
                self.settle()
        self.rest(2.2, list(self.left()))
        self.k.ipvsadm("-Ln --stats --exact")
        self.k.ipvsadm("-Sn")

    # Commands

    def ran(self, words, stdin=None):
        return self.k.ipvsadm(words, stdin=stdin) is not None and self.k.exit == 0

    def settings(self, service, port=True):
        words = ""
        scheduler = self.pick(SCHEDULERS)
        if self.chance(.95):
            words += f" -s {scheduler}"
            if scheduler in FLAGS and self.chance(.5):
                words += f" -b {self.pick(FLAGS[scheduler])}"
        service.sip = service.port == SIP and not service.mark and self.chance(.7)
        if service.sip or "persistence" in self.features and (service.port == 0 and not service.mark or self.chance(.25)):
            words += self.pick((" -p", f" -p {self.pick((3, 30, 90, 300, 600))}"))
            if self.chance(.4):
                words += " -M " + (self.pick(("255.255.255.0", "255.255.0.0", "255.255.255.255", "255.255.0.255")) if service.family == 4
                                   else str(self.pick((48, 64, 120, 128))))
            service.persistent = True
        else:
            service.persistent = False
        service.ops = service.protocol == "u" and self.chance(.15)
        return words + (" --pe sip" if service.sip else "") + (" -o" if service.ops else "")

    def add_service(self):
        family = self.family()
        protocol = self.pick([p for p, name in NAMES.items() if name in self.features])
        port = self.pick(PORTS)
        if "persistence" in self.features and self.chance(.1):
            port = 0
        if "ftp" in self.features and self.chance(.2):
            protocol, port = "t", FTP
        elif "sip" in self.features and self.chance(.2):
            protocol, port = "u", SIP
        if self.rules and self.chance(.3):
            mark, family = self.pick(self.rules)[:2]
            service = Service("u", family, None, 0, mark)
        else:
            service = Service(protocol, family, self.pick(VIPS[family]), port)
        if self.ran(f"-A {service.words}{self.settings(service)}"):
            self.services.append(service)
            for _ in range(self.dice.randint(0, 3)):
                self.add_server(service)

    def add_rule(self):
        """A firewall mark of packets to a virtual address, or past the director where policy routing delivers them."""
        family = self.family()
        vip = self.pick(VIPS[family] + (["203.0.113.80"] if family == 4 and "policy" in self.features else []))
        # All that is for an address which only the mark makes the director's: else errors about its connections are routed on
        # by the host before IPVS does it once more.
        protocol = self.pick([p for p, name in NAMES.items() if name in self.features] + [None]) if vip in VIPS[family] else None
        ports = self.pick((None, (80,), (80, 443), (53, 8080, 1024))) if protocol in ("t", "u") else None
        words = f"-d {vip}" + (f" -p {NAMES[protocol]}" if protocol else "")
        if ports:
            words += f" --dport {ports[0]}" if len(ports) == 1 else f" -m multiport --dports {','.join(map(str, ports))}"
        mark = self.dice.randint(1, 4)
        self.k.mark(words + " -j MARK " + self.pick((f"--set-mark {mark}", f"--set-xmark 0x{mark:x}/0xff")))
        self.rules.append((mark, family, protocol, vip, ports))

    def method(self, service, server):
        # A server that was masqueraded or tunnelled to, and is now routed to directly while old connections live, gets
        # nothing from the kernel: it asks the wrong neighbour, by the route that they keep. So it stays with one of both.
        direct = self.direct.setdefault((service.words, server[0]), self.chance(.3))
        if direct:
            return self.pick(("-g", ""))
        method = self.pick(("-m", "-m", "-i")) if "tunnel" in self.features and not service.ftp else "-m"
        if method == "-i":
            method += self.pick(("", "", " --tun-type ipip", " --tun-type gre", " --tun-type gre --tun-csum",
                                 " --tun-type gue --tun-port 6080", " --tun-type gue --tun-port 6080 --tun-csum"))
        return method

    def server_words(self, service, server):
        weight = self.pick((0, 1, 1, 1, 2, 3, 4, 10, 100, 65535, self.dice.randint(0, 65535))) if self.chance(.7) else None
        words = f"-r {bracket(server[0])}" + (f":{server[1]}" if server[1] is not None else "")
        words += f" {self.method(service, server)}" + (f" -w {weight}" if weight is not None else "")
        if self.chance(.15):
            upper = self.dice.randint(0, 6)
            words += f" -x {upper}" + (f" -y {self.dice.randint(0, upper + 1)}" if self.chance(.5) else "")
        return words

    def add_server(self, service=None):
        service = service or self.pick(self.services)
        address = self.pick(SERVERS[service.family])
        server = (address, self.pick((service.port, service.port, 8000, None)) if not service.ftp else FTP)
        words = self.server_words(service, server)
        if self.chance(.03) and "-i" in words:
            words = words.replace(bracket(address), bracket(self.pick(SERVERS[10 - service.family])))
        if self.ran(f"-a {service.words} {words}"):
            service.servers[server] = words

    def edit_server(self):
        service = self.pick(self.services)
        if service.servers:
            server = self.pick(service.servers)
            self.ran(f"-e {service.words} {self.server_words(service, server)}")

    def delete_server(self):
        service = self.pick(self.services)
        if service.servers:
            server = self.pick(service.servers)
            del service.servers[server]
            self.forget_sessions()
            self.ran(f"-d {service.words} -r {bracket(server[0])}" + (f":{server[1]}" if server[1] is not None else ""))
            self.gone()

    def edit_service(self):
        service = self.pick(self.services)
        self.ran(f"-E {service.words}{self.settings(service)}")

    def delete_service(self):
        if len(self.services) > 1:
            service = self.pick(self.services)
            self.services.remove(service)
            self.forget_flows()
            # What a server counted since the last two seconds' look outlives its service, if it comes back.
            self.rest(2.2, list(self.left()))
            self.ran(f"-D {service.words}")
            self.gone()

    def gone(self):
        """Connections that wait for no server are looked for in the kernel's next tick (expire_nodest_conn)."""
        for service in self.services:
            service.shrunk = True
        if self.values.get("expire_nodest_conn"):
            self.k.sleep(.1)

    def list(self):
        if self.chance(.1):
            self.k.proc("ip_vs")
            return
        one = f" {self.pick(self.services).words}" if self.services and self.chance(.2) else ""
        self.ran(self.pick(("-Ln", "-Ln", "-Lnc", "-Sn", "-Ln --thresholds", "-Ln --persistent-conn", "-Ln --tun-info", "-ln --sort",
                            "-L --timeout", "-Ln --nosort", "-L --daemon")) + one)

    def command_of_all(self):
        turn = self.dice.random()
        if turn < .3:
            tcp, fin, udp = (self.pick((0, 0, 7, 90, 900)) for _ in range(3))
            if self.ran(f"--set {tcp} {fin} {udp}"):
                for state, value in (("ESTABLISHED", tcp), ("FIN_WAIT", fin), ("UDP", udp)):
                    self.timeouts[state] = max(self.timeouts[state], value)
        elif turn < .6:
            self.rest(2.2, list(self.left()))
            self.ran("-Z" + (f" {self.pick(self.services).words}" if self.services and self.chance(.5) else ""))
            self.ran("-Ln --stats")
        elif turn < .8:
            self.k.ipvsadm("-Sn")
            self.ran("-R", stdin=self.k.out + self.pick(("", "\n# the end\n", "nonsense\n")))
        elif turn < .9:
            self.rest(2.2, list(self.left()))
            saved = self.ran("-Sn") and self.k.out
            self.ran("-C")
            self.gone()
            self.forget_sessions()
            self.ran("-R", stdin=saved)
        else:
            self.rest(2.2, list(self.left()))
            self.ran("-C")
            self.services.clear()
            self.gone()
            self.forget_flows()

    def mistake(self):
        """A command line that was right, with a word gone, twice, or another's."""
        service = self.pick(self.services) if self.services else Service("t", 4, VIPS[4][0], 80)
        words = self.pick((f"-A {service.words}{self.settings(service)}", f"-E {service.words}{self.settings(service)}", f"-D {service.words}",
                           f"-a {service.words} {self.server_words(service, (SERVERS[service.family][0], 99))}",
                           f"-e {service.words} {self.server_words(service, (SERVERS[service.family][1], 99))}",
                           f"-d {service.words} -r 192.168.0.99", "-Ln --stats", "-Sn", "--set 10 20 30", "-Z", "-Ln --thresholds",
                           "-L --timeout", "-L --daemon", "--stop-daemon master", "-Lnc")).split()
        others = ("-s", "-w", "-1", "65536", "-p", "-M", "-g", "-m", "-i", "-x", "0", "abc", "-o", "-n", "--exact", "--rate", "-c", "--nosort",
                  "-b", "sh-port", "--tun-type", "gre", "--pe", "sip", "-6", "-r", "-t", "1.2.3.4:5", "-u", "-f", "7", "--", "-X",
                  "--sched", "--tun-port", "70000", "-y", "--weight=3", "-w3", "--persist")
        for _ in range(self.dice.randint(1, 2)):
            where = self.dice.randrange(len(words) + 1)
            what = self.dice.random()
            if what < .3 and len(words) > 1:
                del words[min(where, len(words) - 1)]
            elif what < .4:
                words.insert(where, words[min(where, len(words) - 1)])
            else:
                words[where:where + self.dice.randint(0, 1)] = [self.pick(others)]
        if words and words[0] in ("-A", "-a", "-E", "-e", "-d", "-D", "-L", "-Ln", "-Lnc", "-Sn", "-S", "-Z", "-C", "--set", "--stop-daemon"):
            line = " ".join(words)
            listing = words[0] in ("-L", "-S") and "-n" not in words
            if not listing:
                if words[0] in ("-Z", "-C", "-D") or "--stats" in words:
                    self.rest(2.2, list(self.left()))
                self.ran(line)
                self.gone()
                self.look_again()

    def look_again(self):
        """After a command that may have done something else than was thought: which services are there?"""
        self.k.ipvsadm("-Sn")
        services = []
        for line in self.k.out.splitlines():
            words = line.split()
            if words[0] == "-A":
                service = self.parsed(words)
                services.append(service)
            elif services:
                address, _, port = words[words.index("-r") + 1].rpartition(":")
                services[-1].servers[address.strip("[]"), int(port)] = line
        self.services = services
        self.forget_flows()

    def forget_flows(self):
        """Of services that are gone only masqueraded ones go on: else the host's own answers would make them live longer."""
        words = {service.words for service in self.services}
        self.flows = [flow for flow in self.flows if flow.server or flow.service.words in words]
        self.forget_sessions()

    def forget_sessions(self):
        """Connection tracking remembers FTP's connections otherwise than IPVS does once their server is gone."""
        self.sessions.clear()

    @staticmethod
    def parsed(words):
        if words[1] == "-f":
            service = Service("u", 6 if "-6" in words else 4, None, 0, int(words[2]))
        else:
            address, _, port = words[2].rpartition(":")
            service = Service({"-t": "t", "-u": "u"}.get(words[1], "s"), 6 if "[" in address else 4, address.strip("[]"), int(port))
        service.persistent, service.ops, service.sip = "-p" in words, "-o" in words, "--pe" in words
        return service

    def sysctl(self):
        key = self.pick(SYSCTLS)
        value = self.pick(SYSCTLS[key])
        if key == "cache_bypass" and "ipv6" in self.features:
            return  # Under IPv6 the kernel lets packets for the director itself go past it, and loses them.
        self.values[key] = value
        self.k.sysctl(key, value)
        if key in ("secure_tcp", "drop_packet", "am_droprate"):
            self.rest(1.2, list(self.left()))  # The kernel looks at these once a second.

    # Time

    def left(self):
        """For each connection the seconds left, and how much later than these its end may be.

        A template lives on, a minute at a time, while it leads connections: the kernel's minutes are late, and add up.
        """
        self.k.ipvsadm("-Lnc")
        for line in self.k.out.splitlines()[2:]:
            words = line.split()
            minutes, seconds = words[1].split(":")
            state = words[2]
            left = int(minutes) * 60 + int(seconds)
            late = lateness(max(left, self.timeouts.get(state, 600)))
            early = 15 if state in ("NONE", "ASSURED") and left <= 61 else 0
            yield max(0, left - early), early + late

    def settle(self):
        """Passes over what ends about now, so that no step meets the kernel while it is late."""
        left = list(self.left())
        far = 0
        for seconds, late in sorted(left):
            if seconds <= far + 5:
                far = max(far, seconds + 1 + late)
        if far:
            self.rest(far, left)

    def let_time_pass(self):
        left = list(self.left())
        self.rest(self.pick((.3, 1, 3, 7, 12, 20, 35, 62, 70, 130, 400, 1000)), left)

    def rest(self, wanted, left):
        """Sleeps about as long as wanted, and does not wake while any connection's end is uncertain."""
        moved = True
        while moved:
            moved = False
            for seconds, late in left:
                if seconds - 5 < wanted < seconds + late + 1.5:
                    wanted, moved = seconds + late + 1.6, True
        self.k.sleep(round(wanted, 1))
        self.k.ipvsadm("-Lnc")

    # Traffic

    def target(self, service):
        """Protocol, address and port of a packet that the service may take; None where no rule marks any for it."""
        if not service.mark:
            return service.protocol, service.vip, service.port or self.pick((80, 443, 7777))
        rules = [rule[2:] for rule in self.rules if rule[:2] == (service.mark, service.family)]
        if not rules:
            return None
        protocol, vip, ports = self.pick(rules)
        if vip not in VIPS[service.family]:
            # Only datagrams always begin a connection; what belongs to none is the host's, whose routing a replay does not know.
            protocol = "u"
        return protocol or self.pick([p for p, name in NAMES.items() if name in self.features]), vip, self.pick(ports or (80, 443, 7777))

    def open(self):
        service = self.pick(self.services)
        if self.chance(.03) and service.vip:
            stranger = Service(service.protocol, service.family, service.vip, self.pick((79, 9999)))
            service = stranger
        target = self.target(service)
        if not target:
            return
        protocol, vip, virtual_port = target
        client = self.pick(CLIENTS[service.family])
        old = [f for f in self.flows if f.service is service]
        if old and self.chance(.1):
            port = self.pick(old).client_port
        else:
            self.next_port += 1
            port = self.next_port if self.chance(.7) else self.dice.randint(1024, 65535)
        flow = Flow(service, client, port, virtual_port, protocol, vip)
        if protocol == "u":
            self.datagram(flow)
        elif protocol == "s":
            self.chunks(flow, talk.INIT if self.chance(.96) else self.pick(talk.CHUNKS))
            if self.chance(.6) and flow.state != "new":
                self.associate(flow)
        else:
            self.segment(flow, "S" if service.ftp or self.chance(.96) else self.pick(("A", "FA", "R", "SA", "", "PA", "SF", "SR", "U")))
            if service.ftp:
                if flow.server:
                    session = talk.FtpSession(self.k, self.dice, flow)
                    session.begin()
                    self.sessions.append(session)
                return
            if self.chance(.6) and flow.state != "new":
                self.handshake(flow)
        if flow.state != "new":
            self.keep(flow)

    def keep(self, flow):
        self.flows.append(flow)
        if len(self.flows) > 25:
            self.flows.pop(self.dice.randrange(len(self.flows)))

    def converse(self):
        """An FTP session goes on; a data connection that it agrees on is opened, mostly."""
        session = self.pick(self.sessions)
        agreed = session.step()
        if session.over:
            self.sessions.remove(session)
        if not agreed or self.chance(.1):
            return
        control, (side, port) = session.flow, agreed
        self.next_port += 1
        if side == "client":
            flow = Flow(control.service, control.client, self.next_port, port)
            self.segment(flow, "S")
            if flow.server:
                self.handshake(flow)
        else:
            flow = Flow(control.service, control.client, port, 20)
            flow.server, flow.state = (control.server[0], 20), "open"
            self.answer(flow, "S")
            self.segment(flow, "SA")
            self.answer(flow, "A")
        for _ in range(self.dice.randint(0, 3)):
            self.answer(flow, "PA") if flow.server else None
        if flow.server and self.chance(.7):
            self.answer(flow, "FA")
            self.segment(flow, "FA")
            self.answer(flow, "A")

    def server_calls(self):
        """A server of SIP begins; a client that it calls may answer."""
        callers = [(service, server) for service in self.services if service.sip and service.port == SIP for server in service.servers]
        if callers:
            service, (address, port) = self.pick(callers)
            flow = Flow(service, self.pick(CLIENTS[service.family]), self.pick((SIP, self.next_port + 1)), SIP)
            self.next_port += 1
            flow.server = address, SIP if port is None else port
            if ":" in address and service.family == 4 or ":" not in address and service.family == 6:
                return
            self.answer(flow)
            self.datagram(flow)

    def associate(self, flow):
        for side, kind in (("s", talk.INIT_ACK), ("c", talk.COOKIE_ECHO), ("s", talk.COOKIE_ACK)):
            if side == "c":
                self.chunks(flow, kind)
            elif flow.server:
                self.answer(flow, kind)

    def handshake(self, flow):
        if flow.server:
            self.answer(flow, "SA")
        self.segment(flow, "A")

    def header(self):
        ip = {}
        if self.chance(.06):
            ip["ttl"] = self.pick((1, 1, 2, 255))
        if self.chance(.05):
            ip["tos"] = self.dice.randrange(256)
        if self.chance(.06):
            ip["df"], ip["ident"] = False, self.dice.randrange(1, 65536)
        return ip

    def payload(self, flow):
        """Often small; else about as much as the wire or a tunnel takes."""
        if flow.service.sip:
            return talk.call(self.dice)
        most = 1500 - (40 if flow.family == 6 else 20) - (8 if flow.protocol == "u" else 20)
        return bytes(self.pick((0, 1, 5, 64, 600, 1200, most - 100, most - 36, most - 28, most - 20, most - 4, most - 1, most)))

    def segment(self, flow, flags):
        body = self.payload(flow) if "P" in flags else b""
        header = self.header()
        if flow.service.ftp and flow.family == 6:
            header.pop("tos", None)  # The kernel takes half of it for the length of an IPv4 header.
        frames = self.k.tcp(flow.client, flow.client_port, flow.vip, flow.port, flags, seq=flow.seq, ack=flow.ack if "A" in flags else 0,
                            payload=body, ip=header)
        flow.seq += len(body) + (1 if set(flags) & set("SF") else 0)
        self.note(flow, frames)
        self.over(flow, "S" in flags)

    def over(self, flow, anew):
        """A connection that ends by a packet of its own stands until the kernel's next tick, and revives by another packet."""
        if anew or flow.service.shrunk and self.values.get("expire_nodest_conn"):
            self.k.sleep(.05)

    def chunks(self, flow, *kinds):
        """A wrong CRC stays wrong only where no port changes: else the kernel computes it anew."""
        crc = 0xdeadbeef if flow.state == "open" and (not flow.server or flow.server[1] == flow.port) and self.chance(.05) else None
        body = talk.SCTP["sctp"](flow.client_port, flow.port, *kinds, crc=crc)
        frames = self.k.frame("eth0", WIRE.l3(flow.client, flow.vip, 132, body, **self.header()), host=talk.SCTP["unknown_protocol"])
        self.note(flow, frames)
        self.over(flow, talk.INIT in kinds)

    def datagram(self, flow):
        if flow.family == 6 and "extensions" in self.features and self.chance(.2):
            body = WIRE.udp_datagram(flow.client, flow.vip, flow.client_port, flow.port, self.payload(flow)[:1200])
            return self.k.frame("eth0", WIRE.l3(flow.client, flow.vip, 60, bytes((17, 0, 1, 4, 0, 0, 0, 0)) + body))
        no_checksum = flow.family == 4 and self.chance(.1)
        frames = self.k.udp(flow.client, flow.client_port, flow.vip, flow.port, self.payload(flow), ip=self.header(), no_checksum=no_checksum)
        self.note(flow, frames)
        self.over(flow, False)

    def note(self, flow, frames):
        """Where a packet of the flow went."""
        for frame in frames:
            if frame["port"] != "eth1":
                continue
            flow.state = "open"
            packet = bytes.fromhex(frame["hex"])[14:]
            v6 = packet[0] >> 4 == 6
            protocol = packet[6] if v6 else packet[9]
            if v6 != (flow.family == 6) or protocol != PROTOCOLS[flow.protocol]:
                return
            target = socket.inet_ntop(socket.AF_INET6, packet[24:40]) if v6 else socket.inet_ntoa(packet[16:20])
            if target != flow.vip:
                at = 40 if v6 else (packet[0] & 15) * 4
                flow.server = target, struct.unpack_from("!H", packet, at + 2)[0]

    def answer(self, flow, flags="A"):
        """A packet from a masqueraded flow's server: of SCTP `flags` is its chunk."""
        address, port = flow.server
        if flow.protocol == "s":
            body = talk.SCTP["sctp"](port, flow.client_port, flags)
            self.k.frame("eth1", WIRE.l3(address, flow.client, 132, body, **self.header()))
            self.over(flow, flags == talk.INIT)
            return
        if flow.protocol == "u":
            self.k.udp(address, port, flow.client, flow.client_port, self.payload(flow), port="eth1", ip=self.header())
            return
        body = self.payload(flow) if "P" in flags else b""
        self.k.tcp(address, port, flow.client, flow.client_port, flags, port="eth1", seq=flow.ack, ack=flow.seq, payload=body, ip=self.header())
        flow.ack += len(body) + (1 if set(flags) & set("SF") else 0)
        self.over(flow, "S" in flags)

    def go_on(self):
        flow = self.pick(self.flows)
        from_server = flow.server and self.chance(.45)
        if flow.protocol == "u":
            self.answer(flow) if from_server else self.datagram(flow)
            return
        if flow.protocol == "s":
            kind = self.pick(talk.CHUNKS)
            self.answer(flow, kind) if from_server else self.chunks(flow, *((kind, talk.DATA) if self.chance(.1) else (kind,)))
            return
        flags = self.pick(("A", "PA", "PA", "PA", "FA", "FA", "S", "SA", "R", "RA", "F", "")) if self.chance(.97) else \
            "".join(f for f in "FSRPAU" if self.chance(.4))
        self.answer(flow, flags) if from_server else self.segment(flow, flags)

    def icmp(self):
        flow = self.pick(self.flows)
        if flow.vip not in VIPS[flow.family]:
            return
        v6 = flow.family == 6
        if self.chance(.1):
            # Of a packet that nobody knows: it may begin a connection where schedule_icmp says so.
            flow = Flow(flow.service, flow.client, self.dice.randint(1024, 65535), flow.port, flow.protocol, flow.vip)

        def quote(src, sport, dst, dport):
            if flow.protocol == "u":
                body = WIRE.udp_datagram(src, dst, sport, dport, b"x" * self.pick((0, 30)))
            elif flow.protocol == "s":
                body = talk.SCTP["sctp"](sport, dport, talk.DATA)
            else:
                body = WIRE.tcp_segment(src, dst, sport, dport, "A", payload=b"x" * self.pick((0, 30)))
            packet = WIRE.l3(src, dst, PROTOCOLS[flow.protocol], body)
            return packet if v6 else packet[:self.pick((28, 28, len(packet), 24))]
        if flow.server and self.chance(.5):
            address, port = flow.server
            quoted = quote(flow.client, flow.client_port, address, port)
            kind, code = self.pick(((1, 4), (1, 3), (3, 0))) if v6 else self.pick(((3, 3), (3, 1), (11, 0), (3, 4), (4, 0), (5, 1), (12, 0)))
            source, target, side = address, flow.client, "eth1"
        else:
            quoted = quote(flow.vip, flow.port, flow.client, flow.client_port)
            kind, code = self.pick(((1, 4), (2, 0), (3, 0))) if v6 else self.pick(((3, 3), (3, 1), (11, 0), (3, 4), (4, 0)))
            source, target, side = self.pick((flow.client, flow.client, CLIENTS[flow.family][-1])), flow.vip, "eth0"
        rest = struct.pack("!I", self.pick((1280, 1400, 576))) if (kind, code) == (3, 4) or v6 and kind == 2 else b"\0\0\0\0"
        self.k.icmp(source, target, kind, code, rest, quoted, port=side, ip=self.header())

    def fragments(self):
        flow = self.pick(self.flows)
        served = any(service.words == flow.service.words for service in self.services)
        if flow.family != 4 or flow.protocol != "u" or not served:
            return
        size = self.pick((1500, 2000, 4000))
        from_server = flow.server and self.chance(.4)
        src, sport, dst, dport = (*flow.server, flow.client, flow.client_port) if from_server else (flow.client, flow.client_port, flow.vip, flow.port)
        whole = WIRE.udp_datagram(src, dst, sport, dport, bytes(i % 251 for i in range(size)))
        cut = self.pick((1480, 800, 8 * self.dice.randint(40, 150)))
        edges = list(range(0, len(whole), cut))
        ident = self.dice.randrange(1, 65536)
        order = list(range(len(edges)))
        if self.chance(.4):
            self.dice.shuffle(order)
        if self.chance(.1):
            order.append(self.pick(order))
        for n in order:
            end = edges[n + 1] if n + 1 < len(edges) else len(whole)
            self.k.frame("eth1" if from_server else "eth0", WIRE.l3(src, dst, 17, whole[edges[n]:end], df=False, ident=ident, frag_offset=edges[n],
                                                                     more=end < len(whole)))

    def odd(self):
        """A packet of a flow with something wrong in it."""
        flow = self.pick(self.flows)
        if flow.protocol == "s":
            return
        if flow.protocol == "u":
            body, number = WIRE.udp_datagram(flow.client, flow.vip, flow.client_port, flow.port, b"odd" * 7), 17
        else:
            body, number = WIRE.tcp_segment(flow.client, flow.vip, flow.client_port, flow.port, self.pick(("S", "A", "PA")), payload=b"odd" * 7), 6
        what = self.dice.randrange(3)
        if what == 0:  # a wrong checksum
            at = 6 if number == 17 else 16
            body = body[:at] + b"\xde\xad" + body[at + 2:]
        elif what == 1 and flow.family == 4:
            self.k.frame("eth0", WIRE.l3(flow.client, flow.vip, number, body, options=bytes.fromhex("01010101")))
            self.over(flow, True)
            return
        self.k.frame("eth0", WIRE.l3(flow.client, flow.vip, number, body) + (b"\0" * 6 if what == 2 else b""))
        self.over(flow, True)


def numbers(text):
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def scenarios():
    for seed in numbers(os.environ.get("FUZZ_SEEDS", "1")):
        yield f"seed-{seed}", lambda k, seed=seed: Fuzz(k, seed, int(os.environ.get("FUZZ_STEPS", "300"))).run()

"""What random traffic says above IP: SCTP's chunks, SIP's calls, and conversations of FTP. For fuzzing.py.

The packets themselves are made by the scenarios that ask the same of the kernel one by one.
"""
import os
import runpy
import sys

HERE = os.path.dirname(os.path.realpath(__file__))


def borrowed(name):
    wire = sys.modules.get("recorder") or __import__("recorder")
    return runpy.run_path(os.path.join(HERE, "scenarios", f"{name}.py"), init_globals={"WIRE": wire, "SEED": 1})


SCTP, SIP, FTP = borrowed("sctp"), borrowed("sip"), borrowed("ftp")
DATA, INIT, INIT_ACK, SACK, HEARTBEAT, HEARTBEAT_ACK, ABORT, SHUTDOWN, SHUTDOWN_ACK, ERROR, COOKIE_ECHO, COOKIE_ACK = range(12)
SHUTDOWN_COMPLETE = 14
LIFE = (DATA, DATA, DATA, SACK, HEARTBEAT, HEARTBEAT_ACK)
CHUNKS = LIFE + LIFE + (INIT, INIT_ACK, COOKIE_ECHO, COOKIE_ACK, SHUTDOWN, SHUTDOWN_ACK, SHUTDOWN_COMPLETE, ERROR, ABORT, 15, 255)
CALLS = [f"call-{n}@example.net" for n in range(4)]
NO_CALL = (b"", b"x", b"INVITE sip:b@x SIP/2.0\r\n\r\n", b"INVITE\r\nCall-ID: \r\n\r\n")


def call(dice):
    """A datagram of SIP, seldom one without a Call-ID."""
    if dice.random() < .1:
        return dice.choice(NO_CALL)
    return SIP["invite"](dice.choice(CALLS), dice.choice(("Call-ID", "Call-ID", "i", "CALL-ID")))


class FtpSession:
    """A masqueraded control connection whose ends say what FTP's ends say, in its order."""

    def __init__(self, k, dice, flow):
        self.k, self.dice, self.flow = k, dice, flow
        self.talk = FTP["Talk"](k, sport=flow.client_port, vip=flow.vip, port=flow.port, client=flow.client, server=flow.server[0],
                                server_port=flow.server[1], shake=False)
        self.talk.c_next, self.talk.s_next, self.talk.s_acks = flow.seq, flow.ack, flow.seq
        self.over = False

    def begin(self):
        self.talk.answers(b"", "SA")
        self.talk.says(b"", "A")
        self.talk.answers(b"220 ready\r\n")

    def step(self):
        """One turn of the conversation.

        :return: the data connection that was agreed on, as (side that opens it, its port); or None
        """
        turn, talk, v4 = self.dice.random(), self.talk, self.flow.family == 4
        port = self.dice.randint(20000, 60000)
        if turn < .3:
            talk.ask(self.dice.choice((b"USER anonymous\r\n", b"PWD\r\n", b"NOOP\r\n")), self.dice.choice((b"200 yes\r\n", b"331 go on\r\n", b"500 no\r\n")))
        elif turn < .5 and v4:
            talk.says(b"PORT " + FTP["comma"](self.flow.client, port) + b"\r\n")
            talk.answers(b"200 PORT command successful\r\n")
            return "server", port
        elif turn < .6:
            talk.says(b"EPRT |%d|%s|%d|\r\n" % (1 if v4 else 2, self.flow.client.encode(), port))
            talk.answers(b"200 EPRT command successful\r\n")
            return "server", port
        elif turn < .75 and v4:
            talk.ask(b"PASV\r\n", FTP["entering"](self.flow.server[0], port))
            return "client", port
        elif turn < .9:
            talk.ask(b"EPSV\r\n", FTP["extended"](port))
            return "client", port
        elif turn < .95:
            talk.says(b"NLST\r\nUSER somebody\r\n")
        else:
            talk.close()
            self.over = True
        return None

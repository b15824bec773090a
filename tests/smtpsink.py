"""A real SMTP server on a free port of this machine that records every message and answers as a test says."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from newsletter.transport.relays import SMTP_BACKEND

CLOSE, HANG = "close", "hang"  # instead of a reply: drop the connection, or say nothing
Answer = Callable[[str, str], str | None]  # (step, recipient) -> reply, CLOSE, HANG, or None for the usual one
_USUAL = {
    "mail": "250 2.1.0 ok",
    "rcpt": "250 2.1.5 ok",
    "data": "354 go ahead",
    "dot": "250 2.0.0 queued",
    "rset": "250 ok",
}


@dataclass(frozen=True)
class Received:
    """A message as it was accepted, dots unstuffed."""

    sender: str
    recipient: str
    content: bytes


@dataclass
class SmtpSink:
    """The server's side: its port, what it accepted, and every command it saw."""

    answer: Answer
    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME")
    port: int = 0
    received: list[Received] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    tls: ssl.SSLContext | None = None  # offers STARTTLS
    login: str = ""  # what AUTH PLAIN must say: "user:password"

    @property
    def recipients(self) -> list[str]:
        """Who got a message, in order of acceptance."""
        return [message.recipient for message in self.received]


class _ClientGoneError(Exception):
    pass


class _SmtpSession(socketserver.StreamRequestHandler):
    server: Any
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.sink: SmtpSink = self.server.sink
        self.sink.connections += 1
        self.sender = self.recipient = ""
        self.open = self.refused = self.encrypted = self.authenticated = False
        try:
            self.say("220 sink")
            while line := self.rfile.readline():
                self.command(line.decode().rstrip("\r\n"))
        except (_ClientGoneError, ConnectionError):
            return

    def encrypt(self, context: ssl.SSLContext) -> None:
        try:
            self.connection = context.wrap_socket(self.connection, server_side=True)
        except ssl.SSLError as error:  # the client does not trust us
            raise _ClientGoneError from error
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.encrypted = True

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # where it is encrypted, the server knows only the socket below it

    def say(self, reply: str) -> None:
        if reply == CLOSE:
            raise _ClientGoneError
        if reply == HANG:
            self.server.stopped.wait(30)
            raise _ClientGoneError
        self.wfile.write(f"{reply}\r\n".encode())

    def step(self, name: str) -> str:
        reply = self.sink.answer(name, self.recipient) or _USUAL[name]
        self.say(reply)
        return reply

    def command(self, line: str) -> None:
        self.sink.commands.append(line)
        verb = line[:4].upper()
        if verb == "EHLO":
            lines = ["sink", *self.sink.extensions]
            lines += ["STARTTLS"] if self.sink.tls and not self.encrypted else []
            lines += ["AUTH PLAIN"] if self.sink.login else []
            for number, word in enumerate(lines):
                self.say(f"250{'-' if number < len(lines) - 1 else ' '}{word}")
        elif self.secures(verb, line):
            return
        elif verb == "MAIL":
            self.sender = line.partition("<")[2].partition(">")[0]
            self.open = self.step("mail").startswith("2")
            self.recipient = ""
        elif verb in {"RCPT", "DATA"} and not self.open:
            self.say("503 5.5.1 bad sequence of commands")
        elif verb == "RCPT":
            self.recipient = line.partition("<")[2].partition(">")[0]
            self.refused = not self.step("rcpt").startswith("2")
        elif verb == "DATA":
            self.data()
        elif verb == "RSET":
            self.step("rset")
        elif verb == "QUIT":
            self.say("221 bye")
            raise _ClientGoneError
        else:
            self.say("500 what?")

    def secures(self, verb: str, line: str) -> bool:
        """Answer what is about encryption and login; False where the command is about something else."""
        if verb == "STAR" and self.sink.tls:
            self.say("220 2.0.0 go on")
            self.encrypt(self.sink.tls)
        elif verb == "AUTH":
            user, password = base64.b64decode(line.split()[2]).decode().split("\0")[1:]
            self.authenticated = f"{user}:{password}" == self.sink.login
            self.say("235 2.7.0 welcome" if self.authenticated else "535 5.7.8 wrong user or password")
        elif verb == "MAIL" and self.sink.login and not self.authenticated:
            self.say("530 5.7.0 authentication required")
        else:
            return False
        return True

    def data(self) -> None:
        if self.sink.answer("mid-data", self.recipient) == CLOSE:
            self.say("354 go ahead")
            self.rfile.read(1000)
            raise _ClientGoneError
        if not self.step("data").startswith("354"):
            return
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line[1:] if line.startswith(b".") else line)
        if not line:
            raise _ClientGoneError
        reply = self.sink.answer("dot", self.recipient) or _USUAL["dot"]
        if reply.startswith("2") and not self.refused:
            # Accepted is accepted, even when the client never hears of it.
            self.sink.received.append(Received(self.sender, self.recipient, b"".join(lines)))
        if self.sink.answer("after-dot", self.recipient) == CLOSE:
            raise _ClientGoneError
        self.say("554 5.5.1 no valid recipients" if self.refused else reply)


class _SmtpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    sink: SmtpSink
    stopped: threading.Event


@contextmanager
def sink(
    answer: Answer = lambda _step, _recipient: None,
    *,
    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME"),
    tls: ssl.SSLContext | None = None,
    login: str = "",
) -> Iterator[SmtpSink]:
    """Run a sink for the length of a block."""
    server = _SmtpServer(("127.0.0.1", 0), _SmtpSession)
    server.sink = SmtpSink(answer, extensions, port=server.server_address[1], tls=tls, login=login)
    server.stopped = threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.sink
    finally:
        server.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


def use_sink(settings: Any, server: SmtpSink) -> None:
    """Have mail leave by SMTP to a sink."""
    settings.EMAIL_BACKEND = SMTP_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5

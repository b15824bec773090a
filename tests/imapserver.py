"""A real IMAP server on a free port, with the commands that a bounce mailbox needs: search, fetch, flags, expunge."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

PASSWORD = "open sesame"


@dataclass
class StoredMail:
    """One mail with its UID and flags."""

    number: int
    raw: bytes
    flags: set[str] = field(default_factory=set)


@dataclass
class ImapMailbox:
    """The server's side: its port, its mails, and the commands that it got."""

    port: int = 0
    mails: list[StoredMail] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    def put(self, *raw: bytes) -> None:
        """Deliver mails into the mailbox."""
        for one in raw:
            self.mails.append(StoredMail(max((mail.number for mail in self.mails), default=0) + 1, one))


class _ImapSession(socketserver.StreamRequestHandler):
    server: Any
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.box: ImapMailbox = self.server.box
        self.say("* OK ready")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            tag, _space, command = line.partition(" ")
            self.box.commands.append(command)
            state = self.do(command)
            self.say(f"{tag} {state}")
            if command.upper() == "LOGOUT":
                return

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def do(self, command: str) -> str:
        verb, _space, rest = command.partition(" ")
        if verb == "CAPABILITY":
            self.say("* CAPABILITY IMAP4rev1")
        elif verb == "LOGIN":
            return "OK welcome" if rest.endswith(f'"{PASSWORD}"') else "NO wrong password"
        elif verb == "SELECT":
            if rest.strip('"') != "INBOX":
                return "NO no such mailbox"
            self.say(f"* {len(self.box.mails)} EXISTS")
        elif verb == "UID":
            return self.by_number(rest)
        elif verb == "EXPUNGE":
            self.box.mails = [mail for mail in self.box.mails if r"\Deleted" not in mail.flags]
        return "OK done"

    def by_number(self, command: str) -> str:
        verb, _space, rest = command.partition(" ")
        if verb == "SEARCH":
            wanted = [mail for mail in self.box.mails if not mail.flags & {r"\Seen", r"\Deleted"}]
            self.say("* SEARCH " + " ".join(str(mail.number) for mail in wanted))
            return "OK found"
        numbers, what = rest.split(" ", 1)
        for mail in (mail for mail in self.box.mails if str(mail.number) in numbers.split(",")):
            if verb == "FETCH":
                most = int(re.findall(r"<0\.(\d+)>", what)[0])
                part = mail.raw[:most]
                self.wfile.write(b"* 1 FETCH (UID %d BODY[]<0> {%d}\r\n%s)\r\n" % (mail.number, len(part), part))
            elif verb == "STORE":
                mail.flags |= set(re.findall(r"\\\w+", what))
        return "OK done"


class _ImapServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    box: ImapMailbox


@contextmanager
def imap_server() -> Iterator[ImapMailbox]:
    """Run a mailbox for the length of a block."""
    server = _ImapServer(("127.0.0.1", 0), _ImapSession)
    server.box = ImapMailbox(port=server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.box
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

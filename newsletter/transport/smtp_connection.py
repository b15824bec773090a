"""One SMTP connection, driven by hand: letters in, the server's answers out, pipelined where it is offered.

Where the server offers PIPELINING, the end of one message and the envelope of the next leave in one write, so that a
message takes one round trip. How a lost connection is judged: a message is in doubt only if the last byte of its
content had been handed to the kernel and no reply came. Before that no server can have accepted it, so it is given
back. Not here: how a connection comes to be, and how several go on together (smtp).
"""

import contextlib
import smtplib
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

_ENVELOPE = frozenset({"MAIL", "RCPT"})
ACCEPTED, RETRY, FAILED, UNKNOWN = "accepted", "retry", "failed", "unknown"
_READ_BYTES = 4096  # bytes: replies are short, and room for more would be made and given back for each
_MAX_REPLY_BYTES = 100_000  # bytes without an end of line; more is no mail server


class SendError(Exception):
    """The relay can't be reached or refuses us as a whole; nothing went out."""


class StartError(OSError):
    """A message may not begin to go out: its connection ends before it, and neither it nor the server is to blame."""


class WireMessage(NamedTuple):
    """One message ready for the wire: envelope, and content that is dot-stuffed and ends with CRLF."""

    id: int
    sender: bytes
    recipient: bytes
    content: bytes


@dataclass(frozen=True)
class SmtpHooks:
    """What the caller wants to hear: a message is about to go out; it has its answer; it did not go out after all.

    A StartError of `started` keeps that message from going out and ends its connection.
    """

    started: Callable[[int], None]
    settled: Callable[[int, str, str], None]
    returned: Callable[[int], None]


@dataclass
class MessageQueue:
    """The letters still to send: those given back by a lost connection come last, since it may be lost over them.

    `waiting` says that the source has none just now and will have some later.
    """

    source: Iterator[WireMessage | None]
    back: list[WireMessage] = field(default_factory=list)
    waiting: bool = False
    suspects: set[int] = field(default_factory=set)  # a connection was lost in the midst of each of them

    def take(self) -> WireMessage | None:
        """Return the next letter, or None when there is none now."""
        try:
            letter = next(self.source)
            self.waiting = letter is None
        except StopIteration:
            letter, self.waiting = None, False
        return self.back.pop() if letter is None and self.back else letter

    def give_back(self, letter: WireMessage, *, suspect: bool) -> bool:
        """Keep a letter for another connection; False where a second one was lost in the midst of it."""
        if suspect and letter.id in self.suspects:
            return False
        if suspect:
            self.suspects.add(letter.id)
        self.back.append(letter)
        return True


def classify_reply_code(code: int) -> str:
    """Return what a reply code says of a message (RFC 5321: 2yz done, 4yz transient, 5yz permanent)."""
    if 200 <= code < 300:
        return ACCEPTED
    return RETRY if 400 <= code < 500 else FAILED


def _decode_line(line: bytes) -> str:
    return line.decode("utf-8", "replace")


class SmtpConnection:
    """One connection and the messages on it: at most one waits for its final reply, one for its envelope's."""

    def __init__(
        self, smtp: smtplib.SMTP, hooks: SmtpHooks, letters: "MessageQueue", *, messages: int = 0, seconds: int = 0
    ) -> None:
        if smtp.sock is None:
            raise SendError("the connection is closed")
        self.smtp = smtp  # keeps the socket and what encrypts it alive
        self.sock: socket.socket = smtp.sock
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pipelining = smtp.has_extn("pipelining")
        self.mail_options = b" BODY=8BITMIME" if smtp.has_extn("8bitmime") else b""
        self.hooks, self.letters = hooks, letters
        self.expected: deque[str] = deque()
        self.envelope: WireMessage | None = None  # MAIL, RCPT and DATA are out, or on their way
        self.refusal: tuple[int, str] | None = None  # the first refusal of that envelope
        self.dotted: WireMessage | None = None  # the whole content is queued, its reply not yet here
        self.queued = self.sent = self.dot_at = 0  # bytes since the beginning
        self.out: deque[bytes | memoryview] = deque()
        self.blocked = False  # the kernel took not all of it
        self.inbox = b""
        self.partial: list[bytes] = []
        self.heard_at = time.monotonic()
        self.begun, self.messages = 0, messages
        self.answered = 0  # messages that have had their answer
        self.until = time.monotonic() + seconds if seconds else 0.0

    @property
    def spent(self) -> bool:
        """Whether it has carried what a connection may, or lasted as long: another takes its place."""
        return bool((self.messages and self.begun >= self.messages) or (self.until and time.monotonic() >= self.until))

    @property
    def idle(self) -> bool:
        """Whether no reply is awaited."""
        return not self.expected

    def begin(self) -> None:
        """Take the next message, if there is one, and queue its envelope."""
        letter = None if self.spent else self.letters.take()
        if letter is None:
            return
        self.begun += 1
        self.envelope, self.refusal = letter, None
        mail = b"MAIL FROM:<" + letter.sender + b">" + self.mail_options + b"\r\n"
        if self.pipelining:
            self._write(mail + b"RCPT TO:<" + letter.recipient + b">\r\nDATA\r\n", "MAIL", "RCPT", "DATA")
        else:
            self._write(mail, "MAIL")

    def _write(self, data: bytes, *expected: str) -> None:
        self.out.append(data)
        self.queued += len(data)
        self.expected += expected

    def flush(self) -> bool:
        """Hand what is queued to the kernel; True where some is left."""
        while self.out:
            try:
                count = self._hand_over()
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                return True
            self.sent += count
            if self.sent == self.queued:
                self.out.clear()
                return False
            while count >= len(self.out[0]):
                count -= len(self.out.popleft())
            self.out[0] = memoryview(self.out[0])[count:]
        return False

    def _hand_over(self) -> int:
        """Give the kernel what it takes: the end of one message and the next one's envelope in one call."""
        if not isinstance(self.sock, ssl.SSLSocket):
            return self.sock.sendmsg(self.out)
        # What TLS could not take must be offered again as it was: the same bytes, in one piece.
        if len(self.out) > 1:
            self.out = deque([b"".join(self.out)])
        return self.sock.send(self.out[0])

    def receive(self) -> None:
        """Read what has come and act on every whole reply; raises OSError when the connection is gone."""
        while True:
            try:
                data = self.sock.recv(_READ_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            if not data:
                raise ConnectionResetError("the server closed the connection")
            self.heard_at = time.monotonic()
            *lines, self.inbox = (self.inbox + data).split(b"\n")
            if len(self.inbox) > _MAX_REPLY_BYTES:
                raise ConnectionError("the server's reply has no end")
            for line in lines:
                self._line(line.rstrip(b"\r"))
            if len(data) < _READ_BYTES and not isinstance(self.sock, ssl.SSLSocket):
                return

    def _line(self, line: bytes) -> None:
        """Take one line; the last one of a reply has no hyphen behind its code."""
        if not line[:3].isdigit():
            raise ConnectionError(f"not a reply of a mail server: {line[:80]!r}")
        if line[3:4] == b"-":
            self.partial.append(line)
            return
        if self.partial:
            line = b" ".join([*self.partial, line])
            self.partial = []
        if not self.expected:
            raise ConnectionError(_decode_line(line))  # such as 421: closing while nothing was asked
        self._reply(self.expected.popleft(), int(line[:3]), line)

    def _reply(self, kind: str, code: int, line: bytes) -> None:
        if kind == "DOT":
            self._end(classify_reply_code(code), line)
        elif kind == "DATA":
            self._data(code, line)
        elif kind in _ENVELOPE and not (self.pipelining and code == 250):
            self._envelope(kind, code, line)
        if code == 421:
            raise ConnectionError(_decode_line(line))

    def _end(self, state: str, line: bytes) -> None:
        """The message that was sent has its answer."""
        letter, self.dotted = self.dotted, None
        self.answered += 1
        if letter is not None:
            self.hooks.settled(letter.id, state, _decode_line(line))
        if self.envelope is None and self.idle:
            self.begin()

    def _envelope(self, kind: str, code: int, line: bytes) -> None:
        if not 200 <= code < 300 and self.refusal is None:
            self.refusal = (code, _decode_line(line))
        if self.pipelining or self.envelope is None:
            return
        if self.refusal is not None:
            self._refuse()
        elif kind == "MAIL":
            self._write(b"RCPT TO:<" + self.envelope.recipient + b">\r\n", "RCPT")
        else:
            self._write(b"DATA\r\n", "DATA")

    def _data(self, code: int, line: bytes) -> None:
        """The envelope has its answers: send the content, or give the message back with the refusal."""
        letter = self.envelope
        if letter is None:
            raise ConnectionError(_decode_line(line))
        if code != 354:
            self.refusal = self.refusal or (code, _decode_line(line))
            self._refuse()
        elif self.refusal is not None:
            # A server that takes data for nobody gets an empty message, which it then refuses.
            self._write(b".\r\n", "VOID")
            self._refuse(reset=False)
        else:
            self._content(letter)

    def _content(self, letter: WireMessage) -> None:
        self.hooks.started(letter.id)
        self.envelope, self.dotted = None, letter
        self._write(letter.content)
        self._write(b".\r\n", "DOT")
        self.dot_at = self.queued
        if self.pipelining:
            self.begin()

    def _refuse(self, *, reset: bool = True) -> None:
        letter, refusal, self.envelope, self.refusal = self.envelope, self.refusal, None, None
        if reset:
            self._write(b"RSET\r\n", "RSET")
        if letter is not None and refusal is not None:
            self.hooks.settled(letter.id, classify_reply_code(refusal[0]) if refusal[0] >= 400 else FAILED, refusal[1])
        self.begin()

    def lost(self, error: OSError) -> None:
        """The connection is gone: what is in doubt is told as unknown, everything else is given back.

        A letter in whose midst a second connection is lost is put off, so that the others get through.
        """
        words, taken = f"connection lost: {error}", "MAIL" not in self.expected
        for letter in filter(None, (self.dotted, self.envelope)):
            suspect = (letter is self.dotted or taken) and not isinstance(error, StartError)
            if letter is self.dotted and self.sent >= self.dot_at:
                self.hooks.settled(letter.id, UNKNOWN, words)
            elif self.refusal is not None and letter is self.envelope:
                self.hooks.settled(letter.id, classify_reply_code(self.refusal[0]), self.refusal[1])
            else:
                if letter is self.dotted:
                    self.hooks.returned(letter.id)
                if not self.letters.give_back(letter, suspect=suspect):
                    self.hooks.settled(letter.id, RETRY, words)
        self.dotted = self.envelope = None
        self.expected.clear()
        self.close()

    def close(self) -> None:
        """Say goodbye where it is still heard, and close."""
        with contextlib.suppress(OSError):
            self.sock.send(b"QUIT\r\n")
        with contextlib.suppress(OSError):
            self.sock.close()

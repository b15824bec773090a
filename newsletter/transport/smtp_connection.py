"""Drives one SMTP connection: writes messages from a queue, reads the replies, and gives each message its result.

Where the server offers PIPELINING (RFC 2920), the end of one message and the envelope of the next leave in one write, so
that a message takes one round trip.

A lost connection is judged by what the kernel had been given. A message is `unknown` only if the last byte of its content
had been handed over and no reply came. Before that no server can have accepted it, so it goes back to the queue. If a
second connection is lost while the same message is on it, that message is tried later, so that the others get through.

Not here: how a connection is opened, and how several run side by side (smtp_pool).
"""

import contextlib
import smtplib
import socket
import ssl
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from newsletter.transport.types import SendError, SendHooks, SendReason, SendResult, SendState, StartError, WireMessage

_ENVELOPE = frozenset({"MAIL", "RCPT"})
_READ_BYTES = 4096  # bytes: replies are short, and a larger buffer would be allocated and freed for each read
_MAX_REPLY_BYTES = 100_000  # bytes without an end of line; a mail server never sends so many


@dataclass
class MessageQueue:
    """The messages still to send; `source` yields None while it has none just now and will have some later.

    Messages that a lost connection gave back come after all others, since another connection may be lost over them.
    """

    source: Iterator[WireMessage | None]
    returned: list[WireMessage] = field(default_factory=list)
    waiting: bool = False  # the source's last answer was None
    suspects: set[int] = field(default_factory=set)  # ids of messages during which a connection was lost

    def take(self) -> WireMessage | None:
        """Return the next message, or None when there is none now."""
        try:
            message = next(self.source)
            self.waiting = message is None
        except StopIteration:
            message, self.waiting = None, False
        return self.returned.pop() if message is None and self.returned else message

    def give_back(self, message: WireMessage, *, suspect: bool) -> bool:
        """Keep a message for another connection; False if this is the second connection that was lost during it."""
        if suspect and message.id in self.suspects:
            return False
        if suspect:
            self.suspects.add(message.id)
        self.returned.append(message)
        return True


def classify_reply_code(code: int) -> SendState:
    """Return what a reply code says of a message (RFC 5321, 4.2.1: 2yz done, 4yz transient, 5yz permanent)."""
    if 200 <= code < 300:
        return SendState.ACCEPTED
    return SendState.RETRY if 400 <= code < 500 else SendState.FAILED


def _decode_line(line: bytes) -> str:
    return line.decode("utf-8", "replace")


class SmtpConnection:
    """One connection and the messages on it: at most one waits for its final reply, and one for those to its envelope.

    `max_messages` and `max_seconds` limit what it carries and how long it lasts; 0 means no limit.
    """

    def __init__(
        self,
        smtp: smtplib.SMTP,
        hooks: SendHooks,
        queue: MessageQueue,
        *,
        max_messages: int = 0,
        max_seconds: int = 0,
    ) -> None:
        if smtp.sock is None:
            raise SendError("the connection is closed")
        self.smtp = smtp  # keeps the socket and what encrypts it alive
        self.sock: socket.socket = smtp.sock
        self.sock.setblocking(False)
        # Every write is whole as it is; Nagle's algorithm would hold small ones back until the server acknowledges.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pipelining = smtp.has_extn("pipelining")
        self.mail_options = b" BODY=8BITMIME" if smtp.has_extn("8bitmime") else b""
        self.hooks, self.queue = hooks, queue
        self.expected: deque[str] = deque()  # the commands whose replies are not here yet, oldest first
        self.envelope: WireMessage | None = None  # MAIL, RCPT and DATA are out, or on their way
        self.refusal: tuple[int, str] | None = None  # the first refusal of that envelope
        self.unanswered: WireMessage | None = None  # the whole content is queued, its reply is not here yet
        self.queued_bytes = self.sent_bytes = self.unanswered_end = 0  # counted from the beginning of the connection
        self.outgoing: deque[bytes | memoryview] = deque()
        self.blocked = False  # the kernel did not take everything: smtp_pool waits until the socket is writable
        self.unread = b""  # the beginning of a line
        self.reply_lines: list[bytes] = []  # the lines of a reply whose last line is not here yet
        self.last_reply_at = time.monotonic()
        self.messages_begun, self.max_messages = 0, max_messages
        self.messages_answered = 0
        self.ends_at = time.monotonic() + max_seconds if max_seconds else 0.0

    @property
    def is_used_up(self) -> bool:
        """Whether it has carried or lasted what a connection may, so that another takes its place."""
        full = self.max_messages and self.messages_begun >= self.max_messages
        return bool(full or (self.ends_at and time.monotonic() >= self.ends_at))

    @property
    def is_idle(self) -> bool:
        """Whether no reply is awaited."""
        return not self.expected

    def begin_message(self) -> None:
        """Take the next message, if there is one, and queue its envelope."""
        message = None if self.is_used_up else self.queue.take()
        if message is None:
            return
        self.messages_begun += 1
        self.envelope, self.refusal = message, None
        mail = b"MAIL FROM:<" + message.sender + b">" + self.mail_options + b"\r\n"
        if self.pipelining:
            self._write(mail + b"RCPT TO:<" + message.recipient + b">\r\nDATA\r\n", "MAIL", "RCPT", "DATA")
        else:
            self._write(mail, "MAIL")

    def _write(self, data: bytes, *expected: str) -> None:
        self.outgoing.append(data)
        self.queued_bytes += len(data)
        self.expected += expected

    def flush(self) -> bool:
        """Hand what is queued to the kernel; True where some is left."""
        while self.outgoing:
            try:
                count = self._hand_over()
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                return True
            self.sent_bytes += count
            if self.sent_bytes == self.queued_bytes:
                self.outgoing.clear()
                return False
            # The kernel took a part: drop the pieces that are gone, and cut the one in which it stopped, without a copy.
            while count >= len(self.outgoing[0]):
                count -= len(self.outgoing.popleft())
            self.outgoing[0] = memoryview(self.outgoing[0])[count:]
        return False

    def _hand_over(self) -> int:
        """Give the kernel all pieces in one call, so that a message's end and the next envelope share a packet."""
        if not isinstance(self.sock, ssl.SSLSocket):
            return self.sock.sendmsg(self.outgoing)
        # What TLS could not take must be offered again as it was: the same bytes, in one piece.
        if len(self.outgoing) > 1:
            self.outgoing = deque([b"".join(self.outgoing)])
        return self.sock.send(self.outgoing[0])

    def receive_replies(self) -> None:
        """Read what has come and act on every whole reply. Raises OSError when the connection is gone."""
        while True:
            try:
                data = self.sock.recv(_READ_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            if not data:
                raise ConnectionResetError("the server closed the connection")
            self.last_reply_at = time.monotonic()
            *lines, self.unread = (self.unread + data).split(b"\n")
            if len(self.unread) > _MAX_REPLY_BYTES:
                raise ConnectionError("the server's reply has no end")
            for line in lines:
                self._handle_line(line.rstrip(b"\r"))
            # A short read has emptied the kernel's buffer; TLS may hold more that the selector does not know of.
            if len(data) < _READ_BYTES and not isinstance(self.sock, ssl.SSLSocket):
                return

    def _handle_line(self, line: bytes) -> None:
        """Take one line; the last one of a reply has no hyphen behind its code (RFC 5321, 4.2)."""
        if not line[:3].isdigit():
            raise ConnectionError(f"not a reply of a mail server: {line[:80]!r}")
        if line[3:4] == b"-":
            self.reply_lines.append(line)
            return
        if self.reply_lines:
            line = b" ".join([*self.reply_lines, line])
            self.reply_lines = []
        if not self.expected:
            raise ConnectionError(_decode_line(line))  # such as 421: closing while nothing was asked
        self._handle_reply(self.expected.popleft(), int(line[:3]), line)

    def _handle_reply(self, command: str, code: int, line: bytes) -> None:
        if command == "DOT":
            self._handle_final_reply(classify_reply_code(code), line)
        elif command == "DATA":
            self._handle_data_reply(code, line)
        # A pipelined envelope that was accepted asks for nothing: its next commands are on their way.
        elif command in _ENVELOPE and not (self.pipelining and code == 250):
            self._handle_envelope_reply(command, code, line)
        # With 421 the server closes (RFC 5321, 3.8), so what else is on the connection gets no reply.
        if code == 421:
            raise ConnectionError(_decode_line(line))

    def _handle_final_reply(self, state: SendState, line: bytes) -> None:
        message, self.unanswered = self.unanswered, None
        self.messages_answered += 1
        if message is not None:
            self.hooks.settled(message.id, SendResult(state, _decode_line(line)))
        if self.envelope is None and self.is_idle:
            self.begin_message()

    def _handle_envelope_reply(self, command: str, code: int, line: bytes) -> None:
        if not 200 <= code < 300 and self.refusal is None:
            self.refusal = (code, _decode_line(line))
        # Pipelined, a refusal waits for the reply to DATA, which is on its way and must be taken back in its own turn.
        if self.pipelining or self.envelope is None:
            return
        if self.refusal is not None:
            self._refuse_message()
        elif command == "MAIL":
            self._write(b"RCPT TO:<" + self.envelope.recipient + b">\r\n", "RCPT")
        else:
            self._write(b"DATA\r\n", "DATA")

    def _handle_data_reply(self, code: int, line: bytes) -> None:
        """Send the content if the whole envelope was accepted, else settle the message by its first refusal."""
        message = self.envelope
        if message is None:
            raise ConnectionError(_decode_line(line))
        if code != 354:
            self.refusal = self.refusal or (code, _decode_line(line))
            self._refuse_message()
        elif self.refusal is not None:
            # RFC 2920: a server that takes data for nobody gets an empty message, which it then refuses.
            self._write(b".\r\n", "VOID")
            self._refuse_message(reset=False)
        else:
            self._send_content(message)

    def _send_content(self, message: WireMessage) -> None:
        self.hooks.started(message.id)
        self.envelope, self.unanswered = None, message
        self._write(message.content)
        self._write(b".\r\n", "DOT")
        self.unanswered_end = self.queued_bytes
        if self.pipelining:
            self.begin_message()

    def _refuse_message(self, *, reset: bool = True) -> None:
        """Settle the message of the envelope by its refusal; RSET makes the server forget what it took of that envelope."""
        message, refusal, self.envelope, self.refusal = self.envelope, self.refusal, None, None
        if reset:
            self._write(b"RSET\r\n", "RSET")
        if message is not None and refusal is not None:
            # A reply below 400 that refuses breaks the protocol: to try again would bring the same.
            state = classify_reply_code(refusal[0]) if refusal[0] >= 400 else SendState.FAILED
            self.hooks.settled(message.id, SendResult(state, refusal[1]))
        self.begin_message()

    def handle_loss(self, error: OSError) -> None:
        """Settle what is in doubt as `unknown` and give everything else back: the connection is gone.

        A message during which a second connection is lost is settled as `retry`, so that the others get through.
        """
        words, mail_answered = str(error), "MAIL" not in self.expected
        for message in filter(None, (self.unanswered, self.envelope)):
            # Before the reply to MAIL the server knew nothing of the message, so it can't have closed because of it.
            suspect = (message is self.unanswered or mail_answered) and not isinstance(error, StartError)
            if message is self.unanswered and self.sent_bytes >= self.unanswered_end:
                self.hooks.settled(message.id, SendResult(SendState.UNKNOWN, words, reason=SendReason.NO_REPLY))
            elif self.refusal is not None and message is self.envelope:
                self.hooks.settled(message.id, SendResult(classify_reply_code(self.refusal[0]), self.refusal[1]))
            else:
                if message is self.unanswered:
                    self.hooks.returned(message.id)
                if not self.queue.give_back(message, suspect=suspect):
                    self.hooks.settled(message.id, SendResult(SendState.RETRY, words, reason=SendReason.NO_REPLY))
        self.unanswered = self.envelope = None
        self.expected.clear()
        self.close()

    def close(self) -> None:
        """Send QUIT where the server still listens, and close; its reply is not awaited."""
        with contextlib.suppress(OSError):
            self.sock.send(b"QUIT\r\n")
        with contextlib.suppress(OSError):
            self.sock.close()

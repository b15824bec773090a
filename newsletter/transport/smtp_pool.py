"""Prebuilt messages out over a few kept SMTP connections that go on side by side in one thread.

A connection is opened, encrypted and authenticated by the standard library's smtplib; from then on its socket is driven
by `channel`. Not here: which messages (outbox), what they say (wire), what is done about an answer (send).
"""

import contextlib
import functools
import selectors
import smtplib
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from newsletter.transport.smtp_connection import MessageQueue, SendError, SmtpConnection, SmtpHooks, WireMessage

_POLL_SECONDS = 0.05  # seconds, while messages wait for their time


@dataclass(frozen=True)
class Relay:
    """Where and how to connect; times in seconds. `authorities` is a file of certificates; the system's where empty."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False
    timeout: float = 30
    connections: int = 4
    weight: int = 1
    messages: int = 0  # that a connection carries before another takes its place; 0: any number
    seconds: int = 0  # that a connection lasts; 0: as long as there is something to send
    authorities: str = ""

    @property
    def name(self) -> str:
        """Return what limits and logs call it."""
        return f"{self.host}:{self.port}"


def open_smtp_connection(relay: Relay) -> smtplib.SMTP:
    """Return an open, encrypted and authenticated connection; raises SendError with the reason."""
    kind = (
        functools.partial(smtplib.SMTP_SSL, context=_make_tls_context(relay.authorities)) if relay.tls else smtplib.SMTP
    )
    with contextlib.ExitStack() as stack:
        try:
            smtp = kind(relay.host, relay.port, timeout=relay.timeout)
            stack.callback(smtp.close)
            smtp.ehlo_or_helo_if_needed()
            if relay.starttls:
                smtp.starttls(context=_make_tls_context(relay.authorities))
                smtp.ehlo_or_helo_if_needed()
            if relay.user:
                smtp.login(relay.user, relay.password)
        except (OSError, ValueError, smtplib.SMTPException) as error:  # ValueError: a password that is not ASCII
            raise SendError(f"{relay.name}: {_describe_error(error)}") from error
        stack.pop_all()  # it stays open
    return smtp


def _describe_error(error: Exception) -> str:
    """Return what an error says to an operator."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {error.verify_message}"
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return f"{error.smtp_code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    return " ".join(str(error).split()) or type(error).__name__


@functools.cache
def _make_tls_context(authorities: str) -> ssl.SSLContext:
    """Return what checks the server's certificate and name; made once, for it reads all authorities."""
    return ssl.create_default_context(cafile=authorities or None)


class MessageSource(Protocol):
    """Makes the letters, once it is known whether the server takes 8-bit content; None: none may leave just now."""

    def __call__(self, *, eight_bit: bool) -> Iterator[WireMessage | None]: ...


def deliver_messages(relay: Relay, source: MessageSource, hooks: SmtpHooks) -> list[WireMessage]:
    """Send every letter of `source`; each is settled by `hooks` or stands in the list that is returned.

    The list is what no connection was left for. Raises SendError when not even one connection can be opened.
    """
    first = open_smtp_connection(relay)
    queue = MessageQueue(source(eight_bit=first.has_extn("8bitmime")))
    with selectors.DefaultSelector() as selector:
        lines = _ConnectionPool(relay, hooks, queue, selector)
        try:
            lines.open(first)
            lines.drive()
        finally:
            for channel in lines.channels:
                channel.close()
    return queue.back


@dataclass
class _ConnectionPool:
    """The connections to one relay that go on side by side."""

    relay: Relay
    hooks: SmtpHooks
    queue: MessageQueue
    selector: selectors.BaseSelector
    channels: set[SmtpConnection] = field(default_factory=set)
    looked_at: float = 0.0  # when all were last asked whether their server is silent
    failures: int = 0
    vacant: int = 0  # connections that were lost or have carried what they may: others take their places

    def drive(self) -> None:
        """Keep the connections going until every message has its answer or none is left."""
        self._open_more(self.relay.connections - 1)
        while self.channels:
            self._turn()
            if self.vacant:
                count, self.vacant = self.vacant, 0
                self._open_more(count)

    def open(self, smtp: smtplib.SMTP) -> None:
        """Let a connection take part."""
        channel = SmtpConnection(smtp, self.hooks, self.queue, messages=self.relay.messages, seconds=self.relay.seconds)
        self.channels.add(channel)
        self.selector.register(channel.sock, selectors.EVENT_READ, channel)
        self._advance(channel, heard=False)

    def _open_more(self, count: int) -> None:
        """Open further connections; the first that is refused ends the attempt, those that are open go on."""
        with contextlib.suppress(SendError):
            for _extra in range(count):
                self.open(open_smtp_connection(self.relay))

    def _turn(self) -> None:
        """Wait for the sockets once and let each that is ready go on; once a second, and while messages wait, all."""
        wait = _POLL_SECONDS if self.queue.waiting else min(self.relay.timeout, 1.0)
        ready = [key.data for key, _events in self.selector.select(wait)]
        now = time.monotonic()
        if not self.queue.waiting and now - self.looked_at < 1.0:
            for channel in ready:
                self._advance(channel, heard=True)
            return
        self.looked_at = now
        for channel in list(self.channels):
            self._advance(channel, heard=channel in ready)

    def _advance(self, channel: SmtpConnection, *, heard: bool) -> None:
        """Take what the server said, begin what may leave, and hand over what is queued."""
        try:
            if heard:
                channel.receive()
            elif not channel.idle and time.monotonic() - channel.heard_at > self.relay.timeout:
                raise TimeoutError(f"no reply within {self.relay.timeout:g} seconds")
            if channel.idle:
                channel.begin()
            more = channel.flush()
        except OSError as error:
            self._leave(channel)
            channel.lost(error)
            self.failures = 0 if channel.answered else self.failures + 1
            # A server that drops every connection is left alone after a few, until the next tick.
            self.vacant += self.failures <= 3 * self.relay.connections
            return
        if channel.idle and not more and (channel.spent or not self.queue.waiting):
            self._leave(channel)
            channel.close()
            self.vacant += channel.spent
        elif more != channel.blocked:
            channel.blocked = more
            self.selector.modify(channel.sock, selectors.EVENT_READ | (selectors.EVENT_WRITE if more else 0), channel)

    def _leave(self, channel: SmtpConnection) -> None:
        self.selector.unregister(channel.sock)
        self.channels.discard(channel)

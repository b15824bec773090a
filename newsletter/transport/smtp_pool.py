"""Sends prepared messages over a few SMTP connections that stay open and run side by side in one thread.

A connection is opened, encrypted and authenticated by the standard library's smtplib; from then on smtp_connection drives
its socket. A connection that is lost, or has carried its share, is replaced; a relay that drops every connection is given
up until the next tick. Not here: which messages (delivery), what they say (wire_format), what follows from an answer
(delivery/outcomes).
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

from newsletter.transport.smtp_connection import MessageQueue, SmtpConnection
from newsletter.transport.types import Relay, SendError, SendHooks, WireMessage

_POLL_SECONDS = 0.05  # while messages wait for their time no socket says when it has come, so we look this often
_CHECK_ALL_SECONDS = 1.0  # how often every connection is checked for a server that has fallen silent
_MAX_LOSSES_PER_CONNECTION = 3  # in a row without any answer: then the relay, not the message, is taken for broken


def open_smtp_connection(relay: Relay) -> smtplib.SMTP:
    """Return an open, encrypted and authenticated connection. Raises SendError with the reason."""
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
                # What was offered in clear text may have been forged (RFC 3207, 4.2), so the server is asked again.
                smtp.ehlo_or_helo_if_needed()
            if relay.user:
                smtp.login(relay.user, relay.password)
        except (OSError, ValueError, smtplib.SMTPException) as error:  # ValueError: a password that is not ASCII
            raise SendError(f"{relay.name}: {_describe_error(error)}") from error
        stack.pop_all()  # it stays open
    return smtp


def _describe_error(error: Exception) -> str:
    """Return an error in words for an operator, without the parts that only a programmer reads."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {error.verify_message}"
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return f"{error.smtp_code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    return " ".join(str(error).split()) or type(error).__name__


@functools.cache  # it reads all authorities of the system, and each connection needs one
def _make_tls_context(authorities: str) -> ssl.SSLContext:
    """Return a context that checks the server's certificate and name."""
    return ssl.create_default_context(cafile=authorities or None)


class MessageSource(Protocol):
    """Makes the messages, once it is known whether the server takes 8-bit content; None: none may leave just now."""

    def __call__(self, *, eight_bit: bool) -> Iterator[WireMessage | None]: ...


def deliver_messages(relay: Relay, source: MessageSource, hooks: SendHooks) -> list[WireMessage]:
    """Send every message of `source`; each is settled by `hooks` or stands in the list that is returned.

    The list holds the messages for which no connection was left. Raises SendError when not even one connection can be
    opened.
    """
    first = open_smtp_connection(relay)
    queue = MessageQueue(source(eight_bit=first.has_extn("8bitmime")))
    with selectors.DefaultSelector() as selector:
        pool = _ConnectionPool(relay, hooks, queue, selector)
        try:
            pool.add(first)
            pool.run()
        finally:
            for connection in pool.connections:
                connection.close()
    return queue.returned


@dataclass
class _ConnectionPool:
    """The connections to one relay that run side by side."""

    relay: Relay
    hooks: SendHooks
    queue: MessageQueue
    selector: selectors.BaseSelector
    connections: set[SmtpConnection] = field(default_factory=set)
    checked_all_at: float = 0.0  # by the monotonic clock
    losses: int = 0  # connections in a row that were lost before they had any answer to a message
    vacant: int = 0  # connections that were lost or are used up: others take their places

    def run(self) -> None:
        """Keep the connections busy until every message has its answer or no connection is left."""
        self._open_more(self.relay.connections - 1)
        while self.connections:
            self._wait_and_advance()
            if self.vacant:
                count, self.vacant = self.vacant, 0
                self._open_more(count)

    def add(self, smtp: smtplib.SMTP) -> None:
        """Let an open connection take part, and begin its first message."""
        relay = self.relay
        connection = SmtpConnection(
            smtp, self.hooks, self.queue, max_messages=relay.messages, max_seconds=relay.seconds
        )
        self.connections.add(connection)
        self.selector.register(connection.sock, selectors.EVENT_READ, connection)
        self._advance(connection, readable=False)

    def _open_more(self, count: int) -> None:
        """Open further connections; the first that is refused ends the attempt, those that are open go on."""
        with contextlib.suppress(SendError):
            for _extra in range(count):
                self.add(open_smtp_connection(self.relay))

    def _wait_and_advance(self) -> None:
        """Wait for the sockets once and advance each that is ready; once a second, and while messages wait, all."""
        wait = _POLL_SECONDS if self.queue.waiting else min(self.relay.timeout, _CHECK_ALL_SECONDS)
        ready = [key.data for key, _events in self.selector.select(wait)]
        now = time.monotonic()
        if not self.queue.waiting and now - self.checked_all_at < _CHECK_ALL_SECONDS:
            for connection in ready:
                self._advance(connection, readable=True)
            return
        self.checked_all_at = now
        for connection in list(self.connections):
            self._advance(connection, readable=connection in ready)

    def _advance(self, connection: SmtpConnection, *, readable: bool) -> None:
        """Read the server's replies, begin what may leave, and hand over what is queued."""
        try:
            if readable:
                connection.receive_replies()
            elif not connection.is_idle and time.monotonic() - connection.last_reply_at > self.relay.timeout:
                raise TimeoutError(f"no reply within {self.relay.timeout:g} seconds")
            if connection.is_idle:
                connection.begin_message()
            more = connection.flush()
        except OSError as error:
            self._remove(connection)
            connection.handle_loss(error)
            self.losses = 0 if connection.messages_answered else self.losses + 1
            # A server that drops every connection is left alone after a few, until the next tick.
            self.vacant += self.losses <= _MAX_LOSSES_PER_CONNECTION * self.relay.connections
            return
        if connection.is_idle and not more and (connection.is_used_up or not self.queue.waiting):
            self._remove(connection)
            connection.close()
            self.vacant += connection.is_used_up
        elif more != connection.blocked:
            # A socket is nearly always writable: to wait for that all the time would wake us without end.
            connection.blocked = more
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if more else 0)
            self.selector.modify(connection.sock, events, connection)

    def _remove(self, connection: SmtpConnection) -> None:
        self.selector.unregister(connection.sock)
        self.connections.discard(connection)

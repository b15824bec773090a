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
from dataclasses import dataclass
from typing import Protocol

from newsletter.channel import Channel, Hooks, Letter, Queue, SendError

_LOOK_AGAIN = 0.05  # seconds, while messages wait for their time


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


def connect(relay: Relay) -> smtplib.SMTP:
    """Return an open, encrypted and authenticated connection; raises SendError with the reason."""
    kind = functools.partial(smtplib.SMTP_SSL, context=_context(relay.authorities)) if relay.tls else smtplib.SMTP
    with contextlib.ExitStack() as stack:
        try:
            smtp = kind(relay.host, relay.port, timeout=relay.timeout)
            stack.callback(smtp.close)
            smtp.ehlo_or_helo_if_needed()
            if relay.starttls:
                smtp.starttls(context=_context(relay.authorities))
                smtp.ehlo_or_helo_if_needed()
            if relay.user:
                smtp.login(relay.user, relay.password)
        except (OSError, ValueError, smtplib.SMTPException) as error:  # ValueError: a password that is not ASCII
            raise SendError(f"{relay.name}: {_words(error)}") from error
        stack.pop_all()  # it stays open
    return smtp


def _words(error: Exception) -> str:
    """Return what an error says to an operator."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {error.verify_message}"
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return f"{error.smtp_code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"
    return " ".join(str(error).split()) or type(error).__name__


@functools.cache
def _context(authorities: str) -> ssl.SSLContext:
    """Return what checks the server's certificate and name; made once, for it reads all authorities."""
    return ssl.create_default_context(cafile=authorities or None)


class Source(Protocol):
    """Makes the letters, once it is known whether the server takes 8-bit content; None: none may leave just now."""

    def __call__(self, *, eight_bit: bool) -> Iterator[Letter | None]: ...


def deliver(relay: Relay, source: Source, hooks: Hooks) -> list[Letter]:
    """Send every letter of `source`; each is settled by `hooks` or stands in the list that is returned.

    The list is what no connection was left for. Raises SendError when not even one connection can be opened.
    """
    first = connect(relay)
    queue = Queue(source(eight_bit=first.has_extn("8bitmime")))
    with selectors.DefaultSelector() as selector:
        _open(selector, first, relay, hooks, queue)
        try:
            _drive(selector, relay, hooks, queue)
        finally:
            for key in list(selector.get_map().values()):
                key.data.close()
    return queue.back


def _drive(selector: selectors.BaseSelector, relay: Relay, hooks: Hooks, queue: Queue) -> None:
    """Keep the connections going until every message has its answer or no connection is left."""
    _open_more(selector, relay, hooks, queue, relay.connections - 1)
    failures = 0
    while channels := [key.data for key in selector.get_map().values()]:
        lost, spent = _turn(selector, channels, relay.timeout, queue)
        failures += lost
        # A server that drops every connection is left alone after a few, until the next tick.
        if more := spent + (lost if failures <= 3 * relay.connections else 0):
            _open_more(selector, relay, hooks, queue, more)


def _open_more(selector: selectors.BaseSelector, relay: Relay, hooks: Hooks, queue: Queue, count: int) -> None:
    """Open further connections; the first that is refused ends the attempt, those that are open go on."""
    with contextlib.suppress(SendError):
        for _extra in range(count):
            _open(selector, connect(relay), relay, hooks, queue)


def _open(selector: selectors.BaseSelector, smtp: smtplib.SMTP, relay: Relay, hooks: Hooks, queue: Queue) -> None:
    channel = Channel(smtp, hooks, queue, messages=relay.messages, seconds=relay.seconds)
    channel.begin()
    _watch(selector, channel, register=True)


def _turn(selector: selectors.BaseSelector, channels: list[Channel], timeout: float, queue: Queue) -> tuple[int, int]:
    """Wait for the sockets once and let each ready channel go on; return how many were lost, and how many are spent."""
    ready = {key.data for key, _events in selector.select(_LOOK_AGAIN if queue.waiting else min(timeout, 1.0))}
    lost = spent = 0
    for channel in channels:
        try:
            if channel in ready:
                channel.receive()
            elif not channel.idle and time.monotonic() - channel.heard_at > timeout:
                raise TimeoutError(f"no reply within {timeout:g} seconds")
            if channel.idle:
                channel.begin()  # what had to wait may leave now
        except OSError as error:
            selector.unregister(channel.sock)
            channel.lost(f"connection lost: {error}")
            lost += 1
            continue
        lost += _watch(selector, channel)
        spent += channel.spent and channel.idle
    return lost, spent


def _watch(selector: selectors.BaseSelector, channel: Channel, *, register: bool = False) -> int:
    """Send what is queued and wait for what comes next; a channel that will have nothing to do is closed."""
    try:
        more = channel.flush()
    except OSError as error:
        if not register:
            selector.unregister(channel.sock)
        channel.lost(f"connection lost: {error}")
        return 1
    if channel.idle and not more and (channel.spent or not channel.letters.waiting):
        if not register:
            selector.unregister(channel.sock)
        channel.close()
        return 0
    wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if more else 0)
    if register:
        selector.register(channel.sock, wanted, channel)
    elif selector.get_key(channel.sock).events != wanted:
        selector.modify(channel.sock, wanted, channel)
    return 0

"""Mails to one person each -> out by the way that digests take: the same relays, certificates, DKIM signature and limits.

For confirmations, links, welcomes, reminders, alarms and test sends: nothing else in this project hands a mail to a server.
One answer comes back for each mail. A relay that can't be reached makes way for the next; where none is left, every mail is
answered with `retry` at once and nobody waits for a second timeout. Not here: what the mails say (notes, remind, proof,
watch), and mailings, whose every message is claimed and journaled (send).
"""

import dataclasses
import datetime as dt
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.charset import QP, Charset
from email.utils import make_msgid, parseaddr
from itertools import chain
from typing import NamedTuple, Protocol

from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped] # it has no types
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives

from newsletter.delivery import outcomes, rate_limits
from newsletter.emails import message
from newsletter.transport import (
    dkim,
    esp_backend,
    esp_batches,
    relays,
    responses,
    smtp_connection,
    smtp_pool,
    wire_format,
)
from newsletter.transport.smtp_connection import FAILED, RETRY

# Short lines of ASCII pass every relay as they are: what a relay re-encodes on its way loses its signature.
_QUOTED = Charset("utf-8")
_QUOTED.body_encoding = QP


class Mail(NamedTuple):
    """A mail to one address, and the caller's own number for it."""

    id: int
    mail: EmailMultiAlternatives


class Outcome(NamedTuple):
    """What became of a mail: accepted, retry, failed or unknown; the server's words; when to ask again, where it is known.

    `not_before` is set where nothing was tried, because limits or the domain's own wish left no room.
    """

    state: str
    words: str
    not_before: dt.datetime | None = None


class Settled(Protocol):
    """What the caller does with an answer."""

    def __call__(self, number: int, outcome: Outcome, /) -> None: ...


def send(mail: EmailMultiAlternatives) -> Outcome:
    """Send one mail and return what became of it."""
    found: list[Outcome] = []
    deliver([Mail(0, mail)], lambda _number, outcome: found.append(outcome))
    return found[0]


def deliver(mails: Iterable[Mail], settled: Settled, *, connections: int = 1) -> None:
    """Send each mail and tell what became of it, over at most so many connections.

    `mails` is asked for the next one when there is room for it: what it claims is not claimed for long.
    """
    if settings.EMAIL_BACKEND == relays.SMTP_BACKEND:
        _by_smtp(iter(mails), settled, connections)
    else:
        _by_backend(iter(mails), settled)


def _by_smtp(mails: Iterator[Mail], settled: Settled, connections: int) -> None:
    """Send over relays, one after the other until one can be reached."""
    known = relays.known()
    try:
        sealing = dkim.from_settings()
    except ImproperlyConfigured as error:
        return _refuse(mails, settled, str(error))
    words = "no relay can be reached; they are tried again within a minute"
    while relay := relays.choose(known):
        relay = dataclasses.replace(relay, connections=max(1, min(connections, relay.connections)))
        way = _Way(relay, sealing, settled)
        try:
            smtp_pool.deliver(relay, way.source(mails), way.hooks)
            words = f"{relay.name}: closes every connection"
        except smtp_connection.SendError as error:
            words = str(error)
        mails = chain(way.left(), mails)
        first = next(mails, None)
        if first is None:
            return None
        mails = chain([first], mails)
        if len(known) == 1:
            break
        relays.set_down(relay)
    return _refuse(mails, settled, words)


def _refuse(mails: Iterator[Mail], settled: Settled, words: str) -> None:
    """Answer every mail in the same way."""
    for one in mails:
        settled(one.id, Outcome(RETRY, words))


@dataclass
class _Allowances:
    """What limits allowed, by the number of the mail that it is for."""

    relay: str
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    grants: dict[int, list[rate_limits.Grant]] = field(default_factory=dict)

    def refuse(self, one: Mail) -> Outcome | None:
        """Return the answer of a mail that may not leave now."""
        grants, until = rate_limits.allow_one(one.mail.to[0], relay=self.relay, token=self.token)
        if until is not None:
            return Outcome(RETRY, f"SEND_LIMITS or the receiver leave no room before {until:%Y-%m-%d %H:%M} UTC", until)
        # The allowance is for the mail of this number: it counts until that has its answer.
        self.grants[one.id] = [rate_limits.Grant(grant.pk, grant.count, {one.id}) for grant in grants]
        return None

    def close(self, number: int, *, used: bool) -> None:
        """Let what was allowed count for its period from now on, or not at all."""
        grants = self.grants.pop(number, [])
        for grant in grants:
            grant.open = set() if used else {number}
        rate_limits.close(grants)


@dataclass
class _Way:
    """One relay at work on mails."""

    relay: smtp_pool.Relay
    sealing: dkim.Seal | None
    settled: Settled
    taken: dict[int, Mail] = field(default_factory=dict)  # on a connection, or given back by one

    def __post_init__(self) -> None:
        self.allowances = _Allowances(self.relay.name)
        self.hooks = smtp_connection.Hooks(started=lambda _id: None, settled=self._settle, returned=lambda _id: None)

    def source(self, mails: Iterator[Mail]) -> smtp_pool.Source:
        """Return what makes the letters of mails."""

        def letters(*, eight_bit: bool) -> Iterator[smtp_connection.Letter]:
            for one in mails:
                if refused := self.allowances.refuse(one):
                    self.settled(one.id, refused)
                    continue
                self.taken[one.id] = one
                try:
                    letter = write(one)
                except (wire_format.AddressError, ValueError) as error:  # ValueError: a header that nobody may write
                    del self.taken[one.id]
                    self.allowances.close(one.id, used=False)
                    self.settled(one.id, Outcome(FAILED, responses.words_of(error)))
                    continue
                yield self.sealing.put_on(letter) if self.sealing else letter

        return letters

    def left(self) -> list[Mail]:
        """Return what no connection was left for; it counts for no limit."""
        for number in self.taken:
            self.allowances.close(number, used=False)
        left, self.taken = list(self.taken.values()), {}
        return left

    def _settle(self, number: int, state: str, words: str) -> None:
        one = self.taken.pop(number)
        self.allowances.close(number, used=True)
        _hold(one, state, words)
        self.settled(number, Outcome(state, words))


def _hold(one: Mail, state: str, words: str) -> None:
    """Leave a domain alone that asks for it, as after a digest."""
    if outcomes.asks_to_wait(state, words):
        outcomes.hold(outcomes.domain(one.mail.to[0]), words)


def write(one: Mail) -> smtp_connection.Letter:
    """Return a mail as it crosses the wire, without a signature. Raises wire.AddressError, ValueError."""
    recipient = wire_format.recipient(one.mail.to[0])
    _name(one.mail)
    one.mail.encoding = _QUOTED
    content = one.mail.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg] # a parameter of Django's own
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    sender = settings.BOUNCE_ADDRESS or parseaddr(settings.FROM_EMAIL)[1]
    return smtp_connection.Letter(one.id, sender.encode(), recipient, content.replace(b"\r\n.", b"\r\n.."))


def _name(mail: EmailMultiAlternatives) -> None:
    """Give a mail a Message-ID of ours: made up by Django, it would tell the name of this machine."""
    if not any(name.lower() == "message-id" for name in mail.extra_headers):
        mail.extra_headers["Message-ID"] = make_msgid(domain=message.host())


def _by_backend(mails: Iterator[Mail], settled: Settled) -> None:
    """Send through Django's email backend, such as an ESP's."""
    try:
        backend = esp_batches.connection()
    except (ImproperlyConfigured, ImportError, BotoCoreError, ValueError) as error:
        return _refuse(mails, settled, f"the email backend is not set up: {responses.words_of(error)}")
    allowances = _Allowances("")
    try:
        esp_backend.connect(backend)
        for one in mails:
            if refused := allowances.refuse(one):
                settled(one.id, refused)
                continue
            _name(one.mail)
            state, words, _id = esp_backend.send_one(backend, esp_batches.single(one.mail))
            allowances.close(one.id, used=True)
            _hold(one, state, words)
            settled(one.id, Outcome(state, words))
    except smtp_connection.SendError as error:
        return _refuse(mails, settled, str(error))
    finally:
        backend.close()
    return None

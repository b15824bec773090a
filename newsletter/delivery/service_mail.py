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
    smtp_pool,
    wire_format,
)
from newsletter.transport.types import Relay, SendError, SendHooks, SendResult, SendState, WireMessage

# Short lines of ASCII pass every relay as they are: what a relay re-encodes on its way loses its signature.
_QUOTED_PRINTABLE = Charset("utf-8")
_QUOTED_PRINTABLE.body_encoding = QP


class ServiceMail(NamedTuple):
    """A mail to one address, and the caller's own number for it."""

    id: int
    mail: EmailMultiAlternatives


class ServiceMailOutcome(NamedTuple):
    """What became of a mail: accepted, retry, failed or unknown; the server's words; when to ask again, where it is known.

    `not_before` is set where nothing was tried, because limits or the domain's own wish left no room.
    """

    state: SendState
    words: str
    not_before: dt.datetime | None = None


class OutcomeCallback(Protocol):
    """What the caller does with an answer."""

    def __call__(self, number: int, outcome: ServiceMailOutcome, /) -> None: ...


def send_service_mail(mail: EmailMultiAlternatives) -> ServiceMailOutcome:
    """Send one mail and return what became of it."""
    found: list[ServiceMailOutcome] = []
    deliver_service_mails([ServiceMail(0, mail)], lambda _number, outcome: found.append(outcome))
    return found[0]


def deliver_service_mails(mails: Iterable[ServiceMail], settled: OutcomeCallback, *, connections: int = 1) -> None:
    """Send each mail and tell what became of it, over at most so many connections.

    `mails` is asked for the next one when there is room for it: what it claims is not claimed for long.
    """
    if settings.EMAIL_BACKEND == relays.SMTP_BACKEND:
        _deliver_by_smtp(iter(mails), settled, connections)
    else:
        _deliver_by_backend(iter(mails), settled)


def _deliver_by_smtp(mails: Iterator[ServiceMail], settled: OutcomeCallback, connections: int) -> None:
    """Send over relays, one after the other until one can be reached."""
    rotation = relays.get_relay_rotation()
    known = rotation.relays
    try:
        sealing = dkim.load_dkim_signer()
    except ImproperlyConfigured as error:
        return _refuse_all(mails, settled, str(error))
    words = "no relay can be reached; they are tried again within a minute"
    while relay := rotation.choose():
        relay = dataclasses.replace(relay, connections=max(1, min(connections, relay.connections)))
        way = _RelaySession(relay, sealing, settled)
        try:
            smtp_pool.deliver_messages(relay, way.source(mails), way.hooks)
            words = f"{relay.name}: closes every connection"
        except SendError as error:
            words = str(error)
        mails = chain(way.left(), mails)
        first = next(mails, None)
        if first is None:
            return None
        mails = chain([first], mails)
        if len(known) == 1:
            break
        rotation.mark_down(relay)
    return _refuse_all(mails, settled, words)


def _refuse_all(mails: Iterator[ServiceMail], settled: OutcomeCallback, words: str) -> None:
    """Answer every mail in the same way."""
    for one in mails:
        settled(one.id, ServiceMailOutcome(SendState.RETRY, words))


@dataclass
class _Reservations:
    """What limits allowed, by the number of the mail that it is for."""

    relay: str
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    grants: dict[int, list[rate_limits.OpenReservation]] = field(default_factory=dict)

    def refuse(self, one: ServiceMail) -> ServiceMailOutcome | None:
        """Return the answer of a mail that may not leave now."""
        grants, until = rate_limits.reserve_service_mail(one.mail.to[0], relay=self.relay, token=self.token)
        if until is not None:
            return ServiceMailOutcome(
                SendState.RETRY, f"SEND_LIMITS or the receiver leave no room before {until:%Y-%m-%d %H:%M} UTC", until
            )
        # The allowance is for the mail of this number: it counts until that has its answer.
        self.grants[one.id] = [rate_limits.OpenReservation(grant.pk, grant.count, {one.id}) for grant in grants]
        return None

    def close(self, number: int, *, used: bool) -> None:
        """Let what was allowed count for its period from now on, or not at all."""
        grants = self.grants.pop(number, [])
        for grant in grants:
            grant.open = set() if used else {number}
        rate_limits.close_reservations(grants)


@dataclass
class _RelaySession:
    """One relay at work on mails."""

    relay: Relay
    sealing: dkim.DkimSigner | None
    settled: OutcomeCallback
    taken: dict[int, ServiceMail] = field(default_factory=dict)  # on a connection, or given back by one

    def __post_init__(self) -> None:
        self.allowances = _Reservations(self.relay.name)
        self.hooks = SendHooks(started=lambda _id: None, settled=self._settle, returned=lambda _id: None)

    def source(self, mails: Iterator[ServiceMail]) -> smtp_pool.MessageSource:
        """Return what makes the letters of mails."""

        def letters(*, eight_bit: bool) -> Iterator[WireMessage]:
            for one in mails:
                if refused := self.allowances.refuse(one):
                    self.settled(one.id, refused)
                    continue
                self.taken[one.id] = one
                try:
                    letter = encode_service_mail(one)
                except (
                    wire_format.EnvelopeAddressError,
                    ValueError,
                ) as error:  # ValueError: a header that nobody may write
                    del self.taken[one.id]
                    self.allowances.close(one.id, used=False)
                    self.settled(one.id, ServiceMailOutcome(SendState.FAILED, responses.describe_send_error(error)))
                    continue
                yield self.sealing.sign_message(letter) if self.sealing else letter

        return letters

    def left(self) -> list[ServiceMail]:
        """Return what no connection was left for; it counts for no limit."""
        for number in self.taken:
            self.allowances.close(number, used=False)
        left, self.taken = list(self.taken.values()), {}
        return left

    def _settle(self, number: int, result: SendResult) -> None:
        state, words, _provider_id = result
        one = self.taken.pop(number)
        self.allowances.close(number, used=True)
        _back_off_if_asked(one, state, words)
        self.settled(number, ServiceMailOutcome(state, words))


def _back_off_if_asked(one: ServiceMail, state: str, words: str) -> None:
    """Leave a domain alone that asks for it, as after a digest."""
    if outcomes.is_backoff_request(state, words):
        outcomes.back_off_domain(outcomes.extract_domain(one.mail.to[0]), words)


def encode_service_mail(one: ServiceMail) -> WireMessage:
    """Return a mail as it crosses the wire, without a signature. Raises wire.AddressError, ValueError."""
    recipient = wire_format.encode_recipient(one.mail.to[0])
    _set_message_id(one.mail)
    one.mail.encoding = _QUOTED_PRINTABLE
    content = one.mail.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg] # a parameter of Django's own
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    sender = settings.BOUNCE_ADDRESS or parseaddr(settings.FROM_EMAIL)[1]
    return WireMessage(one.id, sender.encode(), recipient, content.replace(b"\r\n.", b"\r\n.."))


def _set_message_id(mail: EmailMultiAlternatives) -> None:
    """Give a mail a Message-ID of ours: made up by Django, it would tell the name of this machine."""
    if not any(name.lower() == "message-id" for name in mail.extra_headers):
        mail.extra_headers["Message-ID"] = make_msgid(domain=message.get_sender_domain())


def _deliver_by_backend(mails: Iterator[ServiceMail], settled: OutcomeCallback) -> None:
    """Send through Django's email backend, such as an ESP's."""
    try:
        backend = esp_batches.make_batch_backend()
    except (ImproperlyConfigured, ImportError, BotoCoreError, ValueError) as error:
        return _refuse_all(mails, settled, f"the email backend is not set up: {responses.describe_send_error(error)}")
    allowances = _Reservations("")
    try:
        esp_backend.open_backend(backend)
        for one in mails:
            if refused := allowances.refuse(one):
                settled(one.id, refused)
                continue
            _set_message_id(one.mail)
            state, words, _id = esp_backend.send_message(backend, esp_batches.prepare_service_mail(one.mail))
            allowances.close(one.id, used=True)
            _back_off_if_asked(one, state, words)
            settled(one.id, ServiceMailOutcome(state, words))
    except SendError as error:
        return _refuse_all(mails, settled, str(error))
    finally:
        backend.close()
    return None

"""Sends mails to one person each by the way that digests take: the same relays, certificates, DKIM signature and limits.

For confirmations, links, welcomes, reminders, alarms and test sends: nothing else in this project hands a mail to a server.
One answer comes back for each mail. A relay that can't be reached makes way for the next; where none is left, every mail is
answered with `retry` at once and nobody waits for a second timeout. Not here: what the mails say (transactional, send_test,
operations.monitoring), and mailings, whose every message is claimed and journaled (dispatch).
"""

import dataclasses
import datetime as dt
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.charset import QP, Charset
from email.utils import make_msgid, parseaddr
from itertools import chain
from typing import NamedTuple, Protocol, Self

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives

from newsletter.delivery import outcomes, rate_limits
from newsletter.emails import message
from newsletter.models.requests import ServiceMailReason
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

# Short lines of ASCII pass every relay as they are: what a relay encodes again on its way loses its signature.
_QUOTED_PRINTABLE = Charset("utf-8")
_QUOTED_PRINTABLE.body_encoding = QP


class ServiceMail(NamedTuple):
    """A mail to one address, and the caller's own number for it."""

    id: int
    mail: EmailMultiAlternatives


class ServiceMailOutcome(NamedTuple):
    """What became of a mail: accepted, retry, failed or unknown; unless accepted, why, with the server's words.

    `not_before` is the moment to ask again where nothing was tried, because limits or the domain's back-off left no room.
    """

    state: SendState
    reason: ServiceMailReason | None = None
    server_reply: str = ""
    not_before: dt.datetime | None = None

    @classmethod
    def from_result(cls, result: SendResult) -> Self:
        """Make the outcome of a mail that a server or an ESP has judged."""
        if result.state == SendState.ACCEPTED:
            return cls(result.state, server_reply=result.words)
        return cls(result.state, ServiceMailReason(f"service_mail.{result.reason or 'server'}"), result.words)

    def describe(self) -> str:
        """Return why, in the active language, and the server's words."""
        return self.reason.describe(self.server_reply) if self.reason else self.server_reply


class OutcomeCallback(Protocol):
    """What the caller does with the outcome of the mail of a number."""

    def __call__(self, number: int, outcome: ServiceMailOutcome, /) -> None: ...


def send_service_mail(mail: EmailMultiAlternatives) -> ServiceMailOutcome:
    """Send one mail, wait for the answer and return what became of it."""
    found: list[ServiceMailOutcome] = []
    deliver_service_mails([ServiceMail(0, mail)], lambda _number, outcome: found.append(outcome))
    return found[0]


def deliver_service_mails(mails: Iterable[ServiceMail], settled: OutcomeCallback, *, connections: int = 1) -> None:
    """Send each mail over at most so many connections, and call `settled` with its number and outcome.

    The next of `mails` is taken when a connection has room for it, so that what an iterator claims is not claimed for long.
    """
    if settings.EMAIL_BACKEND == relays.SMTP_BACKEND:
        _deliver_by_smtp(iter(mails), settled, connections)
    else:
        _deliver_by_backend(iter(mails), settled)


def _deliver_by_smtp(mails: Iterator[ServiceMail], settled: OutcomeCallback, connections: int) -> None:
    """Send over one relay after the other, until one can be reached."""
    rotation = relays.get_relay_rotation()
    try:
        signer = dkim.load_dkim_signer()
    except ImproperlyConfigured as error:  # nothing leaves unsigned where it is to be signed
        return _refuse_all(mails, settled, ServiceMailReason.SETUP, str(error))
    words = ""
    while relay := rotation.choose():
        relay = dataclasses.replace(relay, connections=max(1, min(connections, relay.connections)))
        session = _RelaySession(relay, signer, settled)
        try:
            smtp_pool.deliver_messages(relay, session.make_source(mails), session.hooks)
            words = f"{relay.name}: connection closed"
        except SendError as error:
            words = str(error)
        mails = chain(session.take_unsent(), mails)
        first = next(mails, None)
        if first is None:
            return None
        mails = chain([first], mails)
        if len(rotation.relays) == 1:
            break
        rotation.mark_down(relay)
    return _refuse_all(mails, settled, ServiceMailReason.UNREACHABLE, words)


def _refuse_all(mails: Iterator[ServiceMail], settled: OutcomeCallback, reason: ServiceMailReason, words: str) -> None:
    for one in mails:
        settled(one.id, ServiceMailOutcome(SendState.RETRY, reason, words))


@dataclass
class _Reservations:
    """What the limits let leave, by the number of the mail that it was reserved for."""

    relay: str
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    by_number: dict[int, list[rate_limits.OpenReservation]] = field(default_factory=dict)

    def reserve(self, one: ServiceMail) -> ServiceMailOutcome | None:
        """Reserve a mail; where it may not leave now, return its outcome instead."""
        reservations, until = rate_limits.reserve_service_mail(one.mail.to[0], relay=self.relay, token=self.token)
        if until is not None:
            return ServiceMailOutcome(SendState.RETRY, ServiceMailReason.LIMIT, not_before=until)
        # For the mail of this number: it counts as under way until that has its answer.
        self.by_number[one.id] = [rate_limits.OpenReservation(row.pk, row.count, {one.id}) for row in reservations]
        return None

    def close(self, number: int, *, used: bool) -> None:
        """Let what was reserved for a mail count for its period from now on, or not at all where it never left."""
        reservations = self.by_number.pop(number, [])
        for one in reservations:
            one.open = set() if used else {number}
        rate_limits.close_reservations(reservations)


@dataclass
class _RelaySession:
    """The sending of service mails over one relay."""

    relay: Relay
    signer: dkim.DkimSigner | None
    settled: OutcomeCallback
    unsettled: dict[int, ServiceMail] = field(default_factory=dict)  # on a connection, or given back by one

    def __post_init__(self) -> None:
        self.reservations = _Reservations(self.relay.name)
        # No journal: the same service mail twice does no harm, so a lost one is sent again.
        self.hooks = SendHooks(started=lambda _id: None, settled=self._settle, returned=lambda _id: None)

    def make_source(self, mails: Iterator[ServiceMail]) -> smtp_pool.MessageSource:
        """Return what encodes mails for the wire, one at a time, as connections ask for them."""

        def encode_mails(*, eight_bit: bool) -> Iterator[WireMessage]:
            for one in mails:
                if outcome := self.reservations.reserve(one):
                    self.settled(one.id, outcome)
                    continue
                self.unsettled[one.id] = one
                try:
                    wire_message = encode_service_mail(one)
                except wire_format.EnvelopeAddressError:
                    self._give_up(one.id, ServiceMailReason.BAD_ADDRESS)
                    continue
                except ValueError as error:  # a header that nobody may write
                    self._give_up(one.id, ServiceMailReason.TEMPLATE, responses.describe_send_error(error))
                    continue
                yield self.signer.sign_message(wire_message) if self.signer else wire_message

        return encode_mails

    def take_unsent(self) -> list[ServiceMail]:
        """Return the mails for which no connection was left; they count for no limit."""
        for number in self.unsettled:
            self.reservations.close(number, used=False)
        unsent, self.unsettled = list(self.unsettled.values()), {}
        return unsent

    def _give_up(self, number: int, reason: ServiceMailReason, words: str = "") -> None:
        """Settle a mail that can't be written for the wire."""
        del self.unsettled[number]
        self.reservations.close(number, used=False)
        self.settled(number, ServiceMailOutcome(SendState.FAILED, reason, words))

    def _settle(self, number: int, result: SendResult) -> None:
        one = self.unsettled.pop(number)
        self.reservations.close(number, used=True)
        _back_off_if_requested(one, result)
        self.settled(number, ServiceMailOutcome.from_result(result))


def _back_off_if_requested(one: ServiceMail, result: SendResult) -> None:
    """Back off a domain that asks for it, as after a digest: mailings leave it alone too."""
    if outcomes.is_backoff_request(result.state, result.words):
        outcomes.back_off_domain(outcomes.extract_domain(one.mail.to[0]), result.words)


def encode_service_mail(one: ServiceMail) -> WireMessage:
    """Encode a mail for SMTP, without a signature. Raises EnvelopeAddressError, or ValueError where a header has a newline."""
    recipient = wire_format.encode_recipient(one.mail.to[0])
    _set_message_id(one.mail)
    one.mail.encoding = _QUOTED_PRINTABLE
    content = wire_format.encode_for_wire(one.mail.message())
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    sender = settings.BOUNCE_ADDRESS or parseaddr(settings.FROM_EMAIL)[1]
    return WireMessage(one.id, sender.encode(), recipient, content.replace(b"\r\n.", b"\r\n.."))


def _set_message_id(mail: EmailMultiAlternatives) -> None:
    """Give a mail a Message-ID of the sender's domain; one that Django makes would reveal the name of this machine."""
    if not any(name.lower() == "message-id" for name in mail.extra_headers):
        mail.extra_headers["Message-ID"] = make_msgid(domain=message.get_sender_domain())


def _deliver_by_backend(mails: Iterator[ServiceMail], settled: OutcomeCallback) -> None:
    """Send through Django's email backend, such as an ESP's, one mail after the other."""
    try:
        backend = esp_batches.make_batch_backend()
    except responses.list_setup_errors() as error:
        return _refuse_all(mails, settled, ServiceMailReason.SETUP, responses.describe_send_error(error))
    reservations = _Reservations(relay="")
    try:
        esp_backend.open_backend(backend)
        for one in mails:
            if outcome := reservations.reserve(one):
                settled(one.id, outcome)
                continue
            _set_message_id(one.mail)
            result = esp_backend.send_message(backend, esp_batches.prepare_service_mail(one.mail))
            reservations.close(one.id, used=True)
            _back_off_if_requested(one, result)
            settled(one.id, ServiceMailOutcome.from_result(result))
    except SendError as error:
        return _refuse_all(mails, settled, ServiceMailReason.UNREACHABLE, str(error))
    finally:
        backend.close()
    return None

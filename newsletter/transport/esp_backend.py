"""Sends claimed deliveries through Django's email backend, to an ESP in batches, and gives each delivery its result.

A refused recipient fails for good. What is not the reader's fault (a wrong key, a sender that is not verified, a server
that can't be reached) gives everything back and ends the run by SendError, so that the mailing waits. After 429 and 503
the request is repeated a little later; if that does not help, its readers return to the queue.

Where a connection breaks or a request times out after it may have gone out, its readers are `unknown`, for sending again
could make a double. Only a provider with idempotency keys is asked again, with the same key.

A refusal that blames nobody is put down to the reader if another reader is accepted after it. If ten in a row meet it,
it must be about us, and the run ends. If the run ends before that is known, these readers are tried again later.

Not here: what the words of an answer mean (responses), and what a request looks like (esp_batches).
"""

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol, cast

import requests
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from newsletter.emails import joining
from newsletter.models.deliveries import ClaimedDelivery
from newsletter.transport import esp_batches, responses
from newsletter.transport.responses import EspSendStatus
from newsletter.transport.types import SendError, SendHooks, SendReason, SendResult, SendState
from newsletter.transport.wire_format import EnvelopeAddressError

MAX_TRIES = 3  # of one request
LONGEST_WAIT_SECONDS = 10.0  # that a provider may ask for; a pause of the mailing has to take effect in the meantime
FIRST_WAIT_SECONDS = 0.5  # where the provider does not say; doubled for the next try
MAX_REFUSALS_IN_A_ROW = 10  # that blame nobody
_SENT_NOTHING = SendResult(SendState.FAILED, reason=SendReason.NOT_SENT)


class _HttpBackend(Protocol):
    """A backend of anymail that speaks HTTP."""

    session: requests.Session


def open_backend(backend: BaseEmailBackend) -> None:
    """Open the backend's connection, where it has one. Raises SendError."""
    try:
        backend.open()
    except responses.list_connection_errors() as error:
        raise SendError(f"can't reach the mail server: {responses.describe_send_error(error)}") from error


def send_message(backend: BaseEmailBackend, mail: EmailMultiAlternatives) -> SendResult:
    """Send one mail to one person; return its result, whose state is accepted, retry, failed or unknown."""
    try:
        sent = backend.send_messages([mail])
    except responses.list_send_errors() as error:
        result = responses.classify_send_error(error)
        # No other reader is there to compare with, so a refusal is put down to this one. A fault of ours may be mended later.
        final = {SendState.REFUSED: SendState.FAILED, SendState.STOP: SendState.RETRY}
        return result._replace(state=final.get(result.state, result.state))
    status = _get_send_status(mail)
    if status is not None and status.recipients:
        return responses.read_recipient_status(next(iter(status.recipients.values())))
    return SendResult(SendState.ACCEPTED) if sent else _SENT_NOTHING


def _get_send_status(mail: EmailMultiAlternatives) -> EspSendStatus | None:
    """Return what anymail read of an ESP's answer; None after another backend."""
    return getattr(mail, "anymail_status", None)


@dataclass
class _BackendSession:
    """One backend at work on one mailing."""

    backend: BaseEmailBackend
    renderer: esp_batches.BatchRenderer
    hooks: SendHooks
    suspects: list[tuple[int, str]] = field(
        default_factory=list
    )  # refused since the last acceptance, and blamed on nobody
    broken: bool = False  # its connection

    @property
    def batch_limit(self) -> int:
        """How many readers go into one request."""
        return self.renderer.provider.limit

    @property
    def is_esp(self) -> bool:
        return self.renderer.provider is not esp_batches.NOT_AN_ESP


def deliver_batches(
    fragments: joining.MailingFragments, claims: Iterator[ClaimedDelivery], hooks: SendHooks, *, window: int
) -> None:
    """Send every claimed delivery; `window` of them are taken at a time to find those of the same set.

    Raises SendError where everything would meet the same: what was not settled by then did not go out.
    """
    renderer = esp_batches.BatchRenderer(fragments, esp_batches.find_provider())
    try:
        backend = esp_batches.make_batch_backend()
    except responses.list_setup_errors() as error:
        raise SendError(f"the email backend is not set up: {responses.describe_send_error(error)}") from error
    session = _BackendSession(backend, renderer, hooks)
    try:
        open_backend(backend)
        for group in _group_by_set(session, claims, window):
            _send_group(session, group)
        for delivery_id, words in session.suspects:
            hooks.settled(delivery_id, SendResult(SendState.RETRY, words))
    finally:
        backend.close()


def _group_by_set(
    session: _BackendSession, claims: Iterator[ClaimedDelivery], window: int
) -> Iterator[list[ClaimedDelivery]]:
    """Yield readers of the same set, as many as go into one request."""
    limit = session.batch_limit
    while taken := list(islice(claims, max(window, 1) if limit > 1 else 1)):
        sets: dict[int, list[ClaimedDelivery]] = {}
        for one in filter(lambda one: _has_address(session, one), taken):
            sets.setdefault(one.sections, []).append(one)
        for group in sets.values():
            yield from (group[at : at + limit] for at in range(0, len(group), limit))


def _has_address(session: _BackendSession, one: ClaimedDelivery) -> bool:
    """Settle a reader whose address no provider takes before the batch is made: it would spoil the whole request."""
    if session.batch_limit > 1:
        try:
            esp_batches.format_esp_address(one)
        except EnvelopeAddressError:
            session.hooks.settled(one.id, SendResult(SendState.FAILED, reason=SendReason.BAD_ADDRESS))
            return False
    return True


def _send_group(session: _BackendSession, group: Sequence[ClaimedDelivery]) -> None:
    """Send one group and settle each of its readers; a batch that is refused as a whole goes out one by one."""
    _reconnect_if_broken(session)
    for one in group:
        session.hooks.started(one.id)
    found = _request_results(session, group)
    if len(group) > 1 and {result.state for result in found} == {SendState.REFUSED}:
        # One reader may be the reason, and the answer does not say which.
        for one in group:
            session.hooks.returned(one.id)
        for one in group:
            _send_group(session, [one])
        return
    outcomes = [(one.id, result) for one, result in zip(group, found, strict=True)]
    for delivery_id, result in outcomes:
        if result.state in {SendState.REFUSED, SendState.STOP}:
            session.hooks.returned(delivery_id)
        else:
            session.hooks.settled(delivery_id, result)
    _judge_refusals(session, outcomes)


def _judge_refusals(session: _BackendSession, outcomes: Sequence[tuple[int, SendResult]]) -> None:
    """Settle refusals that blame nobody once another reader is accepted. Raises SendError where going on is no use."""
    states = {result.state for _id, result in outcomes}
    session.suspects += [(one, result.words) for one, result in outcomes if result.state == SendState.REFUSED]
    if SendState.ACCEPTED in states:
        for delivery_id, words in session.suspects:
            session.hooks.settled(delivery_id, SendResult(SendState.FAILED, words))
        session.suspects = []
    reasons = [result.words for _id, result in outcomes if result.state == SendState.STOP]
    if len(session.suspects) >= MAX_REFUSALS_IN_A_ROW:
        reasons.append(f"refused {len(session.suspects)} times in a row: {session.suspects[-1][1]}")
    # An ESP that asks to wait means our account; a mail server that does may mean this one reader.
    if states == {SendState.RETRY} and session.is_esp:
        reasons.append(outcomes[0][1].words)
    if reasons:
        raise SendError(reasons[0])


def _request_results(session: _BackendSession, group: Sequence[ClaimedDelivery]) -> list[SendResult]:
    """Make one request, and repeat it where that makes no double; return a result for each reader of the group.

    Once it is in doubt whether the first request was taken, only an acceptance ends the doubt: a refusal of the second
    says nothing of the first.
    """
    key = uuid.uuid4()
    has_keys = bool(session.renderer.provider.key)
    doubt: list[SendResult] = []
    for number in range(MAX_TRIES):
        found, wait = _make_request(session, group, key, repeated=bool(doubt))
        states = {result.state for result in found}
        if doubt and SendState.ACCEPTED not in states:
            found = doubt
        elif SendState.UNKNOWN in states:
            doubt = found
        asked_to_wait = states == {SendState.RETRY} and session.is_esp
        if not asked_to_wait and not (doubt and has_keys and SendState.ACCEPTED not in states):
            break
        if number < MAX_TRIES - 1:
            time.sleep(min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**number if wait is None else wait))
            _reconnect_if_broken(session)
    return found


def _make_request(
    session: _BackendSession, group: Sequence[ClaimedDelivery], key: uuid.UUID, *, repeated: bool
) -> tuple[list[SendResult], float | None]:
    """Return a result for each reader of the group, and the seconds that the server asks to wait, if it does.

    `repeated` says that an earlier request with the same key may have been taken.
    """
    mail = esp_batches.compose_request(session.renderer, group, key)
    addresses = mail.to
    if session.renderer.provider.key == "http":
        cast("_HttpBackend", session.backend).session.headers["Idempotency-Key"] = str(key)
    try:
        sent = session.backend.send_messages([mail])
    except responses.list_send_errors() as error:
        response: responses.EspResponse | None = getattr(error, "response", None)
        found = responses.read_batch_results(settings.EMAIL_BACKEND, response, len(group))
        status = _get_send_status(mail)
        if found is None and status is not None and status.recipients:
            found = responses.read_statuses_in_order(status.recipients, addresses)
        result = responses.classify_send_error(error)
        if repeated and responses.is_duplicate_request(result.words):
            result = result._replace(state=SendState.ACCEPTED)
        elif result.state == SendState.FAILED and len(group) > 1:
            # Because of one reader, and the answer does not say which.
            result = result._replace(state=SendState.REFUSED)
        # With 421 a mail server closes.
        session.broken = result.state == SendState.UNKNOWN or result.words.startswith("421")
        return found or [result] * len(group), responses.read_retry_after_seconds(response)
    status = _get_send_status(mail)
    if status is None or not status.recipients:
        return [SendResult(SendState.ACCEPTED) if sent else _SENT_NOTHING] * len(group), None
    found = responses.read_batch_results(settings.EMAIL_BACKEND, status.esp_response, len(group))
    return found or responses.read_statuses_in_order(status.recipients, addresses), None


def _reconnect_if_broken(session: _BackendSession) -> None:
    """Replace a connection that is broken. Raises SendError."""
    if session.broken:
        session.backend.close()
        open_backend(session.backend)
        session.broken = False

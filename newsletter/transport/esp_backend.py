"""Claimed deliveries out through Django's email backend, an ESP's in batches; every answer judged and handed back.

What is the reader's: a refused recipient fails for good. What is not: a wrong key, a sender that is not verified, a
server that can't be reached give everything back and stop (SendError), so that the mailing waits. 429 and 503 are
tried again a little later, then queued. Where a connection breaks or a request times out after it may have gone out,
the message is `unknown`, for sending again could make a double; a provider with idempotency keys is asked again with
the same key. A refusal that blames nobody is the reader's own if others are accepted, and ends the run if ten in a
row meet it. Not here: what the words of an answer mean (answers), what a request looks like (esp).
"""

import smtplib
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped] # it has no types
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from newsletter.emails import message
from newsletter.models.deliveries import ClaimedDelivery
from newsletter.transport import esp_batches, responses
from newsletter.transport.responses import REFUSED, STOP, SendResult, classify_send_error
from newsletter.transport.smtp_connection import ACCEPTED, FAILED, RETRY, UNKNOWN, SendError
from newsletter.transport.wire_format import EnvelopeAddressError

__all__ = ["BackendHooks", "classify_send_error", "deliver_batches", "open_backend", "send_message"]

MAX_TRIES = 3  # of one request
LONGEST_WAIT_SECONDS = 10.0  # seconds that a provider may ask for; a pause has to take effect
MAX_REFUSALS_IN_A_ROW = 10  # refusals in a row that blame nobody


@dataclass(frozen=True)
class BackendHooks:
    """What the caller wants to hear of a delivery: it is about to go out; its answer; it did not go out after all."""

    started: Callable[[int], None]
    settled: Callable[[int, str, str, str], None]  # id, state, the server's words, its own message id
    returned: Callable[[int], None]


def open_backend(backend: BaseEmailBackend) -> None:
    """Open the backend's connection, where it has one; raises SendError."""
    try:
        backend.open()
    except (OSError, smtplib.SMTPException, BotoCoreError) as error:
        raise SendError(f"can't reach the mail server: {responses.describe_send_error(error)}") from error


def send_message(backend: BaseEmailBackend, one: EmailMultiAlternatives) -> SendResult:
    """Send one message; return its state (accepted, retry, failed or unknown), the server's words and its id."""
    try:
        sent = backend.send_messages([one])
    except responses.SEND_ERRORS as error:
        state, words = classify_send_error(error)
        return {REFUSED: FAILED, STOP: RETRY}.get(state, state), words, ""
    status = getattr(one, "anymail_status", None)
    if status is not None and status.recipients:
        return responses.read_recipient_status(next(iter(status.recipients.values())))
    return (ACCEPTED, "", "") if sent else (FAILED, "the email backend sent nothing and gave no reason", "")


@dataclass
class _BackendSession:
    """One backend at work: its letters, and who was refused for no known reason since the last acceptance."""

    backend: BaseEmailBackend
    press: esp_batches.BatchRenderer
    hooks: BackendHooks
    suspects: list[tuple[int, str]] = field(default_factory=list)
    broken: bool = False


def deliver_batches(
    letter: message.MailingFragments, claims: Iterator[ClaimedDelivery], hooks: BackendHooks, *, window: int
) -> None:
    """Send every claimed delivery; `window` of them are taken at a time to find those of the same set.

    Raises SendError where everything would meet the same: what was not settled by then did not go out.
    """
    press = esp_batches.BatchRenderer(letter, esp_batches.find_provider())
    try:
        backend = esp_batches.make_batch_backend()
    except (ImproperlyConfigured, BotoCoreError, ValueError) as error:
        raise SendError(f"the email backend is not set up: {responses.describe_send_error(error)}") from error
    way = _BackendSession(backend, press, hooks)
    try:
        open_backend(backend)
        for group in _group_by_set(way, claims, window):
            _send_group(way, group)
        for delivery_id, words in way.suspects:
            hooks.settled(delivery_id, RETRY, words, "")
    finally:
        backend.close()


def _group_by_set(
    way: _BackendSession, claims: Iterator[ClaimedDelivery], window: int
) -> Iterator[list[ClaimedDelivery]]:
    """Yield readers of the same set, as many as go into one request."""
    limit = way.press.provider.limit
    while taken := list(islice(claims, max(window, 1) if limit > 1 else 1)):
        sets: dict[int, list[ClaimedDelivery]] = {}
        for one in filter(lambda one: _has_address(way, one), taken):
            sets.setdefault(one.sections, []).append(one)
        for group in sets.values():
            yield from (group[at : at + limit] for at in range(0, len(group), limit))


def _has_address(way: _BackendSession, one: ClaimedDelivery) -> bool:
    """Settle at once whose address no provider takes: it would spoil the request of a whole batch."""
    if way.press.provider.limit > 1:
        try:
            esp_batches.format_esp_address(one)
        except EnvelopeAddressError as error:
            way.hooks.settled(one.id, FAILED, str(error), "")
            return False
    return True


def _send_group(way: _BackendSession, group: Sequence[ClaimedDelivery]) -> None:
    """Send one group and settle what became of each; a batch refused as a whole goes out one by one."""
    _reconnect_if_broken(way)
    for one in group:
        way.hooks.started(one.id)
    found = _request_results(way, group)
    if len(group) > 1 and {state for state, _words, _id in found} == {REFUSED}:
        for one in group:
            way.hooks.returned(one.id)
        for one in group:
            _send_group(way, [one])
        return
    for one, (state, words, provider_id) in zip(group, found, strict=True):
        if state in {REFUSED, STOP}:
            way.hooks.returned(one.id)
        else:
            way.hooks.settled(one.id, state, words, provider_id)
    _draw_conclusions(way, [(one.id, state, words) for one, (state, words, _) in zip(group, found, strict=True)])


def _draw_conclusions(way: _BackendSession, found: Iterable[tuple[int, str, str]]) -> None:
    """Decide about refusals that blame nobody, and end the run where going on is no use."""
    found = list(found)
    way.suspects += [(delivery_id, words) for delivery_id, state, words in found if state == REFUSED]
    if any(state == ACCEPTED for _id, state, _words in found):
        for delivery_id, words in way.suspects:
            way.hooks.settled(delivery_id, FAILED, words, "")
        way.suspects = []
    stopping = [words for _id, state, words in found if state == STOP]
    if len(way.suspects) >= MAX_REFUSALS_IN_A_ROW:
        stopping.append(f"refused {len(way.suspects)} times in a row: {way.suspects[-1][1]}")
    if all(state == RETRY for _id, state, _words in found) and way.press.provider is not esp_batches.NOT_AN_ESP:
        stopping.append(found[0][2])
    if stopping:
        raise SendError(stopping[0])


def _request_results(way: _BackendSession, group: Sequence[ClaimedDelivery]) -> list[SendResult]:
    """Make one request, and again where that makes no double; once it is in doubt, only acceptance ends the doubt."""
    key = uuid.uuid4()
    doubt: list[SendResult] = []
    for again in range(MAX_TRIES):
        found, wait = _make_request(way, group, key, again=bool(doubt))
        states = {state for state, _words, _id in found}
        if doubt and ACCEPTED not in states:
            found = doubt
        elif UNKNOWN in states:
            doubt = found
        asked_to_wait = states == {RETRY} and way.press.provider is not esp_batches.NOT_AN_ESP
        if not asked_to_wait and not (doubt and way.press.provider.key and ACCEPTED not in states):
            break
        if again < MAX_TRIES - 1:
            time.sleep(min(LONGEST_WAIT_SECONDS, 0.5 * 2**again if wait is None else wait))
            _reconnect_if_broken(way)
    return found


def _make_request(
    way: _BackendSession, group: Sequence[ClaimedDelivery], key: uuid.UUID, *, again: bool
) -> tuple[list[SendResult], float | None]:
    """Return the answer for each reader of the group, and the seconds that the server asks to wait."""
    made: Any = esp_batches.compose_request(way.press, group, key)
    if way.press.provider.key == "http":
        way.backend.session.headers["Idempotency-Key"] = str(key)  # type: ignore[attr-defined] # anymail's own
    addresses = made.to
    try:
        sent = way.backend.send_messages([made])
    except responses.SEND_ERRORS as error:
        response = getattr(error, "response", None)
        found = responses.read_batch_results(settings.EMAIL_BACKEND, response, len(group))
        if found is None and getattr(made, "anymail_status", None) and made.anymail_status.recipients:
            found = responses.read_statuses_in_order(made.anymail_status.recipients, addresses)
        state, words = classify_send_error(error)
        if again and responses.is_duplicate_request(words):
            state = ACCEPTED
        elif state == FAILED and len(group) > 1:
            state = REFUSED  # for the sake of one reader, and it is not said which
        way.broken = state == UNKNOWN or words.startswith("421")  # the server closes it
        return found or [(state, words, "")] * len(group), responses.read_retry_after_seconds(response)
    status = getattr(made, "anymail_status", None)
    if status is None or not status.recipients:
        nothing = (FAILED, "the email backend sent nothing and gave no reason", "")
        return [(ACCEPTED, "", "") if sent else nothing] * len(group), None
    found = responses.read_batch_results(settings.EMAIL_BACKEND, status.esp_response, len(group))
    return found or responses.read_statuses_in_order(status.recipients, addresses), None


def _reconnect_if_broken(way: _BackendSession) -> None:
    """Replace a connection that is broken. Raises SendError."""
    if way.broken:
        way.backend.close()
        open_backend(way.backend)
        way.broken = False

"""A claimed batch out through Django's email backend; every answer becomes an Outcome. Nothing is read or written.

How an answer is judged: a 4xx reply and a relay that can't be reached are temporary (retry); a 5xx reply and a
refused recipient are final (failed, never again). A connection that breaks, or a request that times out, once the
message may have gone out is `unknown`: sending again could make a double. The server's own words are kept.
"""

import smtplib
from collections.abc import Iterable, Iterator

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from newsletter import message
from newsletter.message import Letter
from newsletter.models import Delivery
from newsletter.outbox import RETRY, Claimed, Outcome

ACCEPTED, FAILED, UNKNOWN = (str(s) for s in (Delivery.State.ACCEPTED, Delivery.State.FAILED, Delivery.State.UNKNOWN))
Answer = tuple[str, str, str]  # state, the server's words, its own message id


class SendError(Exception):
    """The relay can't be reached or refuses us as a whole; nothing of the batch went out."""


def connect(backend: BaseEmailBackend) -> None:
    """Open the backend's connection, where it has one; raises SendError."""
    try:
        backend.open()
    except (OSError, smtplib.SMTPException) as error:
        raise SendError(f"can't reach the mail server: {_words(error)}") from error


def send(backend: BaseEmailBackend, letter: Letter, batch: Iterable[Claimed]) -> Iterator[Outcome]:
    """Send one message per delivery and yield what became of it, in order.

    When the relay is lost in mid-batch, the rest of the batch is to be tried again.
    """
    lost = ""
    for delivery in batch:
        if lost:
            yield Outcome(delivery.id, RETRY, lost)
            continue
        state, words, provider_id = _send_one(backend, message.build(letter, delivery))
        if state == UNKNOWN or words.startswith("421"):  # 421: the server closes the connection
            lost = _reconnect(backend)
        yield Outcome(delivery.id, state, words[:1000], provider_id)


def _send_one(backend: BaseEmailBackend, one: EmailMultiAlternatives) -> Answer:
    """Return the state, the server's words and its id of one message."""
    try:
        sent = backend.send_messages([one])
    except (smtplib.SMTPException, AnymailError, OSError, ValueError) as error:
        return (*judge(error), "")
    status = getattr(one, "anymail_status", None)
    if status is not None and status.recipients:
        return _judge_anymail(status.recipients)
    return (ACCEPTED, "", "") if sent else (FAILED, "the email backend sent nothing and gave no reason", "")


def judge(error: Exception) -> tuple[str, str]:
    """Return the state that an exception of a send stands for, and its words."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, words = next(iter(error.recipients.values()))
            return _by_smtp_code(code), f"{code} {_decode(words)}"
        case smtplib.SMTPServerDisconnected():
            return UNKNOWN, f"connection lost: {_words(error)}"
        case smtplib.SMTPResponseException():
            return _by_smtp_code(error.smtp_code), f"{error.smtp_code} {_decode(error.smtp_error)}"
        case AnymailRecipientsRefused():
            return FAILED, _words(error)
        case AnymailAPIError() if error.status_code:
            return _by_http_status(error.status_code), _words(error)
        case OSError() | AnymailAPIError():
            return UNKNOWN, f"connection lost: {_words(error)}"
        case _:
            return FAILED, _words(error)


def _judge_anymail(recipients: dict[str, object]) -> Answer:
    """Return the answer for the one recipient of a message that an ESP took."""
    status = next(iter(recipients.values()))
    word, provider_id = getattr(status, "status", None), str(getattr(status, "message_id", "") or "")
    refused = word in {"invalid", "rejected", "failed"}
    return FAILED if refused else ACCEPTED, str(word or ""), provider_id


def _by_smtp_code(code: int) -> str:
    return RETRY if 400 <= code < 500 else FAILED


def _by_http_status(status: int) -> str:
    """429 and 503 say that nothing was taken; any other 5xx leaves open whether the message was."""
    if status in {429, 503}:
        return RETRY
    return UNKNOWN if status >= 500 else FAILED


def _reconnect(backend: BaseEmailBackend) -> str:
    """Replace a broken connection; return why that failed, or nothing."""
    try:
        backend.close()
        connect(backend)
    except (SendError, OSError, smtplib.SMTPException) as error:
        return _words(error)
    return ""


def _decode(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else str(words)


def _words(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__

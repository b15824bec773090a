"""One message out through Django's email backend, and its answer judged. Nothing of ours is read or written.

How an answer is judged: a 4xx reply and a relay that can't be reached are temporary (retry); a 5xx reply and a
refused recipient are final (failed, never again). A connection that breaks, or a request that times out, once the
message may have gone out is `unknown`: sending again could make a double. The server's own words are kept.
"""

import smtplib

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend

from newsletter.channel import ACCEPTED, FAILED, RETRY, UNKNOWN, SendError, by_code

Answer = tuple[str, str, str]  # state, the server's words, its own message id


def is_broken(state: str, words: str) -> bool:
    """Say whether the connection has to be replaced after this answer (421: the server closes it)."""
    return state == UNKNOWN or words.startswith("421")


def connect(backend: BaseEmailBackend) -> None:
    """Open the backend's connection, where it has one; raises SendError."""
    try:
        backend.open()
    except (OSError, smtplib.SMTPException) as error:
        raise SendError(f"can't reach the mail server: {_words(error)}") from error


def send_one(backend: BaseEmailBackend, one: EmailMultiAlternatives) -> Answer:
    """Send one message; return its state, the server's words and its id."""
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
            return by_code(code), f"{code} {_decode(words)}"
        case smtplib.SMTPServerDisconnected():
            return UNKNOWN, f"connection lost: {_words(error)}"
        case smtplib.SMTPResponseException():
            return by_code(error.smtp_code), f"{error.smtp_code} {_decode(error.smtp_error)}"
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


def _by_http_status(status: int) -> str:
    """429 and 503 say that nothing was taken; any other 5xx leaves open whether the message was."""
    if status in {429, 503}:
        return RETRY
    return UNKNOWN if status >= 500 else FAILED


def _decode(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else str(words)


def _words(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__

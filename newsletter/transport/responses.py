"""What a mail server or an ESP answered -> whose fault it is, and what follows for each reader. Pure.

Not here: what a reply's words say of a mailbox (classify), and what is done about it (transport, events).
"""

import contextlib
import errno
import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused
from botocore import exceptions as boto  # type: ignore[import-untyped] # it has no types
from django.core.exceptions import ImproperlyConfigured
from urllib3 import exceptions as http

from newsletter.subscribers.addresses import fold_address
from newsletter.transport.smtp_connection import ACCEPTED, FAILED, RETRY, UNKNOWN, classify_reply_code

SendResult = tuple[str, str, str]  # state, the server's words, its own message id
REFUSED = "refused"  # nothing was taken, and it is not said whether for the reader's sake
STOP = "stop"  # nothing was taken, and nobody else's would be: not the reader's fault
_UNREADABLE = (LookupError, TypeError, AttributeError)  # what anymail raises over an answer of another shape
SEND_ERRORS = (AnymailError, boto.BotoCoreError, OSError, ValueError, ImproperlyConfigured, *_UNREADABLE)

_DISK_ERRNOS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOENT,
    errno.ENOTDIR,
}
_SENDER_ERRORS = (
    smtplib.SMTPSenderRefused,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
)
_NO_ROUTE = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)
_BOTO_UNSENT = (
    *(boto.EndpointConnectionError, boto.ConnectTimeoutError, boto.ProxyConnectionError, boto.SSLError),
    *(boto.NoCredentialsError, boto.PartialCredentialsError, boto.NoRegionError, boto.TokenRetrievalError),
)

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE = re.compile(r"(?:^|(?<=response ))[245]\d\d\b")  # of a server, and as anymail quotes that of an ESP

_BLAMES_READER = re.compile(
    r"""\bto\b['"`\]]*\s+(?:field|parameter|email|address)|\bto\.(?:\d|email)|["'`]to["'`]|\bin to\b|recipient|toaddress"""
    r"""|error validating domain name syntax|illegal address|local address contains|domain contains""",
    re.IGNORECASE,
)
_BLAMES_US = re.compile(
    r"\bfrom\b|sender|sending domain|not verified|verif|api.?key|token|credential|unauthor|forbidden|suspend|paused"
    r"|billing|quota|credit|\bplan\b|domain not found|account",
    re.IGNORECASE,
)
_REPEATED = re.compile(r"duplicate_parameter|idempotencykey", re.IGNORECASE)
_SES_LATER = {"ACCOUNT_THROTTLED", "ACCOUNT_DAILY_QUOTA_EXCEEDED", "TRANSIENT_FAILURE"}
_SES_OURS = re.compile("^(ACCOUNT_|MAIL_FROM_|CONFIGURATION_SET_|TEMPLATE_|INVALID_SENDING_)|not verified")


def extract_codes(words: str) -> str:
    """Return what an answer says in numbers, such as "550 5.7.1": the part that can name no reader. Empty: it has none."""
    words = words[:2000].lstrip()
    code, status = _CODE.search(words), _STATUS.search(words)
    return " ".join(found[0] for found in (code, status) if found)


def classify_send_error(error: Exception) -> tuple[str, str]:
    """Return the state that an exception of a send stands for, and its words."""
    words = describe_send_error(error)
    match error:
        case smtplib.SMTPException():
            return _judge_smtp(error, words)
        case AnymailRecipientsRefused() | AnymailInvalidAddress():
            return FAILED, words
        case AnymailAPIError():
            return _judge_api(error, words)
        case AnymailError() | ImproperlyConfigured():
            return STOP, words  # a feature that the provider lacks, a key that is missing
        case OSError() if isinstance(error, _NO_ROUTE) or error.errno in _DISK_ERRNOS:
            return STOP, words
        case OSError():
            return UNKNOWN, f"connection lost: {words}"
        case _ if isinstance(error, _UNREADABLE):
            return UNKNOWN, f"the answer can't be read: {words}"
        case _:
            return FAILED, words


def _judge_smtp(error: smtplib.SMTPException, words: str) -> tuple[str, str]:
    """Judge by the reply's code; a refused sender or password is nobody's whom the mail is for."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, said = next(iter(error.recipients.values()))
            return classify_reply_code(code), f"{code} {_decode(said)}"
        case smtplib.SMTPResponseException():
            ours = isinstance(error, _SENDER_ERRORS) and error.smtp_code >= 500
            return STOP if ours else classify_reply_code(
                error.smtp_code
            ), f"{error.smtp_code} {_decode(error.smtp_error)}"
        case smtplib.SMTPServerDisconnected():
            return UNKNOWN, f"connection lost: {words}"
        case _:
            return FAILED, words


def _judge_api(error: Any, words: str) -> tuple[str, str]:
    """Judge an ESP's refusal by its status and words, or by what became of the connection."""
    status = error.status_code
    if isinstance(error.response, Mapping):  # of Amazon's client
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if status is None:
        return (STOP, words) if _never_left(error.__cause__) else (UNKNOWN, f"connection lost: {words}")
    if status in {429, 503}:
        return RETRY, words
    if status >= 500 or status == 409 or (status < 300 and "Magnificent" not in words):
        return UNKNOWN, words  # an answer that can't be read may be one to a message that was taken
    if status in {400, 413, 422}:
        return _blame(words), words
    return STOP, words


def _blame(words: str) -> str:
    """Return what follows from a refusal: the reader's own, everybody's, or not said."""
    if _BLAMES_READER.search(words):
        return FAILED if not re.search("not verified", words) else STOP
    return STOP if _BLAMES_US.search(words) else REFUSED


def _never_left(cause: BaseException | None) -> bool:
    """Say whether a request failed before any of it was sent."""
    if isinstance(cause, (*_BOTO_UNSENT, requests.ConnectTimeout, requests.exceptions.ProxyError, *_NO_ROUTE)):
        return True
    if isinstance(cause, (requests.exceptions.MissingSchema, requests.exceptions.InvalidURL)):
        return True
    inner = cause.args[0] if cause is not None and cause.args else None
    why = getattr(inner, "reason", inner)
    if isinstance(why, http.SSLError):
        return bool(why.args) and isinstance(why.args[0], ssl.SSLCertVerificationError)
    return isinstance(why, (http.NewConnectionError, http.ConnectTimeoutError))


def read_recipient_status(status: Any) -> SendResult:
    """Return the answer that anymail's status of one recipient stands for."""
    word, provider_id = getattr(status, "status", None), str(getattr(status, "message_id", "") or "")
    if word in {"invalid", "rejected", "failed"}:
        return FAILED, str(word), provider_id
    if word in {"sent", "queued"}:
        return ACCEPTED, str(word), provider_id
    return UNKNOWN, "the provider does not say what became of this reader", provider_id


def read_statuses_in_order(recipients: Mapping[str, Any], addresses: Sequence[str]) -> list[SendResult]:
    """Return the answers in the order of `addresses`."""
    found = {fold_address(address): status for address, status in recipients.items()}
    return [read_recipient_status(found.get(fold_address(address))) for address in addresses]


def read_batch_results(backend: str, response: Any, count: int) -> list[SendResult] | None:
    """Return what a batch's answer says of each reader, in order, where anymail tells less than the provider does."""
    if backend not in _BATCH_READERS:
        return None
    with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError, IndexError):
        body = response if isinstance(response, Mapping) else response.json()
        found = _BATCH_READERS[backend](body)
        return found if len(found) == count else None
    return None


def _read_postmark_results(body: Any) -> list[SendResult]:
    """Read a list of results, each with a code of its own: 406 is an inactive recipient, 300 an invalid letter."""
    if not isinstance(body, list):
        return []
    return [
        (ACCEPTED, one["Message"], one["MessageID"])
        if one["ErrorCode"] == 0
        else (_postmark_state(one["ErrorCode"], one["Message"]), f"{one['ErrorCode']} {one['Message']}", "")
        for one in body
    ]


def _postmark_state(code: int, words: str) -> str:
    if code in {100, 429}:
        return RETRY
    return {406: FAILED, 300: _blame(words)}.get(code, STOP)


def _read_mailjet_results(body: Any) -> list[SendResult]:
    return [_read_mailjet_result(one) for one in body["Messages"]]


def _read_mailjet_result(one: Any) -> SendResult:
    if one["Status"] == "success":
        return ACCEPTED, "success", str(one["To"][0]["MessageID"])
    error = one["Errors"][0]
    words = f"{error.get('StatusCode', '')} {error.get('ErrorMessage', '')}".strip()
    if any(name.startswith("To") for name in error.get("ErrorRelatedTo", [])):
        return FAILED, words, ""
    return _blame(words), words, ""


def _read_ses_results(body: Any) -> list[SendResult]:
    return [_read_ses_result(one) for one in body["BulkEmailEntryResults"]]


def _read_ses_result(one: Any) -> SendResult:
    status, words = one["Status"], f"{one['Status']} {one.get('Error', '')}".strip()
    if status == "SUCCESS":
        return ACCEPTED, status, one["MessageId"]
    if status in _SES_LATER:
        return RETRY, words, ""
    return STOP if _SES_OURS.search(words) else _blame(words), words, ""


_BATCH_READERS: dict[str, Callable[[Any], list[SendResult]]] = {
    "anymail.backends.postmark.EmailBackend": _read_postmark_results,
    "anymail.backends.mailjet.EmailBackend": _read_mailjet_results,
    "anymail.backends.amazon_ses.EmailBackend": _read_ses_results,
}


def is_duplicate_request(words: str) -> bool:
    """Say whether a refusal means that a request with the same key was taken before."""
    return bool(_REPEATED.search(words))


def read_retry_after_seconds(response: Any) -> float | None:
    """Return what Retry-After says, where it is a number."""
    said = str(getattr(response, "headers", {}).get("Retry-After", ""))
    return float(said) if re.fullmatch(r"\d{1,6}(\.\d+)?", said) else None


def describe_send_error(error: Exception) -> str:
    """Return what an exception says, as one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _decode(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else str(words)

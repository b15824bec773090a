"""Judges what a mail server or an ESP answered: which state each message has by it, and whose fault a refusal is. Pure.

An ESP says in words whether it refuses a reader or us. Words about the recipient settle that reader's message as failed.
Words about the sender, the account or the key stop the run, since every other message would meet the same. Words that
name neither leave it open (`refused`), and esp_backend decides by what becomes of others. An answer that can't be read
may be one to a message that was taken, so it is `unknown`. A wrong `failed` would silence a reader, a wrong `retry`
would send twice.

Not here: what a reply's words say of a mailbox (smtp_reply_rules), and what is done about a state (esp_backend, delivery).
"""

import contextlib
import errno
import re
import smtplib
import socket
import ssl
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypedDict

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.core.exceptions import ImproperlyConfigured
from urllib3 import exceptions as http

from newsletter.subscribers.addresses import fold_address
from newsletter.transport.smtp_connection import classify_reply_code
from newsletter.transport.types import SendReason, SendResult, SendState

EspResponse = requests.Response | Mapping[str, Any]
"""What a send call of an ESP returned: of Amazon's client the JSON itself, of all others the HTTP response."""


class EspRecipientStatus(Protocol):
    """What anymail read of one recipient; its status is sent, queued, invalid, rejected, failed, unknown or None."""

    status: str | None
    message_id: str | None


class EspSendStatus(Protocol):
    """What anymail hangs on a mail that was sent; `recipients` is by address."""

    recipients: Mapping[str, EspRecipientStatus]
    esp_response: EspResponse


class EspApiError(Protocol):
    """The part of anymail's AnymailAPIError that is read here; both are None where no answer came."""

    status_code: int | None
    response: EspResponse | None
    __cause__: BaseException | None


_UNREADABLE = (LookupError, TypeError, AttributeError)  # what anymail raises over an answer of another shape
_SEND_ERRORS = (AnymailError, OSError, ValueError, ImproperlyConfigured, *_UNREADABLE)

# Of our own disk, where a backend writes files: full or not to be written to.
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
# These are about us and the server, before any recipient was named.
_SENDER_ERRORS = (
    smtplib.SMTPSenderRefused,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
)
# Without a connection nothing of a message can have left.
_NO_CONNECTION = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)
# Names in botocore.exceptions, of Amazon's client; the same, and no credentials for it.
_AMAZON_UNSENT = (
    *("EndpointConnectionError", "ConnectTimeoutError", "ProxyConnectionError", "SSLError"),
    *("NoCredentialsError", "PartialCredentialsError", "NoRegionError", "TokenRetrievalError"),
)

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE = re.compile(r"(?:^|(?<=response ))[245]\d\d\b")  # of a server, and as anymail quotes that of an ESP

# Real refusals of each provider stand in the tests of this module.
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
_DUPLICATE_KEY = re.compile(r"duplicate_parameter|idempotencykey", re.IGNORECASE)  # Brevo's words
_SES_LATER = {"ACCOUNT_THROTTLED", "ACCOUNT_DAILY_QUOTA_EXCEEDED", "TRANSIENT_FAILURE"}
_SES_OURS = re.compile("^(ACCOUNT_|MAIL_FROM_|CONFIGURATION_SET_|TEMPLATE_|INVALID_SENDING_)|not verified")


def list_amazon_errors(*names: str) -> tuple[type[Exception], ...]:
    """Return the classes of these names among the errors of Amazon's client, or that of them all; none where it is not loaded.

    The client is an extra that takes 10 MB of memory, so only the backend of Amazon SES loads it: before that, nobody raises them.
    """
    boto = sys.modules.get("botocore.exceptions")
    return tuple(getattr(boto, name) for name in names or ("BotoCoreError",)) if boto else ()


def list_setup_errors() -> tuple[type[Exception], ...]:
    """Return what making a backend raises: a setting is wrong, or a package is missing."""
    return (ImproperlyConfigured, ImportError, ValueError, *list_amazon_errors())


def list_connection_errors() -> tuple[type[Exception], ...]:
    """Return what opening a backend raises; smtplib's errors are OSErrors."""
    return (OSError, *list_amazon_errors())


def list_send_errors() -> tuple[type[Exception], ...]:
    """Return what a send call of a backend raises; `classify_send_error` judges it."""
    return (*_SEND_ERRORS, *list_amazon_errors())


def extract_codes(words: str) -> str:
    """Return the codes of an answer, such as "550 5.7.1", which name no reader; empty where it has none."""
    words = words[:2000].lstrip()  # a code stands at the beginning, and a server may say as much as it likes
    code, status = _CODE.search(words), _STATUS.search(words)
    return " ".join(found[0] for found in (code, status) if found)


def classify_send_error(error: Exception) -> SendResult:
    """Return the result that an exception of a send stands for."""
    words = describe_send_error(error)
    match error:
        case smtplib.SMTPException():
            return _classify_smtp_error(error, words)
        case AnymailRecipientsRefused() | AnymailInvalidAddress():
            return SendResult(SendState.FAILED, words)
        case AnymailAPIError():
            return _classify_api_error(error, words)
        case AnymailError() | ImproperlyConfigured():
            return SendResult(SendState.STOP, words)  # a feature that the provider lacks, a key that is missing
        case OSError() if isinstance(error, _NO_CONNECTION) or error.errno in _DISK_ERRNOS:
            return SendResult(SendState.STOP, words)
        case OSError():
            return _make_lost(words)
        case _ if isinstance(error, _UNREADABLE):
            return SendResult(SendState.UNKNOWN, words, reason=SendReason.UNREADABLE)
        case _:
            return SendResult(SendState.FAILED, words)


def _make_lost(words: str) -> SendResult:
    """Return the result of a message whose connection was lost: it may have been taken."""
    return SendResult(SendState.UNKNOWN, words, reason=SendReason.NO_REPLY)


def _classify_smtp_error(error: smtplib.SMTPException, words: str) -> SendResult:
    """Judge by the reply's code; a sender or password that is refused for good is not the reader's fault."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, reply = next(iter(error.recipients.values()))
            return SendResult(classify_reply_code(code), f"{code} {_decode(reply)}")
        case smtplib.SMTPResponseException():
            ours = isinstance(error, _SENDER_ERRORS) and error.smtp_code >= 500
            state = SendState.STOP if ours else classify_reply_code(error.smtp_code)
            return SendResult(state, f"{error.smtp_code} {_decode(error.smtp_error)}")
        case smtplib.SMTPServerDisconnected():
            return _make_lost(words)
        case _:
            return SendResult(SendState.FAILED, words)


def _classify_api_error(error: EspApiError, words: str) -> SendResult:
    """Judge an ESP's refusal by its HTTP status and words, or by what became of the connection."""
    status = error.status_code
    if isinstance(error.response, Mapping):  # of Amazon's client
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if status is None:
        never_left = _is_error_before_sending(error.__cause__)
        return SendResult(SendState.STOP, words) if never_left else _make_lost(words)
    if status in {429, 503}:
        return SendResult(SendState.RETRY, words)
    # Each of these may stand for a message that was taken: a fault of theirs, Resend's 409 while the first request with a
    # key is still in progress, a success in a form that anymail can't read. "Mailgun Magnificent API" is no success: it
    # answers a request to a wrong address, so that no message can get through.
    if status >= 500 or status == 409 or (status < 300 and "Magnificent" not in words):
        return SendResult(SendState.UNKNOWN, words)
    if status in {400, 413, 422}:
        return SendResult(classify_blame(words), words)
    return SendResult(SendState.STOP, words)


def classify_blame(words: str) -> SendState:
    """Judge whom the words of a refusal blame: the reader (failed), us (stop), or nobody that can be named (refused)."""
    if _BLAMES_READER.search(words):
        # What is not verified is ours to verify, even where the words name a recipient.
        return SendState.FAILED if not re.search("not verified", words) else SendState.STOP
    return SendState.STOP if _BLAMES_US.search(words) else SendState.REFUSED


def _is_error_before_sending(cause: BaseException | None) -> bool:
    """Say whether a request failed before any of it was sent."""
    if isinstance(cause, (*_NO_CONNECTION, requests.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    if isinstance(cause, list_amazon_errors(*_AMAZON_UNSENT)):
        return True
    if isinstance(cause, (requests.exceptions.MissingSchema, requests.exceptions.InvalidURL)):
        return True
    # requests wraps an error of urllib3, which holds the reason why it gave up.
    inner = cause.args[0] if cause is not None and cause.args else None
    why = getattr(inner, "reason", inner)
    if isinstance(why, http.SSLError):
        return bool(why.args) and isinstance(why.args[0], ssl.SSLCertVerificationError)
    return isinstance(why, (http.NewConnectionError, http.ConnectTimeoutError))


def read_recipient_status(status: EspRecipientStatus | None) -> SendResult:
    """Return the result that anymail's status of one recipient stands for; None where anymail knows of no such recipient."""
    word, provider_id = (status.status, str(status.message_id or "")) if status is not None else (None, "")
    if word in {"invalid", "rejected", "failed"}:
        return SendResult(SendState.FAILED, word, provider_id)
    if word in {"sent", "queued"}:
        return SendResult(SendState.ACCEPTED, word, provider_id)
    return SendResult(SendState.UNKNOWN, "", provider_id, SendReason.NOT_REPORTED)


def read_statuses_in_order(recipients: Mapping[str, EspRecipientStatus], addresses: Sequence[str]) -> list[SendResult]:
    """Return the results in the order of `addresses`; a provider may answer with another case of an address."""
    found = {fold_address(address): status for address, status in recipients.items()}
    return [read_recipient_status(found.get(fold_address(address))) for address in addresses]


def read_batch_results(backend: str, response: EspResponse | None, count: int) -> list[SendResult] | None:
    """Return the results of a batch's readers in order, where the provider says more of each than anymail passes on.

    None for other providers, and for an answer of another shape or length.
    """
    if response is None or backend not in _BATCH_READERS:
        return None
    # JSON of another shape than the readers expect ends in one of these errors.
    with contextlib.suppress(ValueError, TypeError, KeyError, AttributeError, IndexError):
        body = response if isinstance(response, Mapping) else response.json()
        found = _BATCH_READERS[backend](body)
        return found if len(found) == count else None
    return None


class _PostmarkResult(TypedDict):
    """One message's result, in the order of the request; 406 is an inactive recipient, 300 an invalid message."""

    ErrorCode: int
    Message: str
    MessageID: str


def _read_postmark_results(body: list[_PostmarkResult]) -> list[SendResult]:
    # A request that is refused as a whole gets one object instead of a list.
    return [_read_postmark_result(one) for one in body] if isinstance(body, list) else []


def _read_postmark_result(one: _PostmarkResult) -> SendResult:
    code, words = one["ErrorCode"], one["Message"]
    if code == 0:
        return SendResult(SendState.ACCEPTED, words, one["MessageID"])
    if code in {100, 429}:  # in maintenance; too many requests
        state = SendState.RETRY
    else:
        state = {406: SendState.FAILED, 300: classify_blame(words)}.get(code, SendState.STOP)
    return SendResult(state, f"{code} {words}")


class _MailjetError(TypedDict, total=False):
    StatusCode: int
    ErrorMessage: str
    ErrorRelatedTo: list[str]  # names of fields, such as To[0].Email


class _MailjetMessage(TypedDict):
    """One message's result: `To` beside the status success, `Errors` beside any other."""

    Status: str
    To: list[dict[str, int | str]]
    Errors: list[_MailjetError]


def _read_mailjet_results(body: dict[str, list[_MailjetMessage]]) -> list[SendResult]:
    return [_read_mailjet_result(one) for one in body["Messages"]]


def _read_mailjet_result(one: _MailjetMessage) -> SendResult:
    if one["Status"] == "success":
        return SendResult(SendState.ACCEPTED, "success", str(one["To"][0]["MessageID"]))
    error = one["Errors"][0]
    words = f"{error.get('StatusCode', '')} {error.get('ErrorMessage', '')}".strip()
    if any(name.startswith("To") for name in error.get("ErrorRelatedTo", [])):
        return SendResult(SendState.FAILED, words)
    return SendResult(classify_blame(words), words)


class _SesResult(TypedDict, total=False):
    """One destination's result; `Status` is always there."""

    Status: str
    Error: str
    MessageId: str


def _read_ses_results(body: dict[str, list[_SesResult]]) -> list[SendResult]:
    return [_read_ses_result(one) for one in body["BulkEmailEntryResults"]]


def _read_ses_result(one: _SesResult) -> SendResult:
    status, words = one["Status"], f"{one['Status']} {one.get('Error', '')}".strip()
    if status == "SUCCESS":
        return SendResult(SendState.ACCEPTED, status, one["MessageId"])
    if status in _SES_LATER:
        return SendResult(SendState.RETRY, words)
    return SendResult(SendState.STOP if _SES_OURS.search(words) else classify_blame(words), words)


# What they read is JSON, so its type is what the provider documents, and reading it is the check.
_BATCH_READERS: dict[str, Callable[[Any], list[SendResult]]] = {
    "anymail.backends.postmark.EmailBackend": _read_postmark_results,
    "anymail.backends.mailjet.EmailBackend": _read_mailjet_results,
    "anymail.backends.amazon_ses.EmailBackend": _read_ses_results,
}


def is_duplicate_request(words: str) -> bool:
    """Say whether a refusal means that a request with the same idempotency key was taken before."""
    return bool(_DUPLICATE_KEY.search(words))


def read_retry_after_seconds(response: EspResponse | None) -> float | None:
    """Return the seconds of the header Retry-After; None where it is a date, or where there is none."""
    value = str(getattr(response, "headers", {}).get("Retry-After", ""))
    return float(value) if re.fullmatch(r"\d{1,6}(\.\d+)?", value) else None


def describe_send_error(error: Exception) -> str:
    """Return the words of an exception as one line."""
    return " ".join(str(error).split()) or type(error).__name__


def _decode(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else str(words)

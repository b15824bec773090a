"""Whatever goes wrong while a model is asked -> what to do about it, with a reason that an editor understands.

Ask again after a pause (AgainError), ask in another form (FormError), give up this question (TroubleError), or give up all
further ones too, because a person has to mend it (GoneError). Who asks, and how often, is not here.
"""

import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from digests.llm.budget import Bill
from digests.text.cleaning import clean_line

if TYPE_CHECKING:
    import openai

_TOO_LONG_WORDS = (
    "context_length",
    "context length",
    "context window",
    "maximum context",
    "too many tokens",
    "exceed_context",
)
_FORMAT_ERROR_WORDS = ("response_format", "json_schema", "json_object", "schema", "grammar")


class LLMError(Exception):
    """Why there is no answer, in words for an editor, and what was paid for nothing."""

    def __init__(self, reason: str, bill: Bill = Bill()) -> None:  # noqa: B008 - frozen
        super().__init__(reason)
        self.bill = bill


class NoAnswerError(Exception):
    """There is no answer to this question."""


class ModelUnavailableError(NoAnswerError):
    """There will be no answer to any question until a person changes something."""


class RetryableError(Exception):
    """A failure that may be gone after a pause of `after` seconds."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class AnswerFormatError(NoAnswerError):
    """The answer is not of the form that was asked for, or the server refused to be asked in it."""

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused


class AnswerTooLongError(Exception):
    """An answer that is longer than any can be; the text says so."""


def classify_error(error: Exception, has_form: bool) -> Exception:
    """Return what an exception of the client means."""
    import openai  # noqa: PLC0415 - takes 0.4 s; whoever has its exception has loaded it

    if large := next((cause for cause in _causes(error) if isinstance(cause, AnswerTooLongError)), None):
        return NoAnswerError(str(large))
    if isinstance(error, openai.APITimeoutError):
        return RetryableError(f"the model did not answer within {max(1, settings.LLM_TIMEOUT)} seconds")
    if isinstance(error, openai.APIStatusError):
        return _classify_status_error(error, has_form)
    if isinstance(error, openai.APIConnectionError):
        return _classify_connection_error(error)
    return RetryableError("the model server sent something that is not an answer")


def _classify_connection_error(error: Exception) -> Exception:
    """Return why there was no connection: the client hides the reason among the causes."""
    host = urlsplit(settings.OPENAI_BASE_URL).hostname or "api.openai.com"
    causes = _causes(error)
    said = " ".join(str(cause) for cause in causes)
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return ModelUnavailableError(f"the certificate of the model server {host} is not valid")
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "[SSL" in said:
        return ModelUnavailableError(
            f"no safe connection (TLS) to the model server {host}: is it http instead of https?"
        )
    if "Name or service not known" in said or "getaddrinfo" in said or "Errno -" in said:
        return RetryableError(f"the name of the model server {host} cannot be found")
    if "Connection refused" in said:
        return RetryableError(f"nothing answers at the model server's address {host}")
    if "UnsupportedProtocol" in type(error.__cause__).__name__ or "InvalidURL" in type(error.__cause__).__name__:
        return ModelUnavailableError("OPENAI_BASE_URL is not an http(s) address")
    return RetryableError("the connection to the model server broke off")


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _classify_status_error(error: "openai.APIStatusError", has_form: bool) -> Exception:
    """Return what a status says: to ask again, to ask in another form, or to give up."""
    status, told = error.status_code, _server_message(error)
    known = told.casefold()
    if status == 401 or (status == 403 and isinstance(error.body, dict)):
        return ModelUnavailableError(f"the model server refused the key ({status})")
    if status == 402 or "insufficient_quota" in known or "billing" in known:
        return ModelUnavailableError("the quota of the model's account is used up")
    if status in {408, 409, 425, 429} or status >= 500:
        what = "is busy" if status == 429 else "failed"
        return RetryableError(f"the model server {what} ({status})", _retry_after(error))
    if status == 404:
        unknown = f"the server does not know the model {settings.LLM_MODEL} (404)"
        return ModelUnavailableError(
            unknown if "model" in known else "there is no model server at OPENAI_BASE_URL (404)"
        )
    if any(words in known for words in _TOO_LONG_WORDS):
        return NoAnswerError(f"the request is longer than the model can read ({status})")
    if has_form and any(word in known for word in _FORMAT_ERROR_WORDS):
        return AnswerFormatError("the model server takes no form of JSON answers", refused=True)
    return NoAnswerError(
        f"the model server refused the request ({status}): {clean_line(told, 200) or 'without a reason'}"
    )


def _server_message(error: "openai.APIStatusError") -> str:
    """Return the server's message and code; error pages in HTML tell nothing."""
    body = error.body if isinstance(error.body, dict) else {}
    body = body["error"] if isinstance(body.get("error"), dict) else body
    words = " ".join(str(body[key]) for key in ("message", "code", "type", "param") if body.get(key))
    return words or (str(body["error"]) if isinstance(body.get("error"), str) else "")


def _retry_after(error: "openai.APIStatusError") -> float | None:
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:  # absent, or a date, which no model server is known to send
        return None

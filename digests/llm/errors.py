"""Classifies errors of requests to a model by what follows from them, with a reason that an editor understands.

RetryableError: try again after a pause. AnswerFormatError: ask for another answer format. NoAnswerError: give up this
request. ModelUnavailableError: give up all later requests too, because a person has to mend it. Not here: the retries
(`requests`).
"""

import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

from digests.llm.budget import Bill
from digests.text.cleaning import clean_line

if TYPE_CHECKING:
    import openai

# Servers have no common code for these two errors; these are words of the messages of several.
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
    """No answer came, for a reason in words for an editor; `bill` is what the failed requests cost."""

    def __init__(self, reason: str, bill: Bill = Bill()) -> None:  # noqa: B008 - frozen
        super().__init__(reason)
        self.bill = bill


class NoAnswerError(Exception):
    """This request will get no answer, however often it is repeated."""


class ModelUnavailableError(NoAnswerError):
    """No request will get an answer until a person changes something, such as the key."""


class RetryableError(Exception):
    """A failure that may pass; `after` is the pause in seconds that the server asked for, if it did."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class AnswerFormatError(NoAnswerError):
    """The answer is not in the format that was asked for; `refused` where the server does not know that format."""

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused


class AnswerTooLongError(Exception):
    """The answer has more bytes than any proper answer can have."""


def classify_error(error: Exception, has_format: bool) -> Exception:
    """Return the error of this module that stands for an exception of the client.

    `has_format` says whether the request named an answer format that the server may have refused.
    """
    import openai  # noqa: PLC0415 - takes 0.4 s; a process with one of its exceptions has loaded it already

    if large := next((cause for cause in _cause_chain(error) if isinstance(cause, AnswerTooLongError)), None):
        return NoAnswerError(str(large))
    if isinstance(error, openai.APITimeoutError):
        return RetryableError(f"the model did not answer within {max(1, settings.LLM_TIMEOUT)} seconds")
    if isinstance(error, openai.APIStatusError):
        return _classify_status_error(error, has_format)
    if isinstance(error, openai.APIConnectionError):
        return _classify_connection_error(error)
    return RetryableError("the model server sent something that is not an answer")


def _classify_connection_error(error: Exception) -> Exception:
    """Return why there was no connection; the client names the reason only in the chain of causes."""
    host = urlsplit(settings.OPENAI_BASE_URL).hostname or "api.openai.com"
    causes = _cause_chain(error)
    messages = " ".join(str(cause) for cause in causes)
    if "CERTIFICATE_VERIFY_FAILED" in messages:
        return ModelUnavailableError(f"the certificate of the model server {host} is not valid")
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "[SSL" in messages:
        return ModelUnavailableError(
            f"no safe connection (TLS) to the model server {host}: is it http instead of https?"
        )
    if "Name or service not known" in messages or "getaddrinfo" in messages or "Errno -" in messages:
        return RetryableError(f"the name of the model server {host} cannot be found")
    if "Connection refused" in messages:
        return RetryableError(f"nothing answers at the model server's address {host}")
    if "UnsupportedProtocol" in type(error.__cause__).__name__ or "InvalidURL" in type(error.__cause__).__name__:
        return ModelUnavailableError("OPENAI_BASE_URL is not an http(s) address")
    return RetryableError("the connection to the model server broke off")


def _cause_chain(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error and error not in chain:  # a chain of contexts may be a circle
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _classify_status_error(error: "openai.APIStatusError", has_format: bool) -> Exception:
    status, message = error.status_code, _server_message(error)
    folded = message.casefold()
    # A 403 without JSON is a firewall's or a proxy's: it is about this request, not about the key.
    if status == 401 or (status == 403 and isinstance(error.body, dict)):
        return ModelUnavailableError(f"the model server refused the key ({status})")
    # OpenAI answers 429 for a used-up quota as for too many requests; only the code differs.
    if status == 402 or "insufficient_quota" in folded or "billing" in folded:
        return ModelUnavailableError("the quota of the model's account is used up")
    if status in {408, 409, 425, 429} or status >= 500:
        what = "is busy" if status == 429 else "failed"
        return RetryableError(f"the model server {what} ({status})", _retry_after(error))
    if status == 404:
        unknown = f"the server does not know the model {settings.LLM_MODEL} (404)"
        return ModelUnavailableError(
            unknown if "model" in folded else "there is no model server at OPENAI_BASE_URL (404)"
        )
    if any(words in folded for words in _TOO_LONG_WORDS):
        return NoAnswerError(f"the request is longer than the model can read ({status})")
    if has_format and any(word in folded for word in _FORMAT_ERROR_WORDS):
        return AnswerFormatError("the model server takes no form of JSON answers", refused=True)
    return NoAnswerError(
        f"the model server refused the request ({status}): {clean_line(message, 200) or 'without a reason'}"
    )


def _server_message(error: "openai.APIStatusError") -> str:
    """Return the server's message and code; "" for an error page in HTML."""
    body = error.body if isinstance(error.body, dict) else {}
    body = body["error"] if isinstance(body.get("error"), dict) else body
    words = " ".join(str(body[key]) for key in ("message", "code", "type", "param") if body.get(key))
    return words or (str(body["error"]) if isinstance(body.get("error"), str) else "")


def _retry_after(error: "openai.APIStatusError") -> float | None:
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:  # absent, or a date, which no model server is known to send
        return None

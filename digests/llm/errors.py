"""Classifies errors of requests to a model by what follows from them, with a reason that an editor understands.

RetryableError: try again after a pause. AnswerFormatError: ask for another answer format. NoAnswerError: give up this
request. ModelUnavailableError: give up all later requests too, because a person has to mend it. Not here: the retries
(`requests`).
"""

import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings

from digests.llm.budget import Bill
from digests.llm.model_problems import ModelProblem
from digests.llm.servers import ModelServer
from digests.text.cleaning import clean_line
from digests.text.messages import CodedError, MessageCode

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


class LLMError(CodedError):
    """No answer came; `bill` is what the failed requests cost."""

    def __init__(self, code: MessageCode, bill: Bill = Bill(), **params: Any) -> None:  # noqa: B008 - frozen
        super().__init__(code, **params)
        self.bill = bill


class NoAnswerError(CodedError):
    """This request will get no answer, however often it is repeated."""


class ModelUnavailableError(NoAnswerError):
    """No request will get an answer until a person changes something, such as the key."""


class RetryableError(CodedError):
    """A failure that may pass; `after` is the pause in seconds that the server asked for, if it did."""

    def __init__(self, code: ModelProblem, *, after: float | None = None, **params: Any) -> None:
        super().__init__(code, **params)
        self.after = after


class AnswerFormatError(NoAnswerError):
    """The answer is not in the format that was asked for; `refused` where the server does not know that format."""

    def __init__(self, code: ModelProblem, *, refused: bool = False) -> None:
        super().__init__(code)
        self.refused = refused


class AnswerTooLongError(CodedError):
    """The answer has more bytes than any proper answer can have."""


def classify_error(error: Exception, server: ModelServer, *, has_format: bool) -> Exception:
    """Return the error of this module that stands for an exception of the client.

    `has_format` says whether the request named an answer format that the server may have refused.
    """
    import openai  # noqa: PLC0415 - takes 0.4 s; a process with one of its exceptions has loaded it already

    if large := next((cause for cause in _cause_chain(error) if isinstance(cause, AnswerTooLongError)), None):
        return NoAnswerError(large.code, **large.params)
    if isinstance(error, openai.APITimeoutError):
        return RetryableError(ModelProblem.TIMEOUT, seconds=max(1, settings.LLM_TIMEOUT))
    if isinstance(error, openai.APIStatusError):
        return _classify_status_error(error, server, has_format)
    if isinstance(error, openai.APIConnectionError):
        return _classify_connection_error(error, server)
    return RetryableError(ModelProblem.NOT_AN_ANSWER)


def _classify_connection_error(error: Exception, server: ModelServer) -> Exception:
    """Return why there was no connection; the client names the reason only in the chain of causes."""
    host = urlsplit(server.base_url).hostname or "api.openai.com"
    causes = _cause_chain(error)
    messages = " ".join(str(cause) for cause in causes)
    if "CERTIFICATE_VERIFY_FAILED" in messages:
        return ModelUnavailableError(ModelProblem.CERTIFICATE, host=host)
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "[SSL" in messages:
        return ModelUnavailableError(ModelProblem.NO_TLS, host=host)
    if "Name or service not known" in messages or "getaddrinfo" in messages or "Errno -" in messages:
        return RetryableError(ModelProblem.NO_HOST, host=host)
    if "Connection refused" in messages:
        return RetryableError(ModelProblem.NOT_LISTENING, host=host)
    if "UnsupportedProtocol" in type(error.__cause__).__name__ or "InvalidURL" in type(error.__cause__).__name__:
        return ModelUnavailableError(ModelProblem.BAD_ADDRESS)
    return RetryableError(ModelProblem.BROKEN_OFF)


def _cause_chain(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error and error not in chain:  # a chain of contexts may be a circle
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _classify_status_error(error: "openai.APIStatusError", server: ModelServer, has_format: bool) -> Exception:
    status, message = error.status_code, _server_message(error)
    folded = message.casefold()
    # A 403 without JSON is a firewall's or a proxy's: it is about this request, not about the key.
    if status == 401 or (status == 403 and isinstance(error.body, dict)):
        return ModelUnavailableError(ModelProblem.KEY, status=str(status))
    # OpenAI answers 429 for a used-up quota as for too many requests; only the code differs.
    if status == 402 or "insufficient_quota" in folded or "billing" in folded:
        return ModelUnavailableError(ModelProblem.QUOTA)
    if status in {408, 409, 425, 429} or status >= 500:
        problem = ModelProblem.BUSY if status == 429 else ModelProblem.FAILED
        return RetryableError(problem, after=_retry_after(error), status=str(status))
    if status == 404:
        if "model" in folded:
            return ModelUnavailableError(ModelProblem.UNKNOWN_MODEL, model=server.model, status="404")
        return ModelUnavailableError(ModelProblem.NO_SERVER, status="404")
    if any(words in folded for words in _TOO_LONG_WORDS):
        return NoAnswerError(ModelProblem.INPUT_TOO_LONG, status=str(status))
    if has_format and any(word in folded for word in _FORMAT_ERROR_WORDS):
        return AnswerFormatError(ModelProblem.NO_JSON, refused=True)
    if said := clean_line(message, 200):
        return NoAnswerError(ModelProblem.REJECTED_BECAUSE, status=str(status), said=said)
    return NoAnswerError(ModelProblem.REJECTED, status=str(status))


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

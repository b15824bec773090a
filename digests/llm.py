"""A prompt and a schema -> a validated answer and what it cost, from any OpenAI-compatible server.

A server that knows no JSON schema is asked for a JSON object, then for text, and what it took is remembered. A busy or
broken server is asked again a few times, with pauses; a bad key, a used-up quota or a refusal is not. Whatever goes
wrong becomes one LLMError whose text an editor understands. What is asked and what is made of it is not here.
"""

import json
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.conf import settings
from pydantic import BaseModel, ValidationError

from digests.prompts import Prompt
from digests.text import clean_line

if TYPE_CHECKING:
    import openai

logger = logging.getLogger(__name__)

T = TypeVar("T", bound=BaseModel)

TRIES = 3  # a server that failed three times in a row fails for longer than a digest can wait
PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds: doubled after each failure; what a server may ask for at most
CONNECT = 10.0  # seconds; a server that is there answers in one
FORMS = ("json_schema", "json_object", "text")

_forms: dict[tuple[str, str], int] = {}  # the form that a server and model last took


class LLMError(Exception):
    """Why there is no answer, in words for an editor."""


class _AgainError(Exception):
    """A failure that may be gone after a pause of `after` seconds."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class _FormError(Exception):
    """The answer is not of the form that was asked for, or the server refused to be asked in it."""

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What the model said, and what was paid for it, failed tries included."""

    parsed: T
    tokens_in: int
    tokens_out: int
    model: str


@dataclass
class _Bill:
    tokens_in: int = 0
    tokens_out: int = 0


def configured() -> bool:
    """Return whether there is a model to ask."""
    return bool(settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL)


def ask(prompt: Prompt, schema: type[T], *, sleep: Callable[[float], None] = time.sleep) -> Answer[T]:
    """Return the model's answer in the given schema, or raise LLMError."""
    if not configured():
        raise LLMError("no model is configured")
    import openai  # noqa: PLC0415 - takes 0.4 s, and most processes never ask a model

    server = settings.OPENAI_BASE_URL or "https://api.openai.com/v1"
    timeout = openai.Timeout(max(1, settings.LLM_TIMEOUT), connect=min(CONNECT, max(1, settings.LLM_TIMEOUT)))
    with openai.OpenAI(
        api_key=settings.OPENAI_API_KEY or "none", base_url=server, max_retries=0, timeout=timeout
    ) as client:
        return _in_some_form(client, prompt, schema, sleep)


def _in_some_form(
    client: "openai.OpenAI", prompt: Prompt, schema: type[T], sleep: Callable[[float], None]
) -> Answer[T]:
    """Ask in the form that the server is known to take; a wrong answer gets one more chance, in the next form."""
    server = (str(client.base_url), settings.LLM_MODEL)
    bill = _Bill()
    wrong = 0
    for form in range(_forms.get(server, 0), len(FORMS)):
        try:
            parsed, model = _with_patience(client, _request(prompt, schema, FORMS[form]), schema, bill, sleep)
        except _FormError as error:
            if error.refused:
                _forms[server] = form + 1
            wrong += not error.refused
            if wrong == 2 or form + 1 == len(FORMS):
                raise LLMError(str(error)) from error
        else:
            return Answer(parsed, bill.tokens_in, bill.tokens_out, model)
    raise AssertionError("unreachable: the last form returns or raises")


def _request(prompt: Prompt, schema: type[BaseModel], form: str) -> dict[str, Any]:
    """Return the request's varying part: servers without schemas read it in the message."""
    text, shape = prompt.text, schema.model_json_schema()
    format_: dict[str, Any] = {"type": form}
    if form == "json_schema":
        format_["json_schema"] = {"name": schema.__name__, "schema": shape, "strict": True}
    else:
        text += "\n\nAnswer with one JSON object and nothing else. Its JSON schema:\n" + json.dumps(
            shape, ensure_ascii=False
        )
    request: dict[str, Any] = {"messages": [{"role": "user", "content": text}]}
    return request if form == "text" else request | {"response_format": format_}


def _with_patience(
    client: "openai.OpenAI", request: dict[str, Any], schema: type[T], bill: _Bill, sleep: Callable[[float], None]
) -> tuple[T, str]:
    for failures in range(1, TRIES + 1):
        try:
            return _once(client, request, schema, bill)
        except _AgainError as error:
            if failures == TRIES:
                raise LLMError(f"{error} ({TRIES} times)") from error
            # Half of the pause is chance, so that sections that failed together do not return together.
            pause = PAUSE * 2**failures * random.uniform(0.5, 1)  # noqa: S311 - jitter, not a secret
            pause = min(LONGEST_PAUSE, max(pause, error.after or 0))
            logger.info("model failed reason=%s try=%d pause=%.1f", error, failures, pause)
            sleep(pause)
    raise AssertionError("unreachable: the last try returns or raises")


def _once(client: "openai.OpenAI", request: dict[str, Any], schema: type[T], bill: _Bill) -> tuple[T, str]:
    import openai  # noqa: PLC0415 - loaded by `ask` already

    try:
        completion = client.chat.completions.create(model=settings.LLM_MODEL, **request)
    except openai.APITimeoutError as error:
        raise _AgainError(f"the model did not answer within {settings.LLM_TIMEOUT} seconds") from error
    except openai.APIStatusError as error:
        raise _sorted(error, "response_format" in request) from error
    except openai.APIConnectionError as error:
        raise _AgainError("the model server cannot be reached") from error
    except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
        raise _AgainError("the model server sent something that is not an answer") from error
    return _read(completion, schema, bill)


def _sorted(error: "openai.APIStatusError", has_form: bool) -> Exception:
    """Return what a refusal means: to ask again, to ask in another form, or to give up."""
    status, told = error.status_code, _told(error)
    if status in {401, 403}:
        return LLMError(f"the model server refused the key ({status})")
    if status == 402 or "insufficient_quota" in told or "billing" in told:
        return LLMError("the quota of the model's account is used up")
    if status in {408, 409, 425, 429} or status >= 500:
        what = "is busy" if status == 429 else "failed"
        return _AgainError(f"the model server {what} ({status})", _retry_after(error))
    if status == 404:
        return LLMError(f"the server does not know the model {settings.LLM_MODEL} (404)")
    if has_form and any(word in told for word in ("response_format", "json_schema", "json_object", "schema")):
        return _FormError("the model server takes no form of JSON answers", refused=True)
    return LLMError(f"the model server refused the request ({status}): {clean_line(told, 200)}")


def _told(error: "openai.APIStatusError") -> str:
    """Return the server's message and code; error pages in HTML tell nothing."""
    body = error.body if isinstance(error.body, dict) else {}
    body = body["error"] if isinstance(body.get("error"), dict) else body
    return " ".join(str(body[key]) for key in ("message", "code", "type", "param") if body.get(key))


def _retry_after(error: "openai.APIStatusError") -> float | None:
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except ValueError:  # absent, or a date, which no model server is known to send
        return None


def _read(completion: Any, schema: type[T], bill: _Bill) -> tuple[T, str]:
    """Return the parsed answer of what may be anything: a compatible server promises little."""
    choices = getattr(completion, "choices", None)
    if not isinstance(choices, list) or not choices or getattr(choices[0], "message", None) is None:
        raise _AgainError("the model server sent an empty answer")
    usage = completion.usage
    bill.tokens_in += int(getattr(usage, "prompt_tokens", 0) or 0)
    bill.tokens_out += int(getattr(usage, "completion_tokens", 0) or 0)
    choice = choices[0]
    if getattr(choice.message, "refusal", None) or choice.finish_reason == "content_filter":
        raise LLMError("the model refused to answer")
    if choice.finish_reason == "length":
        raise LLMError("the model's answer was cut off")
    try:
        parsed = schema.model_validate_json(_json(choice.message.content or ""))
    except (ValidationError, ValueError) as error:
        raise _FormError("the model's answer does not have the form that was asked for") from error
    return parsed, clean_line(str(completion.model or settings.LLM_MODEL), 100)


def _json(content: str) -> str:
    """Return the JSON object of an answer that may stand in a fence, behind thoughts, or between polite words."""
    content = content.rpartition("</think>")[2]
    start, end = content.find("{"), content.rfind("}")
    return content[start : end + 1]

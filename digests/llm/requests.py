"""A prompt and a schema -> a validated answer and what it cost, from any OpenAI-compatible server.

A server that knows no JSON schema is asked for a JSON object, then for text, and what it took is remembered. A busy or
broken server is asked again a few times, with pauses; a bad key, a used-up quota or a refusal is not. Whatever goes
wrong becomes one LLMError whose text an editor understands (`trouble` finds the words). What a digest may cost is kept
by its Budget; what is asked and what is made of it is not here.
"""

import json
import logging
import queue
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.conf import settings
from pydantic import BaseModel, ValidationError

from digests.llm.budget import Bill, Budget, BudgetError
from digests.llm.errors import (
    AnswerFormatError,
    LLMError,
    ModelUnavailableError,
    NoAnswerError,
    RetryableError,
    classify_error,
)
from digests.llm.prompts import Prompt
from digests.text.cleaning import clean_line
from digests.text.latex_symbols import is_command

if TYPE_CHECKING:
    import openai

logger = logging.getLogger(__name__)

T = TypeVar("T", bound=BaseModel)

MAX_ATTEMPTS = 3  # a server that failed three times in a row fails for longer than a digest can wait
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = (
    0.5,
    30.0,
)  # seconds: doubled after each failure; what a server may ask for at most
ANSWER_FORMATS = ("json_schema", "json_object", "text")

_JSON_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_JSON_ESCAPE = re.compile(r"(\\[\"\\/]|\\u[0-9a-fA-F]{4})|\\([A-Za-z]*)|[\x00-\x1f]")

_accepted_formats: dict[tuple[str, str], int] = {}  # the form that a server and model last took


@dataclass(frozen=True)
class ModelAnswer(Generic[T]):
    """What the model said, and what was paid for it, failed tries included."""

    parsed: T
    bill: Bill
    model: str


@dataclass
class _ModelCall:
    """One question, from its first request to its answer or its end."""

    client: "openai.OpenAI"
    budget: Budget
    sleep: Callable[[float], None]
    bill: Bill = field(default_factory=Bill)


def is_model_configured() -> bool:
    """Return whether there is a model to ask."""
    return bool(settings.OPENAI_API_KEY or settings.OPENAI_BASE_URL)


def request_answer(
    prompt: Prompt, schema: type[T], *, budget: Budget | None = None, sleep: Callable[[float], None] = time.sleep
) -> ModelAnswer[T]:
    """Return the model's answer in the given schema, or raise LLMError, which knows what was paid all the same.

    The requests are counted on `budget`, and none is made that it does not allow.
    """
    if not is_model_configured():
        raise LLMError("no model is configured")
    from digests.llm.client import create_openai_client  # noqa: PLC0415 - imports openai: takes 0.4 s, and most processes never ask a model

    budget = budget or Budget()
    with create_openai_client(_timeout_seconds()) as client:
        talk = _ModelCall(client, budget, sleep)
        try:
            answer = _request_in_accepted_format(talk, prompt, schema)
        except BudgetError as error:
            raise LLMError(str(error), talk.bill) from error
        except NoAnswerError as error:
            budget.failed(str(error), for_good=isinstance(error, ModelUnavailableError))
            raise LLMError(str(error), talk.bill) from error
    budget.succeeded()
    return answer


def _timeout_seconds() -> float:
    return max(1, settings.LLM_TIMEOUT)


def _request_in_accepted_format(talk: _ModelCall, prompt: Prompt, schema: type[T]) -> ModelAnswer[T]:
    """Ask in the form that the server is known to take; a wrong answer gets one more chance, in the next form."""
    server = (str(talk.client.base_url), settings.LLM_MODEL)
    wrong = 0
    for form in range(_accepted_formats.get(server, 0), len(ANSWER_FORMATS)):
        try:
            parsed, model = _request_with_retries(talk, _build_request(prompt, schema, ANSWER_FORMATS[form]), schema)
        except AnswerFormatError as error:
            if error.refused:
                _accepted_formats[server] = form + 1
            wrong += not error.refused
            if wrong == 2 or form + 1 == len(ANSWER_FORMATS):
                raise
        else:
            return ModelAnswer(parsed, talk.bill, model)
    raise AssertionError("unreachable: the last form returns or raises")


def _build_request(prompt: Prompt, schema: type[BaseModel], form: str) -> dict[str, Any]:
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


def _request_with_retries(talk: _ModelCall, request: dict[str, Any], schema: type[T]) -> tuple[T, str]:
    for failures in range(1, MAX_ATTEMPTS + 1):
        try:
            return _request_once(talk, request, schema)
        except RetryableError as error:
            if failures == MAX_ATTEMPTS:
                raise NoAnswerError(f"{error} ({MAX_ATTEMPTS} times)") from error
            # Half of the pause is chance, so that sections that failed together do not return together.
            pause = FIRST_PAUSE_SECONDS * 2**failures * random.uniform(0.5, 1)  # noqa: S311 - jitter, not a secret
            pause = min(MAX_PAUSE_SECONDS, max(pause, error.after or 0), max(0, talk.budget.left()))
            logger.info("model failed reason=%s try=%d pause=%.1f", error, failures, pause)
            talk.sleep(pause)
    raise AssertionError("unreachable: the last try returns or raises")


def _request_once(talk: _ModelCall, request: dict[str, Any], schema: type[T]) -> tuple[T, str]:
    reserved, paid = talk.budget.reserve(request["messages"][0]["content"]), Bill()
    try:
        completion = _call_with_timeout(
            min(_timeout_seconds(), talk.budget.left()), lambda: _send_request(talk.client, request)
        )
        paid = _read_bill(completion)
        return _parse_completion(completion, schema)
    finally:
        talk.budget.settle(reserved, paid)
        talk.bill += paid


def _send_request(client: "openai.OpenAI", request: dict[str, Any]) -> Any:
    try:
        return client.chat.completions.create(model=settings.LLM_MODEL, **request)
    except Exception as error:
        # The client lets through whatever its parts raise where a server is not what it says.
        raise classify_error(error, "response_format" in request) from error


def _call_with_timeout(seconds: float, call: Callable[[], Any]) -> Any:
    """Return what `call` returns within so many seconds, else raise.

    The client's own limits are per read: a server that sends a byte now and then would keep it for hours. The thread that
    is left behind ends when the client is closed.
    """
    done: queue.SimpleQueue[tuple[Any, Exception | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put((call(), None))
        except Exception as error:  # raised again by the thread that waits
            done.put((None, error))

    threading.Thread(target=run, name="ask", daemon=True).start()
    try:
        value, error = done.get(timeout=seconds)
    except queue.Empty:
        raise RetryableError(f"the model did not answer within {seconds:.0f} seconds") from None
    if error:
        raise error
    return value


def _read_bill(completion: Any) -> Bill:
    usage = getattr(completion, "usage", None)
    return Bill(_read_token_count(usage, "prompt_tokens"), _read_token_count(usage, "completion_tokens"))


def _read_token_count(usage: Any, name: str) -> int:
    count = getattr(usage, name, 0)
    return count if isinstance(count, int) and 0 <= count < 10**8 else 0  # a server's own figure, kept in a row


def _parse_completion(completion: Any, schema: type[T]) -> tuple[T, str]:
    """Return the parsed answer of what may be anything: a compatible server promises little."""
    if not hasattr(completion, "choices"):
        raise RetryableError("the model server sent something that is not an answer")
    choices = completion.choices
    if not isinstance(choices, list) or not choices or getattr(choices[0], "message", None) is None:
        raise RetryableError("the model server sent an empty answer")
    choice = choices[0]
    if getattr(choice.message, "refusal", None) or choice.finish_reason == "content_filter":
        raise NoAnswerError("the model refused to answer")
    if choice.finish_reason == "length":
        raise NoAnswerError("the model's answer was cut off")
    content = choice.message.content
    try:
        parsed = schema.model_validate_json(_extract_json(content if isinstance(content, str) else ""))
    except (ValidationError, ValueError) as error:
        raise AnswerFormatError("the model's answer does not have the form that was asked for") from error
    return parsed, clean_line(str(completion.model or settings.LLM_MODEL), 100)


def _extract_json(content: str) -> str:
    """Return the JSON object of an answer that may stand in a fence, behind thoughts, or between polite words."""
    content = content.rpartition("</think>")[2]
    start, end = content.find("{"), content.rfind("}")
    return _JSON_STRING.sub(lambda found: _JSON_ESCAPE.sub(_repair_escape, found[0]), content[start : end + 1])


def _repair_escape(found: re.Match[str]) -> str:
    r"""Return what a model meant by a backslash in a JSON string, or by a line break that it did not escape.

    "\theta" is valid JSON and reads as a tab and "heta"; "\alpha" is none, and would cost the whole answer.
    """
    escape, name = found[0], found[2]
    if name is None:
        return escape if found[1] else json.dumps(escape)[1:-1]
    # A line ends in JSON by \n, and then comes a word: of LaTeX's commands only \ni could be both.
    is_break = name[:1] in {"n", "r", "t"} and (not is_command(name) or name == "ni")
    return escape if is_break else "\\" + escape

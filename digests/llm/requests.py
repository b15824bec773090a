"""Requests an answer in a given schema from any OpenAI-compatible server, and returns it validated, with its cost.

A server that does not know JSON schemas is asked for a JSON object, then for text; the format that it accepted is
remembered. Busy or broken servers are asked again a few times, with pauses; a bad key, a used-up quota or a refusal ends
the request at once. Every failure becomes an LLMError with a reason for an editor (`errors`). Not here: what a digest may
cost (`budget`), and the wording of prompts (`prompts`).
"""

import enum
import hashlib
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
from django.core.cache import cache
from pydantic import BaseModel, ValidationError

from digests.llm.budget import EXPECTED_ANSWER_TOKENS, Bill, Budget, BudgetError
from digests.llm.errors import (
    AnswerFormatError,
    LLMError,
    ModelUnavailableError,
    NoAnswerError,
    RetryableError,
    classify_error,
)
from digests.llm.model_problems import ModelProblem
from digests.llm.prompts import Prompt
from digests.llm.servers import ModelServer, get_writer, is_model_configured
from digests.text.cleaning import clean_line
from digests.text.latex_symbols import is_command

if TYPE_CHECKING:
    import openai

logger = logging.getLogger(__name__)

T = TypeVar("T", bound=BaseModel)

MAX_ATTEMPTS = 3  # a server that failed three times in a row fails for longer than a digest can wait
FIRST_PAUSE_SECONDS = 0.5  # doubled after each failure
MAX_PAUSE_SECONDS = 30.0  # also where the server asks for a longer one: an editor waits for the digest
ANSWER_FORMAT_CACHE_SECONDS = 24 * 3600  # then the best format is tried again, as the server may have learned it

_JSON_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_JSON_ESCAPE = re.compile(r"(\\[\"\\/]|\\u[0-9a-fA-F]{4})|\\([A-Za-z]*)|[\x00-\x1f]")


class AnswerFormat(enum.StrEnum):
    """The `response_format` of a request, from the strictest to none."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    TEXT = "text"


@dataclass(frozen=True)
class ModelAnswer(Generic[T]):
    """The parsed answer of a model, its name, and what was paid for it, failed attempts included."""

    parsed: T
    bill: Bill
    model: str


@dataclass
class _ModelCall:
    """One call of `request_answer`, with what all its requests share; `bill` is their cost so far."""

    client: "openai.OpenAI"
    server: ModelServer
    budget: Budget
    sleep: Callable[[float], None]
    bill: Bill = field(default_factory=Bill)


def request_answer(
    prompt: Prompt,
    schema: type[T],
    *,
    budget: Budget | None = None,
    server: ModelServer | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> ModelAnswer[T]:
    """Return a model's answer in the given schema, or raise LLMError with the cost of the failed requests.

    `server` is the one that writes if none is given. The requests count on `budget`; it may forbid them. `sleep` waits between attempts, in seconds.
    """
    if server is None and not is_model_configured():
        raise LLMError(ModelProblem.NOT_SET_UP)
    from digests.llm.client import create_openai_client  # noqa: PLC0415 - imports openai: takes 0.4 s, and most processes never ask a model

    budget, server = budget or Budget(), server or get_writer()
    with create_openai_client(server, _timeout_seconds()) as client:
        call = _ModelCall(client, server, budget, sleep)
        try:
            answer = _request_in_accepted_format(call, prompt, schema)
        except BudgetError as error:
            raise LLMError(error.code, call.bill, **error.params) from error
        except NoAnswerError as error:
            budget.record_failure(error.message, server.name, for_good=isinstance(error, ModelUnavailableError))
            raise LLMError(error.code, call.bill, **error.params) from error
    budget.record_success(server.name)
    return answer


def _timeout_seconds() -> float:
    return max(1, settings.LLM_TIMEOUT)


def _request_in_accepted_format(call: _ModelCall, prompt: Prompt, schema: type[T]) -> ModelAnswer[T]:
    """Ask in the format that the server is known to accept; a wrong answer gets one more chance, in the next format."""
    formats = list(AnswerFormat)
    # Remembered for all calls and processes, or each section would begin with requests that the server refuses.
    known = f"{call.client.base_url} {call.server.model}"
    cache_key = f"llm-answer-format:{hashlib.sha256(known.encode()).hexdigest()}"
    wrong_answers = 0
    for place in range(formats.index(cache.get(cache_key, formats[0])), len(formats)):
        is_last = place + 1 == len(formats)
        try:
            parsed, model = _request_with_retries(call, _build_request(prompt, schema, formats[place]), schema)
        except AnswerFormatError as error:
            if error.refused and not is_last:
                cache.set(cache_key, formats[place + 1].value, ANSWER_FORMAT_CACHE_SECONDS)
            wrong_answers += not error.refused
            if wrong_answers == 2 or is_last:
                raise
        else:
            return ModelAnswer(parsed, call.bill, model)
    raise AssertionError("unreachable: the last format returns or raises")


def _build_request(prompt: Prompt, schema: type[BaseModel], answer_format: AnswerFormat) -> dict[str, Any]:
    """Return the message and format of a request; where the format has no schema, the message holds it."""
    text, shape = prompt.text, schema.model_json_schema()
    format_: dict[str, Any] = {"type": answer_format.value}
    if answer_format == AnswerFormat.JSON_SCHEMA:
        format_["json_schema"] = {"name": schema.__name__, "schema": shape, "strict": True}
    else:
        text += "\n\nAnswer with one JSON object and nothing else. Its JSON schema:\n" + json.dumps(
            shape, ensure_ascii=False
        )
    request: dict[str, Any] = {"messages": [{"role": "user", "content": text}]}
    # Text is every server's default, so the last format asks for nothing.
    return request if answer_format == AnswerFormat.TEXT else request | {"response_format": format_}


def _request_with_retries(call: _ModelCall, request: dict[str, Any], schema: type[T]) -> tuple[T, str]:
    for failures in range(1, MAX_ATTEMPTS + 1):
        try:
            return _request_once(call, request, schema)
        except RetryableError as error:
            if failures == MAX_ATTEMPTS:
                raise NoAnswerError(ModelProblem.SEVERAL_TIMES, reason=error.message, count=MAX_ATTEMPTS) from error
            # Half of the pause is random, so that sections that failed together do not return together.
            pause = FIRST_PAUSE_SECONDS * 2**failures * random.uniform(0.5, 1)  # noqa: S311 - jitter, not a secret
            pause = min(MAX_PAUSE_SECONDS, max(pause, error.after or 0), max(0, call.budget.seconds_left()))
            logger.info("model failed reason=%s try=%d pause=%.1f", error, failures, pause)
            call.sleep(pause)
    raise AssertionError("unreachable: the last attempt returns or raises")


def _request_once(call: _ModelCall, request: dict[str, Any], schema: type[T]) -> tuple[T, str]:
    # An estimate from above: a character is hardly ever more than one token.
    most = call.server.make_bill(len(request["messages"][0]["content"]), EXPECTED_ANSWER_TOKENS).cost
    reserved, paid = call.budget.reserve(most, call.server.name), Bill()
    try:
        completion = _call_with_timeout(
            min(_timeout_seconds(), call.budget.seconds_left()), lambda: _send_request(call, request)
        )
        paid = _read_bill(completion, call.server)
        return _parse_completion(completion, schema, call.server.model)
    finally:  # an answer that cannot be used was paid for as well
        call.budget.settle(reserved, paid)
        call.bill += paid


def _send_request(call: _ModelCall, request: dict[str, Any]) -> Any:
    try:
        return call.client.chat.completions.create(model=call.server.model, **request)
    except Exception as error:
        # Broad, because a server that breaks the protocol makes the client's parts raise errors of their own.
        raise classify_error(error, call.server, has_format="response_format" in request) from error


def _call_with_timeout(seconds: float, call: Callable[[], Any]) -> Any:
    """Return the result of `call`, or raise RetryableError if it takes longer than `seconds`.

    The client's own limits are per read, so a server that sends a byte now and then would keep it for hours. The thread
    that is left behind ends when the client is closed.
    """
    done: queue.SimpleQueue[tuple[Any, Exception | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put((call(), None))
        except Exception as error:  # raised again by the thread that waits
            done.put((None, error))

    threading.Thread(target=run, name="model-request", daemon=True).start()
    try:
        value, error = done.get(timeout=seconds)
    except queue.Empty:
        raise RetryableError(ModelProblem.TIMEOUT, seconds=round(seconds)) from None
    if error:
        raise error
    return value


def _read_bill(completion: Any, server: ModelServer) -> Bill:
    usage = getattr(completion, "usage", None)
    return server.make_bill(_read_token_count(usage, "prompt_tokens"), _read_token_count(usage, "completion_tokens"))


def _read_token_count(usage: Any, name: str) -> int:
    count = getattr(usage, name, 0)
    # The server's own figure goes into a column: anything that is not a plausible count is left out.
    return count if isinstance(count, int) and 0 <= count < 10**8 else 0


def _parse_completion(completion: Any, schema: type[T], model: str) -> tuple[T, str]:
    """Return the parsed answer and the model's name; every field is checked, as compatible servers may send anything."""
    if not hasattr(completion, "choices"):
        raise RetryableError(ModelProblem.NOT_AN_ANSWER)
    choices = completion.choices
    if not isinstance(choices, list) or not choices or getattr(choices[0], "message", None) is None:
        raise RetryableError(ModelProblem.EMPTY)
    choice = choices[0]
    if getattr(choice.message, "refusal", None) or choice.finish_reason == "content_filter":
        raise NoAnswerError(ModelProblem.REFUSED)
    if choice.finish_reason == "length":
        raise NoAnswerError(ModelProblem.CUT_OFF)
    content = choice.message.content
    try:
        parsed = schema.model_validate_json(_extract_json(content if isinstance(content, str) else ""))
    except (ValidationError, ValueError) as error:
        raise AnswerFormatError(ModelProblem.WRONG_FORMAT) from error
    return parsed, clean_line(str(completion.model or model), 100)


def _extract_json(content: str) -> str:
    """Return the JSON object of an answer, which may be in a code fence, after thoughts, or between other words."""
    content = content.rpartition("</think>")[2]
    start, end = content.find("{"), content.rfind("}")
    return _JSON_STRING.sub(lambda found: _JSON_ESCAPE.sub(_repair_escape, found[0]), content[start : end + 1])


def _repair_escape(found: re.Match[str]) -> str:
    r"""Return the JSON for a backslash that belongs to LaTeX, or for a line break that was not escaped.

    "\theta" is valid JSON and means a tab and "heta"; "\alpha" is not valid, and would make the whole answer useless.
    """
    escape, name = found[0], found[2]
    if name is None:
        return escape if found[1] else json.dumps(escape)[1:-1]
    # Letters that are not a LaTeX command are a word behind a line break or a tab. Only \ni could be both; it is a break.
    is_break = name[:1] in {"n", "r", "t"} and (not is_command(name) or name == "ni")
    return escape if is_break else "\\" + escape

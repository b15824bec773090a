"""Requests to a model: every way in which a server can fail, against a real one on this machine."""

import time
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from pydantic import BaseModel, ConfigDict

from digests.llm import requests
from digests.llm.budget import Bill, Budget
from digests.llm.errors import LLMError
from digests.llm.prompts import Prompt
from digests.llm.requests import request_answer
from digests.llm.servers import is_model_configured
from digests.text.section_schema import SectionAnswer
from tests import llmserver


class Reply(BaseModel):
    """A small schema."""

    model_config = ConfigDict(extra="forbid")

    word: str


PROMPT = Prompt('Say "hello".', "hash")


def hello(_prompt, _items):
    return {"word": "hello"}


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def model(settings):
    """Return a function that points the settings at a server."""

    def point(server):
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.LLM_MODEL = "sk-test", server.url, "small"
        settings.LLM_TIMEOUT = 1

    return point


def test_configured_by_a_key_or_a_server(settings):
    assert is_model_configured() is False
    settings.OPENAI_BASE_URL = "http://localhost:1/v1"
    assert is_model_configured() is True
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = "", "sk-test"
    assert is_model_configured() is True


def test_request_answer_without_a_model_is_an_error():
    with pytest.raises(LLMError, match=r"^No AI is set up$"):
        request_answer(PROMPT, Reply)


def test_request_answer_returns_the_answer_and_its_cost(model):
    with llmserver.serve_llm(then=hello) as server:
        model(server)

        answer = request_answer(PROMPT, Reply)

    assert answer == requests.ModelAnswer(Reply(word="hello"), Bill(1000, 100), "small")
    assert server.requests == [
        {
            "model": "small",
            "messages": [{"role": "user", "content": 'Say "hello".'}],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "Reply", "schema": Reply.model_json_schema(), "strict": True},
            },
        }
    ]


def test_request_answer_without_a_key_asks_a_local_server(model, settings):
    with llmserver.serve_llm(then=hello) as server:
        model(server)
        settings.OPENAI_API_KEY = ""

        assert request_answer(PROMPT, Reply).parsed.word == "hello"


@pytest.mark.parametrize(
    ("forms", "asked"),
    [
        (("json_object", "text"), ["json_schema", "json_object", "json_object"]),
        (("text",), ["json_schema", "json_object", "text", "text"]),
    ],
)
def test_request_answer_remembers_the_format_that_a_server_accepts(model, forms, asked):
    with llmserver.serve_llm(then=hello, forms=forms) as server:
        model(server)

        words = [request_answer(PROMPT, Reply).parsed.word for _time in range(2)]

    assert words == ["hello", "hello"]
    assert server.asked_in == asked
    assert '"additionalProperties": false' in server.prompts[-1]


def test_request_answer_of_a_server_that_accepts_no_format_is_an_error(model):
    with llmserver.serve_llm(then="too long", forms=("text",)) as server:
        model(server)

        with pytest.raises(LLMError, match=r"^The request is too long for the AI \(400\)$"):
            request_answer(PROMPT, Reply)


def test_request_answer_reads_json_between_thoughts_and_fences(model):
    def chatty(_prompt, _items):
        return {"word": "ok"}

    with llmserver.serve_llm("fenced", then=chatty) as server:
        model(server)

        class Section(BaseModel):
            themes: list[dict[str, Any]]

        assert [one["text"] for one in request_answer(PROMPT, Section).parsed.themes] == [llmserver.ENGLISH[0]]


@pytest.mark.parametrize("bad", ["wrong", "words"])
def test_request_answer_gives_a_wrong_answer_one_more_chance(model, bad):
    with llmserver.serve_llm(bad, then=hello) as server:
        model(server)

        answer = request_answer(PROMPT, Reply)
        request_answer(PROMPT, Reply)

    assert answer == requests.ModelAnswer(Reply(word="hello"), Bill(2000, 200), "small")
    assert server.asked_in == ["json_schema", "json_object", "json_schema"]


@pytest.mark.parametrize("bad", ["wrong", "words", "half", "nothing"])
def test_request_answer_gives_up_after_two_wrong_answers(model, bad):
    with llmserver.serve_llm(then=bad) as server:
        model(server)

        with pytest.raises(LLMError, match=r"^The AI’s response had the wrong format$"):
            request_answer(PROMPT, Reply)

    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", ["busy", "broken", "html", "not json", "null choices", "no choices", "drop", "hang"])
def test_request_answer_retries_after_a_temporary_fault(model, fault):
    pauses: list[float] = []
    with llmserver.serve_llm(fault, then=hello) as server:
        model(server)

        assert request_answer(PROMPT, Reply, sleep=pauses.append).parsed.word == "hello"

    assert (len(server.requests), len(pauses)) == (2, 1)
    assert 0.5 <= pauses[0] <= 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("busy", "The AI server is overloaded (429)"),
        ("broken", "The AI server had an error (500)"),
        ("html", "The AI server sent an unreadable response"),
        ("not json", "The AI server sent an unreadable response"),
        ("null choices", "The AI server sent an empty response"),
        ("no choices", "The AI server sent an empty response"),
        ("drop", "The connection to the AI server was lost"),
        ("hang", "The AI didn’t respond within 1 second"),
        ("drip headers", "The AI didn’t respond within 1 second"),
    ],
)
def test_request_answer_gives_up_after_three_faults(model, fault, reason):
    pauses: list[float] = []
    with llmserver.serve_llm(then=fault) as server:
        model(server)

        with pytest.raises(LLMError) as error:
            request_answer(PROMPT, Reply, sleep=pauses.append)

    assert str(error.value) == f"{reason} (3 times)"
    assert (len(server.requests), len(pauses)) == (3, 2)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("quota", "The AI account’s quota is used up"),
        ("key", "The AI server rejected the API key (401)"),
        ("forbidden", "The AI server rejected the API key (403)"),
        ("unpaid", "The AI account’s quota is used up"),
        ("nowhere", "There is no AI server at OPENAI_BASE_URL (404)"),
        ("too long", "The request is too long for the AI (400)"),
        ("odd", "The AI server rejected the request (400): n must be 1"),
        ("no model", "The AI server has no model small (404)"),
        ("refusal", "The AI refused to respond"),
        ("filtered", "The AI refused to respond"),
        ("cut", "The AI’s response was cut off"),
    ],
)
def test_request_answer_does_not_repeat_what_cannot_succeed(model, fault, reason):
    with llmserver.serve_llm(then=fault) as server:
        model(server)

        with pytest.raises(LLMError) as error:
            request_answer(PROMPT, Reply)

    assert str(error.value) == reason
    assert len(server.requests) == 1


@pytest.mark.parametrize(("asked", "paused"), [("7", 7), ("3600", 30), ("-5", 0.75), ("tomorrow", 0.75)])
def test_request_answer_pauses_as_long_as_the_server_asks_within_reason(model, asked, paused):
    pauses: list[float] = []
    with llmserver.serve_llm(f"wait {asked}", then=hello) as server:
        model(server)

        request_answer(PROMPT, Reply, sleep=pauses.append)

    assert pauses == [pytest.approx(paused, abs=0.25)]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://127.0.0.1:9/v1", "The AI server at 127.0.0.1 isn’t responding (3 times)"),
        ("http://model.test/v1", "Can’t find the AI server model.test (DNS) (3 times)"),
        ("model.test/v1", "OPENAI_BASE_URL isn’t an http(s) address"),
    ],
)
def test_request_answer_of_a_server_that_is_not_there_is_an_error(model, settings, address, reason):
    settings.OPENAI_BASE_URL = address
    started = time.monotonic()

    with pytest.raises(LLMError) as error:
        request_answer(PROMPT, Reply, sleep=lambda _seconds: None)

    assert str(error.value) == reason
    assert time.monotonic() - started < 5


def test_request_answer_of_a_server_without_tls_in_tls_is_an_error(model, settings):
    with llmserver.serve_llm(then=hello) as server:
        model(server)
        settings.OPENAI_BASE_URL = server.url.replace("http:", "https:")

        with pytest.raises(LLMError) as error:
            request_answer(PROMPT, Reply)

    assert (
        str(error.value)
        == "Can’t make a secure (TLS) connection to the AI server 127.0.0.1. Should the address start with http?"
    )


def test_request_answer_of_a_server_that_drips_ends_in_time(model):
    with llmserver.serve_llm(then="drip body") as server:
        model(server)
        started = time.monotonic()

        with pytest.raises(LLMError):
            request_answer(PROMPT, Reply, sleep=lambda _seconds: None)

    assert time.monotonic() - started < 5  # three tries of a second


def test_request_answer_raises_an_error_with_the_cost(model):
    with llmserver.serve_llm(then="words") as server:
        model(server)

        with pytest.raises(LLMError) as error:
            request_answer(PROMPT, Reply)

    assert error.value.bill == Bill(2000, 200)


def test_request_answer_counts_on_the_budget(model, settings):
    settings.LLM_PRICE_INPUT, settings.LLM_PRICE_OUTPUT = Decimal("2.5"), Decimal(10)
    budget = Budget(usd=Decimal("0.07"))  # the most that one answer may cost is 0.06
    with llmserver.serve_llm(then=hello) as server:
        model(server)
        request_answer(PROMPT, Reply, budget=budget)
        request_answer(PROMPT, Reply, budget=budget)

    assert (budget.bill, budget.spent) == (Bill(2000, 200, Decimal("0.007")), Decimal("0.007"))


def test_request_answer_beyond_the_budget_is_an_error_without_a_request(model, settings):
    settings.LLM_PRICE_INPUT, settings.LLM_PRICE_OUTPUT = Decimal("2.5"), Decimal(10)
    with llmserver.serve_llm(then=hello) as server:
        model(server)

        with pytest.raises(LLMError) as error:
            request_answer(PROMPT, Reply, budget=Budget(usd=Decimal("0.5"), spent=Decimal("0.4475")))

    assert str(error.value) == "This issue’s budget of 0.5000 USD was reached (0.4475 USD spent)"
    assert server.requests == []


def test_request_answer_stops_when_the_seconds_of_the_digest_are_used_up(model):
    pauses: list[float] = []
    with llmserver.serve_llm(then="hang") as server:
        model(server)

        with pytest.raises(LLMError, match=r"^The time limit of 0.3 seconds per issue was reached$"):
            request_answer(PROMPT, Reply, budget=Budget(seconds=0.3), sleep=pauses.append)

    assert len(server.requests) == 1


@pytest.mark.parametrize(("fault", "asked"), [("odd", 3), ("key", 1), ("quota", 1), ("no model", 1)])
def test_request_answer_stops_after_failures_in_a_row(model, fault, asked):
    budget = Budget()
    with llmserver.serve_llm(then=fault) as server:
        model(server)
        for _time in range(5):
            with pytest.raises(LLMError) as error:
                request_answer(PROMPT, Reply, budget=budget)

    assert len(server.requests) == asked
    assert str(error.value).startswith("The AI was stopped: ")


def test_request_answer_counts_failures_from_zero_after_an_answer(model):
    budget = Budget()
    words = []
    with llmserver.serve_llm("odd", "odd", hello, "odd", "odd", then=hello) as server:
        model(server)
        for _time in range(6):
            try:
                words.append(request_answer(PROMPT, Reply, budget=budget).parsed.word)
            except LLMError as error:
                words.append(str(error)[-8:])

    assert words == ["must be 1"[-8:]] * 2 + ["hello"] + ["must be 1"[-8:]] * 2 + ["hello"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (r"$\theta$ and $\beta$-VAE, \frac{1}{2}, \nabla", r"$\theta$ and $\beta$-VAE, \frac{1}{2}, \nabla"),
        (r"\alpha \sim 5\%, Cram\'er, \(x\), \$5", r"\alpha \sim 5\%, Cram\'er, \(x\), \$5"),
        (r"\rho \tau \times \to \text{b} \bar x \underline{u}", r"\rho \tau \times \to \text{b} \bar x \underline{u}"),
        (r"\noindent $a \ngeq b \rtimes c$ \textasciitilde \tbinom{n}{k}", r"\noindent $a \ngeq b \rtimes c$ \textasciitilde \tbinom{n}{k}"),
        (r"more\nless\nexists\nparallel", "more\nless\nexists\nparallel"),
        (r"\\theta and \"quoted\" and \/ and \u00e9", "\\theta and \"quoted\" and / and é"),
        (r"a line\nNow\r\nanother\n- one\nnothing\ni\tTab", "a line\nNow\r\nanother\n- one\nnothing\ni\tTab"),
        ("a line\nthat is broken\tas it stands", "a line\nthat is broken\tas it stands"),
    ],
)  # fmt: skip
def test_request_answer_keeps_the_backslashes_of_latex(model, typed, meant):
    with llmserver.serve_llm(then=f'say {{"word": "{typed}"}}') as server:
        model(server)
        assert (request_answer(PROMPT, Reply).parsed.word, server.asked_in) == (meant, ["json_schema"])


def test_a_sections_answer_reads_its_latex(model):
    words = r"""{"themes": [{"text": "$\theta$-models", "passages": [{"number": 1, "quote": "of $\beta$ and \textbf{b}"}]}],
        "keywords": ["$\beta$-VAE", "H$_2$O"], "trends": [{"text": "Cram\'er at 5\%", "passages": []}],
        "points": [{"number": 1, "headline": "$\tau$-Net", "sentences": [{"text": "$\tau^2$ is \frac{1}{2}, \nabla", "passages": []}]}],
        "impact": [{"text": "it costs \$5", "passages": []}], "outlook": [{"text": "x", "passages": []}]}"""
    with llmserver.serve_llm(then=f"say {words}") as server:
        model(server)
        parsed = request_answer(PROMPT, SectionAnswer).parsed
    assert parsed.model_dump() == {
        "themes": [{"text": "θ-models", "passages": [{"number": 1, "quote": "of β and b"}]}],
        "keywords": ["β-VAE", "H₂O"],
        "trends": [{"text": "Cramér at 5%", "passages": []}],
        "points": [{"number": 1, "headline": "τ-Net", "sentences": [{"text": "τ² is 1/2, ∇", "passages": []}]}],
        "impact": [{"text": "it costs $5", "passages": []}],
        "outlook": [{"text": "x", "passages": []}],
    }

"""Every way in which a model server can fail, against a real one on this machine."""

import time

import pytest
from pydantic import BaseModel, ConfigDict

from digests import llm
from digests.llm import LLMError, ask, configured
from digests.prompts import Prompt
from tests import llmserver


class Reply(BaseModel):
    """A small schema."""

    model_config = ConfigDict(extra="forbid")

    word: str


PROMPT = Prompt('Say "hello".', "hash")


def hello(_prompt, _items):
    return {"word": "hello"}


@pytest.fixture(autouse=True)
def _forget():
    llm._forms.clear()


@pytest.fixture
def model(settings):
    """Return a function that points the settings at a server."""

    def point(server):
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.LLM_MODEL = "sk-test", server.url, "small"
        settings.LLM_TIMEOUT = 1

    return point


def test_configured_by_a_key_or_a_server(settings):
    assert configured() is False
    settings.OPENAI_BASE_URL = "http://localhost:1/v1"
    assert configured() is True
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = "", "sk-test"
    assert configured() is True


def test_ask_without_a_model_is_an_error():
    with pytest.raises(LLMError, match=r"^no model is configured$"):
        ask(PROMPT, Reply)


def test_ask_returns_the_answer_and_its_cost(model):
    with llmserver.serve(then=hello) as server:
        model(server)

        answer = ask(PROMPT, Reply)

    assert answer == llm.Answer(Reply(word="hello"), 1000, 100, "small")
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


def test_ask_without_a_key_asks_a_local_server(model, settings):
    with llmserver.serve(then=hello) as server:
        model(server)
        settings.OPENAI_API_KEY = ""

        assert ask(PROMPT, Reply).parsed.word == "hello"


@pytest.mark.parametrize(
    ("forms", "asked"),
    [
        (("json_object", "text"), ["json_schema", "json_object", "json_object"]),
        (("text",), ["json_schema", "json_object", "text", "text"]),
    ],
)
def test_ask_remembers_the_form_that_a_server_takes(model, forms, asked):
    with llmserver.serve(then=hello, forms=forms) as server:
        model(server)

        words = [ask(PROMPT, Reply).parsed.word for _time in range(2)]

    assert words == ["hello", "hello"]
    assert server.asked_in == asked
    assert '"additionalProperties": false' in server.prompts[-1]


def test_ask_a_server_that_takes_no_form_is_an_error(model):
    with llmserver.serve(then="too long", forms=("text",)) as server:
        model(server)

        with pytest.raises(LLMError, match=r"^the model server refused the request \(400\): maximum context length"):
            ask(PROMPT, Reply)


def test_ask_reads_an_answer_between_thoughts_and_fences(model):
    def chatty(_prompt, _items):
        return {"word": "ok"}

    with llmserver.serve("fenced", then=chatty) as server:
        model(server)

        class Section(BaseModel):
            themes: str

        assert ask(PROMPT, Section).parsed.themes == llmserver.ENGLISH[0]


@pytest.mark.parametrize("bad", ["wrong", "words"])
def test_ask_gives_a_wrong_answer_one_more_chance(model, bad):
    with llmserver.serve(bad, then=hello) as server:
        model(server)

        answer = ask(PROMPT, Reply)
        ask(PROMPT, Reply)

    assert answer == llm.Answer(Reply(word="hello"), 2000, 200, "small")
    assert server.asked_in == ["json_schema", "json_object", "json_schema"]


@pytest.mark.parametrize("bad", ["wrong", "words"])
def test_ask_gives_up_after_two_wrong_answers(model, bad):
    with llmserver.serve(then=bad) as server:
        model(server)

        with pytest.raises(LLMError, match=r"^the model's answer does not have the form that was asked for$"):
            ask(PROMPT, Reply)

    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", ["busy", "broken", "html", "not json", "null choices", "no choices", "drop", "hang"])
def test_ask_tries_again_after_a_passing_fault(model, fault):
    pauses: list[float] = []
    with llmserver.serve(fault, then=hello) as server:
        model(server)

        assert ask(PROMPT, Reply, sleep=pauses.append).parsed.word == "hello"

    assert (len(server.requests), len(pauses)) == (2, 1)
    assert 0.5 <= pauses[0] <= 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("busy", "the model server is busy (429)"),
        ("broken", "the model server failed (500)"),
        ("html", "the model server sent an empty answer"),
        ("not json", "the model server sent something that is not an answer"),
        ("null choices", "the model server sent an empty answer"),
        ("no choices", "the model server sent an empty answer"),
        ("drop", "the model server cannot be reached"),
        ("hang", "the model did not answer within 1 seconds"),
    ],
)
def test_ask_gives_up_after_three_faults(model, fault, reason):
    pauses: list[float] = []
    with llmserver.serve(then=fault) as server:
        model(server)

        with pytest.raises(LLMError) as error:
            ask(PROMPT, Reply, sleep=pauses.append)

    assert str(error.value) == f"{reason} (3 times)"
    assert (len(server.requests), len(pauses)) == (3, 2)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("quota", "the quota of the model's account is used up"),
        ("key", "the model server refused the key (401)"),
        ("no model", "the server does not know the model small (404)"),
        ("refusal", "the model refused to answer"),
        ("filtered", "the model refused to answer"),
        ("cut", "the model's answer was cut off"),
    ],
)
def test_ask_does_not_repeat_what_cannot_succeed(model, fault, reason):
    with llmserver.serve(then=fault) as server:
        model(server)

        with pytest.raises(LLMError) as error:
            ask(PROMPT, Reply)

    assert str(error.value) == reason
    assert len(server.requests) == 1


@pytest.mark.parametrize(("asked", "paused"), [("7", 7), ("3600", 30), ("-5", 0.75), ("tomorrow", 0.75)])
def test_ask_pauses_as_long_as_the_server_asks_within_reason(model, asked, paused):
    pauses: list[float] = []
    with llmserver.serve(f"wait {asked}", then=hello) as server:
        model(server)

        ask(PROMPT, Reply, sleep=pauses.append)

    assert pauses == [pytest.approx(paused, abs=0.25)]


def test_ask_a_server_that_is_not_there_is_an_error(model, settings):
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    started = time.monotonic()

    with pytest.raises(LLMError, match=r"^the model server cannot be reached \(3 times\)$"):
        ask(PROMPT, Reply, sleep=lambda _seconds: None)

    assert time.monotonic() - started < 5

"""Models are named as an operator means them, and what is measured of their texts is what a reader of the table expects."""

import datetime as dt
import threading
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache

from digests.llm.budget import Budget
from digests.writing.model_comparison import (
    check_prices_are_used,
    compare_models,
    load_kept_sections,
    measure_distance,
    parse_models,
    parse_prices,
    rewrite_section,
)
from digests.writing.model_trials import (
    FailureKind,
    TrialError,
    TriedModel,
    check_limit,
    classify_failure,
    count_threads,
    estimate_tokens,
    format_table,
    make_tried_model,
    run_trials,
)
from tests import build, llmserver

URL = "https://models.example/v1"
ABSTRACT = (
    "Reading long texts is slow. In this paper, we propose {name}, which reads only what matters in a text. "
    "{name} reaches an accuracy of 92.1% on three public benchmarks."
)


@pytest.fixture(autouse=True)
def _plain(settings: Any) -> None:
    cache.clear()
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.LLM_MODEL = "http://own.example/v1", "own-key", "small"
    settings.LLM_PRICE_INPUT, settings.LLM_PRICE_OUTPUT, settings.LLM_TIMEOUT = Decimal(1), Decimal(10), 5


def parse(text: str, **environment: str) -> TriedModel:
    return parse_models([text], {}, environment)[0]


def test_parse_models_asks_a_bare_name_at_the_server_of_the_settings():
    model = parse("other")

    assert (model.label, model.server.model, model.server.base_url) == ("other", "other", "http://own.example/v1")
    assert (model.server.api_key, model.has_prices) == ("own-key", False)


def test_parse_models_never_sends_the_key_of_the_settings_elsewhere():
    model = parse(f"other@{URL}")

    assert (model.label, model.server.model) == ("other@models.example", "other")
    assert (model.server.base_url, model.server.api_key) == (URL, "")


def test_parse_models_takes_the_key_from_the_environment():
    assert parse(f"other@{URL}@THEIR_KEY", THEIR_KEY="secret").server.api_key == "secret"


@pytest.mark.parametrize("name", ["@cf/meta/llama-3.1-8b", "claude@20260101", "qwen3:8b"])
def test_parse_models_leaves_an_at_sign_in_a_name(name):
    assert (parse(name).server.model, parse(f"{name}@{URL}").server.model) == (name, name)


@pytest.mark.parametrize(
    "text",
    ["", "two words", f"@{URL}", f"x@{URL}@", f"x@{URL}@sk-1", "x@https://me:key@models.example/v1", "x@ftp://a.b"],
)
def test_parse_models_refuses_what_names_no_model(text):
    with pytest.raises(TrialError, match=r"^A model is NAME, NAME@https://server/v1 or "):
        parse(text)


def test_parse_models_takes_prices_as_given_else_as_set():
    names = ["small", "free", f"small@{URL}"]
    prices = {"free": (Decimal(0), Decimal(0)), f"small@{URL}": (Decimal(2), Decimal(3))}
    models = parse_models(names, prices, {})

    assert [(one.server.price_in, one.server.price_out, one.has_prices) for one in models] == [
        (Decimal(1), Decimal(10), True),
        (Decimal(0), Decimal(0), True),
        (Decimal(2), Decimal(3), True),
    ]
    check_prices_are_used(prices, names)


def test_parse_models_knows_the_prices_of_the_verifier(settings):
    settings.LLM_VERIFIER_MODEL, settings.LLM_VERIFIER_PRICE_INPUT = "judge", Decimal(4)

    assert parse("judge").server.price_in == Decimal(4)


@pytest.mark.parametrize(
    "text", ["", "small", "small=1", "small=1,2,3", "small=a,b", "=1,2", "small=-1,2", "small=NaN,2"]
)
def test_parse_prices_refuses_what_is_no_price(text):
    with pytest.raises(TrialError, match=r"isn’t a price\. Use NAME=IN,OUT"):
        parse_prices(text)


def test_parse_prices_splits_at_the_last_equals_sign():
    assert parse_prices("small@https://a.example/v1?x=1=0.15,0.60") == (
        "small@https://a.example/v1?x=1",
        (Decimal("0.15"), Decimal("0.60")),
    )


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("a b c d", "a b c d", 0), ("a b c d", "x y z", 1), ("a b c d", "a b x d", 0.25), ("a  b\n", "a b", 0)],
)
def test_measure_distance_counts_words(one, other, distance):
    assert measure_distance(one, other) == distance


@pytest.mark.django_db
def test_rewrite_section_asks_the_writer_and_the_verifier_that_it_is_given(settings):
    settings.LLM_VERIFY = False  # a verifier that is named checks all the same
    digest = build.digest(build.publication("papers", language="en"), date=dt.date(2026, 5, 22))
    items = [build.item(f"{name}: Reading", summary=ABSTRACT.format(name=name)) for name in ("FastThing", "SkimNet")]
    build.section(digest, build.category("llm"), items=items)
    [kept] = load_kept_sections(1)
    with llmserver.serve_llm() as own, llmserver.serve_llm() as writer, llmserver.serve_llm() as verifier:
        settings.OPENAI_BASE_URL = own.url
        one = rewrite_section(
            kept, parse(f"a@{writer.url}"), parse(f"b@{verifier.url}"), Budget(usd=Decimal(0), seconds=0)
        )

    assert [len(server.requests) for server in (own, writer, verifier)] == [0, 1, 1]
    assert (writer.requests[0]["model"], verifier.requests[0]["model"]) == ("a", "b")
    assert (kept.name, one.left_out, one.is_sent_back, set(one.verdicts)) == (
        *("papers 2026-05-22 llm", 0, False, {"supported"}),
    )
    # The bill of the writer is without that of the verifier.
    assert ((one.bill.tokens_in, one.bill.tokens_out), one.checking.tokens_in) == ((1000, 100), 1000)
    assert one.text.startswith("### ")


@pytest.mark.django_db
def test_compare_models_without_sections_left_is_empty():
    assert load_kept_sections(5) == []


def test_compare_models_of_no_section_asks_nothing():
    assert compare_models([], [], None, Decimal(0)).results == []


def test_check_limit_needs_the_prices_of_all_models():
    known, unknown = parse("small"), parse("other")

    check_limit(Decimal(0), Decimal(5), [known, unknown])
    check_limit(Decimal(5), Decimal(5), [known])
    with pytest.raises(TrialError, match="the prices of other aren’t known"):
        check_limit(Decimal(5), Decimal(1), [known, unknown])
    with pytest.raises(TrialError, match="is beyond the limit"):
        check_limit(Decimal(1), Decimal(5), [known])


@pytest.mark.parametrize(
    ("limit", "estimate", "largest", "threads"), [(0, 9, 1, 4), (9, 1, 0, 4), (9, 1, 1, 4), (3, 1, 1, 2), (1, 1, 1, 1)]
)
def test_count_threads_leaves_room_for_what_each_reserves(limit, estimate, largest, threads, settings):
    settings.LLM_CONCURRENCY = 4
    assert count_threads(Decimal(limit), Decimal(estimate), Decimal(largest)) == threads


def test_run_trials_begins_no_job_after_the_stop():
    stop = threading.Event()
    begun: list[int] = []

    def job(number: int) -> int:
        begun.append(number)
        if number == 2:
            stop.set()
        return number

    results = list(run_trials([partial(job, number) for number in range(9)], 1, stop))

    assert (results, begun) == ([0, 1, 2], [0, 1, 2])


def test_run_trials_raises_what_a_job_raises():
    with pytest.raises(ZeroDivisionError):
        list(run_trials([lambda: 1 // 0], 2, threading.Event()))


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"code": "model.money_used_up", "params": {}}, FailureKind.LIMIT),
        ({"code": "model.key", "params": {"status": "401"}}, FailureKind.FATAL),
        ({"code": "model.several_times", "params": {"reason": {"code": "model.no_host", "params": {}}}}, FailureKind.FATAL),
        ({"code": "model.stopped", "params": {"reason": {"code": "model.key", "params": {}}}}, FailureKind.FATAL),
        ({"code": "model.stopped", "params": {"reason": {"code": "model.failures", "params": {}}}}, FailureKind.GIVEN_UP),
        ({"code": "model.wrong_format"}, FailureKind.ONCE),
    ],
)  # fmt: skip
def test_classify_failure_reads_the_innermost_reason(message, kind):
    assert classify_failure(message) == kind


def test_estimate_tokens_counts_hangul_more():
    assert (estimate_tokens("abcdefgh"), estimate_tokens("가나다라마"), estimate_tokens("")) == (2, 4, 0)


def test_make_tried_model_takes_a_price_of_zero_if_it_is_given():
    server = parse("other").server

    assert (make_tried_model(server).has_prices, make_tried_model(server, (Decimal(0), Decimal(0))).has_prices) == (
        *(False, True),
    )


def test_format_table_aligns_figures_at_the_right():
    assert format_table(["model", "n"], [["a", "1"], ["longer", "100"]]) == [
        "model     n",
        "a         1",
        "longer  100",
    ]

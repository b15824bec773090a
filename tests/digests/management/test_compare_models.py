"""The command compare_models as an operator uses it: output, exit codes, and that it changes nothing."""

import datetime as dt
import itertools
import os
import re
import signal
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone

from digests.llm.budget import Budget
from digests.models import Digest, Item, Publication, Section
from digests.writing.model_comparison import load_kept_sections, parse_models, rewrite_section
from tests import build, llmserver

pytestmark = pytest.mark.django_db

ABSTRACT = (
    "Reading long texts is slow. In this paper, we propose {name}, which reads only what matters in a text. "
    "{name} reaches an accuracy of 92.1% on three public benchmarks."
)
WRONG = "This paper was written at the University of Atlantis and is used by 40 banks."


@pytest.fixture(autouse=True)
def _plain(settings: Any) -> Iterator[None]:
    cache.clear()
    settings.LLM_VERIFY, settings.LLM_MODEL, settings.LLM_TIMEOUT = True, "small", 5
    settings.LLM_PRICE_INPUT, settings.LLM_PRICE_OUTPUT = Decimal(1), Decimal(10)
    yield
    cache.clear()


def kept(day: int = 22, slug: str = "papers", **fields: Any) -> Section:
    """Return a saved section with two items, in the issue of a day in May."""
    publication = Publication.objects.filter(slug=slug).first() or build.publication(slug, language="en")
    digest = build.digest(publication, date=dt.date(2026, 5, day), state=Digest.State.IN_REVIEW, **fields)
    items = [
        build.item(f"{name}{day}{slug}: Reading Less", summary=ABSTRACT.format(name=f"{name}{day}{slug}"))
        for name in ("FastThing", "QuickBook")
    ]
    return build.section(digest, build.category(f"{slug}-{day}"), items=items, text="An earlier text of this section.")


def run(capsys: Any, *words: str) -> list[str]:
    """Run the command; return the lines of its output."""
    call_command("compare_models", *words)
    return str(capsys.readouterr().out).splitlines()


def refused(*words: str) -> str:
    with pytest.raises(CommandError) as error:
        call_command("compare_models", *words)
    assert error.value.returncode == 1
    return str(error.value)


def snapshot() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Digest, Section, Item)]


def cells(lines: list[str], model: str) -> list[str]:
    """Return the cells of a model's row in the table, without its name and its seconds."""
    row = next(line for line in lines if re.match(rf"{re.escape(model)} .*\d$", line))
    return re.split(r" {2,}", row)[1:-1]


def inventive(prompt: str, items: llmserver.Items) -> Any:
    """Return a section with a sentence that rests on nothing; the verdicts of a second model are good ones."""
    if '"verdicts"' in prompt:
        return llmserver.verdicts(prompt, items)
    return llmserver.summary(prompt, items) | {"outlook": [{"text": WRONG, "passages": []}]}


def useless(prompt: str, items: llmserver.Items) -> Any:
    """Return a section in which every point rests on nothing."""
    points = [{"number": one["number"], "headline": WRONG, "sentences": [WRONG]} for one in items]
    return llmserver.summary(prompt, items) | {"points": points}


def strict(prompt: str, _items: llmserver.Items) -> Any:
    """Call the first sentence contradicted, the second not stated, and all others supported."""
    verdicts = ["contradicted", "not_stated"]
    rows = [
        {
            "sentence": one["sentence"],
            "verdict": verdicts[place] if place < len(verdicts) else "supported",
            "quote": one["passages"].partition(" … ")[0],
        }
        for place, one in enumerate(llmserver.sentences_in(prompt))
    ]
    return {"verdicts": rows}


def test_compare_models_prints_a_row_per_model_and_changes_nothing(settings, capsys):
    kept()
    with llmserver.serve_llm() as small, llmserver.serve_llm(then=inventive) as large:
        settings.OPENAI_BASE_URL = small.url
        before = snapshot()
        lines = run(capsys, "small", f"large@{large.url}", "--price", "large=3,30")
    label = f"large@{large.url.split('/')[2]}"

    assert lines[:2] == [
        "1 section, written by 2 models, checked by small.",
        "Requests per model: 2, and up to 4 if every section is sent back.",
    ]
    assert [re.sub(r"0\.\d{4}", "N", line) for line in lines[2:6]] == [
        "  small: about N USD",
        f"  {label}: about N USD",
        "Estimate: about N USD. There is no limit.",
        "small checks its own texts too: a model overlooks its own mistakes more often.",
    ]
    # One request to write and one to check: 1,000 tokens in and 100 out each. The other model is asked twice and keeps 5 of 6 sentences.
    assert cells(lines, "small") == [
        *("1", "0.0%", "0.0%", "0.0%", "100.0%", "0.0%", "0.0%", "1.00", "0.0020 USD", "0.0020 USD"),
    ]
    assert cells(lines, label) == [
        *("1", "0.0%", "16.7%", "100.0%", "100.0%", "0.0%", "0.0%", "1.00", "0.0120 USD", "0.0020 USD"),
    ]
    assert lines[-2:] == [
        "distance: words changed from the new text to the section’s present one, over all sections, as no person edited one.",
        "Spent: 0.0180 USD.",
    ]
    assert (len(small.requests), len(large.requests)) == (3, 2)
    assert {request["model"] for request in large.requests} == {"large"}
    assert snapshot() == before


def test_compare_models_counts_held_sections_and_verdicts(settings, capsys):
    kept()
    with (
        llmserver.serve_llm() as server,
        llmserver.serve_llm(then=useless) as bad,
        llmserver.serve_llm(then=strict) as judge,
    ):
        settings.OPENAI_BASE_URL = server.url
        lines = run(capsys, "small", f"bad@{bad.url}", "--verifier", f"judge@{judge.url}")
        judge_label = f"judge@{judge.url.split('/')[2]}"
        bad_row, small_row = cells(lines, f"bad@{bad.url.split('/')[2]}"), cells(lines, "small")

    assert lines[0] == f"1 section, written by 2 models, checked by {judge_label}."
    assert bad_row[:4] == ["1", "100.0%", "–", "100.0%"]
    assert (bad_row[7], bad_row[8]) == ("–", "2,000+200 tokens")
    assert small_row[:2] == ["1", "0.0%"]
    assert [share != "0.0%" for share in small_row[4:7]] == [True, True, True]
    assert "small checks its own texts too: a model overlooks its own mistakes more often." not in lines


def test_compare_models_measures_the_distance_over_edited_sections(settings, capsys):
    settings.LLM_VERIFY = False
    section = kept()
    kept(21)
    with llmserver.serve_llm() as server:
        settings.OPENAI_BASE_URL = server.url
        assert cells(run(capsys, "small", "other"), "small")[7] == "1.00"
        [written] = [one for one in load_kept_sections(1) if one.name.endswith("22")]
        text = rewrite_section(written, parse_models(["small"], {}, {})[0], None, Budget()).text
        Section.objects.filter(pk=section.pk).update(edited_at=timezone.now(), text=text)
        lines = run(capsys, "small", "other")

    assert cells(lines, "small")[7] == "0.00"
    assert lines[-2] == (
        "distance: words changed from the new text to the section’s present one, over sections that a person edited."
    )


def test_compare_models_without_a_verifier_has_no_verdicts(settings, capsys):
    settings.LLM_VERIFY = False
    kept()
    with llmserver.serve_llm() as server:
        settings.OPENAI_BASE_URL = server.url
        lines = run(capsys, "small", "other")

    assert lines[0] == "1 section, written by 2 models, not checked by a second model (LLM_VERIFY=0)."
    assert cells(lines, "small")[4:7] == ["–", "–", "–"]
    assert len(server.requests) == 2


def test_compare_models_says_where_prices_are_not_known(settings, capsys):
    kept()
    with llmserver.serve_llm() as server:
        settings.OPENAI_BASE_URL = server.url
        lines = run(capsys, "small", "other")
        error = refused("small", "other", "--limit", "1")

    assert lines[3:5] == ["  other: cost unknown (no prices)", "Estimate: cost unknown. There is no limit."]
    assert cells(lines, "other")[8] == "1,000+100 tokens"
    assert error == (
        "The limit of 1.00 USD can’t be kept, because the prices of other aren’t known."
        " Set them (0 for a model that costs nothing), or remove the limit."
    )


def test_compare_models_takes_the_days_that_have_an_issue(settings, capsys):
    kept(3)
    kept(20)
    kept(22)
    kept(22, "news")
    kept(23, imported=True)
    bare = kept(24)
    Item.objects.filter(appearances__section=bare).update(summary="")
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"

    def count(*words: str) -> str:
        refused("small", "other", "--price", "other=1,1", "--limit", "0.0001", *words)  # before anything is asked
        return str(capsys.readouterr().out).split(",")[0]

    assert [count("--days", days) for days in ("1", "2", "5")] == ["2 sections", "3 sections", "4 sections"]
    assert count("--publication", "papers") == "3 sections"


def test_compare_models_asks_nothing_where_the_estimate_is_beyond_the_limit(settings, capsys):
    kept()
    with llmserver.serve_llm() as server:
        settings.OPENAI_BASE_URL, settings.LLM_BUDGET_USD = server.url, Decimal("0.01")
        error = refused("small", "other", "--price", "other=1,10")

    assert re.fullmatch(r"The estimate of 0\.\d{4} USD is beyond the limit of 0\.0100 USD\. Nothing was asked\.", error)
    assert (server.requests, "Limit: 0.0100 USD." in capsys.readouterr().out) == ([], True)


def test_compare_models_stops_at_the_limit_with_what_there_is(settings, capsys):
    for day in range(10, 13):
        kept(day)
    written = itertools.count(1)

    def wasteful(prompt: str, items: llmserver.Items) -> Any:
        """Answer every second time in a wrong format, and so that the section is sent back: dearer than the usual."""
        is_wrong = '"verdicts"' not in prompt and next(written) % 2
        return {"nothing": "of the kind"} if is_wrong else inventive(prompt, items)

    settings.LLM_PRICE_INPUT, settings.LLM_PRICE_OUTPUT = Decimal(100), Decimal(0)
    with llmserver.serve_llm(then=wasteful) as server:
        settings.OPENAI_BASE_URL = server.url
        words = ("small", "other", "--price", "other=100,0", "--days", "9")
        estimate = Decimal(refused(*words, "--limit", "0.01").split()[3])
        lines = run(capsys, *words, "--limit", str(estimate + Decimal("0.01")))

    spent = Decimal(lines[-1].removeprefix("Spent: ").removesuffix(" USD."))
    assert 0 < int(cells(lines, "small")[0]) < 3
    assert spent <= estimate + Decimal("0.01")
    assert lines[-2].startswith(f"Stopped at the limit of {estimate + Decimal('0.01')} USD: {spent} USD was spent,")


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("key", "The AI server rejected the API key (401)"),
        ("no model", "The AI server has no model large (404)"),
        ("unpaid", "The AI account’s quota is used up"),
    ],
)
def test_compare_models_ends_with_what_a_person_has_to_mend(reply, words, settings):
    kept()
    with llmserver.serve_llm() as server, llmserver.serve_llm(then=reply) as other:
        settings.OPENAI_BASE_URL = server.url
        assert refused("small", f"large@{other.url}") == f"large@{other.url.split('/')[2]}: {words}"


def test_compare_models_ends_where_a_server_cannot_be_reached(settings):
    kept()
    with llmserver.serve_llm() as gone:
        pass
    with llmserver.serve_llm() as server:
        settings.OPENAI_BASE_URL = server.url
        error = refused("small", f"large@{gone.url}")

    label = f"large@{gone.url.split('/')[2]}"
    assert error == f"{label}: The AI server at 127.0.0.1 isn’t responding (3 times)"


def test_compare_models_ends_where_the_verifier_refuses_its_key(settings):
    kept()
    with llmserver.serve_llm() as server, llmserver.serve_llm(then="key") as judge:
        settings.OPENAI_BASE_URL = server.url
        error = refused("small", "other", "--verifier", f"judge@{judge.url}")

    label = f"judge@{judge.url.split('/')[2]}"
    assert error == f"{label} (verifier): The AI server rejected the API key (401)"


def test_compare_models_goes_on_without_a_busy_model(settings, capsys):
    kept()
    with llmserver.serve_llm() as server, llmserver.serve_llm(then="busy") as busy:
        settings.OPENAI_BASE_URL = server.url
        lines = run(capsys, "small", f"large@{busy.url}")

    label = f"large@{busy.url.split('/')[2]}"
    assert cells(lines, label)[:4] == ["1", "100.0%", "–", "0.0%"]
    assert f"{label}: no answer: The AI server is overloaded (429) (3 times) (1 of 1 sections)" in lines
    assert cells(lines, "small")[:2] == ["1", "0.0%"]


def test_compare_models_gives_a_model_up_that_fails_again_and_again(settings, capsys):
    settings.LLM_CONCURRENCY = 1
    for day in range(10, 15):
        kept(day)
    with llmserver.serve_llm() as server, llmserver.serve_llm(then="odd") as odd:
        settings.OPENAI_BASE_URL = server.url
        lines = run(capsys, "small", f"large@{odd.url}")

    label = f"large@{odd.url.split('/')[2]}"
    assert (len(odd.requests), cells(lines, "small")[0], cells(lines, label)[0]) == (3, "5", "3")
    assert [line for line in lines if "given up" in line] == [
        f"{label}: given up: The AI was stopped: 3 failures in a row. Last one: The AI server rejected the request (400): n must be 1"
    ]


def test_compare_models_ends_by_ctrl_c_with_what_there_is(settings, capsys):
    before, settings.LLM_CONCURRENCY = signal.signal(signal.SIGINT, signal.default_int_handler), 1
    for day in range(10, 15):
        kept(day)

    def press_ctrl_c(prompt: str, items: llmserver.Items) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return llmserver.summary(prompt, items)

    try:
        # The first section by both models, each with its verdicts, and then the keys.
        with llmserver.serve_llm(*["good"] * 4, press_ctrl_c) as server:
            settings.OPENAI_BASE_URL = server.url
            with pytest.raises(SystemExit) as ended:
                call_command("compare_models", "small", "other")
    finally:
        signal.signal(signal.SIGINT, before)
    lines = capsys.readouterr().out.splitlines()

    assert ended.value.code == 130
    assert [cells(lines, model)[:2] for model in ("small", "other")] == [["1", "0.0%"], ["1", "0.0%"]]
    assert lines[-2] == "Stopped by Ctrl-C. The figures are of what was finished."


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["small"], "Name at least two models to compare."),
        (["small", "small"], "small is named twice."),
        (["small", "other", "--publication", "nope"], "No newsletter “nope”. Available: papers."),
        (["small", "other", "--price", "small"], "“small” isn’t a price. Use NAME=IN,OUT in US dollars per million tokens, such as small=0.15,0.60."),
        (["small", "other", "--price", "otter=1,2"], "The price is for otter, which isn’t one of the models."),
        (["small", "other@https://api.example/v1@NOT_THERE"], "other: the environment variable NOT_THERE isn’t set. It has to hold the server’s key."),
        (["small", "other", "--days", "0"], "Error: argument --days: “0” isn’t a number of days, such as 5."),
        (["small", "other", "--limit", "-1"], "Error: argument --limit: “-1” isn’t an amount of US dollars, such as 0.50."),
    ],
)  # fmt: skip
def test_compare_models_refuses_nonsense(words, error, settings):
    kept()
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    assert refused(*words) == error


def test_compare_models_never_repeats_a_key_of_the_command_line(settings):
    kept()
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    error = refused("small", "other@https://api.example/v1@sk-abc-def")

    assert error == (
        "A model is NAME, NAME@https://server/v1 or NAME@https://server/v1@VARIABLE,"
        " where VARIABLE is the name of the environment variable with the key, never the key."
    )


def test_compare_models_needs_a_model_and_sections(settings):
    assert refused("small", "other") == "No AI is set up. Set OPENAI_API_KEY or OPENAI_BASE_URL."
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    assert refused("small", "other") == "No issue has a section whose items have a text. Build one first."

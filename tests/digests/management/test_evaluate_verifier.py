"""The command evaluate_verifier as an operator uses it: output, exit codes, and that it changes nothing."""

import os
import re
import signal
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command

from digests.writing.verifier_evaluation import read_verifier_set
from tests import llmserver


@pytest.fixture(autouse=True)
def _plain(settings: Any) -> Iterator[None]:
    cache.clear()
    settings.LLM_MODEL, settings.LLM_TIMEOUT = "small", 5
    settings.LLM_PRICE_INPUT, settings.LLM_PRICE_OUTPUT = Decimal(1), Decimal(10)
    yield
    cache.clear()


def run(capsys: Any, *words: str) -> list[str]:
    call_command("evaluate_verifier", *words)
    return str(capsys.readouterr().out).splitlines()


def find(pattern: str, lines: list[str]) -> tuple[str, ...]:
    """Return the groups of a pattern in the lines of an output."""
    found = re.search(pattern, "\n".join(lines), re.MULTILINE)
    assert found, pattern
    return found.groups()


def refused(*words: str) -> str:
    with pytest.raises(CommandError) as error:
        call_command("evaluate_verifier", *words)
    assert error.value.returncode == 1
    return str(error.value)


def knowing(prompt: str, _items: llmserver.Items) -> Any:
    """Call each fault of the shipped file contradicted, and all other sentences supported."""
    faults = {fault.text for section in read_verifier_set() for fault in section.faults}
    rows = [
        {
            "sentence": one["sentence"],
            "verdict": "contradicted" if one["text"] in faults else "supported",
            "quote": one["passages"].partition(" … ")[0],
        }
        for one in llmserver.sentences_in(prompt)
    ]
    return {"verdicts": rows}


def lying(prompt: str, _items: llmserver.Items) -> Any:
    """Quote what stands in no source, and leave the last sentence out."""
    rows = [
        {"sentence": one["sentence"], "verdict": "supported", "quote": "A sentence that stands in no source at all."}
        for one in llmserver.sentences_in(prompt)
    ]
    return {"verdicts": rows[:-1]}


def test_evaluate_verifier_finds_all_faults_with_a_model_that_knows_them(settings, capsys):
    with llmserver.serve_llm(then=knowing) as server:
        settings.OPENAI_BASE_URL = server.url
        lines = run(capsys, "--sections", "4")

    sections, requests, faults = find(r"^(\d+) sections, (\d+) requests, (\d+) faults\.$", lines)
    [right] = find(r"of (\d+) right sentences", lines)
    assert (sections, requests, len(server.requests)) == ("4", "8", 8)
    assert re.fullmatch(r"  small: about 0\.\d{4} USD", lines[1])
    assert re.split(r" {2,}", lines[4]) == [
        *(
            "kind of fault",
            "sentences",
            "contradicted",
            "not stated",
            "supported",
            "no verdict",
            "found",
            "95 % interval",
        ),
    ]
    all_kinds = re.split(r" {2,}", next(line for line in lines if line.startswith("all kinds")))
    assert all_kinds[1:7] == [faults, faults, "0", "0", "0", "100%"]
    assert re.fullmatch(
        rf"False alarms: 0\.0% \(0\.0% to \d\.\d%\) of {right} right sentences \(0 contradicted, 0 not stated\)\.",
        lines[-5],
    )
    assert lines[-4].startswith("Quotes that stand in no source: 0 of ")
    assert lines[-3] == f"Sentences without a verdict: 0 of {int(faults) + int(right)}."
    assert re.fullmatch(r"Requests answered: 8, \d+\.\d s each \(median\)\.", lines[-2])
    assert lines[-1] == "Tokens: 8,000 in, 800 out; 0.0160 USD."


def test_evaluate_verifier_finds_no_fault_with_a_model_that_agrees_to_all(settings, capsys):
    with llmserver.serve_llm() as server:
        settings.OPENAI_BASE_URL = server.url
        lines = run(capsys, "--sections", "2", "--language", "en", "--kinds", "direction, negation")

    [faults] = find(r"(\d+) faults?\.", lines)
    rows = [re.split(r" {2,}", line) for line in lines[5:]]
    assert {row[0] for row in rows if len(row) == 8} <= {"direction", "negation", "all kinds"}
    assert next(row for row in rows if row[0] == "all kinds")[1:7] == [faults, "0", "0", faults, "0", "0%"]


def test_evaluate_verifier_counts_lost_quotes_and_verdicts(settings, capsys):
    with llmserver.serve_llm(then=lying) as server:
        settings.OPENAI_BASE_URL = server.url
        lines = run(capsys, "--sections", "1")

    [judged] = find(r"^Quotes that stand in no source: (\d+) of \1; such a verdict counts as not stated\.$", lines)
    [alarms] = find(r"^False alarms: .* \(0 contradicted, (\d+) not stated\)\.$", lines)
    [missing, sentences] = find(r"^Sentences without a verdict: (\d+) of (\d+)\.$", lines)
    # Of each request the last sentence has none; the last one of the second may be right, and is not counted then.
    assert int(missing) in {1, 2}
    assert 0 < int(alarms) < int(judged) == int(sentences) - int(missing)


def test_evaluate_verifier_asks_the_verifier_of_the_settings(settings, capsys):
    with llmserver.serve_llm() as writer, llmserver.serve_llm() as verifier:
        settings.OPENAI_BASE_URL, settings.LLM_VERIFIER_BASE_URL = writer.url, verifier.url
        settings.LLM_VERIFIER_MODEL = "judge"
        lines = run(capsys, "--sections", "1")

    assert (writer.requests, {request["model"] for request in verifier.requests}) == ([], {"judge"})
    assert lines[1:3] == ["  judge: cost unknown (no prices)", "Estimate: cost unknown. There is no limit."]
    assert lines[-1] == "Tokens: 2,000 in, 200 out; cost unknown (no prices)."


def test_evaluate_verifier_asks_nothing_where_the_estimate_is_beyond_the_limit(settings):
    with llmserver.serve_llm() as server:
        settings.OPENAI_BASE_URL = server.url
        error = refused("--limit", "0.01")

    assert re.fullmatch(r"The estimate of .* USD is beyond the limit of 0\.0100 USD\. Nothing was asked\.", error)
    assert server.requests == []


def test_evaluate_verifier_stops_at_the_limit_with_what_there_is(settings, capsys):
    settings.LLM_PRICE_INPUT, settings.LLM_PRICE_OUTPUT = Decimal(100), Decimal(0)
    # An answer that cannot be used is paid for too: most requests cost double.
    script = ["wrong", "good"] * 40
    with llmserver.serve_llm(*script) as server:
        settings.OPENAI_BASE_URL = server.url
        estimate = Decimal(refused("--sections", "6", "--limit", "0.01").split()[3])
        lines = run(capsys, "--sections", "6", "--limit", str(estimate + Decimal("0.01")))

    assert lines[-1].startswith(f"Stopped at the limit of {estimate + Decimal('0.01')} USD: ")
    [answered] = find(r"^Requests answered: (\d+),", lines)
    assert 0 < int(answered) < 12


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("key", "small: The AI server rejected the API key (401)"),
        ("busy", "small: The AI server is overloaded (429) (3 times)"),
    ],
)
def test_evaluate_verifier_ends_with_the_error_of_the_server(reply, words, settings):
    with llmserver.serve_llm(then=reply) as server:
        settings.OPENAI_BASE_URL = server.url
        assert refused("--sections", "1") == words


def test_evaluate_verifier_ends_where_the_server_cannot_be_reached(settings):
    with llmserver.serve_llm() as gone:
        settings.OPENAI_BASE_URL = gone.url
    assert refused("--sections", "1") == "small: The AI server at 127.0.0.1 isn’t responding (3 times)"


def test_evaluate_verifier_ends_by_ctrl_c_with_what_there_is(settings, capsys):
    before, settings.LLM_CONCURRENCY = signal.signal(signal.SIGINT, signal.default_int_handler), 1

    def press_ctrl_c(prompt: str, items: llmserver.Items) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        return llmserver.verdicts(prompt, items)

    try:
        with llmserver.serve_llm("good", "good", press_ctrl_c) as server:
            settings.OPENAI_BASE_URL = server.url
            with pytest.raises(SystemExit) as ended:
                call_command("evaluate_verifier")
    finally:
        signal.signal(signal.SIGINT, before)
    lines = capsys.readouterr().out.splitlines()

    assert ended.value.code == 130
    assert lines[-1] == "Stopped by Ctrl-C. The figures are of what was finished."
    assert lines[-3].startswith("Requests answered: 2, ")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--kinds", "poetry"], "No faults of the kind “poetry”. There are: bound, "),
        (["--sections", "41"], "Error: argument --sections: “41” isn’t a number of sections from 1 to 40."),
        (["--limit", "much"], "Error: argument --limit: “much” isn’t an amount of US dollars, such as 0.50."),
        (["--language", "de"], "Error: argument --language: invalid choice: 'de'"),
        (["--language", "en", "--kinds", "wrong_gloss"], "No section has such faults in that language."),
    ],
)
def test_evaluate_verifier_refuses_nonsense(words, error, settings):
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    assert refused(*words).startswith(error)


def test_evaluate_verifier_needs_a_model():
    assert refused() == "No AI is set up. Set OPENAI_API_KEY or OPENAI_BASE_URL."

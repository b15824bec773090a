"""A model that answers badly, from the build of a digest to the email that is joined for a reader.

For each fault: what reached the email is the model's mended text, the sources' own sentences, or both; never the fault.
"""

import dataclasses
import datetime as dt
import html
import random
import re
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.utils.translation import override
from pytest_django import Settings

from digests.building.build import build_digest
from digests.llm import requests
from digests.models import Classification, Digest, Entry, Publication, Section
from digests.quality.gates import check_section_parts
from digests.review.approve import approve_digest
from digests.text.messages import format_message
from digests.text.section_schema import PROSE_PARTS, SectionAnswer
from newsletter.delivery import send_test
from newsletter.emails.joining import join_fragments
from tests import build as make
from tests import llmserver
from tests.answers import make_answer
from tests.eval import corrupt, seeds
from tests.eval.evidence import Given, inflate
from tests.eval.seeds import Seed

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 5, 22)
NOON = dt.datetime(2026, 5, 22, 3, tzinfo=dt.UTC)  # noon in Seoul
# Where something is missing, or is the source's own sentence or another point's, no words could get into the email.
WITHOUT_WORDS = {"part left empty", "item omitted", "item number unknown", "one point in English"}
FAULTS = [name for name, _corrupt in corrupt.KINDS]
KOREAN = [seed for seed in seeds.read_seeds() if seed.language == "ko" and len(seed.items) > 1]
# What an editor reads where a fault was found; nothing where a part that was empty is not printed.
NOTICES = re.compile(
    r"Didn’t pass the automatic checks: |Point [\d, ]+ was replaced by a sentence from the source: "
    r"|\d+ sentences? w(?:as|ere) left out: |Only a person can approve this: "
)


@pytest.fixture(autouse=True)
def _forget() -> None:
    cache.clear()


def broken(kind: str) -> tuple[Seed, SectionAnswer]:
    """Return the first Korean seed that has a place for a fault, and its answer with the fault and the right passages."""
    change = next(change for name, change in corrupt.KINDS if name == kind)
    for seed in KOREAN:
        if made := change(seed, random.Random(f"{seed.name}/{kind}")):
            return seed, inflate(made.parts, seed, Given.RIGHT)
    raise AssertionError(f"no seed has a place for {kind}")


def collected(seed: Seed) -> Publication:
    """Save the seed's items as today's, in their order, in one category."""
    source, category = make.source(), make.category("llm", names={"ko": "언어 모델"})
    publication = make.publication("papers", categories=[category], sources=[source])
    for number, story in enumerate(seed.items):
        at = NOON - dt.timedelta(minutes=number)
        item = make.item(story.title, url=story.url, summary=story.summary, published_at=at)
        Entry.objects.create(source=source, item=item, guid=item.url, url=item.url, title=item.title)
        Classification.objects.create(publication=publication, item=item, category=category, by="person")
    return publication


def built(
    settings: Settings, seed: Seed, *script: llmserver.Reply, then: llmserver.Reply = "good", timeout: int = 10
) -> Digest:
    """Build the seed's digest with a model that answers by a script."""
    publication = collected(seed)
    with llmserver.serve_llm(*script, then=then) as server:
        settings.OPENAI_BASE_URL, settings.LLM_MODEL, settings.LLM_TIMEOUT = server.url, "small", timeout
        digest = build_digest(publication, DAY)
    assert digest is not None
    return digest


def said(answer: SectionAnswer) -> Callable[..., dict[str, Any]]:
    return lambda _prompt, _items: answer.model_dump()


def emailed(digest: Digest) -> tuple[str, str]:
    """Return HTML and text of the email, as words: approved, as it would leave."""
    letter = send_test.compose_proof(approve_digest(digest))
    joined = join_fragments(letter, send_test.select_all_sections(letter))
    return html.unescape(joined.html), joined.text


def texts(answer: SectionAnswer) -> dict[str, str]:
    """Return the texts of an answer by part, point and headline."""
    flat = seeds.flatten(answer)
    points = {f"point {point['number']}": point["text"] for point in flat["points"]}
    headlines = {f"headline {point['number']}": point["headline"] for point in flat["points"]}
    return {part: flat[part] for part in PROSE_PARTS} | points | headlines


def sentences(answer: SectionAnswer) -> dict[str, list[str]]:
    """Return the sentences of an answer by part and point."""
    points = {f"point {point.number}": [one.text for one in point.sentences] for point in answer.points}
    return {part: [one.text for one in getattr(answer, part)] for part in PROSE_PARTS} | points


def faulty(seed: Seed, answer: SectionAnswer) -> list[str]:
    """Return the texts, and the sentences, that only the broken answer has in that place; the sources' own are no fault.

    A point on an item that is not there may repeat what is right in another place.
    """
    right, right_sentences = texts(seed.answer), sentences(seed.answer)
    sources = " ".join(f"{story.title} {story.summary}" for story in seed.items)
    changed = [text for part, text in texts(answer).items() if part in right and text != right[part]]
    changed += [
        text
        for part, rows in sentences(answer).items()
        if part in right
        for text in rows
        if text not in right_sentences[part]
    ]
    return [text for text in dict.fromkeys(changed) if text and text not in sources]


def find_bad_words(kind: str, seed: Seed, answer: SectionAnswer) -> dict[str, int]:
    """Return the words of a fault that could get into the email, and how often they may: a sentence may stay once of twice."""
    bad = dict.fromkeys(faulty(seed, answer), 0)
    assert bool(bad) == (kind not in WITHOUT_WORDS)
    if kind != "sentence twice":
        return bad
    return {text: 1 for rows in sentences(seed.answer).values() for text in rows}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_that_stays_never_reaches_the_email(settings: Settings, kind: str) -> None:
    seed, answer = broken(kind)

    digest = built(settings, seed, then=said(answer))

    section = digest.sections.get()
    numbers = {point["number"] for point in section.summary["points"]}
    page, text = emailed(digest)
    bad = find_bad_words(kind, seed, answer)
    assert [words for words in bad if text.count(words) > bad[words] or page.count(words) > bad[words]] == []
    assert NOTICES.match(format_message(section.fallback_reason)) or kind == "part left empty"
    assert numbers == set(range(1, len(seed.items) + 1))
    assert [story.title for story in seed.items if story.title not in text] == []


@pytest.mark.parametrize("kind", ["Han word", "digit changed", "item omitted", "points exchanged", "HTML"])
def test_a_fault_that_the_model_mends_reaches_the_email_mended(settings: Settings, kind: str) -> None:
    seed, answer = broken(kind)

    digest = built(settings, seed, said(answer), then=said(seed.answer))

    section = digest.sections.get()
    _page, text = emailed(digest)
    assert (section.origin, format_message(section.fallback_reason)) == (Section.Origin.MODEL, "")
    assert [one["step"] for one in section.attempts] == ["answer", "repair"]
    wanted = texts(seed.answer)
    if wanted["trends"]:
        del wanted["themes"]  # stands on the web; the email begins with what the items have in common
    assert [words for words in wanted.values() if words not in text] == []


# Whatever a server may do instead of answering, by the names of `tests.llmserver`, and what the editor reads.
FAILURES = {
    "busy": "The AI server is overloaded (429) (3 times)",
    "wait 0.01": "The AI server is overloaded (429) (3 times)",
    "broken": "The AI server had an error (500) (3 times)",
    "drop": "The connection to the AI server was lost (3 times)",
    "html": "The AI server sent an unreadable response (3 times)",
    "not json": "The AI server sent an unreadable response (3 times)",
    "null choices": "The AI server sent an empty response (3 times)",
    "no choices": "The AI server sent an empty response (3 times)",
    "hang": "The AI didn’t respond within 1 second (3 times)",
    "drip headers": "The AI didn’t respond within 1 second (3 times)",
    "drip body": "The AI didn’t respond within 1 second (3 times)",
    "endless": "The AI’s response is too long (more than 5,000,000 bytes)",
    "events": "The AI’s response is too long (more than 5,000,000 bytes)",
    "packed": "The AI server compressed its response, which we didn’t ask for",
    "wrong": "The AI’s response had the wrong format",
    "nothing": "The AI’s response had the wrong format",
    "no model": "The AI server has no model small (404)",
    "forbidden": "The AI server rejected the API key (403)",
    "unpaid": "The AI account’s quota is used up",
    "odd": "The AI server rejected the request (400): n must be 1",
    "quota": "The AI account’s quota is used up",
    "key": "The AI server rejected the API key (401)",
    "too long": "The request is too long for the AI (400)",
    "refusal": "The AI refused to respond",
    "filtered": "The AI refused to respond",
    "cut": "The AI’s response was cut off",
    "words": "The AI’s response had the wrong format",
    "half": "The AI’s response had the wrong format",
    "nowhere": "There is no AI server at OPENAI_BASE_URL (404)",
}


@pytest.mark.parametrize("failure", list(FAILURES))
def test_a_model_that_fails_leaves_the_sources_own_sentences(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    monkeypatch.setattr(requests, "FIRST_PAUSE_SECONDS", 0.01)  # a test need not wait as long as a busy server wants it
    seed = KOREAN[0]

    digest = built(settings, seed, then=failure, timeout=1)

    section = digest.sections.get()
    _page, text = emailed(digest)
    assert (section.origin, format_message(section.fallback_reason)) == (Section.Origin.EXTRACTED, FAILURES[failure])
    assert text.splitlines()[1].endswith(" · 원문 발췌")
    assert [story.title for story in seed.items if story.title not in text] == []


def test_an_answer_with_a_flood_of_points_is_refused_in_time(settings: Settings) -> None:
    seed = KOREAN[0]
    flood = seed.answer.model_copy(update={"points": [seed.answer.points[0]] * 2_000})
    began = time.monotonic()

    digest = built(settings, seed, then=said(flood))

    section = digest.sections.get()
    assert format_message(section.fallback_reason).startswith(
        "Only a person can approve this: 299 of 303 sentences were left out or replaced. "
    )
    assert time.monotonic() - began < 60  # all of them would take half a minute


def test_a_section_of_a_hundred_items_is_checked_in_time(settings: Settings) -> None:
    seed = KOREAN[0]
    stories = [
        dataclasses.replace(seed.items[0], number=n, title=f"Paper Number {n} of Many", url=f"https://example.org/{n}")
        for n in range(1, 101)
    ]
    points = [
        {"number": n, "text": f"Paper Number {n}은 검색의 {n}번째 방법(method)을 다룹니다."} for n in range(1, 101)
    ]
    answer = make_answer(seed.parts | {"points": points}, stories)
    began = time.monotonic()

    found = check_section_parts(answer, stories, "ko")

    assert {one.gate for one in found if one.part == "point 100"} <= {"repetition", "numbers"}
    assert time.monotonic() - began < 20


def test_an_item_without_a_text_is_listed_and_not_counted_as_summarized(settings: Settings) -> None:
    seed = next(seed for seed in KOREAN if len(seed.items) == 2)
    poor = dataclasses.replace(seed.items[1], summary="")
    own = make_answer(seed.parts | {"points": seed.parts["points"][:1], "trends": ""}, seed.items[:1])

    digest = built(settings, dataclasses.replace(seed, items=(seed.items[0], poor)), then=said(own))

    page, text = emailed(digest)
    assert digest.sections.get().origin == Section.Origin.MODEL
    lines = text.splitlines()
    assert [line for line in lines if line.startswith("- ")] == [f"- {poor.title} [2]"]
    assert ("그 밖의 1편" in lines, "그 밖의 1편" in page) == (True, True)


def test_a_mended_section_keeps_what_was_tried(settings: Settings) -> None:
    seed, answer = broken("Han word")

    digest = built(settings, seed, said(answer), then=said(seed.answer))

    first, repair = digest.sections.get().attempts
    assert (first["parts"], repair["parts"]) == (answer.model_dump(), seed.answer.model_dump())
    assert ([one["gate"] for one in first["findings"]], repair["findings"]) == (["script"], [])
    with override("ko"):
        assert repair["asked"] == f"- {first['findings'][0]['part']}: {format_message(first['findings'][0])}"


def test_a_digest_tells_what_all_its_builds_cost(settings: Settings) -> None:
    settings.LLM_PRICE_INPUT, settings.LLM_PRICE_OUTPUT = Decimal(2), Decimal(10)
    seed, answer = broken("Han word")
    digest = built(settings, seed, said(answer), then=said(seed.answer))
    before = digest.cost_line
    digest.sections.update(input_hash="")
    with llmserver.serve_llm(then=said(seed.answer)) as server:
        settings.OPENAI_BASE_URL = server.url
        again = build_digest(digest.publication, DAY)

    assert again is not None
    assert before == "2,000 tokens in, 200 out, 0.0060 USD"
    assert again.cost_line == "3,000 tokens in, 300 out, 0.0090 USD"
    assert again.sections.get().cost == Decimal("0.003")


def test_a_budget_that_ends_leaves_the_rest_extracted(settings: Settings) -> None:
    settings.LLM_PRICE_INPUT, settings.LLM_PRICE_OUTPUT = Decimal(1), Decimal(1)
    settings.LLM_BUDGET_USD = Decimal("0.0001")

    digest = built(settings, KOREAN[0], then=said(KOREAN[0].answer))

    section = digest.sections.get()
    assert (section.origin, digest.cost_line) == (Section.Origin.EXTRACTED, "")
    assert format_message(section.fallback_reason) == "This issue’s budget of 0.0001 USD was reached (0.00 USD spent)"

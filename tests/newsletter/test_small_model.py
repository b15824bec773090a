"""A digest by a real small model over HTTP: the wire is real, and its worthless Korean never reaches the email.

llama.cpp serves it and holds it to our schema, so that its answers have the right form; what they say is for the gates.
"""

import datetime as dt
import html
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django import Settings

from digests.building.build import build_digest
from digests.models import Classification, Digest, Entry, Section
from digests.review.approve import approve_digest
from digests.text.section_schema import SourceMaterial
from newsletter.delivery import send_test
from newsletter.emails.joining import join_fragments
from tests import build as make
from tests import modelserver
from tests.eval import seeds

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.django_db]

DAY = dt.date(2026, 5, 22)
NOON = dt.datetime(2026, 5, 22, 3, tzinfo=dt.UTC)  # noon in Seoul
# The model reads 150 tokens a second on a busy machine: a short prompt of our own, as an operator may set one.
PROMPTS = {
    "summarize": "자료를 읽고 한국어로 짧게 요약합니다. 섹션: $category\n$items\n",
    "repair": "$request\n답: $answer\n문제: $findings\n한국어로 다시 씁니다.\n",
}


@pytest.fixture
def model(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Serve the small model, and ask it by short prompts."""
    cache.clear()
    (tmp_path / "ko").mkdir()
    for name, text in PROMPTS.items():
        (tmp_path / "ko" / f"{name}.md").write_text(text, encoding="utf-8")
    with modelserver.serve_small_model() as url:
        settings.PROMPTS_DIR, settings.OPENAI_BASE_URL, settings.LLM_MODEL = str(tmp_path), url, "smollm2"
        settings.LLM_CONCURRENCY = 1
        yield


def built(stories: list[SourceMaterial]) -> Digest:
    """Build a digest with a section per story."""
    source = make.source()
    categories = [make.category(f"c{number}", names={"ko": f"분야 {number}"}) for number in range(len(stories))]
    publication = make.publication("papers", categories=categories, sources=[source])
    for story, category in zip(stories, categories, strict=True):
        item = make.item(story.title, url=story.url, summary=story.summary, published_at=NOON)
        Entry.objects.create(source=source, item=item, guid=item.url, url=item.url, title=item.title)
        Classification.objects.create(publication=publication, item=item, category=category, by="person")
    digest = build_digest(publication, DAY)
    assert digest is not None
    return digest


def emailed(digest: Digest) -> str:
    letter = send_test.compose_proof(approve_digest(digest))
    joined = join_fragments(letter, send_test.select_all_sections(letter))
    return html.unescape(joined.html) + joined.text


def answered(section: Section) -> list[str]:
    """Return all that the model said on a section, in its answer and in the mended one."""
    answers = [one["parts"] for one in section.attempts if "parts" in one]
    rows = [point["sentences"] for answer in answers for point in answer["points"]]
    rows += [answer[part] for answer in answers for part in ("themes", "trends", "impact", "outlook")]
    headlines = [point["headline"] for answer in answers for point in answer["points"]]
    return headlines + [sentence["text"] for sentences in rows for sentence in sentences]


@pytest.mark.usefixtures("model")
def test_what_a_small_model_writes_is_held_and_the_sources_speak() -> None:
    stories = [seed.items[0] for seed in seeds.read_seeds() if seed.language == "ko" and len(seed.items) == 1][:2]

    digest = built(stories)

    sections = list(digest.sections.all())
    mail, sources = emailed(digest), " ".join(f"{story.title} {story.summary}" for story in stories)
    bad = [words for section in sections for words in answered(section) if words and words not in sources]
    assert [section.origin for section in sections] == [Section.Origin.EXTRACTED] * 2
    assert all(section.tokens_in > 100 and section.tokens_out > 10 for section in sections)
    # A machine that reckons otherwise may find one answer without an end, hardly both.
    assert any(section.fallback_reason.get("code") == "writing.held" for section in sections)
    assert bad != []
    assert [words for words in bad if words in mail] == []
    assert mail.count(" · 원문 발췌") == 2  # in the first line of HTML and text
    assert [story.title for story in stories if story.title not in mail] == []

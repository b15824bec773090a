"""Each point on the web has what it rests on in a closed box, which works without a script; emails link to it."""

import datetime as dt

import pytest
from django.test import Client

from digests.models import Digest, Section
from newsletter.delivery import send_test
from newsletter.emails.joining import join_fragments
from tests import build
from tests.newsletter.site import page, rows

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 5, 22)
SUMMARY = "Reading <b>long</b> texts is slow. We propose FastThing, which reads only what matters in a text."
QUOTE = "We propose FastThing, which reads only what matters in a text."
POINT, THEME = "FastThing은 글에서 중요한 부분만 읽습니다.", "덜 읽는 방법을 다룹니다."


def proven(slug: str = "llm") -> Digest:
    """Return a draft digest of one section with evidence, and a second item without a point."""
    publication = rows.publication()
    first = build.item("FastThing: Reading Less", summary=SUMMARY, language="en")
    second = build.item("Another Paper")
    digest = build.digest(publication, date=DAY, title="호", state=Digest.State.IN_REVIEW)
    category = publication.categories.get(slug=slug)
    text = (
        f"### 주요 주제\n\n{THEME}\n\n### 핵심 내용\n\n1. **[FastThing, 덜 읽기]({first.url})** — {POINT}\n"
        f"2. **[{second.title}]({second.url})**"
    )
    passages = [{"number": 1, "quote": QUOTE}]
    evidence = [
        {
            "part": "themes",
            "number": 0,
            "text": THEME,
            "passages": passages,
            "verdict": "supported",
            "checked_by": "m-1",
        },
        {"part": "points", "number": 1, "text": POINT, "passages": passages},
    ]
    build.section(digest, category, items=[first, second], text=text, origin=Section.Origin.MODEL, evidence=evidence)
    return digest


def shown(client: Client, digest: Digest) -> bytes:
    build.approve_unchecked(digest)
    from newsletter.delivery import audience  # noqa: PLC0415 - only here

    audience.open_mailings()
    from django.utils import timezone  # noqa: PLC0415 - only here

    from newsletter.models import Mailing  # noqa: PLC0415 - only here

    Mailing.objects.update(planned_at=timezone.now())
    return client.get("/papers/2026-05-22/", headers={"Accept-Language": "en"}).content


def test_a_point_has_its_evidence_in_a_closed_box(client):
    content = shown(client, proven())

    assert page.values(content, ".prose ol > li", "id") == ["llm-1", "llm-2"]
    assert page.texts(content, "#llm-1 > .tools > details > summary") == ["Evidence"]
    assert page.texts(content, "#llm-1 blockquote") == [f"{QUOTE} FastThing: Reading Less"]
    assert page.values(content, "#llm-1 blockquote", "lang") == ["en"]
    assert page.texts(content, "#llm-1 p.quiet") == ["Checked by rules"]
    assert page.texts(content, "#llm-2 details") == []


def test_the_other_parts_have_theirs_behind_the_section(client):
    content = shown(client, proven())

    assert page.texts(content, ".prose > details.evidence p.quiet") == ["Checked by rules and by m-1"]


def test_what_an_editor_wrote_says_so(client):
    digest = proven()
    digest.sections.update(text=digest.sections.get().text.replace("중요한", "사소한"))

    assert page.texts(shown(client, digest), "#llm-1 p.quiet") == ["Written by an editor"]


def test_an_imported_report_has_none(client):
    digest = proven()
    digest.sections.update(origin=Section.Origin.IMPORTED)

    assert page.texts(shown(client, digest), "details.evidence") == []


def test_hostile_passages_stay_words(client):
    digest = proven()
    section = digest.sections.get()
    section.evidence[1]["passages"] = [{"number": 1, "quote": "Reading <b>long</b> texts is slow."}]
    section.save()

    assert b"Reading &lt;b&gt;long&lt;/b&gt; texts is slow." in shown(client, digest)


def test_each_point_of_an_email_links_to_its_evidence(settings):
    settings.SITE_URL = "https://news.example"
    letter = send_test.compose_proof(proven())
    content = join_fragments(letter, 1).html.encode()

    assert page.texts(content, '.item a[href="https://news.example/papers/2026-05-22/#llm-1"]') == ["근거"]
    assert page.texts(content, 'a[href$="#llm-2"]') == []


def test_each_item_has_its_place_and_a_link_to_it(client):
    content = shown(client, proven())

    assert page.texts(content, ".prose li > .original") == ["FastThing: Reading Less"]
    assert page.values(content, ".prose li > .original", "lang") == ["en"]
    assert page.values(content, "a.share", "href") == ["#llm-1", "#llm-2"]
    assert page.texts(content, "ul.sources li") == []


def test_an_item_that_the_text_does_not_name_has_its_place_in_a_list(client):
    digest = proven()
    digest.sections.update(text="### 주요 주제\n\n덜 읽는 방법.")
    content = shown(client, digest)

    assert page.values(content, "ul.sources li", "id") == ["llm-1", "llm-2"]
    assert page.texts(content, "ul.sources li > a:first-child") == ["FastThing: Reading Less", "Another Paper"]


def test_an_address_that_stands_twice_has_its_place_once(client):
    digest = proven()
    section = digest.sections.get()
    url = section.items.all()[0].url
    section.items.update(url=url)
    digest.sections.update(text=f"### 핵심 내용\n\n1. **[하나]({url})** — 글.\n2. **[둘]({url})** — 글.")
    content = shown(client, digest)

    assert sorted(page.values(content, "li[id]", "id")) == ["llm-1", "llm-2"]
    assert page.values(content, ".prose li[id]", "id") == ["llm-1"]

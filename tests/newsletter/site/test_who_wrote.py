"""Pages, data and feeds say who wrote and approved an issue, and never that a person did what a rule did."""

import datetime as dt
import json
import re
from typing import Any

import feedparser
import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from lxml import html

from digests.models import Digest, Publication, Revision, Section
from digests.review.approve import fingerprint_digest
from newsletter.models import Mailing
from tests import build
from tests.newsletter.site import page, rows

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 5, 22)
AT = dt.datetime(2026, 5, 21, 22, 41, tzinfo=dt.UTC)  # 7:41 on 22 May in Seoul
CREATED = "https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE = "https://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
A_PERSON = re.compile(r"editor (?:approved|approves)|approved by an editor|김하나|편집자가[^.]*승인|편집자의 승인")
A_RULE = re.compile(r"automatically|자동으로 승인")
A_MODEL = re.compile(r"AI model|AI 모델")


def _sent(day: dt.date = DAY, *, model: str = "gpt-4o-mini", **fields: Any) -> Digest:
    """Return a public issue of the sections llm and vision, whose texts a model wrote unless it has no name."""
    publication = Publication.objects.filter(slug="papers").first() or rows.publication()
    digest = rows.draft(publication, day)
    if model:
        digest.sections.update(origin=Section.Origin.MODEL, model=model)
    hashed = {"approved_hash": fingerprint_digest(digest), "approved_at": AT, "state": Digest.State.APPROVED}
    Digest.objects.filter(pk=digest.pk).update(**hashed | fields)
    Mailing.objects.create(digest=digest, subject="s", planned_at=AT)
    digest.refresh_from_db()
    return digest


def _person() -> User:
    return User.objects.create(username="hana@example.org", first_name="하나", last_name="김")


def _data(client: Client, address: str = "/papers/2026-05-22/") -> dict[str, Any]:
    found = html.fromstring(client.get(address, headers={"Accept-Language": "en"}).content.decode())
    (script,) = found.cssselect('script[type="application/ld+json"]')
    return dict(json.loads(str(script.text)))


def _all_texts(client: Client) -> str:
    """Return all that readers and programs are given: pages in both languages, and feeds."""
    pages = ("/", "/papers/", "/papers/2026-05-22/", "/papers/archive/", "/about/", "/privacy/")
    cache.clear()
    found = [
        client.get(address, headers={"Accept-Language": language}).content.decode()
        for address in (*pages, "/papers/feed.xml", "/papers/llm/feed.xml")
        for language in ("ko", "en")
    ]
    return "\n".join(found)


def _sent_lately(**fields: Any) -> Digest:
    return _sent(timezone.localdate(timezone.now(), dt.UTC) - dt.timedelta(days=3), **fields)


def test_page_says_per_section_and_at_its_end_who_wrote_it(client: Client) -> None:
    digest = _sent(approved_by=_person())
    digest.sections.filter(category__slug="vision").update(origin=Section.Origin.EXTRACTED, model="")
    Digest.objects.update(approved_hash=fingerprint_digest(digest))
    content = client.get("/papers/2026-05-22/", headers={"Accept-Language": "en"}).content

    assert page.texts(content, "section.section > p.quiet") == [
        "1 item · Written by an AI model (gpt-4o-mini) · Checked by rules",
        "1 item · Excerpts from the sources",
    ]
    assert page.texts(content, ".issue-end > p.quiet") == [
        (
            "In this issue: 1 section by an AI model (gpt-4o-mini), 1 section of excerpts from the sources. "
            "The AI model’s text was checked against the sources by rules. "
            "An editor approved this issue on May 22 at 7:41 am."
        )
    ]


def test_data_describes_the_issue_and_its_sections(client: Client) -> None:
    _sent(approved_by=_person(), released_at=AT + dt.timedelta(minutes=19))
    data = _data(client)
    sections = data.pop("hasPart")

    assert data == {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": "http://localhost:8000/papers/2026-05-22/",
        "url": "http://localhost:8000/papers/2026-05-22/",
        "headline": "Issue of 2026-05-22",
        "datePublished": "2026-05-22T08:00:00+09:00",
        "inLanguage": "ko",
        "isPartOf": {"@type": "Periodical", "name": "Papers", "url": "http://localhost:8000/papers/"},
        "author": {"@type": "Organization", "name": "Papers"},
        "publisher": {"@type": "Organization", "name": "Daily Insights", "url": "http://localhost:8000"},
        "creditText": "An AI model (gpt-4o-mini) wrote the summaries, and they were checked against the sources by rules. "
        "An editor approved this issue on May 22 at 7:41 am.",
        "digitalSourceType": CREATED,
    }
    assert sections[0] == {
        "@type": "CreativeWork",
        "name": "llm 분야",
        "url": "http://localhost:8000/papers/2026-05-22/#llm",
        "creditText": "Written by an AI model (gpt-4o-mini) · Checked by rules",
        "digitalSourceType": CREATED,
    }


def test_data_names_the_editor_where_the_newsletter_does(client: Client) -> None:
    _sent(approved_by=_person())
    Publication.objects.update(approver_shown=Publication.ApproverShown.NAME)

    assert _data(client)["editor"] == {"@type": "Person", "name": "김하나"}


def test_data_has_a_source_type_only_where_a_model_wrote(client: Client) -> None:
    digest = _sent()
    llm, _vision = digest.sections.order_by("position")
    Revision.objects.create(
        digest=digest, section=llm, what=Revision.What.TEXT, before="What the model wrote", after=""
    )
    whole, parts = _data(client), _data(client)["hasPart"]
    assert [one["digitalSourceType"] for one in (whole, *parts)] == [COMPOSITE, COMPOSITE, CREATED]

    digest.sections.update(origin=Section.Origin.EXTRACTED, model="")
    Digest.objects.update(approved_hash=fingerprint_digest(digest))
    assert "digitalSourceType" not in json.dumps(_data(client))


def test_data_of_hostile_words_ends_nothing(client: Client) -> None:
    digest = build.digest(rows.publication(), date=DAY, imported=True, title="</script><script>alert(1)</script>&amp;")
    build.section(digest, digest.publication.categories.get(slug="llm"), origin=Section.Origin.IMPORTED)

    assert _data(client)["headline"] == "</script><script>alert(1)</script>&amp;"


def test_feed_says_who_wrote_and_approved(client: Client) -> None:
    _sent(approved_by=_person())
    build.publication("empty")

    feed = feedparser.parse(client.get("/papers/feed.xml").content)

    assert (feed.feed.author, feed.feed.generator) == ("Papers", "Daily Insights")
    assert [one.name for one in feed.entries[0].authors] == ["Papers", "AI 모델(gpt-4o-mini)"]
    said = "요약은 AI 모델(gpt-4o-mini)이 쓰고 규칙으로 원문과 대조했습니다. 편집자가 5월 22일 오전 7시 41분에 승인했습니다."
    assert feed.entries[0].rights == f"{said} 원문의 권리는 저자와 발행처에 있습니다."
    assert feed.feed.rights == "원문의 권리는 저자와 발행처에 있습니다."
    assert feed.entries[0].content[0].value.endswith(f"<p><small>{said}</small></p>")


def test_feed_names_the_approver_as_soon_as_the_newsletter_does(client: Client) -> None:
    _sent(approved_by=_person())
    assert "김하나" not in client.get("/papers/feed.xml").content.decode()

    Publication.objects.update(approver_shown=Publication.ApproverShown.NAME)
    assert "김하나 편집자가" in client.get("/papers/feed.xml").content.decode()


@pytest.mark.parametrize("rule", ["clean", "deadline", ""])
def test_nothing_says_that_a_person_approved_what_a_rule_did(client: Client, rule: str) -> None:
    _sent(approved_by_clock=True, approval_rule=rule)
    _sent_lately(approved_by_clock=True, approval_rule=rule)
    Publication.objects.update(approver_shown=Publication.ApproverShown.NAME)
    said = _all_texts(client)

    assert A_PERSON.findall(said) == []
    assert A_RULE.search(said)
    assert A_MODEL.search(said)


def test_nothing_says_that_a_rule_approved_what_a_person_did(client: Client) -> None:
    person = _person()
    _sent(approved_by=person)
    _sent_lately(approved_by=person)
    said = _all_texts(client)

    assert A_RULE.findall(said) == []
    assert A_PERSON.search(said)


def test_an_imported_issue_claims_nothing(client: Client) -> None:
    digest = build.digest(rows.publication(), date=DAY, imported=True, title="Papers of old")
    build.section(digest, digest.publication.categories.get(slug="llm"), origin=Section.Origin.IMPORTED)
    content = client.get("/papers/2026-05-22/", headers={"Accept-Language": "en"}).content

    assert page.texts(content, "section.section > p.quiet") == ["1 item · Earlier report"]
    assert page.texts(content, ".issue-end > p.quiet") == ["This issue was imported from an earlier report."]
    whole = content.decode() + client.get("/papers/feed.xml").content.decode()
    assert [pattern.findall(whole) for pattern in (A_PERSON, A_RULE, A_MODEL)] == [[], [], []]


def test_about_and_privacy_count_the_last_30_days(client: Client) -> None:
    first = _sent_lately(approved_by=_person())
    vision = first.sections.get(category__slug="vision")
    Revision.objects.create(
        digest=first, section=vision, what=Revision.What.TEXT, before="As the model wrote", after=""
    )
    _sent(first.date - dt.timedelta(days=1), model="", approved_by_clock=True, approval_rule="deadline")
    _sent(first.date - dt.timedelta(days=40), model="old-model")
    _sent(first.date - dt.timedelta(days=2), model="imported-model", imported=True)
    about, privacy = (client.get(one, headers={"Accept-Language": "en"}).content for one in ("/about/", "/privacy/"))

    assert page.texts(about, ".written-lately li") == [
        "1 section by an AI model (gpt-4o-mini)",
        "1 section by an AI model (gpt-4o-mini), edited by an editor",
        "2 sections of excerpts from the sources",
        "1 issue approved by an editor",
        "1 issue approved automatically at the deadline, only its sections without problems",
    ]
    assert "AI models that wrote for us in the last 30 days: gpt-4o-mini." in " ".join(page.texts(privacy, "p"))


def test_about_and_privacy_without_an_issue_promise_nothing(client: Client) -> None:
    rows.publication()
    about, privacy = (client.get(one, headers={"Accept-Language": "en"}).content for one in ("/about/", "/privacy/"))

    assert "No issue was sent in the last 30 days." in " ".join(page.texts(about, "p"))
    assert "No AI model wrote for us in the last 30 days." in " ".join(page.texts(privacy, "p"))

"""Joined messages: exactly the chosen sections, own links, right headers."""

import datetime as dt
import email
import email.policy
import random
import re
from email.message import EmailMessage

import pytest
from django.utils import timezone

from digests.approve import approve
from digests.models import Digest, Section
from newsletter import compose, message, outbox
from newsletter.models import Delivery, Mailing
from newsletter.tokens import leave_url, manage_url
from tests import build

pytestmark = pytest.mark.django_db

WORDS = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett", "kilo", "lima"]


@pytest.fixture
def mailing() -> Mailing:
    """Return a planned-to-be mailing of 12 sections; each says its own unmistakable word everywhere it can."""
    categories = [build.category(word, names={"ko": f"분야{word}", "en": word}) for word in WORDS]
    publication = build.publication("papers", categories=categories, name="Daily Insights: Papers")
    digest = build.digest(publication, state=Digest.State.IN_REVIEW, title="Daily Insights: Papers (2026-05-22)")
    for category in categories:
        one = build.item(f"A paper about {category.slug}", url=f"https://example.org/{category.slug}")
        text = f"### 주요 주제\n\n본문{category.slug} 입니다.\n\n### 핵심 내용\n\n1. **[{one.title}]({one.url})** — 요점{category.slug}"
        build.section(digest, category, items=[one], text=text)
    approve(digest)
    (made,) = outbox.open_mailings()
    compose.store(made)
    return Mailing.objects.select_related("digest__publication").get(pk=made.pk)


def parsed(built: object) -> EmailMessage:
    raw = built.message().as_bytes()  # type: ignore[attr-defined]
    return email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[return-value]


def words_in(text: str) -> set[str]:
    return {word for word in WORDS if re.search(rf"(분야|본문|요점|about |/|#){word}\b", text)}


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content())


def test_a_message_holds_exactly_the_chosen_categories_for_200_random_sets(mailing, rf):
    chance = random.Random(20260522)
    publication = mailing.digest.publication
    categories = {category.slug: category for category in publication.categories.all()}
    sets = {tuple(sorted(chance.sample(WORDS, chance.randint(1, 12)))) for _ in range(260)}
    chosen = {
        build.subscription(publication, [categories[w] for w in words]).subscriber_id: set(words) for words in sets
    }
    outbox.plan(mailing)
    letter = message.load(mailing)

    claimed = outbox.claim(mailing, limit=1000)
    read = {c.subscriber_id: parsed(message.build(letter, c)) for c in claimed}

    assert len(sets) >= 200
    assert {reader: words_in(body(mail, "html")) for reader, mail in read.items()} == chosen
    assert {reader: words_in(body(mail, "plain")) for reader, mail in read.items()} == chosen
    by_bits = {
        delivery.subscriber_id: set(
            Section.objects.filter(
                digest=mailing.digest, position__in=[p for p in range(12) if delivery.sections >> p & 1]
            ).values_list("category__slug", flat=True)
        )
        for delivery in Delivery.objects.filter(mailing=mailing)
    }
    assert by_bits == chosen


@pytest.fixture
def claimed(mailing) -> outbox.Claimed:
    publication = mailing.digest.publication
    build.subscription(
        publication, list(publication.categories.all()[:2]), subscriber_=build.subscriber("reader@example.org")
    )
    outbox.plan(mailing)
    (one,) = outbox.claim(mailing, limit=1)
    return one


def test_headers_let_a_mail_program_leave_by_one_click(mailing, claimed, settings):
    settings.UNSUBSCRIBE_MAILTO = "leave@news.example"
    settings.FROM_EMAIL = "news@news.example"

    mail = parsed(message.build(message.load(mailing), claimed))

    leave = leave_url(claimed.subscription_id, claimed.link_key)
    assert mail["List-Unsubscribe"] == f"<{leave}>, <mailto:leave@news.example>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "<papers.news.example>"
    assert mail["From"] == '"Daily Insights: Papers" <news@news.example>'
    assert mail["To"] == "reader@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_links_are_the_readers_own_and_no_mark_is_left(mailing, claimed):
    mail = parsed(message.build(message.load(mailing), claimed))

    for kind in ("html", "plain"):
        text = body(mail, kind)
        assert text.count(manage_url(claimed.subscription_id, claimed.link_key)) >= 1
        assert text.count(leave_url(claimed.subscription_id, claimed.link_key)) >= 1
        assert mailing.approved_hash[:16] not in text


def test_the_preheader_names_the_readers_own_categories(mailing, claimed):
    first_words = body(parsed(message.build(message.load(mailing), claimed)), "html").partition("<body")[2][:1500]

    assert [word for word in WORDS if f"분야{word}" in first_words] == ["alpha", "bravo"]


def test_the_message_id_is_the_same_at_every_attempt_and_no_other_pairs(mailing, claimed):
    letter = message.load(mailing)

    first, second = (parsed(message.build(letter, claimed))["Message-ID"] for _ in range(2))

    assert first == second == message.message_id(mailing.pk, claimed.subscriber_id)
    assert len({message.message_id(m, s) for m in range(20) for s in range(20)}) == 400


def test_a_publication_name_cannot_break_out_of_the_from_header(settings):
    settings.FROM_EMAIL = "news@news.example"

    assert message.sender('Bad" <evil@x.example>\r\nBcc: all') == '"Bad <evil@x.example>Bcc: all" <news@news.example>'


def test_every_line_of_a_message_is_short_enough_for_smtp(mailing, claimed):
    raw = message.build(message.load(mailing), claimed).message().as_bytes()

    assert max(len(line) for line in raw.splitlines()) < 998


@pytest.mark.parametrize("sections", [1, 2])
def test_joining_takes_no_query(mailing, claimed, sections, django_assert_num_queries):
    letter = message.load(mailing)
    letter.mailing.digest.publication  # noqa: B018 - loaded with the mailing

    with django_assert_num_queries(0):
        message.build(letter, claimed)


def test_a_composed_mailing_keeps_its_moment(mailing):
    assert mailing.composed_at is not None
    assert timezone.now() - mailing.composed_at < dt.timedelta(minutes=1)

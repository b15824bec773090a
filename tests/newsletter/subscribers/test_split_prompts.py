"""Readers of a divided category: what they get until they answer, which emails have the question, what an answer changes."""

import datetime as dt

import pytest

from digests.models import Category, Digest
from digests.review.approve import approve_digest
from newsletter.delivery import audience, mailing_lifecycle, queue, send_test
from newsletter.emails import compose, joining, message
from newsletter.models import Delivery, Mailing, SignupRequest, SplitPrompt, Subscription
from newsletter.subscribers import consent, links, split_prompts
from newsletter.subscribers.category_split import split_category
from newsletter.transport import wire_format
from tests import build

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 5, 22)


@pytest.fixture
def publication():
    return build.publication("papers", categories=[build.category("robots"), build.category("other")], language="en")


@pytest.fixture
def reader(publication):
    return build.subscription(publication, [Category.objects.get(slug="robots")])


def divide(*, keep: bool = False, slugs: tuple[str, ...] = ("arms", "legs")):
    parts = [Category(slug=slug, names={"en": slug.title()}, emoji="") for slug in slugs]
    return split_category(Category.objects.get(slug="robots"), parts, keep=keep)


def slugs(subscription: Subscription) -> list[str]:
    return sorted(category.slug for category in subscription.categories.all())


def mailing_of(publication, *, day: dt.date = DAY, slugs: tuple[str, ...] = ("arms", "other")) -> Mailing:
    """Return a planned mailing whose digest has a section per category."""
    digest = build.digest(publication, date=day, state=Digest.State.IN_REVIEW)
    for slug in slugs:
        build.section(digest, Category.objects.get(slug=slug), text=f"This is what is new about {slug} today.")
    approve_digest(digest)
    audience.open_mailings()
    mailing = Mailing.objects.select_related("digest__publication").get(digest=digest)
    compose.store_fragments(mailing)
    audience.plan_deliveries(mailing)
    return mailing


def bits(mailing: Mailing) -> dict[int, int]:
    return dict(mailing.deliveries.values_list("subscriber", "sections"))


def accept(mailing: Mailing) -> None:
    mailing.deliveries.update(state=Delivery.State.ACCEPTED)
    queue.finish_mailing(mailing)


# What they get


def test_note_goes_to_those_who_are_asked_and_to_nobody_else(publication, reader):
    other = build.subscription(publication, [Category.objects.get(slug="other")])
    divide()
    mailing = mailing_of(publication)

    assert bits(mailing) == {reader.subscriber_id: 1 + (1 << split_prompts.SPLIT_PROMPT_BIT), other.subscriber_id: 2}
    letter = joining.load_mailing_fragments(mailing)
    sentence = f"We’ve split “{Category.objects.get(slug='robots').name('en')}” into Arms and Legs."
    has_note = {
        who: [
            sentence in part
            for part in (joining.join_fragments(letter, bit).html, joining.join_fragments(letter, bit).text)
        ]
        for who, bit in bits(mailing).items()
    }
    assert has_note == {reader.subscriber_id: [True, True], other.subscriber_id: [False, False]}


def test_note_leads_to_the_readers_own_page(publication, reader):
    divide()
    mailing = mailing_of(publication)
    (claimed,) = queue.claim_deliveries(mailing, limit=9)
    letter = joining.load_mailing_fragments(mailing)

    text = str(message.build_message(letter, claimed).body)
    own = f"Choose your categories: http://localhost:8000/m/{links.make_token('manage', reader.pk, claimed.link_key)}/"
    assert text.count(own) == 1
    assert (
        wire_format.encode_delivery(wire_format.WireEncoder(letter, eight_bit=True), claimed).content.count(
            own.encode()
        )
        == 1
    )


def test_digest_of_before_the_split_still_reaches_its_readers(publication, reader):
    divide()

    assert bits(mailing_of(publication, slugs=("robots", "other"))) == {
        reader.subscriber_id: 1 + (1 << split_prompts.SPLIT_PROMPT_BIT)
    }


def test_note_is_shown_at_most_three_times(publication, reader):
    divide()
    shown = []
    for n in range(4):
        mailing = mailing_of(publication, day=DAY + dt.timedelta(days=n))
        shown.append(bits(mailing)[reader.subscriber_id] >> split_prompts.SPLIT_PROMPT_BIT)
        accept(mailing)

    assert (shown, slugs(reader)) == ([1, 1, 1, 0], ["arms", "legs", "robots"])


def test_note_that_did_not_arrive_does_not_count(publication, reader):
    divide()
    mailing = mailing_of(publication)
    mailing.deliveries.update(state=Delivery.State.FAILED)
    queue.finish_mailing(mailing)

    assert SplitPrompt.objects.get().accepted_emails == 0


def test_note_counts_once_for_a_mailing_that_goes_on_after_its_end(publication, reader):
    divide()
    mailing = mailing_of(publication)
    accept(mailing)
    Mailing.objects.update(state=Mailing.State.SENDING)
    mailing.refresh_from_db()
    queue.finish_mailing(mailing)

    assert SplitPrompt.objects.get().accepted_emails == 1


def test_note_counts_where_a_person_ends_the_mailing(publication, reader):
    divide()
    mailing = mailing_of(publication)
    mailing.deliveries.update(state=Delivery.State.ACCEPTED)
    mailing_lifecycle.end_mailing(mailing)
    queue.finish_mailing(mailing)

    assert SplitPrompt.objects.get().accepted_emails == 1


def test_email_without_a_split_is_as_it_was(publication, reader):
    mailing = mailing_of(publication, slugs=("robots",))

    assert (bits(mailing), mailing.fragments.filter(kind="note").count()) == ({reader.subscriber_id: 1}, 0)


def test_preview_of_an_asked_reader_has_the_note(publication, reader):
    divide()
    digest = build.digest(publication, state=Digest.State.IN_REVIEW)
    build.section(digest, Category.objects.get(slug="arms"))
    letter = send_test.compose_proof(digest)

    assert (
        send_test.select_reader_sections(letter, reader)
        == send_test.select_all_sections(letter)
        == 1 + (1 << split_prompts.SPLIT_PROMPT_BIT)
    )


# What an answer changes


def test_answer_keeps_what_was_ticked(publication, reader):
    made = divide()

    consent.choose_categories(reader.subscriber, publication, ["arms"], ip=None, seen=[made.pk])

    # The old category stays beside it: a digest in review may still have a section of it.
    assert (slugs(reader), SplitPrompt.objects.count()) == (["arms", "robots"], 0)


def test_answer_that_gives_up_all_parts_gives_up_the_old_one(publication, reader):
    made = divide()

    consent.choose_categories(reader.subscriber, publication, ["other"], ip=None, seen=[made.pk])

    assert (slugs(reader), SplitPrompt.objects.count()) == (["other"], 0)


@pytest.mark.parametrize("keep", [False, True])
def test_page_of_before_the_split_means_all_parts_and_is_no_answer(publication, reader, keep):
    divide(keep=keep)

    consent.choose_categories(reader.subscriber, publication, ["robots", "other"], ip=None)

    assert (slugs(reader), SplitPrompt.objects.count()) == (["arms", "legs", "other", "robots"], 1)


@pytest.mark.parametrize("keep", [False, True])
def test_page_of_before_the_split_may_give_all_of_it_up(publication, reader, keep):
    divide(keep=keep)

    consent.choose_categories(reader.subscriber, publication, ["other"], ip=None)

    assert (slugs(reader), SplitPrompt.objects.count()) == (["other"], 0)


def test_answer_may_keep_the_narrower_one_alone(publication, reader):
    made = divide(keep=True, slugs=("arms",))

    consent.choose_categories(reader.subscriber, publication, ["robots"], ip=None, seen=[made.pk])

    assert (slugs(reader), SplitPrompt.objects.count()) == (["robots"], 0)


def test_link_of_an_earlier_email_drops_all_parts_and_brings_them_back(publication, reader):
    old = Category.objects.get(slug="robots")
    reader.categories.add(Category.objects.get(slug="other"))
    divide()

    consent.unsubscribe_from_category(reader, old)
    assert (slugs(reader), SplitPrompt.objects.count()) == (["other"], 0)

    consent.undo_unsubscribe(reader, old)
    assert slugs(reader) == ["arms", "legs", "other"]


def test_sign_up_of_before_the_split_gets_all_parts(publication):
    note = consent.record_sign_up(
        email="new@example.org", publication=publication, categories=["robots"], language="en"
    )
    divide()

    subscription = consent.process_sign_up(SignupRequest.objects.get(pk=note.pk))

    assert subscription is not None
    assert slugs(subscription) == ["arms", "legs"]


def test_part_of_a_part_is_meant_too(publication):
    divide()
    arms = Category.objects.get(slug="arms")
    split_category(arms, [Category(slug=slug, names={"en": slug}) for slug in ("left", "right")], keep=False)

    assert sorted(one.slug for one in split_prompts.resolve_categories(publication, ["robots"])) == [
        "left",
        "legs",
        "right",
    ]

"""Messages: exactly the chosen sections, the reader's own links, and the headers."""

import datetime as dt
import email
import email.policy
import re
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from django.utils import timezone

from digests.models import Section
from newsletter.delivery import audience, queue
from newsletter.emails import joining, message
from newsletter.models import Delivery, Mailing, deliveries
from newsletter.subscribers import unsubscribe_addresses
from newsletter.subscribers.links import make_manage_url, make_unsubscribe_url
from tests import build
from tests.newsletter import sample_mailing

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailing() -> Mailing:
    return sample_mailing.compose_mailing()


def parsed(built: object) -> EmailMessage:
    raw = built.message().as_bytes()  # type: ignore[attr-defined]
    return email.message_from_bytes(raw, policy=email.policy.default)


def words_in(text: str) -> set[str]:
    return {word for word in sample_mailing.CATEGORY_WORDS if re.search(rf"(분야|본문|요점|about |/|#){word}\b", text)}


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content())


def test_a_message_holds_exactly_the_chosen_categories_for_over_200_random_sets(mailing):
    chosen = sample_mailing.subscribe_random_sets(mailing, 300)
    audience.plan_deliveries(mailing)
    letter = joining.load_mailing_fragments(mailing)

    claimed = queue.claim_deliveries(mailing, limit=1000)
    read = {c.subscriber_id: parsed(message.build_message(letter, c)) for c in claimed}

    assert len({frozenset(words) for words in chosen.values()}) >= 200
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


def test_every_section_offers_to_stop_it_alone(mailing):
    chosen = sample_mailing.subscribe_random_sets(mailing, 20)
    audience.plan_deliveries(mailing)
    letter = joining.load_mailing_fragments(mailing)

    for claimed in queue.claim_deliveries(mailing, limit=1000):
        mail = parsed(message.build_message(letter, claimed))
        leave = re.escape(make_unsubscribe_url(claimed.subscription_id, claimed.link_key))
        for kind in ("html", "plain"):
            assert set(re.findall(rf"{leave}/([\w-]+)", body(mail, kind))) == chosen[claimed.subscriber_id]


@pytest.fixture
def claimed(mailing) -> deliveries.ClaimedDelivery:
    publication = mailing.digest.publication
    build.subscription(
        publication, list(publication.categories.all()[:2]), subscriber_=build.subscriber("reader@example.org")
    )
    audience.plan_deliveries(mailing)
    (one,) = queue.claim_deliveries(mailing, limit=1)
    return one


def test_headers_let_a_mail_program_leave_by_one_click(mailing, claimed, settings):
    settings.UNSUBSCRIBE_MAILTO = "leave@news.example"
    settings.FROM_EMAIL = "news@news.example"

    mail = parsed(message.build_message(joining.load_mailing_fragments(mailing), claimed))

    leave = make_unsubscribe_url(claimed.subscription_id, claimed.link_key)
    address = unsubscribe_addresses.get_unsubscribe_address_maker()(claimed.subscription_id, claimed.link_key)
    assert mail["List-Unsubscribe"] == f"<{leave}>, <mailto:{address}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Id"] == "<papers.news.example>"
    assert mail["From"] == '"Daily Insights: Papers" <news@news.example>'
    assert mail["To"] == "reader@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]


def test_links_are_the_readers_own_and_no_mark_is_left(mailing, claimed):
    mail = parsed(message.build_message(joining.load_mailing_fragments(mailing), claimed))

    for kind in ("html", "plain"):
        text = body(mail, kind)
        assert text.count(make_manage_url(claimed.subscription_id, claimed.link_key)) >= 1
        assert text.count(make_unsubscribe_url(claimed.subscription_id, claimed.link_key)) >= 1
        assert mailing.approved_hash[:16] not in text


def test_subject_and_preheader_name_the_readers_own_papers(mailing, claimed):
    mail = parsed(message.build_message(joining.load_mailing_fragments(mailing), claimed))
    first_words = body(mail, "html").partition("<body")[2][:1500]

    assert mail["Subject"] == "A paper about alpha 외 1편"
    assert [word for word in sample_mailing.CATEGORY_WORDS if f"about {word}" in first_words] == ["bravo"]


def test_the_message_id_is_the_same_at_every_attempt_and_no_other_pairs(mailing, claimed):
    letter = joining.load_mailing_fragments(mailing)

    first, second = (parsed(message.build_message(letter, claimed))["Message-ID"] for _ in range(2))

    assert first == second == message.make_message_id(mailing.pk, claimed.subscriber_id)
    assert len({message.make_message_id(m, s) for m in range(20) for s in range(20)}) == 400


def test_a_publication_name_cannot_break_out_of_the_from_header(settings):
    settings.FROM_EMAIL = "news@news.example"

    assert (
        message.make_from_header('Bad" <evil@x.example>\r\nBcc: all')
        == '"Bad <evil@x.example>Bcc: all" <news@news.example>'
    )


@pytest.mark.parametrize(("short_name", "sender"), [("AI 논문", "AI 논문"), ("", "Papers")])
def test_sender_is_the_short_name_of_the_publication(mailing, claimed, settings, short_name, sender):
    settings.FROM_EMAIL = "news@news.example"
    publication = mailing.digest.publication
    publication.name, publication.short_name = "Papers", short_name

    made = parsed(message.build_message(joining.load_mailing_fragments(mailing), claimed))

    assert [(one.display_name, one.addr_spec) for one in made["From"].addresses] == [(sender, "news@news.example")]


def test_every_line_of_a_message_is_short_enough_for_smtp(mailing, claimed):
    raw = message.build_message(joining.load_mailing_fragments(mailing), claimed).message().as_bytes()

    assert max(len(line) for line in raw.splitlines()) < 998


@pytest.mark.parametrize("sections", [1, 2])
def test_joining_takes_no_query(mailing, claimed, sections, django_assert_num_queries):
    letter = joining.load_mailing_fragments(mailing)
    letter.mailing.digest.publication  # noqa: B018 - loaded with the mailing

    with django_assert_num_queries(0):
        message.build_message(letter, claimed)


def test_a_composed_mailing_keeps_its_moment(mailing):
    assert mailing.composed_at is not None
    assert timezone.now() - mailing.composed_at < dt.timedelta(minutes=1)


KOREAN = "[오늘의 AI] 가나다라마바사아자차카타파하가나다라마바사아자차카타파하"
FRENCH = "L’actualité de l’intelligence artificielle à l’été : résumé général de la journée à Genève"


@pytest.mark.parametrize("subject", [KOREAN, FRENCH, "한" * 200, "é" * 200, "🧪" * 60, "aé" * 90])
def test_encoded_words_are_at_most_75_letters_and_say_the_same(subject: str) -> None:
    made = message.OutgoingMail(
        subject,
        "",
        f'"{subject[:90]}" <news@example.org>',
        ["me@example.org"],
        reply_to=[f'"{subject[:20]}" <d@example.org>'],
    )
    raw = made.message().as_bytes()
    head = raw.partition(b"\n\n")[0].decode("ascii")

    assert [word for word in re.findall(r"=\?\S+\?=", head) if len(word) > 75] == []
    assert [line for line in head.split("\n") if "=?" in line and len(line) > 76] == []
    read = email.message_from_bytes(raw)
    decoded = {name: str(make_header(decode_header(read[name]))) for name in ("Subject", "From", "Reply-To")}
    assert decoded == {
        "Subject": subject,
        "From": f"{subject[:90]} <news@example.org>",
        "Reply-To": f"{subject[:20]} <d@example.org>",
    }


def test_headers_of_plain_letters_stay_as_they_are() -> None:
    made = message.OutgoingMail(
        "Plain", "", '"A, B" <news@example.org>', ["me@example.org"], reply_to=["d@example.org"]
    ).message()

    assert (made["Subject"], made["From"], made["Reply-To"]) == ("Plain", '"A, B" <news@example.org>', "d@example.org")

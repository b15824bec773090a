"""A preview shows the email that readers get, and a test send is marked and never counted."""

import pytest

from digests.review.approve import approve_digest
from newsletter.delivery import dispatch, send_test
from newsletter.emails import joining, message
from newsletter.models import Delivery, Mailing
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def digest():
    categories = [build.category() for _ in range(3)]
    made = build.digest(
        build.publication(categories=categories), state="in_review", title="Daily", subject="Daily", chart=b"\x89PNG"
    )
    for category in categories:
        build.section(made, category)
    return made


def _categories(digest) -> list[int]:
    return list(digest.sections.values_list("category", flat=True))


def test_proof_is_the_email_that_readers_get(digest):
    letter = send_test.compose_proof(digest)
    one = message.build_message(letter, send_test._make_claim_for_nobody(0b101, "a@example.org"))
    approve_digest(digest)
    build.subscription(digest.publication, [digest.sections.get(position=p).category for p in (0, 2)])
    Mailing.objects.create(digest=digest, subject="Daily", approved_hash=digest.approved_hash)
    dispatch.begin_due_mailings()
    real = joining.join_fragments(joining.load_mailing_fragments(Mailing.objects.get()), 0b101).html

    assert Delivery.objects.get().sections == 0b101
    assert len(str(one.alternatives[0][0])) > len(real) / 2
    for position in range(3):
        heading = digest.sections.get(position=position).heading
        assert str(one.alternatives[0][0]).count(heading) == real.count(heading)


def test_bits_are_those_of_the_chosen_categories(digest):
    letter = send_test.compose_proof(digest)
    first, second, third = _categories(digest)

    assert [send_test.select_sections(letter, chosen) for chosen in ([first], [second, third], [], [4711])] == [
        1,
        6,
        0,
        0,
    ]
    assert send_test.select_all_sections(letter) == 7


def test_bits_leave_out_a_section_without_a_text(digest):
    digest.sections.filter(position=1).update(text="")

    assert send_test.select_all_sections(send_test.compose_proof(digest)) == 5


def test_check_measures_the_largest_set(digest):
    letter = send_test.compose_proof(digest)
    whole, part = send_test.check_email(letter, 7), send_test.check_email(letter, 1)

    assert whole.size > part.size
    assert (whole.fits, whole.bad_links, whole.limit) == (True, [], 95_000)


def test_join_shows_the_chart_and_leads_nowhere(digest):
    html, text = send_test.render_preview(send_test.compose_proof(digest), 7)

    assert html.count("data:image/png;base64,iVBORw==") == 1
    assert (html.count("/m/"), html.count("/u/"), text.count("/u/")) == (0, 0, 0)
    assert (html.count('href="#"'), html.count('href="#'), text.count("##")) == (6, 6, 0)


def test_send_test_is_marked_and_not_counted(digest, mailoutbox):
    refused = send_test.send_test(send_test.compose_proof(digest), 7, ["a@example.org", "b@example.org"])

    assert refused == []
    assert [(one.to, one.subject) for one in mailoutbox] == [
        (["a@example.org"], "[TEST] Daily"),
        (["b@example.org"], "[TEST] Daily"),
    ]
    assert len({one.extra_headers["Message-ID"] for one in mailoutbox}) == 2
    assert (Mailing.objects.count(), Delivery.objects.count()) == (0, 0)


def test_send_test_goes_to_ten_at_most(digest, mailoutbox):
    send_test.send_test(send_test.compose_proof(digest), 7, [f"a{n}@example.org" for n in range(20)])

    assert len(mailoutbox) == 10


def test_send_test_without_a_server_says_so(digest, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    refused = send_test.send_test(send_test.compose_proof(digest), 7, ["a@example.org"])

    assert len(refused) == 1


def test_check_names_links_that_lead_nowhere(digest, settings):
    item = digest.sections.first().items.first()
    letter = send_test.compose_proof(digest)
    ours = settings.SITE_URL
    for fragment in letter.fragments:
        fragment.html = fragment.html.replace(f'href="{item.url}"', f'href="{ours}/no/such/page/at/all"')
    letter.fragments[-1].html += '<a href="javascript:alert(1)">x</a><a href="https://">y</a>'

    assert sorted(set(send_test.check_email(letter, 7).bad_links)) == [
        f"{ours}/no/such/page/at/all",
        "https://",
        "javascript:alert(1)",
    ]

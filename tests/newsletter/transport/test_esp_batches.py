"""What an ESP makes of one request shows each reader what Django's slow path shows, and no link of another reader."""

import html
import re

import pytest
from django.utils import timezone

from digests.models import Digest
from newsletter.delivery import audience, dispatch, queue
from newsletter.emails import compose, joining, message
from newsletter.models import Delivery, Mailing
from newsletter.transport import esp_batches
from tests import build
from tests.espserver import MERGED, PROVIDERS, EspServer, SentMail, esp_server
from tests.newsletter import sample_mailing

pytestmark = [
    pytest.mark.django_db,
    # Anymail warns that it tests SendGrid no more; we do.
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]

HOSTILE = (
    "{{manage}} {{{leave}}} {{params.leave}} {{ unsubscribe }} {{var:leave}} {{{ pm:unsubscribe }}} {% if x %} {# x #} "
    "{$leave} %recipient.leave% %RECIPIENT.leave% %unsubscribe_url% *|LEAVE|* [[data:leave]] <%asm_raw%> [%weblink%] "
    "100%recipient {{#each x}} {{=<% %>=}} -leave-"
)


def use(settings, server: EspServer) -> None:
    settings.EMAIL_BACKEND = f"anymail.backends.{server.name}.EmailBackend"
    settings.ANYMAIL = server.settings()


@pytest.fixture(autouse=True)
def sender(settings) -> None:
    settings.FROM_EMAIL = "news@news.example"


@pytest.fixture
def mailing(settings, tmp_path) -> Mailing:
    settings.VAR_DIR = tmp_path
    return sample_mailing.compose_mailing()


def hostile_mailing() -> Mailing:
    category = build.category("alpha", names={"ko": HOSTILE, "en": HOSTILE})
    publication = build.publication("papers", categories=[category], name="Daily Insights")
    digest = build.digest(publication, state=Digest.State.DRAFT)
    one = build.item(HOSTILE, url="https://example.org/a?b=[[data:leave]]&c=%recipient.leave%")
    text = f"### 주요 주제\n\n{HOSTILE}\n\n1. **[{one.title}]({one.url})** — {HOSTILE}"
    build.section(digest, category, items=[one], text=text)
    hash_ = build.approve_unchecked(digest).approved_hash
    made = Mailing.objects.create(digest=digest, subject=HOSTILE[:60], approved_hash=hash_)
    compose.store_fragments(made)
    build.subscription(publication, [category], subscriber_=build.subscriber("reader@example.org"))
    return Mailing.objects.select_related("digest__publication").get(pk=made.pk)


def references(mailing: Mailing) -> dict[str, SentMail]:
    """Return what Django's slow path makes for each reader; the deliveries are claimed for it and given back."""
    letter = joining.load_mailing_fragments(mailing)
    found = {}
    claimed = queue.claim_deliveries(mailing, limit=1000)
    for one in claimed:
        made = message.build_message(letter, one)
        found[one.email] = SentMail(
            one.email,
            str(made.subject),
            str(made.alternatives[0][0]),
            str(made.body),
            dict(made.extra_headers),
            str(one.id),
            (one.email,),
        )
    queue.release_deliveries([one.id for one in claimed])
    return found


def visible_content(mail: SentMail, headers: set[str]) -> tuple[object, ...]:
    """Return what a reader sees, and the headers that matter."""
    text = mail.text.replace("\u2060", "")
    chosen = {name.title(): value for name, value in mail.headers.items() if name.title() in headers}
    return mail.to, mail.sees, mail.subject.replace("\u2060", ""), html.unescape(mail.html), text, chosen


HEADERS = {"List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Feedback-Id", "Auto-Submitted"}


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_reader_gets_what_djangos_path_makes_for_random_sets(name, mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 40)
    audience.plan_deliveries(mailing)
    expected = references(mailing)
    with esp_server(name) as server:
        use(settings, server)
        assert dispatch.send_due_mailings() == 40

    assert len(server.mails) == 40
    for mail in server.mails:
        assert visible_content(mail, HEADERS) == visible_content(expected[mail.to], HEADERS)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"accepted"}


@pytest.mark.parametrize("name", PROVIDERS)
def test_readers_of_one_set_share_a_request_up_to_the_limit(name, mailing, settings):
    publication = mailing.digest.publication
    chosen = list(publication.categories.all()[:2])
    for _reader in range(110):
        build.subscription(publication, chosen)
    with esp_server(name) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    limit = esp_batches.find_provider().limit
    sizes = [min(limit, 110 - at) for at in range(0, 110, limit)]
    mails = [len(list(part)) for part in _per_request(server)]
    assert (mails, len({mail.to for mail in server.mails})) == (sizes, 110)


def _per_request(server: EspServer) -> list[list[SentMail]]:
    requests, server.requests = server.requests, []
    found = []
    for request in requests:
        server.requests = [request]
        found.append(server.mails)
    server.requests = requests
    return found


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name != "mailersend"])
def test_the_provider_gets_our_number_of_each_delivery(name, mailing, settings):
    sample_mailing.subscribe_random_sets(mailing, 5)
    with esp_server(name) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    rows = Delivery.objects.values_list("subscriber__email", "pk")
    assert {mail.to: mail.delivery for mail in server.mails} == {email: str(pk) for email, pk in rows}


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_providers_id_is_kept_for_each_reader(name, mailing, settings):
    publication = mailing.digest.publication
    for _reader in range(3):
        build.subscription(publication, list(publication.categories.all()))
    with esp_server(name) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    ids = list(Delivery.objects.values_list("message_id", flat=True))
    shared = name in {"mailgun", "sparkpost"}  # one id for a whole request
    assert (all(ids), len(set(ids))) == (True, 1 if shared else 3)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_feeds_text_is_never_taken_for_a_merge_field(name, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    mailing = hostile_mailing()
    audience.plan_deliveries(mailing)
    expected = references(mailing)
    with esp_server(name) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    (mail,) = server.mails
    reference = expected["reader@example.org"]
    assert [MERGED in part for part in (mail.subject, mail.html, mail.text)] == [False] * 3
    assert html.unescape(mail.html) == html.unescape(reference.html)
    assert mail.subject.replace("\u2060", "") == reference.subject
    assert _without_addresses(mail.text) == _without_addresses(reference.text)


def _without_addresses(text: str) -> str:
    return re.sub(r"https?://\S+", "", text.replace("\u2060", ""))


@pytest.mark.parametrize("name", PROVIDERS)
def test_links_of_the_text_lead_where_they_led(name, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    mailing = hostile_mailing()
    audience.plan_deliveries(mailing)
    expected = references(mailing)
    with esp_server(name) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    def links(text: str) -> list[str]:
        found = re.findall(r"https?://\S+", text)
        # A percent sign that begins no code means itself, as its own code does.
        return [link.replace("%5B", "[").replace("%25", "%") for link in found]

    assert links(server.mails[0].text) == links(expected["reader@example.org"].text)


@pytest.mark.parametrize("name", PROVIDERS)
def test_text_that_begins_no_merge_field_is_sent_as_it_is(name):
    plain = "100 % of {readers} [1] (a|b) <b> 50% recipients * | \\ $x"
    of = esp_batches.PROVIDERS[f"anymail.backends.{name}.EmailBackend"]

    assert (
        esp_batches.escape_merge_fields_in_text(plain, of),
        esp_batches.escape_merge_fields_in_html(plain, of),
    ) == (plain, plain)


def test_styles_keep_their_meaning():
    of = esp_batches.PROVIDERS["anymail.backends.brevo.EmailBackend"]

    escaped = esp_batches.escape_merge_fields_in_html("<style>@media x{#a{b:c}}</style><p>{#x#}</p>", of)

    assert escaped == "<style>@media x{ #a{b:c}}</style><p>&#123;#x#}</p>"


@pytest.mark.parametrize(("tracking", "expected"), [(False, "no"), (True, "yes")])
def test_opens_and_clicks_are_not_counted_unless_switched_on(mailing, settings, tracking, expected):
    settings.TRACKING = tracking
    sample_mailing.subscribe_random_sets(mailing, 1)
    with esp_server("mailgun") as server:
        use(settings, server)
        dispatch.send_due_mailings()

    data = server.requests[0].data
    assert (data["o:tracking-clicks"], data["o:tracking-opens"]) == (expected, expected)


def test_an_address_in_a_foreign_script_has_its_own_links(mailing, settings):
    publication = mailing.digest.publication
    reader = build.subscriber("reader@한국.example")
    build.subscription(publication, list(publication.categories.all()), subscriber_=reader)
    audience.plan_deliveries(mailing)
    leave = references(mailing)["reader@한국.example"].headers["List-Unsubscribe"]
    for name in PROVIDERS:
        Delivery.objects.update(state="queued", due_at=timezone.now())
        Mailing.objects.update(state="sending")
        with esp_server(name) as server:
            use(settings, server)
            dispatch.send_due_mailings()
        (mail,) = server.mails
        assert (mail.to, mail.headers["List-Unsubscribe"]) == ("reader@xn--3e0b707e.example", leave)


@pytest.mark.parametrize("address", ['"a,b"@example.org', "a(b)@example.org", '"x y"@example.org'])
def test_an_address_that_would_spoil_the_batch_fails_by_itself(mailing, settings, address):
    publication = mailing.digest.publication
    build.subscription(publication, list(publication.categories.all()), subscriber_=build.subscriber(address))
    build.subscription(publication, list(publication.categories.all()))
    with esp_server("sendgrid") as server:
        use(settings, server)
        dispatch.send_due_mailings()

    assert list(Delivery.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "accepted"]


def test_an_unknown_esp_is_sent_to_one_by_one(settings):
    settings.EMAIL_BACKEND = "anymail.backends.mandrill.EmailBackend"

    assert esp_batches.find_provider().limit == 1


def test_every_provider_has_a_reason_for_its_limit():
    assert {path for path, of in esp_batches.PROVIDERS.items() if not of.why} == set()
    assert {path.split(".")[2] for path in esp_batches.PROVIDERS} == set(PROVIDERS)

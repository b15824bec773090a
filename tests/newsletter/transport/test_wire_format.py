"""The joined bytes of a message say the same as the message that Django's own path builds."""

import email
import email.policy
import re
from email.message import EmailMessage

import pytest

from newsletter.delivery import audience, queue
from newsletter.emails import joining, message
from newsletter.models import Mailing, deliveries
from newsletter.transport import wire_format
from tests.newsletter import sample_mailing

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailing() -> Mailing:
    return sample_mailing.compose_mailing()


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def visible_content(mail: EmailMessage) -> dict[str, str]:
    """Return headers and bodies, without the moment and the encoding, which always differ."""
    headers = {name: str(value) for name, value in mail.items() if name not in {"Date", "Content-Type", "MIME-Version"}}
    bodies = {part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in mail.iter_parts()}
    return headers | {kind: text.rstrip("\n") for kind, text in bodies.items()}


def unstuffed(content: bytes) -> bytes:
    return content.replace(b"\r\n..", b"\r\n.")


@pytest.mark.parametrize("eight_bit", [True, False])
def test_every_message_says_what_djangos_path_says_for_500_random_readers(mailing, eight_bit, settings):
    settings.REPLY_TO = "editor@example.org"
    sample_mailing.subscribe_random_sets(mailing, 500)
    audience.plan_deliveries(mailing)
    fragments = joining.load_mailing_fragments(mailing)
    encoder = wire_format.WireEncoder(fragments, eight_bit)

    claimed = queue.claim_deliveries(mailing, limit=1000)

    assert len(claimed) == 500
    for delivery in claimed:
        raw = unstuffed(wire_format.encode_delivery(encoder, delivery).content)
        reference = message.build_message(fragments, delivery).message().as_bytes()
        assert visible_content(read(raw)) == visible_content(read(reference))


@pytest.fixture
def claimed(mailing) -> deliveries.ClaimedDelivery:
    sample_mailing.subscribe_random_sets(mailing, 1)
    audience.plan_deliveries(mailing)
    return queue.claim_deliveries(mailing, limit=1)[0]


@pytest.mark.parametrize("eight_bit", [True, False])
def test_the_content_keeps_to_the_rules_of_smtp(mailing, claimed, eight_bit):
    content = wire_format.encode_delivery(
        wire_format.WireEncoder(joining.load_mailing_fragments(mailing), eight_bit), claimed
    ).content

    assert content.endswith(b"\r\n")
    assert re.search(rb"(?<!\r)\n|\r(?!\n)|\0", content) is None
    assert re.search(rb"\r\n\.(?!\.)", content) is None
    assert max(len(line) for line in content.split(b"\r\n")) <= (998 if eight_bit else 76 + 30)
    assert eight_bit or content.isascii()


def test_a_mark_of_another_mailing_stays_text(mailing, claimed):
    content = wire_format.encode_delivery(
        wire_format.WireEncoder(joining.load_mailing_fragments(mailing), eight_bit=True), claimed
    ).content

    assert mailing.approved_hash[:16].encode() not in content.replace(f"=_{mailing.approved_hash[:16]}".encode(), b"")


def test_the_envelope_names_the_reader_and_the_return_path(mailing, claimed, settings):
    settings.FROM_EMAIL = "Daily Insights <news@example.org>"
    loaded = joining.load_mailing_fragments(mailing)

    plain = wire_format.encode_delivery(wire_format.WireEncoder(loaded, eight_bit=True), claimed)
    settings.BOUNCE_ADDRESS = "bounces@example.org"
    verp = wire_format.encode_delivery(wire_format.WireEncoder(loaded, eight_bit=True), claimed)

    assert (plain.sender, plain.recipient) == (b"news@example.org", claimed.email.encode())
    assert re.fullmatch(rf"bounces\+{claimed.id}-[0-9a-f]{{12}}@example.org", verp.sender.decode())


def test_only_our_own_return_path_leads_to_a_delivery(settings):
    settings.BOUNCE_ADDRESS = "bounces@example.org"
    mine = wire_format.make_return_path(41).decode()

    forged = [mine.replace("+41-", "+42-"), mine.replace("example", "else"), "bounces@example.org", "", f"x{mine}"]

    assert [wire_format.parse_return_path(address) for address in (mine, mine.upper(), f" {mine}\n")] == [41, 41, 41]
    assert [wire_format.parse_return_path(address) for address in forged] == [None] * len(forged)


def test_a_return_path_outlives_its_key_while_that_is_a_fallback(settings):
    settings.BOUNCE_ADDRESS = "bounces@example.org"
    before = wire_format.make_return_path(41).decode()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]

    with_fallback = wire_format.parse_return_path(before)
    settings.SECRET_KEY_FALLBACKS = []

    assert (with_fallback, wire_format.parse_return_path(before)) == (41, None)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("a@example.org", b"a@example.org"),
        ("o'neil+x@ex-ample.org", b"o'neil+x@ex-ample.org"),
        ("a@한국.kr", b"a@xn--3e0b707e.kr"),
    ],
)
def test_recipient_writes_the_domain_in_its_ascii_form(address, expected):
    assert wire_format.encode_recipient(address) == expected


@pytest.mark.parametrize(
    "address", ["a@b>\r\nRCPT TO:<all@example.org", "a b@example.org", "사람@example.org", "@", "a@"]
)
def test_recipient_refuses_what_would_break_the_envelope(address):
    with pytest.raises(wire_format.EnvelopeAddressError):
        wire_format.encode_recipient(address)

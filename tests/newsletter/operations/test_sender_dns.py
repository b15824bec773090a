"""SPF, DKIM and DMARC of a sender, asked of a real DNS server on this machine: right, wrong and missing records."""

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from django.utils.translation import override

from newsletter.operations import sender_dns
from newsletter.operations.sender_dns import DkimIdentity
from tests.dnsserver import BROKEN, SILENT, serve_dns

DOMAIN = "news.test"
KEY = base64.b64encode(ed25519.Ed25519PrivateKey.generate().private_bytes_raw()).decode()
OTHER = base64.b64encode(ed25519.Ed25519PrivateKey.generate().private_bytes_raw()).decode()
_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
RSA_KEY = _RSA.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
).decode()
BARE_RSA = base64.b64encode(
    _RSA.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
).decode()
SHORT_RSA = base64.b64encode(
    rsa.RSAPublicNumbers(65537, (1 << 511) + 1)
    .public_key()
    .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()
AT = f"k1._domainkey.{DOMAIN}"
OURS = sender_dns.format_dkim_record(KEY)
RIGHT: dict[str, list[str] | str] = {
    DOMAIN: ["unrelated", "v=spf1 include:relay.test -all"],
    AT: [OURS],
    f"_dmarc.{DOMAIN}": ["v=DMARC1; p=quarantine"],
}


def look(
    records: dict[str, list[str] | str],
    *,
    key: str = KEY,
    domain: str = DOMAIN,
    envelope: str = DOMAIN,
    signer: str = DOMAIN,
) -> dict[str, tuple[str, str]]:
    """Return mood and sentence by what they are about, in English."""
    with serve_dns(RIGHT | records) as resolver, override("en"):
        found = sender_dns.check_sender_dns(domain, envelope, DkimIdentity(signer, "k1", key), resolver)
    return {one.about: (one.mood, one.text) for one in found}


def test_right_records_are_good():
    assert look({}) == {
        "SPF": (
            "good",
            "news.test has an SPF record. Make sure your mail server is in it: v=spf1 include:relay.test -all",
        ),
        "DKIM": ("good", f"The DKIM record at {AT} has the key in DKIM_KEY."),
        "DMARC": ("good", "There’s a DMARC record at _dmarc.news.test: v=DMARC1; p=quarantine"),
    }


@pytest.mark.parametrize(
    ("records", "mood", "begins"),
    [
        ([], "wrong", "news.test has no SPF record, so receivers can’t tell which servers may send for it."),
        (["other=1"], "wrong", "news.test has no SPF record"),
        (["v=spf1 -all", "v=spf1 mx -all"], "wrong", "news.test has 2 SPF records, so none has any effect."),
        (
            ["v=spf1include:relay.test -all"],
            "wrong",
            "The SPF record of news.test doesn’t begin with v=spf1 and a space",
        ),
        (
            ["v=spf1 ipv4:192.0.2.1 -all"],
            "wrong",
            "The SPF record of news.test has no effect, because receivers don’t understand this term: ipv4:192.0.2.1",
        ),
        (
            ["v=spf1 include -all"],
            "wrong",
            "The SPF record of news.test has no effect, because receivers don’t understand this term: include",
        ),
        (["v=spf1 " + "a:x.test " * 11 + "-all"], "wrong", "The SPF record of news.test needs 11 lookups"),
        (["v=spf1 mx +all"], "wrong", "The SPF record of news.test lets any server send for it"),
        (["v=spf1 mx"], "look", "The SPF record of news.test doesn’t end"),
        (["v=spf1 redirect=_spf.relay.test"], "good", "news.test has an SPF record"),
        (["V=SPF1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a mx/24 ~ALL"], "good", "news.test has an SPF record"),
        (SILENT, "look", "DNS didn’t answer, so this couldn’t be checked: news.test, LifetimeTimeout"),
        (BROKEN, "look", "DNS didn’t answer, so this couldn’t be checked: news.test, NoNameservers"),
    ],
)
def test_spf(monkeypatch, records, mood, begins):
    monkeypatch.setattr(sender_dns, "_QUERY_SECONDS", 1.0)
    found = look({DOMAIN: records})["SPF"]

    assert (found[0], found[1][: len(begins)]) == (mood, begins)


def test_spf_is_that_of_the_envelope_sender():
    found = look({"bounces.test": ["v=spf1 mx -all"], DOMAIN: []}, envelope="bounces.test")

    assert found["SPF"] == (
        "good",
        "bounces.test has an SPF record. Make sure your mail server is in it: v=spf1 mx -all",
    )


@pytest.mark.parametrize(
    ("record", "key", "mood", "says"),
    [
        (OURS.replace("p=", "p= "), KEY, "good", f"The DKIM record at {AT} has the key in DKIM_KEY."),
        (f"p={BARE_RSA}", RSA_KEY, "good", f"The DKIM record at {AT} has the key in DKIM_KEY."),
        (sender_dns.format_dkim_record(RSA_KEY), RSA_KEY, "good", f"The DKIM record at {AT} has the key in DKIM_KEY."),
        (
            sender_dns.format_dkim_record(OTHER),
            KEY,
            "wrong",
            f"The key at {AT} isn’t the one in DKIM_KEY, so our signatures count as broken. It should be: {OURS}",
        ),
        ("v=DKIM1; k=ed25519; p=", KEY, "wrong", f"The DKIM key at {AT} was withdrawn (p= is empty), so signatures with it aren’t valid."),
        ("v=DKIM1; k=ed25519", KEY, "wrong", f"The DKIM record at {AT} can’t be read. It needs v=DKIM1 and p= with the key."),
        ("v=DKIM2; p=abc", KEY, "wrong", f"The DKIM record at {AT} can’t be read. It needs v=DKIM1 and p= with the key."),
        ("v=DKIM1; k=rsa; p=nonsense!", KEY, "wrong", f"The DKIM record at {AT} has no key that receivers can use."),
        (f"v=DKIM1; p={SHORT_RSA}", "", "wrong", f"The DKIM record at {AT} has no key that receivers can use."),
        (OURS + "; t=y", KEY, "look", f"The DKIM record at {AT} is marked as a test (t=y). Remove the mark."),
        (OURS, "", "look", f"There’s a DKIM key at {AT}, but DKIM_KEY isn’t set. Your mail server or ESP must sign with it."),
    ],
    ids=[
        *("ours", "bare", "ours by RSA", "another", "withdrawn", "without a key", "of another version", "nonsense", "short", "a test"),
        "of a relay",
    ],  # the keys are new in each process: without names of their own these tests would have other names in each
)  # fmt: skip
def test_dkim(record, key, mood, says):
    assert look({AT: [record]}, key=key)["DKIM"] == (mood, says)


def test_missing_dkim_record_is_shown_with_the_record_to_add():
    assert look({AT: []})["DKIM"] == (
        "wrong",
        f"There’s no DKIM record at {AT}, so our signatures count as broken. Add this TXT record: {OURS}",
    )
    unsigned = (
        f"DKIM_KEY isn’t set, and there’s no DKIM record at {AT}. If your mail server or ESP signs emails, set "
        "DKIM_SELECTOR and DKIM_DOMAIN to match and check again. Otherwise emails are sent unsigned."
    )
    assert look({AT: []}, key="")["DKIM"] == ("look", unsigned)
    assert look({AT: [OURS, OURS.replace("k=", "h=sha256; k=")]})["DKIM"][0] == "wrong"


@pytest.mark.parametrize(
    ("records", "mood", "begins"),
    [
        ([], "wrong", "news.test has no DMARC record, which large providers require."),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "wrong", "There are several DMARC records at _dmarc.news.test"),
        (["v=dmarc1; p=none"], "wrong", "The record at _dmarc.news.test doesn’t begin with v=DMARC1;"),
        (["p=none; v=DMARC1"], "wrong", "The record at _dmarc.news.test doesn’t begin with v=DMARC1;"),
        (["v=DMARC1; rua=mailto:a@news.test"], "wrong", "The DMARC record at _dmarc.news.test needs p=none"),
        (["v=DMARC1; p=block"], "wrong", "The DMARC record at _dmarc.news.test needs p=none"),
        (["v=DMARC1; p=none"], "good", "There’s a DMARC record at _dmarc.news.test. p=none only monitors"),
        (["v=DMARC1;p=reject;adkim=s"], "good", "There’s a DMARC record at _dmarc.news.test: "),
    ],
)
def test_dmarc(records, mood, begins):
    found = look({f"_dmarc.{DOMAIN}": records})["DMARC"]

    assert (found[0], found[1][: len(begins)]) == (mood, begins)


def test_dmarc_of_the_domain_above_holds_for_a_part_of_it():
    found = look({"_dmarc.daily.news.test": []}, domain="daily.news.test")

    assert found["DMARC"] == ("good", "There’s a DMARC record at _dmarc.news.test: v=DMARC1; p=quarantine")


@pytest.mark.parametrize(
    ("signer", "envelope", "policy", "mood"),
    [
        (DOMAIN, "bounces.test", "p=reject", "good"),
        ("relay.test", DOMAIN, "p=reject", "good"),
        ("relay.test", f"bounces.{DOMAIN}", "p=reject", "good"),
        ("relay.test", f"bounces.{DOMAIN}", "p=reject; aspf=s", "wrong"),
        (f"mail.{DOMAIN}", "bounces.test", "p=reject; adkim=s", "wrong"),
        ("relay.test", "bounces.test", "p=reject", "wrong"),
    ],
)
def test_dmarc_asks_for_a_signature_or_an_envelope_of_the_senders_domain(signer, envelope, policy, mood):
    found = look({f"_dmarc.{DOMAIN}": [f"v=DMARC1; {policy}"]}, signer=signer, envelope=envelope)

    assert found["DMARC"][0] == mood


def test_a_domain_that_is_not_public_is_reported_without_a_query():
    assert look({}, domain="localhost") == {
        "DNS": ("wrong", "Mailbox providers reject mail from localhost: it isn’t a public domain.")
    }

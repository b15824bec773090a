"""Checks the sender's domain in DNS, as receivers do: the SPF, DKIM and DMARC records, each judged in a sentence.

Only the published records are read; from which servers a relay really delivers, only its operator knows. A DNS server
that does not answer never counts as a missing record. Not here: connecting and sending (mail_trial).
"""

import base64
import binascii
import re
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

import dns.exception
import dns.resolver
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_QUERY_SECONDS = 5.0  # for one query: a person waits
# A mechanism or modifier of SPF (RFC 7208, 4.6.1): an unknown one voids the record.
_SPF_TERM = re.compile(
    r"[-+?~]?(?:all|(?:a|mx|ptr)(?:[:/].+)?|(?:include|exists):.+|ip4:[\d./]+|ip6:[\da-f:./]+)|[a-z][\w.-]*=.*",
    re.IGNORECASE,
)
_SPF_LOOKUP = re.compile(r"[-+?~]?(?:a|mx|ptr|include|exists)\b|redirect=", re.IGNORECASE)
_MAX_SPF_LOOKUPS = 10  # RFC 7208, 4.6.4: with more, receivers ignore the record
_MIN_KEY_BITS = 1024  # RFC 8301: shorter keys count as none


class FindingMood(StrEnum):
    """How a finding is marked."""

    GOOD = "good"
    LOOK = "look"  # somebody should look at it
    WRONG = "wrong"


class DnsFinding(NamedTuple):
    """What was found about one thing, and a sentence that says what is missing."""

    about: str
    mood: FindingMood
    text: str


class DkimIdentity(NamedTuple):
    """The name under which receivers look the signature's key up, and our private key where we sign ourselves."""

    domain: str
    selector: str
    key: str = ""


class _NoAnswerError(Exception):
    """DNS gave no answer; the text names the query and the error."""


def check_sender_dns(
    domain: str, envelope: str, signing: DkimIdentity, resolver: dns.resolver.Resolver | None = None
) -> list[DnsFinding]:
    """Return a finding each for SPF, DKIM and DMARC.

    `domain` is that of From, `envelope` that of the return path; `resolver` is the machine's own where none is given.
    """
    if "." not in domain:
        return [
            DnsFinding(
                "DNS",
                FindingMood.WRONG,
                _("Mailbox providers reject mail from %(domain)s: it isn’t a public domain.") % {"domain": domain},
            )
        ]
    questions: list[tuple[str, Callable[[dns.resolver.Resolver], tuple[FindingMood, str]]]] = [
        ("SPF", lambda dns_: _check_spf(envelope, dns_)),
        ("DKIM", lambda dns_: _check_dkim(signing, dns_)),
        ("DMARC", lambda dns_: _check_dmarc(domain, envelope, signing, dns_)),
    ]
    found = []
    for about, question in questions:
        try:
            mood, text = question(resolver or dns.resolver.get_default_resolver())
        except (_NoAnswerError, dns.resolver.NoResolverConfiguration) as error:
            mood, text = FindingMood.LOOK, _("DNS didn’t answer, so this couldn’t be checked: %(why)s") % {"why": error}
        found.append(DnsFinding(about, mood, text))
    return found


def _query_txt(name: str, resolver: dns.resolver.Resolver) -> list[str]:
    """Return the TXT records of a name, none where there is no such name. Raises _NoAnswerError."""
    try:
        answer = resolver.resolve(f"{name}.", "TXT", lifetime=_QUERY_SECONDS, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN:
        return []
    except (dns.exception.DNSException, OSError, ValueError) as error:
        raise _NoAnswerError(f"{name}, {type(error).__name__}") from error
    return [b"".join(row.strings).decode("utf-8", "replace").strip() for row in answer.rrset or ()]


def _check_spf(domain: str, resolver: dns.resolver.Resolver) -> tuple[FindingMood, str]:
    """Judge the record that says which servers may send for a domain (RFC 7208)."""
    near = [
        text for text in _query_txt(domain, resolver) if text.lower().lstrip('" ').startswith(("v=spf", "spf1", "spf2"))
    ]
    records = [text for text in near if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]
    if not near:
        return FindingMood.WRONG, _(
            "%(domain)s has no SPF record, so receivers can’t tell which servers may send for it. Add a TXT "
            "record like v=spf1 include:YOUR-RELAY ~all."
        ) % {"domain": domain}
    if not records:
        return FindingMood.WRONG, _(
            "The SPF record of %(domain)s doesn’t begin with v=spf1 and a space, so it has no effect: %(record)s"
        ) % {
            "domain": domain,
            "record": near[0][:100],
        }
    if len(records) > 1:
        words = ngettext(
            "%(domain)s has %(n)d SPF record, so none has any effect. Merge them into one.",
            "%(domain)s has %(n)d SPF records, so none has any effect. Merge them into one.",
            len(records),
        )
        return FindingMood.WRONG, words % {"domain": domain, "n": len(records)}
    return _judge_spf_terms(domain, records[0])


def _judge_spf_terms(domain: str, record: str) -> tuple[FindingMood, str]:
    terms = record.split()[1:]
    values = {"domain": domain, "record": record[:300]}
    if unknown := [term for term in terms if not _SPF_TERM.fullmatch(term)]:
        return FindingMood.WRONG, _(
            "The SPF record of %(domain)s has no effect, because receivers don’t understand this term: %(term)s"
        ) % {
            **values,
            "term": unknown[0][:50],
        }
    if (lookups := sum(bool(_SPF_LOOKUP.match(term)) for term in terms)) > _MAX_SPF_LOOKUPS:
        words = ngettext(
            "The SPF record of %(domain)s needs %(n)d lookup. With more than 10 it has no effect.",
            "The SPF record of %(domain)s needs %(n)d lookups. With more than 10 it has no effect.",
            lookups,
        )
        return FindingMood.WRONG, words % {**values, "n": lookups}
    if {"all", "+all"} & {term.lower() for term in terms}:
        return FindingMood.WRONG, _(
            "The SPF record of %(domain)s lets any server send for it. End it with ~all or -all."
        ) % values
    if not any(term.lower() in {"-all", "~all"} or term.lower().startswith("redirect=") for term in terms):
        return FindingMood.LOOK, _(
            "The SPF record of %(domain)s doesn’t end with ~all or -all, so servers it doesn’t name pass too. "
            "Add one of them."
        ) % values
    return FindingMood.GOOD, _("%(domain)s has an SPF record. Make sure your mail server is in it: %(record)s") % values


def _check_dkim(signing: DkimIdentity, resolver: dns.resolver.Resolver) -> tuple[FindingMood, str]:
    """Judge the public key that receivers check signatures by (RFC 6376)."""
    name = f"{signing.selector}._domainkey.{signing.domain}"
    records = _query_txt(name, resolver)
    ours = format_dkim_record(signing.key) if signing.key else ""
    if not records and ours:
        return FindingMood.WRONG, _(
            "There’s no DKIM record at %(name)s, so our signatures count as broken. Add this TXT record: %(record)s"
        ) % {
            "name": name,
            "record": ours,
        }
    if not records:
        return FindingMood.LOOK, _(
            "DKIM_KEY isn’t set, and there’s no DKIM record at %(name)s. If your mail server or ESP signs "
            "emails, set DKIM_SELECTOR and DKIM_DOMAIN to match and check again. Otherwise emails are sent "
            "unsigned."
        ) % {"name": name}
    if len(records) > 1:
        words = ngettext(
            "There is %(n)d record at %(name)s, and receivers use any of them. Keep only one.",
            "There are %(n)d records at %(name)s, and receivers use any of them. Keep only one.",
            len(records),
        )
        return FindingMood.WRONG, words % {"name": name, "n": len(records)}
    return _judge_dkim_record(name, records[0], ours)


def _judge_dkim_record(name: str, record: str, ours: str) -> tuple[FindingMood, str]:
    tags, values = _parse_tags(record), {"name": name}
    if tags.get("v", "DKIM1") != "DKIM1" or "p" not in tags:
        return FindingMood.WRONG, _(
            "The DKIM record at %(name)s can’t be read. It needs v=DKIM1 and p= with the key."
        ) % values
    key = re.sub(r"\s", "", tags["p"])
    if not key:
        return FindingMood.WRONG, _(
            "The DKIM key at %(name)s was withdrawn (p= is empty), so signatures with it aren’t valid."
        ) % values
    if not _is_key(key, tags.get("k", "rsa")):
        return FindingMood.WRONG, _("The DKIM record at %(name)s has no key that receivers can use.") % values
    if ours and _public_key_bytes(key) not in _record_key_forms(ours):
        return FindingMood.WRONG, _(
            "The key at %(name)s isn’t the one in DKIM_KEY, so our signatures count as broken. It should be: %(record)s"
        ) % {
            **values,
            "record": ours,
        }
    if "y" in tags.get("t", "").split(":"):
        return FindingMood.LOOK, _("The DKIM record at %(name)s is marked as a test (t=y). Remove the mark.") % values
    if not ours:
        return FindingMood.LOOK, _(
            "There’s a DKIM key at %(name)s, but DKIM_KEY isn’t set. Your mail server or ESP must sign with it."
        ) % values
    return FindingMood.GOOD, _("The DKIM record at %(name)s has the key in DKIM_KEY.") % values


def format_dkim_record(key: str) -> str:
    """Return the DNS record that belongs to a private key (RSA in PEM, or Ed25519 in base64); empty where it is none."""
    try:
        if "PRIVATE KEY" in key:
            private = serialization.load_pem_private_key(key.encode(), None)
            if not isinstance(private, rsa.RSAPrivateKey):
                return ""
            form = serialization.PublicFormat.SubjectPublicKeyInfo
            raw, kind = private.public_key().public_bytes(serialization.Encoding.DER, form), "rsa"
        else:
            made = ed25519.Ed25519PrivateKey.from_private_bytes(base64.b64decode(key))
            raw, kind = made.public_key().public_bytes_raw(), "ed25519"
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return ""
    return f"v=DKIM1; k={kind}; p={base64.b64encode(raw).decode()}"


def _public_key_bytes(key: str) -> bytes:
    try:
        return base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _record_key_forms(record: str) -> set[bytes]:
    """Return both forms in which DNS may hold the key of a record: RSA keys are published bare (PKCS#1) too."""
    raw = _public_key_bytes(_parse_tags(record)["p"])
    found = {raw}
    if _parse_tags(record)["k"] == "rsa":
        key = serialization.load_der_public_key(raw)
        found.add(key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1))
    return found


def _is_key(key: str, kind: str) -> bool:
    raw = _public_key_bytes(key)
    if kind == "ed25519":
        return len(raw) == 32  # bytes: RFC 8463
    try:
        loaded = serialization.load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return kind == "rsa" and isinstance(loaded, rsa.RSAPublicKey) and loaded.key_size >= _MIN_KEY_BITS


def _parse_tags(record: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, _equals, value in pairs if name.strip()}


def _check_dmarc(
    domain: str, envelope: str, signing: DkimIdentity, resolver: dns.resolver.Resolver
) -> tuple[FindingMood, str]:
    """Judge what receivers are to do with mail that neither SPF nor DKIM vouches for (RFC 7489)."""
    name, near = _query_dmarc(domain, resolver)
    if not near:
        return FindingMood.WRONG, _(
            "%(domain)s has no DMARC record, which large providers require. Add a TXT record at "
            "_dmarc.%(domain)s: v=DMARC1; p=none"
        ) % {"domain": domain}
    records = [text for text in near if re.match(r"v\s*=\s*DMARC1\s*(?:;|$)", text)]
    values = {"name": name, "record": near[0][:200]}
    if len(records) != 1:
        if records:
            return FindingMood.WRONG, _(
                "There are several DMARC records at %(name)s, so none has any effect. Keep only one."
            ) % values
        return FindingMood.WRONG, _(
            "The record at %(name)s doesn’t begin with v=DMARC1; so it has no effect: %(record)s"
        ) % values
    tags = _parse_tags(records[0])
    if tags.get("p", "").lower() not in {"none", "quarantine", "reject"}:
        return FindingMood.WRONG, _(
            "The DMARC record at %(name)s needs p=none, p=quarantine or p=reject: %(record)s"
        ) % values
    by_signature = bool(signing.key) and _is_aligned(
        domain, signing.domain, strict=tags.get("adkim", "r").lower() == "s"
    )
    if not by_signature and not _is_aligned(domain, envelope, strict=tags.get("aspf", "r").lower() == "s"):
        return FindingMood.WRONG if signing.key else FindingMood.LOOK, _(
            "The DMARC record at %(name)s requires the signature or the envelope sender to be from %(domain)s. "
            "They’re from %(signature)s and %(envelope)s."
        ) % {**values, "domain": domain, "signature": signing.domain if signing.key else "-", "envelope": envelope}
    if tags["p"].lower() == "none":
        return FindingMood.GOOD, _(
            "There’s a DMARC record at %(name)s. p=none only monitors, p=quarantine protects: %(record)s"
        ) % values
    return FindingMood.GOOD, _("There’s a DMARC record at %(name)s: %(record)s") % values


def _query_dmarc(domain: str, resolver: dns.resolver.Resolver) -> tuple[str, list[str]]:
    """Return the name and the DMARC records of a domain or, where it has none, of the nearest domain above it."""
    labels = domain.split(".")
    for at in range(len(labels) - 1):
        name = f"_dmarc.{'.'.join(labels[at:])}"
        if near := [text for text in _query_txt(name, resolver) if "dmarc" in text.lower()]:
            return name, near
    return f"_dmarc.{domain}", []


def _is_aligned(domain: str, other: str, *, strict: bool) -> bool:
    """Say whether two domains are aligned for DMARC (RFC 7489, 3.1)."""
    return domain == other if strict else is_related_domain(domain, other)


def is_related_domain(one: str, other: str) -> bool:
    """Say whether two domains are the same, or one is a subdomain of the other: DMARC's relaxed alignment."""
    short, long = sorted((one, other), key=len)
    return one == other or ("." in short and long.endswith(f".{short}"))

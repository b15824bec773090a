"""Counts whether readers found an issue helpful: one answer per issue, network and day, without who gave it.

A network is an IPv4 /24 or an IPv6 /48, so that neither a household nor an office votes by the hundred. Its hash has a key of the day
and is emptied when the day is over.
"""

import datetime as dt
import hashlib
import hmac
import ipaddress
from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count
from django.utils import timezone

from digests.models import Digest, Section
from newsletter.models import IssueFeedback

MAX_ANSWERS_PER_NETWORK = 10  # on one day, about all issues together; more is no reader
_PREFIX_BITS = {4: 24, 6: 48}


@dataclass(frozen=True)
class FeedbackCount:
    """How many readers answered yes and no about an issue; `section` is None for the issue as a whole."""

    section: Section | None
    yes: int
    no: int


def record_feedback(
    digest: Digest, answer: str, section: Section | None, ip: str | None, now: dt.datetime | None = None
) -> bool:
    """Count an answer, and return whether it counted: not a second one of a network about an issue on the same day.

    `ip` is as `antispam.get_client_network` returns it; all whose network is unknown count as one.
    """
    day = timezone.localdate(now or timezone.now(), dt.UTC)
    network = _hash_network(ip, day)
    given = IssueFeedback.objects.filter(day=day, network=network)
    if given.count() >= MAX_ANSWERS_PER_NETWORK or given.filter(digest=digest).exists():
        return False
    # Of two answers at the same moment the constraint lets one in.
    row = IssueFeedback(digest=digest, section=section, answer=answer, day=day, network=network)
    IssueFeedback.objects.bulk_create([row], ignore_conflicts=True)
    return True


def count_feedback(digest: Digest) -> list[FeedbackCount]:
    """Return the counts of an issue: all answers first, then those about a section, in the order of the sections."""
    rows = IssueFeedback.objects.filter(digest=digest).values_list("section", "answer").annotate(n=Count("pk"))
    found = Counter({(section, answer): n for section, answer, n in rows.order_by()})
    named = Section.objects.filter(digest=digest, pk__in={section for section, _answer in found if section})
    yes, no = IssueFeedback.Answer.YES.value, IssueFeedback.Answer.NO.value
    whole = FeedbackCount(None, *(_sum_answers(found, answer) for answer in (yes, no)))
    return [whole, *(FeedbackCount(one, found[one.pk, yes], found[one.pk, no]) for one in named)]


def forget_feedback_networks(now: dt.datetime | None = None) -> int:
    """Empty the networks of the answers of past days; return of how many. The answers stay as counts."""
    today = timezone.localdate(now or timezone.now(), dt.UTC)
    return IssueFeedback.objects.filter(day__lt=today).exclude(network="").update(network="")


def _sum_answers(found: Counter[tuple[int | None, str]], wanted: str) -> int:
    return sum(n for (_section, answer), n in found.items() if answer == wanted)


def _hash_network(ip: str | None, day: dt.date) -> str:
    """Return the hash of the network around an address, with a key for this purpose and day alone."""
    network = ""
    if ip:
        address = ipaddress.ip_address(ip)
        network = str(ipaddress.ip_network((address, _PREFIX_BITS[address.version]), strict=False))
    key = hashlib.blake2b(f"{settings.SECRET_KEY} {day}".encode(), person=b"issue feedback").digest()
    return hmac.new(key, network.encode(), hashlib.sha256).hexdigest()

"""A claim within SEND_LIMITS: what may leave now is taken, what may not is queued for later.

Exact over all processes and restarts: a message counts from the moment it is allowed until the limit's whole period
after it was settled, so that no receiver ever counts more in any such period. What a killed process was allowed is
closed when its journal is read. One process at a time asks; the clock is the database's, not the machine's. Domains
that asked to be left alone are passed over in the same way. Without limits and holds, this is a claim and one query.
Service mail asks one by one (`allow_one`); mailings leave it a twentieth of every limit, so that nobody who signs up while
one runs waits for the end of the limit's period.
"""

import datetime as dt
import math
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min, Q, QuerySet, Sum
from django.db.models.functions import Now
from django.utils import timezone

from newsletter.delivery import journal, queue, queue_order, recovery
from newsletter.delivery.outcomes import extract_domain
from newsletter.delivery.rate_rules import RateLimit, parse_rate_limits, parse_warm_up
from newsletter.models import DomainBackoff, Mailing, RateReservation
from newsletter.models.deliveries import ClaimedDelivery

_ADVISORY_LOCK_ID = 4_606_127_001  # any number of our own: who holds it, hands out allowances
_CLOCK_MARGIN_SECONDS = 0.01  # seconds: SQLite's clock tells milliseconds
_SHORTEST_WAIT_SECONDS = 0.1  # seconds between two questions
_POSTPONE_STEPS = 20  # updates that spread what is queued for later
_RESERVE_ONE_IN = 20  # one in so many is for service mail; a limit below that has no reserve


@dataclass
class OpenReservation:
    """A row of allowance, and the deliveries in it that have no outcome yet."""

    pk: int
    count: int
    open: set[int] = field(default_factory=set)


class ClaimedBatch(NamedTuple):
    """What was claimed, its allowances, and when to ask again (of the monotonic clock); None where nothing is due."""

    claimed: list[ClaimedDelivery]
    grants: list[OpenReservation]
    again: float | None = None


# Per mailing and domain, until when what had to wait is queued already: each is queued behind the others. Forgetting it
# costs a second claim of the same rows, no more.
_booked_until: dict[tuple[int, str], dt.datetime] = {}


def claim_within_limits(
    mailing: Mailing, *, limit: int, token: str, relay: str = "", used: Iterable[OpenReservation] = ()
) -> ClaimedBatch:
    """Claim up to `limit` due deliveries that may leave now by `relay`; `used` are the allowances to close first."""
    rules = _list_current_limits()
    held = dict(DomainBackoff.objects.filter(until__gt=timezone.now()).values_list("domain", "until"))
    if not rules and not held:
        return ClaimedBatch(queue.claim_deliveries(mailing, limit=limit, token=token), [])
    with transaction.atomic():
        _lock_reservations()
        close_reservations(used)
        shared = [rule for rule in rules if rule.scope in {"", relay}]
        most = min([limit, *map(_count_room, shared)])
        if most <= 0:
            return ClaimedBatch([], [], time.monotonic() + max(map(_seconds_until_room, shared)))
        claimed = queue.claim_deliveries(mailing, limit=most, token=token)
        kept = _postpone_deliveries(mailing, claimed, rules, held)
        grants = _make_reservations(kept, rules, relay, token)
    return ClaimedBatch(kept, grants, None if kept else _find_next_due(mailing))


def reserve_service_mail(email: str, *, relay: str, token: str) -> tuple[list[OpenReservation], dt.datetime | None]:
    """Let one service mail leave by `relay` now: its allowances, to be closed when it has its answer.

    Else the moment at which to ask again: a limit is used up, or the domain asked to be left alone.
    """
    name = extract_domain(email)
    rules = [rule for rule in _list_current_limits() if rule.scope in {"", relay, name}]
    held = DomainBackoff.objects.filter(domain=name, until__gt=timezone.now()).values_list("until", flat=True).first()
    if held or not rules:
        return [], held
    one = ClaimedDelivery(id=0, sections=0, subscriber_id=0, subscription_id=0, email=email, link_key="")
    with transaction.atomic():
        _lock_reservations()
        if waits := [_seconds_until_room(rule) for rule in rules if _count_room(rule, reserve=0) <= 0]:
            return [], timezone.now() + dt.timedelta(seconds=max(waits))
        return _make_reservations([one], rules, relay, token), None


def _list_current_limits() -> list[RateLimit]:
    """Return the limits of this moment."""
    schedule = parse_warm_up(settings.SEND_WARMUP)
    return [*parse_rate_limits(settings.SEND_LIMITS), *(schedule.on(timezone.localdate()) if schedule else ())]


def _lock_reservations() -> None:
    """Wait until no other process hands out allowances; SQLite's transactions do that by themselves."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADVISORY_LOCK_ID])


def _filter_counted(rule: RateLimit) -> QuerySet[RateReservation]:
    """Return what counts within a limit now: what is open, and what was closed less than its period ago."""
    since = Now() - dt.timedelta(seconds=rule.seconds + _CLOCK_MARGIN_SECONDS)
    return RateReservation.objects.filter(Q(closed_at=None) | Q(closed_at__gt=since), scope=rule.scope)


def _count_room(rule: RateLimit, *, reserve: int | None = None) -> int:
    """Return how many more a limit takes now; for a mailing, less what is kept for service mail."""
    used: int = _filter_counted(rule).aggregate(n=Sum("count"))["n"] or 0
    return rule.most - used - (rule.most // _RESERVE_ONE_IN if reserve is None else reserve)


def _seconds_until_room(rule: RateLimit) -> float:
    """Return in how many seconds a limit has room again, as far as it can be known."""
    if _count_room(rule) > 0:
        return _SHORTEST_WAIT_SECONDS
    oldest = _filter_counted(rule).aggregate(at=Min("closed_at"))["at"]
    if oldest is None:
        return _SHORTEST_WAIT_SECONDS  # all are under way
    left: float = (oldest - timezone.now()).total_seconds()
    return max(_SHORTEST_WAIT_SECONDS, left + rule.seconds + _CLOCK_MARGIN_SECONDS)


def _postpone_deliveries(
    mailing: Mailing, claimed: Sequence[ClaimedDelivery], rules: Sequence[RateLimit], held: Mapping[str, dt.datetime]
) -> list[ClaimedDelivery]:
    """Queue for later what its domain does not take now; return the rest."""
    named = {rule.scope for rule in rules} | held.keys()
    by_domain: dict[str, list[ClaimedDelivery]] = {}
    for one in claimed:
        if extract_domain(one.email) in named:
            by_domain.setdefault(extract_domain(one.email), []).append(one)
    late: set[int] = set()
    for name, ones in by_domain.items():
        own = [rule for rule in rules if rule.scope == name]
        room = 0 if name in held else min([len(ones), *(max(0, _count_room(rule)) for rule in own)])
        if rest := [one.id for one in ones[room:]]:
            begin = held.get(name) or timezone.now() + dt.timedelta(seconds=max(map(_seconds_until_room, own)))
            # Without a limit of its own, a domain that asked for a pause is taken up again over a minute.
            pace = max((rule.seconds / rule.most for rule in own), default=60 / len(rest))
            _spread_deliveries(mailing, name, rest, begin, pace)
            late.update(rest)
    return [one for one in claimed if one.id not in late]


def _spread_deliveries(mailing: Mailing, name: str, rest: Sequence[int], begin: dt.datetime, pace: float) -> None:
    """Queue deliveries one behind the other, `pace` seconds apart."""
    begin = max(begin, _booked_until.get((mailing.pk, name), begin))
    step = math.ceil(len(rest) / _POSTPONE_STEPS)
    for at in range(0, len(rest), step):
        jitter = random.uniform(0, 0.05)  # noqa: S311 - so that processes do not meet, not a secret
        queue.release_deliveries(rest[at : at + step], due_at=begin + dt.timedelta(seconds=at * pace + jitter))
    _booked_until[mailing.pk, name] = begin + dt.timedelta(seconds=len(rest) * pace)


def _make_reservations(
    kept: Sequence[ClaimedDelivery], rules: Sequence[RateLimit], relay: str, token: str
) -> list[OpenReservation]:
    """Write down what is allowed; it counts from here."""
    grants = []
    for scope in sorted({rule.scope for rule in rules}):
        ids = {one.id for one in kept if scope in {"", relay} or extract_domain(one.email) == scope}
        if ids:
            row = RateReservation.objects.create(scope=scope, count=len(ids), claim=token)
            grants.append(OpenReservation(row.pk, len(ids), ids))
    return grants


def _find_next_due(mailing: Mailing) -> float | None:
    due = mailing.deliveries.filter(queue_order.WAITING).aggregate(at=Min("due_at"))["at"]
    if due is None:
        return None
    left: float = (due - timezone.now()).total_seconds()
    return time.monotonic() + max(_SHORTEST_WAIT_SECONDS, left)


def close_reservations(grants: Iterable[OpenReservation]) -> None:
    """Let allowances count for their period from now on; what nobody used does not count."""
    for grant in grants:
        RateReservation.objects.filter(pk=grant.pk).update(count=grant.count - len(grant.open), closed_at=Now())


def clean_up_reservations() -> int:
    """Close what processes that are gone were allowed, and forget what counts no more; return how many rows."""
    lost = RateReservation.objects.filter(closed_at=None, granted_at__lt=timezone.now() - recovery.LEASE)
    lost.exclude(claim__in=journal.list_live_tokens()).update(closed_at=Now())
    longest = max([rule.seconds for rule in _list_current_limits()] + [24 * 3600])
    return RateReservation.objects.filter(closed_at__lt=Now() - dt.timedelta(seconds=longest + 60)).delete()[0]

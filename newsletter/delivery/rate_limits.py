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
from newsletter.delivery.outcomes import domain
from newsletter.delivery.rate_rules import Limit, WarmUp
from newsletter.models import Allowance, Hold, Mailing
from newsletter.models.deliveries import Claimed

_LOCK = 4_606_127_001  # any number of our own: who holds it, hands out allowances
_MARGIN = 0.01  # seconds: SQLite's clock tells milliseconds
_SHORTEST_WAIT = 0.1  # seconds between two questions
_STEPS = 20  # updates that spread what is queued for later
_RESERVE = 20  # one in so many is for service mail; a limit below that has no reserve


@dataclass
class Grant:
    """A row of allowance, and the deliveries in it that have no outcome yet."""

    pk: int
    count: int
    open: set[int] = field(default_factory=set)


class Batch(NamedTuple):
    """What was claimed, its allowances, and when to ask again (of the monotonic clock); None where nothing is due."""

    claimed: list[Claimed]
    grants: list[Grant]
    again: float | None = None


# Per mailing and domain, until when what had to wait is queued already: each is queued behind the others. Forgetting it
# costs a second claim of the same rows, no more.
_booked: dict[tuple[int, str], dt.datetime] = {}


def claim(mailing: Mailing, *, limit: int, token: str, relay: str = "", used: Iterable[Grant] = ()) -> Batch:
    """Claim up to `limit` due deliveries that may leave now by `relay`; `used` are the allowances to close first."""
    rules = _rules()
    held = dict(Hold.objects.filter(until__gt=timezone.now()).values_list("domain", "until"))
    if not rules and not held:
        return Batch(queue.claim(mailing, limit=limit, token=token), [])
    with transaction.atomic():
        _take_turns()
        close(used)
        shared = [rule for rule in rules if rule.scope in {"", relay}]
        most = min([limit, *map(_room, shared)])
        if most <= 0:
            return Batch([], [], time.monotonic() + max(map(_wait, shared)))
        claimed = queue.claim(mailing, limit=most, token=token)
        kept = _postpone(mailing, claimed, rules, held)
        grants = _grant(kept, rules, relay, token)
    return Batch(kept, grants, None if kept else _next_due(mailing))


def allow_one(email: str, *, relay: str, token: str) -> tuple[list[Grant], dt.datetime | None]:
    """Let one service mail leave by `relay` now: its allowances, to be closed when it has its answer.

    Else the moment at which to ask again: a limit is used up, or the domain asked to be left alone.
    """
    name = domain(email)
    rules = [rule for rule in _rules() if rule.scope in {"", relay, name}]
    held = Hold.objects.filter(domain=name, until__gt=timezone.now()).values_list("until", flat=True).first()
    if held or not rules:
        return [], held
    one = Claimed(id=0, sections=0, subscriber_id=0, subscription_id=0, email=email, link_key="")
    with transaction.atomic():
        _take_turns()
        if waits := [_wait(rule) for rule in rules if _room(rule, reserve=0) <= 0]:
            return [], timezone.now() + dt.timedelta(seconds=max(waits))
        return _grant([one], rules, relay, token), None


def _rules() -> list[Limit]:
    """Return the limits of this moment."""
    schedule: WarmUp | None = settings.SEND_WARMUP
    return [*settings.SEND_LIMITS, *(schedule.on(timezone.localdate()) if schedule else ())]


def _take_turns() -> None:
    """Wait until no other process hands out allowances; SQLite's transactions do that by themselves."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _counting(rule: Limit) -> QuerySet[Allowance]:
    """Return what counts within a limit now: what is open, and what was closed less than its period ago."""
    since = Now() - dt.timedelta(seconds=rule.seconds + _MARGIN)
    return Allowance.objects.filter(Q(closed_at=None) | Q(closed_at__gt=since), scope=rule.scope)


def _room(rule: Limit, *, reserve: int | None = None) -> int:
    """Return how many more a limit takes now; for a mailing, less what is kept for service mail."""
    used: int = _counting(rule).aggregate(n=Sum("count"))["n"] or 0
    return rule.most - used - (rule.most // _RESERVE if reserve is None else reserve)


def _wait(rule: Limit) -> float:
    """Return in how many seconds a limit has room again, as far as it can be known."""
    if _room(rule) > 0:
        return _SHORTEST_WAIT
    oldest = _counting(rule).aggregate(at=Min("closed_at"))["at"]
    if oldest is None:
        return _SHORTEST_WAIT  # all are under way
    left: float = (oldest - timezone.now()).total_seconds()
    return max(_SHORTEST_WAIT, left + rule.seconds + _MARGIN)


def _postpone(
    mailing: Mailing, claimed: Sequence[Claimed], rules: Sequence[Limit], held: Mapping[str, dt.datetime]
) -> list[Claimed]:
    """Queue for later what its domain does not take now; return the rest."""
    named = {rule.scope for rule in rules} | held.keys()
    by_domain: dict[str, list[Claimed]] = {}
    for one in claimed:
        if domain(one.email) in named:
            by_domain.setdefault(domain(one.email), []).append(one)
    late: set[int] = set()
    for name, ones in by_domain.items():
        own = [rule for rule in rules if rule.scope == name]
        room = 0 if name in held else min([len(ones), *(max(0, _room(rule)) for rule in own)])
        if rest := [one.id for one in ones[room:]]:
            begin = held.get(name) or timezone.now() + dt.timedelta(seconds=max(map(_wait, own)))
            # Without a limit of its own, a domain that asked for a pause is taken up again over a minute.
            pace = max((rule.seconds / rule.most for rule in own), default=60 / len(rest))
            _spread(mailing, name, rest, begin, pace)
            late.update(rest)
    return [one for one in claimed if one.id not in late]


def _spread(mailing: Mailing, name: str, rest: Sequence[int], begin: dt.datetime, pace: float) -> None:
    """Queue deliveries one behind the other, `pace` seconds apart."""
    begin = max(begin, _booked.get((mailing.pk, name), begin))
    step = math.ceil(len(rest) / _STEPS)
    for at in range(0, len(rest), step):
        jitter = random.uniform(0, 0.05)  # noqa: S311 - so that processes do not meet, not a secret
        queue.release(rest[at : at + step], due_at=begin + dt.timedelta(seconds=at * pace + jitter))
    _booked[mailing.pk, name] = begin + dt.timedelta(seconds=len(rest) * pace)


def _grant(kept: Sequence[Claimed], rules: Sequence[Limit], relay: str, token: str) -> list[Grant]:
    """Write down what is allowed; it counts from here."""
    grants = []
    for scope in sorted({rule.scope for rule in rules}):
        ids = {one.id for one in kept if scope in {"", relay} or domain(one.email) == scope}
        if ids:
            row = Allowance.objects.create(scope=scope, count=len(ids), claim=token)
            grants.append(Grant(row.pk, len(ids), ids))
    return grants


def _next_due(mailing: Mailing) -> float | None:
    due = mailing.deliveries.filter(queue_order.WAITING).aggregate(at=Min("due_at"))["at"]
    if due is None:
        return None
    left: float = (due - timezone.now()).total_seconds()
    return time.monotonic() + max(_SHORTEST_WAIT, left)


def close(grants: Iterable[Grant]) -> None:
    """Let allowances count for their period from now on; what nobody used does not count."""
    for grant in grants:
        Allowance.objects.filter(pk=grant.pk).update(count=grant.count - len(grant.open), closed_at=Now())


def tidy() -> int:
    """Close what processes that are gone were allowed, and forget what counts no more; return how many rows."""
    lost = Allowance.objects.filter(closed_at=None, granted_at__lt=timezone.now() - recovery.LEASE)
    lost.exclude(claim__in=journal.living()).update(closed_at=Now())
    longest = max([rule.seconds for rule in _rules()] + [24 * 3600])
    return Allowance.objects.filter(closed_at__lt=Now() - dt.timedelta(seconds=longest + 60)).delete()[0]

"""Claims deliveries within SEND_LIMITS: takes what may leave now, and queues for later what may not.

Exact over all processes and restarts: a message counts from the moment at which it is reserved until the limit's whole
period after it was settled, so that no receiver ever counts more in any such period. What a killed process had reserved is
closed when its journal is settled. One process at a time asks; the clock is the database's, not the machine's. Domains that
asked to be left alone are passed over in the same way. Without limits and back-offs, this is a claim and one query. Service
mail asks for one message at a time (`reserve_service_mail`); mailings leave it a twentieth of every limit, so that nobody
who signs up while one runs waits for the end of the limit's period. Not here: the words of the settings (rate_limit_settings).
"""

import datetime as dt
import math
import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Min, Q, QuerySet, Sum
from django.db.models.functions import Now
from django.utils import timezone

from newsletter.delivery import journal, queue, queue_order, recovery
from newsletter.delivery.outcomes import extract_domain
from newsletter.delivery.rate_limit_settings import PERIOD_SECONDS, RateLimit, parse_rate_limits, parse_warm_up
from newsletter.models import DomainBackoff, Mailing, RateReservation
from newsletter.models.advisory_locks import AdvisoryLock, take_advisory_lock
from newsletter.models.deliveries import ClaimedDelivery

_CLOCK_MARGIN_SECONDS = 0.01  # added to each period: SQLite's clock counts in milliseconds
_SHORTEST_WAIT_SECONDS = 0.1  # with a limit per second, a process asks some ten times a second
_POSTPONE_STEPS = 20  # updates by which a batch that is queued for later is spread
_RESERVE_ONE_IN = 20  # one in so many is for service mail; a limit below that has no reserve
_BACKOFF_SPREAD_SECONDS = 60  # over which a domain without a limit is taken up again after its back-off


@dataclass
class OpenReservation:
    """A row of RateReservation that still counts as under way, and its deliveries that have no outcome yet."""

    pk: int
    count: int
    open: set[int] = field(default_factory=set)


class ClaimedBatch(NamedTuple):
    """What was claimed, its reservations, and when to ask again (of the monotonic clock); None where nothing is due."""

    claimed: list[ClaimedDelivery]
    reservations: list[OpenReservation]
    ask_again_at: float | None = None


# By mailing, its plan and a domain: until when deliveries that had to wait are queued already, so that the next ones are
# queued behind them. In memory alone: forgetting it costs a second claim of the same rows, no more.
_postponed_until: dict[tuple[int, dt.datetime | None, str], dt.datetime] = {}


def claim_within_limits(
    mailing: Mailing, *, limit: int, token: str, relay: str = "", used: Iterable[OpenReservation] = ()
) -> ClaimedBatch:
    """Claim up to `limit` due deliveries that may leave now by `relay`; closes the `used` reservations first."""
    rules = _list_current_limits()
    backoffs = dict(DomainBackoff.objects.filter(until__gt=timezone.now()).values_list("domain", "until"))
    if not rules and not backoffs:
        return ClaimedBatch(queue.claim_deliveries(mailing, limit=limit, token=token), [])
    with transaction.atomic():
        # Two processes that counted at once would both take the same room.
        take_advisory_lock(AdvisoryLock.RATE_RESERVATIONS)
        close_reservations(used)
        rooms = {rule: _count_room(rule) for rule in rules if rule.scope in {"", relay}}
        most = min([limit, *rooms.values()])
        if most <= 0:
            return ClaimedBatch([], [], time.monotonic() + max(_seconds_until_room(*one) for one in rooms.items()))
        claimed = queue.claim_deliveries(mailing, limit=most, token=token)
        allowed = _postpone_deliveries(mailing, claimed, rules, backoffs)
        reservations = _make_reservations(allowed, rules, relay, token)
    return ClaimedBatch(allowed, reservations, None if allowed else _find_next_due(mailing))


def reserve_service_mail(email: str, *, relay: str, token: str) -> tuple[list[OpenReservation], dt.datetime | None]:
    """Reserve one service mail that leaves by `relay` now; its reservations are to be closed when it has its answer.

    Else nothing is reserved and the moment to ask again is returned: a limit is used up, or the domain asked to be left
    alone.
    """
    name = extract_domain(email)
    rules = [rule for rule in _list_current_limits() if rule.scope in {"", relay, name}]
    backoff = DomainBackoff.objects.filter(domain=name, until__gt=timezone.now())
    until = backoff.values_list("until", flat=True).first()
    if until or not rules:
        return [], until
    one = ClaimedDelivery(id=0, sections=0, subscriber_id=0, subscription_id=0, email=email, link_key="")
    with transaction.atomic():
        take_advisory_lock(AdvisoryLock.RATE_RESERVATIONS)
        rooms = {rule: _count_room(rule, reserve=0) for rule in rules}
        if waits := [_seconds_until_room(rule, room) for rule, room in rooms.items() if room <= 0]:
            return [], timezone.now() + dt.timedelta(seconds=max(waits))
        return _make_reservations([one], rules, relay, token), None


def _list_current_limits() -> list[RateLimit]:
    schedule = parse_warm_up(settings.SEND_WARMUP)
    limits = parse_rate_limits(settings.SEND_LIMITS)
    return [*limits, *(schedule.get_limits(timezone.localdate()) if schedule else ())]


def _filter_counted(rule: RateLimit) -> QuerySet[RateReservation]:
    """Return what counts within a limit now: open reservations, and those closed less than its period ago."""
    since = Now() - dt.timedelta(seconds=rule.seconds + _CLOCK_MARGIN_SECONDS)
    return RateReservation.objects.filter(Q(closed_at=None) | Q(closed_at__gt=since), scope=rule.scope)


def _count_room(rule: RateLimit, *, reserve: int | None = None) -> int:
    """Return how many more messages a limit takes now, less its reserve: for a mailing, what is kept for service mail."""
    used: int = _filter_counted(rule).aggregate(n=Sum("count"))["n"] or 0
    return rule.most - used - (rule.most // _RESERVE_ONE_IN if reserve is None else reserve)


def _seconds_until_room(rule: RateLimit, room: int) -> float:
    """Return in how many seconds a limit with so much `room` may have some again.

    That is when its oldest closed reservation stops counting.
    """
    if room > 0:
        return _SHORTEST_WAIT_SECONDS
    oldest = _filter_counted(rule).aggregate(at=Min("closed_at"))["at"]
    if oldest is None:
        return _SHORTEST_WAIT_SECONDS  # all are under way: nobody knows when the first is settled
    left: float = (oldest - timezone.now()).total_seconds()
    return max(_SHORTEST_WAIT_SECONDS, left + rule.seconds + _CLOCK_MARGIN_SECONDS)


def _postpone_deliveries(
    mailing: Mailing,
    claimed: Sequence[ClaimedDelivery],
    rules: Sequence[RateLimit],
    backoffs: Mapping[str, dt.datetime],
) -> list[ClaimedDelivery]:
    """Queue for later what a domain does not take now; return the rest."""
    limited_domains = {rule.scope for rule in rules} | backoffs.keys()
    by_domain: dict[str, list[ClaimedDelivery]] = {}
    for one in claimed:
        if (name := extract_domain(one.email)) in limited_domains:
            by_domain.setdefault(name, []).append(one)
    postponed: set[int] = set()
    for name, ones in by_domain.items():
        own = {rule: _count_room(rule) for rule in rules if rule.scope == name}
        room = 0 if name in backoffs else min([len(ones), *(max(0, one) for one in own.values())])
        if rest := [one.id for one in ones[room:]]:
            begin = backoffs.get(name) or timezone.now() + dt.timedelta(
                seconds=max(_seconds_until_room(*one) for one in own.items())
            )
            pace = max((rule.seconds / rule.most for rule in own), default=_BACKOFF_SPREAD_SECONDS / len(rest))
            _spread_deliveries(mailing, name, rest, begin, pace)
            postponed.update(rest)
    return [one for one in claimed if one.id not in postponed]


def _spread_deliveries(mailing: Mailing, name: str, ids: Sequence[int], begin: dt.datetime, pace: float) -> None:
    """Queue deliveries one behind the other, `pace` seconds apart."""
    key = mailing.pk, mailing.planned_at, name
    begin = max(begin, _postponed_until.get(key, begin))
    step = math.ceil(len(ids) / _POSTPONE_STEPS)
    for at in range(0, len(ids), step):
        jitter = random.uniform(0, 0.05)  # noqa: S311 - so that processes do not meet, not a secret
        queue.release_deliveries(ids[at : at + step], due_at=begin + dt.timedelta(seconds=at * pace + jitter))
    _postponed_until[key] = begin + dt.timedelta(seconds=len(ids) * pace)


def _make_reservations(
    allowed: Sequence[ClaimedDelivery], rules: Sequence[RateLimit], relay: str, token: str
) -> list[OpenReservation]:
    """Write a row per limit for what may leave; it counts from here."""
    reservations = []
    for scope in sorted({rule.scope for rule in rules}):
        ids = {one.id for one in allowed if scope in {"", relay} or extract_domain(one.email) == scope}
        if ids:
            row = RateReservation.objects.create(scope=scope, count=len(ids), claim=token)
            reservations.append(OpenReservation(row.pk, len(ids), ids))
    return reservations


def _find_next_due(mailing: Mailing) -> float | None:
    due = mailing.deliveries.filter(queue_order.WAITING).aggregate(at=Min("due_at"))["at"]
    if due is None:
        return None
    left: float = (due - timezone.now()).total_seconds()
    return time.monotonic() + max(_SHORTEST_WAIT_SECONDS, left)


def close_reservations(reservations: Iterable[OpenReservation]) -> None:
    """Let reservations count for their period from now on; messages in them that never left do not count."""
    for one in reservations:
        RateReservation.objects.filter(pk=one.pk).update(count=one.count - len(one.open), closed_at=Now())


def clean_up_reservations() -> int:
    """Close what vanished processes had reserved, and delete reservations that count no more; return how many of these."""
    lost = RateReservation.objects.filter(closed_at=None, granted_at__lt=timezone.now() - recovery.LEASE)
    lost.exclude(claim__in=journal.list_live_tokens()).update(closed_at=Now())
    # A day at least: the limit of a warm-up holds for any 24 hours, also on its first day.
    longest = max([rule.seconds for rule in _list_current_limits()] + [PERIOD_SECONDS["d"]])
    return RateReservation.objects.filter(closed_at__lt=Now() - dt.timedelta(seconds=longest + 60)).delete()[0]

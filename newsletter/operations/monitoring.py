"""Monitors the rows: finds broken invariants and stalled mailings, and raises alarms.

Each problem has a key. It is an alarm from the tick that first finds it until a tick no longer does, and is mailed to
the operator once. Nothing is repaired here, and nothing is counted for Prometheus (metrics).
"""

import datetime as dt
import errno
import logging
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import ngettext

from digests.models import RowFailure, Source
from digests.sources import redirects
from digests.text.localization import use_language
from digests.text.messages import format_message, make_message
from newsletter.delivery import queue, service_mail
from newsletter.emails import message
from newsletter.emails.strings import format_sender_line
from newsletter.emails.subjects import fit_service_subject
from newsletter.models import Alarm, Delivery, Mailing
from newsletter.models.operations import AlarmCode, StateCount
from newsletter.operations import heartbeats
from newsletter.transactional import attempts
from newsletter.transport import private_files, responses
from newsletter.transport.types import SendState

logger = logging.getLogger(__name__)

STALLED_AFTER = dt.timedelta(minutes=15)  # without a settled delivery, while some are due
FAILURE_RATIO = 0.05  # of at least 100 settled: a list or a relay with a problem, not a few dead mailboxes
SOURCE_FAILURES_IN_A_ROW = 5  # in a row, with growing pauses: about a day


@dataclass(frozen=True)
class Problem:
    """One thing for the operator to look at: a key that names it from tick to tick, and a message as rows keep it."""

    key: str
    message: dict[str, Any]


def _make_problem(key: str, code: AlarmCode, **params: Any) -> Problem:
    return Problem(key, make_message(code, **params))


def find_problems(now: dt.datetime | None = None) -> list[Problem]:
    """Return every problem that exists now."""
    now = now or timezone.now()
    recent = Mailing.objects.filter(Q(finished_at=None) | Q(finished_at__gt=now - dt.timedelta(days=2)))
    found: list[Problem] = []
    for mailing in recent.select_related("digest__publication"):
        found += _mailing_problems(mailing, now)
    found += find_silent_processes() + find_disk_problems()
    found += find_service_mail_problems(now)
    for failed in RowFailure.objects.all():
        params = {"step": failed.step, "row": failed.row, "n": failed.failures, "why": failed.error}
        found.append(_make_problem(f"{failed.step}-{failed.row}", AlarmCode.ROW_FAILED, **params))
    failing = Q(enabled=True, failures__gte=SOURCE_FAILURES_IN_A_ROW)
    found += map(_source_problem, Source.objects.filter(failing | Q(pk__in=redirects.list_stopped_sources())))
    return found


def _source_problem(source: Source) -> Problem:
    name = str(source)
    if not source.enabled:
        key = f"source-gone-{source.pk}"
        return _make_problem(key, AlarmCode.SOURCE_STOPPED, source=name, days=source.gone_days)
    params = {"source": name, "n": source.failures, "why": source.last_error}
    return _make_problem(f"source-{source.pk}", AlarmCode.SOURCE_FAILED, **params)


def find_silent_processes() -> list[Problem]:
    """Return the kinds of process that sent heartbeats and no longer do; a kind that never did is not used here."""
    return [
        _make_problem(f"process-{name}", AlarmCode.SILENT_PROCESS, name=name, seconds=round(one.seconds))
        for name, one in heartbeats.get_process_states().items()
        if not one.alive and one.seconds is not None
    ]


def find_disk_problems() -> list[Problem]:
    """Return a problem where this machine cannot write its journal, without which no mail may leave."""
    if not (why := private_files.find_write_error(settings.VAR_DIR)):
        return []
    logger.error("this machine can't write its files: %s", why)  # its database, and so the alarm, may be on that disk
    reason = make_message(AlarmCode.DISK_FULL) if why == os.strerror(errno.ENOSPC) else why
    return [_make_problem(_disk_key(), AlarmCode.DISK, host=socket.gethostname(), why=reason)]


def _disk_key() -> str:
    return f"disk-{socket.gethostname()}"[:100]  # as long as the column of keys


def find_service_mail_problems(now: dt.datetime) -> Iterator[Problem]:
    """Yield what could not be sent to single persons, from the first failure on: what waits, and what was given up."""
    rows = attempts.list_failing_rows(now)
    waiting, given_up = [row for row in rows if row.due_at], [row for row in rows if not row.due_at]
    for key, code, kept in (
        ("waits", AlarmCode.SERVICE_MAIL_WAITS, waiting),
        ("refused", AlarmCode.SERVICE_MAIL_GIVEN_UP, given_up),
    ):
        if kept:
            first = kept[0]
            # A server's words stay on the reader's own row.
            words = first.failure.server_reply
            codes = responses.extract_codes(words) or attempts.hide_addresses(words)
            why = [make_message(first.failure.reason), *([codes] if codes else [])]
            yield _make_problem(f"mail-{key}", code, n=len(kept), since=_format_moment(first.at), why=why)


def _format_moment(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _mailing_problems(mailing: Mailing, now: dt.datetime) -> Iterator[Problem]:
    pk, name = mailing.pk, make_message(AlarmCode.MAILING, number=str(mailing.pk), digest=str(mailing.digest))
    make = partial(_make_problem, mailing=name)
    if mailing.state == Mailing.State.PLANNED and now - mailing.send_at > STALLED_AFTER:
        yield make(f"late-{pk}", AlarmCode.MAILING_LATE, time=_format_moment(mailing.send_at))
    if mailing.state == Mailing.State.PAUSED:
        yield make(f"paused-{pk}", AlarmCode.MAILING_PAUSED, why=mailing.wait_reason)
    if mailing.planned_at is None:
        return
    counts = queue.count_deliveries(mailing)
    if not has_consistent_counts(mailing, counts):
        found = [make_message(StateCount(f"count.{state}"), n=n) for state, n in counts.items()]
        yield make(f"sum-{pk}", AlarmCode.MAILING_COUNTS, planned=mailing.planned, counts=found)
    if mailing.state == Mailing.State.SENDING and _is_stalled(mailing, now):
        due = mailing.deliveries.filter(build_due_filter(now)).count()
        yield make(f"still-{pk}", AlarmCode.MAILING_STUCK, n=due)
    settled = counts["accepted"] + counts["failed"]
    if settled >= 100 and counts["failed"] > settled * FAILURE_RATIO:
        yield make(f"refused-{pk}", AlarmCode.MAILING_FAILED, failed=counts["failed"], settled=settled)
    if counts["unknown"]:
        yield make(f"unknown-{pk}", AlarmCode.MAILING_UNKNOWN, n=counts["unknown"])


def has_consistent_counts(mailing: Mailing, counts: dict[str, int]) -> bool:
    """Say whether every planned delivery is in exactly one state, and every candidate is planned or excluded."""
    states = sum(n for state, n in counts.items() if state != "planned")
    excluded = sum(mailing.excluded.values())
    return states == counts["planned"] == mailing.planned and mailing.candidates == mailing.planned + excluded


def _is_stalled(mailing: Mailing, now: dt.datetime) -> bool:
    before = now - STALLED_AFTER
    waiting = mailing.deliveries.filter(build_due_filter(before)).exists()
    return waiting and not mailing.deliveries.filter(settled_at__gt=before).exists()


def build_due_filter(by: dt.datetime) -> Q:
    """Return the filter of deliveries that might have left by a moment: one that waits for its reader's hour is not late."""
    return Q(state=Delivery.State.QUEUED, due_at__lte=by)


def update_alarms(now: dt.datetime | None = None) -> list[Alarm]:
    """Open an alarm for each new problem, clear those that are gone, and mail each once; return those not mailed before."""
    now = now or timezone.now()
    found = find_problems(now)
    for problem in found:
        new_values = {"message": problem.message, "since": now}
        Alarm.objects.get_or_create(key=problem.key, cleared_at=None, defaults=new_values)
    gone = Alarm.objects.filter(cleared_at=None).exclude(key__in=[p.key for p in found])
    # Only the machine itself knows the state of its disk.
    gone.exclude(Q(key__startswith="disk-") & ~Q(key=_disk_key())).update(cleared_at=now)
    new = list(Alarm.objects.filter(cleared_at=None, mailed_at=None))
    for alarm in new:
        logger.warning("alarm key=%s", alarm.key)
    if settings.OPERATOR_EMAIL:
        # Two processes may run this at once: the one whose conditional UPDATE marks an alarm is the one that mails it.
        mine = [one for one in new if Alarm.objects.filter(pk=one.pk, mailed_at=None).update(mailed_at=now)]
        if mine and not _mail_operator(mine):
            Alarm.objects.filter(pk__in=[one.pk for one in mine]).update(mailed_at=None)
    return new


def get_operator_language() -> str:
    """Return the language of mails to the operator: that of the installation where the desk has it, else English."""
    return settings.DEFAULT_LANGUAGE if settings.DEFAULT_LANGUAGE in dict(settings.DESK_LANGUAGES) else "en"


def _mail_operator(alarms: list[Alarm]) -> bool:
    """Mail alarms to the operator; False where the mail did not leave, so that the next tick tries again."""
    with use_language(get_operator_language()):
        lines = [f"- {format_message(alarm.message)}" for alarm in alarms]
        words = ngettext("[{site}] {n} problem needs attention", "[{site}] {n} problems need attention", len(alarms))
    outcome = service_mail.send_service_mail(
        message.OutgoingMail(
            subject=fit_service_subject(lambda name: words.format(n=len(alarms), site=name), settings.SITE_NAME),
            body="\n".join([*lines, "", f"{settings.SITE_URL}/admin/", "", format_sender_line(), ""]),
            from_email=message.make_from_header(settings.SITE_NAME),
            to=[settings.OPERATOR_EMAIL],
            headers={"Auto-Submitted": "auto-generated"},
        )
    )
    if outcome.state != SendState.ACCEPTED:
        logger.error("the mail about %d alarms did not leave: state=%s", len(alarms), outcome.state)
    return outcome.state == SendState.ACCEPTED

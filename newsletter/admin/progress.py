"""A mailing's own page: how far it is, what became of it, and the buttons of a person. Figures come as JSON too."""

import datetime as dt
import re
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from newsletter import outbox, schedule
from newsletter.admin import audit, outcome
from newsletter.admin.names import REASONS
from newsletter.models import Delivery, Event, Mailing, Subscription

_ADDRESS = re.compile(r"[^\s<>@\"'(]+@[^\s<>@\"'),;:]+")
_RATE_OVER = dt.timedelta(minutes=1)
_ANSWERS = 20  # groups of answers that are shown


@permission_required("newsletter.view_mailing", raise_exception=True)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a mailing."""
    mailing = _mailing(pk)
    context = {
        **admin.site.each_context(request),
        "title": mailing.subject,
        "mailing": mailing,
        "digest": mailing.digest,
        "figures": _figures(mailing),
        "local": mailing.send_at.astimezone(mailing.digest.publication.zone),
        "may_send": request.user.has_perm("newsletter.send_mailing"),
        "may_undo": schedule.may_undo(mailing),
        "failures": failures(mailing),
        "excluded": [(REASONS.get(reason, reason), n) for reason, n in mailing.excluded.items()],
        "skipped": [(REASONS.get(why, why), n) for why, n in _by_answer(mailing, Delivery.State.SKIPPED)],
        "after": _after(mailing) if mailing.planned_at else {},
        "sections": outcome.per_section(mailing) if mailing.planned_at else [],
        "picture": outcome.picture(mailing),
    }
    return TemplateResponse(request, "admin/newsletter/progress.html", context)


def _mailing(pk: int) -> Mailing:
    return get_object_or_404(Mailing.objects.select_related("digest__publication").defer("digest__chart"), pk=pk)


@permission_required("newsletter.view_mailing", raise_exception=True)
def figures(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the figures that move."""
    return JsonResponse(_figures(_mailing(pk)))


def _figures(mailing: Mailing, now: dt.datetime | None = None) -> dict[str, Any]:
    """Return counts, share, rate and the estimate of the end of a mailing."""
    now = now or timezone.now()
    counts = outbox.counts(mailing)
    later = _later(mailing, now)
    settled = counts["planned"] - counts["queued"] - counts["sending"]
    leaving = counts["queued"] + counts["sending"] - later["n"]
    lately = mailing.deliveries.filter(settled_at__gt=now - _RATE_OVER).count()
    sending = mailing.state == Mailing.State.SENDING
    return {
        "state": mailing.state,
        "state_words": _(mailing.get_state_display()),
        "counts": counts,
        "settled": settled,
        "percent": round(100 * settled / counts["planned"]) if counts["planned"] else 0,
        "per_minute": lately if sending else 0,
        "minutes_left": -(-leaving // lately) if sending and lately and leaving else None,
        "later": _later_words(mailing, later) if later["n"] else "",
        "waits_for": mailing.waits_for,
    }


def _later(mailing: Mailing, now: dt.datetime) -> dict[str, Any]:
    """Return how many deliveries are queued for later, and for when: readers' own hours, and what is tried again."""
    rows = mailing.deliveries.filter(state=Delivery.State.QUEUED, due_at__gt=now)
    return rows.aggregate(n=Count("pk"), first=Min("due_at"), last=Max("due_at"))


def _later_words(mailing: Mailing, later: dict[str, Any]) -> str:
    """Return the same in words, in the publication's time zone."""
    zone = mailing.digest.publication.zone
    first, last = (f"{later[end].astimezone(zone):%m-%d %H:%M %Z}" for end in ("first", "last"))
    if first == last:
        return _("Due later: %(n)d, at %(at)s.") % {"n": later["n"], "at": first}
    return _("Due later: %(n)d, the next at %(at)s, the last at %(last)s.") % {
        "n": later["n"],
        "at": first,
        "last": last,
    }


def failures(mailing: Mailing) -> list[tuple[str, int]]:
    """Return the refusals by what the server said, the most frequent first; addresses are left out of its words."""
    return _by_answer(mailing, Delivery.State.FAILED)


def _by_answer(mailing: Mailing, state: str) -> list[tuple[str, int]]:
    rows = mailing.deliveries.filter(state=state).values_list("answer").annotate(n=Count("pk")).order_by("-n")
    grouped: dict[str, int] = {}
    for answer, n in rows[:1000]:  # answers that differ by an address alone are one
        words = _ADDRESS.sub("…", answer) or "–"
        grouped[words] = grouped.get(words, 0) + n
    return sorted(grouped.items(), key=lambda pair: -pair[1])[:_ANSWERS]


def _after(mailing: Mailing) -> dict[str, int]:
    """Return what happened after the messages were handed over, by kind; `left` counts three days."""
    events = Event.objects.filter(delivery__mailing=mailing).values_list("kind").annotate(n=Count("pk")).order_by()
    begun = mailing.planned_at or mailing.send_at
    left = Subscription.objects.filter(
        publication=mailing.digest.publication, left_at__gte=begun, left_at__lt=begun + outcome.LEFT_WITHIN
    )
    return {**dict(events), "left": left.count()}


@require_POST
@permission_required("newsletter.send_mailing", raise_exception=True)
def do(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry out one of the page's buttons."""
    mailing = _mailing(pk)
    back = reverse("admin:newsletter_progress", args=[pk])
    try:
        words = _carry_out(request.POST.get("do", ""), mailing)
        audit.note(request, mailing, words)
        messages.success(request, words)
        if not Mailing.objects.filter(pk=pk).exists():
            back = reverse("admin:digests_digest_review", args=[mailing.digest_id])
    except schedule.ScheduleError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(back)


def _carry_out(order: str, mailing: Mailing) -> str:
    """Return what was done, in words."""
    unknown = mailing.deliveries.filter(state=Delivery.State.UNKNOWN).values_list("pk", flat=True)
    match order:
        case "pause":
            return _("Paused.") if outbox.pause(mailing) else _("There was nothing to pause.")
        case "resume":
            return _("It goes on.") if outbox.resume(mailing) else _("There was nothing to go on with.")
        case "undo":
            schedule.undo(mailing)
            return _("Undone: nothing was sent, and the digest is open again.")
        case "end":
            return _("Ended: %(n)d readers get nothing.") % {"n": schedule.end(mailing)}
        case "treat_as_sent":
            return _("%(n)d unknown messages count as sent.") % {"n": outbox.treat_as_sent(list(unknown))}
        case "send_again":
            return _("%(n)d unknown messages are sent again.") % {"n": outbox.send_again(list(unknown))}
    raise schedule.ScheduleError(_("There is no such order."))

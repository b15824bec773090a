"""The page of a mailing: progress, outcome, and the buttons (pause, resume, undo, end, decide on unknown messages)."""

import datetime as dt
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
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from digests.text.messages import format_message
from newsletter.admin import audit, delivery_outcome
from newsletter.delivery import mailing_lifecycle, queue, restored_database
from newsletter.feedback.issue_feedback import count_feedback
from newsletter.models import Delivery, Event, Mailing
from newsletter.models.deliveries import DeliveryReason
from newsletter.models.mailings import WaitReason
from newsletter.subscribers.csv_import import jobs

_RATE_WINDOW = dt.timedelta(minutes=1)  # the page shows messages per minute


@permission_required("newsletter.view_mailing", raise_exception=True)
def show_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the progress of a mailing."""
    mailing = _get_mailing(pk)
    counted = _figures(mailing)
    context = {
        **admin.site.each_context(request),
        "title": mailing.subject,
        "mailing": mailing,
        "digest": mailing.digest,
        "figures": counted,
        "local": mailing.send_at.astimezone(mailing.digest.publication.zone),
        "may_send": request.user.has_perm("newsletter.send_mailing"),
        "may_undo": mailing_lifecycle.can_undo_mailing(mailing),
        "excluded": [(_describe_reason(reason), n) for reason, n in mailing.excluded.items()],
        "outcome": _get_outcome(mailing, counted["counts"], wait="all" in request.GET),
        "feedback": count_feedback(mailing.digest),
        "older": _older_database_context(mailing) if mailing.older_why else None,
    }
    return TemplateResponse(request, "admin/newsletter/progress.html", context)


def _describe_reason(reason: str) -> str:
    """Return why readers got nothing, in the language of the desk."""
    return str(DeliveryReason(reason).label) if reason in DeliveryReason.values else reason or "–"


def _older_database_context(mailing: Mailing) -> dict[str, Any]:
    """Return the question about a mailing of which more was sent than a restored database knows."""
    n = restored_database.count_uncertain(mailing)
    says = (
        ngettext(
            "The database is older than the mailing. %(n)d subscriber may already have this issue.",
            "The database is older than the mailing. %(n)d subscribers may already have this issue.",
            n,
        )
        if restored_database.is_mark_known(mailing)
        else ngettext(
            "The database is older than the mailing. Up to %(n)d subscriber may already have this issue.",
            "The database is older than the mailing. Up to %(n)d subscribers may already have this issue.",
            n,
        )
    )
    sure_sent = ngettext(
        "This marks the email to %(n)d subscriber as sent; nothing more goes to them. Mark as sent?",
        "This marks the emails to %(n)d subscribers as sent; nothing more goes to them. Mark as sent?",
        n,
    )
    sure_again = ngettext(
        "This sends to %(n)d subscriber, who may already have it. Resend?",
        "This sends to %(n)d subscribers, including those who already have it. Resend?",
        n,
    )
    return {
        "n": n,
        "says": says % {"n": n},
        "why": mailing.get_older_why_display(),
        "sure_sent": sure_sent % {"n": n},
        "sure_again": sure_again % {"n": n},
    }


@permission_required("newsletter.view_mailing", raise_exception=True)
def show_outcome(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the outcome, which the page loads afterwards where many rows have to be counted."""
    mailing = _get_mailing(pk)
    outcome = _get_outcome(mailing, queue.count_deliveries(mailing), wait=True)
    return TemplateResponse(request, "admin/newsletter/_outcome.html", {"outcome": outcome, "mailing": mailing})


def _get_outcome(mailing: Mailing, counts: dict[str, int], *, wait: bool) -> dict[str, Any] | None:
    """Return the outcome of a mailing; None where it is neither cached nor small, and `wait` is false."""
    outcome = delivery_outcome.get_stored_outcome(mailing, counts)
    if outcome is None and (wait or counts["planned"] <= delivery_outcome.COUNTED_AT_ONCE_DELIVERIES):
        outcome = delivery_outcome.count_outcome(mailing, counts)
    return outcome and outcome | {
        "skipped": [(_describe_reason(reason), n) for reason, n in outcome["skipped"]],
        "events": [(_describe_event_kind(kind), n) for kind, n in outcome["after"].items()],
    }


def _describe_event_kind(kind: str) -> str:
    """Return the words of a kind of event; `left` counts here the subscribers who unsubscribed after this mailing."""
    return _("Unsubscribed within 3 days") if kind == "left" else str(Event.Kind(kind).label)


def _get_mailing(pk: int) -> Mailing:
    return get_object_or_404(Mailing.objects.select_related("digest__publication").defer("digest__chart"), pk=pk)


@permission_required("newsletter.view_mailing", raise_exception=True)
def show_figures(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the figures as JSON, for the page to refresh itself."""
    return JsonResponse(_figures(_get_mailing(pk)))


def _figures(mailing: Mailing, now: dt.datetime | None = None) -> dict[str, Any]:
    """Return counts, percentage, rate per minute and the minutes left of a mailing."""
    now = now or timezone.now()
    counts = queue.count_deliveries(mailing)
    later = _queued_for_later(mailing, now)
    settled = counts["planned"] - counts["queued"] - counts["sending"]
    leaving = counts["queued"] + counts["sending"] - later["n"]
    sending = mailing.state == Mailing.State.SENDING
    lately = mailing.deliveries.filter(settled_at__gt=now - _RATE_WINDOW).count() if sending else 0
    return {
        "state": mailing.state,
        "state_words": mailing.get_state_display(),
        "counts": counts,
        "settled": settled,
        "percent": round(100 * settled / counts["planned"]) if counts["planned"] else 0,
        "per_minute": lately,
        "minutes_left": -(-leaving // lately) if lately and leaving else None,
        "later": _describe_later(mailing, later) if later["n"] else "",
        "waits_for": "" if mailing.older_why else _describe_wait(mailing),  # the page asks about that instead
    }


def _describe_wait(mailing: Mailing) -> str:
    """Return why a mailing waits, in the language of the desk; where it waits for an import, with the lines that remain now."""
    if mailing.wait_reason.get("code") != WaitReason.IMPORT:
        return format_message(mailing.wait_reason)
    to_come = jobs.count_remaining_lines(mailing.digest.publication)
    if not jobs.is_import_running(mailing.digest.publication):
        return _("The import has finished, so its subscribers get this issue too. Select “Start now” to send it.")
    running = ngettext(
        "Import running, %(n)d line to go. Subscribers who aren’t imported when the mailing starts get the next issue.",
        "Import running, %(n)d lines to go. Subscribers who aren’t imported when the mailing starts get the next issue.",
        to_come,
    )
    return running % {"n": to_come}


def _queued_for_later(mailing: Mailing, now: dt.datetime) -> dict[str, Any]:
    """Return the number and the span of deliveries that are queued for later: for readers' own hours, or for a retry."""
    rows = mailing.deliveries.filter(state=Delivery.State.QUEUED, due_at__gt=now)
    return rows.aggregate(n=Count("pk"), first=Min("due_at"), last=Max("due_at"))


def _describe_later(mailing: Mailing, later: dict[str, Any]) -> str:
    """Return when the later deliveries are due, in words and in the publication's time zone."""
    zone = mailing.digest.publication.zone
    first, last = (f"{later[end].astimezone(zone):%m-%d %H:%M %Z}" for end in ("first", "last"))
    if first == last:
        return _("%(n)d scheduled for %(at)s.") % {"n": later["n"], "at": first}
    return _("%(n)d scheduled between %(at)s and %(last)s.") % {
        "n": later["n"],
        "at": first,
        "last": last,
    }


@require_POST
@permission_required("newsletter.send_mailing", raise_exception=True)
def carry_out_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry out a button of the page, log it, and redirect back."""
    mailing = _get_mailing(pk)
    back = reverse("admin:newsletter_progress", args=[pk])
    try:
        words = _carry_out(request.POST.get("do", ""), mailing, request.POST.get("n", ""))
        audit.log_action(request, mailing, words)
        messages.success(request, words)
        if not Mailing.objects.filter(pk=pk).exists():
            back = reverse("admin:digests_digest_review", args=[mailing.digest_id])
    except mailing_lifecycle.ScheduleError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(back)


def _carry_out(order: str, mailing: Mailing, number: str) -> str:
    """Return what was done, in words; `number` is the count that the question named. Raises ScheduleError."""
    # If the count has changed since the question, the person has agreed to something else: the function refuses.
    confirmed = int(number) if number.isdecimal() else -1
    unknown = mailing.deliveries.filter(state=Delivery.State.UNKNOWN).values_list("pk", flat=True)
    match order:
        case "pause":
            return _("Mailing paused.") if queue.pause_mailing(mailing) else _("There’s nothing to pause.")
        case "resume":
            return _("Mailing resumed.") if queue.resume_mailing(mailing) else _("There’s nothing to resume.")
        case "undo":
            mailing_lifecycle.undo_mailing(mailing)
            return _("Mailing canceled. Nothing was sent, and you can edit the issue again.")
        case "end":
            left_out = mailing_lifecycle.end_mailing(mailing)
            done = ngettext(
                "Mailing stopped. %(n)d subscriber won’t get it.",
                "Mailing stopped. %(n)d subscribers won’t get it.",
                left_out,
            )
            return done % {"n": left_out}
        case "treat_as_sent":
            settled = queue.treat_unknown_as_sent(list(unknown))
            return ngettext("%(n)d email marked as sent.", "%(n)d emails marked as sent.", settled) % {"n": settled}
        case "send_again":
            queued = queue.resend_unknown(list(unknown))
            return ngettext("Resending %(n)d email.", "Resending %(n)d emails.", queued) % {"n": queued}
        case "older_sent":
            return _treat_older_as_sent(mailing, confirmed)
        case "older_again":
            return _resend_older(mailing, confirmed)
    raise mailing_lifecycle.ScheduleError(_("Unknown action. Reload the page and try again."))


def _treat_older_as_sent(mailing: Mailing, confirmed: int) -> str:
    n = restored_database.treat_uncertain_as_sent(mailing, confirmed)
    done = ngettext("Email to %(n)d subscriber marked as sent.", "Emails to %(n)d subscribers marked as sent.", n)
    return done % {"n": n}


def _resend_older(mailing: Mailing, confirmed: int) -> str:
    n = restored_database.resend_uncertain(mailing, confirmed)
    done = ngettext(
        "Mailing resumed. %(n)d subscriber may get it twice.",
        "Mailing resumed. %(n)d subscribers may get it twice.",
        n,
    )
    return done % {"n": n}

"""The page that schedules an approved digest: now, at the publication's hour, or at a chosen moment."""

import datetime as dt

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from digests.models import Digest
from digests.review.approve import is_as_approved
from newsletter.admin import audit
from newsletter.delivery import mailing_lifecycle, restored_database
from newsletter.delivery.mailing_lifecycle import ScheduleError
from newsletter.delivery.send_times import find_start_time
from newsletter.models import Mailing
from newsletter.subscribers.csv_import import jobs


@require_http_methods(["GET", "POST"])
@permission_required("newsletter.view_mailing", raise_exception=True)
def show_schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Show when a digest is sent, and let a publisher choose; redirect to its progress once it has begun."""
    digest = get_object_or_404(Digest.objects.select_related("publication"), pk=pk)
    mailing = Mailing.objects.filter(digest=digest).first()
    if mailing and mailing.planned_at:
        return HttpResponseRedirect(reverse("admin:newsletter_progress", args=[mailing.pk]))
    if request.method == "POST":
        return _carry_out(request, digest)
    context = {
        **admin.site.each_context(request),
        "title": _("Send issue"),
        "digest": digest,
        "mailing": mailing,
        "approved": is_as_approved(digest),
        "hour": find_start_time(digest).astimezone(digest.publication.zone),
        "send_at": mailing and mailing.send_at.astimezone(digest.publication.zone),
        "may_send": request.user.has_perm("newsletter.send_mailing"),
        "readers": restored_database.count_readers(digest),
        "import_running": jobs.is_import_running(digest.publication),
        "lines_to_come": jobs.count_remaining_lines(digest.publication),
    }
    return TemplateResponse(request, "admin/newsletter/sending.html", context)


def _carry_out(request: HttpRequest, digest: Digest) -> HttpResponse:
    if not request.user.has_perm("newsletter.send_mailing"):
        messages.error(request, _("You don’t have permission to send."))
        return HttpResponseRedirect(request.path)
    try:
        send_at = _chosen_moment(request, digest)
        mailing = mailing_lifecycle.schedule_mailing(digest, send_at)
    except ScheduleError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(request.path)
    local = mailing.send_at.astimezone(digest.publication.zone)
    words = _("Scheduled for %(at)s.") % {"at": f"{local:%Y-%m-%d %H:%M %Z}"}
    audit.log_action(request, mailing, words)
    messages.success(request, words)
    return HttpResponseRedirect(reverse("admin:newsletter_progress", args=[mailing.pk]))


def _chosen_moment(request: HttpRequest, digest: Digest) -> dt.datetime | None:
    """Return the chosen moment, read in the publication's time zone; None for its usual hour. Raises ScheduleError."""
    when = request.POST.get("when")
    if when == "now":
        return timezone.now()
    if when == "hour":
        return None
    try:
        chosen = parse_datetime(request.POST.get("at", ""))
    except ValueError:
        chosen = None
    if chosen is None:
        raise ScheduleError(_("Choose a date and time."))
    chosen = chosen if chosen.tzinfo else chosen.replace(tzinfo=digest.publication.zone)
    if chosen < timezone.now():
        raise ScheduleError(_("That time has passed. Choose a later one."))
    return chosen

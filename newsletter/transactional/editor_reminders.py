"""Reminds editors of a deadline: one mail to each editor who may approve a digest, with a link to its review page.

Each mail is a row, unique per digest and address: a tick may run again at any moment, and a mail that could not be
sent is tried again by the same clock as all others. Who reads it only after somebody approved gets none. After the
deadline no reminder is sent; what the deadline itself does stands in digests.review.auto_approve.
"""

import datetime as dt
from functools import partial

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext

from digests.models import Digest, Publication, Section
from digests.models.row_failures import handle_each_row
from digests.quality.section_checks import find_blocked_sections
from digests.review.auto_approve import find_approvers, find_digests_awaiting_approval
from digests.text.localization import (
    format_short_date,
    format_time,
    get_base_language,
    get_enabled_language,
    separate_names,
    use_language,
)
from newsletter.emails.compose import compose_service_mail
from newsletter.emails.subjects import fit_service_subject
from newsletter.models import DeskLanguage, TransactionalMail
from newsletter.subscribers.addresses import fold_address
from newsletter.subscribers.timezones import format_zone_clock

_CONSEQUENCES = {
    Publication.WhenNobody.HOLD: gettext_lazy(
        "If it isn’t approved by {time}, it won’t be sent until someone approves it."
    ),
    Publication.WhenNobody.CLEAN: gettext_lazy(
        "If no one has worked on it by {time}, sections without problems are sent and the rest are left out."
    ),
}


def queue_due_reminders(now: dt.datetime | None = None) -> int:
    """Queue the reminders that are due; return how many are new."""
    now = now or timezone.now()
    before = TransactionalMail.objects.filter(kind=TransactionalMail.Kind.REMINDER).count()
    for _digest in handle_each_row("remind", find_digests_awaiting_approval(now), partial(_queue_reminders, now=now)):
        pass
    return TransactionalMail.objects.filter(kind=TransactionalMail.Kind.REMINDER).count() - before


def _queue_reminders(digest: Digest, *, now: dt.datetime) -> None:
    begins, ends = digest.publication.reminder(digest.date), digest.publication.deadline(digest.date)
    if begins and ends and begins <= now < ends:
        TransactionalMail.objects.bulk_create(_reminders_for(digest), ignore_conflicts=True)


def _reminders_for(digest: Digest) -> list[TransactionalMail]:
    """Return a mail per mailbox, in the language of the first person who reads it."""
    people: dict[str, User] = {}
    for person in find_approvers().exclude(email="").order_by("pk"):
        people.setdefault(fold_address(person.email), person)
    languages = DeskLanguage.by_user([person.pk for person in people.values()])
    usual = get_base_language(digest.publication.language)
    usual = usual if usual in dict(settings.DESK_LANGUAGES) else "en"
    return [
        TransactionalMail(
            kind=TransactionalMail.Kind.REMINDER, email=email, digest=digest, language=languages.get(person.pk, usual)
        )
        for email, person in people.items()
    ]


def compose_reminder(mail: TransactionalMail) -> tuple[str, str, str] | None:
    """Return subject, HTML and text of a reminder; None where nobody has to be reminded any more."""
    digest, now = mail.digest, timezone.now()
    ends = digest.publication.deadline(digest.date) if digest else None
    if digest is None or ends is None or digest.state != Digest.State.IN_REVIEW or now >= ends:
        return None
    with use_language(get_enabled_language(mail.language)):
        return _compose_reminder(digest, ends, mail.language)


def _compose_reminder(digest: Digest, ends: dt.datetime, language: str) -> tuple[str, str, str]:
    publication, sections = digest.publication, digest.sections.exclude(text="")
    day = format_short_date(digest.date)
    hour = format_time(ends.time())
    time = f"{hour} ({format_zone_clock(publication.timezone, language)})"
    total = sections.count()
    state = ngettext(
        "The {date} issue hasn’t been approved yet. {good} of {sections} section checked.",
        "The {date} issue hasn’t been approved yet. {good} of {sections} sections checked.",
        total,
    ).format(date=day, good=sections.filter(verdict=Section.Verdict.GOOD).count(), sections=total)
    subject = fit_service_subject(
        lambda name: gettext("{publication}: approve by {time}").format(publication=name, time=hour),
        publication.sender_name,
    )
    consequence = str(_CONSEQUENCES[Publication.WhenNobody(publication.when_nobody)]).format(time=time)
    context = {
        "title": gettext("Waiting for your approval"),
        "paragraphs": [state, *_name_waiting_sections(digest), consequence],
        "button": gettext("Review this issue"),
        "quiet": [gettext("Sent once per issue to everyone who can approve it.")],
        "url": settings.SITE_URL + reverse("admin:digests_digest_review", args=[digest.pk]),
    }
    return subject, *compose_service_mail("note", context, language=language)


def _name_waiting_sections(digest: Digest) -> list[str]:
    """Return a sentence that names the sections on hold, and one that names those which a check blocks."""
    held = list(digest.sections.filter(verdict=Section.Verdict.HELD))
    blocked = [section for section, _findings in find_blocked_sections(digest) if section not in held]
    sentences = [(gettext("On hold: {sections}"), held), (gettext("Blocked by a check: {sections}"), blocked)]
    return [words.format(sections=separate_names(sections)) for words, sections in sentences if sections]

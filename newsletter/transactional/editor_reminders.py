"""Reminds editors of a deadline: one mail to each editor who may approve a digest, with a link to its review page.

Each mail is a row, unique per digest and address: a tick may run again at any moment, and a mail that could not be
sent is tried again by the same clock as all others. Who reads it only after somebody approved gets none. After the
deadline no reminder is sent; what the deadline itself does stands in digests.review.auto_approve.
"""

import datetime as dt
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from digests.models import Digest, Publication, Section
from digests.models.row_failures import handle_each_row
from digests.review.auto_approve import find_approvers, find_digests_awaiting_approval
from digests.text.localization import format_full_date
from newsletter.emails.compose import compose_service_mail
from newsletter.emails.phrases import LANGUAGES, get_phrase
from newsletter.models import DeskLanguage, TransactionalMail
from newsletter.subscribers.addresses import fold_address

_CONSEQUENCE_PHRASES = {
    Publication.WhenNobody.HOLD: "mail_reminder_hold",
    Publication.WhenNobody.CLEAN: "mail_reminder_clean",
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
    usual = digest.publication.language[:2]
    usual = usual if usual in LANGUAGES else "en"
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
    say = _make_phrases(mail, digest, ends)
    subject = say("mail_reminder_subject")
    then = _CONSEQUENCE_PHRASES[Publication.WhenNobody(digest.publication.when_nobody)]
    context = {
        "title": subject,
        "paragraphs": [say("mail_reminder_text"), say(then)],
        "button": say("mail_reminder_button"),
        "quiet": [say("mail_reminder_quiet")],
        "url": settings.SITE_URL + reverse("admin:digests_digest_review", args=[digest.pk]),
    }
    return subject, *compose_service_mail("note", context, language=mail.language)


def _make_phrases(mail: TransactionalMail, digest: Digest, ends: dt.datetime) -> Callable[[str], str]:
    """Return a function from a phrase's key to the phrase about this digest; what it names is counted once."""
    sections = digest.sections.exclude(text="")
    return partial(
        get_phrase,
        language=mail.language,
        publication=digest.publication.name,
        date=format_full_date(digest.date, mail.language),
        time=f"{ends:%H:%M} ({ends:%Z})",
        good=sections.filter(verdict=Section.Verdict.GOOD).count(),
        sections=sections.count(),
    )

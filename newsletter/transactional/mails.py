"""Composes and sends service mails: each row that is due becomes one mail to one person, or none.

To readers: confirm your address, you already read this, welcome, the link you lost, the owner's link, confirm a new
address, your address was changed. To editors: the reminder of a deadline (editor_reminders). A mail contains only what
stands in our own rows: nothing that a stranger typed reaches a mailbox that is not theirs.

Retry: such a mail twice does no harm, so everything but a final refusal is tried again, in growing pauses, eight times
in all. From the first failure on its row says why (find_failing_requests).
Not here: digests (emails.compose, delivery.dispatch), and handing a mail to the relay (delivery.service_mail).
"""

import datetime as dt
import logging
import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from digests.models import Category, Publication
from digests.models.row_failures import DATABASE_DOWN_ERRORS, describe_error
from newsletter.archive.queries import get_section_bits, load_newest_mailing
from newsletter.delivery import service_mail
from newsletter.emails import message
from newsletter.emails.compose import ComposeError, compose_service_mail
from newsletter.emails.fit import make_marker
from newsletter.emails.phrases import get_phrase
from newsletter.emails.strings import format_date_line
from newsletter.models import Delivery, Note, Subscription
from newsletter.subscribers import account, addresses, consent, links, mailbox_limits, opt_out, suppression
from newsletter.transactional import editor_reminders
from newsletter.transport.types import SendState

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=10)  # after that another worker takes over what a killed one had claimed
DOUBLE_PRESS_WITHIN = dt.timedelta(minutes=1)  # an impatient second press; after a longer wait another mail is meant
_REQUESTED_KINDS = {Note.Kind.SIGNUP, Note.Kind.LINK, Note.Kind.OWNER, Note.Kind.ADDRESS}
# Minutes until a mail is tried again: the relay may just have no connection to spare, or be away for half a day.
RETRY_MINUTES = (0.2, 1, 5, 20, 60, 180, 360)
MAX_ATTEMPTS = len(RETRY_MINUTES) + 1
FAILURES_SHOWN_FOR = dt.timedelta(days=1)  # how long the desk shows what was given up
MAX_CONNECTIONS = 4  # more than a burst of sign-ups needs
MAX_SILENT_DELAY = dt.timedelta(minutes=1)  # a limit that holds a mail up for longer is shown to a person
_ADDRESS = re.compile(r"[^\s<>\"']+@[^\s<>\"']+")  # servers repeat it, and an alarm is read by others
RETENTION = dt.timedelta(days=7)  # requests carry addresses of networks; a week is enough to see abuse
UNDO_RETENTION = account.LINK_LIFETIMES["undo"]  # the row is what the link to take a change back is checked against


def send_due_mails(*, limit: int = 200) -> int:
    """Compose and send the service mails that are due, `limit` at most; return how many went out."""
    batch = _MailBatch()
    try:
        due = Note.objects.filter(due_at__lte=timezone.now()).order_by("due_at").values_list("pk", flat=True)[:limit]
        if numbers := list(due):
            connections = min(len(numbers), MAX_CONNECTIONS)
            service_mail.deliver_service_mails(
                batch.compose_mails(numbers), batch.save_outcome, connections=connections
            )
    except DATABASE_DOWN_ERRORS as error:
        logger.warning("service mail waits for the database: %s", " ".join(str(error).split()))
        if not connection.in_atomic_block:
            connection.close()  # the next tick opens a new one
    return batch.sent


def find_failing_requests(now: dt.datetime | None = None) -> QuerySet[Note]:
    """Return the rows whose mail could not be sent: it is tried again, or was given up less than a day ago."""
    recent = Q(due_at__isnull=False) | Q(at__gt=(now or timezone.now()) - FAILURES_SHOWN_FOR)
    return Note.objects.filter(recent).exclude(error="")


def hide_addresses(words: str) -> str:
    """Return why a mail could not be sent, without the address that a server's words may repeat, in 200 characters."""
    return _ADDRESS.sub("(address)", words)[:200]


@dataclass
class _MailBatch:
    """The service mails of one tick: those under way, and how many went out."""

    under_way: dict[int, Note] = field(default_factory=dict)
    sent: int = 0

    def compose_mails(self, due: Iterable[int]) -> Iterator[service_mail.ServiceMail]:
        """Claim and compose one row after the other; one that cannot be composed holds no other up."""
        for pk in due:
            note = _claim(pk)
            if note is None:
                continue
            try:
                mail = _compose(note)
            except ComposeError as error:  # an operator's own template, most likely
                logger.error("note=%s kind=%s can't be composed: %s", note.pk, note.kind, error)
                _settle(note, str(error))
            except DATABASE_DOWN_ERRORS:
                raise
            except Exception as error:
                why = describe_error(error)
                logger.error("note=%s kind=%s can't be composed: %s", note.pk, note.kind, why)
                _retry_later(note, why)
            else:
                if mail is None:
                    _settle(note, "")
                    continue
                self.under_way[note.pk] = note
                yield service_mail.ServiceMail(note.pk, mail)

    def save_outcome(self, number: int, outcome: service_mail.ServiceMailOutcome) -> None:
        """Save the outcome of a mail: done, postponed, to be tried again, or refused for good."""
        note = self.under_way.pop(number)
        if outcome.state == SendState.ACCEPTED:
            _settle(note, "")
            self.sent += 1
            logger.info("note=%s kind=%s sent", note.pk, note.kind)
            return
        logger.warning("note=%s kind=%s state=%s", note.pk, note.kind, outcome.state)
        if outcome.not_before:
            _postpone(note, outcome.words, outcome.not_before)
        elif outcome.state == SendState.FAILED:
            _settle(note, outcome.words or outcome.state)
        else:
            _retry_later(note, outcome.words or outcome.state)


def purge_requests(now: dt.datetime | None = None) -> int:
    """Delete what was carried out a week ago, and address changes that can no longer be undone; return how many rows."""
    now = now or timezone.now()
    lasting = Q(kind=Note.Kind.UNDO, at__gte=now - UNDO_RETENTION)
    return Note.objects.filter(~lasting, due_at=None, at__lt=now - RETENTION).delete()[0]


def _claim(pk: int) -> Note | None:
    """Claim a row that is due; None where another worker has it."""
    now = timezone.now()
    # A conditional UPDATE: of two workers one changes the row, and the other finds it no longer due.
    taken = Note.objects.filter(pk=pk, due_at__lte=now).update(due_at=now + LEASE, attempts=F("attempts") + 1)
    related = ("publication", "subscription__subscriber", "subscription__publication", "digest__publication")
    return Note.objects.select_related(*related).filter(pk=pk).first() if taken else None


def _settle(note: Note, error: str, *, due_at: dt.datetime | None = None) -> None:
    Note.objects.filter(pk=note.pk).update(error=_storable_text(error), due_at=due_at)


def _retry_later(note: Note, error: str) -> None:
    """Have a mail tried again after the next pause of RETRY_MINUTES; after the last it is given up."""
    pauses = RETRY_MINUTES[max(note.attempts, 1) - 1 :]
    _settle(note, error, due_at=timezone.now() + dt.timedelta(minutes=pauses[0]) if pauses else None)


def _postpone(note: Note, words: str, until: dt.datetime) -> None:
    """Wait for a rate limit, or for a domain that asked for a pause: nothing was tried, so it counts as no attempt."""
    long = until - timezone.now() > MAX_SILENT_DELAY
    rows = Note.objects.filter(pk=note.pk)
    rows.update(error=_storable_text(words) if long else "", due_at=until, attempts=F("attempts") - 1)


def _storable_text(words: str) -> str:
    """Return a text without what PostgreSQL refuses: a server's words may hold a NUL, or half of a character."""
    return words.replace("\0", "").encode(errors="replace").decode()[:1000]


def _compose(note: Note) -> EmailMultiAlternatives | None:
    """Return the mail of a row; None where its reason is gone, or its address is suppressed or at its limit."""
    if _is_repeated_request(note):
        return None
    if note.kind == Note.Kind.SIGNUP:
        return _compose_sign_up_answer(note)
    if note.kind == Note.Kind.REMINDER:
        said = editor_reminders.compose_reminder(note)
        return _build_message(note, note.digest.publication, *said) if said and note.digest else None
    subscription = account.find_lost_link_subscription(note) if note.kind == Note.Kind.LINK else note.subscription
    if subscription is None or suppression.is_suppressed(note.email):
        return None
    if note.kind == Note.Kind.ADDRESS and _is_mailbox_limit_reached(note):
        return None
    if note.kind == Note.Kind.WELCOME:
        return _compose_welcome(note, subscription) if subscription.state == consent.ACTIVE else None
    if note.kind == Note.Kind.LINK:
        second = {"leave": account.make_account_url(note), "leave_words": get_phrase("mail_link_owner", note.language)}
        return _compose_simple_mail(note, "link", subscription, _preferences_url(subscription), **second)
    return _compose_simple_mail(note, note.kind, subscription, account.make_account_url(note))


def _is_repeated_request(note: Note) -> bool:
    """Say whether the same was requested a moment ago: two presses of a button send one mail."""
    if note.attempts > 1 or note.kind not in _REQUESTED_KINDS:
        return False
    moment_ago = Q(attempts__gt=0) | Q(due_at__isnull=False)  # one that led to no mail keeps no other back
    same = Note.objects.filter(moment_ago, kind=note.kind, publication=note.publication, pk__lt=note.pk)
    earlier = addresses.filter_by_address(same.filter(at__gt=note.at - DOUBLE_PRESS_WITHIN), note.email)
    return note.categories in list(earlier.values_list("categories", flat=True)[:20])


def _is_mailbox_limit_reached(note: Note) -> bool:
    """Say whether a mailbox got its share of unanswered mails; a retry of the same mail counts once."""
    if note.attempts > 1 or mailbox_limits.count_mail(note.email, by_reader=note.network == Note.BY_READER):
        return False
    logger.info("note=%s kind=%s kept back: its mailbox has not answered", note.pk, note.kind)
    return True


def _compose_sign_up_answer(note: Note) -> EmailMultiAlternatives | None:
    """Return the confirmation of a sign-up; an active reader gets a link to the preferences instead."""
    subscription = consent.process_sign_up(note)
    if subscription is None or _is_mailbox_limit_reached(note):
        return None
    if subscription.state == consent.ACTIVE:
        return _compose_simple_mail(note, "known", subscription, _preferences_url(subscription))
    context = {
        "publication": subscription.publication.name,
        "categories": [_category_label(category, note.language) for category in subscription.categories.all()],
        "url": f"{settings.SITE_URL}/c/{consent.make_confirm_token(subscription)}/",
        "days": consent.CONFIRM_LINK_LIFETIME.days,
        "never": opt_out.make_opt_out_url(subscription),
    }
    return _subscription_mail(
        note, "confirm", subscription, compose_service_mail("confirm", context, language=note.language)
    )


def _compose_welcome(note: Note, subscription: Subscription) -> EmailMultiAlternatives:
    """Return the welcome: the newest digest in the reader's categories, or a few sentences where there is none."""
    categories = list(subscription.categories.all())
    names = ", ".join(_category_label(category, note.language) for category in categories)
    intro = [get_phrase("mail_welcome_text", note.language, categories=names)]
    letter = load_newest_mailing(subscription.publication)
    if letter and _is_digest_queued(letter, subscription):
        letter = None
    sections = get_section_bits(letter, {category.slug for category in categories}) if letter else 0
    leave = links.make_unsubscribe_url(subscription.pk, subscription.subscriber.link_key)
    if letter and sections:
        day = format_date_line(letter.mailing.digest.date, note.language)
        intro.append(get_phrase("mail_welcome_newest", note.language, date=day))
        mail = _subscription_mail(note, "welcome", subscription, _with_intro(letter, sections, intro, subscription))
    else:
        way_out = {"leave": leave, "leave_words": get_phrase("leave_button", note.language)}
        mail = _compose_simple_mail(
            note, "welcome", subscription, _preferences_url(subscription), paragraphs=intro, **way_out
        )
    mail.extra_headers |= {
        "List-Id": message.make_list_id(subscription.publication),
        "List-Unsubscribe": message.make_list_unsubscribe(subscription.pk, subscription.subscriber.link_key),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return mail


def _is_digest_queued(letter: message.MailingFragments, subscription: Subscription) -> bool:
    """Say whether the digest is queued for a reader already, who left and came back before their hour: once is enough."""
    rows = Delivery.objects.filter(mailing=letter.mailing, subscriber=subscription.subscriber_id)
    return rows.filter(state=Delivery.State.QUEUED).exists()


def _with_intro(
    letter: message.MailingFragments, sections: int, intro: list[str], subscription: Subscription
) -> tuple[str, str]:
    """Return HTML and text of a digest below some introductory sentences, with the reader's own links."""
    html, text = message.join_fragments(letter, sections)
    key = subscription.subscriber.link_key
    for name, link in (
        ("manage", _preferences_url(subscription)),
        ("leave", links.make_unsubscribe_url(subscription.pk, key)),
    ):
        html, text = (part.replace(make_marker(letter.nonce, name), link) for part in (html, text))
    head, body, rest = html.partition("<body")
    attributes, end, rest = rest.partition(">")
    above = render_to_string("email/intro.html", {"paragraphs": intro})
    return head + body + attributes + end + above + rest, "\n\n".join([*intro, text])


def _preferences_url(subscription: Subscription) -> str:
    return links.make_manage_url(subscription.pk, subscription.subscriber.link_key)


def _category_label(category: Category, language: str) -> str:
    return f"{category.emoji} {category.name(language)}".strip()


def _compose_simple_mail(
    note: Note, kind: str, subscription: Subscription, url: str, **context: Any
) -> EmailMultiAlternatives:
    """Return a mail of one heading, a few sentences and one button, in the words of `kind`."""
    about = {"publication": subscription.publication.name}
    words = {part: get_phrase(f"mail_{kind}_{part}", note.language, **about) for part in ("subject", "button", "quiet")}
    if "paragraphs" not in context:
        context["paragraphs"] = [get_phrase(f"mail_{kind}_text", note.language, **about)]
    context |= {"title": words["subject"], "button": words["button"], "quiet": [words["quiet"]], "url": url}
    return _subscription_mail(note, kind, subscription, compose_service_mail("note", context, language=note.language))


def _subscription_mail(
    note: Note, kind: str, subscription: Subscription, body: tuple[str, str]
) -> EmailMultiAlternatives:
    publication = subscription.publication
    subject = get_phrase(f"mail_{kind}_subject", note.language, publication=publication.name)
    return _build_message(note, publication, subject, *body)


def _build_message(note: Note, publication: Publication, subject: str, html: str, text: str) -> EmailMultiAlternatives:
    mail = message.OutgoingMail(
        subject=subject,
        body=text,
        from_email=message.make_from_header(publication.name),
        to=[note.email],
        reply_to=[settings.REPLY_TO] if settings.REPLY_TO else None,
        headers={
            "Message-ID": f"<note.{note.pk}.{secrets.token_hex(8)}@{message.get_sender_domain()}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(html, "text/html")
    return mail

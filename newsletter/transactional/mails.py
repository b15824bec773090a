"""Composes and sends mails to one person: each row that is due becomes one mail, or none.

Confirm your address, you already read this, welcome, the link you lost, the owner's link, confirm a new address, your
address was changed; and to editors, the reminder of a deadline (editor_reminders). Each names only what stands in our own
rows: nothing that a stranger typed reaches a mailbox that is not theirs. Not here: what a request leads to (requests), when
a mail is tried again (attempts), digests (emails, delivery), and the way out (delivery.service_mail).
"""

import logging
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext, pgettext

from digests.models import Category, Publication
from digests.models.row_failures import DATABASE_DOWN_ERRORS, describe_error
from digests.text.localization import format_short_date, get_enabled_language, separate_names, use_language
from digests.text.text_direction import isolate_in_text
from newsletter.archive.queries import get_section_bits, load_newest_mailing
from newsletter.delivery import service_mail
from newsletter.emails import joining, message
from newsletter.emails.compose import compose_service_mail
from newsletter.emails.compose_problems import ComposeError
from newsletter.models import Delivery, Subscription, TransactionalMail
from newsletter.models.requests import ServiceMailReason
from newsletter.subscribers import account, consent, links, opt_out, suppression
from newsletter.subscribers.timezones import format_publication_schedule
from newsletter.transactional import attempts, editor_reminders, requests
from newsletter.transactional.mail_texts import TEXTS_BY_KIND
from newsletter.transport.types import SendState

logger = logging.getLogger(__name__)

MAX_CONNECTIONS = 4  # more than a burst of sign-ups needs
# Loaded with the row, so that composing a mail needs no further query for them.
_RELATED = ("subscription__subscriber", "subscription__publication", "digest__publication")


def send_due_mails(*, limit: int = 200) -> int:
    """Carry out the requests that are due, then send the mails that are; return how many mails went out.

    Raises OperationalError or InterfaceError where the database is lost; what was not settled is due again later.
    """
    batch = _MailBatch()
    requests.process_due_requests(limit=limit)
    if due := attempts.list_due(TransactionalMail, limit):
        connections = min(len(due), MAX_CONNECTIONS)
        service_mail.deliver_service_mails(batch.mails(due), batch.settled, connections=connections)
    return batch.sent


@dataclass
class _MailBatch:
    """Some mails on their way, and how many went out."""

    under_way: dict[int, TransactionalMail] = field(default_factory=dict)
    sent: int = 0

    def mails(self, due: Iterable[int]) -> Iterator[service_mail.ServiceMail]:
        """Claim and compose one mail after the other; one that fails by itself holds no other up."""
        for pk in due:
            row = attempts.claim_row(TransactionalMail, pk, *_RELATED)
            if row is None:
                continue
            try:
                mail = _prepare(row)
            except ComposeError as error:  # an operator's own template, most likely
                logger.error("mail=%s kind=%s can't be composed: %s", row.pk, row.kind, error)
                attempts.settle_row(row, attempts.Failure(ServiceMailReason.TEMPLATE, str(error)))
            except DATABASE_DOWN_ERRORS:
                raise
            except Exception as error:
                why = describe_error(error)
                logger.error("mail=%s kind=%s can't be composed: %s", row.pk, row.kind, why)
                attempts.retry_row_later(row, attempts.Failure(ServiceMailReason.UNEXPECTED, why))
            else:
                if mail is None:
                    attempts.settle_row(row)
                    continue
                self.under_way[row.pk] = row
                yield service_mail.ServiceMail(row.pk, mail)

    def settled(self, number: int, outcome: service_mail.ServiceMailOutcome) -> None:
        """Write what became of a mail."""
        row = self.under_way.pop(number)
        if outcome.state == SendState.ACCEPTED:
            attempts.settle_row(row)
            self.sent += 1
            logger.info("mail=%s kind=%s sent", row.pk, row.kind)
            return
        logger.warning("mail=%s kind=%s state=%s", row.pk, row.kind, outcome.state)
        failure = attempts.Failure(outcome.reason or ServiceMailReason.SERVER, outcome.server_reply)
        if outcome.not_before:
            attempts.postpone_row(row, failure, outcome.not_before)
        elif outcome.state == SendState.FAILED:
            attempts.settle_row(row, failure)
        else:
            attempts.retry_row_later(row, failure)


def _prepare(row: TransactionalMail) -> EmailMultiAlternatives | None:
    """Return the mail of a claimed row; None where its reason is gone or its address must not be written to."""
    if row.kind == TransactionalMail.Kind.REMINDER:
        return _compose_reminder(row)
    # Before anything is counted: the second of two presses must not use up a mailbox's mails.
    if requests.is_repeated_request(row):
        return None
    if row.kind == TransactionalMail.Kind.LINK:
        account.assign_lost_link(row)
    if row.subscription is None or _is_kept_away(row) or requests.count_address_confirmation(row):
        return None
    return _compose(row, row.subscription)


def _is_kept_away(row: TransactionalMail) -> bool:
    """Say whether an address must not be written to; the answer to a sign-up asks whether a dead mailbox lives again."""
    if row.kind == TransactionalMail.Kind.CONFIRM:
        return suppression.is_permanently_suppressed(row.email)
    return suppression.is_suppressed(row.email)


def _compose_reminder(row: TransactionalMail) -> EmailMultiAlternatives | None:
    composed = editor_reminders.compose_reminder(row)
    return _build_message(row, row.digest.publication, *composed) if composed and row.digest else None


def _compose(row: TransactionalMail, subscription: Subscription) -> EmailMultiAlternatives | None:
    """Return the mail about a subscription, in the row's language; None where the subscription has ended since."""
    with use_language(get_enabled_language(row.language)):
        return _compose_by_kind(row, subscription)


def _compose_by_kind(row: TransactionalMail, subscription: Subscription) -> EmailMultiAlternatives | None:
    match row.kind:
        case TransactionalMail.Kind.CONFIRM:
            return _compose_sign_up_answer(row, subscription)
        case TransactionalMail.Kind.WELCOME:
            return _compose_welcome(row, subscription) if subscription.state == consent.ACTIVE else None
        case TransactionalMail.Kind.LINK:
            leave = {"leave": account.make_account_url(row), "leave_words": gettext("Your address and your data")}
            return _compose_simple_mail(row, "link", subscription, _preferences_url(subscription), **leave)
        case _:
            return _compose_simple_mail(row, row.kind, subscription, account.make_account_url(row))


def _compose_sign_up_answer(row: TransactionalMail, subscription: Subscription) -> EmailMultiAlternatives | None:
    """Return the link that confirms a sign-up, or the way to the preferences for a reader who reads this already."""
    if not subscription.publication.enabled:
        return None
    if subscription.state == consent.ACTIVE:
        return _compose_simple_mail(row, "known", subscription, _preferences_url(subscription))
    if not consent.can_be_confirmed(subscription):  # the reader left, or corrected the address meanwhile
        return None
    context = {
        "publication": isolate_in_text(subscription.publication.sender_name),
        "categories": _name_categories(subscription.categories.all(), row.language),
        "url": f"{settings.SITE_URL}/c/{consent.make_confirm_token(subscription)}/",
        "days": consent.CONFIRM_LINK_LIFETIME.days,
        "never": opt_out.make_opt_out_url(subscription),
    }
    return _subscription_mail(
        row, "confirm", subscription, compose_service_mail("confirm", context, language=row.language)
    )


def _compose_welcome(row: TransactionalMail, subscription: Subscription) -> EmailMultiAlternatives:
    """Return the first mail of a reader: what comes when, how it keeps out of spam, and the best of the newest digest."""
    publication, key = subscription.publication, subscription.subscriber.link_key
    categories = list(subscription.categories.all())
    names = _name_categories(categories, row.language)
    paragraphs = [
        gettext("Thanks for subscribing. From the next issue, you’ll get: {categories}").format(categories=names),
        format_publication_schedule(publication, row.language),
        gettext("To keep it out of your spam folder, add {address} to your contacts.").format(
            address=message.get_sender_address()
        ),
    ]
    leave = links.make_unsubscribe_url(subscription.pk, key)
    mail = _compose_simple_mail(
        row,
        "welcome",
        subscription,
        _preferences_url(subscription),
        paragraphs=paragraphs,
        **_list_best_items(subscription, {category.slug for category in categories}),
        leave=leave,
        leave_words=pgettext("email", "Unsubscribe"),
    )
    mail.extra_headers |= {
        "List-Id": message.make_list_id(publication),
        "List-Unsubscribe": message.make_list_unsubscribe(subscription.pk, key),
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    return mail


def _list_best_items(subscription: Subscription, slugs: set[str]) -> dict[str, Any]:
    """Return the most important items of the newest digest in a reader's categories, with the words above them; else nothing."""
    letter = load_newest_mailing(subscription.publication)
    if letter is None or _is_digest_queued(letter, subscription):
        return {}
    sections = get_section_bits(letter, slugs)
    best = joining.join_fragments(letter, sections).best if sections else ()
    digest = letter.mailing.digest
    words = gettext("While you wait, from the {date} issue:").format(date=format_short_date(digest.date))
    url = settings.SITE_URL + digest.get_absolute_url()
    return {"items": [item | {"url": f"{url}#{item['anchor']}"} for item in best], "items_title": words} if best else {}


def _is_digest_queued(letter: joining.MailingFragments, subscription: Subscription) -> bool:
    """Say whether the digest is queued for a reader already, who left and came back before their hour: once is enough."""
    rows = Delivery.objects.filter(mailing=letter.mailing, subscriber=subscription.subscriber_id)
    return rows.filter(state=Delivery.State.QUEUED).exists()


def _name_categories(categories: Iterable[Category], language: str) -> str:
    """Return the chosen categories in one line."""
    return separate_names(isolate_in_text(category.label(language)) for category in categories)


def _preferences_url(subscription: Subscription) -> str:
    return links.make_manage_url(subscription.pk, subscription.subscriber.link_key)


def _compose_simple_mail(
    row: TransactionalMail, kind: str, subscription: Subscription, url: str, **context: Any
) -> EmailMultiAlternatives:
    """Return a mail of one heading, a few sentences and one button, in the words of `kind`."""
    texts, name = TEXTS_BY_KIND[kind], subscription.publication.sender_name
    if "paragraphs" not in context:
        context["paragraphs"] = [texts.format_text(name)]
    context |= {
        "title": texts.format_heading(subscription.publication.sender_name),
        "button": texts.button,
        "quiet": [texts.note],
        "url": url,
    }
    return _subscription_mail(row, kind, subscription, compose_service_mail("note", context, language=row.language))


def _subscription_mail(
    row: TransactionalMail, kind: str, subscription: Subscription, body: tuple[str, str]
) -> EmailMultiAlternatives:
    publication = subscription.publication
    subject = TEXTS_BY_KIND[kind].format_subject(publication.sender_name)
    return _build_message(row, publication, subject, *body)


def _build_message(
    row: TransactionalMail, publication: Publication, subject: str, html: str, text: str
) -> EmailMultiAlternatives:
    """Return a message to the address of a row."""
    mail = message.OutgoingMail(
        subject=subject,
        body=text,
        from_email=message.make_from_header(publication.sender_name),
        to=[row.email],
        reply_to=[settings.REPLY_TO] if settings.REPLY_TO else None,
        headers={
            "Message-ID": f"<mail.{row.pk}.{secrets.token_hex(8)}@{message.get_sender_domain()}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(html, "text/html")
    return mail

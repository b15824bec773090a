"""Carries out what people asked for on the site: a sign-up becomes a subscription and the mail that answers it.

The row that the site wrote says what was asked for; here it is decided whether a mail follows. Two presses of a button
send one mail, and a mailbox that never answers gets only a few (mailbox_limits). The subscription, the mail's row and the
end of the request are one transaction, so that a worker that is killed leaves all of it to the next one, or nothing. Not
here: every change of a subscription (subscribers.consent), and how mails are composed and sent (mails).
"""

import datetime as dt
import logging

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from digests.models.row_failures import DATABASE_DOWN_ERRORS, describe_error
from newsletter.models import SignupRequest, TransactionalMail
from newsletter.models.requests import ServiceMailReason
from newsletter.subscribers import account, addresses, consent, mailbox_limits, sign_up_corrections
from newsletter.transactional import attempts

logger = logging.getLogger(__name__)

RETENTION = dt.timedelta(days=7)  # requests carry addresses of networks; a week is enough to see abuse
UNDO_RETENTION = account.LINK_LIFETIMES["undo"]  # the row is what the link to take a change back is checked against
_MAX_EARLIER_REQUESTS = 20  # are compared: nobody asks more often within a minute
_REQUESTED_KINDS = {TransactionalMail.Kind.LINK, TransactionalMail.Kind.OWNER, TransactionalMail.Kind.ADDRESS}


def process_due_requests(*, limit: int = 200) -> None:
    """Carry out the sign-ups that are due; one that fails by itself holds no other up, and is tried again."""
    for pk in attempts.list_due(SignupRequest, limit):
        request = attempts.claim_row(SignupRequest, pk, "publication", "replaces")
        if request is None:
            continue
        try:
            answer_sign_up(request)
        except DATABASE_DOWN_ERRORS:
            raise  # no fault of this row: the whole round waits for the database
        except Exception as error:
            why = describe_error(error)
            logger.error("request=%s can't be carried out: %s", request.pk, why)
            attempts.retry_row_later(request, attempts.Failure(ServiceMailReason.UNEXPECTED, why))


@transaction.atomic
def answer_sign_up(request: SignupRequest) -> None:
    """Write the subscription that a claimed request asks for, and the mail that answers it where one may be sent."""
    # A worker that carries out a correction of this request waits here, or has been here before: then it is known below.
    SignupRequest.objects.select_for_update().get(pk=request.pk)
    if request.replaces:
        sign_up_corrections.withdraw_sign_up(request.replaces)
    is_void = _is_second_sign_up(request) or sign_up_corrections.is_replaced(request)
    subscription = None if is_void else consent.process_sign_up(request)
    if subscription is None:
        pass
    elif mailbox_limits.count_mail(request.email, by_reader=request.by_reader):
        TransactionalMail.objects.create(
            kind=TransactionalMail.Kind.CONFIRM,
            email=request.email,
            subscription=subscription,
            language=request.language,
        )
    else:
        logger.info("request=%s is not answered: its mailbox has not answered", request.pk)
    # In the same transaction as the mail's row: a request is never carried out twice, nor without its mail.
    attempts.settle_row(request)


def is_repeated_request(mail: TransactionalMail) -> bool:
    """Say whether the link of a claimed mail was asked for a moment ago; another attempt at the same mail is no press."""
    if mail.attempts > 1 or mail.kind not in _REQUESTED_KINDS:
        return False
    moment_ago = Q(attempts__gt=0) | Q(due_at__isnull=False)  # what leads to no mail stands in nobody's way
    same = TransactionalMail.objects.filter(
        moment_ago, kind=mail.kind, pk__lt=mail.pk, at__gt=mail.at - attempts.DOUBLE_PRESS_WITHIN
    )
    return addresses.filter_by_address(same, mail.email).exists()


def count_address_confirmation(mail: TransactionalMail) -> bool:
    """Count one confirmation to a new address, a retry of the same mail not; return whether its mailbox has had enough."""
    if mail.kind != TransactionalMail.Kind.ADDRESS or mail.attempts > 1 or mailbox_limits.count_mail(mail.email):
        return False
    logger.info("mail=%s kind=%s kept back: its mailbox has not answered", mail.pk, mail.kind)
    return True


def purge_requests(now: dt.datetime | None = None) -> int:
    """Forget what was carried out a week ago, and changes of address that can't be taken back; return how many rows."""
    now = now or timezone.now()
    old = {"due_at": None, "at__lt": now - RETENTION}
    lasting = Q(kind=TransactionalMail.Kind.UNDO, at__gte=now - UNDO_RETENTION)
    mails, _ = TransactionalMail.objects.filter(~lasting, **old).delete()
    return mails + SignupRequest.objects.filter(**old).delete()[0]


def _is_second_sign_up(request: SignupRequest) -> bool:
    """Say whether the very same sign-up was asked for a moment ago; another attempt at the same one is no press."""
    if request.attempts > 1:
        return False
    same = SignupRequest.objects.filter(
        publication=request.publication,
        replaces=request.replaces,  # who corrects an address back wants another mail
        pk__lt=request.pk,
        at__gt=request.at - attempts.DOUBLE_PRESS_WITHIN,
    )
    earlier = addresses.filter_by_address(same, request.email)
    return request.categories in list(earlier.values_list("categories", flat=True)[:_MAX_EARLIER_REQUESTS])

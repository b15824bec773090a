"""The nouns of sending: who reads, what they chose, what was sent to whom and what became of it.

A rule that the rows must obey is a constraint here. A Delivery's state changes in
delivery/ alone, a Subscription's in subscribers/ (consent, csv_import/write_rows).
"""

from newsletter.models.category_changes import CategorySplit, SplitPrompt
from newsletter.models.deliveries import Delivery, DeliveryLease, DomainBackoff, RateReservation
from newsletter.models.events import Event, LeaveReason, UnreadMails
from newsletter.models.feedback import IssueFeedback
from newsletter.models.imports import Import, ImportPart
from newsletter.models.mailings import Fragment, KnownDatabase, Mailing, TakenBack
from newsletter.models.operations import Alarm, DeskLanguage, FailedLogin, Heartbeat
from newsletter.models.requests import Mailbox, SignupRequest, TransactionalMail
from newsletter.models.search import Popularity, SearchDocument
from newsletter.models.subscribers import Subscriber, Subscription
from newsletter.models.suppressions import KeptAway, Suppression

__all__ = [
    "Alarm",
    "CategorySplit",
    "Delivery",
    "DeliveryLease",
    "DeskLanguage",
    "DomainBackoff",
    "Event",
    "FailedLogin",
    "Fragment",
    "Heartbeat",
    "Import",
    "ImportPart",
    "IssueFeedback",
    "KeptAway",
    "KnownDatabase",
    "LeaveReason",
    "Mailbox",
    "Mailing",
    "Popularity",
    "RateReservation",
    "SearchDocument",
    "SignupRequest",
    "SplitPrompt",
    "Subscriber",
    "Subscription",
    "Suppression",
    "TakenBack",
    "TransactionalMail",
    "UnreadMails",
]

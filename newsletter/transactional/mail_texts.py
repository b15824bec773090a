"""The subjects and sentences of service mails about a subscription, by kind of mail.

Not here: the confirmation's text, which stands in templates/email/confirm.*, and the reminder to editors (editor_reminders).
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from digests.text.text_direction import isolate_in_text
from newsletter.emails.subjects import fit_service_subject


@dataclass(frozen=True)
class MailTexts:
    """The words of a mail of one heading, a paragraph and a button; {publication} is filled in."""

    subject: str | Promise
    text: str | Promise = ""  # its first sentence is also what a mail program shows beside the subject
    button: str | Promise = ""
    note: str | Promise = ""  # in small letters below the button

    def format_subject(self, publication: str) -> str:
        """Return the subject, short enough for a phone."""
        return fit_service_subject(lambda name: str(self.subject).format(publication=name), publication)

    def format_heading(self, publication: str) -> str:
        """Return the same words as the heading, which has room for the whole name."""
        return str(self.subject).format(publication=isolate_in_text(publication))

    def format_text(self, publication: str) -> str:
        """Return the paragraph."""
        return str(self.text).format(publication=isolate_in_text(publication))


TEXTS_BY_KIND = {
    "confirm": MailTexts(subject=_("Confirm your subscription to {publication}")),
    "known": MailTexts(
        subject=_("You’re already subscribed to {publication}"),
        text=_(
            "Someone tried to sign up for {publication} with this address. "
            "You’re already subscribed, so nothing has changed."
        ),
        button=_("See your preferences"),
        note=_("If this wasn’t you, you can ignore this email."),
    ),
    "welcome": MailTexts(
        subject=_("Welcome to {publication}"),
        button=_("Change categories"),
        note=_("You can change categories or unsubscribe at the bottom of every email."),
    ),
    "link": MailTexts(
        subject=_("The link you asked for"),
        text=_("Use the button below to change your categories or unsubscribe."),
        button=_("See your preferences"),
        note=_(
            "If you didn’t request this, delete this email. Don’t forward it to anyone. "
            "To change your address, or to download or delete your data, open the link below within one hour."
        ),
    ),
    "owner": MailTexts(
        subject=_("Manage your address and your data"),
        text=_(
            "Use the button below to change your address, or to download or delete the data we hold about you. "
            "The link works for one hour."
        ),
        button=_("Manage my data"),
        note=_("If you didn’t request this, delete this email. Don’t forward it to anyone."),
    ),
    "address": MailTexts(
        subject=_("Confirm your new email address"),
        text=_("Confirm this address to get {publication} here from now on. The link works for 24 hours."),
        button=_("Confirm this address"),
        note=_("If you didn’t ask for this, ignore this email. Nothing will change."),
    ),
    "undo": MailTexts(
        subject=_("Your email address was changed"),
        text=_(
            "The address for {publication} was changed, so we’ll no longer send it to this one. "
            "If you made the change, there’s nothing to do. If you didn’t, use the button below to undo it. "
            "The link works for 14 days."
        ),
        button=_("Undo the change"),
        note=_("This is the only email about the change to this address. Don’t forward it to anyone."),
    ),
}

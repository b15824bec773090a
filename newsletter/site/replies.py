"""What the readers' pages answer: each sentence that a view chooses, by a code; the words are made in the language of the page.

The codes of the errors are also those of the sign-up API. Not here: the sentences of a page itself, which stand in its template.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from digests.text.messages import MessageCode


class Reply(MessageCode):
    """A sentence or a heading that a view answers with."""

    ERROR_TITLE = "error_title", _("You’re not signed up yet")
    ERROR_EMAIL = "error_email", _("Enter an email address in the correct format, like name@example.com")
    ERROR_UNUSABLE = (
        "error_unusable",
        _("You can’t use this address here. Enter one with plain letters and digits before the @"),
    )
    ERROR_CATEGORY = "error_category", _("Select at least one category")
    ERROR_PUBLICATION = "error_publication", _("We couldn’t find that newsletter. Choose one from the homepage.")
    ERROR_STAMP = "error_stamp", _("Select Subscribe again so we know you’re not a robot.")
    ERROR_MEANT = (
        "error_meant",
        _("Did you mean {email}? If so, correct it. If your address is right as it is, select Subscribe again."),
    )
    ERROR_MEANT_AGAIN = (
        "error_meant_again",
        _("Did you mean {email}? If so, correct it. If your address is right as it is, select Send again."),
    )
    ERROR_WAIT = "error_wait", _("We’ve just written to this address. Wait a minute, or correct the address.")
    ERROR_HOST = "error_host", _("The part after the @ can’t receive email. Check the spelling.")
    ERROR_DISPOSABLE = (
        "error_disposable",
        _("You can’t subscribe with a temporary email address. Enter one you use regularly."),
    )
    ERROR_PUZZLE = (
        "error_puzzle",
        _(
            "We use JavaScript to block automated sign-ups. Turn it on in your browser and select Subscribe again. If you can’t, email {address}."
        ),
    )
    ERROR_FULL = (
        "error_full",
        ngettext_lazy(
            "Many people are signing up right now, so your browser has to do a small calculation in JavaScript. Select Subscribe again. Without JavaScript, come back in about {minutes} minute.",
            "Many people are signing up right now, so your browser has to do a small calculation in JavaScript. Select Subscribe again. Without JavaScript, come back in about {minutes} minutes.",
            "minutes",
        ),
    )
    FLOODED_TITLE = "flooded_title", _("Try again later")
    FLOODED_TEXT = (
        "flooded_text",
        ngettext_lazy(
            "We’ve had too many requests from your network. Wait about {minutes} minute, then sign up again.",
            "We’ve had too many requests from your network. Wait about {minutes} minutes, then sign up again.",
            "minutes",
        ),
    )
    SENT_AGAIN = (
        "sent_again",
        _("We’ve sent it. If you ask several times in a short time, we’ll send only a few emails."),
    )
    SAVED = "manage_saved", _("Saved. Your next email will use these categories.")
    ENDED = "manage_ended", _("Saved. You’ve unsubscribed from: {publications}")
    BEGINS = (
        "manage_begins",
        _(
            "Saved. We’ve sent you an email to confirm your new newsletter. The subscription starts when you use the button in it."
        ),
    )
    UNSAVED = "manage_unsaved", _("Not saved yet. To keep this selection, select Save changes.")
    PAUSE_SET = "manage_pause_set", _("Paused. Emails start again on {date}.")
    PAUSE_OVER = "manage_pause_over", _("Emails are on again. You’ll get the next issue.")
    PAUSE_WRONG = "manage_pause_wrong", _("Choose a date between tomorrow and one year from now")
    LANGUAGE_SET = "manage_language_set", _("Saved. These pages and account emails are in English from now on.")
    ZONE_SET = "manage_zone_set", _("Saved. Your time zone is {zone}, from the next issue.")
    ZONE_UNSET = "manage_zone_unset", _("Saved. From the next issue, each newsletter’s own time zone is used.")
    OWNER_SENT = (
        "manage_owner_sent",
        _(
            "We’ve emailed a link to your current address. It works for one hour. If you ask several times in a short time, we’ll send only a few emails."
        ),
    )
    ERASED_TITLE = "erased_title", _("Everything has been deleted")
    ERASED_TEXT = (
        "erased_text",
        _("Your subscriptions, address and records have been deleted. Only what the previous page listed is kept."),
    )
    REVOKED_TITLE = "revoked_title", _("Your old links no longer work")
    REVOKED_TEXT = (
        "revoked_text",
        _("The links in all your past emails have stopped working. Your next email will have new ones."),
    )
    ADDRESS_TAKEN_TITLE = "address_taken_title", _("This address already has a subscription")
    ADDRESS_TAKEN_TEXT = (
        "address_taken_text",
        _("We can’t move your subscription to it. To change what it gets, use the link in any email sent to it."),
    )
    ADDRESS_DONE_TITLE = "address_done_title", _("Email address changed")
    ADDRESS_DONE_TEXT = (
        "address_done_text",
        _(
            "The links in all your past emails have stopped working. We’ll send one email about the change to your old address."
        ),
    )
    TAKEN_BACK_TITLE = "taken_back_title", _("Your old address is back")
    TAKEN_BACK_TEXT = "taken_back_text", _("The links sent to the other address no longer work.")
    TOO_LONG_TITLE = "toolong_title", _("This form is too large")
    TOO_LONG_TEXT = (
        "toolong_text",
        _("It has more fields or text than we accept at once. Nothing was changed. Send it in smaller parts."),
    )
    NOT_FOUND_TITLE = "notfound_title", _("Page not found")
    NOT_FOUND_TEXT = (
        "notfound_text",
        _("Check the address, or start from the homepage. The issue may not have been published yet."),
    )
    FORBIDDEN_TITLE = "forbidden_title", _("You don’t have access to this page")
    FORBIDDEN_TEXT = (
        "forbidden_text",
        _("Your account’s role doesn’t include this page. If you need it, ask an administrator."),
    )
    OLD_FORM_TITLE = "oldform_title", _("This form has expired")
    OLD_FORM_TEXT = "oldform_text", _("Nothing was changed. Go back, reload the page and try again.")
    FAILED_TITLE = "failed_title", _("Something went wrong")
    FAILED_TEXT = "failed_text", _("It’s our fault, and we’ve logged the error. Try again in a few minutes.")
    BUSY_TITLE = "busy_title", _("We can’t do this right now")
    BUSY_TEXT = "busy_text", _("Nothing was changed. Try again in a few minutes.")

"""Why the text of a model was not used, or only in part, by code, with a sentence for an editor."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from digests.text.messages import MessageCode


class FallbackCode(MessageCode):
    """Why a section has not, or not all of, the model's text."""

    HELD = "writing.held", _("Didn’t pass the automatic checks: {reasons}")
    QUOTED = "writing.quoted", _("Point {numbers} was replaced by a sentence from the source: {reasons}")
    DROPPED = (
        "writing.dropped",
        ngettext_lazy(
            "{count} sentence was left out: {reasons}", "{count} sentences were left out: {reasons}", "count"
        ),
    )
    FALLEN = (
        "writing.fallen",
        _("Only a person can approve this: {count} of {total} sentences were left out or replaced. {reasons}"),
    )
    IN_PART = "writing.in_part", _("{part}: {finding}")
    MORE = "writing.more", ngettext_lazy("and {count} more", "and {count} more", "count")
    REPAIR_FAILED = "writing.repair_failed", _("{reason}. Fixing it failed too: {error}")
    TOO_LONG = (
        "writing.too_long",
        ngettext_lazy(
            "The text is longer than {limit} character", "The text is longer than {limit} characters", "limit"
        ),
    )
    NO_SOURCE = "writing.no_source", _("The sources are too short to summarize")
    INTERRUPTED = "writing.interrupted", _("The job was interrupted")
    UNVERIFIED = "writing.unverified", _("The checking AI hasn’t confirmed every sentence")
    PRIVATE_LINK = "writing.private_link", _("A link points to a private network")
    SENT = "writing.sent", _("This issue has been sent, so it can’t be changed any more")
    NO_TEXT = "writing.no_text", _("There is no text")

"""Why an email can't be composed, as codes that become sentences on the page that shows them."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from digests.text.messages import CodedError, MessageCode


class ComposeProblem(MessageCode):
    """What is wrong with an issue, or with an operator's own template."""

    NO_TEXT = "compose.no_text", _("No section of this issue has text yet.")
    TOO_LONG = (
        "compose.too_long",
        ngettext_lazy(
            "{count} section doesn’t fit into one email, even without its text.",
            "{count} sections don’t fit into one email, even without their text.",
            "count",
        ),
    )
    TEMPLATE_MARK = "compose.template_mark", _("The email template must have the mark “{name}” once, in its place.")
    TEMPLATE_FAILS = "compose.template_fails", _("The template {file} has an error: {why}")
    TEMPLATE_LINE = "compose.template_line", _("The template {file} has an error in line {line}: {why}")
    NOT_MJML = "compose.not_mjml", _("The template {file} isn’t valid MJML: {why}")


class ComposeError(CodedError):
    """The email can't be composed."""

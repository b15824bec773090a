"""Why a subscriber of the newsletter got no email, by the key that is stored with a mailing."""

from django.utils.translation import gettext_lazy

EXCLUSION_REASONS = {
    "pending": gettext_lazy("had not confirmed the address"),
    "left": gettext_lazy("had left"),
    "suppressed": gettext_lazy("the address is suppressed"),
    "paused": gettext_lazy("takes a break"),
    "no_match": gettext_lazy("chose no category that is in it"),
    "cancelled": gettext_lazy("the mailing was ended before"),
}

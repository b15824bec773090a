"""The desk's door: a wrong password is remembered, and after a few of them nobody gets in for a while.

Counted by name and by network, in rows, so that all processes count alike. The answer is the same for a name that
exists and one that does not, and the right password does not open the door while it is shut.
"""

import datetime as dt
import hashlib
from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter import guard
from newsletter.models import FailedLogin

WINDOW = dt.timedelta(minutes=15)
PER_NAME, PER_NETWORK = 5, 30  # a person who forgot; an office in which several did


class LoginForm(AdminAuthenticationForm):
    """The admin's own form, behind the count."""

    def clean(self) -> dict[str, Any]:
        """Refuse while the door is shut; remember what was wrong."""
        name = hashlib.sha256(str(self.cleaned_data.get("username", "")).casefold().encode()).hexdigest()
        ip = guard.network(self.request) if self.request else None
        if _is_shut(name, ip):
            raise ValidationError(_("Too many wrong passwords. Try again in 15 minutes."), code="shut")
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            FailedLogin.objects.create(name=name, ip=ip)
            raise
        FailedLogin.objects.filter(name=name).delete()
        return cleaned


def _is_shut(name: str, ip: str | None) -> bool:
    FailedLogin.objects.filter(at__lt=timezone.now() - 2 * WINDOW).delete()
    recent = FailedLogin.objects.filter(at__gt=timezone.now() - WINDOW)
    return recent.filter(name=name).count() >= PER_NAME or recent.filter(ip=ip).count() >= PER_NETWORK

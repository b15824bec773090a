"""The desk's first door: name and password, behind the count of failures (door).

The answer is the same for a name that exists and one that does not, and the right password does not open the door while
it is shut.
"""

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from newsletter import door, guard


class LoginForm(AdminAuthenticationForm):
    """The admin's own form, behind the count."""

    def clean(self) -> dict[str, Any]:
        """Refuse while the door is shut; remember what was wrong."""
        name = door.key(str(self.cleaned_data.get("username", "")))
        ip = guard.network(self.request) if self.request else None
        if door.is_shut(name, ip):
            raise ValidationError(_("Too many wrong passwords. Try again in 15 minutes."), code="shut")
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            door.remember(name, ip)
            raise
        door.forget(name)
        return cleaned

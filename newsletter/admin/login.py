"""The login form of the desk: name and password, throttled (staff.login_throttle).

The answer is the same for a name that exists and one that does not, and the right password is refused while the name is
throttled.
"""

from typing import Any

from django.contrib import messages
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_otp.plugins.otp_totp.models import TOTPDevice

from newsletter.staff import login_throttle
from newsletter.subscribers import antispam


class LoginForm(AdminAuthenticationForm):
    """The admin's login form, throttled."""

    def clean(self) -> dict[str, Any]:
        """Check name and password; count a failure, and warn of the failures of others after a success."""
        typed = str(self.cleaned_data.get("username", ""))
        name = counted = login_throttle.hash_name(typed)
        ip = antispam.get_client_network(self.request) if self.request else None
        if self.request and (known := login_throttle.get_device_key(self.request, name)):
            counted, ip = known, None
        has_second = TOTPDevice.objects.filter(user__username=typed, confirmed=True).exists()
        if login_throttle.is_login_throttled(counted, ip, has_second=has_second):
            raise ValidationError(_("Too many failed attempts. Try again in 15 minutes."), code="shut")
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            login_throttle.record_failure(counted, ip)
            raise
        login_throttle.clear_failures(counted, ip)
        self._warn_of_failures(name)
        return cleaned

    def _warn_of_failures(self, name: str) -> None:
        """Warn a person of wrong passwords for their name since the last login: they learn of it nowhere else."""
        person = self.get_user()
        tried = login_throttle.count_failures_since(name, person.last_login if isinstance(person, User) else None)
        if not tried.times or not self.request:
            return
        networks = ngettext("%(n)d network", "%(n)d networks", tried.networks) % {"n": tried.networks}
        warning = ngettext(
            "Since your last login, %(n)d wrong password was entered for your account, from %(networks)s. "
            "If it wasn’t you, set up two-factor authentication.",
            "Since your last login, %(n)d wrong passwords were entered for your account, from %(networks)s. "
            "If it wasn’t you, set up two-factor authentication.",
            tried.times,
        )
        messages.warning(self.request, warning % {"n": tried.times, "networks": networks})

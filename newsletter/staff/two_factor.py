"""Two-factor login at the desk: codes of an app, and ten backup codes on paper for a lost phone.

It is optional, unless REQUIRE_TWO_FACTOR demands it of all staff. Secrets and codes are django-otp's rows; a code works
once. django-otp throttles wrong codes: each doubles the time in which no other is read. Not here: wrong passwords (login_throttle).
"""

import datetime as dt
import math
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django_otp import devices_for_user
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

BACKUP_CODES = 10
# The wait doubles from one second on: 17 minutes at most. django-otp's own limit is a hundred years, so that somebody who knows the
# password could keep its owner out for good; at 84 guesses a day a code of six digits holds for years.
MAX_COUNTED_FAILURES = 11
Person = AbstractBaseUser | AnonymousUser


class TwoFactorBackend(ModelBackend):
    """Django's backend, whose query for the person also finds out whether there is a second factor."""

    def get_user(self, user_id: int) -> User | None:
        """Return the person of a session, annotated with `has_second`."""
        # Every page of the desk asks for both: one query instead of two.
        theirs = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        found = User.objects.annotate(has_second=Exists(theirs)).filter(pk=user_id).first()
        return found if found and self.user_can_authenticate(found) else None


class TooManyCodesError(Exception):
    """A code was wrong a moment ago, so that no other is read yet; `seconds` is the time to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"no code is read for {seconds} seconds")
        self.seconds = seconds


def has_two_factor(person: Person) -> bool:
    """Say whether a person has a second factor."""
    return bool(TOTPDevice.objects.filter(user=person.pk, confirmed=True).exists())


def is_login_complete(person: Any) -> bool:
    """Say whether a login has passed the second factor, or needs none."""
    has_one = person.has_second if hasattr(person, "has_second") else has_two_factor(person)
    return bool(person.is_verified()) or not (settings.REQUIRE_TWO_FACTOR or has_one)


@transaction.atomic
def create_pending_device(person: Person) -> TOTPDevice:
    """Return a new device, which counts once a code of it is confirmed; an earlier one that was never confirmed is deleted."""
    TOTPDevice.objects.filter(user=person.pk, confirmed=False).delete()
    made: TOTPDevice = TOTPDevice.objects.create(user_id=person.pk, name="app", confirmed=False)
    return made


def get_pending_device(person: Person) -> TOTPDevice | None:
    """Return the device that waits for its first code; None without one."""
    found: TOTPDevice | None = TOTPDevice.objects.filter(user=person.pk, confirmed=False).first()
    return found


def confirm_device(person: Person, code: str) -> TOTPDevice | None:
    """Confirm the pending device by its first code, in place of any other; None for a wrong code. Raises TooManyCodesError."""
    with transaction.atomic():
        # Locked, so that one code sent twice at once confirms once.
        device = _find_device(TOTPDevice.objects.select_for_update().filter(user=person.pk, confirmed=False), code)
        if device:
            TOTPDevice.objects.filter(user=person.pk).exclude(pk=device.pk).delete()
            TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
            device.confirmed = True
    return device


def verify_code(person: Person, code: str) -> Device | None:
    """Return the device of a code, app or paper, and use the code up; None for a wrong code. Raises TooManyCodesError."""
    with transaction.atomic():
        # for_verify locks the rows, so that one code sent twice at once works once, and each wrong one counts.
        return _find_device(devices_for_user(person, for_verify=True), code)


def _find_device(devices: Iterable[Device], code: str) -> Any:
    """Return the device whose code this is; None where it is nobody's. Raises TooManyCodesError where none may be asked yet."""
    theirs = list(devices)
    waits = {device.persistent_id: _count_seconds_to_wait(device) for device in theirs}
    # A wrong code counts on each device, so all wait alike; only one that was made since, as by addstatictoken, does not.
    if theirs and all(waits.values()):
        raise TooManyCodesError(min(waits.values()))
    for device in theirs:
        if not waits[device.persistent_id] and device.verify_token(_normalize_code(code)):
            for other in theirs:  # to those that were asked before, the code was a wrong one
                other.throttle_reset()
            return device
    return None


def _count_seconds_to_wait(device: Device) -> int:
    device.throttling_failure_count = min(device.throttling_failure_count, MAX_COUNTED_FAILURES)
    allowed, why = device.verify_is_allowed()
    return 0 if allowed else max(1, math.ceil((why["locked_until"] - timezone.now()) / dt.timedelta(seconds=1)))


@transaction.atomic
def create_backup_codes(person: Person) -> list[str]:
    """Return new backup codes, to be shown this once; the earlier ones stop working."""
    StaticDevice.objects.filter(user=person.pk).delete()
    device = StaticDevice.objects.create(user_id=person.pk, name="paper")
    codes = [StaticToken.random_token() for _code in range(BACKUP_CODES)]
    StaticToken.objects.bulk_create(StaticToken(device=device, token=code) for code in codes)
    return codes


def count_backup_codes(person: Person) -> int:
    """Return how many backup codes are unused."""
    return int(StaticToken.objects.filter(device__user=person.pk).count())


@transaction.atomic
def reset_two_factor(person: Person) -> bool:
    """Delete a person's second factor; say whether there was one."""
    had = has_two_factor(person)
    TOTPDevice.objects.filter(user=person.pk).delete()
    StaticDevice.objects.filter(user=person.pk).delete()
    return had


def _normalize_code(code: str) -> str:
    """Return a code as django-otp stores it: apps show it in two halves, and people copy capitals from paper."""
    return "".join(code.replace("\x00", "").replace("-", "").split()).lower()[:16]

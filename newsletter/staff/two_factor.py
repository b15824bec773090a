"""Two-factor login at the desk: codes of an app, and ten backup codes on paper for a lost phone.

It is optional, unless REQUIRE_TWO_FACTOR demands it of all staff. Secrets and codes are django-otp's rows; a code works
once. Wrong codes are throttled like wrong passwords, under a name of their own, so that the right password does not
clear them.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import transaction
from django.db.models import Exists, OuterRef
from django_otp import devices_for_user
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from newsletter.staff import login_throttle

BACKUP_CODES = 10
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
    """Too many wrong codes within the window of login_throttle."""


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


def confirm_device(person: Person, code: str, ip: str | None) -> TOTPDevice | None:
    """Confirm the pending device by its first code, in place of any other; None for a wrong code. Raises TooManyCodesError."""
    _refuse_if_throttled(person, ip)
    with transaction.atomic():
        # Locked, so that one code sent twice at once confirms once.
        device = TOTPDevice.objects.select_for_update().filter(user=person.pk, confirmed=False).first()
        if device and device.verify_token(_normalize_code(code)):
            TOTPDevice.objects.filter(user=person.pk).exclude(pk=device.pk).delete()
            TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
            device.confirmed = True
            login_throttle.clear_failures(_throttle_key(person), ip)
            made: TOTPDevice = device
            return made
    login_throttle.record_failure(_throttle_key(person), ip)
    return None


def verify_code(person: Person, code: str, ip: str | None) -> Device | None:
    """Return the device of a code, app or paper, and use the code up; None for a wrong code. Raises TooManyCodesError."""
    _refuse_if_throttled(person, ip)
    with transaction.atomic():
        # for_verify locks the rows, so that one code sent twice at once works once.
        for device in devices_for_user(person, for_verify=True):
            if device.verify_token(_normalize_code(code)):
                login_throttle.clear_failures(_throttle_key(person), ip)
                found: Device = device
                return found
    login_throttle.record_failure(_throttle_key(person), ip)
    return None


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
    """Delete a person's second factor and its failures; say whether there was one."""
    had = has_two_factor(person)
    TOTPDevice.objects.filter(user=person.pk).delete()
    StaticDevice.objects.filter(user=person.pk).delete()
    login_throttle.clear_all_failures(_throttle_key(person))
    return had


def _refuse_if_throttled(person: Person, ip: str | None) -> None:
    if login_throttle.is_login_throttled(_throttle_key(person), ip):
        raise TooManyCodesError


def _throttle_key(person: Person) -> str:
    return login_throttle.hash_name(f"second factor of {person.pk}")


def _normalize_code(code: str) -> str:
    """Return a code as django-otp stores it: apps show it in two halves, and people copy capitals from paper."""
    return "".join(code.replace("\x00", "").replace("-", "").split()).lower()[:16]

"""Throttles logins to the desk: wrong passwords are counted in rows, and after a few of them a name has to wait.

Failures are counted by name and network together, so that a stranger who tries a name locks it out on their own network
alone. What many networks try on one name is counted by the name too. Devices on which the owner logged in before have a
count of their own, so that the owner is not locked out by others. Rows, because all processes have to count together.
Not here: the form (admin/login), and wrong codes of the second factor (two_factor).
"""

import datetime as dt
import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from newsletter.models import FailedLogin

WINDOW = dt.timedelta(minutes=15)
MAX_FAILURES_PER_NAME, MAX_FAILURES_PER_NETWORK = 5, 30  # a person who forgot; an office in which several did
MAX_FAILURES_PER_NAME_ANYWHERE = 50  # from many networks: nobody forgets that often
FAILURE_RETENTION = dt.timedelta(days=14)  # the next login shows what was tried since the last one

_COOKIE, _SALT = "known_device", "newsletter.staff.login_throttle"
_DEVICE_SECONDS = 180 * 86_400  # half a year
_NAMES_PER_DEVICE = 5  # a cookie must stay small


@dataclass(frozen=True)
class FailureCount:
    """How many wrong passwords others tried on a name, and from how many networks."""

    times: int
    networks: int


def hash_name(name: str) -> str:
    """Return the hash by which a name is counted: people type passwords into the field of the name."""
    return hashlib.sha256(name.casefold().encode()).hexdigest()


def is_login_throttled(name: str, ip: str | None, *, has_second: bool = False) -> bool:
    """Say whether a name, given as its hash, has to wait on this network.

    The limit over all networks does not hold for a name with a second factor, whose codes are counted by themselves.
    """
    ip = _counted_network(ip)
    recent = FailedLogin.objects.filter(at__gt=timezone.now() - WINDOW)
    if recent.filter(name=name, ip=ip).count() >= MAX_FAILURES_PER_NAME:
        return True
    if ip is not None and recent.filter(ip=ip).count() >= MAX_FAILURES_PER_NETWORK:
        return True
    return not has_second and recent.filter(name=name).count() >= MAX_FAILURES_PER_NAME_ANYWHERE


def record_failure(name: str, ip: str | None) -> None:
    """Count one failed attempt, and forget the old ones of all names."""
    FailedLogin.objects.filter(at__lt=timezone.now() - FAILURE_RETENTION).delete()
    FailedLogin.objects.create(name=name, ip=_counted_network(ip))


def clear_failures(name: str, ip: str | None) -> None:
    """Forget a name's failures on the network where it logged in; those on other networks stay counted."""
    FailedLogin.objects.filter(name=name, ip=_counted_network(ip)).delete()


def _counted_network(ip: str | None) -> str | None:
    """Return the network by which a failure is counted: of IPv6 a /48, in which one customer may have 65,536 networks.

    Counted one by one, ten of these would lock a name out everywhere.
    """
    if ip is None or ":" not in ip:
        return ip
    return str(ipaddress.ip_network((ip, 48), strict=False).network_address)


def count_failures_since(name: str, since: dt.datetime | None) -> FailureCount:
    """Return how many attempts on a name failed since a moment, and from how many networks."""
    rows = FailedLogin.objects.filter(name=name, at__gt=since or timezone.now() - FAILURE_RETENTION)
    found = rows.aggregate(times=Count("pk"), networks=Count("ip", distinct=True))
    return FailureCount(found["times"], found["networks"])


def get_device_key(request: HttpRequest, name: str) -> str:
    """Return the key by which a name is counted on a known device; empty where it never logged in on this one."""
    device = _known_devices(request).get(name)
    return hash_name(f"{name} on {device}") if device else ""


def remember_device(request: HttpRequest, response: HttpResponse, name: str) -> None:
    """Set a signed cookie that says that this name has logged in on this device."""
    devices = _known_devices(request)
    devices = {name: devices.pop(name, None) or secrets.token_hex(8)} | devices
    kept = dict(list(devices.items())[:_NAMES_PER_DEVICE])
    response.set_cookie(
        _COOKIE,
        signing.dumps(kept, salt=_SALT),
        max_age=_DEVICE_SECONDS,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
        path="/admin/",
    )


def _known_devices(request: HttpRequest) -> dict[str, Any]:
    try:
        found = signing.loads(request.COOKIES.get(_COOKIE, ""), salt=_SALT, max_age=_DEVICE_SECONDS)
    except signing.BadSignature:
        return {}
    return found if isinstance(found, dict) else {}

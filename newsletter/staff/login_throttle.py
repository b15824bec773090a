"""Wrong passwords and codes at the desk's door, counted in rows: after a few of them who tried waits for a while.

Counted by name and network together, so that a stranger who tries a name shuts the door for himself alone, and all processes
count alike. What many networks try on one name is counted by the name as well; the devices on which its owner came in before
have a count of their own, and a name with a second factor has its door behind this one. Not here: the forms (admin/login,
admin/second).
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
FAILURE_RETENTION = dt.timedelta(days=14)  # so that a person can be shown what was tried in the meantime

_COOKIE, _SALT = "known_device", "newsletter.staff.login_throttle"
_DEVICE_SECONDS = 180 * 86_400
_NAMES_PER_DEVICE = 5


@dataclass(frozen=True)
class FailureCount:
    """How many wrong passwords others tried on a name, and from how many networks."""

    times: int
    networks: int


def hash_name(name: str) -> str:
    """Return what a name is counted by: people type passwords where names belong."""
    return hashlib.sha256(name.casefold().encode()).hexdigest()


def is_login_throttled(name: str, ip: str | None, *, has_second: bool = False) -> bool:
    """Say whether a name, given as its key, has to wait where it is tried from; a second factor is a door of its own."""
    ip = _counted_network(ip)
    recent = FailedLogin.objects.filter(at__gt=timezone.now() - WINDOW)
    if recent.filter(name=name, ip=ip).count() >= MAX_FAILURES_PER_NAME:
        return True
    if ip is not None and recent.filter(ip=ip).count() >= MAX_FAILURES_PER_NETWORK:
        return True
    return not has_second and recent.filter(name=name).count() >= MAX_FAILURES_PER_NAME_ANYWHERE


def record_failure(name: str, ip: str | None) -> None:
    """Count one failure."""
    FailedLogin.objects.filter(at__lt=timezone.now() - FAILURE_RETENTION).delete()
    FailedLogin.objects.create(name=name, ip=_counted_network(ip))


def clear_failures(name: str, ip: str | None) -> None:
    """Forget a name's failures where it got in; those of others stay counted."""
    FailedLogin.objects.filter(name=name, ip=_counted_network(ip)).delete()


def clear_all_failures(name: str) -> None:
    """Forget a name's failures on every network: a person who may has opened the door."""
    FailedLogin.objects.filter(name=name).delete()


def _counted_network(ip: str | None) -> str | None:
    """Return the network by which a failure is counted: of IPv6 a /48, for one customer may have 65,536 networks in it.

    Counted one by one, ten of these would shut a name's door for everybody.
    """
    if ip is None or ":" not in ip:
        return ip
    return str(ipaddress.ip_network((ip, 48), strict=False).network_address)


def count_failures_since(name: str, since: dt.datetime | None) -> FailureCount:
    """Return what was tried on a name since a moment, by whom it does not belong to."""
    rows = FailedLogin.objects.filter(name=name, at__gt=since or timezone.now() - FAILURE_RETENTION)
    found = rows.aggregate(times=Count("pk"), networks=Count("ip", distinct=True))
    return FailureCount(found["times"], found["networks"])


def get_device_key(request: HttpRequest, name: str) -> str:
    """Return the key by which a name is counted on a device on which it came in before; empty on any other."""
    device = _known_devices(request).get(name)
    return hash_name(f"{name} on {device}") if device else ""


def remember_device(request: HttpRequest, response: HttpResponse, name: str) -> None:
    """Let the browser keep a signed mark that this name came in here."""
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

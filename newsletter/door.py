"""Wrong passwords and codes at the desk's door, counted in rows: after a few of them nobody gets in for a while.

Counted by name and by network, so that all processes count alike. Not here: the forms (admin/login, admin/second).
"""

import datetime as dt
import hashlib

from django.utils import timezone

from newsletter.models import FailedLogin

WINDOW = dt.timedelta(minutes=15)
PER_NAME, PER_NETWORK = 5, 30  # a person who forgot; an office in which several did


def key(name: str) -> str:
    """Return what a name is counted by: people type passwords where names belong."""
    return hashlib.sha256(name.casefold().encode()).hexdigest()


def is_shut(name: str, ip: str | None) -> bool:
    """Say whether a name, given as its key, or a network has to wait."""
    FailedLogin.objects.filter(at__lt=timezone.now() - 2 * WINDOW).delete()
    recent = FailedLogin.objects.filter(at__gt=timezone.now() - WINDOW)
    return recent.filter(name=name).count() >= PER_NAME or recent.filter(ip=ip).count() >= PER_NETWORK


def remember(name: str, ip: str | None) -> None:
    """Count one failure."""
    FailedLogin.objects.create(name=name, ip=ip)


def forget(name: str) -> None:
    """Forget a name's failures: it got in."""
    FailedLogin.objects.filter(name=name).delete()

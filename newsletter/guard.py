"""Abuse of the sign-up: a request -> let through, asked once more, or turned away.

Three guards, the same for the form and for the API: a field that people don't see, a stamp that says when the form was
opened (a person needs some seconds, a script none), and limits per network, per address and in all, counted from the
notes in the database, so that all processes share them. Not here: what a sign-up leads to (signup).
"""

import datetime as dt
import difflib
import ipaddress
import time

from django.conf import settings
from django.db.models import Count, Q
from django.http import HttpRequest
from django.utils import timezone

from newsletter import tokens
from newsletter.models import Note, Subscriber

FILL_SECONDS = 2  # nobody reads the choices, types an address and sends it in less
STAMP_SECONDS = 2 * 86_400  # a page may lie open, or in a cache, over night
WINDOW = dt.timedelta(hours=1)
PER_NETWORK, PER_ADDRESS, IN_ALL = 20, 3, 1_000  # an office behind one address; a mailbox nobody floods; a whole site

# Where readers of mail in Korean and English have their mailboxes; a near miss of one of these is a typing error.
_COMMON = [
    "gmail.com",
    "naver.com",
    "daum.net",
    "hanmail.net",
    "kakao.com",
    "nate.com",
    "outlook.com",
    "hotmail.com",
    "yahoo.com",
    "icloud.com",
    "protonmail.com",
    "live.com",
]


def stamp(now: float | None = None) -> str:
    """Return the stamp of a form that is opened now."""
    return tokens.make("form", int(time.time() if now is None else now), "")


def is_human(stamped: str, now: float | None = None) -> bool:
    """Say whether a stamp is ours and as old as a form that a person filled in."""
    opened = tokens.row_id(stamped)
    if opened is None or not tokens.allows("form", stamped, ""):
        return False
    return FILL_SECONDS <= (time.time() if now is None else now) - opened <= STAMP_SECONDS


def network(request: HttpRequest) -> str | None:
    """Return the address a request came from; of IPv6 the network, of which one household has all addresses."""
    seen = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:  # the proxy in front of us wrote the last entry; the others anybody may write
        seen = request.META.get("HTTP_X_FORWARDED_FOR", seen).rpartition(",")[2].strip()
    try:
        address = ipaddress.ip_address(seen)
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((int(address), 64), strict=False).network_address)


def is_flooded(ip: str | None) -> bool:
    """Say whether this network, or all of them together, asked for more than a site of readers would."""
    recent = Note.objects.filter(at__gt=timezone.now() - WINDOW).exclude(kind=Note.Kind.REMINDER)
    counts = recent.aggregate(all=Count("pk"), here=Count("pk", filter=Q(ip=ip) if ip else Q(ip__isnull=True)))
    return bool(counts["all"] >= IN_ALL or counts["here"] >= PER_NETWORK)


def has_lost_too_many(ip: str | None) -> bool:
    """Say whether a network asked for more lost links than an office of readers would."""
    recent = Note.objects.filter(kind=Note.Kind.LINK, ip=ip, at__gt=timezone.now() - WINDOW)
    return recent.count() >= PER_NETWORK


def moves_too_often(reader: Subscriber) -> bool:
    """Say whether a reader asked for so many new addresses that these are rather other people's."""
    recent = Note.objects.filter(
        kind=Note.Kind.ADDRESS, subscription__subscriber=reader, at__gt=timezone.now() - WINDOW
    )
    return recent.count() >= PER_ADDRESS


def is_bothered(email: str) -> bool:
    """Say whether an address was written to often enough for now; whoever asked is not told."""
    recent = Note.objects.filter(at__gt=timezone.now() - WINDOW, email__iexact=email)
    return recent.count() >= PER_ADDRESS


def meant(email: str) -> str:
    """Return the address that was probably meant where the host is a near miss of a common one, else nothing."""
    name, _, host = email.rpartition("@")
    near = difflib.get_close_matches(host.lower(), _COMMON, n=1, cutoff=0.8)
    return f"{name}@{near[0]}" if near and near[0] != host.lower() else ""

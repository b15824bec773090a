"""Protects the sign-up from abuse: honeypot, form stamp, rate limits per network and site, limits of mails per address.

Three guards, the same for the form and for the API: a field that people do not see, a stamp of the time when the form was
opened (a person needs some seconds, a script none), and limits per network and for the whole site, counted from the requests
in the database, so that all processes share them. A network that asks too often has to wait. Where the whole site is asked too
often, each request has to solve a puzzle (proof_of_work). Also suggests a correction of a mistyped mail host. Not here: how
many confirmations a mailbox gets (mailbox_limits), and what a sign-up leads to (consent).
"""

import datetime as dt
import difflib
import ipaddress
import math
import re
import time

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from newsletter.models import SignupRequest, Subscriber, TransactionalMail
from newsletter.models.columns import format_network_as_hex
from newsletter.subscribers import addresses, links

MIN_FILL_SECONDS = 2  # no person reads the choices, types an address and sends it in less
MIN_RESEND_SECONDS = 61  # a minute, and the second that a stamp is rounded by: an earlier press counts as the same one
MAX_STAMP_AGE_SECONDS = 2 * 86_400  # a page may stay open, or in a cache, over night
RATE_LIMIT_WINDOW = dt.timedelta(hours=1)
MAX_SIGN_UPS_PER_NETWORK = 20  # within the window; an office has one network address
MAX_REQUESTS_PER_ADDRESS = 3  # within the window, so that nobody can flood a mailbox
MAX_SIGN_UPS_PER_SITE = 1_000  # within the window; beyond that each one costs a puzzle
MAX_LOST_LINKS_PER_DAY = 5  # lost links to one address
# One customer may have an IPv6 network of /64, /56 or /48, the last with 65,536 of the first in it. Each size has a limit of its
# own, or one customer could use up the limit of the whole site. As (hex digits of the prefix, sign-ups within the window).
_LIMITS_BY_IPV6_PREFIX = (
    (16, MAX_SIGN_UPS_PER_NETWORK),
    (14, 2 * MAX_SIGN_UPS_PER_NETWORK),
    (12, 5 * MAX_SIGN_UPS_PER_NETWORK),
)
DEFAULT_CHALLENGE_DIFFICULTY = 100_000  # numbers to try: about a second on a phone; used beyond the limit of the site

# Where readers of mail in Korean and English have their mailboxes; a near miss of one of these is a typing error.
_COMMON_MAIL_HOSTS = (
    *("gmail.com", "naver.com", "daum.net", "hanmail.net", "kakao.com", "nate.com", "outlook.com", "hotmail.com"),
    *("yahoo.com", "icloud.com", "protonmail.com", "live.com"),
)
# Real hosts that look like one of these: a correction would be wrong.
_REAL_LOOKALIKE_HOSTS = frozenset(
    ("ymail.com", "mail.com", "email.com", "gmx.com", "zmail.com", "hushmail.com", "fastmail.com", "rocketmail.com")
)
# Hosts of these providers in other countries. .co, .cm and .om are countries too, but mostly .com with a letter missing.
_COUNTRY_MAIL_HOST = re.compile(r"(?:yahoo|ymail|hotmail|outlook|live|msn)\.(?:com?\.)?(?!co$|cm$|om$)[a-z]{2}")
# The provider exists under one of .net and .com only.
_CORRECTED_HOSTS = {"hanmail.com": "hanmail.net", "daum.com": "daum.net", "gmail.net": "gmail.com"}

_Requests = QuerySet[SignupRequest] | QuerySet[TransactionalMail]

_PORT = re.compile(r"^(?:\[([^\]]*)\](?::\d+)?|([^:]*):\d+)$")


def make_form_stamp(now: float | None = None) -> str:
    """Return the signed time stamp of a form that is opened now."""
    return links.make_token("form", int(time.time() if now is None else now), "")


def is_human_stamp(stamped: str, now: float | None = None) -> bool:
    """Say whether a stamp was signed by us and is of the age of a form that a person filled in."""
    age = compute_stamp_age(stamped, now)
    return age is not None and MIN_FILL_SECONDS <= age <= MAX_STAMP_AGE_SECONDS


def compute_stamp_age(stamped: str, now: float | None = None) -> float | None:
    """Return the seconds since a form with this stamp was opened; None where we did not sign it."""
    opened = links.parse_row_id(stamped)
    if opened is None or not links.is_valid_token("form", stamped, ""):
        return None
    return (time.time() if now is None else now) - opened


def get_client_network(request: HttpRequest) -> str | None:
    """Return the IPv4 address of a request, or its IPv6 network (/64), whose addresses all belong to one household.

    None where it cannot be known.
    """
    seen = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:  # our proxy wrote the last entry; the client may have written the others
        seen = request.META.get("HTTP_X_FORWARDED_FOR", seen).rpartition(",")[2].strip()
    seen = _PORT.sub(r"\1\2", seen)  # some proxies add a port, with brackets around an IPv6 address
    try:
        address = ipaddress.ip_address(seen)
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((int(address), 64), strict=False).network_address)


def get_network_limit_end(ip: str | None) -> dt.datetime | None:
    """Return the moment from which a network may sign up again; None where it may now.

    Requests whose network is unknown count for the whole site only: together they must not lock each other out.
    """
    return _find_network_limit_end(_list_recent_sign_ups(), ip)


def get_site_limit_end() -> dt.datetime | None:
    """Return the moment from which the site accepts sign-ups without a puzzle again; None where it does now."""
    return _find_limit_end(_list_recent_sign_ups(), MAX_SIGN_UPS_PER_SITE)


def get_challenge_difficulty() -> int:
    """Return how many numbers a browser may have to try for a sign-up now; 0 where no puzzle is needed."""
    if settings.PROOF_OF_WORK:
        return int(settings.PROOF_OF_WORK)
    return DEFAULT_CHALLENGE_DIFFICULTY if get_site_limit_end() else 0


def count_minutes_until(moment: dt.datetime) -> int:
    """Return the whole minutes until a moment, at least 1."""
    return max(1, math.ceil((moment - timezone.now()).total_seconds() / 60))


def _list_recent_sign_ups() -> QuerySet[SignupRequest]:
    """Return the sign-ups within the window that count: not those that readers made on their own pages."""
    return SignupRequest.objects.filter(by_reader=False, at__gt=timezone.now() - RATE_LIMIT_WINDOW)


def _find_network_limit_end(rows: _Requests, ip: str | None) -> dt.datetime | None:
    """Return the moment at which a network and its larger IPv6 prefixes are all below their limits; None where they are now."""
    own = format_network_as_hex(ip)
    limits = _LIMITS_BY_IPV6_PREFIX if len(own) == 16 else _LIMITS_BY_IPV6_PREFIX[:1]
    moments = [_find_limit_end(rows.filter(network__startswith=own[:n]), most) for n, most in limits] if own else []
    return max((moment for moment in moments if moment), default=None)


def _find_limit_end(rows: _Requests, most: int) -> dt.datetime | None:
    """Return the moment at which fewer than `most` of the rows are within the window; None where there are fewer now."""
    last = list(rows.order_by("-at").values_list("at", flat=True)[most - 1 : most])
    return last[0] + RATE_LIMIT_WINDOW if last else None


def has_requested_too_many_links(ip: str | None) -> bool:
    """Say whether a network, or a larger IPv6 prefix of it, requested more lost links than an office of readers would.

    As with sign-ups, requests whose network is unknown keep nobody from a link.
    """
    recent = TransactionalMail.objects.filter(
        kind=TransactionalMail.Kind.LINK, at__gt=timezone.now() - RATE_LIMIT_WINDOW
    )
    return _find_network_limit_end(recent, ip) is not None


def has_requested_too_many_address_changes(reader: Subscriber) -> bool:
    """Say whether a reader requested so many changes of address that these are probably addresses of other people."""
    recent = TransactionalMail.objects.filter(
        kind=TransactionalMail.Kind.ADDRESS, subscription__subscriber=reader, at__gt=timezone.now() - RATE_LIMIT_WINDOW
    )
    return recent.count() >= MAX_REQUESTS_PER_ADDRESS


def is_over_hourly_link_limit(email: str) -> bool:
    """Say whether an address was sent enough links of its owner within the hour; the page does not show the answer.

    Mails are counted, not requests, and no mails of a sign-up: a stranger must not keep the owner of an address from a link.
    """
    others = [TransactionalMail.Kind.CONFIRM, TransactionalMail.Kind.WELCOME, TransactionalMail.Kind.REMINDER]
    mails = _list_mails_to(email, timezone.now() - RATE_LIMIT_WINDOW)
    return mails.exclude(kind__in=others).count() >= MAX_REQUESTS_PER_ADDRESS


def is_over_daily_link_limit(email: str) -> bool:
    """Say whether an address was sent enough lost links for a day; anybody may request one, and every digest has the link too."""
    mails = _list_mails_to(email, timezone.now() - dt.timedelta(days=1))
    return mails.filter(kind=TransactionalMail.Kind.LINK).count() >= MAX_LOST_LINKS_PER_DAY


def _list_mails_to(email: str, since: dt.datetime) -> QuerySet[TransactionalMail]:
    """Return the mails that were sent to an address since a moment, or are due."""
    mails = TransactionalMail.objects.filter(Q(attempts__gt=0) | Q(due_at__isnull=False), at__gt=since)
    return addresses.filter_by_address(mails, email)


def suggest_address(email: str) -> str:
    """Return the address that was probably meant where the host is almost a common one; else an empty string."""
    name, _, typed = email.rpartition("@")
    typed = typed.lower()
    host = f"{typed[:-1]}m" if typed.endswith(".con") else typed  # a common typing error: there is no .con
    host = _CORRECTED_HOSTS.get(host, host)
    if host not in _REAL_LOOKALIKE_HOSTS and not _COUNTRY_MAIL_HOST.fullmatch(host):
        host = next(iter(difflib.get_close_matches(host, _COMMON_MAIL_HOSTS, n=1, cutoff=0.8)), host)
    return f"{name}@{host}" if host != typed else ""

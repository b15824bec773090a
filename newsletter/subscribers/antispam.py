"""Abuse of the sign-up: a request -> let through, asked once more, or turned away.

Three guards, the same for the form and for the API: a field that people don't see, a stamp that says when the form was
opened (a person needs some seconds, a script none), and limits per network and in all, counted from the requests in the
database, so that all processes share them. A network that asks too often waits; where the whole site is asked too
often, each request has to solve a puzzle, whoever makes it. Not here: how many mails a mailbox gets (mailboxes), and what
a sign-up leads to (signup).
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

MIN_FILL_SECONDS = 2  # nobody reads the choices, types an address and sends it in less
MAX_STAMP_AGE_SECONDS = 2 * 86_400  # a page may lie open, or in a cache, over night
RATE_LIMIT_WINDOW = dt.timedelta(hours=1)
MAX_SIGN_UPS_PER_NETWORK, MAX_REQUESTS_PER_ADDRESS, MAX_SIGN_UPS_PER_SITE = (
    20,
    3,
    1_000,
)  # an office behind one address; a mailbox nobody floods; a whole site
MAX_LOST_LINKS_PER_DAY = 5  # lost links to one address
# Of IPv6 one customer may have a /64, a /56 or a /48, with 65,536 networks in it: each may ask a little more than the one
# before, or one customer would fill the house. As (hex digits of the network, sign-ups within the window).
_LIMITS_BY_IPV6_PREFIX = (
    (16, MAX_SIGN_UPS_PER_NETWORK),
    (14, 2 * MAX_SIGN_UPS_PER_NETWORK),
    (12, 5 * MAX_SIGN_UPS_PER_NETWORK),
)
DEFAULT_CHALLENGE_DIFFICULTY = 100_000  # a second of a phone, where the house is full and no setting says more

# Where readers of mail in Korean and English have their mailboxes; a near miss of one of these is a typing error.
_COMMON_MAIL_HOSTS = (
    *("gmail.com", "naver.com", "daum.net", "hanmail.net", "kakao.com", "nate.com", "outlook.com", "hotmail.com"),
    *("yahoo.com", "icloud.com", "protonmail.com", "live.com"),
)
# Hosts that look like one of these and are not: a hint would lead their readers astray.
_REAL_LOOKALIKE_HOSTS = frozenset(
    ("ymail.com", "mail.com", "email.com", "gmx.com", "zmail.com", "hushmail.com", "fastmail.com", "rocketmail.com")
)
# What some have in other countries; .co, .cm and .om are countries too, and mostly .com with a letter missing.
_COUNTRY_MAIL_HOST = re.compile(r"(?:yahoo|ymail|hotmail|outlook|live|msn)\.(?:com?\.)?(?!co$|cm$|om$)[a-z]{2}")
_CORRECTED_HOSTS = {
    "hanmail.com": "hanmail.net",
    "daum.com": "daum.net",
    "gmail.net": "gmail.com",
}  # .net and .com confused

_Requests = QuerySet[SignupRequest] | QuerySet[TransactionalMail]

_PORT = re.compile(r"^(?:\[([^\]]*)\](?::\d+)?|([^:]*):\d+)$")


def make_form_stamp(now: float | None = None) -> str:
    """Return the stamp of a form that is opened now."""
    return links.make_token("form", int(time.time() if now is None else now), "")


def is_human_stamp(stamped: str, now: float | None = None) -> bool:
    """Say whether a stamp is ours and as old as a form that a person filled in."""
    opened = links.parse_row_id(stamped)
    if opened is None or not links.is_valid_token("form", stamped, ""):
        return False
    return MIN_FILL_SECONDS <= (time.time() if now is None else now) - opened <= MAX_STAMP_AGE_SECONDS


def get_client_network(request: HttpRequest) -> str | None:
    """Return the address a request came from; of IPv6 the network, of which one household has all addresses."""
    seen = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:  # the proxy in front of us wrote the last entry; the others anybody may write
        seen = request.META.get("HTTP_X_FORWARDED_FOR", seen).rpartition(",")[2].strip()
    seen = _PORT.sub(r"\1\2", seen)  # some proxies add it, in brackets where the address has colons itself
    try:
        address = ipaddress.ip_address(seen)
    except ValueError:
        return None
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((int(address), 64), strict=False).network_address)


def get_network_limit_end(ip: str | None) -> dt.datetime | None:
    """Return the moment from which a network may ask for a sign-up again; None where it may now.

    What comes from no network that we can name counts for the whole site alone: it must not close it to everybody.
    """
    return _network_limit_end(_signups(), ip)


def get_site_limit_end() -> dt.datetime | None:
    """Return the moment from which the site takes sign-ups without a puzzle again; None where it does now."""
    return _limit_end(_signups(), MAX_SIGN_UPS_PER_SITE)


def get_challenge_difficulty() -> int:
    """Return how many numbers a browser has to try before it may sign somebody up now; 0 for none."""
    if settings.PROOF_OF_WORK:
        return int(settings.PROOF_OF_WORK)
    return DEFAULT_CHALLENGE_DIFFICULTY if get_site_limit_end() else 0


def count_minutes_until(moment: dt.datetime) -> int:
    """Return how many minutes are left to a moment, one at least."""
    return max(1, math.ceil((moment - timezone.now()).total_seconds() / 60))


def _signups() -> QuerySet[SignupRequest]:
    """Return the sign-ups that count: what the owner of an address asks for is outside all limits of networks."""
    return SignupRequest.objects.filter(by_reader=False, at__gt=timezone.now() - RATE_LIMIT_WINDOW)


def _network_limit_end(rows: _Requests, ip: str | None) -> dt.datetime | None:
    """Return the moment from which a network, and those around it, may add to some rows again."""
    own = format_network_as_hex(ip)
    limits = _LIMITS_BY_IPV6_PREFIX if len(own) == 16 else _LIMITS_BY_IPV6_PREFIX[:1]
    moments = [_limit_end(rows.filter(network__startswith=own[:n]), most) for n, most in limits] if own else []
    return max((moment for moment in moments if moment), default=None)


def _limit_end(rows: _Requests, most: int) -> dt.datetime | None:
    """Return the moment at which fewer than `most` of the rows count; None where they are fewer now."""
    last = list(rows.order_by("-at").values_list("at", flat=True)[most - 1 : most])
    return last[0] + RATE_LIMIT_WINDOW if last else None


def has_requested_too_many_links(ip: str | None) -> bool:
    """Say whether a network, or those around it, asked for more lost links than an office of readers would.

    As with sign-ups, what comes from no network that we can name keeps nobody else from a link.
    """
    recent = TransactionalMail.objects.filter(
        kind=TransactionalMail.Kind.LINK, at__gt=timezone.now() - RATE_LIMIT_WINDOW
    )
    return _network_limit_end(recent, ip) is not None


def has_requested_too_many_address_changes(reader: Subscriber) -> bool:
    """Say whether a reader asked for so many new addresses that these are rather other people's."""
    recent = TransactionalMail.objects.filter(
        kind=TransactionalMail.Kind.ADDRESS, subscription__subscriber=reader, at__gt=timezone.now() - RATE_LIMIT_WINDOW
    )
    return recent.count() >= MAX_REQUESTS_PER_ADDRESS


def is_over_hourly_link_limit(email: str) -> bool:
    """Say whether an address was sent enough links for now that its owner asks for; whoever asked is not told.

    Mails count, not requests, and no sign-up: a stranger must not keep the owner of an address from their link.
    """
    others = [TransactionalMail.Kind.CONFIRM, TransactionalMail.Kind.WELCOME, TransactionalMail.Kind.REMINDER]
    mails = _mails_to(email, timezone.now() - RATE_LIMIT_WINDOW)
    return mails.exclude(kind__in=others).count() >= MAX_REQUESTS_PER_ADDRESS


def is_over_daily_link_limit(email: str) -> bool:
    """Say whether an address was sent enough lost links for a day: anybody may ask for one, and every mail has it."""
    mails = _mails_to(email, timezone.now() - dt.timedelta(days=1))
    return mails.filter(kind=TransactionalMail.Kind.LINK).count() >= MAX_LOST_LINKS_PER_DAY


def _mails_to(email: str, since: dt.datetime) -> QuerySet[TransactionalMail]:
    """Return what was sent to an address, or is due."""
    mails = TransactionalMail.objects.filter(Q(attempts__gt=0) | Q(due_at__isnull=False), at__gt=since)
    return addresses.filter_by_address(mails, email)


def suggest_address(email: str) -> str:
    """Return the address that was probably meant where the host is a near miss of a common one, else nothing."""
    name, _, typed = email.rpartition("@")
    typed = typed.lower()
    host = f"{typed[:-1]}m" if typed.endswith(".con") else typed  # there is no .con
    host = _CORRECTED_HOSTS.get(host, host)
    if host not in _REAL_LOOKALIKE_HOSTS and not _COUNTRY_MAIL_HOST.fullmatch(host):
        host = next(iter(difflib.get_close_matches(host, _COMMON_MAIL_HOSTS, n=1, cutoff=0.8)), host)
    return f"{name}@{host}" if host != typed else ""

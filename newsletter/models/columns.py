"""What columns of several tables share: a first language, how long a hash is, the first of all moments, names of zones, secrets of links."""

import datetime as dt
import functools
import ipaddress
import secrets
import zoneinfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

DEFAULT_LANGUAGE = "ko"  # of a reader, until they or their browser say another; what a page's address is read in
HASH_HEX_DIGITS = 64  # hex digits of a SHA-256
UNIX_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # before every moment at which a delivery was ever due


def new_link_key() -> str:
    """Return the secret part of a reader's links; a new one revokes all links sent before."""
    return secrets.token_hex(8)


def format_network_as_hex(ip: str | None) -> str:
    """Return a network in hex digits, of IPv6 16 of them, whose first ones are the networks around it; nothing for none."""
    if not ip:
        return ""
    address = ipaddress.ip_address(ip)
    return f"v4{int(address):08x}" if address.version == 4 else f"{int(address) >> 64:016x}"


def clean_for_database(words: str) -> str:
    """Return a server's words without what no database takes: a NUL, or half of a character."""
    if words.isascii() and "\0" not in words:
        return words  # of thousands of answers in a batch nearly all are so
    return words.replace("\0", "").encode(errors="replace").decode()


def clean_zone_name(name: str) -> str:
    """Return the name of a zone on earth as it is, and nothing for anything else: no other name may reach zoneinfo."""
    return name if name in _zone_names() else ""


def validate_time_zone(name: str) -> None:
    """Raise ValidationError for what is no time zone."""
    if not clean_zone_name(name):
        raise ValidationError(_("“%(name)s” isn’t a time zone. Use a name like Asia/Seoul."), params={"name": name})


@functools.cache
def _zone_names() -> frozenset[str]:
    """Return the zones that this machine knows; without files such as `localtime`, which are other zones elsewhere."""
    return frozenset(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC")

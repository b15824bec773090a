"""Parses SEND_LIMITS and SEND_WARMUP into limits. Pure; how much may be sent within them stands in rate_limits.

A limit names what it is for (a domain, a relay as host:port, or nothing: all messages), how many, and in which time:
`1000/h, gmail.com 20/s, smtp.example.org:587 50000/d`.
"""

import datetime as dt
import functools
import re
from dataclasses import dataclass

PERIOD_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LIMIT = re.compile(r"(?:([\w.:\[\]-]+)\s+)?([1-9]\d{0,8})\s*/\s*([smhd])", re.IGNORECASE)


@dataclass(frozen=True)
class RateLimit:
    """At most so many messages in any so many seconds; `scope` is a domain, a relay, or empty for all."""

    scope: str
    most: int
    seconds: int


@dataclass(frozen=True)
class WarmUp:
    """A warm-up of a sender that mailbox providers don't know yet: the most messages of each day, from the first day on."""

    first: dt.date
    days: tuple[int, ...]

    def get_limits(self, day: dt.date) -> tuple[RateLimit, ...]:
        """Return the limit of a day, or none once the warm-up is over; it holds for any 24 hours."""
        number = max(0, (day - self.first).days)
        return (RateLimit("", self.days[number], PERIOD_SECONDS["d"]),) if number < len(self.days) else ()


@functools.lru_cache(maxsize=8)  # asked for every claim, and the setting stays for the life of a process
def parse_rate_limits(words: str) -> tuple[RateLimit, ...]:
    """Parse SEND_LIMITS. Raises ValueError with the form that is expected."""
    found = []
    for part in filter(None, (part.strip() for part in words.split(","))):
        match = _LIMIT.fullmatch(part)
        if match is None:
            raise ValueError(f"must read like 1000/h, gmail.com 20/s (s, m, h or d), not {part!r}")
        found.append(RateLimit((match[1] or "").lower(), int(match[2]), PERIOD_SECONDS[match[3].lower()]))
    return tuple(found)


@functools.lru_cache(maxsize=8)  # the same
def parse_warm_up(words: str) -> WarmUp | None:
    """Parse SEND_WARMUP, such as `2026-06-01 100 300 1000`; None where it is empty. Raises ValueError with the form."""
    if not words.strip():
        return None
    first, *days = words.split()
    try:
        schedule = WarmUp(dt.date.fromisoformat(first), tuple(map(int, days)))
    except ValueError as error:
        raise ValueError(f"must read like 2026-06-01 100 300 1000, not {words!r}") from error
    if not days or min(schedule.days) < 1:
        raise ValueError("must name at least one day's number after the first day, each above zero")
    return schedule

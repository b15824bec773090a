"""Reads `SMTP_RELAYS`, and chooses the relay that a process uses next: by weight, without those that were found down.

`smtp://user:password@host:587?starttls=1&weight=3, smtps://host:465`. A process uses one relay at a time, for a few
seconds; so the limits of each are kept exactly, and each gets its share of the time. Not here: sending (smtp_pool).
"""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings

from newsletter.transport.types import Relay

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

TURN_SECONDS = 5.0  # with one relay, where there are several
DOWN_SECONDS = 60.0  # until a relay that could not be reached is tried again
_PORTS = {"smtp": 25, "smtps": 465}
_NUMBERS = {"weight", "connections", "timeout", "messages", "seconds"}


def list_relays() -> tuple[Relay, ...]:
    """Return the relays that all mail leaves by: those of SMTP_RELAYS, else the one of the EMAIL_ settings."""
    timeout, connections, authorities = settings.EMAIL_TIMEOUT, settings.SMTP_CONNECTIONS, settings.SMTP_CA_FILE
    return parse_relays(settings.SMTP_RELAYS, timeout=timeout, connections=connections, authorities=authorities) or (
        Relay(
            host=settings.EMAIL_HOST,
            port=settings.EMAIL_PORT,
            user=settings.EMAIL_HOST_USER,
            password=settings.EMAIL_HOST_PASSWORD,
            starttls=settings.EMAIL_USE_TLS,
            tls=settings.EMAIL_USE_SSL,
            timeout=timeout,
            connections=connections,
            authorities=authorities,
        ),
    )


@lru_cache(maxsize=8)  # asked before every batch, and the setting stays for the life of a process
def parse_relays(words: str, *, timeout: int, connections: int, authorities: str = "") -> tuple[Relay, ...]:
    """Return the relays that a setting names; `timeout` is in seconds. Raises ValueError; its text repeats no password."""
    addresses = [part.strip() for part in words.split(",") if part.strip()]
    return tuple(
        _parse_relay(address, {"timeout": timeout, "connections": connections}, authorities, f"the {number}. relay")
        for number, address in enumerate(addresses, start=1)
    )


def _parse_relay(address: str, defaults: Mapping[str, int], authorities: str, name: str) -> Relay:
    parts = urlsplit(address)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"{name} must begin like smtp://user:password@host:587 or smtps://host")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    encrypt = options.pop("starttls", "0")
    if encrypt not in {"0", "1"} or set(options) - _NUMBERS:
        raise ValueError(f"{name} takes starttls=1 and {', '.join(sorted(_NUMBERS))} after its ?")
    if wrong := [key for key, value in options.items() if not value.isdecimal() or int(value) < 1]:
        raise ValueError(f"{name}: {wrong[0]} must be a whole number above zero")
    return Relay(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        # Percent-encoded: a password may hold @, / or a comma, which mean something in an address or in the list.
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=encrypt == "1",
        tls=parts.scheme == "smtps",
        authorities=authorities,
        **{**defaults, **{key: int(value) for key, value in options.items()}},
    )


@dataclass
class RelayRotation:
    """Some relays, and until when a process leaves each of them out because it could not be reached."""

    relays: tuple[Relay, ...]
    down_until: dict[str, float] = field(default_factory=dict)  # by the relay's name; of the monotonic clock

    def choose(self) -> Relay | None:
        """Return one of the relays that are not down, at random by weight; None where all are down."""
        now = time.monotonic()
        up = [relay for relay in self.relays if self.down_until.get(relay.name, 0) <= now]
        weights = [relay.weight for relay in up]
        return random.choices(up, weights)[0] if up else None  # noqa: S311 - a share of the work, not a secret

    def mark_down(self, relay: Relay) -> None:
        """Leave a relay out for a minute. Not for the only relay there is: no other could take its work."""
        self.down_until[relay.name] = time.monotonic() + DOWN_SECONDS


def get_relay_rotation() -> RelayRotation:
    """Return the rotation of the relays of the settings, with what this process found out about them in earlier ticks."""
    return _get_rotation(list_relays())


@cache  # by the relays themselves: other relays, as in another test, begin with all of them up
def _get_rotation(relays: tuple[Relay, ...]) -> RelayRotation:
    return RelayRotation(relays)

"""The words of SMTP_RELAYS -> relays; and which of them a process uses next: by weight, passing over those that are down.

`smtp://user:password@host:587?starttls=1&weight=3, smtps://host:465`. A process uses one relay at a time, for a few
seconds; so the limits of each are kept exactly, and each gets its share of the time.
"""

import random
import time
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from django.conf import settings

from newsletter.transport.smtp_pool import Relay

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

TURN_SECONDS = 5.0  # seconds with one relay, where there are several
DOWN_SECONDS = 60.0  # seconds until a relay that could not be reached is tried again
_PORTS = {"smtp": 25, "smtps": 465}
_NUMBERS = {"weight", "connections", "timeout", "messages", "seconds"}

_down_until: dict[str, float] = {}  # of this process: when it may be tried again, by the monotonic clock


def list_relays() -> tuple[Relay, ...]:
    """Return the relays that all mail leaves by: those of SMTP_RELAYS, else the one of the EMAIL_ settings."""
    return settings.SMTP_RELAYS or (
        Relay(
            host=settings.EMAIL_HOST,
            port=settings.EMAIL_PORT,
            user=settings.EMAIL_HOST_USER,
            password=settings.EMAIL_HOST_PASSWORD,
            starttls=settings.EMAIL_USE_TLS,
            tls=settings.EMAIL_USE_SSL,
            timeout=settings.EMAIL_TIMEOUT,
            connections=settings.SMTP_CONNECTIONS,
            authorities=settings.SMTP_CA_FILE,
        ),
    )


def parse_relays(words: str, *, timeout: int, connections: int, authorities: str = "") -> tuple[Relay, ...]:
    """Return the relays that a setting names. Raises ValueError; the text repeats no password."""
    addresses = [part.strip() for part in words.split(",") if part.strip()]
    return tuple(
        _parse_relay(address, {"timeout": timeout, "connections": connections}, authorities, f"the {number}. relay")
        for number, address in enumerate(addresses, start=1)
    )


def _parse_relay(address: str, given: Mapping[str, int], authorities: str, name: str) -> Relay:
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
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=encrypt == "1",
        tls=parts.scheme == "smtps",
        authorities=authorities,
        **{**given, **{key: int(value) for key, value in options.items()}},
    )


def choose_relay(relays: Sequence[Relay]) -> Relay | None:
    """Return one of the relays that are not down, the likelier the heavier; None where all are."""
    up = [relay for relay in relays if _down_until.get(relay.name, 0) <= time.monotonic()]
    weights = [relay.weight for relay in up]
    return random.choices(up, weights)[0] if up else None  # noqa: S311 - a share of the work, not a secret


def mark_relay_down(relay: Relay) -> None:
    """Pass over a relay for a while; the only one there is has no other to make way for."""
    _down_until[relay.name] = time.monotonic() + DOWN_SECONDS

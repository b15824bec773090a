"""System checks of the mail settings: those that contradict another setting, cannot work, or have no effect.

Each has an id, as in newsletter.checks. None of them opens a connection; not here: trying the settings (mail_trial).
"""

import re
import ssl
from collections.abc import Iterator
from email.utils import getaddresses, parseaddr
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from newsletter.delivery.rate_limit_settings import parse_rate_limits
from newsletter.operations.sender_dns import is_related_domain
from newsletter.subscribers.mail_hosts import LOCAL_BACKENDS, LOCAL_HOSTS
from newsletter.transport import dkim, relays
from newsletter.transport.types import Relay

# The settings of a single relay, with the values that they have where nobody set them.
_SINGLE_HOST_DEFAULTS = {
    "EMAIL_HOST": "localhost",
    "EMAIL_PORT": 25,
    "EMAIL_HOST_USER": "",
    "EMAIL_HOST_PASSWORD": "",
    "EMAIL_USE_TLS": False,
    "EMAIL_USE_SSL": False,
}
# A host name, or an IPv6 address.
_HOST = re.compile(r"[^\s:/@.,]+(?:\.[^\s:/@.,]+)*\.?|[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*", re.IGNORECASE)
_SMTP_DEFAULTS = {**_SINGLE_HOST_DEFAULTS, "SMTP_RELAYS": "", "SMTP_CA_FILE": "", "DKIM_KEY": "", "BOUNCE_ADDRESS": ""}


@checks.register()
def check_mail_settings(**_: Any) -> list[checks.CheckMessage]:
    """Return the contradictions and errors among the mail settings."""
    if settings.EMAIL_BACKEND in LOCAL_BACKENDS:
        return [*_check_local_backend(), *_check_addresses()]
    found = [*_check_unused_settings(), *_check_addresses(), *_check_imap()]
    if settings.EMAIL_BACKEND != relays.SMTP_BACKEND:
        return [*found, *_check_provider()]
    for relay in relays.list_relays():
        found += [
            *_check_host(relay),
            *_check_tls_kinds(relay),
            *_check_port(relay),
            *_check_login(relay),
            *_check_password(relay),
        ]
    return [*found, *_check_ca_file(), *_check_scopes(), *_check_dkim_key()]


def _changed_settings(defaults: dict[str, Any]) -> list[str]:
    """Return the names of the settings that differ from their defaults."""
    return [name for name, default in defaults.items() if getattr(settings, name) != default]


def _check_local_backend() -> Iterator[checks.CheckMessage]:
    names = [
        name for name in _changed_settings(_SMTP_DEFAULTS) if name not in {"EMAIL_PORT", "DKIM_KEY", "BOUNCE_ADDRESS"}
    ]
    # Secrets of webhooks do not say how mail leaves.
    names += [f"ANYMAIL_{name}" for name in settings.ANYMAIL if name.endswith(("_API_KEY", "_TOKEN"))]
    if names:
        yield checks.Warning(
            f"A mail server is set ({', '.join(names)}), and no mail leaves: EMAIL_BACKEND is {settings.EMAIL_BACKEND}.",
            hint=f"Set EMAIL_BACKEND={relays.SMTP_BACKEND}, or that of your ESP.",
            id="newsletter.W021",
        )


def _check_unused_settings() -> Iterator[checks.CheckMessage]:
    if settings.EMAIL_BACKEND != relays.SMTP_BACKEND:
        names, why = _changed_settings(_SMTP_DEFAULTS), f"mail leaves through {settings.EMAIL_BACKEND}"
    else:
        names, why = ["TRACKING"] if settings.TRACKING else [], "mail leaves by SMTP"
        if settings.SMTP_RELAYS and (hosts := _changed_settings(_SINGLE_HOST_DEFAULTS)):
            names, why = [*hosts, *names], "SMTP_RELAYS is what counts"
    if names:
        yield checks.Warning(
            f"These settings have no effect, for {why}: {', '.join(names)}.",
            hint="Unset them, or change EMAIL_BACKEND.",
            id="newsletter.W022",
        )


def _check_host(relay: Relay) -> Iterator[checks.CheckMessage]:
    if not _HOST.fullmatch(relay.host):
        yield checks.Error(
            f"The name of the mail server is none: {relay.host!r}.",
            hint="EMAIL_HOST=smtp.example.org, without http://; the port stands in EMAIL_PORT.",
            id="newsletter.E024",
        )
    if not 0 < relay.port < 65536:
        yield checks.Error(
            f"There is no port {relay.port} at {relay.host}.",
            hint="EMAIL_PORT is 25, 465 or 587 at most servers.",
            id="newsletter.E025",
        )


def _check_tls_kinds(relay: Relay) -> Iterator[checks.CheckMessage]:
    if relay.tls and relay.starttls:
        names = "smtps:// and starttls=1" if settings.SMTP_RELAYS else "EMAIL_USE_TLS and EMAIL_USE_SSL"
        yield checks.Error(
            f"{names} exclude each other: STARTTLS begins in the open, the other does not.",
            hint="EMAIL_USE_TLS=1 or starttls=1 with port 587, EMAIL_USE_SSL=1 or smtps:// with port 465.",
            id="newsletter.E021",
        )


def _check_port(relay: Relay) -> Iterator[checks.CheckMessage]:
    # 465 is TLS from the first byte by registration (RFC 8314); 25 and 587 begin in the open.
    if relay.tls and relay.port in {25, 587}:
        problem = f"{relay.name} begins in the open, and is set to encrypt from the first byte"
    elif not relay.tls and relay.port == 465:
        problem = f"{relay.name} encrypts from the first byte, and is set to begin in the open"
    else:
        return
    yield checks.Warning(
        f"The port and its encryption contradict each other: {problem}.",
        hint="EMAIL_USE_SSL=1 or smtps:// for port 465; EMAIL_USE_TLS=1 or starttls=1 for port 587.",
        id="newsletter.W023",
    )


def _check_login(relay: Relay) -> Iterator[checks.CheckMessage]:
    if bool(relay.user) == bool(relay.password):
        return
    there, missing = ("a user and no password", "password") if relay.user else ("a password and no user", "user")
    yield checks.Warning(
        f"{relay.name} has {there}{'' if relay.user else ': nobody logs in'}.",
        hint=f"Set its {missing} too, or neither.",
        id="newsletter.W024",
    )


def _check_password(relay: Relay) -> Iterator[checks.CheckMessage]:
    if relay.password and not (relay.tls or relay.starttls or relay.host in LOCAL_HOSTS):
        yield checks.Warning(
            f"The password for {relay.name} travels without encryption.",
            hint="Set EMAIL_USE_TLS=1 (port 587) or EMAIL_USE_SSL=1 (port 465); in SMTP_RELAYS, starttls=1 or smtps://.",
            id="newsletter.W006",
        )


def _check_ca_file() -> Iterator[checks.CheckMessage]:
    if not settings.SMTP_CA_FILE:
        return
    try:
        ssl.create_default_context(cafile=settings.SMTP_CA_FILE)
    except (OSError, ssl.SSLError) as error:
        yield checks.Error(
            f"SMTP_CA_FILE holds no certificates that can be read: {error}",
            hint="Name a file of certificates in PEM.",
            id="newsletter.E022",
        )
    if not any(relay.tls or relay.starttls for relay in relays.list_relays()):
        yield checks.Warning(
            "SMTP_CA_FILE vouches for nobody: no relay is set to encrypt.",
            hint="Set EMAIL_USE_TLS=1 or EMAIL_USE_SSL=1; in SMTP_RELAYS, starttls=1 or smtps://.",
            id="newsletter.W025",
        )


def _check_scopes() -> Iterator[checks.CheckMessage]:
    names = {relay.name for relay in relays.list_relays()}
    unknown = [
        limit.scope
        for limit in parse_rate_limits(settings.SEND_LIMITS)
        if ":" in limit.scope and limit.scope not in names
    ]
    if unknown:
        yield checks.Warning(
            f"SEND_LIMITS names relays that there are not: {', '.join(unknown)}; there are {', '.join(sorted(names))}.",
            hint="Write host:port as the relay has it, in small letters.",
            id="newsletter.W026",
        )


def _check_dkim_key() -> Iterator[checks.CheckMessage]:
    if not settings.DKIM_KEY:
        return
    try:
        dkim.load_dkim_signer()
    except ImproperlyConfigured as error:
        yield checks.Error(f"No mail leaves: {error}", hint="Set a key that signs, or none.", id="newsletter.E023")
    sender = parseaddr(settings.FROM_EMAIL)[1].rpartition("@")[2].lower()
    if not is_related_domain(sender, settings.DKIM_DOMAIN.lower()):
        yield checks.Warning(
            f"The signature is that of {settings.DKIM_DOMAIN}, the sender's domain is {sender}: for DMARC it counts as none.",
            hint="Leave DKIM_DOMAIN empty, or set it to the domain of FROM_EMAIL.",
            id="newsletter.W027",
        )


def _check_provider() -> Iterator[checks.CheckMessage]:
    parts = settings.EMAIL_BACKEND.split(".")
    # Amazon SES is configured by AWS' own settings.
    if parts[:2] != ["anymail", "backends"] or len(parts) < 4 or parts[2] == "amazon_ses":
        return
    prefix = parts[2].upper()
    if not any(name.startswith(f"{prefix}_") for name in settings.ANYMAIL):
        others = ", ".join(f"ANYMAIL_{name}" for name in settings.ANYMAIL if name != "WEBHOOK_SECRET")
        yield checks.Warning(
            f"Mail leaves through {parts[2]}, and no ANYMAIL_{prefix}_ setting has its key"
            f"{f'; set are {others}' if others else ''}.",
            hint="Set the key that django-anymail asks for, or the EMAIL_BACKEND that it belongs to.",
            id="newsletter.W028",
        )


def _check_addresses() -> Iterator[checks.CheckMessage]:
    for name in ("REPLY_TO", "OPERATOR_EMAIL", "BOUNCE_ADDRESS", "UNSUBSCRIBE_MAILTO"):
        value = getattr(settings, name)
        try:
            if value:
                validate_email(parseaddr(value)[1] if name == "REPLY_TO" else value.partition("?")[0].strip())
        except ValidationError:
            yield _invalid_address_error(name, value)
    if len(getaddresses([settings.FROM_EMAIL])) != 1:  # whether receivers take its domain is W004
        yield _invalid_address_error("FROM_EMAIL", settings.FROM_EMAIL)


def _invalid_address_error(name: str, value: str) -> checks.CheckMessage:
    return checks.Warning(
        f"{name} is no address: {value!r}.", hint="Set one address, such as you@example.org.", id="newsletter.W029"
    )


def _check_imap() -> Iterator[checks.CheckMessage]:
    missing = [name for name in ("IMAP_USER", "IMAP_PASSWORD") if not getattr(settings, name)]
    if settings.IMAP_HOST and missing:
        yield checks.Warning(
            f"IMAP_HOST is set, and nobody can log in there: {' and '.join(missing)} missing.",
            hint="Set both, or unset IMAP_HOST.",
            id="newsletter.W030",
        )
    if not settings.IMAP_HOST and (
        names := [name for name in ("IMAP_USER", "IMAP_PASSWORD") if getattr(settings, name)]
    ):
        yield checks.Warning(
            f"These settings have no effect, for IMAP_HOST is not set: {', '.join(names)}.",
            hint="Set IMAP_HOST, or unset them.",
            id="newsletter.W022",
        )
    if settings.IMAP_HOST and not 0 < settings.IMAP_PORT < 65536:
        yield checks.Error(
            f"There is no port {settings.IMAP_PORT} at {settings.IMAP_HOST}.",
            hint="IMAP_PORT is 993 at most servers.",
            id="newsletter.E025",
        )

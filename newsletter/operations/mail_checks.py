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
            f"Emails aren’t sent although a mail server is set ({', '.join(names)}): EMAIL_BACKEND is {settings.EMAIL_BACKEND}.",
            hint=f"Set EMAIL_BACKEND={relays.SMTP_BACKEND}, or your email provider’s backend.",
            id="newsletter.W021",
        )


def _check_unused_settings() -> Iterator[checks.CheckMessage]:
    if settings.EMAIL_BACKEND != relays.SMTP_BACKEND:
        names, why = _changed_settings(_SMTP_DEFAULTS), f"EMAIL_BACKEND is {settings.EMAIL_BACKEND}"
    else:
        names, why = ["TRACKING"] if settings.TRACKING else [], "emails are sent by SMTP"
        if settings.SMTP_RELAYS and (hosts := _changed_settings(_SINGLE_HOST_DEFAULTS)):
            names, why = [*hosts, *names], "SMTP_RELAYS is set"
    if names:
        yield checks.Warning(
            f"These settings have no effect because {why}: {', '.join(names)}.",
            hint="Remove them, or change EMAIL_BACKEND.",
            id="newsletter.W022",
        )


def _check_host(relay: Relay) -> Iterator[checks.CheckMessage]:
    if not _HOST.fullmatch(relay.host):
        yield checks.Error(
            f"Can’t send email: {relay.host!r} isn’t the name of a mail server.",
            hint="Set EMAIL_HOST to a name such as smtp.example.org, without http://. Set the port in EMAIL_PORT.",
            id="newsletter.E024",
        )
    if not 0 < relay.port < 65536:
        yield checks.Error(
            f"Can’t send email: {relay.port} isn’t a port ({relay.host}).",
            hint="Set EMAIL_PORT to the server’s port. Most servers use 25, 465 or 587.",
            id="newsletter.E025",
        )


def _check_tls_kinds(relay: Relay) -> Iterator[checks.CheckMessage]:
    if relay.tls and relay.starttls:
        names = "smtps:// and starttls=1" if settings.SMTP_RELAYS else "EMAIL_USE_TLS and EMAIL_USE_SSL"
        yield checks.Error(
            f"Can’t send email: {names} can’t be used together.",
            hint="Set EMAIL_USE_TLS=1 or starttls=1 with port 587, or EMAIL_USE_SSL=1 or smtps:// with port 465.",
            id="newsletter.E021",
        )


def _check_port(relay: Relay) -> Iterator[checks.CheckMessage]:
    # 465 is TLS from the first byte by registration (RFC 8314); 25 and 587 begin in the open.
    if relay.tls and relay.port in {25, 587}:
        problem = f"{relay.name} starts unencrypted, but encryption from the first byte is set"
    elif not relay.tls and relay.port == 465:
        problem = f"{relay.name} encrypts from the first byte, but an unencrypted start is set"
    else:
        return
    yield checks.Warning(
        f"Connecting will probably fail because port and encryption don’t match: {problem}.",
        hint="Set EMAIL_USE_SSL=1 or smtps:// for port 465, EMAIL_USE_TLS=1 or starttls=1 for port 587.",
        id="newsletter.W023",
    )


def _check_login(relay: Relay) -> Iterator[checks.CheckMessage]:
    if bool(relay.user) == bool(relay.password):
        return
    given, missing = ("user", "password") if relay.user else ("password", "user")
    yield checks.Warning(
        f"Can’t log in to {relay.name}: it has a {given} but no {missing}.",
        hint="Set both, or neither.",
        id="newsletter.W024",
    )


def _check_password(relay: Relay) -> Iterator[checks.CheckMessage]:
    if relay.password and not (relay.tls or relay.starttls or relay.host in LOCAL_HOSTS):
        yield checks.Warning(
            f"The password for {relay.name} is sent unencrypted.",
            hint="Set EMAIL_USE_TLS=1 (port 587) or EMAIL_USE_SSL=1 (port 465). In SMTP_RELAYS, use starttls=1 or smtps://.",
            id="newsletter.W006",
        )


def _check_ca_file() -> Iterator[checks.CheckMessage]:
    if not settings.SMTP_CA_FILE:
        return
    try:
        ssl.create_default_context(cafile=settings.SMTP_CA_FILE)
    except (OSError, ssl.SSLError) as error:
        yield checks.Error(
            f"Can’t send email: SMTP_CA_FILE has no readable certificates ({error}).",
            hint="Set SMTP_CA_FILE to a file with certificates in PEM format.",
            id="newsletter.E022",
        )
    if not any(relay.tls or relay.starttls for relay in relays.list_relays()):
        yield checks.Warning(
            "SMTP_CA_FILE has no effect because no relay is set to encrypt.",
            hint="Set EMAIL_USE_TLS=1 or EMAIL_USE_SSL=1. In SMTP_RELAYS, use starttls=1 or smtps://.",
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
            f"Some limits have no effect because SEND_LIMITS names unknown relays: {', '.join(unknown)}. "
            f"Available: {', '.join(sorted(names))}.",
            hint="Use the relay’s host:port in lowercase.",
            id="newsletter.W026",
        )


def _check_dkim_key() -> Iterator[checks.CheckMessage]:
    if not settings.DKIM_KEY:
        return
    try:
        dkim.load_dkim_signer()
    except ImproperlyConfigured as error:
        yield checks.Error(
            f"Can’t send email: {error}", hint="Set a valid DKIM_KEY, or remove it.", id="newsletter.E023"
        )
    sender = parseaddr(settings.FROM_EMAIL)[1].rpartition("@")[2].lower()
    if not is_related_domain(sender, settings.DKIM_DOMAIN.lower()):
        yield checks.Warning(
            f"DMARC ignores the DKIM signature because it is for {settings.DKIM_DOMAIN} and the sender’s domain is {sender}.",
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
            f"Emails can’t be sent through {parts[2]} because no ANYMAIL_{prefix}_… setting has its key"
            f"{f' (set: {others})' if others else ''}.",
            hint="Set the key that django-anymail needs, or the EMAIL_BACKEND that matches your key.",
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
        f"{name} isn’t an email address: {value!r}.",
        hint="Set one address, such as you@example.org.",
        id="newsletter.W029",
    )


def _check_imap() -> Iterator[checks.CheckMessage]:
    missing = [name for name in ("IMAP_USER", "IMAP_PASSWORD") if not getattr(settings, name)]
    if settings.IMAP_HOST and missing:
        yield checks.Warning(
            f"Bounces can’t be read from {settings.IMAP_HOST} because {' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} "
            "not set.",
            hint="Set IMAP_USER and IMAP_PASSWORD, or remove IMAP_HOST.",
            id="newsletter.W030",
        )
    if not settings.IMAP_HOST and (
        names := [name for name in ("IMAP_USER", "IMAP_PASSWORD") if getattr(settings, name)]
    ):
        yield checks.Warning(
            f"These settings have no effect because IMAP_HOST isn’t set: {', '.join(names)}.",
            hint="Set IMAP_HOST, or remove them.",
            id="newsletter.W022",
        )
    if settings.IMAP_HOST and not 0 < settings.IMAP_PORT < 65536:
        yield checks.Error(
            f"Can’t read the mailbox: {settings.IMAP_PORT} isn’t a port ({settings.IMAP_HOST}).",
            hint="Set IMAP_PORT to the server’s port. Most servers use 993.",
            id="newsletter.E025",
        )

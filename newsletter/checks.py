"""System checks of dangerous settings, which start without an error but would harm readers or their data.

Each has an id, so that an operator who knows better can silence it by SILENCED_SYSTEM_CHECKS. They run with every
`manage.py` command. Not here: mail settings (operations.mail_checks); a value that cannot work at all raises in
settings, or as soon as the app is ready (`require_readable_settings`).
"""

from collections.abc import Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.utils.module_loading import import_string

from digests.models import Publication
from newsletter.delivery import rate_limit_settings
from newsletter.operations.database_move import OLD_NOTE_TABLE
from newsletter.subscribers import mail_hosts
from newsletter.transport import esp_batches, relays


def require_readable_settings() -> None:
    """Stop the start where a setting that is parsed later cannot be. Raises ImproperlyConfigured with its name."""
    name = "SMTP_RELAYS"
    try:
        relays.list_relays()
        name = "SEND_LIMITS"
        rate_limit_settings.parse_rate_limits(settings.SEND_LIMITS)
        name = "SEND_WARMUP"
        rate_limit_settings.parse_warm_up(settings.SEND_WARMUP)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}") from error
    if settings.DISPOSABLE_DOMAINS and not Path(settings.DISPOSABLE_DOMAINS).is_file():
        raise ImproperlyConfigured(f"DISPOSABLE_DOMAINS must be a file, not {settings.DISPOSABLE_DOMAINS!r}")


@checks.register(checks.Tags.database)
def check_slugs(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """Return an error for each publication whose address leads to another page; runs with `migrate`, on a database."""
    if not databases or Publication._meta.db_table not in connection.introspection.table_names():
        return []
    return [
        checks.Error(
            f"The pages of newsletter “{one.slug}” can’t be reached because another page uses the same address.",
            hint="Change its slug.",
            id="newsletter.E001",
        )
        for one in Publication.objects.only("slug")
        if one.hidden_pages()
    ]


@checks.register(checks.Tags.database)
def check_version(databases: Sequence[str] | None = None, **_: Any) -> list[checks.CheckMessage]:
    """Return that the database is one of version 0.1: its first migrations have the names of ours, so `migrate` sees no change."""
    if not databases or OLD_NOTE_TABLE not in connection.introspection.table_names():
        return []
    return [
        checks.Error(
            "This database is from version 0.1, so this version can’t use it.",
            hint="Make a backup, stop all processes and run `manage.py move_database` once.",
            id="newsletter.E026",
        )
    ]


@checks.register()
def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """Return a warning for each dangerous setting."""
    found = [_check_debug(), _check_private_fetch(), _check_local_key(), _check_proxy()]
    # The others matter only where mail really leaves.
    if settings.EMAIL_BACKEND not in mail_hosts.LOCAL_BACKENDS:
        found += [
            _check_links(),
            _check_from_email(),
            _check_postal_address(),
            _check_webhook_secret(),
            _check_bounces(),
        ]
        found += [_check_backend(), _check_unsubscribe_mailbox()]
    return [warning for warning in found if warning]


def _check_backend() -> checks.CheckMessage | None:
    if esp_batches.is_amazon_client_missing():
        return checks.Error(
            "Can’t send email: Amazon SES needs boto3, which isn’t installed.",
            hint=esp_batches.INSTALL_AMAZON_CLIENT,
            id="newsletter.E027",
        )
    try:
        import_string(settings.EMAIL_BACKEND)
    except ImportError:
        return checks.Error(
            f"Can’t send email: the EMAIL_BACKEND {settings.EMAIL_BACKEND!r} isn’t installed.",
            hint="For SMTP use django.core.mail.backends.smtp.EmailBackend, for an email provider "
            "anymail.backends.NAME.EmailBackend.",
            id="newsletter.E002",
        )
    return None


def _check_debug() -> checks.CheckMessage | None:
    if not (settings.DEBUG and settings.SITE_URL.startswith("https:")):
        return None
    return checks.Warning(
        "DEBUG is on at a public address, so error pages expose settings and subscriber data.",
        hint="Set DEBUG=0.",
        id="newsletter.W001",
    )


def _check_proxy() -> checks.CheckMessage | None:
    site = urlsplit(settings.SITE_URL)
    if site.scheme != "https" or site.hostname in mail_hosts.LOCAL_HOSTS or settings.SECURE_PROXY_SSL_HEADER:
        return None
    return checks.Warning(
        "Only 20 people an hour can sign up if a proxy handles https: SITE_URL is https and BEHIND_PROXY is 0, so everyone "
        "seems to come from the proxy’s address.",
        hint="Set BEHIND_PROXY=1 if a proxy sets X-Forwarded-Proto and X-Forwarded-For and lets no one else set them. "
        "Silence this check if this server has the certificate itself.",
        id="newsletter.W011",
    )


def _check_links() -> checks.CheckMessage | None:
    site = urlsplit(settings.SITE_URL)
    if site.hostname in mail_hosts.LOCAL_HOSTS:
        return checks.Warning(
            f"Links in emails won’t work because SITE_URL is {settings.SITE_URL}.",
            hint="Set SITE_URL to your site’s public address.",
            id="newsletter.W002",
        )
    if site.scheme == "http":
        return checks.Warning(
            "Links in emails use http, so they can be intercepted, and mailbox providers won’t show an unsubscribe button.",
            hint="Serve the site over https and update SITE_URL.",
            id="newsletter.W003",
        )
    return None


def _check_from_email() -> checks.CheckMessage | None:
    domain = parseaddr(settings.FROM_EMAIL)[1].rpartition("@")[2]
    if "." in domain and domain not in mail_hosts.LOCAL_HOSTS:
        return None
    return checks.Warning(
        f"Mailbox providers will reject mail from {settings.FROM_EMAIL!r}.",
        hint="Set FROM_EMAIL to an address at a domain of yours with SPF and DKIM.",
        id="newsletter.W004",
    )


def _check_postal_address() -> checks.CheckMessage | None:
    if settings.POSTAL_ADDRESS:
        return None
    return checks.Warning(
        "Emails have no postal address in the footer, which many countries require by law.",
        hint="Set POSTAL_ADDRESS.",
        id="newsletter.W005",
    )


def _check_webhook_secret() -> checks.CheckMessage | None:
    if not settings.EMAIL_BACKEND.startswith("anymail.") or settings.ANYMAIL.get("WEBHOOK_SECRET"):
        return None
    return checks.Warning(
        "Bounces and spam complaints are ignored because no webhook secret is set.",
        hint="Set ANYMAIL_WEBHOOK_SECRET=user:password, and the provider’s webhook to "
        "https://user:password@HOST/anymail/PROVIDER/tracking/.",
        id="newsletter.W009",
    )


def _check_bounces() -> checks.CheckMessage | None:
    if not settings.IMAP_HOST or settings.BOUNCE_ADDRESS:
        return None
    return checks.Warning(
        "Bounces can’t be matched to emails because BOUNCE_ADDRESS isn’t set.",
        hint="Set BOUNCE_ADDRESS to the bounce mailbox’s address. The mailbox must accept ADDRESS+anything too.",
        id="newsletter.W010",
    )


def _check_unsubscribe_mailbox() -> checks.CheckMessage | None:
    if not settings.UNSUBSCRIBE_MAILTO or settings.IMAP_HOST:
        return None
    return checks.Warning(
        "Unsubscribe requests by email are ignored because UNSUBSCRIBE_MAILTO is set and IMAP_HOST isn’t.",
        hint="Set IMAP_HOST to the mailbox that gets mail for UNSUBSCRIBE_MAILTO and for that address with +anything.",
        id="newsletter.W012",
    )


def _check_private_fetch() -> checks.CheckMessage | None:
    if not settings.FETCH_ALLOW_PRIVATE or urlsplit(settings.SITE_URL).hostname in mail_hosts.LOCAL_HOSTS:
        return None
    return checks.Warning(
        "FETCH_ALLOW_PRIVATE is on, so anyone who can add a source can read servers inside your network.",
        hint="Set FETCH_ALLOW_PRIVATE=0.",
        id="newsletter.W007",
    )


def _check_local_key() -> checks.CheckMessage | None:
    path = settings.VAR_DIR / "secret_key"
    several_machines = settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3"
    if not several_machines or not path.is_file() or path.read_text(encoding="ascii").strip() != settings.SECRET_KEY:
        return None
    return checks.Warning(
        f"SECRET_KEY was generated on this machine ({path}). Other machines can’t use its links, and losing the file breaks "
        "every link already sent.",
        hint="Set the same SECRET_KEY or SECRET_KEY_FILE on every machine.",
        id="newsletter.W008",
    )

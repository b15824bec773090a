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
from newsletter.transport import relays


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
            f"Nobody can open the pages of the publication {one.slug!r}: its address leads to another page.",
            hint="Give it another slug.",
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
            "This database is one of version 0.1.",
            hint="Make a backup, stop all processes, and run `manage.py move_database` once.",
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
    try:
        import_string(settings.EMAIL_BACKEND)
    except ImportError:
        return checks.Error(
            f"No mail can leave: EMAIL_BACKEND is {settings.EMAIL_BACKEND!r}, and nothing of that name is installed.",
            hint="django.core.mail.backends.smtp.EmailBackend is SMTP, anymail.backends.NAME.EmailBackend an ESP.",
            id="newsletter.E002",
        )
    return None


def _check_debug() -> checks.CheckMessage | None:
    if not (settings.DEBUG and settings.SITE_URL.startswith("https:")):
        return None
    return checks.Warning(
        "DEBUG is on at a public address: error pages show settings and readers' data.",
        hint="Unset DEBUG.",
        id="newsletter.W001",
    )


def _check_proxy() -> checks.CheckMessage | None:
    site = urlsplit(settings.SITE_URL)
    if site.scheme != "https" or site.hostname in mail_hosts.LOCAL_HOSTS or settings.SECURE_PROXY_SSL_HEADER:
        return None
    return checks.Warning(
        "SITE_URL is https and BEHIND_PROXY is 0: behind a proxy that holds the certificate all readers seem to come from "
        "its address and count as one network, of which 20 may sign up in an hour.",
        hint="Set BEHIND_PROXY=1 where a proxy sets X-Forwarded-Proto and X-Forwarded-For and lets nobody else set them. "
        "Silence this where the certificate is held by this server itself.",
        id="newsletter.W011",
    )


def _check_links() -> checks.CheckMessage | None:
    site = urlsplit(settings.SITE_URL)
    if site.hostname in mail_hosts.LOCAL_HOSTS:
        return checks.Warning(
            f"Emails are really sent, and their links lead nowhere: SITE_URL is {settings.SITE_URL}.",
            hint="Set SITE_URL to the address under which readers reach the site.",
            id="newsletter.W002",
        )
    if site.scheme == "http":
        return checks.Warning(
            "Emails are really sent with links over plain http: others can read and use them on their way, and mailbox "
            "providers show no unsubscribe button.",
            hint="Serve the site over https and set SITE_URL to that address.",
            id="newsletter.W003",
        )
    return None


def _check_from_email() -> checks.CheckMessage | None:
    domain = parseaddr(settings.FROM_EMAIL)[1].rpartition("@")[2]
    if "." in domain and domain not in mail_hosts.LOCAL_HOSTS:
        return None
    return checks.Warning(
        f"Emails are really sent, and no mailbox provider takes mail from {settings.FROM_EMAIL!r}.",
        hint="Set FROM_EMAIL to an address of a domain of yours that has SPF and DKIM.",
        id="newsletter.W004",
    )


def _check_postal_address() -> checks.CheckMessage | None:
    if settings.POSTAL_ADDRESS:
        return None
    return checks.Warning(
        "Emails are really sent without a postal address in their footer, which many countries' law asks for.",
        hint="Set POSTAL_ADDRESS.",
        id="newsletter.W005",
    )


def _check_webhook_secret() -> checks.CheckMessage | None:
    if not settings.EMAIL_BACKEND.startswith("anymail.") or settings.ANYMAIL.get("WEBHOOK_SECRET"):
        return None
    return checks.Warning(
        "Bounces and complaints are not heard of: without a secret anybody could forge them, so none are taken.",
        hint="Set ANYMAIL_WEBHOOK_SECRET=user:password, and the provider's webhook to "
        "https://user:password@HOST/anymail/PROVIDER/tracking/.",
        id="newsletter.W009",
    )


def _check_bounces() -> checks.CheckMessage | None:
    if not settings.IMAP_HOST or settings.BOUNCE_ADDRESS:
        return None
    return checks.Warning(
        "The bounce mailbox is read, but nothing is sent from its address, so few reports say which mail they are about.",
        hint="Set BOUNCE_ADDRESS to the mailbox's address; it has to take mail for ADDRESS+anything too.",
        id="newsletter.W010",
    )


def _check_unsubscribe_mailbox() -> checks.CheckMessage | None:
    if not settings.UNSUBSCRIBE_MAILTO or settings.IMAP_HOST:
        return None
    return checks.Warning(
        "Readers can ask by mail to leave, and nobody reads it: UNSUBSCRIBE_MAILTO is set, and IMAP_HOST is not.",
        hint="Let the mail for UNSUBSCRIBE_MAILTO, and for that address with +anything, come to the mailbox of IMAP_HOST.",
        id="newsletter.W012",
    )


def _check_private_fetch() -> checks.CheckMessage | None:
    if not settings.FETCH_ALLOW_PRIVATE or urlsplit(settings.SITE_URL).hostname in mail_hosts.LOCAL_HOSTS:
        return None
    return checks.Warning(
        "FETCH_ALLOW_PRIVATE is on: everybody who may add a source can read servers inside this network.",
        hint="Unset FETCH_ALLOW_PRIVATE.",
        id="newsletter.W007",
    )


def _check_local_key() -> checks.CheckMessage | None:
    path = settings.VAR_DIR / "secret_key"
    several_machines = settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3"
    if not several_machines or not path.is_file() or path.read_text(encoding="ascii").strip() != settings.SECRET_KEY:
        return None
    return checks.Warning(
        f"SECRET_KEY was made on this machine and stands in {path}: a second machine on the same database refuses the "
        "links that this one signed, and the loss of that file voids every link in every email.",
        hint="Set SECRET_KEY or SECRET_KEY_FILE to that same key on every machine.",
        id="newsletter.W008",
    )

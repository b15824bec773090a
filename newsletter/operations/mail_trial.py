"""Tries the mail settings: connects and logs in to every relay, sends one mail by the way of all mail, then looks up DNS.

Each step ends in a finding, a sentence that names what is missing. Only the mail has an effect. Not here:
contradictions among the settings (mail_checks), and judging the DNS records (sender_dns).
"""

import dataclasses
import datetime as dt
import ssl
from collections.abc import Iterator
from email.utils import make_msgid, parseaddr

import dns.resolver
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletter.delivery import service_mail
from newsletter.emails import message
from newsletter.emails.strings import format_sender_line
from newsletter.emails.subjects import fit_service_subject
from newsletter.operations import sender_dns
from newsletter.operations.sender_dns import DnsFinding, FindingMood
from newsletter.subscribers.mail_hosts import LOCAL_BACKENDS, LOCAL_HOSTS
from newsletter.transport import relays, smtp_pool
from newsletter.transport.types import Relay, SendError, SendState

_CONNECT_SECONDS = 10.0  # for one connection: a person waits


def try_mail_settings(address: str, resolver: dns.resolver.Resolver | None = None) -> Iterator[DnsFinding]:
    """Yield a finding for each step, in the active language; one mail goes to `address`. DNS is asked by `resolver`."""
    yield from _try_transport()
    yield _send_trial_mail(address)
    if settings.EMAIL_BACKEND not in LOCAL_BACKENDS:
        domain = get_from_domain()
        envelope = settings.BOUNCE_ADDRESS.rpartition("@")[2].lower() or domain
        key = settings.DKIM_KEY if settings.EMAIL_BACKEND == relays.SMTP_BACKEND else ""
        signing = sender_dns.DkimIdentity(settings.DKIM_DOMAIN.lower(), settings.DKIM_SELECTOR, key)
        yield from sender_dns.check_sender_dns(domain, envelope, signing, resolver)


def get_from_domain() -> str:
    """Return the domain of the address that all mail comes from."""
    return parseaddr(settings.FROM_EMAIL)[1].rpartition("@")[2].lower()


def _try_transport() -> Iterator[DnsFinding]:
    backend = {"backend": settings.EMAIL_BACKEND}
    if settings.EMAIL_BACKEND in LOCAL_BACKENDS:
        yield DnsFinding(
            "EMAIL_BACKEND",
            FindingMood.LOOK,
            _("No emails leave this machine: EMAIL_BACKEND is %(backend)s.") % backend,
        )
    elif settings.EMAIL_BACKEND != relays.SMTP_BACKEND:
        yield DnsFinding("EMAIL_BACKEND", FindingMood.GOOD, _("Emails are sent through %(backend)s.") % backend)
    else:
        for relay in relays.list_relays():
            yield from _try_relay(relay)


def _try_relay(relay: Relay) -> Iterator[DnsFinding]:
    """Connect to one relay, and log in where a user is set."""
    try:
        connection = smtp_pool.open_smtp_connection(
            dataclasses.replace(relay, timeout=min(relay.timeout, _CONNECT_SECONDS))
        )
    except SendError as error:
        yield DnsFinding(relay.name, FindingMood.WRONG, _("No connection: %(why)s") % {"why": error})
        return
    with connection:
        yield _judge_encryption(relay, connection.sock)
        if relay.user:
            yield DnsFinding(relay.name, FindingMood.GOOD, _("Logged in as %(user)s.") % {"user": relay.user})
        else:
            yield DnsFinding(relay.name, FindingMood.GOOD, _("Connected without logging in: no user is set."))


def _judge_encryption(relay: Relay, sock: object) -> DnsFinding:
    if isinstance(sock, ssl.SSLSocket):
        cipher, until = sock.cipher(), (sock.getpeercert() or {}).get("notAfter", "")
        moment = dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(until)), dt.UTC) if until else None
        ends = timezone.localdate(moment, dt.UTC) if moment else "?"
        found = {"version": sock.version(), "cipher": cipher[0] if cipher else "?", "until": ends}
        words = _("Encrypted with %(version)s (%(cipher)s). The certificate is trusted and valid until %(until)s.")
        return DnsFinding(relay.name, FindingMood.GOOD, words % found)
    if relay.host in LOCAL_HOSTS:
        return DnsFinding(relay.name, FindingMood.GOOD, _("Not encrypted. Within this machine no one else can see it."))
    return DnsFinding(
        relay.name,
        FindingMood.LOOK,
        _("Not encrypted. Set EMAIL_USE_TLS=1 or EMAIL_USE_SSL=1, or starttls=1 in SMTP_RELAYS."),
    )


def _send_trial_mail(address: str) -> DnsFinding:
    words = _("This email was sent the same way as your newsletters. If it’s in the spam folder, its headers say why.")
    mail = message.OutgoingMail(
        subject=fit_service_subject(
            lambda name: _("Mail settings check: %(site)s") % {"site": name}, settings.SITE_NAME
        ),
        body=f"{words}\n\n{format_sender_line()}\n",
        from_email=message.make_from_header(settings.SITE_NAME),
        to=[address],
        headers={"Auto-Submitted": "auto-generated", "Message-ID": make_msgid(domain=message.get_sender_domain())},
    )
    outcome = service_mail.send_service_mail(mail)
    result = {"address": address, "why": outcome.describe() or outcome.state}
    if outcome.state == SendState.ACCEPTED:
        return DnsFinding(
            _("test email"), FindingMood.GOOD, _("The email to %(address)s was accepted: %(why)s") % result
        )
    return DnsFinding(
        _("test email"), FindingMood.WRONG, _("The email to %(address)s couldn’t be sent: %(why)s") % result
    )

"""Checks the host of an email address: its spelling, whether DNS names a mail server (MX), and the list of disposable domains.

Syntax and internationalized hosts (IDNA 2008) are judged by email-validator. The question to DNS has a short limit, and its
answer is cached for an hour. Where DNS does not answer, nobody is refused: a reader must not pay for our resolver. The answer
depends on the host alone, so it reveals nothing about an address.
"""

import functools
import logging
import time
from pathlib import Path
from typing import Any

import dns.exception
import dns.resolver
import email_validator
from django.conf import settings
from django.core.cache import cache

LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}

# Backends that keep mail on this machine: nothing reaches a reader, so any address will do.
LOCAL_BACKENDS = {
    "newsletter.transport.eml_backend.EmailBackend",
    "django.core.mail.backends.console.EmailBackend",
    "django.core.mail.backends.dummy.EmailBackend",
    "django.core.mail.backends.filebased.EmailBackend",
    "django.core.mail.backends.locmem.EmailBackend",
}


logger = logging.getLogger(__name__)

_SYNTAX: dict[str, Any] = {
    "allow_quoted_local": True,
    "check_deliverability": False,
    "strict": True,
    "test_environment": True,
}
_DNS_LIMIT_SECONDS = 1.5  # for all questions about a host together: a person waits for the page meanwhile
_CACHE_SECONDS = 3600  # of an answer
_CACHE_SILENCE_SECONDS = 60  # that there was no answer: the resolver may work again soon


class UnusableAddressError(ValueError):
    """The address may exist, but no mail of ours can reach it."""


def normalize_address(email: str) -> str:
    """Return an address in the form in which mail carries it: the host in lower case and in ASCII (IDNA).

    Raises ValueError where the host is a name that DNS cannot have, a bare number or a machine without a domain (a stranger
    must not make our relay write to its own network), or where the name is longer than mail servers take (RFC 5321). Raises
    UnusableAddressError where the name has quotes or letters beyond ASCII, which many servers on the way cannot handle.
    """
    try:
        # `test_environment` lets names under .test pass: they exist only on an operator's own machine, where trials must work.
        found = email_validator.validate_email(email, **_SYNTAX)
    except email_validator.EmailNotValidError as error:
        raise ValueError("this is no address that can be written to") from error
    if found.ascii_domain == "test":
        raise ValueError("this is the address of a machine without a domain")
    if not found.ascii_email or found.local_part.startswith('"'):
        raise UnusableAddressError("the name before the @ can't be used here")
    return f"{found.local_part}@{found.ascii_domain}"


def encode_host_as_ascii(host: str) -> str:
    """Return a host in the ASCII form of DNS (IDNA). Raises ValueError where there is none."""
    return normalize_address(f"x@{host}").partition("@")[2]


def get_host_error(host: str, resolver: dns.resolver.Resolver | None = None) -> str:
    """Return the code of the reply that says why a host is refused, or an empty string where it is accepted."""
    if is_disposable(host):
        return "error_disposable"
    if settings.CHECK_MX and settings.EMAIL_BACKEND not in LOCAL_BACKENDS and not can_receive_mail(host, resolver):
        return "error_host"
    return ""


def can_receive_mail(host: str, resolver: dns.resolver.Resolver | None = None) -> bool:
    """Say whether DNS names a mail server for a host; True where DNS does not answer. The answer is cached."""
    key = f"mailhost:{host}"
    known: bool | None = cache.get(key)
    if known is None:
        answer = _query_dns(host, resolver)
        known = answer is not False
        cache.set(key, known, _CACHE_SILENCE_SECONDS if answer is None else _CACHE_SECONDS)
    return known


def is_disposable(host: str) -> bool:
    """Say whether the file of DISPOSABLE_DOMAINS names the host or a domain above it."""
    if not settings.DISPOSABLE_DOMAINS:
        return False
    path = Path(settings.DISPOSABLE_DOMAINS)
    try:
        listed = _read_disposable_domains(path, path.stat().st_mtime_ns)
    except (OSError, UnicodeDecodeError) as error:
        logger.error("DISPOSABLE_DOMAINS cannot be read: %s", error)
        return False
    labels = host.lower().split(".")
    return any(".".join(labels[n:]) in listed for n in range(len(labels) - 1))


@functools.lru_cache(maxsize=1)  # by the time of the file's last change: it is read again when it was edited
def _read_disposable_domains(path: Path, _modified_ns: int) -> frozenset[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip().lower() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _query_dns(host: str, resolver: dns.resolver.Resolver | None) -> bool | None:
    """Return whether DNS has an MX that is not the null one (RFC 7505), else an address (RFC 5321); None if it is silent."""
    until = time.monotonic() + _DNS_LIMIT_SECONDS
    try:
        used = resolver or dns.resolver.Resolver()
        for kind in ("MX", "A", "AAAA"):
            left = max(until - time.monotonic(), 0.1)  # the resolver takes no limit of 0
            answer = used.resolve(f"{host}.", kind, lifetime=left, raise_on_no_answer=False)
            if answer.rrset is not None:
                return kind != "MX" or any(str(row.exchange) != "." for row in answer)
    except dns.resolver.NXDOMAIN:
        return False
    except (dns.exception.DNSException, OSError, ValueError) as error:
        logger.info("DNS did not answer: %s", type(error).__name__)
        return None
    return False

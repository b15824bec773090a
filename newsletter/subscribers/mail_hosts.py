"""An address -> its written form, and what speaks against its host: DNS says that it takes no mail, or it is on the operator's list.

Syntax and internationalized hosts (IDNA 2008) are judged by email-validator. The question to DNS has a short limit, its answer is kept for an hour, and where there is no answer nobody is refused:
a reader must not pay for our resolver. The answer depends on the host alone, so it tells nothing of an address.
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

# Backends that bring nothing to a reader.
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
_DNS_LIMIT_SECONDS = 1.5  # seconds; a person waits for the page meanwhile
_CACHE_SECONDS, _CACHE_SILENCE_SECONDS = 3600, 60  # seconds an answer is remembered, and that there was none


class UnusableAddressError(ValueError):
    """The address may exist, and no mail of ours can reach it."""


def normalize_address(email: str) -> str:
    """Return an address as the mail will carry it: the host in lower case and in letters that DNS knows.

    Raises ValueError where there is no such: a host that DNS can't name, a bare number or a machine without a domain (a
    stranger must not make our relay write to its own network), a name longer than mail servers take (RFC 5321). Raises
    UnusableAddressError where the name needs what many servers on the way don't know: quotes, or letters beyond ASCII.
    """
    try:
        # Names below .test exist nowhere but on an operator's own machine, where trying things out is meant to work.
        found = email_validator.validate_email(email, **_SYNTAX)
    except email_validator.EmailNotValidError as error:
        raise ValueError("this is no address that can be written to") from error
    if found.ascii_domain == "test":
        raise ValueError("this is the address of a machine without a domain")
    if not found.ascii_email or found.local_part.startswith('"'):
        raise UnusableAddressError("the name before the @ can't be used here")
    return f"{found.local_part}@{found.ascii_domain}"


def encode_host_as_ascii(host: str) -> str:
    """Return a host in letters that DNS knows. Raises ValueError where there is no such."""
    return normalize_address(f"x@{host}").partition("@")[2]


def get_host_error(host: str, resolver: dns.resolver.Resolver | None = None) -> str:
    """Return the phrase that tells what speaks against a host, or nothing."""
    if is_disposable(host):
        return "error_disposable"
    # Where mail ends in files, as it does out of the box, any address will do.
    if settings.CHECK_MX and settings.EMAIL_BACKEND not in LOCAL_BACKENDS and not can_receive_mail(host, resolver):
        return "error_host"
    return ""


def can_receive_mail(host: str, resolver: dns.resolver.Resolver | None = None) -> bool:
    """Say whether DNS names a server for the host's mail; yes where it does not answer."""
    key = f"mailhost:{host}"
    known: bool | None = cache.get(key)
    if known is None:
        answer = _query_dns(host, resolver)
        known = answer is not False
        cache.set(key, known, _CACHE_SILENCE_SECONDS if answer is None else _CACHE_SECONDS)
    return known


def is_disposable(host: str) -> bool:
    """Say whether the operator's file names the host, or a domain that it belongs to."""
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


@functools.lru_cache(maxsize=1)
def _read_disposable_domains(path: Path, _changed: int) -> frozenset[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip().lower() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _query_dns(host: str, resolver: dns.resolver.Resolver | None) -> bool | None:
    """Return what DNS says: an MX that is not the null one (RFC 7505), else an address (RFC 5321); None if silent."""
    until = time.monotonic() + _DNS_LIMIT_SECONDS
    try:
        asked = resolver or dns.resolver.Resolver()
        for kind in ("MX", "A", "AAAA"):
            left = max(until - time.monotonic(), 0.1)
            answer = asked.resolve(f"{host}.", kind, lifetime=left, raise_on_no_answer=False)
            if answer.rrset is not None:
                return kind != "MX" or any(str(row.exchange) != "." for row in answer)
    except dns.resolver.NXDOMAIN:
        return False
    except (dns.exception.DNSException, OSError, ValueError) as error:
        logger.info("DNS did not answer: %s", type(error).__name__)
        return None
    return False

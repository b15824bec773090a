"""A letter ready for the wire -> the same with a DKIM signature in front, by dkimpy: for relays that do not sign.

Every reader's own links stand in the body, so each letter is hashed and signed anew: an Ed25519 key costs a fraction of
an RSA key's time, but not every receiver checks it. A relay that signs (OpenDKIM, rspamd) costs this process nothing.
"""

from dataclasses import dataclass
from functools import cache

import dkim
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from newsletter.transport import smtp_connection

_SIGNED_HEADERS = (
    b"From To Reply-To Subject Date Message-ID List-Id List-Unsubscribe List-Unsubscribe-Post MIME-Version Content-Type"
)


@dataclass(frozen=True)
class DkimSigner:
    """Whose signature, and the key that makes it."""

    domain: bytes
    selector: bytes
    key: bytes

    def put_on(self, letter: smtp_connection.WireMessage) -> smtp_connection.WireMessage:
        """Return the letter with its signature."""
        return letter._replace(content=self.sign(letter.content.replace(b"\r\n..", b"\r\n.")) + letter.content)

    def sign(self, content: bytes) -> bytes:
        """Return the header line of a message as its reader sees it, without dot-stuffing."""
        line: bytes = dkim.sign(
            content,
            self.selector,
            self.domain,
            self.key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=_SIGNED_HEADERS.split(),
            signature_algorithm=b"rsa-sha256" if b"PRIVATE KEY" in self.key else b"ed25519-sha256",
        )
        return line


def load_dkim_signer() -> DkimSigner | None:
    """Return the seal of the settings, if there is one. Raises ImproperlyConfigured where its key can't sign."""
    if not settings.DKIM_KEY:
        return None
    return _make_tested_signer(settings.DKIM_DOMAIN, settings.DKIM_SELECTOR, settings.DKIM_KEY)


@cache
def _make_tested_signer(domain: str, selector: str, key: str) -> DkimSigner:
    """Return a seal that has signed once."""
    seal = DkimSigner(domain.encode(), selector.encode(), key.encode())
    try:
        seal.sign(b"From: a@example.org\r\n\r\nproof\r\n")
    except (dkim.DKIMException, ValueError) as error:
        raise ImproperlyConfigured(f"DKIM_KEY can't sign: {error}") from error
    return seal

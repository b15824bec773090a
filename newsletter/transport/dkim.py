"""Signs a message that is ready for the wire with DKIM (RFC 6376), by dkimpy, for relays that do not sign themselves.

Each reader's own links stand in the body, so each message is hashed and signed by itself: an Ed25519 key costs a fraction
of an RSA key's time, but not every receiver checks it. A relay that signs (OpenDKIM, rspamd) costs this process nothing.
"""

from dataclasses import dataclass
from functools import cache

import dkim
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from newsletter.transport.types import WireMessage

_SIGNED_HEADERS = (
    b"From To Reply-To Subject Date Message-ID List-Id List-Unsubscribe List-Unsubscribe-Post MIME-Version Content-Type"
)


@dataclass(frozen=True)
class DkimSigner:
    """The domain and the selector that a signature names, and the private key that makes it."""

    domain: bytes
    selector: bytes
    key: bytes

    def sign_message(self, message: WireMessage) -> WireMessage:
        """Return the message with its signature as the first header."""
        # What is signed is what arrives: the receiving server takes the dot-stuffing away again (RFC 5321, 4.5.2).
        signature = self.sign(message.content.replace(b"\r\n..", b"\r\n."))
        return message._replace(content=signature + message.content)

    def sign(self, content: bytes) -> bytes:
        """Return the header line that signs a message; `content` is without dot-stuffing."""
        line: bytes = dkim.sign(
            content,
            self.selector,
            self.domain,
            self.key,
            # Relays fold headers and trim white space on the way; "relaxed" lets a signature outlive that.
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=_SIGNED_HEADERS.split(),
            signature_algorithm=b"rsa-sha256" if b"PRIVATE KEY" in self.key else b"ed25519-sha256",
        )
        return line


def load_dkim_signer() -> DkimSigner | None:
    """Return the signer of the settings, if there is one. Raises ImproperlyConfigured where its key can't sign."""
    if not settings.DKIM_KEY:
        return None
    return _make_tested_signer(settings.DKIM_DOMAIN, settings.DKIM_SELECTOR, settings.DKIM_KEY)


@cache  # the trial signature costs milliseconds with an RSA key, and each tick asks for the signer
def _make_tested_signer(domain: str, selector: str, key: str) -> DkimSigner:
    """Return a signer that has signed once, so that a wrong key is found before any message is claimed."""
    signer = DkimSigner(domain.encode(), selector.encode(), key.encode())
    try:
        signer.sign(b"From: a@example.org\r\n\r\nproof\r\n")
    except (dkim.DKIMException, ValueError) as error:
        raise ImproperlyConfigured(f"DKIM_KEY can't sign: {error}") from error
    return signer

"""DKIM: every signature verifies at the receiver, whatever the body, and a key that can't sign is refused at once."""

import base64

import dkim as dkimpy
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from django.core.exceptions import ImproperlyConfigured

from newsletter.delivery import dispatch
from newsletter.transport import dkim, relays
from tests.newsletter import sample_mailing
from tests.smtpsink import sink


def rsa_pair() -> tuple[str, bytes]:
    """Return a private key and the record that publishes it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return pem, b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def ed25519_pair() -> tuple[str, bytes]:
    """Return an Ed25519 private key and the record that publishes it."""
    key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    return base64.b64encode(key.private_bytes_raw()).decode(), b"v=DKIM1; k=ed25519; p=" + base64.b64encode(public)


@pytest.mark.django_db
@pytest.mark.parametrize("pair", [rsa_pair, ed25519_pair])
@pytest.mark.parametrize("extensions", [("PIPELINING", "8BITMIME"), ()])
def test_what_arrives_verifies(settings, tmp_path, pair, extensions):
    settings.VAR_DIR = tmp_path
    key: tuple[str, bytes] = pair()
    settings.DKIM_KEY, record = key[0], key[1]
    settings.DKIM_DOMAIN, settings.DKIM_SELECTOR = "example.org", "news"
    mailing = sample_mailing.compose_mailing()
    mailing.fragments.update(text="..a line with dots\n.\n")
    sample_mailing.subscribe_random_sets(mailing, 4)
    with sink(extensions=extensions) as server:
        settings.EMAIL_BACKEND = relays.SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        dispatch.send_due_mailings()

    names: list[bytes] = []

    def look_up(name: bytes, **_options: object) -> bytes:
        names.append(name)
        return record

    assert len(server.received) == 4
    assert [dkimpy.verify(one.content, dnsfunc=look_up) for one in server.received] == [True] * 4
    assert set(names) == {b"news._domainkey.example.org."}
    assert not dkimpy.verify(server.received[0].content.replace(b"Subject: ", b"Subject: x"), dnsfunc=look_up)


@pytest.mark.parametrize("key", ["nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"])
def test_a_key_that_cannot_sign_is_refused(settings, key):
    settings.DKIM_KEY, settings.DKIM_DOMAIN, settings.DKIM_SELECTOR = key, "example.org", "news"

    with pytest.raises(ImproperlyConfigured, match="DKIM_KEY can't sign"):
        dkim.load_dkim_signer()


def test_without_a_key_there_is_no_signer(settings):
    settings.DKIM_KEY = ""

    assert dkim.load_dkim_signer() is None

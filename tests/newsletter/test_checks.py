"""Each dangerous setting has a system check with an id; a fresh installation has no warning."""

import subprocess
import sys

import pytest
from django.core.exceptions import ValidationError

from newsletter.checks import check_settings, check_slugs
from tests import build

# An operator's settings as they should be.
SOUND = {
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "mail.example.org",
    "EMAIL_HOST_PASSWORD": "secret",
    "EMAIL_USE_TLS": True,
    "SITE_URL": "https://news.example.org",
    "FROM_EMAIL": "News <news@example.org>",
    "POSTAL_ADDRESS": "1 Street, Town",
    "FETCH_ALLOW_PRIVATE": False,
    "DEBUG": False,
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
}


@pytest.fixture
def operator(settings):
    """Return the settings of a sound installation that really sends."""
    for name, value in SOUND.items():
        setattr(settings, name, value)
    return settings


def _ids() -> list[str | None]:
    return [message.id for message in check_settings()]


def test_checks_fresh_installation_is_silent(tmp_path):
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--fail-level", "WARNING"],
        env={"PATH": "", "ENV_FILE": "/dev/null", "VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "System check identified no issues (0 silenced).\n")


def test_checks_sound_operator_is_silent(operator):
    assert _ids() == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DEBUG", True, "newsletter.W001"),
        ("SITE_URL", "http://localhost:8000", "newsletter.W002"),
        ("SITE_URL", "https://127.0.0.1", "newsletter.W002"),
        ("SITE_URL", "http://news.example.org", "newsletter.W003"),
        ("IMAP_HOST", "imap.example.org", "newsletter.W010"),
        ("UNSUBSCRIBE_MAILTO", "leave@news.example", "newsletter.W012"),
        ("FROM_EMAIL", "newsletter@localhost", "newsletter.W004"),
        ("FROM_EMAIL", "News", "newsletter.W004"),
        ("POSTAL_ADDRESS", "", "newsletter.W005"),
        ("FETCH_ALLOW_PRIVATE", True, "newsletter.W007"),
        ("EMAIL_BACKEND", "newsletter.transport.eml_backend.Backend", "newsletter.E002"),
        ("EMAIL_BACKEND", "smtp", "newsletter.E002"),
        ("SECURE_PROXY_SSL_HEADER", None, "newsletter.W011"),
    ],
)
def test_checks_report_each_dangerous_setting(operator, name, value, expected):
    setattr(operator, name, value)

    assert _ids() == [expected]


@pytest.mark.parametrize(
    "backend", ["newsletter.transport.eml_backend.EmailBackend", "django.core.mail.backends.console.EmailBackend"]
)
def test_checks_sender_is_not_asked_for_while_nothing_is_sent(operator, backend):
    operator.EMAIL_BACKEND = backend
    operator.SITE_URL, operator.FROM_EMAIL, operator.POSTAL_ADDRESS = "http://localhost:8000", "n@localhost", ""

    assert _ids() == []


def test_checks_webhooks_of_an_esp_need_a_secret(operator):
    operator.EMAIL_BACKEND = "anymail.backends.resend.EmailBackend"

    assert _ids() == ["newsletter.W009"]


@pytest.mark.parametrize(
    ("engine", "key", "expected"),
    [
        ("django.db.backends.postgresql", "made-here", ["newsletter.W008"]),
        ("django.db.backends.postgresql", "given", []),
        ("django.db.backends.sqlite3", "made-here", []),
    ],
)
def test_checks_key_of_one_machine_beside_a_shared_database(operator, tmp_path, monkeypatch, engine, key, expected):
    (tmp_path / "secret_key").write_text("made-here\n")
    operator.VAR_DIR, operator.SECRET_KEY = tmp_path, key
    monkeypatch.setitem(operator.DATABASES, "default", {"ENGINE": engine})

    assert _ids() == expected


FIXED = ["admin", "about", "privacy", "language", "subscribe", "search", "c", "m", "o", "a", "u", "static"]


@pytest.mark.django_db
@pytest.mark.parametrize("slug", FIXED)
def test_checks_slug_of_another_page_is_refused_and_reported(slug):
    made = build.publication(slug)

    with pytest.raises(ValidationError) as caught:
        made.full_clean()

    assert list(caught.value.message_dict) == ["slug"]
    assert [found.id for found in check_slugs(databases=["default"])] == ["newsletter.E001"]


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["papers", "news-2", "api", "archive", "preview", "anymail"])
def test_checks_slug_of_its_own_is_taken(slug):
    build.publication(slug).full_clean()

    assert check_slugs(databases=["default"]) == []


def test_checks_slugs_are_left_alone_where_the_database_is_not_to_be_asked():
    assert check_slugs(databases=None) == []


def test_checks_a_site_over_https_needs_its_proxy_also_while_nothing_is_sent(operator):
    operator.EMAIL_BACKEND, operator.SECURE_PROXY_SSL_HEADER = "newsletter.transport.eml_backend.EmailBackend", None
    found = []
    for operator.SITE_URL in ("https://news.example.org", "https://localhost", "http://news.example.org"):
        found.append(_ids())

    assert found == [["newsletter.W011"], [], []]

"""Webhooks: those of the configured provider alone; everything that a stranger sends costs a 4xx and one line of the log."""

import base64
import json
import logging

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import FakePayload

from newsletter.models import Event
from tests.newsletter.site.page import NOT_FOUND, status_and_heading

pytestmark = pytest.mark.django_db
SECRET = "user:password"


@pytest.fixture
def brevo(settings):
    settings.EMAIL_BACKEND = "anymail.backends.brevo.EmailBackend"
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    secret = base64.b64encode(SECRET.encode()).decode()
    return Client(raise_request_exception=False, headers={"authorization": f"Basic {secret}"})


def lines(caplog) -> list[str]:
    """Return what reaches the log as it is set up: one line a record, traces included."""
    handler = logging.getLogger().handlers[0]
    return [line for one in caplog.records if handler.filter(one) for line in handler.format(one).splitlines()]


def test_webhooks_of_providers_that_are_not_configured_do_not_exist(brevo, settings):
    body = json.dumps({"event": "delivered", "email": "a@example.org", "message-id": "1", "ts_epoch": 1779408000000})

    def status(name: str) -> int:
        return int(brevo.post(f"/anymail/{name}/tracking/", body, content_type="application/json").status_code)

    assert [status(name) for name in ("brevo", "mailgun", "postmark")] == [200, 404, 404]
    settings.ANYMAIL = settings.ANYMAIL | {"POSTMARK_SERVER_TOKEN": "x"}  # by SMTP, with the webhook of the provider
    assert status("postmark") == 200


@pytest.mark.parametrize("name", ["brevo/inbound", "mailgun/inbound"])
def test_webhooks_that_bring_mail_in_are_not_offered(brevo, name):
    answer = brevo.post(f"/anymail/{name}/", "{}", content_type="application/json")

    assert status_and_heading(answer) == NOT_FOUND


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"7", b'"text"', b"[1, 2]", b'{"event": []}', b"\xff\xfe", b"[" * 50_000]
)
def test_junk_with_the_secret_is_refused_in_one_line(brevo, caplog, body):
    answer = brevo.post("/anymail/brevo/tracking/", body, content_type="application/json")

    assert (answer.status_code, len(lines(caplog)), Event.objects.count()) == (400, 1, 0)


def test_a_body_over_the_limit_is_refused_in_one_line(client, caplog, brevo):
    client = Client(raise_request_exception=False)
    sent = [
        client.post("/subscribe/", {"email": "a" * 3_000_000}, content_type="application/x-www-form-urlencoded"),
        brevo.post("/anymail/brevo/tracking/", json.dumps(["a" * 3_000_000]), content_type="application/json"),
    ]

    assert ([one.status_code for one in sent], len(lines(caplog))) == ([400, 400], 2)


@pytest.mark.parametrize("path", ["/subscribe/", "/admin/login/", "/admin/newsletter/subscriber/import/", "/search/"])
def test_a_strangers_large_file_is_refused_before_it_is_read(path, caplog):
    body = FakePayload(b"x" * 2_000_000)
    sent = {"CONTENT_LENGTH": "2000000", "CONTENT_TYPE": "multipart/form-data; boundary=b", "wsgi.input": body}
    answer = Client(raise_request_exception=False).request(REQUEST_METHOD="POST", PATH_INFO=path, **sent)

    assert (answer.status_code, len(body), len(lines(caplog))) == (400, 2_000_000, 1)


def test_a_file_of_the_desk_is_taken(admin_client):
    file = SimpleUploadedFile("f.csv", b"email\na@example.org\n")

    page = admin_client.post("/admin/newsletter/subscriber/import/", {"file": file})

    assert sorted(page.context["form"].errors) == ["consent", "publication"]  # and none of the file

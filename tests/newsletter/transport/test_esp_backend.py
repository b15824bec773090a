"""Every kind of answer from a real server: whose fault it is, what becomes of each reader, and that nothing is sent twice."""

import smtplib
import sys
import time

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends import smtp
from django.utils import timezone

from newsletter.delivery import audience, dispatch, queue
from newsletter.emails.markers import make_marker
from newsletter.models import Delivery, Fragment, Mailing
from newsletter.transport import esp_backend
from newsletter.transport.types import SendError, SendResult, SendState
from tests import build
from tests.espserver import ACCEPT, CLOSE, HANG, PROVIDERS, Answer, EspReply, EspRequest, EspServer, esp_server
from tests.feedserver import closed_port
from tests.smtpsink import CLOSE as SMTP_CLOSE
from tests.smtpsink import sink

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]


@pytest.fixture
def mailing(settings, tmp_path) -> Mailing:
    """Return a composed mailing of two sections, of a few words each."""
    settings.VAR_DIR = tmp_path
    settings.FROM_EMAIL = "news@news.example"
    publication = build.publication(categories=[build.category(), build.category()])
    digest = build.digest(publication)
    sections = [build.section(digest, category) for category in publication.categories.all()]
    hash_ = build.approve_unchecked(digest).approved_hash
    made = Mailing.objects.create(digest=digest, subject="s", approved_hash=hash_, composed_at=timezone.now())
    marks = {name: make_marker(hash_[:16], name) for name in ("preheader", "manage", "leave")}
    Fragment.objects.create(mailing=made, kind="head", html=f"<html>{marks['preheader']}", text="")
    for section in sections:
        Fragment.objects.create(
            mailing=made, kind="section", section=section, position=section.position, html="<p>", text=""
        )
    Fragment.objects.create(mailing=made, kind="tail", html=marks["leave"] + marks["manage"], text=marks["leave"])
    return made


def same_set(mailing: Mailing, count: int) -> list[str]:
    """Subscribe readers to the same categories and plan; return their addresses."""
    chosen = list(mailing.digest.publication.categories.all())
    found = [build.subscription(mailing.digest.publication, chosen).subscriber.email for _reader in range(count)]
    audience.plan_deliveries(mailing)
    return found


def use(settings, server: EspServer) -> None:
    settings.EMAIL_BACKEND = f"anymail.backends.{server.name}.EmailBackend"
    settings.ANYMAIL = server.settings() | {"REQUESTS_TIMEOUT": 0.3}
    if server.name == "amazon_ses":
        settings.ANYMAIL["AMAZON_SES_CLIENT_PARAMS"]["config"] = {"read_timeout": 0.3}


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def answers() -> set[str]:
    return set(Delivery.objects.values_list("server_reply", flat=True))


def always(reply: EspReply | str) -> Answer:
    return lambda _request: reply


# What every ESP can answer


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize(
    ("status", "words"), [(401, "unauthorized"), (403, "forbidden"), (400, "from is not verified")]
)
def test_a_refusal_of_us_fails_no_reader_and_ends_the_run(name, status, words, mailing, settings, caplog):
    same_set(mailing, 3)
    with esp_server(name, always(EspReply({"message": words}, status))) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    assert (len(server.requests), states()) == (1, ["queued"] * 3)
    assert [row.attempts for row in Delivery.objects.all()] == [0, 0, 0]
    assert any(line.startswith(f"mailing={mailing.pk} waits: ") and words in line for line in caplog.messages)


@pytest.mark.parametrize("name", PROVIDERS)
def test_no_server_gives_everything_back(name, mailing, settings):
    same_set(mailing, 3)
    server = EspServer(name, always(CLOSE))
    use(settings, server)
    server.server_close()

    assert (dispatch.send_due_mailings(), states()) == (0, ["queued"] * 3)


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name not in {"resend", "brevo"}])
@pytest.mark.parametrize("reply", [CLOSE, HANG, EspReply("oops", 500), EspReply("bad gateway", 502)])
def test_an_answer_that_never_comes_leaves_the_readers_of_that_request_in_doubt(name, reply, mailing, settings):
    same_set(mailing, 3)
    first: list[EspRequest] = []

    def answer(request: EspRequest) -> EspReply | str | None:
        first.append(request)
        return reply if len(first) == 1 else None

    with esp_server(name, answer) as server:
        use(settings, server)
        dispatch.send_due_mailings()
        dispatch.send_due_mailings()

    one_by_one = name == "mailersend"
    assert states() == (["unknown", "accepted", "accepted"] if one_by_one else ["unknown"] * 3)
    assert len(server.requests) == (3 if one_by_one else 1)


@pytest.mark.parametrize("name", ["mailgun", "sendgrid", "postmark", "resend", "brevo", "mailjet", "sparkpost"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_request_to_wait_is_followed(name, status, mailing, settings):
    same_set(mailing, 3)
    replies = [EspReply("later", status, {"Retry-After": "0.2"}), None]
    with esp_server(name, lambda _request: replies.pop(0)) as server:
        use(settings, server)
        began = time.monotonic()
        dispatch.send_due_mailings()

    assert (states(), len(server.requests)) == (["accepted"] * 3, 2)
    assert time.monotonic() - began >= 0.2


def test_readers_whose_request_must_wait_again_and_again_return_to_the_queue(mailing, settings):
    same_set(mailing, 3)
    with esp_server("sendgrid", always(EspReply("later", 429, {"Retry-After": "0"}))) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    rows = Delivery.objects.values_list("state", "attempts")
    assert (list(rows), len(server.requests)) == ([("queued", 1)] * 3, esp_backend.MAX_TRIES)
    assert queue.claim_deliveries(mailing, limit=10) == []  # not due before some minutes


def test_an_answer_that_cannot_be_read_leaves_doubt(mailing, settings):
    same_set(mailing, 2)
    for name in ("mailgun", "postmark", "amazon_ses", "mailjet", "sparkpost"):
        Delivery.objects.update(state="queued", due_at=timezone.now())
        Mailing.objects.update(state="sending")
        with esp_server(name, always(EspReply("<html>hello</html>"))) as server:
            use(settings, server)
            dispatch.send_due_mailings()
        assert (name, states()) == (name, ["unknown"] * 2)


# Idempotency keys


@pytest.mark.parametrize("reply", [CLOSE, HANG, EspReply("oops", 500)])
def test_a_provider_with_keys_is_asked_again_by_the_same_key(reply, mailing, settings):
    same_set(mailing, 3)
    replies = [reply, None]
    with esp_server("resend", lambda _request: replies.pop(0)) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    keys = [request.headers["Idempotency-Key"] for request in server.requests]
    assert (states(), len(keys), len(set(keys))) == (["accepted"] * 3, 2, 1)
    assert server.requests[0].body == server.requests[1].body


def test_a_key_that_was_used_means_that_the_first_request_was_taken(mailing, settings):
    same_set(mailing, 3)
    replies: list[EspReply | str] = [
        CLOSE,
        EspReply({"code": "duplicate_parameter", "message": "idempotencyKey was used"}, 400),
    ]
    with esp_server("brevo", lambda _request: replies.pop(0)) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    keys = {request.data["headers"]["idempotencyKey"] for request in server.requests}
    assert (states(), len(server.requests), len(keys)) == (["accepted"] * 3, 2, 1)


def test_a_doubt_that_no_key_resolves_stays_one(mailing, settings):
    same_set(mailing, 2)
    replies: list[EspReply | str] = [CLOSE, EspReply("no", 422), EspReply("no", 401)]
    with esp_server("resend", lambda _request: replies.pop(0)) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    assert (states(), len(server.requests)) == (["unknown"] * 2, 3)


def test_each_request_has_a_key_of_its_own(mailing, settings):
    build.subscription(mailing.digest.publication, list(mailing.digest.publication.categories.all()[:1]))
    same_set(mailing, 3)
    with esp_server("resend") as server:
        use(settings, server)
        dispatch.send_due_mailings()

    assert len({request.headers["Idempotency-Key"] for request in server.requests}) == len(server.requests) == 2


# One reader's fault in a batch


def test_a_batch_refused_as_a_whole_goes_out_one_by_one(mailing, settings):
    bad, *_fine = same_set(mailing, 4)
    refusal = EspReply({"statusCode": 422, "message": "Invalid `to` field. The email address needs to follow"}, 422)
    with esp_server("resend", lambda request: refusal if bad.encode() in request.body else None) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    assert states() == ["failed", "accepted", "accepted", "accepted"]
    assert [len(request.data) for request in server.requests] == [4, 1, 1, 1, 1]


def test_a_refusal_that_blames_nobody_is_the_readers_own_once_another_is_accepted(mailing, settings):
    bad, *_fine = same_set(mailing, 3)
    refusal = EspReply({"message": "computer says no"}, 400)
    with esp_server(
        "mailgun", lambda request: refusal if bad.encode() in request.body.replace(b"%40", b"@") else None
    ) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    assert states() == ["failed", "accepted", "accepted"]


def test_a_refusal_that_blames_nobody_and_meets_everybody_fails_nobody(mailing, settings, caplog):
    same_set(mailing, 30)
    with esp_server("mailgun", always(EspReply({"message": "computer says no"}, 400))) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    assert (states(), len(server.requests)) == (["queued"] * 30, 1 + esp_backend.MAX_REFUSALS_IN_A_ROW)
    assert [row.attempts for row in Delivery.objects.all()] == [0] * 30
    assert any("refused 10 times in a row" in line for line in caplog.messages)


def test_a_few_refusals_that_blame_nobody_are_tried_again_later(mailing, settings):
    same_set(mailing, 2)
    with esp_server("mailgun", always(EspReply({"message": "computer says no"}, 400))) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    assert list(Delivery.objects.values_list("state", "attempts")) == [("queued", 1)] * 2


def test_postmark_gives_a_result_of_each_reader(mailing, settings):
    same_set(mailing, 4)

    def answer(request: EspRequest) -> EspReply:
        fine = ACCEPT["postmark"](request.data).body
        fine[1] = {"ErrorCode": 406, "Message": "You tried to send to a recipient that has been marked as inactive."}
        fine[2] = {"ErrorCode": 300, "Message": "Invalid 'To' address: 'x'."}
        return EspReply(fine)

    with esp_server("postmark", answer) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    assert states() == ["accepted", "failed", "failed", "accepted"]


def test_postmark_refusing_the_sender_stops(mailing, settings):
    same_set(mailing, 2)
    body = [{"ErrorCode": 400, "Message": "The 'From' address is not a Sender Signature."}] * 2
    with esp_server("postmark", always(EspReply(body))) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    assert states() == ["queued"] * 2


def test_mailjet_gives_a_result_of_each_reader(mailing, settings):
    same_set(mailing, 3)

    def answer(request: EspRequest) -> EspReply:
        body = ACCEPT["mailjet"](request.data).body
        error = {
            "StatusCode": 400,
            "ErrorMessage": '"x" is an invalid email address.',
            "ErrorRelatedTo": ["To[0].Email"],
        }
        body["Messages"][1] = {"Status": "error", "Errors": [error]}
        return EspReply(body, 400)

    with esp_server("mailjet", answer) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    assert states() == ["accepted", "failed", "accepted"]
    assert '400 "x" is an invalid email address.' in answers()


@pytest.mark.parametrize(
    ("status", "words", "expected", "attempts"),
    [
        ("INVALID_PARAMETER", "Illegal address", "failed", 1),
        ("TRANSIENT_FAILURE", "", "queued", 1),
        ("ACCOUNT_SENDING_PAUSED", "", "queued", 0),
    ],
)
def test_amazon_gives_a_result_of_each_reader(mailing, settings, status, words, expected, attempts):
    same_set(mailing, 3)

    def answer(request: EspRequest) -> EspReply:
        body = ACCEPT["amazon_ses"](request.data).body
        body["BulkEmailEntryResults"][1] = {"Status": status, "Error": words}
        return EspReply(body)

    with esp_server("amazon_ses", answer) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    rows = list(Delivery.objects.order_by("pk").values_list("state", "attempts"))
    assert rows == [("accepted", 1), (expected, attempts), ("accepted", 1)]


@pytest.mark.parametrize("status", ["ACCOUNT_THROTTLED", "MAIL_FROM_DOMAIN_NOT_VERIFIED"])
def test_amazon_refusing_everybody_fails_nobody(mailing, settings, status):
    same_set(mailing, 2)
    body = {"BulkEmailEntryResults": [{"Status": status, "Error": "wait"}] * 2}
    with esp_server("amazon_ses", always(EspReply(body))) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    assert states() == ["queued"] * 2


def test_sparkpost_taking_some_and_not_saying_whom_leaves_doubt(mailing, settings):
    same_set(mailing, 3)
    body = {"results": {"total_accepted_recipients": 2, "total_rejected_recipients": 1, "id": "1"}}
    with esp_server("sparkpost", always(EspReply(body))) as server:
        use(settings, server)
        dispatch.send_due_mailings()

    assert (states(), answers()) == (["unknown"] * 3, {""})
    assert set(Delivery.objects.values_list("reason", flat=True)) == {"not_reported"}


def test_a_missing_key_is_named_in_the_log(mailing, settings, caplog):
    same_set(mailing, 1)
    settings.EMAIL_BACKEND, settings.ANYMAIL = "anymail.backends.resend.EmailBackend", {}

    assert (dispatch.send_due_mailings(), states()) == (0, ["queued"])
    assert any("waits: the email backend is not set up: You must set" in line for line in caplog.messages)


def test_without_the_client_of_amazon_the_log_says_what_to_install(mailing, settings, caplog, monkeypatch):
    same_set(mailing, 1)
    settings.EMAIL_BACKEND = "anymail.backends.amazon_ses.EmailBackend"
    monkeypatch.setitem(sys.modules, "boto3", None)  # as where the extra is not installed

    assert (dispatch.send_due_mailings(), states()) == (0, ["queued"])
    words = "waits: the email backend is not set up: Amazon SES needs boto3, which isn't installed. Run: .venv/bin/pip "
    assert any(f"{words}install --require-hashes -r requirements-ses.lock" in line for line in caplog.messages)


# One message at a time, through Django's own client


class Relay(smtp.EmailBackend):
    """Django's own client under a name of its own, as a project's subclass would have."""


def one() -> EmailMultiAlternatives:
    return EmailMultiAlternatives("subject", "text", "news@news.example", ["reader@example.org"])


@pytest.mark.parametrize(
    ("step", "reply", "expected"),
    [
        ("rcpt", "550 5.1.1 no such user", ("failed", "550 5.1.1 no such user", "")),
        ("rcpt", "451 4.7.1 greylisted", ("retry", "451 4.7.1 greylisted", "")),
        ("mail", "550 5.7.1 sender refused", ("retry", "550 5.7.1 sender refused", "")),
        ("mail", "451 4.3.0 later", ("retry", "451 4.3.0 later", "")),
        ("dot", "554 5.7.1 spam", ("failed", "554 5.7.1 spam", "")),
        ("dot", "452 4.2.2 full", ("retry", "452 4.2.2 full", "")),
        ("after-dot", SMTP_CLOSE, ("unknown", "Connection unexpectedly closed", "no_reply")),
    ],
)
def test_send_message_judges_each_reply(step, reply, expected):
    with sink(lambda at, _recipient: reply if at == step else None) as server:
        backend = get_connection("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=server.port)

        result = esp_backend.send_message(backend, one())

        assert (result.state, result.words, result.reason) == expected


def test_send_message_without_a_server_is_tried_again():
    backend = get_connection("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=closed_port())

    assert esp_backend.send_message(backend, one()) == SendResult(SendState.RETRY, "[Errno 111] Connection refused")


def test_send_message_on_a_full_disk_is_tried_again(tmp_path):
    (tmp_path / "file").touch()
    backend = get_connection("newsletter.transport.eml_backend.EmailBackend", directory=tmp_path / "file" / "folder")

    assert esp_backend.send_message(backend, one())[0] == "retry"


@pytest.mark.parametrize(
    ("status", "expected"), [(401, "retry"), (422, "failed"), (429, "retry"), (500, "unknown"), (503, "retry")]
)
def test_send_message_judges_an_esps_status(settings, status, expected):
    with esp_server("postmark", always(EspReply({"ErrorCode": 1, "Message": "x"}, status))) as server:
        use(settings, server)

        assert esp_backend.send_message(get_connection(), one())[0] == expected


def test_connect_refused_by_password_says_so():
    class Backend:
        def open(self) -> None:
            raise smtplib.SMTPAuthenticationError(535, b"5.7.8 wrong password")

    with pytest.raises(SendError) as caught:
        esp_backend.open_backend(Backend())  # type: ignore[arg-type] # as far as it is needed

    assert str(caught.value) == "can't reach the mail server: (535, b'5.7.8 wrong password')"


def test_a_refused_sender_ends_the_run_of_djangos_client_too(mailing, settings):
    same_set(mailing, 3)
    settings.EMAIL_BACKEND = "tests.newsletter.transport.test_esp_backend.Relay"
    with sink(lambda at, _recipient: "550 5.7.1 sender refused" if at == "mail" else None) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        dispatch.send_due_mailings()

    assert (states(), len([c for c in server.commands if c.startswith("mail")])) == (["queued"] * 3, 1)

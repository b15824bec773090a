"""Relays: the setting that names them, encryption and login against a real server, weight and failover."""

import pytest

from newsletter.delivery import dispatch, queue
from newsletter.transport import relays
from newsletter.transport.smtp_pool import open_smtp_connection
from newsletter.transport.types import Relay, SendError
from tests import certificates
from tests.newsletter import sample_mailing
from tests.newsletter.transport.test_smtp_pool import Run
from tests.smtpsink import sink


def test_parse_reads_each_relay():
    found = relays.parse_relays(
        "smtp://me:p%40ss@one.example:587?starttls=1&weight=3&messages=100&seconds=60, smtps://two.example",
        timeout=30,
        connections=4,
        authorities="/ca.pem",
    )

    assert found == (
        Relay(
            *("one.example", 587, "me", "p@ss", True),
            weight=3,
            messages=100,
            seconds=60,
            authorities="/ca.pem",
        ),
        Relay("two.example", 465, tls=True, authorities="/ca.pem"),
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("one.example:25", "the 1. relay must begin like"),
        ("smtp://a, http://secret:word@b", "the 2. relay must begin like"),
        ("smtp://a?starttls=yes", "takes starttls=1"),
        ("smtp://a?color=1", "takes starttls=1"),
        ("smtp://a?weight=0", "weight must be a whole number"),
    ],
)
def test_parse_names_what_is_wrong_and_no_password(words, says):
    with pytest.raises(ValueError, match=says) as caught:
        relays.parse_relays(words, timeout=30, connections=4)

    assert "secret" not in str(caught.value)


def test_choose_follows_the_weights():
    heavy, light = Relay("a", 25, weight=9), Relay("b", 25)
    rotation = relays.RelayRotation((heavy, light))

    chosen = [rotation.choose() for _ in range(1000)]

    assert 820 < chosen.count(heavy) < 970


def test_choose_leaves_out_a_relay_that_is_down_until_its_time_is_over():
    one, two = Relay("a", 25), Relay("b", 25)
    rotation = relays.RelayRotation((one, two))
    rotation.mark_down(one)

    assert {rotation.choose() for _ in range(20)} == {two}
    rotation.mark_down(two)
    assert rotation.choose() is None
    rotation.down_until[one.name] = 0  # its time is over
    assert rotation.choose() == one


def test_starttls_with_login_sends_everything_encrypted(tmp_path):
    authority, context = certificates.make_certificate(tmp_path)
    with sink(tls=context, login="me:secret") as server:
        run = Run(server, 40, starttls=True, user="me", password="secret", authorities=str(authority))

    assert (run.states, len(set(server.recipients))) == ({"accepted": 40}, 40)
    commands = [command.split()[0] for command in server.commands[:4]]
    assert commands == ["ehlo", "STARTTLS", "ehlo", "AUTH"]


def test_a_wrong_password_is_reported_without_the_password(tmp_path):
    authority, context = certificates.make_certificate(tmp_path)
    with sink(tls=context, login="me:secret") as server, pytest.raises(SendError) as caught:
        open_smtp_connection(
            Relay("127.0.0.1", server.port, "me", "wr0ng", starttls=True, authorities=str(authority), timeout=5),
        )

    assert str(caught.value) == f"127.0.0.1:{server.port}: 535 5.7.8 wrong user or password"


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9"])
def test_a_certificate_that_is_not_to_be_trusted_ends_the_connection(tmp_path, host):
    authority, context = certificates.make_certificate(tmp_path, host=host)
    # Of the right name but of an unknown authority; or of a known authority for another name.
    known = "" if host == "127.0.0.1" else str(authority)
    with (
        sink(tls=context) as server,
        pytest.raises(SendError, match="its certificate is not to be trusted: ") as caught,
    ):
        open_smtp_connection(Relay("127.0.0.1", server.port, starttls=True, authorities=known, timeout=5))

    reason = "unable to get local issuer certificate" if not known else "IP address mismatch"
    assert reason in str(caught.value)
    assert server.received == []


def test_a_relay_without_starttls_gets_nothing_where_it_was_asked_for():
    with sink() as server, pytest.raises(SendError, match="STARTTLS extension not supported"):
        open_smtp_connection(Relay("127.0.0.1", server.port, starttls=True, timeout=5))


def test_a_connection_carries_no_more_messages_than_it_may():
    with sink() as server:
        run = Run(server, 60, messages=10, connections=2)

    assert (run.states, len(set(server.recipients)), run.left) == ({"accepted": 60}, 60, [])
    assert 6 <= server.connections <= 8


@pytest.mark.django_db
def test_a_relay_that_is_gone_makes_way_for_the_next(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.EMAIL_BACKEND = relays.SMTP_BACKEND
    mailing = sample_mailing.compose_mailing()
    sample_mailing.subscribe_random_sets(mailing, 20)
    with sink() as gone:
        port = gone.port
    with sink() as server:
        settings.SMTP_RELAYS = (Relay("127.0.0.1", port, weight=50), Relay("127.0.0.1", server.port))
        dispatch.send_due_mailings()

    assert queue.count_deliveries(mailing)["accepted"] == len(set(server.recipients)) == 20


@pytest.mark.django_db
def test_a_mailing_that_pauses_itself_puts_no_relay_aside(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.EMAIL_BACKEND = relays.SMTP_BACKEND
    mailing = sample_mailing.compose_mailing()
    sample_mailing.subscribe_random_sets(mailing, 40)
    with sink(lambda step, _recipient: "554 5.7.1 message rejected as spam" if step == "dot" else None) as server:
        known = (Relay("127.0.0.1", server.port), Relay("localhost", server.port))
        settings.SMTP_RELAYS = known
        dispatch.send_due_mailings()

    mailing.refresh_from_db()
    assert mailing.state == "paused"
    assert {relays.get_relay_rotation().choose() for _ in range(100)} == set(known)

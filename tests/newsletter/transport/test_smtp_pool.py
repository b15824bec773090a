"""The pipelined client against a real server: every message is settled once or given back, and none arrives twice."""

import hashlib
from collections import Counter
from collections.abc import Iterator

import pytest

from newsletter.transport.smtp_pool import deliver_messages
from newsletter.transport.types import Relay, SendError, SendHooks, SendResult, WireMessage
from tests import certificates
from tests.smtpsink import CLOSE, HANG, SmtpSink, sink

BODY = b"Subject: test\r\n\r\nbody\r\n"


class Run:
    """One run of `count` messages, and the calls of its hooks."""

    def __init__(self, server: SmtpSink, count: int = 20, *, body: bytes = BODY, **relay: object) -> None:
        self.started: list[int] = []
        self.returned: list[int] = []
        self.settled: list[tuple[int, str, str]] = []
        self.eight_bit = False

        def source(*, eight_bit: bool) -> Iterator[WireMessage]:
            self.eight_bit = eight_bit
            for number in range(count):
                yield WireMessage(number, b"news@example.org", b"r%d@example.org" % number, body + b"end\r\n")

        def settled(number: int, result: SendResult) -> None:
            self.settled.append((number, result.state, result.words))

        hooks = SendHooks(self.started.append, settled, self.returned.append)
        options = {"connections": 3, "timeout": 5} | relay
        self.left = deliver_messages(Relay("127.0.0.1", server.port, **options), source, hooks)  # type: ignore[arg-type]

    @property
    def states(self) -> Counter[str]:
        return Counter(state for _id, state, _words in self.settled)


def only(step: str, reply: str, *numbers: int):
    """Answer one step of the given recipients by `reply`, and everything else as usual."""
    chosen = {f"r{number}@example.org" for number in numbers}
    return lambda at, recipient: reply if at == step and recipient in chosen else None


@pytest.mark.parametrize("extensions", [("PIPELINING", "8BITMIME"), ("PIPELINING",), ("8BITMIME",), ()])
def test_every_message_arrives_once_whatever_the_server_offers(extensions):
    with sink(extensions=extensions) as server:
        run = Run(server, 50)

    assert Counter(server.recipients) == Counter(f"r{n}@example.org" for n in range(50))
    assert {message.content for message in server.received} == {BODY + b"end\r\n"}
    assert (run.states, run.left) == ({"accepted": 50}, [])
    assert run.eight_bit is ("8BITMIME" in extensions)


def test_connections_are_kept():
    with sink() as server:
        Run(server, 100)

    assert server.connections == 3


def test_the_servers_words_are_kept():
    with sink(only("dot", "250 2.0.0 queued as 4711", 0)) as server:
        run = Run(server, 1)

    assert run.settled == [(0, "accepted", "250 2.0.0 queued as 4711")]


@pytest.mark.parametrize("extensions", [("PIPELINING",), ()])
@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize(("reply", "state"), [("550 5.1.1 no such user", "failed"), ("451 4.7.1 later", "retry")])
def test_a_refusal_touches_its_own_message_only(extensions, step, reply, state):
    with sink(only(step, reply, 4), extensions=extensions) as server:
        # MAIL comes before the recipient is known to the server: there the refusal hits r5, the next one.
        run = Run(server, 12, connections=1)

    refused = [number for number, what, _words in run.settled if what == state]
    assert (run.states, run.left) == ({"accepted": 11, state: 1}, [])
    assert refused == ([5] if step == "mail" else [4])
    assert len(set(server.recipients)) == len(server.recipients) == 11
    assert [words for _n, what, words in run.settled if what == state] == [reply]


def test_a_connection_closed_after_the_dot_leaves_one_message_in_doubt():
    with sink(only("after-dot", CLOSE, 3)) as server:
        run = Run(server, 12)

    assert run.states == {"accepted": 11, "unknown": 1}
    assert [number for number, state, _words in run.settled if state == "unknown"] == [3]
    assert len(server.recipients) == len(set(server.recipients)) == 12


def test_a_connection_closed_before_the_end_of_the_content_loses_nobody_and_doubts_nobody():
    closed: list[str] = []

    def once(step: str, recipient: str) -> str | None:
        if step == "mid-data" and recipient == "r3@example.org" and not closed:
            closed.append(recipient)
            return CLOSE
        return None

    with sink(once) as server:
        # Far more than the kernel's buffers take, so that the end has not been handed over when the server goes.
        run = Run(server, 8, body=BODY + (b"x" * 70 + b"\r\n") * 300_000)

    assert (run.states, run.returned) == ({"accepted": 8}, [3])
    assert len(server.recipients) == len(set(server.recipients)) == 8


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
def test_a_connection_closed_within_the_envelope_loses_nobody(step):
    closed: list[str] = []

    def once(at: str, _recipient: str) -> str | None:
        if at == step and len(closed) < 2:
            closed.append(at)
            return CLOSE
        return None

    with sink(once) as server:
        run = Run(server, 12)

    assert (run.states, run.left) == ({"accepted": 12}, [])
    assert sorted(server.recipients) == sorted(f"r{n}@example.org" for n in range(12))


@pytest.mark.parametrize("step", ["rcpt", "data"])
def test_a_message_over_which_the_server_closes_again_and_again_holds_nobody_up(step):
    bad = {f"r{n}@example.org" for n in range(5, 200, 20)}
    with sink(lambda at, recipient: CLOSE if at == step and recipient in bad else None) as server:
        run = Run(server, 200)

    assert (run.states, run.left) == ({"accepted": 190, "retry": 10}, [])
    assert {f"r{number}@example.org" for number, state, _words in run.settled if state == "retry"} == bad


def test_messages_for_a_server_that_always_closes_are_given_back():
    with sink(lambda step, _recipient: CLOSE if step == "mail" else None) as server:
        run = Run(server, 12)

    assert (run.settled, run.started, server.received) == ([], [], [])
    assert len(run.left) > 0


def test_a_server_that_falls_silent_after_the_dot_leaves_one_message_in_doubt():
    with sink(only("dot", HANG, 2)) as server:
        run = Run(server, 6, timeout=1)

    assert run.states == {"accepted": 5, "unknown": 1}
    assert [words for _n, state, words in run.settled if state == "unknown"] == ["no reply within 1 seconds"]


def test_421_ends_the_connection_and_the_others_go_on():
    with sink(only("dot", "421 4.3.2 closing", 1)) as server:
        run = Run(server, 12)

    assert run.states == {"accepted": 11, "retry": 1}


def test_dots_at_the_beginning_of_a_line_are_the_callers_and_arrive_unstuffed():
    with sink() as server:
        Run(server, 1, body=b"Subject: x\r\n\r\n..one dot\r\n")

    assert server.received[0].content == b"Subject: x\r\n\r\n.one dot\r\nend\r\n"


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("size", [13, 70_000, 9_000_000])
def test_messages_larger_than_any_buffer_arrive_byte_for_byte(tmp_path, encrypted, size):
    authority, context = certificates.make_certificate(tmp_path)
    contents = [b"%09d" % number + bytes([97 + number]) * (size - 11) + b"\r\n" for number in range(3)]
    messages = [
        WireMessage(n, b"news@example.org", b"r%d@example.org" % n, content) for n, content in enumerate(contents)
    ]
    settled: list[tuple[int, str]] = []
    hooks = SendHooks(lambda _id: None, lambda n, result: settled.append((n, result.state)), lambda _id: None)
    with sink(tls=context if encrypted else None) as server:
        relay = Relay(
            "127.0.0.1", server.port, starttls=encrypted, authorities=str(authority), connections=2, timeout=30
        )
        assert deliver_messages(relay, lambda *, eight_bit: iter(messages), hooks) == []

    arrived = {message.recipient: hashlib.sha256(message.content).hexdigest() for message in server.received}
    assert arrived == {f"r{n}@example.org": hashlib.sha256(c).hexdigest() for n, c in enumerate(contents)}
    assert sorted(settled) == [(n, "accepted") for n in range(3)]


def test_no_server_is_a_clear_error():
    with sink() as server:
        port = server.port

    closed = SmtpSink(lambda _step, _recipient: None, port=port)
    with pytest.raises(SendError, match=rf"127\.0\.0\.1:{port}: .*[Rr]efused"):
        Run(closed, 1)


def test_what_is_no_mail_server_is_a_clear_error():
    with sink(extensions=("PIPELINING",)) as server, pytest.raises(SendError, match="not supported"):
        Run(server, 1, user="me", password="secret")

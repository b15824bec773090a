"""Codes that rows keep have sentences in both languages of the desk, and the sentences of before become codes."""

import importlib
import re
from typing import Any

import pytest
from django.apps import apps
from django.utils.translation import override

from digests.text.messages import MessageCode, format_message, make_message
from newsletter.emails.compose_problems import ComposeProblem
from newsletter.models import Delivery
from newsletter.models.deliveries import DeliveryReason
from newsletter.models.events import LeaveReason
from newsletter.models.mailings import WaitReason
from newsletter.models.operations import AlarmCode, StateCount
from newsletter.models.requests import ServiceMailReason
from newsletter.subscribers.csv_import.import_errors import ImportErrorCode
from newsletter.transport.types import SendReason, SendState
from tests import build
from tests.newsletter import sample_mailing

FAMILIES = (WaitReason, AlarmCode, StateCount, ServiceMailReason, ImportErrorCode, ComposeProblem)
WORDS = [*DeliveryReason, *LeaveReason.Reason]
moves = importlib.import_module("newsletter.migrations.0002_codes")
later_moves = importlib.import_module("newsletter.migrations.0004_reasons")


PLACES = (
    *("hours", "lines", "refused", "settled", "reply", "words", "source", "n", "why", "days", "step", "row", "name"),
    *("seconds", "host", "since", "mailing", "time", "planned", "counts", "failed", "number", "digest"),
    *("limit", "line", "slug", "count", "file"),
)
HANGUL = re.compile("[가-힣]")


@pytest.mark.parametrize("number", [1, 2000])
@pytest.mark.parametrize("code", [code for family in FAMILIES for code in family], ids=lambda code: code.value)
def test_every_code_has_a_sentence_in_both_languages(code: MessageCode, number: int) -> None:
    kept = make_message(code, **dict.fromkeys(PLACES, number))
    with override("ko"):
        korean = format_message(kept)
    with override("en"):
        english = format_message(kept)

    assert (code.value in korean, code.value in english, HANGUL.search(english)) == (False, False, None)
    assert bool(HANGUL.search(korean)) is not code.value.endswith(".other")  # words of before stay as they were


@pytest.mark.parametrize("code", WORDS, ids=str)
def test_every_word_of_a_column_is_there_in_both_languages(code: Any) -> None:
    with override("ko"):
        korean = str(code.label)
    with override("en"):
        english = str(code.label)

    assert (bool(HANGUL.search(korean)), HANGUL.search(english)) == (True, None)


@pytest.mark.parametrize(
    ("words", "code", "params"),
    [
        ("paused by a person", "wait.person", {}),
        ("import running: 12 lines to come", "wait.import", {"lines": 12}),
        (
            "51 of 100 were refused for what we send or who we are: 550 5.7.1",
            "wait.refused_reply",
            {"refused": 51, "settled": 100, "reply": "550 5.7.1"},
        ),
        ("the relay refuses our domain", "wait.other", {"words": "the relay refuses our domain"}),
    ],
)
def test_why_a_mailing_waits_becomes_a_code(words: str, code: str, params: dict[str, Any]) -> None:
    assert moves._parse(words, moves._WAITS) == {"code": code, "params": params}


@pytest.mark.parametrize(
    ("key", "words", "says"),
    [
        ("paused-3", "Mailing 3 (Papers 2026-05-22 (Draft)) is paused: paused by a person",
            "Mailing 3 (Papers 2026-05-22 (Draft)): paused: Paused by a team member"),
        ("sum-3", "Mailing 3 (x) does not add up: 3 planned, {'planned': 2, 'sending': 0, 'queued': 2}",
            "Mailing 3 (x): counts don’t add up: 3 planned, 2 in all; 0 sending; 2 queued"),
        ("unknown-3", "Mailing 3 (x): 2 are in doubt and wait for a person",
            "Mailing 3 (x): 2 emails have an unknown outcome and need a decision"),
        ("process-beat", "beat: last seen 90 seconds ago; nothing of its work gets done",
            "beat hasn’t responded for 90 seconds. Restart it"),
        ("disk-box", "box can't write its files, so no mail leaves it: No space left on device",
            "box can’t write its files, so it can’t send email: no space left on the disk"),
        ("source-1", "A feed failed 5 times: 404 Not Found", "A feed: 5 failed fetches in a row. 404 Not Found"),
        ("build-4", "build 4 failed 1 times: ValueError in x.py:3", "build 4: failed 1 time: ValueError in x.py:3"),
        ("x", "something else", "something else"),
    ],
)  # fmt: skip
def test_what_an_alarm_said_becomes_a_code(key: str, words: str, says: str) -> None:
    assert format_message(moves._parse_alarm(key, words)) == says


def test_states_have_one_word_from_the_wire_to_the_row() -> None:
    inside_transport = {SendState.REFUSED, SendState.STOP}
    stored_as_queued = {SendState.RETRY}
    own = {Delivery.State.QUEUED, Delivery.State.SKIPPED}

    assert set(SendState) - inside_transport - stored_as_queued == set(Delivery.State.values) - own


@pytest.mark.django_db
def test_why_a_delivery_was_skipped_or_failed_becomes_a_code() -> None:
    mailing = sample_mailing.compose_mailing()
    given = [
        ("skipped", "suppressed"),
        ("accepted", "treated as sent"),
        ("failed", "gave up after 24 hours: 451 later"),
        ("failed", "left"),  # a server's word
        ("accepted", "250 ok"),
    ]
    Delivery.objects.bulk_create(
        Delivery(mailing=mailing, subscriber=build.subscriber(), sections=1, state=state, server_reply=words)
        for state, words in given
    )

    moves.move_delivery_reasons(apps, None)

    assert list(Delivery.objects.order_by("pk").values_list("reason", "server_reply")) == [
        ("suppressed", ""),
        ("treated_as_sent", ""),
        ("gave_up", "451 later"),
        ("", "left"),
        ("", "250 ok"),
    ]


def test_reasons_of_the_way_out_are_reasons_of_a_delivery_and_of_a_service_mail() -> None:
    assert set(SendReason) - set(DeliveryReason.values) == set()
    assert {f"service_mail.{reason}" for reason in SendReason} - set(ServiceMailReason.values) == set()


@pytest.mark.parametrize(
    ("words", "reason", "server_reply"),
    [
        ("550 5.1.1 no such user", "server", "550 5.1.1 no such user"),
        ("connection lost: no reply within 30 seconds", "no_reply", "no reply within 30 seconds"),
        (
            "mail.example:25: [Errno 111] Connection refused",
            "unreachable",
            "mail.example:25: [Errno 111] Connection refused",
        ),
        ("no relay can be reached; they are tried again within a minute", "unreachable", ""),
        ("SEND_LIMITS or the receiver leave no room before 2026-05-22 08:00 UTC", "limit", ""),
        ("the email backend is not set up: no key", "setup", "no key"),
        ("DKIM_KEY can't sign: not a key", "setup", "DKIM_KEY can't sign: not a key"),
        ("the address holds characters that no envelope takes", "bad_address", ""),
        ("TypeError in requests.py:41", "unexpected", "TypeError in requests.py:41"),
    ],
)
def test_why_a_service_mail_failed_becomes_a_code(words: str, reason: str, server_reply: str) -> None:
    expected = {"reason": f"service_mail.{reason}", "server_reply": server_reply}
    assert later_moves._parse_service_mail_error(words) == expected
    assert expected["reason"] in ServiceMailReason.values


@pytest.mark.parametrize(
    ("kept", "code", "params"),
    [
        ({"code": "nobody"}, ImportErrorCode.NO_LINES, {}),
        ({"code": "too_large", "n": 20}, ImportErrorCode.TOO_LARGE, {"limit": 20}),
        ({"code": "wide", "n": 100}, ImportErrorCode.TOO_MANY_COLUMNS, {"limit": 100}),
        ({"code": "no_csv", "n": 2, "why": "x"}, ImportErrorCode.NOT_CSV, {"line": 2, "why": "x"}),
        ({"code": "category_gone", "slug": "llm"}, ImportErrorCode.CATEGORY_GONE, {"slug": "llm"}),
    ],
)
def test_why_an_import_failed_becomes_a_message(
    kept: dict[str, Any], code: ImportErrorCode, params: dict[str, Any]
) -> None:
    assert later_moves._convert_import_error(kept) == make_message(code, **params)


@pytest.mark.django_db
def test_sentences_of_ours_in_a_servers_reply_become_reasons() -> None:
    mailing = sample_mailing.compose_mailing()
    rows = [
        ("connection lost: reset by peer", "no_reply", "reset by peer"),
        ("the provider does not say what became of this reader", "not_reported", ""),
        ("250 ok", "", "250 ok"),
    ]
    Delivery.objects.bulk_create(
        Delivery(mailing=mailing, subscriber=build.subscriber(), sections=1, state="unknown", server_reply=words)
        for words, _reason, _reply in rows
    )

    later_moves.move_delivery_reasons(apps, None)

    kept = Delivery.objects.order_by("pk").values_list("reason", "server_reply")
    assert list(kept) == [(reason, reply) for _words, reason, reply in rows]

"""Why a mailing waits and what an alarm says, in Korean too: nothing of ours stays English."""

import re

import pytest
from django.utils.translation import override

from newsletter.operations.hold_reasons import translate_reason

SAID = [
    ("paused by a person", "담당자가 멈췄습니다."),
    ("import running: 12 lines to come", "가져오기가 진행 중입니다. 12줄 남았습니다."),
    ("51 of 100 were refused for what we send or who we are: 550 5.7.1", "100통 중 51통이 내용이나 발신자를 이유로 거부되었습니다: 550 5.7.1"),
    ("51 of 100 were refused for what we send or who we are", "100통 중 51통이 내용이나 발신자를 이유로 거부되었습니다"),
    ("box-1 can't write its files, so no mail leaves it: No space left on device", "box-1 서버가 파일을 쓸 수 없어 메일을 보내지 못합니다: 디스크에 남은 공간이 없습니다"),
    ("it should have begun 7 hours ago", "7시간 전에 시작했어야 합니다."),
    ("no worker had it in hand for 9 hours", "9시간 동안 처리한 프로세스가 없습니다."),
    ("Mailing 3 (papers 2026-05-22) is paused: paused by a person", "발송 3(papers 2026-05-22): 멈춰 있습니다. 담당자가 멈췄습니다."),
    ("Mailing 3 (papers 2026-05-22) should have begun at 2026-05-22 08:00 UTC", "발송 3(papers 2026-05-22): 2026-05-22 08:00(UTC)에 시작했어야 합니다"),
    (
        "Mailing 3 (papers 2026-05-22) is paused: the database is older than what was sent",
        "발송 3(papers 2026-05-22): 멈춰 있습니다. 데이터베이스가 실제 발송보다 오래되었습니다.",
    ),
    ("Mailing 3 (papers 2026-05-22) has 5 due messages and makes no progress", "발송 3(papers 2026-05-22): 보낼 메일 5통이 있으나 진행되지 않습니다"),
    ("Mailing 3 (papers 2026-05-22): 20 of 100 were refused", "발송 3(papers 2026-05-22): 100통 중 20통이 거부되었습니다"),
    ("Mailing 3 (papers 2026-05-22): 2 are in doubt and wait for a person", "발송 3(papers 2026-05-22): 결과가 불확실한 메일 2통이 담당자의 결정을 기다립니다"),
    ("Service mail: 2 could not be sent yet; the first was asked for at 2026-05-22 08:00 UTC: 451 later", "안내 메일 2통을 아직 보내지 못했습니다. 가장 이른 요청은 2026-05-22 08:00(UTC)입니다. 451 later"),
    ("Service mail: 2 were given up; the first was asked for at 2026-05-22 08:00 UTC: 550 no", "안내 메일 2통을 보내지 못하고 포기했습니다. 가장 이른 요청은 2026-05-22 08:00(UTC)입니다. 550 no"),
]  # fmt: skip


@pytest.mark.parametrize(("english", "korean"), SAID)
def test_in_words_says_it_in_korean_and_leaves_english(english, korean):
    with override("ko"):
        assert translate_reason(english) == korean
    with override("en"):
        assert translate_reason(english) == english


def test_in_words_leaves_what_it_does_not_know_as_it_is():
    with override("ko"):
        said = translate_reason("51 of 100 were refused for what we send or who we are: nonsense")

    assert said == "100통 중 51통이 내용이나 발신자를 이유로 거부되었습니다: nonsense"
    assert re.findall("[a-z]+", said) == ["nonsense"]

"""Translates the stored English reasons of waiting mailings and of alarms into the language of the page.

A text that no pattern knows, such as a mail server's answer, stays as it is. Not here: writing the reasons (delivery,
monitoring).
"""

import re

from django.utils.translation import get_language

# Longer patterns first: the shorter ones are parts of them.
_KOREAN_PATTERNS = {
    r"^Mailing (\d+) \(([^()]*)\):? ": r"발송 \1(\2): ",
    r"^(\w+) (\S+) failed (\d+) times: ": r"\1 \2 처리가 \3번 실패했습니다: ",
    r"should have begun at (\S+ \S+) UTC": r"\1(UTC)에 시작했어야 합니다",
    r"is paused: ": "멈춰 있습니다. ",
    r"does not add up: (\d+) planned, (.*)": r"수가 맞지 않습니다(예정 \1, \2)",
    r"has (\d+) due messages and makes no progress": r"보낼 메일 \1통이 있으나 진행되지 않습니다",
    r"(\d+) of (\d+) were refused for what we send or who we are": r"\2통 중 \1통이 내용이나 발신자를 이유로 거부되었습니다",
    r"(\d+) of (\d+) were refused": r"\2통 중 \1통이 거부되었습니다",
    r"(\d+) are in doubt and wait for a person": r"결과가 불확실한 메일 \1통이 담당자의 결정을 기다립니다",
    r"^(\w+): last seen (\d+) seconds ago; nothing of its work gets done": r"\1 프로세스가 \2초 전부터 응답이 없어 그 일이 멈춰 있습니다",
    r"import running: (\d+) lines to come": r"가져오기가 진행 중입니다. \1줄 남았습니다.",
    r"^(\S+) can't write its files, so no mail leaves it: ": r"\1 서버가 파일을 쓸 수 없어 메일을 보내지 못합니다: ",
    r"No space left on device": "디스크에 남은 공간이 없습니다",
    r"^Service mail: (\d+) could not be sent yet; ": r"안내 메일 \1통을 아직 보내지 못했습니다. ",
    r"^Service mail: (\d+) were given up; ": r"안내 메일 \1통을 보내지 못하고 포기했습니다. ",
    r"the first was asked for at (\S+ \S+) UTC: ": r"가장 이른 요청은 \1(UTC)입니다. ",
    r"paused by a person": "담당자가 멈췄습니다.",
    r"it should have begun (\d+) hours ago": r"\1시간 전에 시작했어야 합니다.",
    r"the database is older than what was sent": r"데이터베이스가 실제 발송보다 오래되었습니다.",
    r"no worker had it in hand for (\d+) hours": r"\1시간 동안 처리한 프로세스가 없습니다.",
}


def translate_reason(reason: str) -> str:
    """Return a stored reason in the language of the page; parts that no pattern knows stay English."""
    if (get_language() or "")[:2] != "ko":
        return reason
    for pattern, korean in _KOREAN_PATTERNS.items():
        reason = re.sub(pattern, korean, reason, flags=re.DOTALL)
    return reason

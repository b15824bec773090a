"""Translates the reason why a model's text was not used: from the English of the row into the reader's language.

A reason is put together while no reader is known, so it is kept in English, and translated by patterns when a page shows
it. A sentence that is not known here stays in English. The reasons themselves are made in `digests.llm` and
`digests.writing.section_writer`.
"""

import functools
import re

from django.utils.translation import gettext, override

from digests.quality.findings import GATE_MESSAGES

# The longer ones first: the shorter ones stand inside them.
_KOREAN = {
    r"an unexpected error: ": "예상하지 못한 오류: ",
    r"held by the quality gates: ": "품질 검사에 걸렸습니다. ",
    r"the source's own sentence stands for point ([\d, ]+): ": r"\1번 항목은 원문의 문장을 그대로 실었습니다. ",
    r" \(and (\d+) more\)": r" (그 밖에 \1건)",
    r" The repair failed: ": " 고쳐 쓰기도 실패했습니다: ",
    r"the model is not asked any more: ": "모델에 더 묻지 않습니다: ",
    r"(\d+) failures in a row, at last: ": r"\1번 잇따라 실패했고, 마지막 이유는 다음과 같습니다. ",
    r"the ([\d.]+) seconds that the model has for one digest are used up": r"다이제스트 하나에 허용된 \1초를 다 썼습니다",
    r"the budget of ([\d.,]+ USD) for this digest is used up \(([\d.,]+ USD) spent\)": r"이 다이제스트의 예산 \1를 다 썼습니다(사용 \2)",
    r"the model did not answer within (\d+) seconds": r"모델이 \1초 안에 답하지 않았습니다",
    r"the model server sent something that is not an answer": "모델 서버가 답이 아닌 것을 보냈습니다",
    r"the model server sent an empty answer": "모델 서버가 빈 답을 보냈습니다",
    r"the model's answer was cut off": "모델의 답이 중간에 끊겼습니다",
    r"the model's answer does not have the form that was asked for": "모델의 답이 요청한 형식이 아닙니다",
    r"the model refused to answer": "모델이 답하기를 거절했습니다",
    r"the certificate of the model server (\S+) is not valid": r"모델 서버 \1의 인증서가 올바르지 않습니다",
    r"no safe connection \(TLS\) to the model server (\S+): is it http instead of https\?": r"모델 서버 \1에 안전하게(TLS) 연결할 수 없습니다. https가 아니라 http인가요?",
    r"the name of the model server (\S+) cannot be found": r"모델 서버 \1의 이름을 찾을 수 없습니다",
    r"nothing answers at the model server's address (\S+)": r"모델 서버 주소 \1에서 응답이 없습니다",
    r"OPENAI_BASE_URL is not an http\(s\) address": "OPENAI_BASE_URL이 http(s) 주소가 아닙니다",
    r"the connection to the model server broke off": "모델 서버와 연결이 끊겼습니다",
    r"the model server refused the key": "모델 서버가 키를 거절했습니다",
    r"the quota of the model's account is used up": "모델 계정의 할당량을 다 썼습니다",
    r"the model server is busy": "모델 서버가 바쁩니다",
    r"the model server failed": "모델 서버에 오류가 났습니다",
    r"the server does not know the model (\S+)": r"서버에 \1 모델이 없습니다",
    r"there is no model server at OPENAI_BASE_URL": "OPENAI_BASE_URL에 모델 서버가 없습니다",
    r"the request is longer than the model can read": "요청이 모델이 읽을 수 있는 길이를 넘습니다",
    r"the model server takes no form of JSON answers": "모델 서버가 JSON 답을 지원하지 않습니다",
    r"the model server refused the request": "모델 서버가 요청을 거절했습니다",
    r"the worker stopped in mid-request": "작업 프로세스가 도중에 멈췄습니다",
    r"no source of this section says enough to be summarized": "요약할 만큼 내용이 있는 출처가 이 섹션에 없습니다",
    r"a link leads into a private network": "링크가 내부 네트워크로 이어집니다",
    r"the text is longer than ([\d,]+) characters": r"본문이 \1자를 넘습니다",
    r"no model is configured": "설정된 모델이 없습니다",
    r"prompt file (\S+) is missing": r"프롬프트 파일 \1이(가) 없습니다",
    r"prompt file (\S+) cannot be read": r"프롬프트 파일 \1을(를) 읽을 수 없습니다",
    r"the prompt file does not mention ": "프롬프트 파일에 빠진 것: ",
    r" \((\d+) times\)": r" (\1번)",
    r"\bpoint (\d+): ": r"\1번 항목: ",
    r"(?<![a-z] )\bthemes: ": "주요 주제: ",
    r"(?<![a-z] )\bkeywords: ": "공통 키워드: ",
    r"(?<![a-z] )\btrends: ": "동향: ",
    r"(?<![a-z] )\bimpact: ": "영향: ",
    r"(?<![a-z] )\boutlook: ": "결론과 전망: ",
    r"(?<![a-z] )\btext: ": "본문: ",
}
_MESSAGE_END = r"(?=; | \(그 밖에| 고쳐 쓰기도|$)"


def translate_fallback_reason(reason: str, language: str) -> str:
    """Return a reason in Korean, as far as its sentences are known; for any other language as it is kept."""
    if language == "ko" and reason:
        with override("ko"):
            reason = gettext(reason)  # some reasons are messages of the admin, which gettext knows
        for pattern, korean in _compile_patterns():
            reason = pattern.sub(korean, reason)
    return reason


# Cached: some ninety patterns are compiled, and a page shows a reason for each section.
@functools.cache
def _compile_patterns() -> list[tuple[re.Pattern[str], str]]:
    gates = [(_message_pattern(english), _replacement_template(korean)) for korean, english in GATE_MESSAGES.values()]
    return [(re.compile(pattern), korean) for pattern, korean in [*_KOREAN.items(), *gates]]


def _message_pattern(english: str) -> str:
    """Return a pattern that matches a gate's sentence with any values in it."""
    pattern = re.escape(english).replace(r"\{found\}", "(?P<found>.+?)")
    return pattern.replace(r"\ \{more\}", "(?:\\ (?P<more>.+?))?").replace(r"\{more\}", "(?P<more>.+?)") + _MESSAGE_END


def _replacement_template(korean: str) -> str:
    escaped = korean.replace("\\", r"\\")
    return escaped.replace("{found}", r"\g<found>").replace("{more}", r"\g<more>")

"""Translates the error of a source, which its row keeps in English, into the language of the page.

An error that is not listed stays English. Not here: the errors themselves (`http_client`, `ssrf_guard`, `decompression`,
`parsing`).
"""

import re

from django.utils.translation import get_language

# The English side is the wording of FetchError, ParseError and the like: who changes a message there changes it here too.
_KOREAN_MESSAGES = {
    r"an unexpected error: (.*)": r"예상하지 못한 오류: \1",
    r"the server answered (\d+)(.*)": r"서버의 응답: \1\2",
    r"no complete answer within (\S+) s": r"\1초 안에 응답을 다 받지 못했습니다",
    r"more than (\d+) redirects": r"다른 주소로 \1번 넘게 넘어갑니다",
    r"the document is larger than ([\d,]+) bytes": r"문서가 \1바이트보다 큽니다",
    r"the document is larger than ([\d,]+) bytes when unpacked": r"압축을 풀면 문서가 \1바이트보다 큽니다",
    r"the packed body is (?:damaged|cut off)": "압축된 응답이 깨졌거나 잘렸습니다",
    r"the packed body has more than ([\d,]+) parts": r"압축된 응답이 \1개가 넘는 조각으로 되어 있습니다",
    r"the body is packed more than (\d+) times": r"응답이 \1번 넘게 겹쳐 압축되어 있습니다",
    r"the body is packed as ('.*'), which was not asked for": r"요청하지 않은 방식(\1)으로 압축된 응답입니다",
    r"the certificate of (\S+) is not valid: (.*)": r"\1의 인증서가 올바르지 않습니다: \2",
    r"no secure connection to (\S+): (.*)": r"\1에 안전하게(TLS) 연결할 수 없습니다: \2",
    r"(\S+) takes no connection on port (\d+)": r"\1의 포트 \2에 연결할 수 없습니다",
    r"(\S+) broke off the answer, or it is not HTTP": r"\1의 응답이 끊겼거나 HTTP가 아닙니다",
    r"no connection to (\S+): (.*)": r"\1에 연결할 수 없습니다: \2",
    r"the answer of (\S+) cannot be read": r"\1의 응답을 읽을 수 없습니다",
    r"not an http\(s\) address that may be visited: (.*)": r"방문할 수 있는 http(s) 주소가 아닙니다: \1",
    r"(\S+) has a private address \((\S+)\); FETCH_ALLOW_PRIVATE=1 would allow it": (
        r"\1의 주소(\2)는 내부 주소입니다. FETCH_ALLOW_PRIVATE=1이면 방문합니다"
    ),
    r"no host named (\S+) is found": r"\1 호스트를 찾을 수 없습니다",
    r"the document is empty(?: but for comments)?": "문서가 비어 있습니다",
    r"not a feed: a web page": "피드가 아니라 웹 페이지입니다",
    r"not a feed: neither XML nor JSON": "피드가 아닙니다. XML도 JSON도 아닙니다",
    r"not a feed: XML that begins with <(.*)>": r"피드가 아닙니다. <\1>(으)로 시작하는 XML입니다",
    r"not a feed: XML, but neither RSS, Atom nor RDF": "피드가 아닙니다. RSS, Atom, RDF가 아닌 XML입니다",
    r"not a feed: JSON without a list of items(.*)": r"피드가 아닙니다. 항목 목록이 없는 JSON입니다\1",
    r"not JSON, or broken JSON": "JSON이 아니거나 깨진 JSON입니다",
    r"not an answer of the daily papers API: .*": "오늘의 논문 API의 응답이 아닙니다",
    r"the feed cannot be read \((\w+)\)": r"피드를 읽을 수 없습니다(\1)",
    r"the feed is broken: none of its entries can be read": "피드가 깨져 항목을 하나도 읽을 수 없습니다",
    r"not well-formed XML, and beyond mending": "고칠 수 없이 깨진 XML입니다",
    r"a page needs at least the selector 'title'": "웹 페이지에는 적어도 'title' 선택자가 있어야 합니다",
    r"the selector 'title' \((.*)\) finds nothing on the page": r"'title' 선택자(\1)로 페이지에서 찾은 것이 없습니다",
    r"there is no selector ('.*') \(there are: (.*)\)": r"\1 선택자는 없습니다(쓸 수 있는 것: \2)",
    r"the selector ('.*') is no text": r"\1 선택자가 글자가 아닙니다",
    r"the selector ('\w*') \((.*)\) is not CSS: (.*)": r"\1 선택자(\2)가 CSS가 아닙니다: \3",
    r"the page holds no HTML": "페이지에 HTML이 없습니다",
}


def translate_source_error(message: str) -> str:
    """Return an error message of a source in the language of the page, or unchanged where there is no translation."""
    if (get_language() or "")[:2] == "ko":
        for pattern, korean in _KOREAN_MESSAGES.items():
            if found := re.fullmatch(pattern, message, re.DOTALL):
                return found.expand(korean)
    return message

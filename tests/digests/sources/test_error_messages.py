"""Translation of the errors of sources into the language of the page."""

import pytest
from django.utils.translation import override

from digests.sources.error_messages import translate_source_error


@pytest.mark.parametrize(
    ("message", "korean"),
    [
        ("the server answered 404 Not Found", "서버의 응답: 404 Not Found"),
        ("no complete answer within 20 s", "20초 안에 응답을 다 받지 못했습니다"),
        ("example.org takes no connection on port 443", "example.org의 포트 443에 연결할 수 없습니다"),
        ("not a feed: a web page", "피드가 아니라 웹 페이지입니다"),
        ("the packed body has more than 1,000 parts", "압축된 응답이 1,000개가 넘는 조각으로 되어 있습니다"),
        ("something that nobody foresaw", "something that nobody foresaw"),
        ("", ""),
    ],
)
def test_translate_source_error_uses_the_language_of_the_page(message, korean):
    translations = []
    for language in ("ko", "en"):
        with override(language):
            translations.append(translate_source_error(message))

    assert translations == [korean, message]

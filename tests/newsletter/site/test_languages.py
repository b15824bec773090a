"""The language of a page: the cookie, the browser, the site's default; the desk has its own."""

import pytest

pytestmark = pytest.mark.django_db


def _language_of(client, path="/", wanted=None) -> str:
    headers = {"Accept-Language": wanted} if wanted else {}
    return str(client.get(path, headers=headers)["Content-Language"])


def test_language_is_the_default_where_a_browser_wants_none_of_ours(client, settings):
    assert [_language_of(client, wanted=wanted) for wanted in (None, "", "fr", "en, fr", "fr, en;q=0.5")] == [
        *("ko", "ko", "ko", "en", "en"),
    ]
    settings.DEFAULT_LANGUAGE = "en"
    assert [_language_of(client, wanted=wanted) for wanted in (None, "fr", "ko")] == ["en", "en", "ko"]

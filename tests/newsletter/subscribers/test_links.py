"""Links: short, valid for one scope and one reader, and invalid after any change."""

import base64
import time

import pytest
from django.urls import reverse
from pytest_django import Settings

from newsletter.subscribers import links


def test_token_allows_its_own_scope_and_secret() -> None:
    token = links.make_token("leave", 42, "abc")

    assert links.parse_row_id(token) == 42
    assert links.is_valid_token("leave", token, "abc") is True


@pytest.mark.parametrize(("scope", "secret"), [("manage", "abc"), ("confirm", "abc"), ("leave", "abd"), ("leave", "")])
def test_token_of_another_scope_or_secret_allows_nothing(scope: links.LinkScope, secret: str) -> None:
    assert links.is_valid_token(scope, links.make_token("leave", 42, "abc"), secret) is False


def test_token_with_any_changed_character_allows_nothing() -> None:
    token = links.make_token("leave", 42, "abc")

    for place, letter in enumerate(token):
        changed = token[:place] + ("B" if letter == "A" else "A") + token[place + 1 :]
        assert links.is_valid_token("leave", changed, "abc") is False


@pytest.mark.parametrize("token", ["", "x", "A" * 31, "A" * 33, "ä" * 32, "=" * 32, "A" * 30 + "==", "A+/" + "A" * 29])
def test_token_that_is_nonsense_is_none_and_allows_nothing(token: str) -> None:
    assert links.parse_row_id(token) is None
    assert links.is_valid_token("leave", token, "abc") is False


def test_row_id_beyond_64_signed_bits_is_none() -> None:
    assert links.parse_row_id(base64.urlsafe_b64encode(b"\xff" * 24).decode()) is None


def test_token_of_a_retired_secret_key_is_still_accepted(settings: Settings) -> None:
    token = links.make_token("manage", 7, "abc")

    settings.SECRET_KEY = "a new key"
    assert links.is_valid_token("manage", token, "abc") is False
    settings.SECRET_KEY_FALLBACKS = ["only-for-tests"]
    assert links.is_valid_token("manage", token, "abc") is True


def test_urls_are_those_of_the_site_and_short(settings: Settings) -> None:
    settings.SITE_URL = "https://news12.example.org"
    leave, manage = links.make_unsubscribe_url(2**40, "k" * 16), links.make_manage_url(2**40, "k" * 16)

    assert leave == settings.SITE_URL + reverse("leave", args=[links.make_token("leave", 2**40, "k" * 16)])
    assert manage == settings.SITE_URL + reverse("manage", args=[links.make_token("manage", 2**40, "k" * 16)])
    assert len(leave) <= 70


def test_make_is_fast_enough_for_every_reader() -> None:
    start = time.perf_counter()
    for number in range(1000):
        links.make_token("leave", number, "k" * 16)

    assert time.perf_counter() - start < 0.2  # 5 to 10 us each; the rest is a busy machine

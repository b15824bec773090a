"""Guards of the sign-up: who came, how fast, how often, and what was probably meant."""

import datetime as dt

import pytest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from digests.models import Publication
from newsletter import guard, signup
from newsletter.models import Note
from tests import build


@pytest.mark.parametrize(
    ("age", "expected"), [(-5, False), (0, False), (1, False), (2, True), (86_400, True), (3 * 86_400, False)]
)
def test_stamp_is_good_for_as_long_as_a_person_takes(age: int, expected: bool) -> None:
    assert guard.is_human(guard.stamp(1_000_000), 1_000_000 + age) is expected


@pytest.mark.parametrize("stamp", ["", "nonsense", "0" * 32, "A" * 32])
def test_stamp_that_is_not_ours_is_none(stamp: str) -> None:
    assert guard.is_human(stamp) is False


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("nonsense", None),
        ("", None),
    ],
)
def test_network_of_an_address(address: str, expected: str | None) -> None:
    assert guard.network(RequestFactory().get("/", REMOTE_ADDR=address)) == expected


def test_network_behind_a_proxy_is_what_the_proxy_wrote(settings: Settings) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "1.1.1.1, 192.0.2.7"})
    assert guard.network(request) == "10.0.0.1"

    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert guard.network(request) == "192.0.2.7"


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("kim@gmial.com", "kim@gmail.com"),
        ("kim@naver.con", "kim@naver.com"),
        ("kim@GMAIL.com", ""),
        ("kim@daum.net", ""),
        ("kim@example.org", ""),
        ("kim@snu.ac.kr", ""),
        ("kim@ymail.com", ""),
        ("kim@mail.com", ""),
        ("kim@email.com", ""),
        ("kim@yahoo.co.jp", ""),
        ("kim@hotmail.co.kr", ""),
        ("kim@outlook.co.kr", ""),
        ("kim@yahoo.com.br", ""),
        ("kim@live.cn", ""),
        ("kim@fastmail.com", ""),
        ("kim@hanmail.com", "kim@hanmail.net"),
        ("kim@hanmail.con", "kim@hanmail.net"),
        ("kim@daum.com", "kim@daum.net"),
        ("kim@example.con", "kim@example.com"),
        ("kim@gmial.con", "kim@gmail.com"),
        ("kim@ymail.con", "kim@ymail.com"),
        ("kim@gmail.co", "kim@gmail.com"),
        ("kim@yahoo.cm", "kim@yahoo.com"),
    ],
)
def test_meant_is_a_near_miss_of_a_common_host(email: str, expected: str) -> None:
    assert guard.meant(email) == expected


def ask(publication: Publication, count: int, *, ip: str | None = None, email: str = "") -> None:
    for n in range(count):
        signup.ask(email=email or f"n{n}@example.org", publication=publication, categories=[], language="ko", ip=ip)


@pytest.mark.django_db
def test_flood_is_counted_per_network_and_for_an_hour() -> None:
    publication = build.publication()
    ask(publication, guard.PER_NETWORK, ip="192.0.2.1")
    assert [guard.is_flooded("192.0.2.1"), guard.is_flooded("192.0.2.2"), guard.is_flooded(None)] == [
        True,
        False,
        False,
    ]

    Note.objects.update(at=timezone.now() - dt.timedelta(minutes=61))
    assert guard.is_flooded("192.0.2.1") is False


@pytest.mark.django_db
def test_flood_is_counted_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "IN_ALL", 3)
    ask(build.publication(), 3, ip="192.0.2.1")

    assert guard.is_flooded("192.0.2.9") is True


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_limits_ask_one_query_each(django_assert_num_queries: DjangoAssertNumQueries, count: int) -> None:
    ask(build.publication(), count, ip="192.0.2.1")

    with django_assert_num_queries(2):
        guard.is_flooded("192.0.2.1")
        guard.is_bothered("me@example.org")


@pytest.mark.django_db
def test_address_is_bothered_in_any_case_of_letters() -> None:
    ask(build.publication(), guard.PER_ADDRESS, email="Me@example.org")

    assert [guard.is_bothered("me@EXAMPLE.org"), guard.is_bothered("you@example.org")] == [True, False]

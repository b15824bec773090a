"""Guards of the sign-up: networks, form stamps, rate limits, and suggestions for mistyped hosts."""

import datetime as dt
import ipaddress
import itertools
from collections.abc import Iterable
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from digests.models import Publication
from newsletter.models import SignupRequest, TransactionalMail
from newsletter.models.columns import format_network_as_hex
from newsletter.subscribers import account, antispam, consent
from tests import build


@pytest.mark.parametrize(
    ("age", "expected"), [(-5, False), (0, False), (1, False), (2, True), (86_400, True), (3 * 86_400, False)]
)
def test_stamp_is_good_for_as_long_as_a_person_takes(age: int, expected: bool) -> None:
    assert antispam.is_human_stamp(antispam.make_form_stamp(1_000_000), 1_000_000 + age) is expected


@pytest.mark.parametrize("stamp", ["", "nonsense", "0" * 32, "A" * 32])
def test_stamp_that_is_not_ours_is_none(stamp: str) -> None:
    assert antispam.is_human_stamp(stamp) is False


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:50123", "192.0.2.7"),  # as some proxies write it
        ("[2001:db8:1:2:3:4:5:6]:50123", "2001:db8:1:2::"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::"),
        ("nonsense", None),
        ("a:b", None),
        ("", None),
    ],
)
def test_network_of_an_address(address: str, expected: str | None) -> None:
    assert antispam.get_client_network(RequestFactory().get("/", REMOTE_ADDR=address)) == expected


def test_network_behind_a_proxy_is_what_the_proxy_wrote(settings: Settings) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": "1.1.1.1, 192.0.2.7"})
    assert antispam.get_client_network(request) == "10.0.0.1"

    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert antispam.get_client_network(request) == "192.0.2.7"


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
    assert antispam.suggest_address(email) == expected


HERE, OTHER = "192.0.2.1", "192.0.2.2"
# One customer's /48, that of another, and one elsewhere.
SITE = ipaddress.IPv6Network("2001:db8:1::/48")
NEXT, FAR = "2001:db8:2::", "2001:db9::"


def fill(publication: Publication, networks: Iterable[str | None], **fields: Any) -> None:
    """Write one request for each of some networks."""
    SignupRequest.objects.bulk_create(
        SignupRequest(
            **{"email": f"n{n}@example.org", "publication": publication} | fields,
            ip=ip,
            network=format_network_as_hex(ip),
        )
        for n, ip in enumerate(networks)
    )


def nets(prefix: int, count: int) -> list[str]:
    """Return one /64 in each of the first networks of some size within the customer's /48."""
    return [str(net.network_address) for net in itertools.islice(SITE.subnets(new_prefix=prefix), count)]


def is_open(*ips: str | None) -> list[bool]:
    return [antispam.get_network_limit_end(ip) is None for ip in ips]


@pytest.mark.django_db
def test_network_waits_until_the_first_of_its_requests_is_an_hour_old() -> None:
    publication, now = build.publication(), timezone.now()
    fill(publication, [HERE], at=now - dt.timedelta(minutes=50))
    fill(publication, [HERE] * (antispam.MAX_SIGN_UPS_PER_NETWORK - 2), at=now)
    assert is_open(HERE) == [True]

    fill(publication, [HERE], at=now)
    until = antispam.get_network_limit_end(HERE)
    assert until == now + dt.timedelta(minutes=10)
    assert (antispam.count_minutes_until(until), is_open(OTHER, None, FAR)) == (10, [True, True, True])

    SignupRequest.objects.update(at=now - dt.timedelta(minutes=61))
    assert is_open(HERE) == [True]


@pytest.mark.django_db
@pytest.mark.parametrize(("prefix", "most"), [(64, 20), (56, 40), (48, 100)])
def test_networks_within_a_larger_one_count_together(prefix: int, most: int) -> None:
    publication = build.publication()
    room = {64: nets(64, 1) * most, 56: nets(64, most), 48: nets(56, most)}[prefix]
    same = {64: nets(64, 1)[0], 56: nets(64, 250)[-1], 48: nets(56, 255)[-1]}[prefix]
    fill(publication, room[:-1])
    assert is_open(same) == [True]

    fill(publication, room[-1:])

    outside = {64: nets(64, 2)[-1], 56: nets(56, 2)[-1], 48: NEXT}[prefix]
    assert is_open(same, outside, NEXT, FAR, HERE) == [False, True, True, True, True]


@pytest.mark.django_db
def test_one_customer_with_a_whole_48_does_not_use_up_the_site_limit() -> None:
    publication, tried = build.publication(), [*nets(64, 200), *nets(56, 250)] * 3
    for ip in tried:
        if antispam.get_network_limit_end(ip) is None:
            fill(publication, [ip])

    assert SignupRequest.objects.count() == 5 * antispam.MAX_SIGN_UPS_PER_NETWORK
    assert (antispam.get_site_limit_end(), is_open(NEXT, HERE)) == (None, [True, True])


@pytest.mark.django_db
def test_requests_without_a_network_close_it_to_nobody() -> None:
    fill(build.publication(), [None] * antispam.MAX_SIGN_UPS_PER_NETWORK)

    assert is_open(None, HERE) == [True, True]


@pytest.mark.django_db
def test_site_limit_holds_until_there_are_fewer_than_a_thousand_within_the_hour() -> None:
    publication, now = build.publication(), timezone.now()
    fill(
        publication,
        [f"10.{n % 250}.{n // 250}.1" for n in range(antispam.MAX_SIGN_UPS_PER_SITE)],
        at=now - dt.timedelta(minutes=20),
    )

    assert antispam.get_site_limit_end() == now + dt.timedelta(minutes=40)
    assert (antispam.get_challenge_difficulty(), is_open(HERE)) == (antispam.DEFAULT_CHALLENGE_DIFFICULTY, [True])

    SignupRequest.objects.latest("pk").delete()
    assert (antispam.get_site_limit_end(), antispam.get_challenge_difficulty()) == (None, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["owner", "address", "welcome"])
def test_what_the_owner_of_an_address_asks_for_is_outside_the_limits(kind: str) -> None:
    subscription = build.subscription(build.publication(), [])
    asked_for = {"kind": kind, "subscription": subscription, "ip": HERE, "network": format_network_as_hex(HERE)}
    TransactionalMail.objects.bulk_create(
        TransactionalMail(email=f"n{n}@example.org", **asked_for) for n in range(antispam.MAX_SIGN_UPS_PER_SITE)
    )

    assert (antispam.get_site_limit_end(), is_open(HERE)) == (None, [True])


@pytest.mark.django_db
def test_what_a_reader_adds_on_the_own_page_is_outside_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(antispam, "MAX_SIGN_UPS_PER_SITE", 1)
    other = build.publication(categories=[build.category("llm")])
    reader = build.subscription(build.publication(), []).subscriber

    consent.choose_categories(reader, other, ["llm"], ip=HERE)

    assert (SignupRequest.objects.count(), antispam.get_site_limit_end()) == (1, None)


@pytest.mark.django_db
def test_difficulty_of_the_setting_holds_beyond_the_site_limit(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(antispam, "MAX_SIGN_UPS_PER_SITE", 1)
    fill(build.publication(), [HERE])
    settings.PROOF_OF_WORK = 7

    assert antispam.get_challenge_difficulty() == 7


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("ip", "queries"), [(HERE, 1), (FAR, 3), (None, 0)])
def test_limits_ask_a_query_each(
    django_assert_num_queries: DjangoAssertNumQueries, count: int, ip: str | None, queries: int
) -> None:
    fill(build.publication(), [ip] * count)

    with django_assert_num_queries(queries + 2):
        antispam.get_network_limit_end(ip)
        antispam.get_site_limit_end()
        antispam.is_over_hourly_link_limit("me@example.org")


@pytest.mark.django_db
def test_lost_links_of_networks_within_a_larger_one_count_together() -> None:
    for net in [*nets(64, 50), *nets(56, 150), *[None] * 30]:
        if not antispam.has_requested_too_many_links(net):
            account.request_lost_link("me@example.org", language="en", ip=net)

    assert (TransactionalMail.objects.exclude(ip=None).count(), TransactionalMail.objects.filter(ip=None).count()) == (
        100,
        30,
    )
    assert [antispam.has_requested_too_many_links(net) for net in (nets(64, 99)[-1], NEXT, HERE, None)] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.django_db
def test_link_limits_count_mails_alone_and_in_any_case_of_letters() -> None:
    subscription = build.subscription(build.publication(), [])
    of_owner = {"kind": "owner", "subscription": subscription}
    asked = [of_owner | {"email": "Me@example.org", "attempts": 1, "due_at": None}]
    asked += [of_owner | {"email": "quiet@example.org", "due_at": None}]
    asked += [of_owner | {"kind": "confirm", "email": "new@example.org"}]
    TransactionalMail.objects.bulk_create(TransactionalMail(**one) for one in asked * antispam.MAX_REQUESTS_PER_ADDRESS)
    sign_up = {"email": "new@example.org", "publication": subscription.publication}
    SignupRequest.objects.bulk_create(SignupRequest(**sign_up) for _ in range(antispam.MAX_REQUESTS_PER_ADDRESS))

    emails = ("me@EXAMPLE.org", "you@example.org", "quiet@example.org", "new@example.org")
    assert [antispam.is_over_hourly_link_limit(one) for one in emails] == [True, False, False, False]

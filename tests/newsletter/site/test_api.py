"""The sign-up for programs has the guards of the form, and answers every address alike."""

import base64
import json
import time

import pytest
from django.test import Client
from pytest_django import Settings

from newsletter.models import SignupRequest
from newsletter.subscribers import antispam
from tests import build
from tests.newsletter.site import rows

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/subscriptions"


@pytest.fixture(autouse=True)
def _publication() -> None:
    rows.publication()


def post(client: Client, body: object, **headers: str) -> tuple[int, dict[str, object]]:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    response = client.post(ADDRESS, text, content_type="application/json", headers={"Accept-Language": "en"} | headers)
    return response.status_code, json.loads(response.content)


def wish(**values: object) -> dict[str, object]:
    opened = int(str(values.pop("opened", -10)))  # seconds from now
    stamp = antispam.make_form_stamp(time.time() + opened)
    return {"publication": "papers", "email": "new@example.org", "categories": ["llm"], "stamp": stamp} | values


def codes(answer: tuple[int, dict[str, object]]) -> tuple[int, list[str]]:
    errors = answer[1]["errors"]
    assert isinstance(errors, list)
    return answer[0], [one["code"] for one in errors]


def test_post_writes_a_note(client: Client) -> None:
    assert post(client, wish()) == (202, {"status": "accepted"})
    assert list(SignupRequest.objects.values_list("email", "categories")) == [("new@example.org", ["llm"])]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("America/New_York", "America/New_York"),
        ("Mars/Base", ""),
        (["Asia/Seoul"], ""),
        (None, ""),
        ("Asia/Seoul\0", "Asia/Seoul"),
    ],
)
def test_post_keeps_a_time_zone_that_there_is(client: Client, given: object, kept: str) -> None:
    assert post(client, wish(time_zone=given))[0] == 202
    assert SignupRequest.objects.get().time_zone == kept


def test_post_answers_a_known_address_alike(client: Client) -> None:
    build.subscription(rows.publication("news"), [], subscriber_=build.subscriber("old@example.org"))

    assert post(client, wish(email="old@example.org", publication="news")) == post(client, wish())


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"email": "nonsense"}, ["error_email"]),
        ({"email": 7, "categories": "llm"}, ["error_email", "error_category"]),
        ({"categories": [None, {}]}, ["error_category"]),
        ({"publication": ["papers"]}, ["error_publication", "error_category"]),
        ({"email": "a\ud800@example.org", "categories": ["\ud800"]}, ["error_email", "error_category"]),
        ({"email": "a\0@example.org"}, ["error_email"]),
        ({"email": "한글@example.org"}, ["error_unusable"]),
        ({"publication": "\x00", "categories": ["llm!"]}, ["error_publication", "error_category"]),
        ({"stamp": ""}, ["error_stamp"]),
        ({"opened": 86_400}, ["error_stamp"]),
        ({"email": "kim@gmial.com"}, ["error_meant"]),
    ],
)
def test_post_says_what_is_wrong(client: Client, values: dict[str, object], expected: list[str]) -> None:
    assert codes(post(client, wish(**values))) == (422, expected)
    assert SignupRequest.objects.count() == 0


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', b"\xff\xfe", "[" * 5_000, "x" * 20_000])
def test_post_of_nonsense_is_refused(client: Client, body: str | bytes) -> None:
    assert codes(post(client, body)) == (400, ["error_json"])


def test_post_pretends_to_a_script_that_fills_every_field(client: Client) -> None:
    assert post(client, wish(website="x")) == (202, {"status": "accepted"})
    assert SignupRequest.objects.count() == 0


def test_post_has_the_limits_of_the_form(client: Client) -> None:
    for n in range(antispam.MAX_SIGN_UPS_PER_NETWORK):
        post(client, wish(email=f"n{n}@example.org"))

    assert codes(post(client, wish())) == (429, ["flooded"])
    response = client.post(ADDRESS, json.dumps(wish()), content_type="application/json")
    assert response["Retry-After"] == "3600"


def test_full_house_gives_and_asks_for_a_puzzle_like_the_form(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(antispam, "MAX_SIGN_UPS_PER_SITE", 1)
    monkeypatch.setattr(antispam, "DEFAULT_CHALLENGE_DIFFICULTY", 1)
    assert "puzzle" not in client.get(ADDRESS).json()
    post(client, wish(email="first@example.org"))

    given = client.get(ADDRESS).json()["puzzle"]
    assert codes(post(client, wish())) == (422, ["error_full"])
    answers = [base64.b64encode(json.dumps(given | {"number": n}).encode()).decode() for n in (0, 1)]
    assert sorted(post(client, wish(altcha=altcha))[0] for altcha in answers) == [202, 422]


def test_get_gives_a_stamp_that_is_good_after_some_seconds(client: Client) -> None:
    given = json.loads(client.get(ADDRESS).content)

    assert antispam.is_human_stamp(given["stamp"]) is False
    assert antispam.is_human_stamp(given["stamp"], time.time() + given["wait_seconds"]) is True


@pytest.mark.parametrize(
    ("origin", "allowed"), [("https://blog.test", "https://blog.test"), ("https://evil.test", None), ("null", None)]
)
def test_other_sites_may_call_where_they_are_configured(
    client: Client, settings: Settings, origin: str, allowed: str | None
) -> None:
    settings.API_ORIGINS = ["https://blog.test"]

    for response in (
        client.options(ADDRESS, headers={"Origin": origin}),
        client.get(ADDRESS, headers={"Origin": origin}),
    ):
        assert response.headers.get("Access-Control-Allow-Origin") == allowed
        assert response.headers.get("Access-Control-Allow-Credentials") is None


def test_openapi_describes_the_endpoint(client: Client) -> None:
    description = json.loads(client.get("/api/v1/openapi.json").content)

    assert list(description["paths"]) == [ADDRESS]
    assert sorted(description["paths"][ADDRESS]["post"]["responses"]) == ["202", "400", "422", "429"]


def test_puzzle_is_given_and_asked_for_like_in_the_form(client: Client, settings: Settings) -> None:
    settings.PROOF_OF_WORK = 1

    given = client.get(ADDRESS).json()["puzzle"]
    assert codes(post(client, wish())) == (422, ["error_puzzle"])
    answers = [base64.b64encode(json.dumps(given | {"number": n}).encode()).decode() for n in (0, 1)]
    assert sorted(post(client, wish(altcha=altcha))[0] for altcha in answers) == [202, 422]
    assert SignupRequest.objects.count() == 1

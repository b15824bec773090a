"""The login throttle of the desk: a stranger who tries a name waits, its owner does not, and is warned."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from newsletter.models import FailedLogin
from newsletter.staff import login_throttle

pytestmark = pytest.mark.django_db
STRANGER, OFFICE = "203.0.113.9", "198.51.100.7"


@pytest.fixture
def ann():
    return User.objects.create_superuser("ann", password="right")


def log_in(client: Client, password: str, ip: str) -> bool:
    """Say whether a password opens the door from an address."""
    sent = {"username": "ann", "password": password, "next": "/admin/"}
    return int(client.post("/admin/login/", sent, REMOTE_ADDR=ip).status_code) == 302


def test_a_stranger_shuts_the_door_for_himself_alone(ann):
    stranger = [log_in(Client(), "wrong", STRANGER) for _ in range(5)]

    assert (stranger, log_in(Client(), "right", STRANGER), log_in(Client(), "right", OFFICE)) == (
        [False] * 5,
        False,
        True,
    )


def test_many_networks_shut_the_door_for_all_but_devices_that_are_known(ann):
    known = Client()
    assert log_in(known, "right", OFFICE)
    known.cookies.pop("sessionid", None)
    for n in range(login_throttle.MAX_FAILURES_PER_NAME_ANYWHERE):
        login_throttle.record_failure(login_throttle.hash_name("ann"), f"203.0.113.{n}")

    assert (log_in(Client(), "right", OFFICE), log_in(known, "right", STRANGER)) == (False, True)


def test_one_customers_networks_count_as_one(ann):
    networks = [f"2001:db8:5:{n:x}::1" for n in range(12)]
    stranger = [log_in(Client(), "wrong", ip) for ip in networks for _ in range(5)]

    tried = [log_in(Client(), "right", ip) for ip in ("2001:db8:5:ffff::1", "2001:db8:6::1")]

    assert (stranger.count(False), tried, FailedLogin.objects.count()) == (60, [False, True], 5)


def test_a_known_device_has_a_count_of_its_own(ann):
    known = Client()
    log_in(known, "right", OFFICE)
    known.cookies.pop("sessionid", None)
    wrong = [log_in(known, "wrong", OFFICE) for _ in range(5)]

    assert (wrong, log_in(known, "right", OFFICE), log_in(Client(), "right", OFFICE)) == ([False] * 5, False, True)


def test_a_mark_of_another_name_or_by_another_hand_makes_no_device_known(ann):
    User.objects.create_superuser("bob", password="right")
    theirs, forged = Client(), Client()
    theirs.post("/admin/login/", {"username": "bob", "password": "right"}, REMOTE_ADDR=STRANGER)
    theirs.cookies.pop("sessionid", None)
    forged.cookies["known_device"] = "eyJhIjoiYiJ9:1tXXXX:forged"
    for n in range(login_throttle.MAX_FAILURES_PER_NAME_ANYWHERE):
        login_throttle.record_failure(login_throttle.hash_name("ann"), f"203.0.113.{n}")

    assert (log_in(theirs, "right", OFFICE), log_in(forged, "right", OFFICE)) == (False, False)


def test_a_name_with_a_second_factor_is_not_shut_by_many_networks(ann):
    TOTPDevice.objects.create(user=ann, name="app", confirmed=True)
    for n in range(login_throttle.MAX_FAILURES_PER_NAME_ANYWHERE):
        login_throttle.record_failure(login_throttle.hash_name("ann"), f"203.0.113.{n}")

    assert log_in(Client(), "right", OFFICE)


def test_a_person_hears_what_others_tried_since_the_last_login(ann):
    for ip in (STRANGER, STRANGER, "203.0.113.10"):
        log_in(Client(), "wrong", ip)
    mine = Client(headers={"accept-language": "en"})
    log_in(mine, "right", OFFICE)
    said = [str(one) for one in mine.get("/admin/").context["messages"]]
    mine.logout()
    log_in(mine, "right", OFFICE)

    warned = "Since your last login, 3 wrong passwords were entered for your account, from 2 networks."
    assert said == [f"{warned} If it wasn’t you, set up two-factor authentication."]
    assert [str(one) for one in mine.get("/admin/").context["messages"]] == []
    assert FailedLogin.objects.count() == 3

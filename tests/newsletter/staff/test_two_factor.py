"""Two-factor login: set up by a person, passed by a code of the app or one on paper, circumvented by nobody."""

import time
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from newsletter.models import FailedLogin
from newsletter.staff import two_factor
from tests.newsletter.site.page import NOT_FOUND, status_and_heading

pytestmark = pytest.mark.django_db
HOME, LOGIN = "/admin/", "/admin/login/"
OWN, CHECK = "/admin/second/", "/admin/second/check/"
TO_LOGIN = f"{LOGIN}?next={HOME}"
WRONG = "코드가 틀렸거나 이미 쓴 코드입니다. 다음 코드를 입력해 주세요. 계속 안 되면 휴대전화의 시각이 맞는지 확인해 주세요."


@pytest.fixture
def person():
    made = User.objects.create_user("kim", email="kim@example.org", password="right", is_staff=True)
    made.groups.add(Group.objects.get(name="editor"))
    return made


@pytest.fixture
def clock(time_machine):
    """Return a clock that stands still until it is moved."""
    time_machine.move_to(timezone.now(), tick=False)
    return time_machine


def code_of(device: TOTPDevice, *, later: int = 0) -> str:
    """Return the code that the person's app shows now, or some steps later."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time() + later * device.step
    return f"{totp.token():06d}"


def give_password(client):
    return client.post(f"{LOGIN}?next=/admin/digests/category/", {"username": "kim", "password": "right"}, follow=True)


def enrol(client) -> tuple[TOTPDevice, list[str]]:
    """Set it up by the pages; return the device and the codes for paper."""
    client.post(OWN, {"do": "begin"})
    page = client.post(OWN, {"do": "confirm", "code": code_of(TOTPDevice.objects.get())})
    return TOTPDevice.objects.get(confirmed=True), page.context["codes"]


@pytest.fixture
def enrolled(client, person):
    """Return the device and the paper of a person who is logged out."""
    client.force_login(person)
    made = enrol(client)
    client.logout()
    return made


def test_login_without_a_second_factor_is_as_before(client, person):
    assert give_password(client).redirect_chain == [("/admin/digests/category/", 302)]


def test_set_up_draws_the_secret_here(client, person):
    client.force_login(person)
    page = client.post(OWN, {"do": "begin"})
    text = page.content.decode()

    assert text.count('class="segno"') == 1
    assert (text.count("style="), text.count('src="http')) == (0, 0)
    assert ("no-store" in page["Cache-Control"], "unsafe" in page["Content-Security-Policy"]) == (True, False)


def test_set_up_counts_once_a_code_was_right(client, person):
    client.force_login(person)
    client.post(OWN, {"do": "begin"})
    wrong = client.post(OWN, {"do": "confirm", "code": "000000"})
    assert (two_factor.has_two_factor(person), bool(wrong.context["problem"]), bool(wrong.context["qr"])) == (
        False,
        True,
        True,
    )

    _device, codes = enrol(client)

    assert (two_factor.has_two_factor(person), len(set(codes)), two_factor.count_backup_codes(person)) == (True, 10, 10)
    assert client.get(HOME).context["title"] == "오늘"  # the set-up has asked for a code, so this login is complete
    assert [code for code in codes if code in client.get(OWN).content.decode()] == []
    assert [entry.user for entry in LogEntry.objects.all()] == [person]


def test_password_alone_opens_nothing(client, enrolled):
    page = give_password(client)

    assert page.redirect_chain[-1][0].partition("?")[0] == CHECK
    pages = [HOME, "/admin/digests/category/", "/admin/jsi18n/", OWN, "/admin/password_change/"]
    assert [client.get(path).status_code for path in pages] == [302] * len(pages)


def test_code_of_the_app_opens_what_was_asked_for(client, enrolled):
    device, _codes = enrolled
    page = give_password(client)
    then = page.context["then"]

    answer = client.post(CHECK, {"code": code_of(device, later=1), "next": then})

    assert (answer.status_code, answer["Location"]) == (302, "/admin/digests/category/")
    assert client.get(HOME).context["title"] == "오늘"


def test_code_works_once(client, enrolled, clock):
    device, codes = enrolled
    give_password(client)
    for code in (code_of(device, later=1), codes[0].upper()):
        assert client.post(CHECK, {"code": code})["Location"] == HOME
        client.logout()
        give_password(client)
        assert client.post(CHECK, {"code": code}).context["problem"] == WRONG
        assert client.get(HOME)["Location"] == TO_LOGIN
        clock.shift(1)


def check(client, code: str) -> str:
    """Return what the page says about a code; nothing where it was right."""
    answer = client.post(CHECK, {"code": code})
    return "" if answer.status_code == 302 else answer.context["problem"]


def too_soon(wait: str) -> str:
    return f"틀린 코드를 입력한 지 얼마 되지 않았습니다. {wait} 뒤에 다시 시도해 주세요."


def too_many(wait: str) -> str:
    return f"인증 코드가 여러 번 틀렸습니다. {wait} 뒤에 다시 시도해 주세요."


def test_each_wrong_code_doubles_the_wait_up_to_a_limit(client, enrolled, clock):
    give_password(client)
    shown = []
    for failures in range(12):
        assert check(client, "000000") == WRONG
        shown.append(check(client, "000000"))
        clock.shift(min(2**failures, 1024))

    seconds = [too_soon(f"{2**failures}초") for failures in range(6)]
    assert shown == [*seconds, *(too_many(f"{minutes}분") for minutes in (2, 3, 5, 9, 18, 18))]


@pytest.mark.parametrize("paper", [False, True])
def test_right_code_counts_only_after_the_wait(client, enrolled, clock, paper):
    device, codes = enrolled
    give_password(client)
    for failures in range(4):
        clock.shift(2**failures)
        check(client, "000000")

    clock.shift(7)
    right = codes[0] if paper else code_of(device, later=1)
    early = check(client, right)
    shut = client.get(HOME)["Location"]
    clock.shift(1)

    assert (early, shut, check(client, right), client.get(HOME).status_code) == (too_soon("1초"), TO_LOGIN, "", 200)
    # The other device starts from nothing too.
    assert check_again(client, codes[1]) == ""


def check_again(client, code: str) -> str:
    client.logout()
    give_password(client)
    return check(client, code)


def test_waits_are_the_accounts_and_not_the_sessions(client, enrolled, clock):
    _device, codes = enrolled
    give_password(client)
    check(client, "000000")

    assert check_again(client, codes[0]) == too_soon("1초")


def test_attempts_during_the_wait_do_not_lengthen_it(client, enrolled, clock):
    _device, codes = enrolled
    give_password(client)
    for _time in range(9):
        check(client, "000000")

    clock.shift(1)
    assert check(client, codes[0]) == ""


def test_code_made_on_the_server_works_after_the_longest_wait(client, enrolled, clock):
    StaticDevice.objects.update(throttling_failure_count=40, throttling_failure_timestamp=timezone.now())
    call_command("addstatictoken", "kim", token="madehere", stdout=StringIO())
    give_password(client)
    clock.shift(1024)

    assert check(client, "madehere") == ""


def test_wait_is_said_in_the_persons_language(client, enrolled, clock):
    give_password(client)
    client.post(CHECK, {"code": "000000"}, headers={"Accept-Language": "en"})
    answer = client.post(CHECK, {"code": "000000"}, headers={"Accept-Language": "en"})

    assert answer.context["problem"] == "This was too soon after a wrong code. Try again in 1 second."


def test_wrong_codes_are_no_failed_logins(client, enrolled, clock):
    give_password(client)
    for _time in range(6):
        check(client, "000000")
        clock.shift(60)

    assert FailedLogin.objects.count() == 0


def test_set_up_waits_after_a_wrong_code_and_keeps_its_key(client, person, clock):
    client.force_login(person)
    client.post(OWN, {"do": "begin"})
    wrong = client.post(OWN, {"do": "confirm", "code": "000000"}).context
    right = {"do": "confirm", "code": code_of(TOTPDevice.objects.get())}
    early = client.post(OWN, right).context
    clock.shift(1)

    assert (early["problem"], early["key"] == wrong["key"] != "") == (too_soon("1초"), True)
    assert len(client.post(OWN, right).context["codes"]) == 10


@pytest.mark.parametrize("code", ["", "\x00", "１２３４５６", "9" * 5000, "drop table", "-1"])
def test_nonsense_is_a_wrong_code(client, enrolled, code):
    give_password(client)

    assert client.post(CHECK, {"code": code}).context["problem"] == WRONG
    assert client.get(HOME)["Location"] == TO_LOGIN


@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_code_leads_nowhere_else(client, enrolled, then):
    device, _codes = enrolled
    give_password(client)

    assert client.post(CHECK, {"code": code_of(device, later=1), "next": then})["Location"] == HOME


def test_switching_off_needs_a_code(client, person, clock):
    client.force_login(person)
    _device, codes = enrol(client)

    client.post(OWN, {"do": "off", "code": "000000"})
    assert two_factor.has_two_factor(person) is True
    clock.shift(1)
    client.post(OWN, {"do": "off", "code": codes[0]})
    assert (two_factor.has_two_factor(person), two_factor.count_backup_codes(person)) == (False, 0)


def test_new_codes_make_the_old_ones_worthless(client, person, clock):
    client.force_login(person)
    _device, old = enrol(client)
    new = client.post(OWN, {"do": "codes"}).context["codes"]
    client.logout()
    give_password(client)

    assert check(client, old[0]) == WRONG
    clock.shift(1)
    assert check(client, new[0]) == ""


def test_required_leads_everybody_to_set_it_up(client, person, settings):
    settings.REQUIRE_TWO_FACTOR = True
    page = give_password(client)

    assert page.redirect_chain[-1][0] == OWN
    assert client.get(HOME)["Location"] == TO_LOGIN
    _device, codes = enrol(client)
    assert client.get(HOME).context["title"] == "오늘"
    client.post(OWN, {"do": "off", "code": codes[0]})
    assert two_factor.has_two_factor(person) is True


def test_administrator_resets_anothers(client, person, enrolled):
    client.force_login(User.objects.create_superuser("root", email="root@example.org"))
    people = reverse("admin:auth_user_changelist")
    client.post(people, {"action": "reset_second", "_selected_action": [person.pk]})

    assert (two_factor.has_two_factor(person), LogEntry.objects.latest("pk").object_id) == (False, str(person.pk))
    client.logout()
    assert give_password(client).redirect_chain == [("/admin/digests/category/", 302)]


def test_nobody_sees_secrets_in_the_admin(admin_client):
    assert status_and_heading(admin_client.get("/admin/otp_totp/totpdevice/")) == NOT_FOUND


@pytest.mark.parametrize("path", [OWN, CHECK])
def test_pages_are_for_the_staff(client, path):
    client.force_login(User.objects.create_user("reader"))

    answer = client.post(path, {"do": "begin", "code": "1"})
    assert (answer.status_code, answer["Location"], TOTPDevice.objects.count()) == (302, LOGIN, 0)


def test_log_out_is_possible_between_the_doors(client, enrolled):
    give_password(client)
    client.post(CHECK, {"do": "logout"})

    assert "_auth_user_id" not in client.session

"""A CSV of readers, line by line."""

import pytest
from django.utils.translation import override

from newsletter.intake import IntakeError, carry_out, read
from newsletter.models import Subscriber, Subscription, Suppression
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def publication():
    return build.publication(categories=[build.category("llm"), build.category("robots")])


def _fates(text: str, publication) -> list[tuple[int, str, str]]:
    return [(line.number, line.email, line.fate) for line in read(text.encode(), publication)]


def test_read_tells_what_becomes_of_each_line(publication):
    Suppression.objects.create(email="Bad@example.org", reason="complaint")
    build.subscriber("known@example.org")
    for state in ("active", "left", "pending"):
        build.subscription(publication, [], subscriber_=build.subscriber(f"{state}@example.org"), state=state)
    text = """email,language
new@example.org,ko
NEW@example.org,ko
bad@example.org,ko
Known@example.org,en
active@example.org,
left@example.org,
pending@example.org,
nonsense,
,
"""

    assert _fates(text, publication) == [
        (2, "new@example.org", "new"),
        (3, "NEW@example.org", "double"),
        (4, "bad@example.org", "suppressed"),
        (5, "Known@example.org", "added"),
        (6, "active@example.org", "reads"),
        (7, "left@example.org", "left"),
        (8, "pending@example.org", "added"),
        (9, "nonsense", "wrong"),
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("language", "fr"),
        ("categories", "llm cooking"),
        ("confirmed_at", "yesterday"),
        ("confirmed_at", "2026-02-30"),
        ("confirmed_at", "2999-01-01"),
        ("time_zone", "Asia/Soul"),
        ("time_zone", "localtime"),
    ],
)
def test_read_of_a_wrong_value_says_so(publication, column, value):
    (line,) = read(f"email,{column}\na@example.org,{value}\n".encode(), publication)

    assert (line.fate, line.problem == "") == ("wrong", False)


@pytest.mark.parametrize("data", [b"", b"name\nx\n", b"\xff\xfe\x00\x00", b"email\n\x00\n", b"\x89PNG\r\n\x1a\n"])
def test_read_of_no_csv_is_refused(publication, data):
    with pytest.raises(IntakeError):
        read(data, publication)


def test_read_takes_what_spreadsheets_write(publication):
    for data in (
        "\ufeffEmail , 이름\r\na@example.org,김\r\n".encode(),
        "email,이름\na@example.org,김\n".encode("cp949"),
    ):
        assert [line.email for line in read(data, publication)] == ["a@example.org"]


def test_carry_out_makes_readers_with_their_choice_and_the_proof(publication):
    text = b"email,language,categories,confirmed_at\nA@example.org,en,robots;robots,2026-05-20\nb@example.org,,,\n"
    carry_out(read(text, publication), publication, consent="Conference desk")

    rows = Subscription.objects.order_by("subscriber__email")
    assert [
        (row.subscriber.email, row.subscriber.language, row.state, [c.slug for c in row.categories.all()])
        for row in rows
    ] == [("A@example.org", "en", "active", ["robots"]), ("b@example.org", "ko", "active", ["llm", "robots"])]
    assert [row.consent_source for row in rows] == ["Conference desk"] * 2
    assert str(rows[0].confirmed_at)[:10] == "2026-05-20"


def test_carry_out_keeps_time_zones_of_new_readers_alone(publication):
    build.subscriber("known@example.org", time_zone="Asia/Tokyo")
    text = b"email,Time_Zone\na@example.org,America/New_York\nb@example.org,\nknown@example.org,Europe/Paris\n"
    carry_out(read(text, publication), publication, consent="x")

    assert list(Subscriber.objects.order_by("email").values_list("email", "time_zone")) == [
        ("a@example.org", "America/New_York"),
        ("b@example.org", ""),
        ("known@example.org", "Asia/Tokyo"),
    ]


def test_carry_out_twice_changes_nothing(publication):
    text = b"email\na@example.org\n"
    assert carry_out(read(text, publication), publication, consent="x") == 1
    assert carry_out(read(text, publication), publication, consent="x") == 0


def test_carry_out_without_a_source_of_consent_is_refused(publication):
    with pytest.raises(IntakeError):
        carry_out(read(b"email\na@example.org\n", publication), publication, consent=" ")
    assert Subscriber.objects.count() == 0


def test_carry_out_leaves_who_left_away(publication):
    gone = build.subscription(publication, [], state="left")
    text = f"email\n{gone.subscriber.email}\n".encode()
    carry_out(read(text, publication), publication, consent="x")

    gone.refresh_from_db()
    assert gone.state == "left"


@pytest.mark.parametrize(
    "data",
    [
        "email,name\nkim@example.org,김\n".encode("utf-16"),
        "email,name\nkim@example.org,김\n".encode("cp949"),
        b"\xef\xbb\xbfemail\nkim@example.org\n",
        b"name;email\nKim;kim@example.org\n",
        b"name\temail\nKim\tkim@example.org\n",
        b"email\rkim@example.org\r",
        "이메일\n kim@example.org \n".encode(),
        (",".join(["E-Mail", *("x" * 99)]) + "\nkim@example.org\n").encode(),
        b"email\nkim@example.org,one,cell,too,many\n",
    ],
)
def test_read_takes_every_kind_of_table(publication, data):
    assert [(line.email, line.fate) for line in read(data, publication)] == [("kim@example.org", "new")]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"email,email\nkim@example.org,lee@example.org\n", "twice"),
        (b"email,language,language\nkim@example.org,ko,en\n", "twice"),
        (b"email,time_zone,time_zone\nkim@example.org,Asia/Seoul,UTC\n", "twice"),
        (b"email,x\nkim@example.org," + b"a" * 200_000 + b"\n", "Line 2"),
        (b"email\n", "nobody"),
        ("email\nkim@example.org\n".encode("utf-16-be"), "text"),
    ],
)
def test_read_of_what_is_in_doubt_is_refused(publication, data, why):
    with override("en"), pytest.raises(IntakeError, match=why):
        read(data, publication)


def test_read_of_an_address_that_no_column_takes_is_wrong(publication):
    (line,) = read(b"email\n" + b"a" * 60 + b"@" + b".".join([b"b" * 60] * 4) + b".org\n", publication)

    assert line.fate == "wrong"


def test_read_keeps_one_mailbox_one_reader(publication):
    build.subscriber("known@xn--bcher-kva.example")
    text = "email\nnew@bücher.example\nNEW@BÜCHER.example\nnew@XN--BCHER-KVA.example\nknown@bücher.example\n"

    assert _fates(text, publication) == [
        (2, "new@xn--bcher-kva.example", "new"),
        (3, "NEW@xn--bcher-kva.example", "double"),
        (4, "new@xn--bcher-kva.example", "double"),
        (5, "known@xn--bcher-kva.example", "added"),
    ]


@pytest.mark.parametrize("email", ["x@localhost", "x@[10.0.0.1]", f"{'a' * 65}@example.org"])
def test_read_of_an_address_that_no_mail_reaches_is_wrong(publication, email):
    assert _fates(f"email\n{email}\n", publication) == [(2, email, "wrong")]


def test_read_of_a_part_knows_the_doubles_of_the_whole(publication):
    text = b"email\none@example.org\ntwo@example.org\nOne@example.org\nthree@example.org\n"

    lines = read(text, publication, start=2, most=1)
    assert [(line.number, line.fate) for line in lines] == [(4, "double")]
    assert [line.number for line in read(text, publication, start=3, most=9)] == [5]


def test_carry_out_keeps_the_choice_of_who_confirmed_since_the_look(publication):
    lines = read(b"email\na@example.org\nb@example.org\nc@example.org\n", publication)
    for name in "ab":
        build.subscription(publication, [], subscriber_=build.subscriber(f"{name}@example.org"))
    Suppression.objects.create(email="c@example.org", reason="complaint")

    assert carry_out(lines, publication, consent="x") == 0
    assert [one.consent_source for one in Subscription.objects.all()] == ["", ""]


def test_carry_out_after_a_division_asks_for_another_look(publication):
    lines = read(b"email\na@example.org\n", publication)
    publication.categories.filter(slug="llm").update(retired=True)

    with override("en"), pytest.raises(IntakeError, match=r"There is no category “llm”\."):
        carry_out(lines, publication, consent="x")
    assert Subscriber.objects.count() == 0

"""CSV import: how a file is read, what its columns mean, and what becomes of each line."""

import io
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import override

from digests.text.messages import make_message
from newsletter.models import Import, ImportPart, KeptAway, SignupRequest, Subscriber, Subscription, Suppression
from newsletter.subscribers import consent, suppression
from newsletter.subscribers.addresses import hash_address
from newsletter.subscribers.csv_import import column_mapping, jobs
from newsletter.subscribers.csv_import.import_errors import CsvImportError, ImportErrorCode
from tests import build

pytestmark = pytest.mark.django_db
CASES = Path(__file__).parents[2] / "data" / "imports"


@pytest.fixture
def publication():
    return build.publication(categories=[build.category("llm"), build.category("robots")])


def _look(data: str | bytes, publication, *, name: str = "readers.csv", consent: str = "Conference desk") -> Import:
    """Return an import whose file a worker has surveyed, and checked where nothing is open."""
    row = Import(publication=publication, name=name, consent=consent)
    jobs.start_import(row, io.BytesIO(data.encode() if isinstance(data, str) else data))
    jobs.run_due_imports()
    row.refresh_from_db()
    return row


def _open(row: Import) -> list[tuple[str, int, str]]:
    """Return what a person has to say."""
    found = column_mapping.list_mapping_questions(row.survey, column_mapping.load_mapping(row.mapping))
    return [(question.code, question.about, question.value) for question in found]


def _import(data: str | bytes, publication, **values: str) -> dict[str, int]:
    """Import a file that leaves nothing open; return the counts of its lines by fate."""
    row = _look(data, publication, **values)
    assert (row.state, row.error) == ("ready", {}), _open(row) if row.survey else row.error
    return _carry_out(row)


def _carry_out(row: Import) -> dict[str, int]:
    assert jobs.confirm_import(row)
    jobs.run_due_imports()
    row.refresh_from_db()
    assert row.state == "done"
    return dict(row.counts)


def _answer(row: Import, **answers: Any) -> Import:
    """Answer what is open about the columns; values by column and value."""
    meaning = column_mapping.load_mapping(row.mapping)
    for n, role in answers.get("roles", {}).items():
        meaning.roles[n] = role
    for n, values in answers.get("values", {}).items():
        meaning.values[n] |= values
    for name in ("whole", "day_first", "agreed", "tags"):
        setattr(meaning, name, answers.get(name, getattr(meaning, name)))
    jobs.save_mapping(row, meaning)
    jobs.run_due_imports()
    row.refresh_from_db()
    return row


def _readers() -> dict[str, str]:
    rows = Subscription.objects.order_by("subscriber__email").values_list("subscriber__email", "state")
    return dict(rows)


def _roles(row: Import) -> dict[str, str]:
    return {column["name"]: role for column, role in zip(row.survey["columns"], row.mapping["roles"], strict=True)}


# Files of tests/data


def test_import_of_foreign_states_brings_back_nobody(publication):
    counts = _import((CASES / "import-foreign-status.csv").read_bytes(), publication)

    assert counts == {"new": 1, "left": 1, "blocked": 1}
    assert _readers() == {"left@example.org": "left", "stays@example.org": "active"}
    assert [(one.email, one.reason) for one in Suppression.objects.all()] == [("blocked@example.org", "blocked")]


def test_import_with_an_open_quote_is_refused_with_its_line(publication):
    row = _look((CASES / "import-open-quote.csv").read_bytes(), publication)

    assert (row.state, row.error) == ("failed", make_message(ImportErrorCode.OPEN_QUOTE, line=2))
    assert (Subscriber.objects.count(), ImportPart.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('email,name\na@example.org,"Kim\nb@example.org,Lee\nc@example.org,Park"\n', 2),  # closes, around other lines
        ('email,name\na@example.org,Kim\nb@example.org,"Lee\nc@example.org,"Park"\n', 3),
        ('\n\nemail;name\na@example.org;"Kim\n', 4),
        ('"email,name\na@example.org,Kim\n', 1),
    ],
)
def test_import_with_a_quote_that_swallows_lines_is_refused(publication, text, line):
    assert _look(text, publication).error == make_message(ImportErrorCode.OPEN_QUOTE, line=line)


def test_import_takes_a_cell_of_several_lines(publication):
    text = 'email,name,notes\na@example.org,Kim,"met in May,\nwrites from office@example.org"\nb@example.org,Lee,\n'

    assert _import(text, publication) == {"new": 2}


# Encodings, and what is no CSV file


@pytest.mark.parametrize(
    "data",
    [
        "email,name\nkim@example.org,김\n".encode("utf-16"),
        "email,name\nkim@example.org,김\n".encode("utf-16-le"),
        "email,name\nkim@example.org,김\n".encode("utf-16-be"),
        "email,name\nkim@example.org,김\n".encode("cp949"),
        b"\xef\xbb\xbfemail\nkim@example.org\n",
        b"\n\r\n  \nemail\nkim@example.org\n",
        b"sep=;\nname;email\nKim;kim@example.org\n",
        b"sep=,\r\nemail,name\r\nkim@example.org,a;b;c;d\r\n",
        b"name;email\nKim;kim@example.org\n",
        b"name\temail\nKim\tkim@example.org\n",
        b"name|email\nKim|kim@example.org\n",
        b"email\rkim@example.org\r",
        "이메일\n kim@example.org \n".encode(),
        "이메일주소\nkim@example.org\n".encode(),
        "메일\nkim@example.org\n".encode(),
        b"Subscriber Email\nkim@example.org\n",
        b"E-Mail Address\nkim@example.org\n",
        b"whatever\nkim@example.org\n",
        b"\xef\xbb\xbfEmail , \xec\x9d\xb4\xeb\xa6\x84\r\nkim@example.org,\xea\xb9\x80\r\n",
        (",".join(["E-Mail", *("x" * 99)]) + "\nkim@example.org\n").encode(),
    ],
)
def test_import_takes_every_kind_of_table(publication, data):
    _import(data, publication)

    assert _readers() == {"kim@example.org": "active"}


def _zip(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name in names:
            packed.writestr(zipfile.ZipInfo(name), "email\n")
    return made.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (_zip("[Content_Types].xml", "xl/workbook.xml"), "workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000, "workbook"),
        (_zip("xl/workbook.xml")[:40], "workbook"),
        (_zip("subscribed.csv", "unsubscribed.csv"), "archive"),
        (b"\x1f\x8b\x08\x00", "archive"),
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b"email\n\x00\n", "not_text"),
        (b"\xff\xfe\x00\x00", "not_text"),
        (b"email\n\xff\xfe\xfd\n", "encoding"),
    ],
)
def test_import_of_no_csv_says_what_it_is(publication, data, code):
    with pytest.raises(CsvImportError) as refused:
        _look(data, publication)

    assert refused.value.code == f"import.{code}"
    messages = []
    for language in ("ko", "en"):
        with override(language):
            messages.append(str(refused.value))
    assert messages[0] != messages[1]
    assert Import.objects.count() == 0


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"name\nx\n", make_message(ImportErrorCode.NO_ADDRESS_COLUMN)),
        (b"email\n", make_message(ImportErrorCode.NO_LINES)),
        (b"a@example.org,Kim\nb@example.org,Lee\n", make_message(ImportErrorCode.NO_HEADER, line=1)),
        (
            b"email,x\nkim@example.org," + b"a" * 200_000 + b"\n",
            make_message(ImportErrorCode.NOT_CSV, line=2, why="field larger than field limit (131072)"),
        ),
        (
            b'email,x\na@example.org,x\nkim@example.org,"a" b\n',
            make_message(ImportErrorCode.NOT_CSV, line=3, why="',' expected after '\"'"),
        ),
    ],
)
def test_import_of_what_is_no_table_is_refused(publication, data, error):
    row = _look(data, publication)

    assert (row.state, row.error) == ("failed", error)


def test_import_larger_than_allowed_is_refused(publication, monkeypatch):
    monkeypatch.setattr("newsletter.subscribers.csv_import.read_files.MAX_FILE_BYTES", 10)
    with pytest.raises(CsvImportError) as refused:
        _look(b"email\nkim@example.org\n", publication)

    assert refused.value.code == ImportErrorCode.TOO_LARGE


def test_import_without_a_source_of_consent_is_refused(publication):
    with pytest.raises(CsvImportError) as refused:
        _look(b"email\na@example.org\n", publication, consent=" ")

    assert (refused.value.code, Import.objects.count()) == (ImportErrorCode.NO_CONSENT_SOURCE, 0)


# Known tools

MAILCHIMP = "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION"
FILES = {
    "mailchimp-subscribed": (
        "subscribed_email_audience_export_1f2.csv",
        (
            f"{MAILCHIMP},LAST_CHANGED,LEID,EUID,NOTES,TAGS\n"
            'stays@example.org,Ann,,2,2018-02-12 10:54:27,,2018-02-13 10:54:27,,,,,,,,,,1,a,,"""LLM"",""Robots"""\n'
        ),
        {"new": 1},
    ),
    "mailchimp-unsubscribed": (
        "unsubscribed_email_audience_export_1f2.csv",
        (
            f"{MAILCHIMP},UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,LEID,EUID,NOTES,TAGS\n"
            "gone@example.org,Bob,,2,2018-02-12 10:54:27,,2018-02-12 10:54:27,,,,,,,,,2018-07-23 12:19:27,,,,,1,a,,\n"
        ),
        {"left": 1},
    ),
    "mailchimp-cleaned": (
        "cleaned_email_audience_export_1f2.csv",
        (
            f"{MAILCHIMP},CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,LEID,EUID,NOTES,TAGS\n"
            "dead@example.org,Cho,,1,2018-02-12 10:54:27,,2018-02-12 10:54:27,,,,,,,,,2020-03-23 17:30:05,,,1,a,,\n"
        ),
        {"bounced": 1},
    ),
    "mailchimp-nonsubscribed": (
        "nonsubscribed_email_audience_export_1f2.csv",
        f"{MAILCHIMP},LAST_CHANGED,LEID,EUID,NOTES,TAGS\nnever@example.org,Dan,,2,,,,,,,,,,,,,1,a,,\n",
        {"unconfirmed": 1},
    ),
    "substack": (
        "email_list.csv",
        (
            "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
            "stays@example.org,false,,other,false,2025-01-01T00:00:00.000Z,\ngone@example.org,true,2026-01-01,monthly,true,2025-01-01,\n"
        ),
        {"new": 1, "left": 1},
    ),
    "ghost": (
        "members.csv",
        (
            "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers\n"
            "1,stays@example.org,Ann,,true,false,,2024-01-15T10:00:00.000Z,,LLM,\n"
            "2,gone@example.org,Bob,,false,true,,2024-01-15T10:00:00.000Z,,,\n"
        ),
        {"new": 1, "left": 1},
    ),
    "beehiiv": (
        "subscribers.csv",
        (
            "email,First Name,Last Name,status,tier,created_at,stripe_customer_id,Free Tier,Premium Tier,unsubscribed_at\n"
            "stays@example.org,Ann,,active,free,2023-03-24 10:23:10 UTC,,Yes,No,\n"
            "gone@example.org,Bob,,inactive,free,2023-03-24 10:23:10 UTC,,Yes,No,\n"
            "gone2@example.org,Bob,,active,premium,2023-03-24 10:23:10 UTC,cus_1,No,Yes,2024-03-13 11:33:53 UTC\n"
            "never@example.org,Cho,,pending,free,2023-03-24 10:23:10 UTC,,Yes,No,\n"
        ),
        {"new": 1, "left": 2, "unconfirmed": 1},
    ),
    "listmonk": (
        "subscribers.csv",
        (
            "uuid,email,name,attributes,status,created_at,updated_at\n"
            "a,stays@example.org,Ann,{},enabled,2019-01-02 15:04:05.123 +0000 UTC,2019-01-02 15:04:05.123 +0000 UTC\n"
            "b,gone@example.org,Bob,{},blocklisted,2019-01-02 15:04:05.123 +0000 UTC,2019-01-02 15:04:05.123 +0000 UTC\n"
            "c,off@example.org,Cho,{},disabled,2019-01-02 15:04:05.123 +0000 UTC,2019-01-02 15:04:05.123 +0000 UTC\n"
        ),
        {"new": 1, "blocked": 2},
    ),
    "stibee": (
        "구독자 목록.csv",
        (
            "이메일 주소,이름,추가 경로,그룹,광고성 정보 수신 동의,구독일,마지막 업데이트일,구독 해지 사유\n"
            "stays@example.org,김,구독 폼,,동의,2024-11-12 10:30,2024-11-12 10:30,\n"
            "gone@example.org,이,직접 추가,,,2024. 11. 12.,2024-11-12 10:30,너무 자주 와요\n"
        ),
        {"new": 1, "left": 1},
    ),
    "buttondown": (
        "subscribers.csv",
        (
            "email,notes,metadata,tags,referrer_url,subscriber_type,creation_date\n"
            "stays@example.org,,{},,,regular,2019-08-24T14:15:22Z\ngone@example.org,,{},,,unsubscribed,2019-08-24T14:15:22Z\n"
            "never@example.org,,{},,,unactivated,2019-08-24T14:15:22Z\nspam@example.org,,{},,,complained,2019-08-24T14:15:22Z\n"
            "dead@example.org,,{},,,undeliverable,2019-08-24T14:15:22Z\npaid@example.org,,{},,,past_due,2019-08-24T14:15:22Z\n"
        ),
        {"new": 2, "left": 1, "unconfirmed": 1, "complained": 1, "bounced": 1},
    ),
    "kit": (
        "subscribers.csv",
        (
            "id,first_name,email_address,state,created_at,tags\n"
            '1,Ann,stays@example.org,active,2023-01-27T11:43:55Z,"VIP,LLM"\n2,Bob,gone@example.org,cancelled,2023-01-27T11:43:55Z,\n'
            "3,Cho,never@example.org,inactive,2023-01-27T11:43:55Z,\n4,Dan,spam@example.org,complained,2023-01-27T11:43:55Z,\n"
        ),
        {"new": 1, "left": 1, "unconfirmed": 1, "complained": 1},
    ),
    "mailerlite": (
        "subscribers.csv",
        (
            "email,name,status,subscribed_at,unsubscribed_at,groups\n"
            "stays@example.org,Ann,active,2021-08-31 14:22:08,,LLM\ngone@example.org,Bob,unsubscribed,2021-08-31 14:22:08,2022-01-01 00:00:00,\n"
            "spam@example.org,Cho,junk,2021-08-31 14:22:08,,\nnever@example.org,Dan,unconfirmed,2021-08-31 14:22:08,,\n"
        ),
        {"new": 1, "left": 1, "complained": 1, "unconfirmed": 1},
    ),
}
# Layouts that could not be confirmed, and files that cannot say who left: a person has to answer.
QUESTIONS = {
    **{tool: [("layout", -1, "")] for tool in ("listmonk", "buttondown", "kit", "mailerlite")},
    **{f"mailchimp-{kind}": [("layout", -1, "")] for kind in ("subscribed", "nonsubscribed")},
    "stibee": [("whole", -1, ""), ("layout", -1, "")],
}


@pytest.mark.parametrize("tool", sorted(FILES))
def test_import_understands_other_tools(publication, tool):
    name, text, counts = FILES[tool]
    row = _look(text, publication, name=name)
    assert row.mapping["layout"].lower() == tool.partition("-")[0]
    assert _open(row) == QUESTIONS.get(tool, [])
    if row.state == "asking":
        assert Subscriber.objects.count() == 0
        row = _answer(row, agreed=True, **({"whole": "subscribed"} if tool == "stibee" else {}))

    assert _carry_out(row) == counts
    active = {email for email, state in _readers().items() if state == "active"}
    assert active == ({"stays@example.org", "paid@example.org"} & set(_addresses(text)) if "new" in counts else set())


def _addresses(text: str) -> list[str]:
    return [cell for line in text.splitlines() for cell in line.split(",") if cell.endswith("@example.org")]


def test_import_understands_dates_and_tags_of_other_tools(publication):
    name, text, _counts = FILES["mailchimp-subscribed"]
    _carry_out(_answer(_look(text, publication, name=name), agreed=True))
    made = Subscription.objects.get()

    assert f"{made.confirmed_at:%Y-%m-%d %H:%M}" == "2018-02-13 10:54"  # of the confirmation, not of the sign-up
    assert [one.slug for one in made.categories.order_by("slug")] == ["llm", "robots"]


def test_import_asks_what_a_mailchimp_file_of_another_name_is(publication):
    row = _look(FILES["mailchimp-nonsubscribed"][1], publication, name="list.csv")

    assert _open(row) == [("whole", -1, ""), ("layout", -1, "")]


def test_import_proposes_categories_for_tags(publication):
    row = _look(
        'email,tags\na@example.org,"llm, VIP"\nb@example.org,VIP\nc@example.org,\nd@example.org,x;LLM\n', publication
    )
    assert row.mapping["tags"] == {"llm": "llm", "LLM": "llm"}

    jobs.reopen_mapping(row)
    _carry_out(_answer(row, tags={"llm": "llm", "LLM": "llm", "VIP": "robots"}))
    chosen = {
        one.subscriber.email[0]: sorted(c.slug for c in one.categories.all()) for one in Subscription.objects.all()
    }
    assert chosen == {"a": ["llm", "robots"], "b": ["robots"], "c": ["llm", "robots"], "d": ["llm"]}


# Columns that say who left


@pytest.mark.parametrize(
    ("column", "stays", "gone", "fate"),
    [
        ("status", "subscribed", "unsubscribed", "left"),
        ("Status", "Active", "Inactive", "left"),
        ("state", "enabled", "disabled", "blocked"),
        ("type", "regular", "unactivated", "unconfirmed"),
        ("subscriber_type", "regular", "removed", "left"),
        ("subscribed_to_emails", "true", "false", "left"),
        ("email_disabled", "FALSE", "TRUE", "blocked"),
        ("unsubscribed_at", "", "2024-01-02", "left"),
        ("UNSUB_TIME", "", "2024-01-02 10:00:00", "left"),
        ("bounced at", "", "2024-01-02", "bounced"),
        ("opt_out", "0", "1", "left"),
        ("confirmed", "yes", "no", "unconfirmed"),
        ("상태", "구독 중", "수신거부", "left"),
        ("구독 상태", "구독중", "자동삭제", "bounced"),
        ("수신거부", "N", "Y", "left"),
        ("수신거부", "", "O", "left"),
        ("수신동의", "동의", "미동의", "left"),
        ("해지일", "", "2024.01.02", "left"),
        ("Zustand", "aktiv", "abgemeldet", "left"),
        ("statut", "inscrit", "désabonné", "left"),
        ("estado", "activo", "baja", "left"),
        ("ステータス", "購読中", "退会", "left"),
        ("状态", "已订阅", "已退订", "left"),
        ("note to self", "x", "Unsubscribed", None),  # by its values
    ],
)
def test_import_knows_columns_that_tell_who_left(publication, column, stays, gone, fate):
    row = _look(f"email,{column}\na@example.org,{stays}\nb@example.org,{gone}\n", publication)
    if fate is None:
        assert _open(row) == [("value", 1, "x")]
        return

    assert _carry_out(row) == {"new": 1, fate: 1}
    assert {email for email, state in _readers().items() if state == "active"} == {"a@example.org"}


@pytest.mark.parametrize(
    ("column", "cells", "questions"),
    [
        ("status", ["ok", "nok"], [("value", 1, "ok"), ("value", 1, "nok")]),
        ("state", ["California"] * 2, [("value", 1, "California")]),
        ("上り", ["あ", "い"], [("what", 1, "")]),  # in any language: by its two values
        ("plan", ["free", "paid"], [("what", 1, "")]),
        ("", ["1", ""], [("what", 1, "")]),
        ("x", ["1", "2", "3", "4", "5", "6", "7", "8"], [("what", 1, "")]),
        ("x", ["1", "2", "3", "4", "5", "6", "7", "8", "9"], []),
        ("x", ["1"] * 3, []),
        ("name", ["Kim", "Lee"], []),
        ("name", ["Kim", "unsubscribed"], [("value", 1, "Kim")]),
        ("newsletter status code", [str(n) for n in range(30)], [("what", 1, "")]),
        ("tags", ["llm", "unsubscribed"], [("what", 1, "")]),
    ],
)
def test_import_stops_until_each_value_is_mapped(publication, column, cells, questions):
    text = f"email,{column}\n" + "".join(f"{n}@example.org,{cell}\n" for n, cell in enumerate(cells))
    row = _look(text, publication)

    assert _open(row) == questions
    assert row.state == ("asking" if questions else "ready")
    assert not jobs.confirm_import(row) or not questions
    jobs.run_due_imports()
    assert Subscriber.objects.count() == (0 if questions else len(cells))


def test_import_goes_by_what_a_person_said(publication):
    row = _look("email,status\na@example.org,ok\nb@example.org,nok\nc@example.org,\n", publication)
    assert _answer(row, values={1: {"ok": "subscribed", "nok": "left"}}).state == "asking"
    row = _answer(row, values={1: {"": "unconfirmed"}})

    assert (row.state, row.counts) == ("ready", {"new": 1, "left": 1, "unconfirmed": 1})
    assert _carry_out(row) == row.counts


def test_import_by_the_worst_of_several_columns(publication):
    text = "email,status,unsubscribed_at,bounced\na@example.org,active,,false\nb@example.org,active,2024-01-02,false\nc@example.org,active,,true\n"

    assert _import(text, publication) == {"new": 1, "left": 1, "bounced": 1}


def test_import_shows_every_column_with_its_first_rows(publication):
    text = "email,status,name,plan\n" + "".join(f"{n}@example.org,active,N{n},{'ab'[n % 2]}\n" for n in range(7))
    row = _look(text, publication)

    assert _roles(row) == {"email": "email", "status": "state", "name": "ignored", "plan": ""}
    assert row.survey["samples"] == [[f"{n}@example.org", "active", f"N{n}", "ab"[n % 2]] for n in range(5)]


def test_import_of_a_line_with_more_cells_than_columns_is_wrong(publication):
    text = "email,name,status\na@example.org,Kim,active\nb@example.org,Lee, Jr,unsubscribed\n"
    row = _look(text, publication)
    assert _open(row) == [("value", 2, "Jr")]

    row = _answer(row, values={2: {"Jr": "subscribed"}})
    assert (row.counts, row.problems) == ({"new": 1, "wrong": 1}, [[3, "cells", "4"]])


def test_import_knows_what_everybody_is_by_the_name_of_the_file(publication):
    assert _import("email\na@example.org\n", publication, name="unsubscribed-2026.csv") == {"left": 1}
    assert _import("email\nb@example.org\n", publication, name="수신거부.csv") == {"left": 1}
    assert _import("email\nc@example.org\n", publication, name="bounces.csv") == {"bounced": 1}


# Dates


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-05-20", "2026-05-20"),
        ("2026-05-20T23:30:00-05:00", "2026-05-21"),
        ("2026-05-20 10:00:00 UTC", "2026-05-20"),
        ("2026.05.20", "2026-05-20"),
        ("2026. 5. 20.", "2026-05-20"),
        ("2026년 5월 20일", "2026-05-20"),
        ("2026/5/20 10:00", "2026-05-20"),
        ("20.05.2026", "2026-05-20"),
        ("5/20/2026", "2026-05-20"),
        ("20 May 2026", "2026-05-20"),
        ("May 20, 2026", "2026-05-20"),
        ("2026-05-20 오후 3:04:05", "2026-05-20"),  # as Excel writes it in Korean
        ("2026年5月20日", "2026-05-20"),
        ("20. Mai 2026", "2026-05-20"),
        ("20-May-2026", "2026-05-20"),
        ("Wed, 20 May 2026 03:04:05 +0000", "2026-05-20"),
        ("1779246245", "2026-05-20"),
    ],
)
def test_import_reads_dates(publication, cell, day):
    row = _look(f'email,confirmed_at\na@example.org,"{cell}"\n', publication)
    _carry_out(row if row.state == "ready" else _answer(row, roles={1: "date"}))

    assert f"{Subscription.objects.get().confirmed_at:%Y-%m-%d}" == day


@pytest.mark.parametrize(("day_first", "month"), [(True, 1), (False, 2)])
def test_import_asks_which_of_day_and_month_comes_first(publication, day_first, month):
    row = _look("email,구독일\na@example.org,02.01.2024\n", publication)
    assert _open(row) == [("order", -1, "")]

    _carry_out(_answer(row, day_first=day_first))
    assert f"{Subscription.objects.get().confirmed_at:%m}" == f"{month:02}"


def test_import_is_told_the_order_by_another_line(publication):
    _import("email,created_at\na@example.org,02/01/2024\nb@example.org,02/13/2024\n", publication)

    assert [f"{one.confirmed_at:%m}" for one in Subscription.objects.all()] == ["02", "02"]


@pytest.mark.parametrize(
    "cell",
    [
        "yesterday",
        "2026-02-30",
        "2999-01-01",
        "32.12.2024",
        "9999-12-31 23:59 -1200",
        "0001-01-01T00:00:00+09:00",
        "1/2/24",
    ],
)
def test_import_of_what_is_no_day_is_wrong(publication, cell):
    row = _look(f"email,confirmed_at\na@example.org,2026-01-01\nb@example.org,{cell}\n", publication)
    row = row if row.state == "ready" else _answer(row, roles={1: "date"})

    assert (row.counts, row.problems) == ({"new": 1, "wrong": 1}, [[3, "day", cell]])


# The fates of lines


def test_import_tells_what_becomes_of_each_line(publication):
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
    row = _answer(_look(text, publication), roles={1: "language"})
    expected = {"new": 1, "double": 1, "suppressed": 1, "added": 2, "reads": 1, "left": 1, "wrong": 1}

    assert (row.counts, row.problems) == (expected, [[9, "address", "nonsense"]])
    assert _carry_out(row) == expected


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("language", "fr", "language"),
        ("categories", "llm cooking", "category"),
        ("time_zone", "Asia/Soul", "zone"),
        ("time_zone", "localtime", "zone"),
    ],
)
def test_import_of_a_wrong_value_says_so(publication, column, value, code):
    row = _look(f"email,{column}\na@example.org,{value}\n", publication)

    assert (row.counts, [problem[:2] for problem in row.problems]) == ({"wrong": 1}, [[2, code]])


@pytest.mark.parametrize(
    "email",
    ["x@localhost", "x@[10.0.0.1]", f"{'a' * 65}@example.org", f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.org"],
)
def test_import_of_an_address_that_no_mail_reaches_is_wrong(publication, email):
    assert _look(f"email\n{email}\n", publication).counts == {"wrong": 1}


def test_import_keeps_one_mailbox_one_reader(publication):
    build.subscriber("known@xn--bcher-kva.example")
    text = "email\nnew@bücher.example\nNEW@BÜCHER.example\nnew@XN--BCHER-KVA.example\nknown@bücher.example\n"

    assert _import(text, publication) == {"new": 1, "double": 2, "added": 1}
    assert sorted(Subscriber.objects.values_list("email", flat=True)) == [
        "known@xn--bcher-kva.example",
        "new@xn--bcher-kva.example",
    ]


def test_import_makes_readers_with_their_choice_and_the_proof(publication):
    text = "email,language,categories,confirmed_at\nA@example.org,en,robots;robots,2026-05-20\nb@example.org,,,\n"
    row = _answer(_look(text, publication), roles={1: "language"})
    _carry_out(row)

    rows = Subscription.objects.order_by("subscriber__email")
    assert [
        (one.subscriber.email, one.subscriber.language, one.state, sorted(c.slug for c in one.categories.all()))
        for one in rows
    ] == [("A@example.org", "en", "active", ["robots"]), ("b@example.org", "ko", "active", ["llm", "robots"])]
    assert [one.consent_source for one in rows] == ["Conference desk"] * 2
    assert str(rows[0].confirmed_at)[:10] == "2026-05-20"


def test_import_keeps_time_zones_of_new_readers_alone(publication):
    build.subscriber("known@example.org", time_zone="Asia/Tokyo")
    _import(
        "email,Time_Zone\na@example.org,America/New_York\nb@example.org,\nknown@example.org,Europe/Paris\n", publication
    )

    assert list(Subscriber.objects.order_by("email").values_list("email", "time_zone")) == [
        ("a@example.org", "America/New_York"),
        ("b@example.org", ""),
        ("known@example.org", "Asia/Tokyo"),
    ]


def test_import_twice_changes_nothing(publication):
    assert _import("email\na@example.org\n", publication) == {"new": 1}
    assert _import("email\na@example.org\n", publication) == {"reads": 1}


def test_import_forgets_the_file_and_whom_it_named(publication):
    row = _look("email\na@example.org\nnonsense@\n", publication)
    _carry_out(row)

    assert ImportPart.objects.count() == 0
    assert (row.survey["samples"], row.problems, row.mapping) == ([], [], {})


# Nobody who left comes back by a file


def test_import_of_a_later_file_revives_nobody(publication):
    text = "email,status\nleft@example.org,unsubscribed\nhard@example.org,bounced\nbad@example.org,blocked\nspam@example.org,complained\nnever@example.org,pending\n"
    assert _import(text, publication) == {"left": 1, "bounced": 1, "blocked": 1, "complained": 1, "unconfirmed": 1}
    again = "".join(f"{name}@example.org\n" for name in ("Left", "hard", "bad", "spam", "NEVER"))

    assert _import(f"email\n{again}", publication) == {"left": 1, "suppressed": 3, "unconfirmed": 1}
    assert _readers() == {"left@example.org": "left"}
    assert sorted(Suppression.objects.values_list("email", "reason")) == [
        ("bad@example.org", "blocked"),
        ("hard@example.org", "bounce"),
        ("spam@example.org", "complaint"),
    ]


def test_import_keeps_nothing_but_a_hash_of_who_never_confirmed(publication):
    _import("email,status\nnever@example.org,pending\n", publication)

    assert list(KeptAway.objects.values_list("hash", flat=True)) == [hash_address("never@example.org")]
    assert (Subscriber.objects.count(), Suppression.objects.count()) == (0, 0)


def test_import_ends_whom_an_earlier_file_brought_and_who_left_since(publication):
    _import("email\nfile@example.org\ndead@example.org\n", publication)
    own = build.subscription(publication, [], subscriber_=build.subscriber("own@example.org"), consent_text="2026-11")
    text = "email,status\nfile@example.org,unsubscribed\nown@example.org,unsubscribed\ndead@example.org,bounced\n"

    assert _import(text, publication) == {"ended": 1, "reads": 1, "bounced": 1}
    own.refresh_from_db()
    assert (_readers()["file@example.org"], own.state) == ("left", "active")
    assert suppression.is_suppressed("dead@example.org")


def test_import_remembers_that_a_dead_mailbox_had_left(publication):
    _import("email\nfile@example.org\n", publication)
    for email in ("file@example.org", "other@example.org"):
        Suppression.objects.create(email=email, reason="bounce")
    text = "email,status\nfile@example.org,unsubscribed\nother@example.org,unsubscribed\n"

    assert _import(text, publication) == {"ended": 1, "left": 1}
    Suppression.objects.all().delete()
    assert _import("email\nfile@example.org\nother@example.org\n", publication) == {"left": 2}


def test_import_of_a_complaint_suppresses_even_an_own_reader(publication):
    build.subscription(publication, [], subscriber_=build.subscriber("own@example.org"), consent_text="2026-11")
    Suppression.objects.create(email="Dead@example.org", reason="bounce")
    text = "email,status\nown@example.org,complained\ndead@example.org,spam\n"

    assert _import(text, publication) == {"complained": 2}
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"complaint"}


@pytest.mark.parametrize(
    "lines",
    ["a@example.org,active\nA@example.org,unsubscribed\n", "a@example.org,unsubscribed\na@example.org,active\n"],
)
@pytest.mark.parametrize("chunk", [500, 1])
def test_import_of_an_address_with_two_states_keeps_it_away(publication, monkeypatch, lines, chunk):
    monkeypatch.setattr(jobs, "CHUNK_LINES", chunk)
    _carry_out(_look(f"email,status\n{lines}", publication))

    assert set(_readers().values()) == {"left"}


def test_import_does_not_take_a_strangers_request_for_a_return(publication):
    gone = build.subscription(publication, [], subscriber_=build.subscriber("gone@example.org"))
    consent.unsubscribe_from_publication(gone)
    _ask("gone@example.org", publication)
    assert _readers() == {"gone@example.org": "pending"}

    assert _import("email\ngone@example.org\n", publication) == {"left": 1}
    assert _readers() == {"gone@example.org": "pending"}


def test_import_remembers_who_left_elsewhere_though_somebody_asked_for_them_here(publication):
    _ask("gone@example.org", publication)
    assert _import("email,status\ngone@example.org,unsubscribed\n", publication) == {"left": 1}

    assert _import("email\ngone@example.org\n", publication) == {"left": 1}


def _note(email: str, publication) -> SignupRequest:
    return SignupRequest.objects.create(email=email, publication=publication, categories=["llm"], language="ko")


def _ask(email: str, publication) -> Subscription:
    """Return the subscription of a sign-up on the site."""
    signed_up = consent.process_sign_up(_note(email, publication))
    assert signed_up is not None
    return signed_up


@pytest.mark.parametrize("status", ["unsubscribed", "bounced", "blocked", "pending"])
def test_own_sign_up_brings_anybody_back(publication, status):
    _import(f"email,status\nback@example.org,{status}\n", publication)
    signed_up = _ask("Back@example.org", publication)
    assert signed_up.state == "pending"
    assert consent.confirm_subscription(signed_up, ip=None)

    assert (_readers(), suppression.is_suppressed("back@example.org")) == (
        {"back@example.org": "active"} if status == "unsubscribed" else {"Back@example.org": "active"},
        False,
    )
    assert KeptAway.objects.count() == 0


def test_own_sign_up_brings_no_complainer_back(publication):
    _import("email,status\nspam@example.org,complained\n", publication)

    assert consent.process_sign_up(_note("spam@example.org", publication)) is None


def test_own_sign_up_revives_a_reader_whose_mailbox_was_dead(publication):
    reader = build.subscription(publication, [], subscriber_=build.subscriber("a@example.org"))
    Suppression.objects.create(email="a@example.org", reason="bounce")
    signed_up = _ask("a@example.org", publication)

    assert signed_up.state == "pending"
    assert consent.confirm_subscription(signed_up, ip=None)
    reader.refresh_from_db()
    assert (reader.state, Suppression.objects.count()) == ("active", 0)


def test_request_of_who_had_left_is_forgotten_but_not_that_they_had(publication):
    _import("email,status\ngone@example.org,unsubscribed\n", publication)
    signed_up = _ask("gone@example.org", publication)
    Subscription.objects.filter(pk=signed_up.pk).update(
        requested_at=signed_up.requested_at - 3 * consent.CONFIRM_LINK_LIFETIME
    )
    consent.purge_unconfirmed_sign_ups()

    assert _readers() == {"gone@example.org": "left"}
    assert _import("email\ngone@example.org\n", publication) == {"left": 1}


# Negated names, and files and cells that speak of leaving in other words


@pytest.mark.parametrize(
    ("name", "no", "yes"),
    [
        ("inactive", "false", "true"),
        ("unconfirmed", "false", "true"),
        ("not verified", "no", "yes"),
        ("No newsletter", "no", "yes"),
        ("is_not_unsubscribed", "true", "false"),
        ("Do not email", "no", "yes"),
        ("Kein Newsletter", "nein", "ja"),
        ("Inaktiv", "nein", "ja"),
        ("미수신", "N", "Y"),
        ("수신안함", "N", "Y"),
        ("수신 미동의", "N", "Y"),
        ("비활성", "N", "Y"),
        ("未購読", "いいえ", "はい"),
        ("Widerspruch", "nein", "ja"),
        ("unsubscribed", "subscribed", "active"),  # "active" may be about the leave
    ],
)
def test_import_asks_what_yes_and_no_mean_below_a_name_that_says_the_opposite(publication, name, no, yes):
    row = _look(f"email;{name}\nstays@example.org;{no}\ngone@example.org;{yes}\n", publication)

    assert (row.state, ("value", 1, yes) in _open(row)) == ("asking", True)


@pytest.mark.parametrize(
    "name", ["left", "departed on", "end date", "Austrittsdatum", "解約日", "some day", "이탈일", "last seen"]
)
def test_import_asks_about_days_that_only_some_have(publication, name):
    stay = "".join(f"stays{n}@example.org;\n" for n in range(30))
    gone = "".join(f"gone{n}@example.org;2026-01-{n:02}\n" for n in range(1, 31))

    assert _open(_look(f"email;{name}\n{stay}{gone}", publication)) == [("what", 1, "")]


@pytest.mark.parametrize("name", ["Date Unsubscribed", "수신거부", "Abgemeldet am", "Unsubscribed"])
def test_import_takes_a_day_below_the_word_of_leaving_as_the_day_of_that(publication, name):
    text = f"email;{name}\nstays@example.org;\ngone@example.org;2026-01-02\n"

    assert _import(text, publication) == {"new": 1, "left": 1}
    assert _readers() == {"gone@example.org": "left", "stays@example.org": "active"}


@pytest.mark.parametrize("filler", ["", "-", "NULL", "n/a", "false", "0000-00-00 00:00:00", "0001-01-01T00:00:00"])
def test_import_takes_what_programs_fill_empty_cells_with_for_no_leave(publication, filler):
    text = f"email;unsubscribed_at;n\nstays@example.org;{filler};1\ngone@example.org;2026-01-02;1\n"

    assert _import(text, publication) == {"new": 1, "left": 1}


@pytest.mark.parametrize(
    "name",
    [
        "opt-outs.csv",
        "blacklist.csv",
        "suppression list.csv",
        "unsubscribers.csv",
        "churned.csv",
        "配信停止リスト.csv",
        "해지자.csv",
        "not subscribed.csv",
        "list without unsubscribed.csv",
    ],
)
def test_import_asks_what_a_file_is_that_is_named_after_leaving(publication, name):
    assert _open(_look("email,name\ngone@example.org,Kim\n", publication, name=name)) == [("whole", -1, "")]


def test_import_asks_about_a_state_that_contradicts_the_name_of_the_file(publication):
    row = _look("email,confirmed\ngone@example.org,1\n", publication, name="unsubscribed.csv")
    assert _open(row) == [("what", 1, "")]

    row = _answer(row, roles={1: "ignored"})
    assert (_carry_out(row), _readers()) == ({"left": 1}, {"gone@example.org": "left"})


@pytest.mark.parametrize(
    "text",
    [
        'email,tags\nstays@example.org,"a, b"\ngone@example.org,"a, unsubscribed"\n',
        "email,lists\nstays@example.org,News\ngone@example.org,Unsubscribers\n",
        'email,비고\nstays@example.org,\ngone@example.org,"본인 요청으로 수신거부 (5월)"\n',
        "email,notes\nstays@example.org,met in May\ngone@example.org,asked to be removed by phone\n",
    ],
)
def test_import_asks_about_tags_and_notes_that_speak_of_leaving(publication, text):
    assert {about for _code, about, _value in _open(_look(text, publication))} == {1}


@pytest.mark.parametrize(
    "text",
    [
        unicodedata.normalize("NFD", "이메일,상태\nstays@example.org,구독\ngone@example.org,수신거부\n"),  # as on a Mac
        "email,ｓｔａｔｕｓ\nstays@example.org,ａｃｔｉｖｅ\ngone@example.org,ｕｎｓｕｂｓｃｒｉｂｅｄ\n",
        "email,status\nstays@example.org,active\u200b\ngone@example.org,un\u00adsubscribed\n",
        'email,status\nmailto:stays@example.org,active\n"Kim <gone@example.org>",unsubscribed\n',
    ],
)
def test_import_reads_words_and_addresses_however_they_are_written(publication, text):
    assert _import(text, publication) == {"new": 1, "left": 1}
    assert _readers() == {"gone@example.org": "left", "stays@example.org": "active"}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_import_reads_utf_16_without_a_mark_that_is_mostly_hangul(publication, encoding):
    text = "이메일\t상태\t성명\t소속\r\nstays@example.org\t수신\t가나다라마바사아자차카타파하가나다라\t무슨무슨대학교부설병원연구소\r\n"

    assert _import((text + text.split("\r\n")[1].replace("stays", "also") + "\r\n").encode(encoding), publication) == {
        "new": 2
    }

"""A finding that blocks prevents the approval of exactly the text that would be sent, unless a person overrides it."""

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from digests.models import Digest, Item, Section
from digests.quality.section_checks import (
    OverrideError,
    find_blocked_sections,
    is_overridden,
    recheck_section,
    record_override,
)
from digests.review.approve import ApprovalError, approve_digest
from digests.review.edit import change_section, compute_version
from tests import build

pytestmark = pytest.mark.django_db

GOOD = "### 핵심 내용\n\n1. **[{title}]({url})** — 공개 벤치마크에서 정확도를 높인 방법(method)을 제안합니다."
LEAK = GOOD.replace("정확도를", "精度를")


def section(text: str = GOOD, title: str = "", **fields: Any) -> Section:
    digest = build.digest(build.publication("papers"), state=Digest.State.IN_REVIEW, date=dt.date(2026, 5, 22))
    item = build.item(title, **fields)
    return build.section(digest, build.category(), items=[item], text=text.format(title=item.title, url=item.url))


def test_held_is_nothing_where_nothing_is_wrong():
    assert find_blocked_sections(section().digest) == []


def test_held_names_the_section_and_keeps_its_findings():
    row = section(LEAK)

    ((found, findings),) = find_blocked_sections(row.digest)

    assert (found, [one.gate for one in findings]) == (row, ["script"])
    row.refresh_from_db()
    assert [(one["gate"], row.text[slice(*one["span"])]) for one in row.findings] == [("script", "精度")]


def test_held_looks_at_what_stands_in_the_rows():
    row = section()
    Section.objects.filter(pk=row.pk).update(text=row.text + " <script>alert(1)</script>")

    assert [[one.gate for one in findings] for _section, findings in find_blocked_sections(row.digest)] == [
        ["markup", "markup"]
    ]


def test_held_knows_a_story_of_an_earlier_issue():
    row = section(title="A Title That Is Long Enough To Be Known Again", title_key="")
    earlier = build.digest(row.digest.publication, date=dt.date(2026, 5, 21))
    twin = build.item("A title that is long enough to be known again!", title_key="", arxiv_id="")
    build.section(earlier, build.category(), items=[twin])
    assert find_blocked_sections(row.digest) == []  # no key of the rows says that they are the same story

    Item.objects.filter(appearances__isnull=False).update(title_key="atitlethatislongenoughtobeknownagain")

    assert [[one.gate for one in findings] for _section, findings in find_blocked_sections(row.digest)] == [["ledger"]]


def test_held_forgets_a_section_that_is_left_out():
    row = section(LEAK)
    Section.objects.filter(pk=row.pk).update(text="")

    assert find_blocked_sections(row.digest) == []


@pytest.mark.parametrize("count", [1, 3])
def test_held_asks_the_database_as_often_for_many(count, django_assert_num_queries):
    digest = section().digest
    for _ in range(count - 1):
        item = build.item()
        build.section(digest, build.category(), items=[item], text=GOOD.format(title=item.title, url=item.url))

    with django_assert_num_queries(5):
        find_blocked_sections(digest)


def test_recheck_keeps_the_findings_of_an_edit():
    row = section()
    row.text = row.text.replace("정확도를", "данные를")
    row.save()

    assert [one.gate for one in recheck_section(row)] == ["script"]
    row.refresh_from_db()
    assert [one["gate"] for one in row.findings] == ["script"]


def test_change_section_keeps_what_the_gates_say_of_it():
    row = section()

    change_section(
        row, seen=compute_version(row), by=User.objects.create(username="ann"), text=row.text.replace("정확도", "精度")
    )

    assert [one["gate"] for one in Section.objects.get().findings] == ["script"]


def test_approve_is_refused_where_a_gate_blocks():
    row = section(LEAK)

    with pytest.raises(ApprovalError) as refused:
        approve_digest(row.digest)

    assert str(refused.value) == f"{row}: Foreign characters that aren’t in any source: 精度"
    row.digest.refresh_from_db()
    assert row.digest.state == Digest.State.IN_REVIEW


def test_approve_goes_through_with_a_reason():
    row = section(LEAK)

    record_override(row, " The  term is quoted. ", by=User(username="ann"))

    assert approve_digest(row.digest).state == Digest.State.APPROVED
    row.refresh_from_db()
    assert (row.override["reason"], row.override["by"]) == ("The term is quoted.", "ann")


def test_override_is_for_one_text_only():
    row = section(LEAK)
    record_override(row, "It is quoted.")
    assert is_overridden(row)

    row.text += " 한 문장을 더합니다."
    row.save()

    assert not is_overridden(row)


def test_override_is_for_the_sources_too():
    row = section(LEAK)
    record_override(row, "It is quoted.")

    row.items.update(title="Another title")

    assert not is_overridden(Section.objects.get(pk=row.pk))


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_override_needs_a_reason(reason):
    row = section(LEAK)

    with pytest.raises(OverrideError):
        record_override(row, reason)

    assert row.override == {}


def test_approve_digest_takes_a_reason():
    row = section(LEAK)
    with pytest.raises(CommandError):
        call_command("approve_digest", "papers", "2026-05-22")

    call_command("approve_digest", "papers", "2026-05-22", override="It is quoted.", stdout=StringIO())

    row.digest.refresh_from_db()
    assert row.digest.state == Digest.State.APPROVED

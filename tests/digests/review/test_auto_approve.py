"""The clock approves clean digests if a person allowed it, and drops what is not clean at the deadline if so configured."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError

from digests.models import Classification, Digest, Publication, Rewrite, Section
from digests.review import edit, regenerate
from digests.review.approve import approve_digest, is_as_approved, reopen_digest
from digests.review.auto_approve import auto_approve_due_digests, find_approvers, find_digests_awaiting_approval
from digests.text.messages import OtherCode, make_message
from tests import build

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 5, 22)
SEOUL = ZoneInfo("Asia/Seoul")
FOREIGN = "이 연구는 精度를 높였습니다."  # a gate blocks it
WORTH_A_LOOK = "이 방법은 정확도를 87.5%까지 높였습니다."  # a gate warns: no source has the number
PLAIN = "이 방법은 공개 벤치마크(public benchmark)에서 정확도(accuracy)를 높였습니다."


def at(hour: int, minute: int = 0) -> dt.datetime:
    """Return a moment of the day in Seoul; built at 5, due at 7:30, sent at 8."""
    return dt.datetime(2026, 5, 22, hour, minute, tzinfo=SEOUL)


BUILT = at(5)


def digest_of(*texts: str, built_at: dt.datetime = BUILT, **fields: Any) -> Digest:
    """Return a digest in review with a section per text; its publication allows only what is given."""
    made = build.digest(build.publication(**fields), date=DAY, state=Digest.State.IN_REVIEW, built_at=built_at)
    for text in texts:
        item = build.item()
        markdown = text and f"### 핵심 내용\n\n1. **[{item.title}]({item.url})** — {text}"
        build.section(made, build.category(), items=[item], text=markdown)
    return made


def allowed(*texts: str, **fields: Any) -> Digest:
    return digest_of(*texts, **{"clock_allowed_at": at(4)} | fields)


def clean_only(*texts: str, **fields: Any) -> Digest:
    return digest_of(*texts, **{"when_nobody": Publication.WhenNobody.CLEAN} | fields)


def test_decide_approves_what_is_clean_where_a_person_allowed_it():
    digest = allowed(PLAIN, PLAIN)

    assert auto_approve_due_digests(at(5, 1)) == [digest]
    digest.refresh_from_db()
    assert (digest.approved_by_clock, digest.approved_by, is_as_approved(digest)) == (True, None, True)
    assert digest.approval_rule == Digest.ApprovalRule.CLEAN
    (kept,) = digest.revisions.all()
    assert (kept.what, kept.after, kept.clock) == ("approval", digest.approved_hash, True)


def test_decide_twice_does_nothing_more():
    digest = allowed(PLAIN)
    auto_approve_due_digests(at(5, 1))
    first = Digest.objects.get().approved_at

    assert auto_approve_due_digests(at(5, 2)) == []
    assert (Digest.objects.get().approved_at, digest.revisions.count()) == (first, 1)


@pytest.mark.parametrize("text", [FOREIGN, WORTH_A_LOOK, ""])
def test_decide_leaves_it_where_a_gate_speaks(text):
    digest = allowed(PLAIN, text)

    assert auto_approve_due_digests(at(5, 1)) == []
    digest.refresh_from_db()
    assert (digest.state, digest.revisions.count()) == ("in_review", 0)


def test_decide_leaves_it_where_a_models_answer_was_not_used():
    digest = allowed(PLAIN)
    digest.sections.update(fallback_reason=make_message(OtherCode.TEXT, text="The AI refused to respond"))

    assert auto_approve_due_digests(at(5, 1)) == []


def test_decide_approves_what_was_extracted_where_no_model_is_set_up():
    digest = allowed(PLAIN)
    digest.sections.update(origin=Section.Origin.EXTRACTED)

    assert auto_approve_due_digests(at(5, 1)) == [digest]


def test_decide_is_not_stopped_by_unsorted_items():
    digest = allowed(PLAIN)
    Classification.objects.create(publication=digest.publication, item=build.item(), suggested="Law", by="model")

    assert auto_approve_due_digests(at(5, 1)) == [digest]


@pytest.mark.parametrize(
    "fields",
    [
        {"clock_allowed_at": None},
        {"clock_allowed_at": at(5, 1)},  # after it was built: allowed from the next one on
        {"enabled": False},
    ],
)
def test_decide_does_not_what_nobody_allowed(fields):
    allowed(PLAIN, **fields)

    assert auto_approve_due_digests(at(6)) == []


def _edit(digest, ann):
    section = digest.sections.get()
    edit.change_section(section, seen=edit.compute_version(section), by=ann, text="이 방법은 정확도를 더 높였습니다.")


def _judge(digest, ann):
    edit.set_verdict(digest.sections.get(), "good", by=ann)


def _title(digest, ann):
    edit.change_digest(digest, seen=edit.compute_version(digest), by=ann, title="오늘의 논문")


def _take_back(digest, ann):
    approve_digest(digest, by=ann)
    reopen_digest(digest)


def _clock_taken_back(digest, ann):
    auto_approve_due_digests(at(5, 1))
    edit.void_approval(digest, ann)


def _wish(digest, ann):
    Rewrite.objects.create(section=digest.sections.get(), before="", by=ann)


@pytest.mark.parametrize("touch", [_edit, _judge, _title, _take_back, _clock_taken_back, _wish])
@pytest.mark.parametrize("when_nobody", Publication.WhenNobody.values)
def test_decide_leaves_to_a_person_what_a_person_touched(touch, when_nobody):
    digest = allowed(PLAIN, when_nobody=when_nobody)
    touch(digest, User.objects.create_user("ann"))

    assert auto_approve_due_digests(at(7, 45)) == []
    digest.refresh_from_db()
    assert digest.state == "in_review"


def test_decide_holds_at_the_deadline_by_default():
    digest = digest_of(PLAIN, FOREIGN)

    assert auto_approve_due_digests(at(7, 45)) == []
    assert digest.sections.exclude(text="").count() == 2


def test_decide_sends_what_is_clean_and_keeps_what_was_dropped():
    digest = clean_only(PLAIN, FOREIGN, WORTH_A_LOOK)
    kept, *others = digest.sections.values_list("text", flat=True)

    assert auto_approve_due_digests(at(7, 30)) == [digest]
    digest.refresh_from_db()
    assert [section.text for section in digest.sections.all()] == [kept, "", ""]
    assert (digest.approved_by_clock, is_as_approved(digest)) == (True, True)
    assert digest.approval_rule == Digest.ApprovalRule.DEADLINE
    dropped = digest.revisions.filter(what="text").order_by("pk")
    assert [(one.before, one.after, one.clock, one.by) for one in dropped] == [
        (text, "", True, None) for text in others
    ]
    assert dropped[0].why == "Foreign characters that aren’t in any source: 精度"


def test_decide_drops_nothing_where_it_cannot_approve_the_rest():
    digest = clean_only(PLAIN, FOREIGN)
    texts = list(digest.sections.values_list("text", flat=True))
    digest.sections.filter(text=texts[0]).update(verdict="held")

    assert auto_approve_due_digests(at(7, 30)) == []
    assert list(digest.sections.values_list("text", flat=True)) == texts


def test_decide_sends_what_is_clean_not_before_the_deadline():
    clean_only(PLAIN, FOREIGN)

    assert auto_approve_due_digests(at(7, 29)) == []


def test_decide_sends_what_is_clean_once():
    digest = clean_only(PLAIN, FOREIGN)
    auto_approve_due_digests(at(7, 30))

    assert auto_approve_due_digests(at(7, 31)) == []
    assert digest.revisions.count() == 2


def test_decide_holds_where_nothing_is_clean():
    digest = clean_only(FOREIGN, FOREIGN)

    assert auto_approve_due_digests(at(7, 45)) == []
    assert (digest.revisions.count(), digest.sections.exclude(text="").count()) == (0, 2)


def test_decide_drops_nothing_where_there_was_no_time_to_come():
    clean_only(PLAIN, FOREIGN, built_at=at(7, 31))

    assert auto_approve_due_digests(at(7, 45)) == []


def test_decide_drops_nothing_without_a_deadline():
    clean_only(PLAIN, FOREIGN, deadline_minutes=0)

    assert auto_approve_due_digests(at(12)) == []


def test_decide_never_approves_yesterdays():
    allowed(PLAIN)

    assert auto_approve_due_digests(at(5) + dt.timedelta(days=1)) == []


def test_decide_without_a_digest_does_nothing():
    build.publication(clock_allowed_at=at(4), when_nobody="clean")

    assert auto_approve_due_digests(at(7, 45)) == []


@pytest.mark.parametrize(
    ("zone", "hour", "day"),
    [("Pacific/Kiritimati", 1, DAY), ("Asia/Seoul", 23, DAY), ("America/Los_Angeles", 23, DAY)],
)
def test_awaited_is_today_by_the_publications_own_clock(zone, hour, day):
    digest = digest_of(PLAIN, timezone=zone)
    now = dt.datetime(day.year, day.month, day.day, hour, 30, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)

    assert find_digests_awaiting_approval(now) == [digest]
    assert find_digests_awaiting_approval(now + dt.timedelta(days=1)) == []


def test_approvers_are_those_who_may_approve_at_the_desk():
    for role in ("editor", "publisher", "support", "administrator"):
        person = User.objects.create_user(role, is_staff=True)
        person.groups.add(Group.objects.get(name=role))
    gone = User.objects.create_user("gone", is_staff=True, is_active=False, is_superuser=True)
    User.objects.create_user("not at the desk", is_superuser=True)

    assert sorted(person.username for person in find_approvers()) == ["administrator", "publisher"]
    assert gone not in find_approvers()


# Moments


@pytest.mark.parametrize(
    ("zone", "day", "deadline"),
    [
        ("Asia/Seoul", DAY, "2026-05-21T22:30:00+00:00"),
        ("America/New_York", DAY, "2026-05-22T11:30:00+00:00"),
        # Clocks go forward from 2 to 3 in the night, and back from 3 to 2: half an hour stays half an hour.
        ("Europe/Berlin", dt.date(2026, 3, 29), "2026-03-29T05:30:00+00:00"),
    ],
)
def test_deadline_is_minutes_before_the_send_hour(zone, day, deadline):
    ends = Publication(timezone=zone, send_hour=8, deadline_minutes=30).deadline(day)

    assert ends is not None
    assert ends.astimezone(dt.UTC).isoformat() == deadline


def test_deadline_keeps_its_distance_when_the_clocks_change():
    publication = Publication(timezone="Europe/Berlin", send_hour=3, deadline_minutes=30, remind_minutes=60)
    night = dt.date(2026, 3, 29)
    ends, begins = publication.deadline(night), publication.reminder(night)

    sent = publication.moment(night, 3).astimezone(dt.UTC)
    assert [sent - one.astimezone(dt.UTC) for one in (ends, begins) if one] == [
        dt.timedelta(minutes=m) for m in (30, 90)
    ]


def test_reminder_needs_a_deadline():
    assert Publication(deadline_minutes=0, remind_minutes=60).reminder(DAY) is None
    assert Publication(deadline_minutes=30, remind_minutes=0).reminder(DAY) is None


def test_publication_has_time_between_build_and_deadline():
    fits = build.publication(build_hour=5, send_hour=8, deadline_minutes=120, remind_minutes=60)
    fits.clean()


@pytest.mark.parametrize(("deadline", "remind"), [(121, 60), (181, 0)])
def test_publication_without_time_before_the_deadline_is_refused(deadline, remind):
    publication = build.publication(build_hour=5, send_hour=8, deadline_minutes=deadline, remind_minutes=remind)

    with pytest.raises(ValidationError) as caught:
        publication.clean()
    assert list(caught.value.message_dict) == ["deadline_minutes"]


def test_rewrite_that_failed_is_a_persons_too(settings):
    settings.OPENAI_BASE_URL = "http://localhost:9/v1"
    digest = allowed(PLAIN)
    regenerate.request_rewrite(digest.sections.get(), "", by=User.objects.create_user("ann"))
    regenerate.cancel_rewrite(digest.sections.get())

    assert auto_approve_due_digests(at(5, 1)) == []

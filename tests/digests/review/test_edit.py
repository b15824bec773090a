"""Changes by editors: they void approvals, are kept as revisions, and never overwrite another editor's text."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from digests.models import Digest, Revision, Section
from digests.review.approve import ApprovalError, approve_digest
from digests.review.edit import (
    EditConflictError,
    EditError,
    change_digest,
    change_section,
    compute_version,
    drop_section,
    get_original_text,
    override_gates,
    restore_section,
    set_verdict,
)
from digests.text.markdown_rendering import MAX_MARKDOWN_CHARS
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def section():
    return build.section(
        build.digest(state="in_review", title="Daily", chart=b"old"), build.category(), text="A draft."
    )


@pytest.fixture
def ann():
    return User.objects.create_user("ann")


def changes(digest):
    return list(digest.revisions.order_by("pk").values_list("what", "before", "after", "by__username"))


def test_change_section_keeps_both_texts_and_takes_it_from_the_build(section, ann):
    changed = change_section(section, seen=compute_version(section), by=ann, text="A better one.")

    assert changes(section.digest) == [("text", "A draft.", "A better one.", "ann")]
    assert (changed.text, changed.edited_by, changed.edited_at is None) == ("A better one.", ann, False)


def test_change_section_typing_is_one_revision(section, ann):
    for text in ("A", "A b", "A better one."):
        section = change_section(section, seen=compute_version(section), by=ann, text=text)

    assert changes(section.digest) == [("text", "A draft.", "A better one.", "ann")]


def test_change_section_after_a_while_is_another_revision(section, ann):
    section = change_section(section, seen=compute_version(section), by=ann, text="A")
    Revision.objects.update(at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    section = change_section(section, seen=compute_version(section), by=ann, text="A b")

    assert changes(section.digest) == [("text", "A draft.", "A", "ann"), ("text", "A", "A b", "ann")]


def test_change_section_of_another_version_is_a_conflict(section, ann):
    seen = compute_version(section)
    change_section(section, seen=seen, by=User.objects.create_user("bob"), text="Bob's.")

    with pytest.raises(EditConflictError) as caught:
        change_section(section, seen=seen, by=ann, text="Ann's.")

    section.refresh_from_db()
    assert (caught.value.row, section.text) == (section, "Bob's.")


def test_change_section_repeated_is_no_conflict(section, ann):
    seen = compute_version(section)
    change_section(section, seen=seen, by=ann, text="The same.")
    change_section(section, seen=seen, by=ann, text="The same.")

    assert changes(section.digest) == [("text", "A draft.", "The same.", "ann")]


def test_change_section_voids_the_approval_and_the_verdict(section, ann):
    set_verdict(section, "good", by=ann)
    approve_digest(section.digest, by=ann)
    section.refresh_from_db()
    changed = change_section(section, seen=compute_version(section), by=ann, text="Other words.")

    digest = Digest.objects.get()
    assert (digest.state, digest.approved_hash, changed.verdict) == ("in_review", "", "")


def test_change_section_that_was_sent_is_refused(section, ann):
    approve_digest(section.digest)
    Digest.objects.filter(pk=section.digest.pk).update(released_at=timezone.now())

    with pytest.raises(EditError):
        change_section(section, seen=compute_version(section), by=ann, text="Too late.")

    section.refresh_from_db()
    assert (section.text, section.digest.state) == ("A draft.", "approved")


@pytest.mark.parametrize("heading", ["", " \n ", "x" * 201])
def test_change_section_heading_that_cannot_be_printed_is_refused(section, ann, heading):
    with pytest.raises(EditError):
        change_section(section, seen=compute_version(section), by=ann, heading=heading)


def test_change_digest_subject_may_be_empty_and_is_one_line(section, ann):
    changed = change_digest(section.digest, seen=compute_version(section.digest), by=ann, subject="Two\r\nlines\x00")
    assert changed.subject == "Two lines"

    changed = change_digest(changed, seen=compute_version(changed), by=ann, subject="")
    assert changed.subject == ""


def test_change_digest_takes_no_other_field(section, ann):
    with pytest.raises(EditError):
        change_digest(section.digest, seen=compute_version(section.digest), by=ann, state="approved")


def test_draft_is_the_text_before_the_first_person(section, ann):
    for text in ("One.", "Two."):
        section = change_section(section, seen=compute_version(section), by=ann, text=text)
        Revision.objects.update(at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))

    assert get_original_text(section) == "A draft."


def test_drop_takes_the_section_from_the_mail_and_restore_brings_it_back(section, ann):
    drop_section(section, by=ann)
    section.refresh_from_db()
    assert (section.text, bytes(Digest.objects.get().chart)) == ("", b"")

    restore_section(section, by=ann)
    section.refresh_from_db()
    assert (section.text, bytes(Digest.objects.get().chart)[1:4]) == ("A draft.", b"PNG")


def test_judge_good_keeps_the_approval_and_held_voids_it(section, ann):
    approve_digest(section.digest)
    set_verdict(section, "good", by=ann)
    assert Digest.objects.get().state == "approved"

    set_verdict(section, "held", by=ann)
    assert (Digest.objects.get().state, Section.objects.get().verdict) == ("in_review", "held")


def test_judge_knows_no_other_word(section, ann):
    with pytest.raises(EditError):
        set_verdict(section, "excellent", by=ann)


def test_judge_held_stops_an_approval_from_the_shell_too(section, ann):
    set_verdict(section, "held", by=ann)

    with pytest.raises(ApprovalError):
        approve_digest(section.digest)
    assert Digest.objects.get().state == "in_review"


def test_a_text_or_opening_that_is_too_long_to_be_rendered_is_refused(section, ann):
    much = "x" * (MAX_MARKDOWN_CHARS + 1)
    with pytest.raises(EditError, match=r"^Use 50000 characters or fewer\.$"):
        change_section(section, seen=compute_version(section), by=ann, text=much)
    with pytest.raises(EditError, match=r"^Use 50000 characters or fewer\.$"):
        change_digest(section.digest, seen=compute_version(section.digest), by=ann, opening=much)
    assert changes(section.digest) == []

    change_section(section, seen=compute_version(section), by=ann, text=much[1:])
    assert changes(section.digest) == [("text", "A draft.", much[1:], "ann")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "order",
    [
        lambda section, by: set_verdict(section, "good", by=by),
        lambda section, by: set_verdict(section, "held", by=by),
        lambda section, by: override_gates(section, "It is right.", by=by),
        lambda section, by: drop_section(section, by=by),
        lambda section, by: restore_section(section, by=by),
        lambda section, by: change_section(section, seen=compute_version(section), by=by, text="새 글입니다."),
    ],
)
def test_each_order_makes_its_own_transaction(order, section, ann):
    """A request has none: PostgreSQL refuses to lock a row outside of one."""
    order(section, ann)

    section.refresh_from_db()
    assert section.edited_by_id in {ann.pk, None}

"""An approval is bound to the hash of what was approved."""

import pytest
from django.db import IntegrityError, transaction

from digests.models import Digest
from digests.review.approve import ApprovalError, approve_digest, fingerprint_digest, is_as_approved, reopen_digest
from tests import build

pytestmark = pytest.mark.django_db


def in_review() -> Digest:
    digest = build.digest(state=Digest.State.IN_REVIEW)
    build.section(digest, build.category())
    return digest


def test_approve_binds_the_fingerprint():
    digest = approve_digest(in_review())

    assert digest.state == Digest.State.APPROVED
    assert digest.approved_hash == fingerprint_digest(digest)
    assert is_as_approved(digest)


def test_approve_twice_keeps_the_first_approval():
    digest = approve_digest(in_review())
    first = digest.approved_at

    assert approve_digest(digest).approved_at == first


@pytest.mark.parametrize("field", ["title", "subject", "opening", "chart_alt"])
def test_an_edit_of_the_digest_voids_the_approval(field):
    digest = approve_digest(in_review())

    Digest.objects.filter(pk=digest.pk).update(**{field: "changed behind our back"})
    digest.refresh_from_db()

    assert not is_as_approved(digest)


@pytest.mark.parametrize("field", ["text", "heading", "emoji"])
def test_an_edit_of_a_section_voids_the_approval(field):
    digest = approve_digest(in_review())

    digest.sections.update(**{field: "changed"})

    assert not is_as_approved(digest)


def test_a_changed_link_voids_the_approval():
    digest = approve_digest(in_review())

    digest.sections.get().items.update(url="https://elsewhere.example/")

    assert not is_as_approved(digest)


def test_reopen_takes_the_approval_back():
    digest = approve_digest(in_review())

    reopen_digest(digest)

    assert (digest.state, digest.approved_hash, digest.approved_at) == (Digest.State.IN_REVIEW, "", None)


def test_approve_refuses_a_draft():
    digest = build.digest()
    build.section(digest, build.category())

    with pytest.raises(ApprovalError, match="still being built"):
        approve_digest(digest)


def test_approve_refuses_a_digest_that_says_nothing():
    digest = build.digest(state=Digest.State.IN_REVIEW)

    with pytest.raises(ApprovalError, match="no section"):
        approve_digest(digest)


def test_an_approval_without_a_hash_is_refused_by_the_database():
    digest = build.digest()

    with pytest.raises(IntegrityError), transaction.atomic():
        Digest.objects.filter(pk=digest.pk).update(state=Digest.State.APPROVED)


def test_a_refused_approval_keeps_what_the_gates_found():
    digest = in_review()
    digest.sections.update(text="이 방법은 精度를 높였습니다.")

    with pytest.raises(ApprovalError):
        approve_digest(digest)
    assert [one["gate"] for one in digest.sections.get().findings if one["weight"] == "block"] == ["script"]


def test_approving_and_reopening_are_kept_with_who_did_it(django_user_model):
    ann = django_user_model.objects.create_user("ann")
    digest = approve_digest(in_review(), by=ann)
    first = digest.approved_hash
    reopen_digest(digest, by=ann)
    reopen_digest(digest, by=ann)

    kept = digest.revisions.order_by("pk").values_list("what", "before", "after", "by__username", "clock")
    assert list(kept) == [("approval", "", first, "ann", False), ("approval", first, "", "ann", False)]

"""The review page shows a finding that blocks, with a form for an override, which only an approver may send."""

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from digests.models import Digest, Section
from digests.review.approve import fingerprint_digest
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def section() -> Section:
    digest = build.digest(state=Digest.State.IN_REVIEW)
    return build.section(digest, build.category(), text="이 연구는 精度를 높였습니다.")


def _page(client, section, role, **order: str):
    person = User.objects.create_user(role, is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)
    if order:
        client.post(reverse("admin:digests_digest_do", args=[section.digest_id]), {"section": section.pk, **order})
    return client.get(reverse("admin:digests_digest_review", args=[section.digest_id]))


def test_review_names_what_blocks(client, section):
    page = _page(client, section, "publisher")

    assert page.context["blockers"] == [f"‘{section}’ 섹션에 승인 전에 고칠 문제가 있습니다."]
    assert page.content.decode().count('name="reason"') == 1


def test_override_lets_the_digest_be_approved(client, section):
    page = _page(client, section, "publisher", do="override", reason="원문의 표기입니다.")

    assert page.context["blockers"] == []
    assert page.content.decode().count("예외로 허용함: 원문의 표기입니다. (publisher)") == 1
    seen = fingerprint_digest(Digest.objects.get())
    client.post(reverse("admin:digests_digest_approve", args=[section.digest_id]), {"do": "approve", "seen": seen})
    assert Digest.objects.get().state == Digest.State.APPROVED


def test_override_without_a_reason_is_refused(client, section):
    page = _page(client, section, "publisher", do="override", reason=" ")

    assert [str(message) for message in page.context["messages"]] == ["이대로 보내도 되는 이유를 적어 주세요."]
    assert Section.objects.get().override == {}


def test_override_is_not_for_who_may_not_approve(client, section):
    page = _page(client, section, "editor", do="override", reason="원문의 표기입니다.")

    assert Section.objects.get().override == {}
    assert page.content.decode().count('name="reason"') == 0

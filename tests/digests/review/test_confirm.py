"""An editor has the second model read the sentences that it has not confirmed."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from digests.llm.budget import Bill
from digests.models import Digest, Section
from digests.quality import section_checks
from digests.review import confirm, edit
from digests.review.approve import approve_digest, is_as_approved
from digests.review.edit import EditError
from digests.writing.verify import Verification
from tests import build, llmserver

pytestmark = pytest.mark.django_db

SUMMARY = "Reading long texts is slow. We propose FastThing, which reads only what matters in a text."
OWN = "FastThing은 글에서 중요한 부분만 읽습니다."
QUOTE = "We propose FastThing, which reads only what matters in a text."


@pytest.fixture
def editor() -> User:
    return User.objects.create_superuser("ed", "ed@example.org", "secret")


@pytest.fixture
def section() -> Section:
    item = build.item("FastThing: Reading Less", summary=SUMMARY, language="en")
    digest = build.digest(state=Digest.State.IN_REVIEW)
    text = f"### 핵심 내용\n\n1. **[FastThing, 덜 읽기]({item.url})** — {OWN}"
    return build.section(digest, build.category(), items=[item], text=text, origin=Section.Origin.MODEL)


@pytest.fixture
def serve(settings: Any) -> Iterator[Any]:
    cache.clear()
    settings.LLM_VERIFY, settings.LLM_MODEL, settings.LLM_TIMEOUT = True, "small", 5
    stack: list[Any] = []

    def start(verdict: str = "supported", quote: str = QUOTE, then: Any = None) -> llmserver.LLM:
        def reply(prompt: str, _items: llmserver.Items) -> dict[str, Any]:
            rows = llmserver.sentences_in(prompt)
            return {"verdicts": [{"sentence": one["sentence"], "verdict": verdict, "quote": quote} for one in rows]}

        context = llmserver.serve_llm(then=then or reply)
        stack.append(context)
        server = context.__enter__()
        settings.OPENAI_BASE_URL = server.url
        return server

    yield start
    for context in stack:
        context.__exit__(None, None, None)


def records(section: Section) -> list[tuple[str, str, str]]:
    section.refresh_from_db()
    return [(one["text"], one["verdict"], one["passages"][0]["quote"]) for one in section.evidence]


def test_an_editors_sentence_gets_the_passage_that_was_quoted(section, editor, serve):
    serve()

    asked = confirm.confirm_section(section, by=editor)

    assert (asked, section_checks.is_unverified(section)) == (2, True)
    assert records(section) == [("FastThing, 덜 읽기", "supported", QUOTE), (OWN, "supported", QUOTE)]
    assert section_checks.is_unverified(section) is False


def test_a_second_time_nobody_is_asked(section, editor, serve):
    server = serve()
    confirm.confirm_section(section, by=editor)

    assert (confirm.confirm_section(section, by=editor), len(server.requests)) == (0, 1)


def test_a_contradiction_is_a_finding_that_blocks(section, editor, serve):
    serve("contradicted", "Reading long texts is slow.")

    confirm.confirm_section(section, by=editor)

    section.refresh_from_db()
    assert {(one["code"], one["weight"]) for one in section.findings if one["gate"] == "verify"} == {
        ("verify.contradicted", "block")
    }


def test_what_is_edited_afterwards_is_open_again(section, editor, serve):
    serve()
    confirm.confirm_section(section, by=editor)
    section.refresh_from_db()

    edit.change_section(
        section, seen=edit.compute_version(section), by=editor, text=section.text.replace("중요한", "사소한")
    )

    section.refresh_from_db()
    assert section_checks.is_unverified(section) is True


def test_a_verdict_voids_the_approval(section, editor, serve):
    serve()
    approve_digest(section.digest)

    confirm.confirm_section(section, by=editor)

    section.digest.refresh_from_db()
    assert (section.digest.state, is_as_approved(section.digest)) == (Digest.State.IN_REVIEW, False)


def test_its_cost_is_on_the_digest(section, editor, serve):
    serve()

    confirm.confirm_section(section, by=editor)

    section.digest.refresh_from_db()
    assert (section.digest.tokens_in, section.digest.tokens_out) == (1000, 100)


def test_nothing_is_kept_where_the_text_changed_meanwhile(section, editor, serve):
    def meanwhile(prompt: str, items: llmserver.Items) -> dict[str, Any]:
        return llmserver.verdicts(prompt, items)

    server = serve(then=meanwhile)
    seen = confirm._load_section(section.pk)
    Section.objects.filter(pk=section.pk).update(text="다른 글입니다.")

    with pytest.raises(EditError, match="Someone else changed this"):
        confirm._save_verdicts(seen, [], Verification({}, Bill()), editor)
    assert (records(section), server.requests) == ([], [])


@pytest.mark.parametrize(("then", "words"), [("key", "rejected the API key"), ("words", "wrong format")])
def test_a_model_that_fails_changes_nothing(section, editor, serve, then, words):
    serve(then=then)

    with pytest.raises(EditError, match=words):
        confirm.confirm_section(section, by=editor)
    assert records(section) == []


def test_without_a_model_it_says_what_to_set_up(section, editor, settings):
    settings.LLM_VERIFY = True

    with pytest.raises(EditError, match="Set up an AI model first"):
        confirm.confirm_section(section, by=editor)


def test_a_sent_issue_is_left_alone(section, editor, serve):
    server = serve()
    Digest.objects.update(released_at=section.digest.date.isoformat() + "T08:00Z")

    with pytest.raises(EditError, match="has been sent"):
        confirm.confirm_section(section, by=editor)
    assert server.requests == []


def test_the_page_offers_it_and_says_what_was_done(section, editor, serve, client: Client):
    serve()
    client.force_login(editor)
    page = reverse("admin:digests_digest_review", args=[section.digest_id])

    before = client.get(page, headers={"accept-language": "en"}).content.decode()
    done = client.post(
        reverse("admin:digests_digest_do", args=[section.digest_id]),
        {"section": section.pk, "do": "verify"},
        follow=True,
        headers={"accept-language": "en"},
    ).content.decode()

    assert before.count('value="verify"') == 1
    assert ("2 sentences were checked against their sources." in done, done.count('value="verify"')) == (True, 0)
    assert (done.count(f"passage-{section.pk}-1-"), "Checked by rules and by small" in done) == (2, True)

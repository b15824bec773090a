"""The pages of the editor's admin over HTTP: review, saving, orders, approval, history, sources, categories."""

import datetime as dt
import json
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from digests.llm.model_problems import ModelProblem
from digests.models import Category, Collection, Digest, Entry, Item, Rewrite, Section, Source
from digests.models.links import Link
from digests.quality.findings import make_finding
from digests.quality.section_checks import find_blocked_sections
from digests.review import edit, reorder
from digests.review.approve import approve_digest, fingerprint_digest
from digests.review.edit import EditError, compute_version, drop_section
from digests.sources.source_problems import FetchProblem
from digests.text.messages import OtherCode, make_message
from tests import build
from tests.feedserver import feed_server, rss, rss_item
from tests.newsletter.site.page import FORBIDDEN, NOT_FOUND, status_and_heading

pytestmark = pytest.mark.django_db


@pytest.fixture
def digest():
    robots, language = build.category("robots"), build.category("language")
    publication = build.publication(categories=[robots, language], sources=[build.source()])
    made = build.digest(publication, state="in_review")
    build.section(made, robots, text="First.")
    build.section(made, language, text="Second.")
    return made


def _staff(client, role: str) -> User:
    person = User.objects.create_user(f"a {role}", email=f"{role}@example.org", is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)
    return person


@pytest.fixture
def editor(client):
    return _staff(client, "editor")


@pytest.fixture
def publisher(client):
    return _staff(client, "publisher")


def _url(name: str, digest: Digest) -> str:
    return reverse(f"admin:digests_digest_{name}", args=[digest.pk])


def _sections(digest: Digest) -> list[tuple[str, str, str]]:
    return list(digest.sections.values_list("category__slug", "text", "verdict"))


def _message_texts(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_review_shows_each_section_beside_its_abstract(client, editor, digest):
    page = client.get(_url("review", digest))

    assert [desk.section.category.slug for desk in page.context["desks"]] == ["robots", "language"]
    for section in digest.sections.all():
        summary = section.items.get().item.summary
        assert page.content.decode().count(f'<p class="abstract" lang="en">{summary}</p>') == 1


@pytest.mark.parametrize(
    ("language", "digest_said", "section_said"),
    [
        ("en", "12,345 tokens in, 678 out, 0.0152 USD", "1,000 tokens in, 90 out, no price set"),
        ("ko", "입력 12,345토큰, 출력 678토큰, 0.0152 USD", "입력 1,000토큰, 출력 90토큰, 단가 설정 없음"),
    ],
)
def test_review_tells_what_the_model_was_paid(client, editor, digest, language, digest_said, section_said):
    Digest.objects.update(tokens_in=12345, tokens_out=678, cost="0.0152")
    digest.sections.filter(pk=digest.sections.first().pk).update(tokens_in=1000, tokens_out=90)

    page = client.get(_url("review", digest), headers={"accept-language": language}).content.decode()

    assert [
        " ".join(said.split()) for said in re.findall(r'<span class="cost quiet">(.*?)</span>', page, re.DOTALL)
    ] == [digest_said, section_said]


@pytest.mark.parametrize("sections", [1, 3])
def test_review_asks_the_database_as_often_for_many_sections(
    client, editor, digest, sections, django_assert_num_queries
):
    for _ in range(sections - 1):
        section = build.section(digest, build.category(), items=[build.item(), build.item()])
        source = build.source()
        for line in section.items.all():
            Entry.objects.create(
                source=source, item=line.item or build.item(), guid=str(line.pk), url=line.url, title=line.title
            )

    with django_assert_num_queries(18):
        client.get(_url("review", digest))


def test_review_shows_a_withdrawn_paper_with_the_reason(client, editor, digest):
    why = "This paper has been withdrawn by the author."
    line = digest.sections.get(position=0).items.get()
    Item.objects.filter(pk=line.item_id).update(withdrawn=why, withdrawn_at=timezone.now())
    gone = build.item("A Paper That Nobody Took", withdrawn=why, published_at=line.item.published_at)
    source = digest.publication.sources.get()
    Entry.objects.create(source=source, item=gone, guid="1", url=gone.url, title=gone.title)
    day = digest.publication.today(gone.published_at)
    Digest.objects.filter(pk=digest.pk).update(date=day)

    page = client.get(_url("review", digest), headers={"accept-language": "en"})
    content = page.content.decode()

    assert (
        " ".join(content.split()).count(
            f'<span class="badge wrong">Withdrawn</span> <span class="quiet" lang="en">{why}</span>'
        )
        == 1
    )
    assert [one["text"] for one in page.context["desks"][0].findings if one["weight"] == "block"] == [
        f"Item 1 was withdrawn: {why}"
    ]
    assert page.context["blockers"] == [f"“{digest.sections.get(position=0)}” has a problem that must be fixed first."]
    assert list(page.context["kept_out"]) == [gone]
    assert content.count(f'<summary lang="en">{gone.title}</summary>') == 1

    with override("ko"), pytest.raises(EditError, match=r"^철회된 논문입니다\.$"):
        reorder.add_section_item(digest, gone, digest.sections.get(position=0).category, by=editor)


def test_review_names_each_source_once(client, editor, digest):
    line = digest.sections.get(position=0).items.get()
    first, second = build.source(name="First feed"), build.source(name="Second feed")
    for n, source in enumerate((first, second, first)):
        Entry.objects.create(source=source, item=line.item, guid=str(n), url=line.url, title=line.title)

    page = client.get(_url("review", digest)).content.decode()

    assert (page.count(" · First feed"), page.count(" · Second feed")) == (1, 1)


_SAID = {
    "en": "Links to other sites: 1 OK · 2 to check · checking 1…",
    "ko": "외부 링크: 1개 정상 · 2개 확인 필요 · 1개 확인 중…",
}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_links_are_listed_the_worst_first_with_their_sections(client, editor, language):
    made = build.digest(state="in_review", date=timezone.localdate())
    items = [build.item(url=f"https://example.org/{n}x") for n in range(4)]
    section = build.section(made, build.category(), items=items)
    for item, state, detail in zip(
        items[:3],
        ("moved", "fine", "dead"),
        (
            make_message(OtherCode.TEXT, text="https://example.org/new"),
            {},
            make_message(FetchProblem.STATUS, status="404 Not Found"),
        ),
        strict=True,
    ):
        Link.objects.create(url=item.url, state=state, detail=detail, asked_at=timezone.now())

    part = client.get(_url("links", made), headers={"accept-language": language})

    links = part.context["links"]
    why = {"en": "The server responded with 404 Not Found", "ko": "서버 응답: 404 Not Found"}[language]
    assert [(one.line.url, one.state, one.why) for one in links.warnings] == [
        (items[2].url, "dead", why),
        (items[0].url, "moved", "https://example.org/new"),
    ]
    page = part.content.decode()
    first = re.search(r"<p.*?</p>", page, re.DOTALL)
    assert first is not None
    assert " ".join(re.sub(r"<[^>]+>", "", first[0]).split()) == _SAID[language]
    assert (page.count("data-wait"), page.count(f"{section}</span>")) == (1, 2)
    review = client.get(_url("review", made), headers={"accept-language": language}).content.decode()
    assert review.count(why) == 1


def test_links_of_a_digest_that_is_not_reviewed_wait_for_nobody(client, editor):
    made = build.approve_unchecked(build.digest())
    build.section(made, build.category())

    page = client.get(_url("links", made), headers={"accept-language": "en"}).content.decode()

    assert (page.count("data-wait"), page.count("1 not checked (only issues in review are checked)")) == (0, 1)


def test_review_says_that_a_link_inside_stops_the_approval(client, editor, digest, settings):
    settings.FETCH_ALLOW_PRIVATE = False
    line = digest.sections.get(position=0).items.get()
    type(line).objects.filter(pk=line.pk).update(url="http://[::1]/admin")

    page = client.get(_url("review", digest), headers={"accept-language": "en"})

    expected_text = f"The link of “{line.title}” points to a private network. Remove this item."
    assert expected_text in page.context["blockers"]
    assert page.content.decode().count('<span class="badge wrong">Link points to a private network</span>') == 1


def test_review_shows_what_an_approval_would_refuse(client, editor, digest):
    line = digest.sections.get(position=0).items.get()
    earlier = build.section(build.digest(digest.publication, date=digest.date - dt.timedelta(days=1)), build.category())
    earlier.items.update(item=line.item, title=line.title, url=line.url)

    page = client.get(_url("review", digest), headers={"accept-language": "en"})

    shown = [one["text"] for desk in page.context["desks"] for one in desk.findings if one["weight"] == "block"]
    refused = [one.sentence for _section, found in find_blocked_sections(digest) for one in found]
    assert shown == refused == [f"Item 1 was already published: {line.title}"]


@pytest.mark.parametrize(("released_at", "lists"), [(None, 1), (timezone.now(), 0)])
def test_review_of_what_was_sent_asks_for_no_mending(client, editor, digest, released_at, lists):
    Section.objects.filter(digest=digest, position=0).update(verdict=Section.Verdict.HELD)
    Digest.objects.filter(pk=digest.pk).update(released_at=released_at)

    page = client.get(_url("review", digest), headers={"accept-language": "en"})

    assert page.content.decode().count("Fix these before you approve:") == lists


@pytest.mark.parametrize("digests", [1, 3])
def test_digest_list_asks_the_database_as_often_for_many(client, editor, digests, django_assert_num_queries):
    for _ in range(digests):
        build.section(build.digest(), build.category())

    with django_assert_num_queries(9):
        client.get(reverse("admin:digests_digest_changelist"))


def test_digest_list_says_who_approved(client, editor, digest):
    ann = User.objects.create_user("ann")
    for fields in ({"by": ann}, {"clock": True}, {}):
        made = build.digest(state="in_review")
        build.section(made, build.category())
        approve_digest(made, **fields)
    client.cookies["django_language"] = "en"
    page = client.get(reverse("admin:digests_digest_changelist"))

    rows = page.context["cl"].result_list
    signed = [str(page.context["cl"].model_admin.signed(row)) for row in rows]
    assert sorted(signed) == sorted(["ann", "automatic", "–", "–"])  # and the one that nobody approved


def test_review_says_that_the_clock_approved(client, editor, digest):
    approve_digest(digest, clock=True)
    client.cookies["django_language"] = "en"
    page = client.get(_url("review", digest)).content.decode()

    assert (page.count("Approved automatically, "), page.count("No one has reviewed it")) == (1, 1)


def test_review_says_what_the_clock_left_out_and_why(client, editor, digest):
    section = digest.sections.get(position=0)
    drop_section(section, by=None, reason=make_message(ModelProblem.REFUSED))
    approve_digest(digest, clock=True)
    page = client.get(_url("review", digest))

    assert page.context["left_by_clock"] == [(str(section), "모델이 응답을 거절했습니다")]
    edit.restore_section(section, by=editor)
    assert client.get(_url("review", digest)).context["left_by_clock"] == []


def test_changes_name_the_clock_and_its_reason(client, editor, digest):
    drop_section(
        digest.sections.get(position=0),
        by=None,
        reason=make_finding("numbers.unknown", found="15%", span=(0, 1), part="text").message,
    )
    client.cookies["django_language"] = "en"
    page = client.get(_url("changes", digest)).content.decode()

    assert (page.count("<td>automatic</td>"), page.count("This number isn’t in the item’s source: 15%")) == (1, 1)


def _ask(client, digest: Digest, **values: object):
    return _do(client, digest, do="rewrite", section=digest.sections.get(position=0).pk, **values)


def test_rewrite_is_asked_for_and_shown_until_it_is_there(client, editor, digest, settings):
    settings.OPENAI_BASE_URL = "http://localhost:9/v1"
    page = _ask(client, digest, hint="Shorter")
    section = digest.sections.get(position=0)

    assert [desk.wish.hint for desk in page.context["desks"] if desk.wish] == ["Shorter"]
    open_rewrites = client.get(_url("wishes", digest)).json()["open"]
    assert list(open_rewrites) == [str(section.pk)]
    assert open_rewrites[str(section.pk)]["started"] is False

    page = _do(client, digest, do="cancel", section=section.pk)
    assert [desk.wish for desk in page.context["desks"]] == [None, None]
    assert client.get(_url("wishes", digest)).json() == {"open": {}}


def test_rewrite_that_failed_says_why_until_it_was_seen(client, editor, digest, settings):
    settings.OPENAI_BASE_URL = "http://localhost:9/v1"
    _ask(client, digest)
    Rewrite.objects.update(outcome="failed", reason=make_message(ModelProblem.REFUSED), finished_at=timezone.now())
    page = client.get(_url("review", digest))
    assert [desk.why for desk in page.context["desks"]] == ["모델이 응답을 거절했습니다", ""]

    page = _do(client, digest, do="dismiss", section=digest.sections.get(position=0).pk)
    assert [desk.wish for desk in page.context["desks"]] == [None, None]


def test_rewrite_without_a_model_says_so(client, editor, digest):
    page = _ask(client, digest)

    assert _message_texts(page) == ["AI 모델을 설정하지 않아 다시 쓸 수 없습니다."]
    assert (Rewrite.objects.count(), page.content.decode().count("다시 쓰기: AI 모델을 설정해야 합니다")) == (0, 2)


def test_rewrite_is_not_for_who_may_only_look(client, digest, settings):
    settings.OPENAI_BASE_URL = "http://localhost:9/v1"
    person = User.objects.create_user("looker", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_digest"))
    client.force_login(person)

    assert status_and_heading(_ask(client, digest)) == FORBIDDEN
    assert Rewrite.objects.count() == 0


def test_change_page_leads_to_the_review(client, editor, digest):
    response = client.get(reverse("admin:digests_digest_change", args=[digest.pk]))

    assert response["Location"] == _url("review", digest)


def test_review_of_no_digest_is_not_found(client, editor):
    page = client.get(reverse("admin:digests_digest_review", args=[4711]))

    assert status_and_heading(page) == NOT_FOUND


def _save(client, digest: Digest, **values: object):
    return client.post(_url("save", digest), values)


def test_save_writes_a_text_and_tells_the_next_version(client, editor, digest):
    section = digest.sections.get(position=0)
    answer = _save(
        client, digest, section=section.pk, name="text", value="**New.**", seen=compute_version(section)
    ).json()

    section.refresh_from_db()
    assert (section.text, answer["version"], answer["html"]) == (
        "**New.**",
        compute_version(section),
        "<p><strong>New.</strong></p>",
    )


def test_save_on_an_old_version_tells_what_stands_there(client, editor, digest):
    section = digest.sections.get(position=0)
    seen = compute_version(section)
    _save(client, digest, section=section.pk, name="text", value="Theirs.", seen=seen)
    answer = _save(client, digest, section=section.pk, name="text", value="Mine.", seen=seen)

    section.refresh_from_db()
    assert (answer.status_code, answer.json()["value"], section.text) == (409, "Theirs.", "Theirs.")


def test_save_gives_a_fingerprint_only_to_who_read_everything(client, editor, digest):
    section = digest.sections.get(position=0)
    known = _save(
        client,
        digest,
        section=section.pk,
        name="text",
        value="New.",
        seen=compute_version(section),
        fingerprint=fingerprint_digest(digest),
    )
    section.refresh_from_db()
    unknown = _save(
        client,
        digest,
        section=section.pk,
        name="text",
        value="Newer.",
        seen=compute_version(section),
        fingerprint="old",
    )

    assert known.json()["fingerprint"] != ""
    assert unknown.json()["fingerprint"] == ""


@pytest.mark.parametrize("name", ["position", "verdict", "", "pk", "by", "seen", "section"])
def test_save_takes_no_other_field(client, editor, digest, name):
    section = digest.sections.get(position=0)

    answer = _save(client, digest, section=section.pk, name=name, value="9", seen=compute_version(section))
    assert (answer.status_code, answer.json()) == (422, {"error": f"고칠 수 없는 항목입니다: {name}"})


def test_save_of_a_section_of_another_digest_is_not_found(client, editor, digest):
    other = build.section(build.digest(), build.category())

    answer = _save(client, digest, section=other.pk, name="text", value="x", seen=compute_version(other))
    assert status_and_heading(answer) == NOT_FOUND


def test_render_shows_hostile_words_as_words(client, editor, digest):
    section = digest.sections.get(position=0)
    text = "<script>alert(1)</script>[here](javascript:alert(1))"
    answer = client.post(_url("render", digest), {"section": section.pk, "text": text})

    assert answer.json() == {"html": "<p>&lt;script&gt;alert(1)&lt;/script&gt;here</p>"}


def _do(client, digest: Digest, **values: object):
    return client.post(_url("do", digest), values, follow=True)


def test_good_leads_to_the_next_unread_section(client, editor, digest):
    first, second = digest.sections.all()
    response = _do(client, digest, do="good", section=first.pk)

    assert response.redirect_chain[-1][0] == f"{_url('review', digest)}#section-{second.pk}"
    assert _sections(digest) == [("robots", "First.", "good"), ("language", "Second.", "")]


@pytest.mark.parametrize(
    ("order", "left"),
    [
        ("hold", [("robots", "First.", "held"), ("language", "Second.", "")]),
        ("drop", [("robots", "", ""), ("language", "Second.", "")]),
        ("down", [("language", "Second.", ""), ("robots", "First.", "")]),
        ("up", [("robots", "First.", ""), ("language", "Second.", "")]),
    ],
)
def test_orders_change_the_digest(client, editor, digest, order, left):
    _do(client, digest, do=order, section=digest.sections.get(position=0).pk)

    assert _sections(digest) == left


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"do": "explode"},
        {"do": "good"},
        {"do": "good", "section": "²"},
        {"do": "good", "section": "9" * 30},
        {"do": "move", "section": "1", "line": "x", "category": "-1"},
        {"do": "in", "category": "1"},
    ],
)
def test_orders_of_nonsense_change_nothing(client, editor, digest, values):
    response = _do(client, digest, **values)

    assert response.status_code in {200, 404}
    assert _sections(digest) == [("robots", "First.", ""), ("language", "Second.", "")]


def test_move_takes_a_source_to_another_section(client, editor, digest):
    first, second = digest.sections.all()
    _do(client, digest, do="move", section=first.pk, line=first.items.get().pk, category=second.category_id)

    assert [section.items.count() for section in digest.sections.all()] == [0, 2]


def _sign(client, digest: Digest, **values: object):
    return client.post(_url("approve", digest), values, follow=True)


def test_approve_binds_to_what_was_read(client, publisher, digest):
    _sign(client, digest, do="approve", seen=fingerprint_digest(digest))

    digest.refresh_from_db()
    assert (digest.state, digest.approved_by, digest.approved_hash) == (
        "approved",
        publisher,
        fingerprint_digest(digest),
    )


def test_approve_of_what_changed_since_is_refused(client, publisher, digest):
    seen = fingerprint_digest(digest)
    digest.sections.filter(position=0).update(text="Slipped in.")
    response = _sign(client, digest, do="approve", seen=seen)

    digest.refresh_from_db()
    assert digest.state == "in_review"
    assert _message_texts(response) == ["페이지를 연 뒤에 내용이 바뀌었습니다. 다시 확인하고 승인해 주세요."]


def test_approve_with_a_held_section_is_refused(client, publisher, digest):
    digest.sections.filter(position=0).update(verdict="held")
    _sign(client, digest, do="approve", seen=fingerprint_digest(digest))

    digest.refresh_from_db()
    assert digest.state == "in_review"


def test_reopen_takes_the_approval_back_but_not_after_sending(client, publisher, digest):
    approve_digest(digest)
    _sign(client, digest, do="reopen")
    digest.refresh_from_db()
    assert digest.state == "in_review"

    approve_digest(digest)
    Digest.objects.filter(pk=digest.pk).update(released_at=timezone.now())
    _sign(client, digest, do="reopen")
    digest.refresh_from_db()
    assert digest.state == "approved"


def test_changes_show_the_difference_to_the_draft(client, editor, digest):
    section = digest.sections.get(position=0)
    _save(client, digest, section=section.pk, name="text", value="First and last.", seen=compute_version(section))
    page = client.get(_url("changes", digest))

    ((shown, pieces),) = page.context["sections"]
    assert (shown, [(piece.kind, piece.words) for piece in pieces]) == (
        section,
        [("del", "First."), ("ins", "First and last.")],
    )


def test_try_source_says_why_it_cannot(client, editor):
    page = client.post(reverse("admin:digests_source_try"), {"url": "http://nobody.invalid/feed", "kind": "feed"})

    assert page.status_code == 200
    assert "entries" not in page.context
    assert Source.objects.count() == 0


@pytest.mark.parametrize(
    ("days", "expected_text"),
    [("7", "3 entries, 2 rejected: 1 without a usable link, 1 older than 7 days."), ("0", "3 entries, 1 rejected: without a usable link."), ("", "3 entries, 2 rejected: 1 without a usable link, 1 older than 7 days.")],
)  # fmt: skip
def test_try_source_says_what_would_be_refused_and_why(client, editor, days, expected_text):
    items = [
        rss_item("New", "https://example.org/1"),
        rss_item("Old", "https://example.org/2", date="2015-01-01"),
        rss_item("Nowhere", "javascript:x"),
    ]
    client.cookies["django_language"] = "en"
    with feed_server() as server:
        server.serve("/new", rss(*items))
        form = {"url": server.redirect("/feed", "/new", 301), "kind": "feed", "max_age_days": days}
        page = client.post(reverse("admin:digests_source_try"), form)
    shown = page.content.decode()
    assert shown.count(expected_text) == shown.count(f"<code>{server.url}/new</code>") == 1
    assert shown.count("rejected: older than 7 days") == (0 if days == "0" else 1)


@pytest.mark.parametrize("selectors", ["{", "[]", '{"title": 1}'])
def test_try_source_with_selectors_of_nonsense_says_so(client, editor, selectors):
    page = client.post(
        reverse("admin:digests_source_try"), {"url": "http://a.test/", "kind": "page", "selectors": selectors}
    )

    assert (page.status_code, "problem" in page.context) == (200, True)


def test_source_page_shows_its_last_visits(client, editor):
    source = build.source()
    refusals = [{"reason": "old", "days": 7, "n": 2}, {"reason": "link", "days": 0, "n": 1}]
    Collection.objects.create(source=source, entries=5, new=2, refused=3, refusals=refusals)
    client.cookies["django_language"] = "ko"
    page = client.get(reverse("admin:digests_source_change", args=[source.pk]))

    expected_text = "7일보다 오래됨 2개, 쓸 수 있는 링크 없음 1개"
    assert [(visit.entries, visit.reasons) for visit in page.context["visits"]] == [(5, expected_text)]
    assert page.content.decode().count(expected_text) == 1
    visits = client.get(reverse("admin:digests_collection_changelist"))
    assert visits.content.decode().count(expected_text) == 1


def test_category_form_keeps_other_languages(client, editor):
    category = build.category("robots", names={"ko": "로봇", "en": "Robots", "ja": "ロボット"}, keywords=["arm"])
    client.post(
        reverse("admin:digests_category_change", args=[category.pk]),
        {
            "name_ko": "로보틱스",
            "name_en": "Robotics",
            "emoji": "🤖",
            "color": "#112233",
            "position": "3",
            "words": "arm\n\n gripper \narm",
        },
    )

    category.refresh_from_db()
    assert category.names == {"ko": "로보틱스", "en": "Robotics", "ja": "ロボット"}
    assert (category.slug, category.keywords, category.color) == ("robots", ["arm", "gripper"], "#112233")


def test_category_log_names_what_was_changed_and_nothing_else(client, editor):
    category = build.category("robots", names={"ko": "로봇", "en": "Robots"}, keywords=["arm", "gripper"])
    values = {"name_ko": "로봇", "name_en": "Robotics", "color": category.color, "emoji": category.emoji}
    client.post(
        reverse("admin:digests_category_change", args=[category.pk]),
        {**values, "position": category.position, "words": "arm\r\ngripper"},
    )

    assert LogEntry.objects.get().get_change_message() == "이름 (영어)가 변경되었습니다."


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_ask_the_database_as_often_for_many(client, editor, rows, django_assert_num_queries):
    for _ in range(rows):
        Collection.objects.create(source=build.source())
        build.category()
    for name, queries in [("source", 8), ("category", 8)]:
        with django_assert_num_queries(queries):
            client.get(reverse(f"admin:digests_{name}_changelist"))


def test_json_answers_are_no_pages(client, editor, digest):
    section = digest.sections.get(position=0)
    answer = _save(client, digest, section=section.pk, name="heading", value="", seen=compute_version(section))

    assert (answer.status_code, list(json.loads(answer.content))) == (422, ["error"])
    assert Section.objects.get(pk=section.pk).heading == section.heading
    assert Category.objects.count() == 2


def test_color_of_a_category_has_the_attributes_that_html_allows(admin_client):
    page = admin_client.get(reverse("admin:digests_category_add")).content.decode()

    (field,) = re.findall(r'<input type="color"[^>]*>', page)
    assert re.findall(r" ([a-z]+)(?==| |>)", field) == ["type", "name", "value", "id"]

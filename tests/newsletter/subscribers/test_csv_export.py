"""CSV export of readers: the columns, formulas, suppressed addresses, and that the import reads it back."""

import csv
import datetime as dt
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils.translation import override

from newsletter.models import Import, Subscriber, Subscription, Suppression
from newsletter.subscribers import csv_export
from newsletter.subscribers.csv_import import jobs
from tests import build
from tests.newsletter.site.page import FORBIDDEN, status_and_heading

pytestmark = pytest.mark.django_db
REFUSED = [
    ("eve@example.org", "complaint"),
    ("fay@example.org", "bounce"),
    ("gus@example.org", "manual"),
    ("hal@example.org", "blocked"),
]
DAY = dt.datetime(2026, 5, 20, 8, 11, 12, tzinfo=dt.UTC)


@pytest.fixture
def papers():
    return build.publication(slug="papers", categories=[build.category("llm"), build.category("robots")])


def _reader(publication, email: str, *, categories=(), language="ko", time_zone="", **values: str) -> Subscription:
    reader = build.subscriber(email, language=language, time_zone=time_zone)
    made = build.subscription(publication, list(categories), subscriber_=reader, **values)
    Subscription.objects.filter(pk=made.pk).update(confirmed_at=None if made.state == "pending" else DAY)
    return made


def _lines() -> list[dict[str, str]]:
    text = "".join(csv_export.iterate_csv_text(Subscription.objects.all()))
    return sorted(csv.DictReader(text.removeprefix("\ufeff").splitlines()), key=lambda line: line["email"])


def test_lines_tell_what_is_kept(papers):
    both = papers.categories.all()
    _reader(papers, "ann@example.org", categories=both, language="en", time_zone="Asia/Tokyo", consent_source="Desk")
    _reader(papers, "bob@example.org", state="pending", consent_text="2026-11")
    Suppression.objects.create(email="ANN@example.org", reason="complaint")

    assert [tuple(line.values()) for line in _lines()] == [
        (
            "ann@example.org",
            "en",
            "llm robots",
            "2026-05-20T08:11:12+00:00",
            "Asia/Tokyo",
            "papers",
            "complained",
            "Desk",
        ),
        ("bob@example.org", "ko", "", "", "", "papers", "pending", "sign-up, words of 2026-11"),
    ]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+82", "-1", "@SUM(A1)", "\tx", "\rx", "'=1", "''=1", "＝1", '=HYPERLINK("http://x")']
)
def test_guarded_cell_is_no_formula_and_comes_back(cell):
    assert csv_export.escape_formula(cell) == f"'{cell}"
    assert csv_export.unescape_formula(csv_export.escape_formula(cell)) == cell


@pytest.mark.parametrize("cell", ["", "ann@example.org", "'s Gravenhage", "'", "2026-05-20", "1-1"])
def test_guarded_cell_of_plain_text_is_as_it_was(cell):
    assert (csv_export.escape_formula(cell), csv_export.unescape_formula(cell)) == (cell, cell)


def test_lines_ask_the_database_once_for_many(papers, django_assert_num_queries):
    for n in range(5):
        _reader(papers, f"{n}@example.org", categories=papers.categories.all())
    with django_assert_num_queries(3):
        assert len(_lines()) == 5


def test_export_comes_back_by_the_import(papers):
    llm, robots = papers.categories.order_by("slug")
    news = build.publication(slug="news", categories=[llm])
    both = _reader(papers, "+ann@example.org", categories=[robots], language="en", time_zone="Asia/Tokyo")
    build.subscription(news, [llm], subscriber_=both.subscriber)
    _reader(papers, "bob@example.org", categories=[llm, robots], consent_source="=Conference, “desk” 3")
    for name, state in (("cho", "left"), ("dan", "pending")):
        _reader(papers, f"{name}@example.org", categories=[llm], state=state)
    for email, reason in REFUSED:
        _reader(papers, email, categories=[llm])
        Suppression.objects.create(email=email, reason=reason)
    data = "".join(csv_export.iterate_csv_text(Subscription.objects.all())).encode()
    mine = {"'+ann@example.org", "bob@example.org"}
    before = [line for line in _lines() if line["email"] in mine and line["publication"] == "papers"]

    Subscriber.objects.all().delete()
    Suppression.objects.all().delete()
    assert _imported(data, papers) == {
        "new": 2,
        "elsewhere": 1,
        "left": 1,
        "unconfirmed": 1,
        "complained": 1,
        "bounced": 1,
        "suppressed": 1,
        "blocked": 1,
    }
    exported = {line["email"]: line | {"confirmed_at": line["confirmed_at"][:10]} for line in _lines()}
    kept = {line["email"]: line | {"confirmed_at": line["confirmed_at"][:10]} for line in before}
    kept["'+ann@example.org"]["consent_source"] = "An export"  # the line said nothing of it
    assert {email: line for email, line in exported.items() if email in kept} == kept
    assert {email: line["state"] for email, line in exported.items() if email not in kept} == {
        "cho@example.org": "left"
    }
    assert sorted(Suppression.objects.values_list("email", "reason")) == REFUSED


def _imported(data: bytes, publication) -> dict[str, int]:
    row = Import(publication=publication, name="readers.csv", consent="An export")
    jobs.start_import(row, io.BytesIO(data))
    jobs.run_due_imports()
    row.refresh_from_db()
    assert (row.mapping["layout"], jobs.confirm_import(row)) == ("Daily Insights", True)
    jobs.run_due_imports()
    row.refresh_from_db()
    return dict(row.counts)


# The page


@pytest.fixture
def support(client):
    person = User.objects.create_user("support", is_staff=True)
    person.groups.add(Group.objects.get(name="support"))
    client.force_login(person)


def _export(client, query: str = "") -> list[tuple[str, str]]:
    response = client.post(reverse("admin:newsletter_export") + query)
    text = b"".join(response.streaming_content).decode()
    return sorted((line["email"], line["publication"]) for line in csv.DictReader(text[1:].splitlines()))


def test_export_is_what_the_list_shows(client, support, papers):
    news = build.publication(slug="news", categories=[build.category("x")])
    ann = _reader(papers, "ann@example.org", categories=papers.categories.all()).subscriber
    build.subscription(news, [], subscriber_=ann)
    _reader(papers, "bob@example.com", state="left")

    assert _export(client) == [
        ("ann@example.org", "news"),
        ("ann@example.org", "papers"),
        ("bob@example.com", "papers"),
    ]
    assert _export(client, f"?publication={papers.pk}") == [
        ("ann@example.org", "papers"),
        ("bob@example.com", "papers"),
    ]
    assert _export(client, "?state=left") == [("bob@example.com", "papers")]
    assert _export(client, "?q=example.org&p=7") == [("ann@example.org", "news"), ("ann@example.org", "papers")]
    assert _export(client, "?q=nobody") == []


def test_export_of_the_list_offers_what_it_was_narrowed_by(client, support, papers):
    _reader(papers, "ann@example.org")
    page = client.get(reverse("admin:newsletter_subscriber_changelist") + "?state=active&q=ann").content.decode()

    assert f'action="{reverse("admin:newsletter_export")}?q=ann&amp;state=active"' in page


def test_export_is_logged_without_the_address_that_was_searched_for(client, support, papers):
    _reader(papers, "ann@example.org")
    with override("en"):
        _export(client, "?q=ann@example.org&state=active")
    entry = LogEntry.objects.get()

    assert entry.change_message == "구독자를 CSV로 내보냈습니다 (state=active, 검색). 1줄을 모두 내보냈습니다."
    assert entry.user.username == "support"


def test_export_that_is_broken_off_says_so_in_the_log(client, support, papers):
    _reader(papers, "ann@example.org")
    response = client.post(reverse("admin:newsletter_export"))
    next(response.streaming_content)
    response._iterator.close()  # as the server does; `close` of the response would end the test's connection as well

    assert (
        LogEntry.objects.get().change_message == "구독자를 CSV로 내보냈습니다 (전체). 0줄까지 내보내고 중단되었습니다."
    )


def test_export_is_asked_for_by_post(client, support):
    answer = client.get(reverse("admin:newsletter_export"))

    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("role", ["editor", "publisher"])
def test_export_is_refused_to_roles_that_see_no_address(client, papers, role):
    person = User.objects.create_user(role, is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    client.force_login(person)

    assert status_and_heading(client.post(reverse("admin:newsletter_export"))) == FORBIDDEN
    assert LogEntry.objects.count() == 0

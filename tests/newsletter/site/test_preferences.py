"""What the links in an email may do: by a button, never by a GET, and at once for a mail program's POST."""

import datetime as dt
import zoneinfo

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from digests.models import Publication
from digests.text.localization import format_full_date, format_moment
from newsletter.models import Event, LeaveReason, SignupRequest, Subscriber, Subscription, TransactionalMail
from newsletter.subscribers import antispam, consent
from newsletter.subscribers.links import make_manage_url, make_token, make_unsubscribe_url
from tests import build
from tests.newsletter.site import page, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def publication() -> Publication:
    return rows.publication()


@pytest.fixture
def subscription(publication: Publication) -> Subscription:
    chosen = list(publication.categories.filter(slug__in=["llm", "vision"]))
    return build.subscription(publication, chosen, subscriber_=build.subscriber("me@example.org", language="en"))


def path(url: str, settings: Settings) -> str:
    return url.removeprefix(settings.SITE_URL)


@pytest.fixture
def manage(subscription: Subscription, settings: Settings) -> str:
    return path(make_manage_url(subscription.pk, subscription.subscriber.link_key), settings)


@pytest.fixture
def leave(subscription: Subscription, settings: Settings) -> str:
    return path(make_unsubscribe_url(subscription.pk, subscription.subscriber.link_key), settings)


def state(subscription: Subscription) -> tuple[str, list[str]]:
    subscription.refresh_from_db()
    return subscription.state, sorted(subscription.categories.values_list("slug", flat=True))


def says(content: bytes, selector: str = "h1") -> list[str]:
    return page.texts(content, selector)


def test_one_click_leaves_at_once_without_cookie_token_or_redirect(subscription: Subscription, leave: str) -> None:
    program = Client(enforce_csrf_checks=True)

    for address in (leave, f"{leave}/", leave):
        response = program.post(address, {"List-Unsubscribe": "One-Click"})
        assert (response.status_code, dict(response.cookies)) == (200, {})

    assert state(subscription) == ("left", ["llm", "vision"])


def test_one_click_of_https_behind_a_proxy_is_not_redirected(
    subscription: Subscription, leave: str, settings: Settings
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    assert says(Client().post(leave, headers={"X-Forwarded-Proto": "http"}).content) == ["You’ve unsubscribed"]
    assert state(subscription)[0] == "left"


def test_every_link_of_an_email_survives_a_scanner(
    client: Client, subscription: Subscription, leave: str, manage: str
) -> None:
    for address in (leave, f"{leave}/", f"{leave}/llm", manage, f"{manage}?do=revoke", f"{leave}?do=undo"):
        answers = [client.get(address), client.head(address), client.options(address)]
        assert [one.status_code for one in answers] == [200, 200, 405]

    assert state(subscription) == ("active", ["llm", "vision"])
    assert (SignupRequest.objects.count(), TransactionalMail.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_leave_page_asks_and_offers_to_change_instead(
    client: Client, leave: str, manage: str, settings: Settings
) -> None:
    content = client.get(leave).content

    assert says(content) == ["Unsubscribe?"]
    assert says(content, "main button") == ["Unsubscribe"]
    assert page.values(content, "main a", "href") == [f"{settings.SITE_URL}{manage}#pause", settings.SITE_URL + manage]


@pytest.mark.parametrize(("enabled", "links"), [(True, ["/papers/"]), (False, [])])
def test_left_page_says_what_to_do_next(client: Client, leave: str, enabled: bool, links: list[str]) -> None:
    Publication.objects.update(enabled=enabled)

    content = client.post(leave).content

    assert says(content, "main button") == ["Undo", "Send"]
    assert says(content, "main .quiet") == ["You can undo this for one day. After that, sign up again to get it."]
    assert page.values(content, "main a", "href") == links


def test_leave_can_be_undone(client: Client, subscription: Subscription, leave: str) -> None:
    assert says(client.post(leave).content) == ["You’ve unsubscribed"]
    assert says(client.post(leave, {"do": "undo"}).content) == ["Welcome back"]

    assert state(subscription) == ("active", ["llm", "vision"])


def test_leave_of_long_ago_is_not_undone_and_says_so(client: Client, subscription: Subscription, leave: str) -> None:
    client.post(leave)
    assert says(client.get(leave).content, "main button") == ["Undo"]
    Subscription.objects.update(left_at=timezone.now() - consent.UNDO_PERIOD)

    assert says(client.get(leave).content, "main button") == []
    assert says(client.post(leave, {"do": "undo"}).content) == ["You can’t undo this any more"]
    assert state(subscription)[0] == "left"


def test_leave_takes_one_of_its_own_reasons(client: Client, leave: str) -> None:
    client.post(leave)

    for why in ("long", "nonsense", "<script>"):
        assert says(client.post(leave, {"do": "why", "why": why}).content) == ["Thanks for your feedback."]

    assert list(LeaveReason.objects.values_list("reason", flat=True)) == ["long"]


def test_leave_of_one_category_keeps_the_others(client: Client, subscription: Subscription, leave: str) -> None:
    assert says(client.post(f"{leave}/llm").content) == ["You’ve stopped Llm"]
    assert state(subscription) == ("active", ["vision"])

    client.post(f"{leave}/llm", {"do": "undo"})
    assert state(subscription) == ("active", ["llm", "vision"])


def test_leave_of_a_category_that_is_none_is_not_found(client: Client, subscription: Subscription, leave: str) -> None:
    assert page.status_and_heading(client.post(f"{leave}/nonsense")) == (404, "Page not found")
    assert state(subscription)[0] == "active"


@pytest.mark.parametrize("token", ["x", "A" * 32, "A" * 300])
@pytest.mark.parametrize("pattern", ["/u/{}", "/u/{}/llm", "/m/{}/"])
def test_link_that_is_none_of_ours_changes_nothing(
    client: Client, subscription: Subscription, token: str, pattern: str
) -> None:
    assert page.status_and_heading(client.post(pattern.format(token))) == page.STALE_LINK
    assert state(subscription)[0] == "active"


def test_link_of_one_scope_does_nothing_in_another(client: Client, subscription: Subscription) -> None:
    key = subscription.subscriber.link_key

    answers = [
        client.post(f"/u/{make_token('manage', subscription.pk, key)}"),
        client.get(f"/m/{make_token('leave', subscription.pk, key)}/"),
        client.get(f"/o/{make_token('manage', subscription.pk, key)}/"),
    ]
    assert [page.status_and_heading(one) for one in answers] == [page.STALE_LINK] * 3


def test_manage_shows_what_is_chosen(client: Client, manage: str) -> None:
    assert page.values(client.get(manage).content, "input[name=category-papers][checked]") == ["llm", "vision"]


@pytest.mark.parametrize(
    ("first", "second", "folded"), [("active", None, ["news"]), ("left", "active", []), ("left", None, ["news"])]
)
def test_manage_folds_what_is_not_read_and_not_asked_for(
    client: Client, subscription: Subscription, manage: str, first: str, second: str | None, folded: list[str]
) -> None:
    news = build.publication("news", categories=[build.category("business")])
    Subscription.objects.update(state=first)
    if second:
        build.subscription(news, [], subscriber_=subscription.subscriber, state=second)

    content = client.get(manage).content

    assert page.values(content, ".choices details input", "name") == [f"category-{slug}" for slug in folded]


def test_manage_changes_categories_of_several_publications(
    client: Client, subscription: Subscription, manage: str
) -> None:
    news = rows.publication("news")

    response = client.post(
        manage,
        {
            "do": "choose",
            "publication": ["papers", "news"],
            "category-papers": ["audio", "nonsense"],
            "category-news": ["llm"],
        },
    )

    assert says(response.content, "[role=status]") == [
        "Saved. We’ve sent you an email to confirm your new newsletter. The subscription starts when you use the button in it."
    ]
    assert state(subscription) == ("active", ["audio"])
    note = SignupRequest.objects.get()
    assert (note.email, note.publication, note.categories) == ("me@example.org", news, ["llm"])
    assert Subscription.objects.count() == 1


def test_manage_leaves_what_the_page_did_not_show_alone(
    client: Client, subscription: Subscription, manage: str
) -> None:
    rows.publication("news")

    client.post(manage, {"do": "choose", "publication": ["news"], "category-news": ["llm"]})

    assert state(subscription) == ("active", ["llm", "vision"])


def test_manage_with_nothing_chosen_ends_the_subscription(
    client: Client, subscription: Subscription, manage: str
) -> None:
    said = says(client.post(manage, {"do": "choose", "publication": ["papers"]}).content, "[role=status]")

    assert (state(subscription)[0], said) == ("left", ["Saved. You’ve unsubscribed from: Papers"])
    assert page.values(client.get(manage).content, "input[name=category-papers][checked]") == []


def test_manage_pauses_until_a_day_and_ends_the_pause(client: Client, subscription: Subscription, manage: str) -> None:
    reader, day = subscription.subscriber, timezone.localdate() + dt.timedelta(days=14)

    said = says(client.post(manage, {"do": "pause", "until": day.isoformat()}).content, "[role=status]")
    reader.refresh_from_db()
    assert (reader.paused_until, said) == (day, [f"Paused. Emails start again on {format_full_date(day, 'en')}."])

    said = says(client.post(manage, {"do": "resume"}).content, "[role=status]")
    assert said == ["Emails are on again. You’ll get the next issue."]
    reader.refresh_from_db()
    assert reader.paused_until is None


@pytest.mark.parametrize("until", ["", "nonsense", "2020-01-01", "9999-12-31", "today"])
def test_manage_refuses_a_day_that_is_none_to_come(
    client: Client, subscription: Subscription, manage: str, until: str
) -> None:
    until = timezone.localdate().isoformat() if until == "today" else until

    response = client.post(manage, {"do": "pause", "until": until})

    assert says(response.content, ".wrong[role=alert]") == ["Choose a date between tomorrow and one year from now"]
    assert page.values(response.content, "[name=until][aria-invalid=true]", "aria-describedby") == ["until-error"]
    assert page.values(response.content, ".wrong[role=alert] a", "href") == ["#until"]
    assert says(response.content, "#until-error") == ["Choose a date between tomorrow and one year from now"]
    subscription.subscriber.refresh_from_db()
    assert subscription.subscriber.paused_until is None


def test_manage_sets_the_time_zone(client: Client, subscription: Subscription, manage: str) -> None:
    Publication.objects.update(readers_hours=True)
    chosen = []
    for zone in ("Asia/Tokyo", "nonsense", "America/Indiana/Knox", ""):
        content = client.post(manage, {"do": "zone", "zone": zone}).content
        subscription.subscriber.refresh_from_db()
        chosen.append((subscription.subscriber.time_zone, page.values(content, "select[name=zone] option[selected]")))

    assert chosen == [
        ("Asia/Tokyo", ["Asia/Tokyo"]),
        ("Asia/Tokyo", ["Asia/Tokyo"]),
        ("America/Indiana/Knox", ["America/Indiana/Knox"]),
        ("", []),
    ]


def test_manage_says_which_time_zone_counts_now(client: Client, subscription: Subscription, manage: str) -> None:
    Publication.objects.update(readers_hours=True)

    said = [
        says(client.post(manage, {"do": "zone", "zone": zone}).content, "[role=status]")
        for zone in ("Asia/Tokyo", "", "nonsense")
    ]

    assert said == [
        ["Saved. Your time zone is Tokyo (UTC+9), from the next issue."],
        ["Saved. From the next issue, each newsletter’s own time zone is used."],
        [],
    ]


def test_manage_changes_the_language_against_an_earlier_choice_of_this_browser(
    client: Client, subscription: Subscription, manage: str
) -> None:
    client.post("/language/", {"language": "en", "next": "/"})

    said = says(client.post(manage, {"do": "language", "language": "ko"}).content, "[role=status]")

    assert said == ["저장했습니다. 이 페이지와 안내 메일을 한국어로 보여 드립니다."]
    assert says(client.get(manage).content) == ["구독 설정"]


def test_manage_sets_no_cookie_for_a_browser_that_has_chosen_nothing(client: Client, manage: str) -> None:
    assert not client.post(manage, {"do": "language", "language": "ko"}).cookies


@pytest.mark.parametrize(("readers_hours", "zone", "shown"), [(False, "", 0), (True, "", 1), (False, "Asia/Tokyo", 1)])
def test_manage_shows_time_zones_where_they_count_or_one_is_kept(
    client: Client, subscription: Subscription, manage: str, readers_hours: bool, zone: str, shown: int
) -> None:
    Publication.objects.update(readers_hours=readers_hours)
    Subscriber.objects.update(time_zone=zone)

    content = client.get(manage).content

    assert len(page.values(content, "select[name=zone]")) == shown
    assert page.values(content, "select[name=zone] optgroup", "label")[:2] == ["Asia", "Middle East"][: 2 * shown]


def test_manage_speaks_the_language_that_is_chosen(client: Client, subscription: Subscription, manage: str) -> None:
    assert says(client.get(manage).content) == ["Your preferences"]

    assert says(client.post(manage, {"do": "language", "language": "ko"}).content) == ["구독 설정"]
    client.post(manage, {"do": "language", "language": "nonsense"})

    subscription.subscriber.refresh_from_db()
    assert subscription.subscriber.language == "ko"


def test_manage_asks_for_the_owners_link_at_the_address_it_knows(
    client: Client, subscription: Subscription, manage: str
) -> None:
    client.post(manage, {"do": "owner", "email": "thief@example.org"})

    assert list(TransactionalMail.objects.values_list("kind", "email", "subscription")) == [
        ("owner", "me@example.org", subscription.pk)
    ]


def test_manage_sends_only_so_many_mails_and_says_the_same(client: Client, manage: str) -> None:
    answers = {client.post(manage, {"do": "owner"}).content for _ in range(antispam.MAX_REQUESTS_PER_ADDRESS + 2)}

    assert (TransactionalMail.objects.count(), len(answers)) == (antispam.MAX_REQUESTS_PER_ADDRESS, 1)


@pytest.mark.parametrize("do", ["", "nonsense", "__class__", "address", "revoke", "export", "erase"])
def test_manage_with_an_unknown_button_changes_nothing(
    client: Client, subscription: Subscription, manage: str, do: str
) -> None:
    sent = {"do": do, "category-papers": ["audio"], "email": "new@example.org", "sure": "1"}
    content = client.post(manage, sent).content

    assert (says(content), says(content, "[role=status]")) == (["Your preferences"], [])
    assert state(subscription) == ("active", ["llm", "vision"])


@pytest.mark.parametrize("count", [1, 3])
def test_manage_asks_a_fixed_number_of_queries(
    client: Client, subscription: Subscription, manage: str, count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for n in range(count):
        build.subscription(rows.publication(f"more-{n}"), [], subscriber_=subscription.subscriber)

    with django_assert_num_queries(9):
        client.get(manage)


@pytest.mark.parametrize("count", [1, 3])
def test_leave_asks_a_fixed_number_of_queries(
    client: Client, subscription: Subscription, leave: str, count: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:  # fmt: skip
    for n in range(count):
        build.subscription(rows.publication(f"more-{n}"), [], subscriber_=subscription.subscriber)

    with django_assert_num_queries(2):
        client.post(leave)


def test_reader_of_a_closed_publication_may_still_leave_it(
    client: Client, subscription: Subscription, publication: Publication, manage: str
) -> None:
    Publication.objects.update(enabled=False)

    assert says(client.get(manage).content, ".summary") == ["Papers 2 of 3 categories Pause emails Unsubscribe"]
    client.post(manage, {"do": "choose", "publication": ["papers"]})

    assert state(subscription)[0] == consent.LEFT


def test_leave_keeps_one_reason_per_reader_and_mailing_and_the_last_one(
    client: Client, subscription: Subscription, leave: str
) -> None:
    client.post(leave)
    for why in ("long", "often", "often"):
        client.post(leave, {"do": "why", "why": why})
    kept = list(LeaveReason.objects.values_list("reason", flat=True))
    rows.sent(subscription.publication, dt.date(2026, 5, 25))
    client.post(leave, {"do": "why", "why": "topic"})

    assert (kept, list(LeaveReason.objects.values_list("reason", flat=True))) == (["often"], ["topic", "often"])


def today(subscription: Subscription) -> dt.date:
    publication = subscription.publication
    return publication.today()


def sent_this_week(publication: Publication, slugs: tuple[str, ...] = ("llm", "vision")) -> None:
    """Publish two issues, of yesterday and of the day before."""
    for n in (1, 2):
        rows.sent(publication, publication.today() - dt.timedelta(days=n), slugs)


def next_hour(publication: Publication, zone: str, not_before: dt.date | None = None) -> str:
    """Return the words for the next send hour of a publication that is sent on weekdays, counted here from the clock."""
    moment = timezone.now().astimezone(publication.zone).replace(minute=0, second=0, microsecond=0)
    while True:
        moment += dt.timedelta(hours=1)
        day = timezone.localdate(moment, publication.zone)
        if moment.hour == 8 and moment.isoweekday() < 6 and (not_before is None or day >= not_before):
            return format_moment(moment.astimezone(zoneinfo.ZoneInfo(zone)), "en")


def test_manage_begins_with_what_comes_and_when(client: Client, subscription: Subscription, manage: str) -> None:
    sent_this_week(subscription.publication, ("llm", "vision", "audio"))

    (summary,) = says(client.get(manage).content, ".summary p:not(.actions)")

    when = next_hour(subscription.publication, "Asia/Seoul")
    assert summary == f"2 of 3 categories · about 4 items a week Next issue: {when} (Seoul time)"


def test_manage_says_the_next_moment_where_the_reader_lives_and_after_the_pause(
    client: Client, subscription: Subscription, manage: str
) -> None:
    back = today(subscription) + dt.timedelta(days=20)
    Subscriber.objects.update(time_zone="Asia/Kolkata", paused_until=back)

    (summary,) = says(client.get(manage).content, ".summary p:not(.actions)")

    assert summary.partition("Next issue: ")[2] == next_hour(subscription.publication, "Asia/Kolkata", back)


def test_manage_counts_what_may_be_chosen_today(
    client: Client, subscription: Subscription, publication: Publication, manage: str
) -> None:
    publication.categories.filter(slug="vision").update(retired=True)

    (summary,) = says(client.get(manage).content, ".summary p:not(.actions)")

    assert summary.partition(" Next")[0] == "1 of 2 categories"


def test_manage_shows_how_much_each_category_brings(client: Client, subscription: Subscription, manage: str) -> None:
    sent_this_week(subscription.publication)

    assert says(client.get(manage).content, ".card .rate") == ["2 a week", "2 a week"]


def test_manage_previews_the_newest_issue_in_the_categories_of_the_reader(
    client: Client, subscription: Subscription, manage: str
) -> None:
    sent_this_week(subscription.publication, ("vision", "audio"))

    (path,) = page.values(client.get(manage).content, ".summary a[target]", "href")
    preview = client.get(path).content.decode()

    assert path == "/papers/preview/?category=llm&category=vision"
    assert ("vision 분야의 글입니다" in preview, "audio 분야의 글입니다" in preview) == (True, False)


def test_manage_offers_to_leave_each_publication_that_is_read(
    client: Client, subscription: Subscription, manage: str
) -> None:
    reader = subscription.subscriber
    news = build.subscription(rows.publication("news"), [], subscriber_=reader)
    build.subscription(rows.publication("gone"), [], subscriber_=reader, state="left")

    content = client.get(manage).content

    assert says(content, ".summary h2") == ["News", "Papers"]
    leave = [f"/u/{make_token('leave', one.pk, reader.link_key)}" for one in (news, subscription)]
    assert [path for path in page.values(content, ".summary a", "href") if path.startswith("/u/")] == leave
    assert page.values(content, ".summary a[href='#pause']", "href") == ["#pause"]
    assert len(page.values(content, "#pause", "id")) == 1


@pytest.mark.parametrize(("button", "ticked"), [("all", ["llm", "vision", "audio"]), ("none", [])])
def test_manage_selects_all_or_none_without_a_script_and_saves_nothing(
    client: Client, subscription: Subscription, manage: str, button: str, ticked: list[str]
) -> None:
    rows.publication("news")
    sent = {"do": "choose", "publication": ["papers", "news"], "category-papers": ["audio"], "category-news": ["llm"]}

    content = client.post(manage, sent | {button: "papers"}).content

    assert says(content, "[role=status]") == ["Not saved yet. To keep this selection, select Save changes."]
    assert page.values(content, "input[name=category-papers][checked]") == ticked
    assert page.values(content, "input[name=category-news][checked]") == ["llm"]
    assert page.values(content, ".choices details input", "name") == []  # what is ticked there is to be seen
    assert (state(subscription), SignupRequest.objects.count()) == (("active", ["llm", "vision"]), 0)


def test_manage_saves_by_the_first_button_of_its_form(client: Client, subscription: Subscription, manage: str) -> None:
    content = client.get(manage).content

    assert says(content, ".choices button")[0] == "Save changes"
    assert page.values(content, ".choices button", "name")[0] == ""


@pytest.mark.parametrize(("weeks", "days"), [("1", 7), ("2", 14), ("3", None), ("-1", None), ("nonsense", None)])
def test_manage_pauses_for_one_week_or_two(
    client: Client, subscription: Subscription, manage: str, weeks: str, days: int | None
) -> None:
    assert page.values(client.get(manage).content, "#pause button[name=weeks]") == ["1", "2"]

    client.post(manage, {"do": "pause", "weeks": weeks})

    until = today(subscription) + dt.timedelta(days=days) if days else None
    assert Subscriber.objects.get().paused_until == until


def test_manage_keeps_rare_things_folded(client: Client, subscription: Subscription, manage: str) -> None:
    Publication.objects.update(readers_hours=True)

    content = client.get(manage).content

    assert page.values(content, "main > details input[name=do]") == ["language", "zone", "owner"]
    assert page.values(content, "main > details[open]", "class") == []

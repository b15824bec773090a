"""A reader's whole way: join, confirm, choose, read, leave; with and without JavaScript."""

import datetime as dt
import re
import urllib.request
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from digests.models import Category, Digest, Item, Publication, Section
from digests.review.approve import approve_digest
from newsletter.archive import search
from newsletter.delivery import dispatch
from newsletter.emails.compose import compose_digest
from newsletter.models import SignupRequest, Subscription
from newsletter.subscribers import antispam, consent, opt_out
from newsletter.subscribers.links import make_manage_url, make_unsubscribe_url
from newsletter.transactional import mails
from tests import build
from tests.newsletter.site import rows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DAY = dt.date(2026, 5, 20)
Mailbox = Callable[[], list[EmailMessage]]


def text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link(message: EmailMessage, path: str) -> str:
    """Return the first link to a path of ours."""
    found = re.search(rf"http://\S+/{path}/\S+", text(message))
    assert found is not None
    return found.group().rstrip(".")


def sections(message: EmailMessage) -> list[str]:
    """Return the categories that a digest's mail speaks of."""
    return re.findall(r"(\w+) 분야의 글입니다", text(message))


def publish(day: dt.date) -> None:
    publication = Publication.objects.get(slug="papers")
    approve_digest(rows.draft(publication, day, ("llm", "vision", "audio")))
    dispatch.send_due_mailings()


@pytest.fixture
def page(visit: Callable[..., Page]) -> Page:
    return visit(locale="en", viewport={"width": 375, "height": 800})


def test_reader_joins_chooses_reads_and_leaves(page: Page, mailbox: Mailbox) -> None:
    rows.publication()
    publish(DAY)

    page.goto("/papers/")
    page.get_by_label("Llm").check()
    page.get_by_label("Vision").check()
    expect(page.locator("#chosen")).to_contain_text("2 categories")
    page.get_by_role("textbox", name="Email address").fill("me@example.org")
    page.wait_for_timeout(2_100)  # a person is not faster
    page.get_by_role("button", name="Subscribe").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")

    assert mails.send_due_mails() == 1
    (confirm,) = mailbox()
    page.goto(link(confirm, "c"))
    page.get_by_role("button", name="Confirm subscription").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You’re subscribed")

    assert mails.send_due_mails() == 1
    (welcome,) = mailbox()
    page.goto(link(welcome, "m"))
    page.get_by_label("Llm").uncheck()
    page.get_by_label("Audio").check()
    page.get_by_role("button", name="Save changes", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Saved. Your next email will use these categories.")

    publish(DAY + dt.timedelta(days=1))
    (digest,) = mailbox()
    assert sections(digest) == ["vision", "audio"]

    one_click = digest["List-Unsubscribe"].strip("<>").split(">")[0]
    body = digest["List-Unsubscribe-Post"].encode()
    with urllib.request.urlopen(urllib.request.Request(one_click, data=body, method="POST")) as response:
        assert (response.status, response.url) == (200, one_click)

    publish(DAY + dt.timedelta(days=2))
    assert (mailbox(), Subscription.objects.get().state) == ([], "left")

    page.goto(one_click)
    page.get_by_role("button", name="Undo").click()
    publish(DAY + dt.timedelta(days=3))
    assert [sections(message) for message in mailbox()] == [["vision", "audio"]]


def test_reader_tells_the_time_zone_and_changes_it(visit: Callable[..., Page], mailbox: Mailbox) -> None:
    rows.publication()
    Publication.objects.update(readers_hours=True)
    page = visit(locale="en", timezone_id="America/New_York")

    page.goto("/papers/")
    page.get_by_label("Llm").check()
    page.get_by_role("textbox", name="Email address").fill("me@example.org")
    page.wait_for_timeout(2_100)
    page.get_by_role("button", name="Subscribe").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    mails.send_due_mails()
    posted_zone = Subscription.objects.get().subscriber.time_zone
    page.goto(link(mailbox()[0], "c"))
    page.get_by_role("button", name="Confirm subscription").click()
    page.get_by_role("link", name="Change categories").click()
    page.get_by_text("More (language, address, your data)").click()
    page.get_by_label("Your location").select_option(label="Seoul (UTC+9)")
    page.get_by_role("button", name="Save time zone").click()
    expect(page.get_by_role("status")).to_have_text("Saved. Your time zone is Seoul (UTC+9), from the next issue.")

    assert (posted_zone, Subscription.objects.get().subscriber.time_zone) == ("America/New_York", "Asia/Seoul")


def test_reader_joins_by_keyboard_and_without_script(visit: Callable[..., Page], mailbox: Mailbox) -> None:
    rows.publication()
    publish(DAY)
    page = visit(locale="en", java_script_enabled=False)

    page.goto("/papers/")
    page.get_by_label("Audio").focus()
    page.keyboard.press("Space")
    expect(page.locator("#chosen")).to_be_hidden()  # nothing would count along
    page.get_by_role("textbox", name="Email address").focus()
    page.keyboard.type("me@example.org")
    page.wait_for_timeout(2_100)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")

    mails.send_due_mails()
    (confirm,) = mailbox()
    page.goto(link(confirm, "c"))
    page.get_by_role("button").first.press("Enter")
    assert Subscription.objects.get().state == "active"


def test_buttons_choose_many_at_once(page: Page) -> None:
    rows.publication()
    publish(DAY)
    page.goto("/papers/")

    counts = []
    for name in ("Select all", "Clear all"):
        page.get_by_role("button", name=name, exact=True).click()
        counts.append(page.locator("input[name=category]:checked").count())

    assert counts == [3, 0]
    expect(page.locator("#chosen")).to_have_text("Select at least one category")


def test_language_is_switched_and_kept(page: Page, site: str) -> None:
    rows.publication()
    page.goto("/about/")

    page.get_by_role("button", name="한국어").click()
    expect(page.locator("h1")).to_have_text("뉴스레터 소개")
    assert page.url == f"{site}/about/"
    page.goto("/privacy/")
    expect(page.locator("html")).to_have_attribute("lang", "ko")


def test_reader_joins_where_a_puzzle_is_asked_for(page: Page, settings: Settings) -> None:
    settings.PROOF_OF_WORK = 20_000
    rows.publication()
    page.goto("/papers/")

    page.get_by_label("Llm").check()
    page.get_by_role("textbox", name="Email address").fill("me@example.org")
    page.wait_for_timeout(2_100)
    page.get_by_role("button", name="Subscribe").first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    assert len(SignupRequest.objects.get().puzzle) == 48


def test_reader_without_script_is_told_of_the_puzzle(visit: Callable[..., Page], settings: Settings) -> None:
    settings.PROOF_OF_WORK, settings.REPLY_TO = 20_000, "desk@example.org"
    rows.publication()
    page = visit(locale="en", java_script_enabled=False)

    page.goto("/papers/")

    expect(page.locator("noscript p")).to_contain_text("email desk@example.org")


def test_full_house_is_passed_by_one_more_press(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    rows.publication()
    monkeypatch.setattr(antispam, "DEFAULT_CHALLENGE_DIFFICULTY", 20_000)
    page.goto("/papers/")
    monkeypatch.setattr(antispam, "MAX_SIGN_UPS_PER_SITE", 1)  # the house fills while the page lies open
    consent.record_sign_up(
        email="first@example.org", publication=Publication.objects.get(), categories=[], language="en"
    )

    page.get_by_label("Llm").check()
    page.get_by_role("textbox", name="Email address").fill("me@example.org")
    page.wait_for_timeout(2_100)
    page.get_by_role("button", name="Subscribe").first.click()
    expect(page.get_by_role("alert")).to_contain_text("Many people are signing up right now")
    page.get_by_role("button", name="Subscribe").first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    assert len(SignupRequest.objects.get(email="me@example.org").puzzle) == 48


@pytest.mark.parametrize("numbers", [0, 20_000])
def test_one_press_on_a_hint_corrects_the_address(page: Page, settings: Settings, numbers: int) -> None:
    settings.PROOF_OF_WORK = numbers
    rows.publication()
    page.goto("/papers/")
    page.get_by_label("Llm").check()
    field = page.get_by_role("textbox", name="Email address")
    field.fill("kim@gmial.com")
    page.wait_for_timeout(2_100)
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()

    page.get_by_role("button", name="Use kim@gmail.com").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    assert [note.email for note in SignupRequest.objects.all()] == ["kim@gmail.com"]


def test_unbroken_name_of_a_hundred_letters_widens_no_page(page: Page, site: str) -> None:
    long = "W" * 100
    publication = rows.publication()
    rows.sent(publication, DAY)
    Category.objects.update(names={"ko": long, "en": long}, descriptions={"ko": long, "en": long})
    Section.objects.update(heading=long)
    Digest.objects.update(title=long, opening=long)
    Item.objects.update(title=long)
    Publication.objects.update(name=long, tagline=long)
    rows.publication("news")
    reader = build.subscription(
        publication,
        list(publication.categories.all()),
        subscriber_=build.subscriber(f"{'w' * 60}@{'x' * 60}.{'y' * 60}.org"),
    )
    note = consent.record_sign_up(
        email=f"{'w' * 64}@{'x' * 63}.org", publication=publication, categories=["llm"], language="en"
    )
    waiting = consent.process_sign_up(note)
    assert waiting is not None
    key = reader.subscriber.link_key
    addresses = ["/", "/papers/", "/papers/archive/", "/papers/2026-05-20/", "/about/", "/privacy/", "/search/?q=W"]
    addresses += [
        make_manage_url(reader.pk, key),
        make_unsubscribe_url(reader.pk, key),
        f"{make_unsubscribe_url(reader.pk, key)}/llm",
    ]
    addresses += [f"/c/{consent.make_confirm_token(waiting)}/", opt_out.make_opt_out_url(waiting)]

    wider = {}
    for address in addresses:
        page.goto(address)
        assert page.locator("h1").count() == 1
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 375:
            wider[address] = width
    assert wider == {}


def test_reader_searches_the_archive(page: Page) -> None:
    rows.publication()
    publish(DAY)
    search.index_due_digests()
    page.goto("/papers/archive/")

    page.get_by_label("Search terms").fill("분야의 vision")
    page.get_by_role("search").get_by_role("button").click()
    page.get_by_role("link", name="vision 분야").click()

    expect(page).to_have_url(re.compile(r"/papers/2026-05-20/#vision$"))


def test_link_to_an_item_is_copied_with_a_script_and_leads_there_without(visit: Callable[..., Page]) -> None:
    rows.publication()
    publish(DAY)

    page = visit(locale="en", permissions=["clipboard-read", "clipboard-write"])
    page.goto("/papers/2026-05-20/")
    page.locator("#llm-1 .share").click()
    expect(page.get_by_role("status")).to_have_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{page.url}#llm-1"

    plain = visit(locale="en", java_script_enabled=False)
    plain.goto("/papers/2026-05-20/")
    plain.locator("#llm-1 .share").click()
    expect(plain).to_have_url(re.compile(r"/papers/2026-05-20/#llm-1$"))


def test_issue_is_printed_without_what_only_a_screen_needs(page: Page) -> None:
    rows.publication()
    publish(DAY)
    page.goto("/papers/2026-05-20/")
    page.emulate_media(media="print")

    expect(page.locator("h1")).to_be_visible()
    for part in ("header.top", "footer.foot", "nav.contents", "aside.invite", ".anchor"):
        expect(page.locator(part).first).to_be_hidden()
    link = page.locator("ul.sources a").first
    assert link.get_attribute("href") in link.evaluate("one => getComputedStyle(one, '::after').content")


# Where the first and the last character of an element's words stand.
ENDS = """element => {
    const walk = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), nodes = [];
    while (walk.nextNode()) if (walk.currentNode.data.trim()) nodes.push(walk.currentNode);
    const left = (node, at) => { const range = document.createRange(); range.setStart(node, at); range.setEnd(node, at + 1);
        return range.getBoundingClientRect().left };
    const last = nodes[nodes.length - 1];
    return left(nodes[0], 0) < left(last, last.data.trimEnd().length - 1) ? "ltr" : "rtl";
}"""
HEBREW = ["גלאי מהיר לרחפנים.", "מפות של מערות."]
ENGLISH = ["A fast detector.", "Maps of caves."]


@pytest.mark.parametrize("name", ["Daily", "גיליון"])
def test_each_paragraph_runs_in_the_direction_of_its_words(page: Page, name: str) -> None:
    rows.sent(rows.publication(), DAY, ("llm",))
    Publication.objects.update(name=name, language="he")
    text = "### Key points\n\n{}\n\n{}\n\n1. {}\n2. {}".format(
        *[words for pair in zip(ENGLISH, HEBREW, strict=True) for words in pair]
    )
    Digest.objects.update(title=name)
    Section.objects.update(text=text)
    composed = compose_digest(build.approve_unchecked(Digest.objects.get()), nonce="0" * 16)

    page.goto("/papers/2026-05-20/")
    on_site = [one.evaluate(ENDS) for one in page.locator(".prose > p, .prose > ol > li").all()]
    page.goto("about:blank")
    page.set_content(composed.head.html + composed.sections[0].html + composed.tail.html)
    in_email = [page.get_by_text(words, exact=True).evaluate(ENDS) for words in [*ENGLISH, *HEBREW]]

    assert on_site == ["ltr", "rtl", "ltr", "rtl"]
    assert in_email == ["ltr", "ltr", "rtl", "rtl"]


def test_reader_stops_one_category_from_the_email(page: Page, mailbox: Mailbox) -> None:
    publication = rows.publication()
    reader = build.subscriber("me@example.org", language="en")
    subscription = build.subscription(publication, list(publication.categories.all()), subscriber_=reader)
    publish(DAY)
    (digest,) = mailbox()

    page.goto(next(found for found in re.findall(r"http://\S+/u/\S+", text(digest)) if found.endswith("/vision")))
    page.get_by_role("button", name="Stop getting Vision").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("You’ve stopped Vision")
    assert [one.slug for one in subscription.categories.all()] == ["llm", "audio"]


def joined(page: Page, email: str = "wrong@example.org") -> None:
    """Sign up on the publication's page; the page after it is shown."""
    page.goto("/papers/")
    page.get_by_label("Llm").check()
    page.get_by_role("textbox", name="Email address").fill(email)
    page.wait_for_timeout(2_100)
    page.get_by_role("button", name="Subscribe").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")


def test_reader_corrects_the_address_at_once_and_waits_a_minute_for_the_same(page: Page, mailbox: Mailbox) -> None:
    rows.publication()
    page.clock.install()
    joined(page)
    mails.send_due_mails()
    (wrong,) = mailbox()
    again, field = page.get_by_role("button", name="Send again"), page.get_by_role("textbox", name="Email address")

    expect(again).to_be_disabled()
    page.clock.run_for(30_000)
    expect(page.get_by_text(re.compile(r"again in 0:3\d"))).to_be_visible()
    page.clock.run_for(32_000)
    expect(again).to_be_enabled()
    expect(page.get_by_text("You can send it to the same address again now.")).to_be_visible()

    field.fill("right@example.org")
    page.wait_for_timeout(2_100)
    field.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("We’ve sent it.")
    expect(field).to_have_value("right@example.org")
    mails.send_due_mails()
    (right,) = mailbox()
    page.goto(link(wrong, "c"))
    expect(page.get_by_role("heading", level=1)).to_have_text("This link no longer works")
    page.goto(link(right, "c"))
    page.get_by_role("button", name="Confirm subscription").click()
    assert Subscription.objects.get(state="active").subscriber.email == "right@example.org"


def test_reader_without_script_is_told_to_wait(visit: Callable[..., Page]) -> None:
    rows.publication()
    page = visit(locale="en", java_script_enabled=False)
    joined(page)

    expect(page.get_by_text("again after one minute")).to_be_visible()
    page.wait_for_timeout(2_100)
    page.get_by_role("button", name="Send again").click()

    expect(page.get_by_role("alert")).to_contain_text("Wait a minute")
    assert SignupRequest.objects.count() == 1


@pytest.mark.parametrize("script", [True, False])
def test_reader_selects_all_with_and_without_script_and_saves_by_enter(
    visit: Callable[..., Page], script: bool
) -> None:
    publication = rows.publication()
    llm = publication.categories.get(slug="llm")
    subscription = build.subscription(publication, [llm], subscriber_=build.subscriber(language="en"))
    page = visit(locale="en", java_script_enabled=script)
    page.goto(make_manage_url(subscription.pk, subscription.subscriber.link_key))

    page.get_by_role("button", name="Select all").click()
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(3)
    expect(page.get_by_text("Not saved yet")).to_have_count(0 if script else 1)
    assert subscription.categories.count() == 1

    page.get_by_label("Audio").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Saved. Your next email will use these categories.")
    assert [one.slug for one in subscription.categories.all()] == ["llm", "vision"]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_way_out_and_pause_are_on_the_first_screen_of_a_phone(visit: Callable[..., Page], language: str) -> None:
    publication = rows.publication()
    Publication.objects.update(name="Daily Artificial Intelligence Insights: Papers (English)")
    publish(DAY)
    person = build.subscriber(language=language, paused_until=dt.date(2030, 1, 1))
    subscription = build.subscription(publication, list(publication.categories.all()), subscriber_=person)
    page = visit(viewport={"width": 375, "height": 667})
    page.goto(make_manage_url(subscription.pk, person.link_key))

    bar = page.locator(".sticky").bounding_box()
    assert bar is not None
    for target in page.locator(".summary a").all():
        box = target.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < bar["y"]
        assert box["height"] >= 44
    page.locator('.summary a[href="#pause"]').click()
    expect(page.locator("#pause")).to_be_in_viewport()

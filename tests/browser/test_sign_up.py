"""The page on which one signs up, and the home page: what the first screen holds, what follows the choice, and sizes for fingers."""

import datetime as dt
import itertools
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from digests.models import Publication, Section
from newsletter.archive import queries
from newsletter.models import SignupRequest
from tests import build
from tests.newsletter.site import rows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZES = [(320, 640), (375, 667), (600, 800), (1280, 800)]
LEAST_PX = {"field": 44, "other": 24, "inline": 0}
# The smaller side of each target, by its name; a label is its box's target, and a link in a sentence has the line's height.
TARGETS = """() => [...document.querySelectorAll("main a, main button, main input, main select, main summary, footer button, footer a")]
    .filter((one) => one.offsetParent && !one.closest(".trap") && one.type !== "hidden")
    .map((one) => [one, (one.closest("label.card") || one).getBoundingClientRect()])
    .map(([one, box]) => {
        const after = getComputedStyle(one, "::after");  // a link may reach over its whole line of the list
        const height = after.position === "absolute" ? one.closest("li").getBoundingClientRect().height : box.height;
        const kind = one.matches("button, input, select, .button, .headlines a") ? "field" : one.closest("p.quiet") ? "inline" : "other";
        return [kind, one.textContent.trim() || one.name, Math.min(height, box.width)];
    })"""


def publish() -> Publication:
    """Return a publication as seeds have it, with 18 categories and an issue of today."""
    names = ["대규모 언어 모델", "정형 데이터와 시계열", *(f"분야 이름 {n}" for n in range(16))]
    categories = [build.category(names={"ko": name, "en": f"Large Models {n}"}) for n, name in enumerate(names)]
    publication = build.publication(
        "papers",
        categories=categories,
        name="Daily Artificial Intelligence Insights: Papers",
        short_name="AI 논문",
        tagline="오늘의 AI 논문, 관심 분야만 골라 읽으세요.",
    )
    digest = build.digest(publication, date=publication.today(), state="in_review")
    for category in categories:
        section = build.section(digest, category, found=1)
        url = section.items.get().url
        section.text = f"### 핵심 내용\n\n1. **[{category.name('ko')}의 새 소식]({url})** 한 줄로 말합니다."
        section.origin = Section.Origin.MODEL
        section.save()
    rows.send(build.approve_unchecked(digest))
    build.subscription(publication, categories[:6])
    queries.count_popular_categories()
    return publication


def open_in(visit: Callable[..., Page], site: str, language: str, **options: object) -> Page:
    page = visit(locale=language, **options)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": site}])
    return page


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_address_field_is_on_the_first_screen(
    visit: Callable[..., Page], site: str, language: str, script: bool
) -> None:
    publish()
    found = {}
    page = open_in(visit, site, language, java_script_enabled=script)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.goto("/papers/")
        bar = page.locator(".bar").bounding_box()
        boxes = [page.locator(one).bounding_box() for one in ("#email", ".join .button")]
        assert bar is not None
        found[width] = [one is not None and one["y"] + one["height"] <= bar["y"] for one in boxes]
        assert round(bar["y"] + bar["height"]) == height  # it stays at the end of the screen

    assert found == {width: [True, True] for width, _height in SIZES}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_page_has_no_violation_fits_and_has_room_for_fingers(
    visit: Callable[..., Page], site: str, language: str, theme: str
) -> None:
    publish()
    rows.sent(rows.publication("news"), dt.date(2026, 5, 22))
    page = open_in(visit, site, language, color_scheme=theme, bypass_csp=True)
    found = []
    for address, (width, height) in itertools.product(["/", "/papers/", "/papers/?category="], SIZES):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(address)
        found += [(address, width, one["id"]) for one in Axe().run(page).response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append((address, width, "wider than the screen"))
        targets = page.evaluate(TARGETS)
        found += [(address, width, f"{size:.0f} px: {name}") for kind, name, size in targets if size < LEAST_PX[kind]]
        assert len(targets) > 8

    assert found == []


def test_preview_and_count_follow_the_choice(visit: Callable[..., Page], site: str) -> None:
    publish()
    page = open_in(visit, site, "en")
    page.goto("/papers/")
    expect(page.locator("#chosen")).to_have_text("5 categories 5 a week")

    page.get_by_role("button", name="Clear all").click()
    expect(page.locator("#preview")).to_contain_text("Select categories to see what you would have got.")
    page.get_by_label("Large Models 1", exact=False).first.check()
    expect(page.locator("#chosen")).to_have_text("1 category 1 a week")
    expect(page.locator("#preview li")).to_have_text(["정형 데이터와 시계열의 새 소식 🧩 한 줄로 말합니다."])
    page.get_by_role("button", name="Select all").click()
    expect(page.locator("#preview li")).to_have_count(3)
    page.get_by_role("button", name="Popular").click()
    expect(page.locator("#preview")).to_contain_text("5 items")

    page.get_by_role("link", name="Preview the whole email").click()
    expect(page.locator(".di-bar")).to_contain_text("5 categories")
    page.locator(".di-bar").get_by_role("link").click()
    expect(page.locator("#chosen")).to_have_text("5 categories 5 a week")


def test_boxes_that_the_browser_brings_back_are_counted(visit: Callable[..., Page], site: str) -> None:
    publish()
    page = open_in(visit, site, "en")
    page.goto("/papers/")
    page.get_by_role("button", name="Clear all").click()
    expect(page.locator("#chosen")).to_have_text("Select at least one category")

    page.goto("/about/")
    page.go_back()

    expect(page.locator("#chosen")).to_have_text("Select at least one category")
    assert page.locator("input[name=category]:checked").count() == 0


@pytest.mark.parametrize("script", [True, False])
def test_second_button_signs_up_and_errors_have_the_focus(visit: Callable[..., Page], site: str, script: bool) -> None:
    publish()
    page = open_in(visit, site, "en", viewport={"width": 375, "height": 667}, java_script_enabled=script)
    page.goto("/papers/")
    page.wait_for_timeout(2_100)  # a person is not faster
    page.locator(".bar .button").click()
    field = page.get_by_role("textbox", name="Email address")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description("Enter an email address in the correct format, like name@example.com")

    field.fill("me@example.org")
    for box in page.locator("input[name=category]").all():
        box.set_checked(False)
    page.locator(".bar .button").click()
    expect(page.locator("#category")).to_be_focused()
    expect(page.locator("#category")).to_be_in_viewport()

    page.locator("#category").check()
    page.locator(".bar .button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    assert [one.email for one in SignupRequest.objects.all()] == ["me@example.org"]


def test_nothing_that_has_the_focus_is_below_the_bar(visit: Callable[..., Page], site: str) -> None:
    publish()
    page = open_in(visit, site, "en", viewport={"width": 375, "height": 667})
    page.goto("/papers/")
    hidden = []
    page.locator("#email").focus()
    for _ in range(26):
        page.keyboard.press("Tab")
        below = page.evaluate(
            """() => { const one = document.activeElement, bar = document.querySelector(".bar");
            return !bar.contains(one) && one.getBoundingClientRect().bottom > bar.getBoundingClientRect().top + 1 ? one.outerHTML : "" }"""
        )
        hidden += [below] if below else []

    assert hidden == []

"""axe finds nothing on any page of the desk, in both languages and both themes, and no page is wider than a tablet."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Page

from newsletter.staff import two_factor
from tests.newsletter.everywhere import ORDER_ROUTES, create_rows, fill_path, list_urls

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

# The email in its frame has tests of its own; the empty header stands in Django's table of related rows.
_AXE = {"iframes": False, "rules": {"empty-table-header": {"enabled": False}}}
# No pages of the desk's own: data, scripts, redirects, and the door, which is looked at before it opens.
_NONE = {*ORDER_ROUTES, "jsi18n", "autocomplete", "logout", "login", "view_on_site", "second_check"}
_NONE |= {"newsletter_figures", "newsletter_sets", "digests_digest_wishes"}  # answers to scripts
_NONE |= {
    "newsletter_preview_email",
    "newsletter_after",
    "newsletter_touched",
    "digests_digest_links",
    "newsletter_import_look",
}  # parts of pages


@pytest.fixture
def desk(visit: Callable[..., Page], site: str) -> Callable[[str, str], Page]:
    """Return a function that opens the desk as its administrator."""

    def open_desk(language: str, theme: str) -> Page:
        User.objects.create_superuser("chief", email="chief@example.org", password="right-horse")
        page = visit(locale=language, color_scheme=theme, viewport={"width": 768, "height": 1000}, bypass_csp=True)
        page.context.add_cookies([{"name": "django_language", "value": language, "url": site}])
        page.goto("/admin/login/")
        return page

    return open_desk


def _log_in(page: Page) -> None:
    page.locator("[name=username]").fill("chief")
    page.locator("[name=password]").fill("right-horse")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")


def _faults(page: Page, name: str) -> list[tuple[str, str, list[str]]]:
    violations = Axe().run(page, options=_AXE).response["violations"]
    found = [(name, one["id"], [node["html"][:200] for node in one["nodes"]][:3]) for one in violations]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append((name, "wider than the screen", []))
    return found


@pytest.mark.parametrize(("language", "theme"), [("ko", "dark"), ("en", "light")])
def test_every_page_has_no_violation_and_fits_a_tablet(
    desk: Callable[[str, str], Page], language: str, theme: str
) -> None:
    made = create_rows()
    page = desk(language, theme)
    found = _faults(page, "login")
    _log_in(page)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for route, name in list_urls():
        if name not in _NONE and not re.search(r"\(\?P", route):
            page.goto(fill_path(route, name, made))
            found += _faults(page, name)

    assert (found, errors) == ([], [])


def test_pages_of_the_second_factor_have_no_violation(desk: Callable[[str, str], Page]) -> None:
    page = desk("ko", "dark")
    _log_in(page)
    page.goto("/admin/second/")
    page.locator("button[value=begin]").press("Enter")
    page.locator(".qr svg").wait_for()
    found = _faults(page, "begun")
    person = User.objects.get(username="chief")
    device = two_factor.get_pending_device(person)
    assert device is not None
    type(device).objects.update(confirmed=True)
    page.goto("/admin/")
    page.wait_for_url("**/second/check/**")
    found += _faults(page, "check")
    page.locator("[name=code]").fill("000000")
    page.keyboard.press("Enter")
    page.locator("#problem").wait_for()
    found += _faults(page, "wrong code")
    page.locator("[name=code]").fill(two_factor.create_backup_codes(person)[0])
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")
    page.goto("/admin/second/")
    found += _faults(page, "on")

    assert found == []

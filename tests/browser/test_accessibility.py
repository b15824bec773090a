"""axe finds nothing on any page, in both languages and both themes, and no page is wider than a phone."""

import datetime as dt
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page

from digests.models import Digest
from newsletter.archive import search
from newsletter.models import TransactionalMail
from newsletter.subscribers import account, consent, opt_out
from newsletter.subscribers.links import make_manage_url, make_unsubscribe_url
from tests import build
from tests.newsletter.site import rows

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def addresses(site: str) -> list[str]:
    """Return an address of every page that a reader meets."""
    publication = rows.publication()
    rows.publication("news")
    categories = list(publication.categories.all())
    rows.sent(publication, dt.date(2026, 5, 21))
    rows.sent(publication, dt.date(2026, 5, 22))
    Digest.objects.update(opening="A word of the editor.")
    Digest.objects.update(imported=True)  # the opening came after the approval
    search.index_due_digests()
    subscription = build.subscription(publication, categories[:2])
    left = build.subscription(publication, categories, state="left")
    pending = build.subscription(publication, categories, state="pending", confirmed_at=None)
    key = subscription.subscriber.link_key
    notes = [
        TransactionalMail.objects.create(kind=kind, email="new@example.org", subscription=subscription, key=secret)
        for kind, secret in (("owner", ""), ("address", ""), ("undo", "secret"))
    ]
    fixed = [reverse(name) for name in ("home", "about", "privacy", "lost_link")]
    public = [
        "/papers/",
        "/papers/archive/",
        "/papers/2026-05-22/",
        "/papers/2026-05-22/feedback/?answer=no",
        "/search/?q=분야",
        "/search/?q=zzz",
        "/news/",
        "/papers/preview/",
        "/no/such/page/",
    ]
    personal = [
        make_manage_url(subscription.pk, key),
        make_unsubscribe_url(subscription.pk, key),
        make_unsubscribe_url(subscription.pk, key) + "/llm",
        make_unsubscribe_url(left.pk, left.subscriber.link_key),
        f"{site}/c/{consent.make_confirm_token(pending)}/",
        opt_out.make_opt_out_url(pending),
        f"{site}/c/{'x' * 32}/",
        *(account.make_account_url(note) for note in notes),
    ]
    return [f"{site}{path}" for path in (*fixed, *public)] + personal


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_has_no_violation_and_fits_a_phone(
    visit: Callable[..., Page], site: str, language: str, theme: str
) -> None:
    page = visit(locale=language, color_scheme=theme, viewport={"width": 375, "height": 800}, bypass_csp=True)
    page.context.add_cookies([{"name": "django_language", "value": language, "url": site}])
    found = []
    for address in addresses(site):
        page.goto(address)
        violations = Axe().run(page).response["violations"]
        found += [(address, one["id"], [node["html"] for node in one["nodes"]][:3]) for one in violations]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append((address, "wider than the screen", []))

    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("email", ["nonsense", "kim@gmial.com"])
def test_form_with_errors_has_no_violation(visit: Callable[..., Page], theme: str, email: str) -> None:
    rows.publication()
    page = visit(locale="en", color_scheme=theme, viewport={"width": 375, "height": 800}, bypass_csp=True)
    page.goto("/papers/")
    for box in page.locator("input[name=category]").all():
        box.set_checked(email != "nonsense")
    page.locator("#email").fill(email)
    page.locator(".join .button").click()

    assert page.locator("[role=alert] p").count() == (2 if email == "nonsense" else 1)
    assert [one["id"] for one in Axe().run(page).response["violations"]] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_after_a_sign_up_have_no_violation(visit: Callable[..., Page], site: str, theme: str) -> None:
    publication = rows.publication()
    page = visit(locale="en", color_scheme=theme, viewport={"width": 320, "height": 568}, bypass_csp=True)
    found: list[tuple[str, str]] = []

    def look() -> None:
        found.extend((page.title(), one["id"]) for one in Axe().run(page).response["violations"])
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append((page.title(), "wider than the screen"))

    page.goto("/papers/")
    page.locator("input[name=category]").first.check()
    for email in ("me@gmail.com", "kim@gmial.com"):  # sent, and a correction that is questioned
        page.locator("#email").fill(email)
        page.wait_for_timeout(2_100)
        page.get_by_role("button", name="Send again" if email.startswith("kim") else "Subscribe").first.click()
        page.locator("#email-error" if email.startswith("kim") else "form[data-seconds]").wait_for()
        look()
    pending = build.subscription(publication, list(publication.categories.all()), state="pending", confirmed_at=None)
    page.goto(f"{site}/c/{consent.make_confirm_token(pending)}/")
    page.get_by_role("main").get_by_role("button").click()
    look()
    page.goto(make_unsubscribe_url(pending.pk, pending.subscriber.link_key))
    page.get_by_role("main").get_by_role("button").click()
    look()

    assert found == []

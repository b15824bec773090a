"""A morning at the desk, in a real browser: mend, move, look, approve, send, watch; and two editors at once."""

from collections.abc import Callable
from email.message import EmailMessage

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from digests.models import Digest
from newsletter import send
from newsletter.models import Delivery, Mailing
from tests import build

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The email in the frame has tests of its own; the empty header stands in Django's table of related rows.
_AXE = {"iframes": False, "rules": {"empty-table-header": {"enabled": False}}}


@pytest.fixture
def digest() -> Digest:
    categories = [build.category("llm", names={"en": "LLM"}), build.category("robots", names={"en": "Robots"})]
    publication = build.publication(categories=categories, sources=[build.source()], language="en")
    made = build.digest(publication, state="in_review", date=timezone.now().date(), title="Daily")
    summary = "We propose a method that raises accuracy by 12.5% on the GRASP benchmark over all earlier methods."
    for category in categories:
        text = f"This section is about {category.slug} and about the method that was proposed."
        build.section(made, category, items=[build.item(summary=summary)], text=text)
    for n in range(3):
        build.subscription(publication, categories, subscriber_=build.subscriber(f"reader{n}@example.org"))
    return made


@pytest.fixture
def enter(visit: Callable[..., Page]) -> Callable[..., Page]:
    """Return a function that logs a person of a role in."""

    def log_in(name: str, role: str = "publisher", **options: object) -> Page:
        person = User.objects.create_user(name, f"{name}@example.org", "a long password", is_staff=True)
        person.groups.add(Group.objects.get(name=role))
        page = visit(**{"locale": "en-US", "viewport": {"width": 1280, "height": 900}, **options})
        page.goto("/admin/")
        page.fill("#id_username", name)
        page.fill("#id_password", "a long password")
        page.press("#id_password", "Enter")
        expect(page.locator(".today")).to_be_visible()
        return page

    return log_in


def _saved(page: Page) -> None:
    expect(page.locator("#saved")).to_have_text("Saved")


def test_a_morning_at_the_desk(
    enter: Callable[..., Page], digest: Digest, mailbox: Callable[[], list[EmailMessage]]
) -> None:
    page = enter("ann")
    page.get_by_role("link", name=f"{digest.date:%m-%d}").click()
    first = page.locator(".desk-section").first

    # Mend a text: saved while typing, shown as readers see it, its numbers found in the source.
    first.locator("textarea").fill("This section is about **llm**; accuracy rises by 12.5% on GRASP.")
    _saved(page)
    expect(first.locator(".shown strong")).to_have_text("llm")
    first.locator(".trace", has_text="12.5%").hover()
    expect(first.locator("mark")).to_have_text("12.5%")
    assert digest.sections.get(position=0).text == "This section is about **llm**; accuracy rises by 12.5% on GRASP."

    # By keys alone: the first is good, which leads to the second; that one is held, then good.
    first.focus()
    page.keyboard.press("a")
    expect(page.locator("#progress")).to_have_text("1 of 2 sections read")
    expect(page.locator(".desk-section").last).to_be_focused()
    page.keyboard.press("h")
    expect(page.locator(".desk-note.wrong li")).to_have_count(1)
    expect(page.locator(".desk-section").last).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("#progress")).to_have_text("2 of 2 sections read")

    # Preview, and a test that nobody counts.
    page.get_by_role("link", name="Preview").click()
    frame = page.frame_locator("iframe.email")
    expect(frame.get_by_text("accuracy rises by 12.5%")).to_be_visible()
    page.get_by_label("Robots").uncheck()
    expect(frame.get_by_text("about robots")).to_have_count(0)
    page.get_by_role("button", name="Send the test").click()
    expect(page.locator(".messagelist")).to_contain_text("ann@example.org")
    assert [(one["To"], one["Subject"]) for one in mailbox()] == [("ann@example.org", "[TEST] Daily")]
    assert Delivery.objects.count() == 0

    # Approve, edit (the approval is gone), approve again.
    page.goto(reverse("admin:digests_digest_review", args=[digest.pk]))
    page.locator("#sign button").click()
    expect(page.locator("#state")).to_have_text("Approved")
    page.get_by_label("Subject").fill("Robots that grasp")
    expect(page.locator("#voided")).to_be_visible()
    assert Digest.objects.get().state == "in_review"
    page.reload()
    page.wait_for_load_state()
    page.keyboard.press("Shift+A")
    expect(page.locator("#state")).to_have_text("Approved")

    # Send now; pause before the first leaves, go on, and watch the bar.
    page.get_by_role("link", name="Sending").click()
    page.get_by_role("button", name="Send now").click()
    send.begin_due()
    expect(page.locator("#state")).to_have_text("Sending")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#state")).to_have_text("Paused")
    send.send_due()
    assert mailbox() == []
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#state")).to_have_text("Sending")
    send.send_due()
    expect(page.locator("#state")).to_have_text("Done")
    expect(page.locator('[data-count="accepted"]')).to_have_text("3")
    assert sorted(one["Subject"] for one in mailbox()) == ["Robots that grasp"] * 3
    assert Mailing.objects.get().state == "done"


def test_two_editors_at_once_lose_nothing(enter: Callable[..., Page], digest: Digest) -> None:
    address = reverse("admin:digests_digest_review", args=[digest.pk])
    ann, bob = enter("ann"), enter("bob", "editor")
    for page in (ann, bob):
        page.goto(address)
    texts = [page.locator(".desk-section textarea").first for page in (ann, bob)]

    texts[0].fill("Ann's words stand here.")
    _saved(ann)
    texts[1].fill("Bob's words are newer.")
    box = bob.locator(".desk-section .conflict").first
    expect(box.locator("pre")).to_have_text("Ann's words stand here.")
    assert digest.sections.get(position=0).text == "Ann's words stand here."

    box.get_by_role("button", name="Put mine in its place").click()
    _saved(bob)
    assert digest.sections.get(position=0).text == "Bob's words are newer."
    ann.locator("#sign button").click()
    expect(ann.locator(".messagelist")).to_contain_text("changed since you opened this page")
    assert Digest.objects.get().state == "in_review"


def test_an_order_waits_for_the_words_before_it(enter: Callable[..., Page], digest: Digest) -> None:
    page = enter("ann", "editor")
    page.goto(reverse("admin:digests_digest_review", args=[digest.pk]))
    first = page.locator(".desk-section").first
    first.locator("textarea").fill("Typed a moment ago, about the method.")
    first.get_by_role("button", name="Hold").click()

    expect(page.locator(".desk-section").first.locator(".verdict")).to_have_text("held")
    section = digest.sections.get(position=0)
    assert (section.text, section.verdict) == ("Typed a moment ago, about the method.", "held")


@pytest.mark.parametrize(("locale", "width", "scheme"), [("ko-KR", 768, "dark"), ("en-US", 1280, "light")])
def test_pages_are_accessible_and_no_wider_than_the_window(
    enter: Callable[..., Page], digest: Digest, locale: str, width: int, scheme: str
) -> None:
    page = enter("ann", "administrator", locale=locale, color_scheme=scheme, viewport={"width": width, "height": 900})
    reader = build.subscriber()
    wrong = {}
    names = [("index", []), ("digests_digest_review", [digest.pk]), ("digests_digest_changes", [digest.pk])]
    names += [("newsletter_preview", [digest.pk]), ("newsletter_schedule", [digest.pk]), ("newsletter_import", [])]
    names += [("newsletter_subscriber_change", [reader.pk])]
    for name, arguments in names:
        page.goto(reverse(f"admin:{name}", args=arguments))
        found = Axe().run(page, context="#content", options=_AXE).response["violations"]
        said = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        if said or wide:
            wrong[name] = (said, wide)

    assert wrong == {}

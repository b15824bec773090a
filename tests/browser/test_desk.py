"""A morning at the desk, in a real browser: edit, regenerate, move, check, approve, send, watch; and two editors at once."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Dialog, Page, Route, expect
from pytest_django import Settings

from digests.models import Digest, Rewrite, Section
from digests.models.links import Link
from digests.quality import section_checks
from digests.review import regenerate
from newsletter.delivery import dispatch
from newsletter.models import Delivery, Mailing
from tests import build
from tests.llmserver import LLM, serve_llm

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# What a sign of work said, and where the focus was meanwhile.
_REMEMBER = """() => new MutationObserver(() => {
  const note = document.querySelector(".busy.floating");
  if (note) sessionStorage.shown = `${note.textContent}, ${document.activeElement.textContent}`;
}).observe(document.body, { childList: true })"""
# The email in the frame has tests of its own; the empty header stands in Django's table of related rows.
ABSTRACT = "a method that raises accuracy by 12.5% on the GRASP benchmark over all earlier methods."
_AXE = {"iframes": False, "rules": {"empty-table-header": {"enabled": False}}}


@pytest.fixture
def digest() -> Digest:
    categories = [build.category("llm", names={"en": "LLM"}), build.category("robots", names={"en": "Robots"})]
    publication = build.publication(categories=categories, sources=[build.source()], language="en")
    day = timezone.localdate() + dt.timedelta(days=2)  # its hour is still to come in every time zone
    made = build.digest(publication, state="in_review", date=day, title="Daily")
    for category, names in zip(categories, (["FastThing", "SkimNet"], ["GraspNet"]), strict=True):
        items = [build.item(f"{name}: a Method", summary=f"{name} is {ABSTRACT}") for name in names]
        points = "\n".join(f"1. **[{one.title}]({one.url})** — {one.summary}" for one in items)
        text = f"This section is about {category.slug} and about the method that was proposed.\n\n{points}"
        build.section(made, category, items=items, text=text)
    for n in range(3):
        build.subscription(publication, categories, subscriber_=build.subscriber(f"reader{n}@example.org"))
    return made


@pytest.fixture
def model(settings: Settings) -> Iterator[LLM]:
    """Return a scripted model that answers well."""
    with serve_llm() as server:
        settings.OPENAI_BASE_URL, settings.LLM_TIMEOUT = server.url, 5
        yield server


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
    enter: Callable[..., Page], digest: Digest, model: LLM, mailbox: Callable[[], list[EmailMessage]]
) -> None:
    _spoil(digest)
    page = enter("ann")

    # What a gate holds is shown on the first page, and leads to the very section.
    page.get_by_role("link", name="Robots").click()
    first, last = page.locator(".desk-section").first, page.locator(".desk-section").last
    expect(last).to_be_focused()
    expect(page.locator(".desk-note.wrong li")).to_have_text("“🧩 Robots” has a problem that must be fixed first.")

    # Mend it: the finding leads to its words in the text and goes with them; what is typed is saved.
    expect(last.locator(".shown mark.fault")).to_have_text("精度")
    last.locator(".findings .block button").click()
    assert page.evaluate("getSelection().toString()") == "精度"
    last.locator("textarea").fill(_text(digest, 1).replace("精度", "accuracy"))
    _saved(page)
    expect(last.locator(".findings .block")).to_have_count(0)

    # Numbers and names are found in the source, by mouse and by keyboard.
    first.locator("textarea").fill(_text(digest, 0) + " **Accuracy** rises by 12.5% on GRASP.")
    _saved(page)
    expect(first.locator(".shown strong").last).to_have_text("Accuracy")
    first.locator(".trace", has_text="12.5%").last.hover()
    expect(first.locator(".sources mark")).to_have_text(["12.5%", "12.5%"])
    first.locator(".trace", has_text="GRASP").last.focus()
    expect(first.locator(".sources mark").first).to_have_text("GRASP")

    _regenerate(page, model, digest)

    # Move an item to the other category, and back.
    first.get_by_label("Category").last.select_option(label="🧩 Robots")
    first.get_by_role("button", name="Move", exact=True).last.click()
    expect(page.locator(".desk-section").last.locator("[data-line]")).to_have_count(2)
    last.get_by_label("Category").last.select_option(label="🧩 LLM")
    last.get_by_role("button", name="Move", exact=True).last.click()
    expect(page.locator(".desk-section").last.locator("[data-line]")).to_have_count(1)

    _judge_by_keys(page)
    _look_and_test(page, mailbox)
    _approve_edit_approve(page, digest)
    _schedule_and_send(page, mailbox)


def _spoil(digest: Digest) -> None:
    """Let a gate hold the second section."""
    section = digest.sections.get(position=1)
    Section.objects.filter(pk=section.pk).update(text=section.text.replace("proposed", "proposed for 精度"))
    section.refresh_from_db()
    section_checks.recheck_section(section)


def _text(digest: Digest, position: int) -> str:
    return digest.sections.get(position=position).text


def _regenerate(page: Page, model: LLM, digest: Digest) -> None:
    """By one key: the wish survives a reload and moves on by itself; the answer is there, and the old text kept."""
    first = page.locator(".desk-section").first
    before = _text(digest, 0)
    first.focus()
    page.keyboard.press("r")
    expect(first.get_by_label("Instructions for the AI")).to_be_focused()
    page.keyboard.type("Begin with the benchmark")
    page.keyboard.press("Enter")
    expect(first.locator(".wish .tell")).to_have_text("Waiting to start…")
    page.reload()
    expect(first.locator(".wish progress")).to_be_visible()
    regenerate.run_pending_rewrites()
    expect(first.locator(".wish.good")).to_contain_text("The AI rewrote this section. Check it again.")
    assert model.prompts[-1].count('{"hint": "Begin with the benchmark", "text": ') == 1
    expect(first.locator("textarea")).to_have_value(re.compile("Several approaches to reading long texts"))
    first.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".wish")).to_have_count(0)

    page.get_by_role("link", name="Changes").click()
    row = page.locator(".desk-table tbody tr").first
    expect(row.locator("td").nth(1)).to_have_text("ann")
    expect(row).to_contain_text("Instructions: Begin with the benchmark")
    assert digest.revisions.filter(what="rewrite").values_list("before", flat=True).get() == before
    page.go_back()


def _judge_by_keys(page: Page) -> None:
    """By keys alone: the first is good, which leads to the second; that one is held, then good."""
    page.locator(".desk-section").first.focus()
    page.keyboard.press("a")
    expect(page.locator("#progress")).to_have_text("1 of 2 sections checked")
    expect(page.locator(".desk-section").last).to_be_focused()
    page.keyboard.press("h")
    expect(page.locator(".desk-note.wrong li")).to_have_count(1)
    expect(page.locator(".desk-section").last).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("#progress")).to_have_text("2 of 2 sections checked")


def _look_and_test(page: Page, mailbox: Callable[[], list[EmailMessage]]) -> None:
    """Preview as a set of categories sees it, and send a test that nobody counts."""
    page.get_by_role("link", name="Preview").click()
    frame = page.frame_locator("iframe.email")
    expect(frame.get_by_text("Services that handle many documents")).to_be_visible()
    page.get_by_label("Robots").uncheck()
    expect(frame.get_by_text("about robots")).to_have_count(0)
    page.get_by_label("Phone").check()
    expect(page.locator("iframe.email.phone")).to_be_visible()
    page.get_by_role("button", name="Send test").click()
    expect(page.locator(".messagelist")).to_contain_text("ann@example.org")
    assert [(one["To"], one["Subject"]) for one in mailbox()] == [("ann@example.org", "[TEST] FastThing and 1 more")]
    assert Delivery.objects.count() == 0


def _approve_edit_approve(page: Page, digest: Digest) -> None:
    """An edit voids the approval, visibly; it is given again."""
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


def _schedule_and_send(page: Page, mailbox: Callable[[], list[EmailMessage]]) -> None:
    """Schedule and undo, which takes the approval along; send now; pause before the first leaves, go on, watch the bar."""
    page.get_by_role("link", name="Send", exact=True).click()
    page.get_by_label("Choose a time").fill(f"{timezone.localtime() + dt.timedelta(days=1):%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Schedule").click()
    expect(page.locator("#state")).to_have_text("Planned")
    page.get_by_role("button", name="Cancel mailing").click()
    expect(page.locator("#state")).to_have_text("In review")
    page.wait_for_load_state()
    page.keyboard.press("Shift+A")
    expect(page.locator("#state")).to_have_text("Approved")

    page.get_by_role("link", name="Send", exact=True).click()
    page.get_by_role("button", name="Send now").click()
    dispatch.begin_due_mailings()
    expect(page.locator("#state")).to_have_text("Sending")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#state")).to_have_text("Paused")
    dispatch.send_due_mailings()
    assert mailbox() == []
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#state")).to_have_text("Sending")
    dispatch.send_due_mailings()
    expect(page.locator("#state")).to_have_text("Done")
    expect(page.locator("#bar")).to_have_js_property("value", 100)
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

    # An order does not leave the page while words are on it that stand nowhere else.
    bob.locator(".desk-section").first.get_by_role("button", name="Hold", exact=True).click()
    expect(box).to_be_visible()
    expect(texts[1]).to_have_value("Bob's words are newer.")
    assert digest.sections.get(position=0).verdict == ""

    box.get_by_role("button", name="Use mine").click()
    _saved(bob)
    assert digest.sections.get(position=0).text == "Bob's words are newer."
    ann.locator("#sign button").click()
    expect(ann.locator(".messagelist")).to_contain_text("changed since you opened it")
    assert Digest.objects.get().state == "in_review"


def test_an_answer_of_the_model_waits_for_who_is_typing(enter: Callable[..., Page], digest: Digest, model: LLM) -> None:
    page = enter("ann", "editor")
    page.goto(reverse("admin:digests_digest_review", args=[digest.pk]))
    first = page.locator(".desk-section").first
    first.focus()
    page.keyboard.press("r")
    page.keyboard.type("Shorter")
    page.keyboard.press("Enter")
    expect(first.locator(".wish progress")).to_be_visible()
    first.locator("textarea").fill("Ann's own words, about the method.")
    _saved(page)
    regenerate.run_pending_rewrites()
    expect(first.locator(".wish .tell")).to_have_text("The AI has finished.")
    expect(first.locator("textarea")).to_be_focused()

    # Nothing was overwritten; the model's text is there to take.
    first.get_by_role("button", name="Reload the page").click()
    expect(first.locator(".wish")).to_contain_text("This section changed while the AI was writing")
    expect(first.locator("textarea")).to_have_value("Ann's own words, about the method.")
    first.get_by_role("button", name="Use the AI’s text").click()
    _saved(page)
    expect(first.locator("textarea")).to_have_value(re.compile("Several approaches to reading long texts"))
    assert _text(digest, 0).count("Several approaches to reading long texts") == 1


def test_no_model_is_told_by_the_button_and_by_the_key(enter: Callable[..., Page], digest: Digest) -> None:
    page = enter("ann", "editor")
    page.goto(reverse("admin:digests_digest_review", args=[digest.pk]))
    page.locator(".desk-section").first.focus()
    page.keyboard.press("r")

    expect(page.locator("#saved")).to_have_text("Regenerate: set up an AI model first")
    expect(page.locator(".rewrite button").first).to_be_disabled()


def test_an_order_waits_for_the_words_before_it(enter: Callable[..., Page], digest: Digest) -> None:
    page = enter("ann", "editor")
    page.goto(reverse("admin:digests_digest_review", args=[digest.pk]))
    first = page.locator(".desk-section").first
    first.locator("textarea").fill("Typed a moment ago, about the method.")
    first.get_by_role("button", name="Hold", exact=True).click()

    expect(page.locator(".desk-section").first.locator(".verdict")).to_have_text("on hold")
    section = digest.sections.get(position=0)
    assert (section.text, section.verdict) == ("Typed a moment ago, about the method.", "held")


def test_one_click_is_one_order_and_what_takes_a_while_says_so(enter: Callable[..., Page], digest: Digest) -> None:
    page = enter("ann", "editor")
    page.goto(reverse("admin:digests_digest_review", args=[digest.pk]))
    page.evaluate(_REMEMBER)
    held: list[Route] = []

    def hold_back(route: Route) -> None:
        held.append(route)

    page.route("**/do/", hold_back)
    page.locator(".desk-section").first.get_by_role("button", name="Hold", exact=True).focus()
    for _click in range(3):
        page.keyboard.press("Enter")
    page.wait_for_timeout(1500)  # Playwright looks at no page that is about to go: what was shown is remembered
    assert len(held) == 1
    held[0].continue_()

    expect(page.locator(".desk-section").first.locator(".verdict")).to_have_text("on hold")
    assert page.evaluate("sessionStorage.shown") == "Working…, Hold"
    expect(page.locator(".busy")).to_have_count(0)


def test_approval_after_the_hour_asks_first(enter: Callable[..., Page], digest: Digest) -> None:
    Digest.objects.update(date=timezone.localdate() - dt.timedelta(days=2))
    page = enter("ann")
    page.goto(reverse("admin:digests_digest_review", args=[digest.pk]))
    expect(page.locator("#past-hour")).to_contain_text("It goes out 3 minutes after you approve it")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if len(asked) > 1 else dialog.dismiss()

    page.on("dialog", answer)
    for state in ("in_review", "approved"):
        page.locator("body").press("Shift+A")
        page.wait_for_timeout(1000)
        assert Digest.objects.get().state == state
    assert asked == ["The send time has passed, so this goes out 3 minutes after you approve. Approve?"] * 2


def test_what_is_behind_the_links_comes_to_a_preview_that_is_open(enter: Callable[..., Page], digest: Digest) -> None:
    page = enter("ann", "editor")
    page.goto(reverse("admin:newsletter_preview", args=[digest.pk]))
    expect(page.locator(".links")).to_contain_text("checking 3…")
    urls = list(digest.sections.values_list("items__url", flat=True))
    for url, state in zip(urls, ("dead", "fine", "fine"), strict=True):
        Link.objects.create(url=url, state=state, asked_at=timezone.now())

    expect(page.locator(".links li")).to_have_text("broken FastThing: a Method 🧩 LLM")
    expect(page.locator(".links progress")).to_have_count(0)


@pytest.mark.parametrize(("locale", "width", "scheme"), [("ko-KR", 768, "dark"), ("en-US", 1280, "light")])
def test_pages_are_accessible_and_no_wider_than_the_window(
    enter: Callable[..., Page], digest: Digest, locale: str, width: int, scheme: str
) -> None:
    page = enter("ann", "administrator", locale=locale, color_scheme=scheme, viewport={"width": width, "height": 900})
    reader = build.subscriber()
    for section, outcome in zip(digest.sections.all(), ("", "conflict"), strict=True):
        ended = timezone.now() if outcome else None
        Rewrite.objects.create(section=section, hint="Shorter", before="", outcome=outcome, finished_at=ended)
    wrong = {}
    names = [("index", []), ("digests_digest_review", [digest.pk]), ("digests_digest_changes", [digest.pk])]
    names += [("newsletter_preview", [digest.pk]), ("newsletter_schedule", [digest.pk]), ("newsletter_import", [])]
    names += [("newsletter_subscriber_change", [reader.pk]), ("digests_publication_change", [digest.publication_id])]
    for name, arguments in names:
        page.goto(reverse(f"admin:{name}", args=arguments))
        found = Axe().run(page, context="#content", options=_AXE).response["violations"]
        said = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        if said or wide:
            wrong[name] = (said, wide)

    assert wrong == {}


def test_a_secondary_button_looks_secondary(enter: Callable[..., Page], digest: Digest) -> None:
    page = enter("ann")
    page.goto(reverse("admin:digests_digest_review", args=[digest.pk]))

    names = ("Hold", "Looks good, next")
    buttons = [page.get_by_role("button", name=name, exact=True).first for name in names]
    colors = [button.evaluate("one => getComputedStyle(one).backgroundColor") for button in buttons]

    assert colors == ["rgba(0, 0, 0, 0)", "rgb(27, 79, 143)"]

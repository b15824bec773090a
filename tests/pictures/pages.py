"""Lists every page that is shown: the public ones, the personal ones behind signed links, and those of the desk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import reverse
from playwright.sync_api import Page

from digests.models import Category, Digest, Item, Publication, Source
from newsletter.demo.run import DEMO_DATE
from newsletter.models import Mailing, Subscriber
from newsletter.subscribers.antispam import MIN_FILL_SECONDS
from tests.pictures.rows import PUBLICATIONS, WRITTEN_DATE, Links

Act = Callable[[Page], None]


@dataclass(frozen=True)
class Shot:
    """A page to be shown: its name, its address, what a person does there first, and the status that it answers with."""

    name: str
    address: str
    act: Act | None = None
    status: int = 200
    part: str = ""  # the CSS selector of the piece that is shown instead of the whole page
    first_screen: bool = False  # whether the first screen is shown too: something sticks to its edge


def _press(selector: str, **fields: str) -> Act:
    """Return what fills in fields, by their names, and presses a button."""

    def act(page: Page) -> None:
        for name, value in fields.items():
            page.locator(f"main [name={name}]").first.fill(value)
        with page.expect_navigation():
            page.locator(selector).first.click()

    return act


def _sign_up(address: str, *, with_categories: bool = True) -> Act:
    def act(page: Page) -> None:
        for box in page.locator("input[name=category]").all():
            if not with_categories:
                box.set_checked(False)
        page.locator("#email").fill(address)
        page.wait_for_timeout(MIN_FILL_SECONDS * 1000 + 200)  # a person is not faster
        with page.expect_navigation():
            page.locator(".join .button").first.click()

    return act


def _open_details(page: Page) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true })")


def _wait_for_sizes(page: Page) -> None:
    """Wait until a script has counted which set of categories makes the largest email."""
    page.locator("progress").wait_for(state="hidden")


def list_public_shots(language: str) -> Iterator[Shot]:
    """Yield the pages that anybody can open."""
    slug = PUBLICATIONS[language]
    issue, word = f"/{slug}/{DEMO_DATE}/", {"ko": "에이전트", "en": "agents"}[language]
    chosen = f"/{slug}/?category=llm&category=multimodal&category=computer-vision"
    yield from [
        Shot("home", "/"),
        Shot("publication", chosen, first_screen=True),
        Shot("publication-nothing-chosen", f"/{slug}/"),
        Shot("publication-news", "/news/"),
        Shot("sign-up-problem", f"/{slug}/", _sign_up("kim@gmial.com", with_categories=False), 400),
        Shot("sent", chosen, _sign_up("iseul@example.com")),
        Shot("preview", f"/{slug}/preview/?category=llm&category=multimodal"),
        Shot("archive", f"/{slug}/archive/"),
        Shot("archive-category", f"/{slug}/archive/?category=llm"),
        Shot("issue", issue, first_screen=True),
        Shot("issue-news", f"/news/{DEMO_DATE}/"),
        Shot("issue-written", f"/papers/{WRITTEN_DATE}/"),
        Shot("issue-written-evidence", f"/papers/{WRITTEN_DATE}/", _open_details),
        Shot("search", f"/search/?q={word}"),
        Shot("search-empty", "/search/"),
        Shot("search-nothing", "/search/?q=zzz"),
        Shot("feedback", f"{issue}feedback/?answer=no"),
        Shot("feedback-thanks", f"{issue}feedback/?answer=yes", _press("main button.button")),
        Shot("about", "/about/"),
        Shot("privacy", "/privacy/"),
        Shot("lost-link", reverse("lost_link")),
        Shot("lost-link-sent", reverse("lost_link"), _press("form.lost button.plain", email="haneul@example.com")),
        Shot("error-404", "/no/such/page/", status=404),
        Shot("error-stale-link", f"/c/{'x' * 32}/", status=404),
    ]


def list_personal_shots(links: Links) -> Iterator[Shot]:
    """Yield the pages behind the links of emails; what is pressed on one changes no other."""
    undo = "button[value=undo]"
    yield from [
        Shot("confirm", links.confirm),
        Shot("confirmed", links.confirm, _press("main button.button")),
        Shot("never", links.never),
        Shot("never-done", links.never, _press("main button.button")),
        Shot("preferences", links.manage, first_screen=True),
        Shot("preferences-open", links.manage, _open_details),
        Shot("preferences-saved", links.manage, _press(".sticky button")),
        Shot("preferences-paused", links.paused),
        Shot("leave", links.leave),
        Shot("left", links.leave, _press("main button.button")),
        Shot("left-undone", links.left, _press(undo)),
        Shot("leave-category", links.leave_category),
        Shot("left-category", links.leave_category, _press("main button.button")),
        Shot("your-data", links.owner),
        Shot("new-address", links.address),
        Shot("take-address-back", links.take_back),
    ]


def list_desk_shots(reviewed: Digest, language: str) -> Iterator[Shot]:
    """Yield the pages of the desk."""
    slug, name = PUBLICATIONS[language], {"ko": "minji", "en": "alice"}[language]
    sent = Mailing.objects.get(digest__publication__slug=slug, digest__date=DEMO_DATE)
    publication, source = Publication.objects.get(slug=slug), Source.objects.get(slug="demo-arxiv")
    reader, category = Subscriber.objects.get(email=f"{name}@example.org"), Category.objects.get(slug="llm")
    item = Item.objects.order_by("pk")[0]
    review = reverse("admin:digests_digest_review", args=[reviewed.pk])
    written = reviewed.sections.get(category__slug="multimodal")
    yield from [
        Shot("desk-today", reverse("admin:index")),
        Shot("desk-review", review, first_screen=True),
        Shot("desk-review-section", review, part=f"#section-{written.pk}"),
        Shot("desk-review-evidence", review, _open_details, part=f"#section-{written.pk}"),
        Shot("desk-review-approved", reverse("admin:digests_digest_review", args=[sent.digest_id])),
        Shot("desk-changes", reverse("admin:digests_digest_changes", args=[sent.digest_id])),
        Shot("desk-preview", reverse("admin:newsletter_preview", args=[sent.digest_id]), _wait_for_sizes),
        Shot("desk-schedule", reverse("admin:newsletter_schedule", args=[reviewed.pk])),
        Shot("desk-mailing", reverse("admin:newsletter_progress", args=[sent.pk])),
        Shot("desk-check-mail", reverse("admin:newsletter_check_mail")),
        Shot("desk-publication", reverse("admin:digests_publication_change", args=[publication.pk])),
        Shot("desk-source", reverse("admin:digests_source_change", args=[source.pk])),
        Shot("desk-category", reverse("admin:digests_category_change", args=[category.pk])),
        Shot("desk-category-merge", reverse("admin:newsletter_merge", args=[category.pk])),
        Shot("desk-category-split", reverse("admin:newsletter_split", args=[category.pk])),
        Shot("desk-item", reverse("admin:digests_item_change", args=[item.pk])),
        Shot("desk-subscriber", reverse("admin:newsletter_subscriber_change", args=[reader.pk])),
        Shot("desk-import", reverse("admin:newsletter_import")),
        Shot("desk-two-factor", reverse("second")),
        Shot("desk-password", reverse("admin:password_change")),
    ]
    for table in (Digest, Publication, Source, Category, Item):
        yield Shot(f"desk-list-{table._meta.model_name}", reverse(f"admin:digests_{table._meta.model_name}_changelist"))
    for table_name in ("subscriber", "mailing", "event", "suppression"):
        yield Shot(f"desk-list-{table_name}", reverse(f"admin:newsletter_{table_name}_changelist"))
    yield Shot("desk-list-user", reverse("admin:auth_user_changelist"))


def list_doors() -> Iterator[Shot]:
    """Yield the pages of the desk before anybody has logged in."""
    yield Shot("desk-login", reverse("admin:login"))
    wrong = _press("[type=submit]", username="editor", password="wrong")
    yield Shot("desk-login-wrong", reverse("admin:login"), wrong)


def list_forbidden() -> Iterator[Shot]:
    """Yield what a person at the desk sees who may not open a page."""
    yield Shot("error-403", reverse("admin:newsletter_subscriber_changelist"), status=403)

"""Both CSS inliners make the same email of every kind that is sent, so that one may take the other's place."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test.signals import template_rendered
from lxml import html as lxml_html
from mjml import mjml2html

from digests.models import Digest, Section
from newsletter.emails.compose import compose_digest, compose_service_mail
from newsletter.emails.css_inlining import inline_with_css_inline, inline_with_premailer
from newsletter.models import CategorySplit
from newsletter.models.category_changes import SplitPrompt
from tests import build

pytestmark = pytest.mark.django_db

TEXT = """### 주요 주제

{slug} 이야기 & <별> 하나, `x < y`와 **굵은 말**.

> 인용한 말

### 핵심 내용

1. **[{title}]({url})** — 요점 하나
2. 둘째 요점

   이어지는 문단

   - 안쪽 목록
"""
# premailer takes a rule of :root for one that cannot be inlined; css-inline writes it into the root, where it says the same.
OF_ROOT = {"color-scheme": "light dark"}
SIDES = ("top", "right", "bottom", "left")


def make_digest(language: str) -> Digest:
    """Return a digest with everything that a digest's email may have."""
    publication = build.publication("papers", language=language, name="Papers", tagline="One line & more")
    digest = build.digest(publication, opening="오늘은 **조용**합니다.", chart=b"png", chart_alt="llm 1")
    for slug in ("llm", "vision", "robotics"):
        category = build.category(slug, names={"ko": f"분야 {slug}", "en": f"Field {slug}"}, color="#0d9488")
        item = build.item(f"Paper on {slug} & <more>", url=f"https://example.org/{slug}?a=1&b=2")
        text = TEXT.format(slug=slug, title=item.title, url=item.url)
        build.section(digest, category, items=[item, build.item()], text=text, origin=Section.Origin.MODEL)
    split = CategorySplit.objects.create(category=category)
    SplitPrompt.objects.create(split=split, subscription=build.subscription(publication, [category]))
    return digest


def compose_confirmation(language: str) -> None:
    url = "https://news.test/c/abc/?x=1&y=2"
    context = {"publication": "Papers <1>", "url": url, "categories": ["A&B", "C"], "days": 7, "never": url}
    compose_service_mail("confirm", context, language=language)


def compose_note(language: str) -> None:
    url = "https://news.test/m/abc/"
    context = {"title": "제목", "paragraphs": ["하나 & 둘", "Three"], "button": "Open", "url": url, "quiet": ["Small"]}
    compose_service_mail("note", context | {"leave": url, "leave_words": "Unsubscribe"}, language=language)


KINDS: dict[str, Callable[[str], Any]] = {
    "digest": lambda language: compose_digest(make_digest(language), nonce="0123456789abcdef"),
    "confirm": compose_confirmation,
    "note": compose_note,
}


@contextmanager
def listen_to_templates() -> Iterator[dict[str, dict[str, Any]]]:
    """Collect the values that each template of an email is rendered with."""
    found: dict[str, dict[str, Any]] = {}

    def receive(template: Any, context: Any, **_signal: Any) -> None:
        if template.name.endswith(".mjml"):
            found.setdefault(template.name, context.flatten())

    template_rendered.connect(receive)
    yield found
    template_rendered.disconnect(receive)


@pytest.fixture(params=[(kind, language) for kind in KINDS for language in ("ko", "en")], ids="-".join)
def email(request: pytest.FixtureRequest, settings: Any) -> str:
    """Return an email's HTML as MJML makes it, before anything is inlined."""
    settings.POSTAL_ADDRESS = "1 Example Street, Seoul"
    kind, language = request.param
    with listen_to_templates() as pages:
        KINDS[kind](language)
    return str(mjml2html(render_to_string(f"email/{kind}.mjml", pages[f"email/{kind}.mjml"]), fonts={}))


def words(text: str | None) -> str:
    return " ".join((text or "").split())


def computed_style(element: Any) -> dict[str, str]:
    """Return an element's own declarations as a browser takes them: the last one wins, a shorthand sets its sides."""
    found: dict[str, str] = {}
    for declaration in re.split(r";\s*", (element.get("style") or "").strip(" ;")):
        name, _colon, typed = declaration.partition(":")
        value = re.sub(r"\s*,\s*", ",", words(typed))
        if name.strip() in {"margin", "padding"}:
            top, right, bottom, left, *_rest = [*value.split(), *[""] * 3]
            sides = (top, right or top, bottom or top, left or right or top)
            found |= {f"{name.strip()}-{side}": size for side, size in zip(SIDES, sides, strict=True)}
        elif name:
            found[name.strip()] = value
    return found


def describe_elements(html: str) -> list[tuple[str, dict[str, str], str, str]]:
    """Return each element and comment in its order: name, attributes except its style, text, and text behind it."""
    return [
        (
            str(one.tag),
            {str(name): words(str(value)) for name, value in one.attrib.items() if name != "style"},
            words(one.text),
            words(one.tail),
        )
        for one in lxml_html.document_fromstring(html).iter()
    ]


def read_lines(html: str) -> list[str]:
    """Return the text of each paragraph, heading and link as it is read, so that a lost space would show."""
    names = ("title", "p", "h1", "h2", "h3", "h4", "a")
    return [
        words("".join(str(part) for part in one.itertext())) for one in lxml_html.document_fromstring(html).iter(*names)
    ]


def test_inliners_make_the_same_elements_and_text(email: str) -> None:
    first, second = inline_with_premailer(email), inline_with_css_inline(email)

    assert describe_elements(first) == describe_elements(second)
    assert read_lines(first) == read_lines(second) == read_lines(email)


def test_inliners_give_every_element_the_same_style(email: str) -> None:
    first, second = (
        [(str(one.tag), computed_style(one)) for one in lxml_html.document_fromstring(inline(email)).iter()]
        for inline in (inline_with_premailer, inline_with_css_inline)
    )

    assert first[0] == ("html", {})
    assert second == [("html", OF_ROOT), *first[1:]]
    assert len([style for _tag, style in first if style]) > len(re.findall(r'\sstyle="', email))


@pytest.mark.parametrize("inline", [inline_with_premailer, inline_with_css_inline])
def test_inliner_keeps_what_media_queries_need(email: str, inline: Callable[[str], str]) -> None:
    before, after = (lxml_html.document_fromstring(html) for html in (email, inline(email)))

    sheets = [[words(one.text) for one in root.iter("style")] for root in (before, after)]
    assert sheets[0] == sheets[1]
    assert len([sheet for sheet in sheets[1] if "@media (prefers-color-scheme: dark)" in sheet]) == 1
    assert [one.get("class") for one in before.iter()] == [one.get("class") for one in after.iter()]

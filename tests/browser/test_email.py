"""The email in a browser: its headlines are on the first screen, no set of sections is too long, and it can be read in the dark."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from digests.models import Digest, Section
from newsletter.emails.compose import build_fragments, compose_digest, compose_service_mail
from newsletter.emails.joining import MailingFragments, join_fragments
from newsletter.emails.markers import make_marker
from newsletter.emails.size_limit import MAX_HTML_BYTES
from newsletter.models import Mailing
from tests import build

pytestmark = [pytest.mark.django_db, pytest.mark.browser]

NONCE = "0123456789abcdef"
HEADLINE = "도구 없이도 긴 문맥에 답하는 모델을 적은 자료로 훈련하는 새 방법"  # 37 letters, as long as ours become
SENTENCES = "훈련 자료를 긴 문맥의 문답으로 바꾸는 방법을 제안합니다. 도구를 쓰지 않고 바로 답하게 훈련한 모델이 공개된 벤치마크에서 12.4점 올랐습니다."
LEAD = "긴 문맥을 다루는 학습 자료와, 학습 분포를 벗어난 실패를 잡는 감시 모델이 오늘의 주제입니다."
MEANING = "긴 문서를 다루는 서비스는 도구 호출 비용을 줄일 수 있습니다. 두 연구 모두 영어 자료로만 시험했습니다."
# The contrast of each text with the page or box behind it, as WCAG computes it; texts that nobody sees are left out.
LEAST_CONTRAST = """() => {
  const light = color => { const [r, g, b] = color.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b };
  const read = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const behind = one => { for (let at = one; at; at = at.parentElement) { const found = read(getComputedStyle(at).backgroundColor);
    if (found.length === 3 || found[3] > 0) return found.slice(0, 3) } return [255, 255, 255] };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); let least = 21, where = "";
  while (walker.nextNode()) { const one = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !one.getClientRects().length) continue;
    const [a, b] = [light(read(getComputedStyle(one).color)), light(behind(one))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05); if (ratio < least) { least = ratio; where = walker.currentNode.data } }
  return [least, where] }"""


def make_letter(sections: int, items: int) -> MailingFragments:
    """Return the fragments of a digest whose headlines and texts are as long as they may be."""
    digest = build.digest(build.publication("papers", short_name="AI 논문"), state=Digest.State.IN_REVIEW)
    for number in range(sections):
        category = build.category(f"c{number}", names={"ko": f"분야 이름 {number}"}, color="#1b6ec2")
        rows = [build.item(f"A Title of the Kind That Papers Have, With a Subtitle {number}.{n}") for n in range(items)]
        points = "\n".join(
            f"{n}. **[{HEADLINE} {number}.{n}]({one.url})** — {SENTENCES}" for n, one in enumerate(rows, start=1)
        )
        text = f"### 주요 주제\n\n{LEAD}\n\n### 핵심 내용\n\n{points}\n\n### 영향과 전망\n\n{MEANING}"
        build.section(digest, category, items=rows, text=text, origin=Section.Origin.MODEL, found=34)
    mailing = Mailing(digest=digest, subject="", approved_hash=NONCE)
    return MailingFragments(mailing, NONCE, build_fragments(mailing, compose_digest(digest, nonce=NONCE)))


def show(page: Page, letter: MailingFragments, bits: int) -> Any:
    """Show the email of a set of sections; return it."""
    joined = join_fragments(letter, bits)
    html = joined.html
    for name in ("manage", "leave"):
        html = html.replace(make_marker(NONCE, name), "https://news.test/m/" + "x" * 40)
    page.set_content(html)
    return joined


def test_three_headlines_stand_on_the_first_screen_of_a_phone(visit: Callable[..., Page]):
    page = visit(viewport={"width": 375, "height": 667})
    show(page, make_letter(3, 2), 0b111)

    places = page.locator(".top a").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(one => [one.top, one.bottom])"
    )

    assert len(places) == 3
    assert places[0][0] < 160
    assert places[2][1] < 440
    assert min(bottom - top for top, bottom in places) >= 44  # a finger
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_can_be_read_in_both_themes(visit: Callable[..., Page], theme: str):
    page = visit(viewport={"width": 600, "height": 800}, color_scheme=theme)
    show(page, make_letter(4, 6), 0b1111)

    least, where = page.evaluate(LEAST_CONTRAST)

    assert least >= 4.5, where


def test_no_set_of_sections_is_too_long(visit: Callable[..., Page]):
    letter, chance = make_letter(24, 6), random.Random(14)
    page = visit(viewport={"width": 600, "height": 800})
    sets = [sum(1 << n for n in chance.sample(range(24), count)) for count in (1, 2, 3, 5, 8, 12, 16, 20, 24)]

    heights, minutes, sizes = [], [], []
    for bits in sets:
        joined = show(page, letter, bits)
        heights.append(page.evaluate("document.documentElement.scrollHeight"))
        minutes.append(joined.minutes)
        sizes.append(len(joined.html.encode()))

    assert max(heights) <= 9000
    assert max(minutes) < 6
    assert max(sizes) <= MAX_HTML_BYTES
    assert page.locator("h2").count() == 24
    assert [heights[n] > heights[n - 1] for n in (1, 2, 3)] == [True, True, True]  # a short email is not cut


def test_a_long_line_of_a_service_mail_does_not_stretch_it(visit: Callable[..., Page]):
    page = visit(viewport={"width": 375, "height": 667}, is_mobile=True)
    items = [{"url": "https://news.test/", "headline": HEADLINE, "line": SENTENCES * 3}] * 3
    context = {
        "title": HEADLINE,
        "paragraphs": [SENTENCES],
        "items": items,
        "items_title": "5월 22일",
        "url": "https://news.test/",
    }
    page.set_content(compose_service_mail("note", context | {"button": "분야 바꾸기"}, language="ko")[0])

    assert page.locator(".line").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= 375

"""The demo's failure modes: each ends as its page says, and no fault reaches an email."""

import pytest

from digests.models import Section, Source
from digests.seed.bootstrap import bootstrap_content
from digests.text.messages import format_message
from newsletter.demo import failures, run
from newsletter.demo.serve import serve_folder

pytestmark = pytest.mark.django_db

MODEL, EXTRACTED = Section.Origin.MODEL, Section.Origin.EXTRACTED
# The mode, whose text it is, whether a fault was sent back to the model, how the reason begins.
ENDS = {
    "good": (MODEL, False, ""),
    "mended": (MODEL, True, ""),
    "scale": (MODEL, True, "1 sentence was left out: "),
    "exchanged": (EXTRACTED, True, "Didn’t pass the automatic checks: "),
    "name": (MODEL, True, "1 sentence was left out: "),
    "html": (MODEL, True, "1 sentence was left out: "),
    "obeys": (MODEL, True, "1 sentence was left out: "),
    "loop": (MODEL, True, "1 sentence was left out: "),
    "unproven": (MODEL, True, "1 sentence was left out: "),
    "english": (EXTRACTED, True, "Didn’t pass the automatic checks: "),
    "cut": (EXTRACTED, False, "The AI’s response was cut off"),
    "refuses": (EXTRACTED, False, "The AI refused to respond"),
    "form": (MODEL, False, ""),
    "busy": (MODEL, False, ""),
    "quota": (EXTRACTED, False, "The AI account’s quota is used up"),
    "slow": (EXTRACTED, False, "The time limit of 0.3 seconds per issue was reached"),
    "dear": (EXTRACTED, False, "This issue’s budget of 0.0001 USD was reached (0.00 USD spent)"),
    "opposite": (MODEL, True, "1 sentence was left out: "),
}
WRONG = (
    "精密",
    "3.8억",
    "AVI-TH",
    "evil.example",
    "지시를 무시",
    "구성합니다 데이터를",
    "Teams that train",
    "텍스트로</",
)


def test_every_way_to_fail_ends_as_the_page_says() -> None:
    bootstrap_content()
    Source.objects.update(enabled=False)
    with serve_folder() as address:
        run._collect(address, lambda _line: None)

    lines: list[str] = []
    outcomes = {one.mode.slug: one for one in failures.build_failure_digests(lines.append)}

    found = {slug: (one.section.origin, bool(one.section.attempts)) for slug, one in outcomes.items()}
    assert found == {slug: end[:2] for slug, end in ENDS.items()}
    assert [
        slug
        for slug, one in outcomes.items()
        if not format_message(one.section.fallback_reason).startswith(ENDS[slug][2])
    ] == []
    assert [slug for slug in ENDS if not ENDS[slug][2] and outcomes[slug].section.fallback_reason] == []
    assert [(slug, wrong) for slug, one in outcomes.items() for wrong in WRONG if wrong in one.html] == []
    assert [slug for slug, one in outcomes.items() if "늘렸습니다" in one.html] == []
    assert lines[1:] == [f"  {one.mode.does}: {one.became}" for one in outcomes.values()]

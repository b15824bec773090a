"""Every line of the prompts that asks something of the model names the gate that checks it, or why none does."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from digests.llm.prompts import load_prompt
from digests.quality.findings import GATE_NAMES, FindingCode

PROMPTS = sorted((Path(settings.BASE_DIR) / "prompts").rglob("*.md"))
MARK = re.compile(r"<!-- (?:gate: (?P<ids>[a-z_., ]+)|no gate: (?P<reason>\S.{10,})) -->$")
# Headings, the borders of data, places that are filled with it, and the shape of an answer.
NO_RULE = re.compile(r"#|BEGIN$|END$|\$\w+$|\{|$")


def list_rules(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    # A line that ends in a colon introduces the next.
    return [line for line in lines if not NO_RULE.match(line) and not line.endswith(":")]


@pytest.mark.parametrize("path", PROMPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_rule_names_its_gate_or_why_there_is_none(path):
    assert [line for line in list_rules(path) if not MARK.search(line)] == []


@pytest.mark.parametrize("path", PROMPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_gate_that_a_rule_names_exists(path):
    marks = [found["ids"] for line in list_rules(path) if (found := MARK.search(line)) and found["ids"]]
    named = {name for ids in marks for name in ids.split(", ")}

    assert named - set(GATE_NAMES) - set(FindingCode.values) == set()


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", ["summarize", "verify", "hint", "repair"])
def test_the_model_does_not_read_the_marks(name, language):
    text = load_prompt(name, language).template

    assert re.findall("<!--|-->|no gate", text) == []
    assert re.findall(r"[ \t]+$", text, re.MULTILINE) == []


def test_both_languages_ask_for_the_same_files():
    files = {language: {path.name for path in PROMPTS if path.parent.name == language} for language in ("ko", "en")}

    assert files["ko"] == files["en"]

"""Measures the chain: what becomes of sections when a model is wrong in 30 of 100 of its answers and of its repairs.

A server on this machine answers as an OpenAI-compatible one does. Each section is written by the product's own code
(`digests.writing.section_writer`), by rules alone or with a second model that is right about 9 of 10 wrong sentences, calls 3 of 100
right ones "not stated", and quotes in one of ten cases what stands in no abstract. All draws are seeded with the section's name.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.test.utils import override_settings

from digests.llm.budget import Budget
from digests.llm.prompts import load_prompt
from digests.quality.gates import check_section_text
from digests.text.evidence import list_evidence
from digests.text.section_schema import SectionAnswer, render_written_section
from digests.writing.section_writer import HeldByGatesError, SectionBrief, WritingRecord, write_parts
from tests import llmserver
from tests.eval.corrupt import make_corruptions
from tests.eval.evidence import Given, inflate
from tests.eval.measure import Share
from tests.eval.seeds import Seed

WRONG_ANSWERS = 0.3
VERIFIER_FINDS, VERIFIER_ALARMS, WRONG_QUOTES = 0.9, 0.03, 0.1
# What is no sentence that a reader could get: the shape of an answer, or the same fault as a whole answer.
NOT_IN_CHAIN = {"item number unknown", "part left empty", "item omitted"}


@dataclass
class ChainResult:
    """What became of the sections: shares of all sections, but for the right ones of those that were right from the first answer on."""

    corrupted: Share = field(default_factory=Share)  # a faulty sentence stayed, and nothing says so
    warned: Share = field(default_factory=Share)  # a faulty sentence stayed with a finding or a note
    held: Share = field(default_factory=Share)  # no text of the model was used
    right_losing: Share = field(default_factory=Share)  # right from the first answer on, and not all of it stayed
    requests: int = 0
    examples: list[str] = field(default_factory=list)


class _Server:
    """The scripted answers for one section: right, or with one fault."""

    def __init__(self, seed: Seed) -> None:
        self.seed = seed
        self.random = random.Random(f"chain/{seed.name}")
        self.faults = [one for one in make_corruptions(seed) if one[0] not in NOT_IN_CHAIN]
        self.answers: list[tuple[str, SectionAnswer]] = []  # the kind of fault, "" for a right one

    def answer(self, prompt: str, _items: Any) -> dict[str, Any]:
        """Answer as the model that writes, or as the one that checks."""
        if rows := llmserver.sentences_in(prompt):
            return {"verdicts": [self._judge(row) for row in rows]}
        kind, answer = "", self.seed.answer
        if self.random.random() < WRONG_ANSWERS:
            kind, broken = self.random.choice(self.faults)
            answer = inflate(broken.parts, self.seed, self.random.choice(list(Given)))
        self.answers.append((kind, answer))
        return answer.model_dump()

    def _judge(self, row: dict[str, Any]) -> dict[str, Any]:
        wrong = row["text"] not in _list_texts(self.seed.answer)
        passage = row["passages"].partition(" … ")[0]
        quote = "No abstract has this sentence." if self.random.random() < WRONG_QUOTES else passage
        if wrong:
            verdict = "contradicted" if self.random.random() < VERIFIER_FINDS else "supported"
        else:
            verdict = "not_stated" if self.random.random() < VERIFIER_ALARMS else "supported"
        return {"sentence": row["sentence"], "verdict": verdict, "quote": quote}


def measure_chain(seeds: Sequence[Seed], *, verifier: bool) -> ChainResult:
    """Have each section written once, and return what came of them."""
    result = ChainResult()
    for seed in seeds:
        scripted = _Server(seed)
        with llmserver.serve_llm(then=scripted.answer) as server:
            own = {"OPENAI_BASE_URL": server.url, "LLM_MODEL": "scripted", "LLM_VERIFY": verifier, "LLM_TIMEOUT": 30}
            with override_settings(**own):
                _count_section(result, seed, scripted)
            result.requests += len(server.requests)
    return result


def _count_section(result: ChainResult, seed: Seed, scripted: _Server) -> None:
    template = load_prompt("summarize", seed.language)
    items = list(seed.items)
    brief = SectionBrief("Papers", "Papers", "AI", "AI", seed.language, items, items, "")
    try:
        written = write_parts(brief, template, WritingRecord(Budget(usd=Decimal(0), seconds=0)))
    except HeldByGatesError:
        result.held.count(True)
        kept, note = None, {"code": "held"}
    else:
        result.held.count(False)
        kept, note = written.parts, written.note
    wrong = _find_wrong_sentences(kept, seed) if kept else []
    found = kept and check_section_text(
        render_written_section(kept, items, seed.language), items, seed.language, evidence=list_evidence(kept)
    )
    result.corrupted.count(bool(wrong) and not note and not found)
    result.warned.count(bool(wrong) and bool(note or found))
    if wrong and not note and not found:
        result.examples.append(f"{seed.name} {scripted.answers[-1][0]}: {wrong[0]}")
    if not scripted.answers[0][0]:  # right from the first answer on
        right = _list_texts(seed.answer)
        result.right_losing.count(kept is None or not right <= _list_texts(kept))


def _list_texts(parts: SectionAnswer) -> set[str]:
    """Return the sentences and headlines of an answer."""
    texts = {sentence.text for _part, _number, sentences in parts.list_sentences() for sentence in sentences}
    return texts | {point.headline for point in parts.points}


def _find_wrong_sentences(kept: SectionAnswer, seed: Seed) -> list[str]:
    """Return the sentences that neither the right section nor a source has."""
    sources = " ".join(f"{item.title} {' '.join(item.summary.split())}" for item in seed.items)
    return sorted(text for text in _list_texts(kept) - _list_texts(seed.answer) if text not in sources)

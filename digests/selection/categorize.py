"""Items of a publication's window -> one category each of its closed list, or unsorted with a suggested label.

What is known is kept: a row of this publication is never touched, so a person's choice stands, and what another
publication decided is taken over where the category is on this list too. The rest is asked of the model in batches of
numbered titles; what it leaves out twice, or all of a batch that fails, is filed by `rules`, as is everything where no
model is configured. Retired categories take nothing.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, create_model

from digests.llm.budget import Budget
from digests.llm.errors import LLMError
from digests.llm.prompts import PromptError, fill_prompt, format_json_lines, load_prompt
from digests.llm.requests import is_model_configured, request_answer
from digests.models import Category, Classification, Item, Publication
from digests.selection import keyword_rules
from digests.text.cleaning import clean_line
from digests.text.latex import latex_to_text

logger = logging.getLogger(__name__)

BATCH_ITEMS = 20  # a model that sorts more at once begins to leave some out
MAX_FAILED_BATCHES = 2  # failed batches in a row; a server that hangs would cost minutes for each further one
SHORT_TITLE_WORDS = 5  # words; a shorter title is sent with its text
EXCERPT_CHARACTERS = 500  # characters of that text
UNSORTED = "unsorted"
By = Classification.By


@dataclass(frozen=True)
class _Choice:
    category: Category | None
    by: str
    label: str = ""


class _Answer(BaseModel):
    """One line of the model's answer."""

    model_config = ConfigDict(extra="forbid")

    number: int
    category: str
    label: str


class _Answers(BaseModel):
    model_config = ConfigDict(extra="forbid")

    answers: list[_Answer]


def categorize_items(publication: Publication, items: Iterable[Item], *, budget: Budget | None = None) -> int:
    """Make the missing classifications of the items, at the cost of `budget`; return how many were made."""
    wanted = {item.pk: item for item in items}
    done = Classification.objects.filter(publication=publication, item__in=wanted).values_list("item", flat=True)
    for pk in list(done):
        del wanted[pk]
    if not wanted:
        return 0
    categories = list(publication.categories.filter(retired=False))
    choices = _reused_choices(publication, wanted, categories)
    left = [item for pk, item in wanted.items() if pk not in choices]
    choices |= _choose_categories(publication, left, categories, budget or Budget())
    # Another worker, or a person, may have been faster: their row stays.
    Classification.objects.bulk_create(
        [
            Classification(
                publication=publication, item_id=pk, category=made.category, suggested=made.label, by=made.by
            )
            for pk, made in choices.items()
        ],
        ignore_conflicts=True,
    )
    unsorted = sum(made.category is None for made in choices.values())
    logger.info("categorized publication=%s items=%d unsorted=%d", publication.slug, len(choices), unsorted)
    return len(choices)


def _reused_choices(
    publication: Publication, wanted: Iterable[int], categories: Sequence[Category]
) -> dict[int, _Choice]:
    """Return what other publications decided within this list, a person's decision before any other."""
    by_pk = {category.pk: category for category in categories}
    rows = (
        Classification.objects.filter(item__in=list(wanted), category__in=by_pk)
        .exclude(publication=publication)
        .order_by("pk")
        .values_list("item", "category", "by")
    )
    choices: dict[int, _Choice] = {}
    for item, category, _by in sorted(rows, key=lambda row: row[2] != By.PERSON):
        choices.setdefault(item, _Choice(by_pk[category], By.REUSED))
    return choices


def _choose_categories(
    publication: Publication, items: list[Item], categories: list[Category], budget: Budget
) -> dict[int, _Choice]:
    choices = (
        _ask_model_in_batches(publication, items, categories, budget) if categories and is_model_configured() else {}
    )
    prepared = keyword_rules.build_rules(categories)
    by_slug = {category.slug: category for category in categories}
    for item in items:
        if item.pk not in choices:
            guess = keyword_rules.guess_category(item.title, item.summary, prepared)
            choices[item.pk] = _Choice(by_slug.get(guess.slug), By.RULES, guess.label[:100])
    return choices


def _ask_model_in_batches(
    publication: Publication, items: list[Item], categories: list[Category], budget: Budget
) -> dict[int, _Choice]:
    """Return what the model said; after batches that failed in a row the rest is not asked."""
    choices: dict[int, _Choice] = {}
    failures = 0
    for start in range(0, len(items), BATCH_ITEMS):
        try:
            _classify_batch(items[start : start + BATCH_ITEMS], categories, choices, budget)
            failures = 0
        except (LLMError, PromptError) as error:
            failures += 1
            logger.warning("model did not categorize publication=%s from=%d: %s", publication.slug, start, error)
        if failures == MAX_FAILED_BATCHES:
            break
    return choices


def _classify_batch(items: list[Item], categories: list[Category], choices: dict[int, _Choice], budget: Budget) -> None:
    """Add the answers for a batch to `choices`; what was left out, or answered in two ways, is asked once more."""
    choices |= _ask_model(items, categories, budget)
    if left := [item for item in items if item.pk not in choices]:
        choices |= _ask_model(left, categories, budget)


def _ask_model(items: list[Item], categories: list[Category], budget: Budget) -> dict[int, _Choice]:
    prompt = fill_prompt(
        load_prompt("categorize"),
        categories=format_json_lines(
            {"category": c.slug, "name": c.name("en"), "description": c.description("en")} for c in categories
        ),
        items=format_json_lines(_prompt_row(number, item) for number, item in enumerate(items, 1)),
    )
    by_slug: dict[str, Category | None] = {category.slug: category for category in categories} | {UNSORTED: None}
    said: dict[int, set[tuple[str, str]]] = {}
    for answer in request_answer(
        prompt, _schema([category.slug for category in categories]), budget=budget
    ).parsed.answers:
        if 1 <= answer.number <= len(items) and answer.category in by_slug:
            label = clean_line(latex_to_text(answer.label), 100) if answer.category == UNSORTED else ""
            said.setdefault(answer.number, set()).add((answer.category, label))
    return {
        items[number - 1].pk: _Choice(by_slug[slug], By.MODEL, label)
        for number, ((slug, label), *others) in said.items()
        if not others
    }


def _prompt_row(number: int, item: Item) -> dict[str, str | int]:
    row: dict[str, str | int] = {"number": number, "title": item.title}
    if len(item.title.split()) < SHORT_TITLE_WORDS and item.summary:
        row["text"] = clean_line(item.summary, EXCERPT_CHARACTERS)
    return row


def _schema(slugs: list[str]) -> type[_Answers]:
    """Return the answer's schema, which tells the server the closed list.

    Validation takes any word, so that one slip does not cost the other answers of the batch.
    """
    listed = Annotated[str, Field(json_schema_extra={"enum": [*slugs, UNSORTED]})]
    answer = create_model("Filed", __base__=_Answer, category=(listed, ...))
    return create_model("Answers", __base__=_Answers, answers=(list[answer], ...))  # type: ignore[valid-type] # made above

"""Gives each item of a publication one category of its closed list, or leaves it unsorted with a suggested label.

An item that has a classification in this publication keeps it, so a person's choice stands. A decision of another
publication is reused if its category is on this list too. The model is asked for the others, in batches of numbered
titles. The keyword rules (`digests.selection.keyword_rules`) decide for an item that the model left out twice, for a batch
that failed, and for all items if no model is configured. Retired categories get no items.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from digests.llm.budget import Budget
from digests.llm.errors import LLMError
from digests.llm.prompts import (
    MAX_DESCRIPTION_CHARS,
    MAX_NAME_CHARS,
    PromptError,
    fill_prompt,
    format_json_lines,
    load_prompt,
)
from digests.llm.requests import request_answer
from digests.llm.servers import is_model_configured
from digests.models import Category, Classification, Item, Publication
from digests.selection import keyword_rules
from digests.text.cleaning import clean_line
from digests.text.latex import latex_to_text

logger = logging.getLogger(__name__)

BATCH_ITEMS = 20  # a model that sorts more at once begins to leave some out
MAX_FAILED_BATCHES = 2  # in a row; a server that hangs would cost minutes for each further batch
SHORT_TITLE_WORDS = 5  # a shorter title says too little by itself and is sent with the beginning of its text
EXCERPT_CHARACTERS = 500
MAX_LABEL_CHARACTERS = 100  # the column that keeps it
UNSORTED = "unsorted"
By = Classification.By


@dataclass(frozen=True)
class _Choice:
    category: Category | None
    by: str
    label: str = ""


class _Answer(BaseModel):
    """The category that the model gives to one numbered title; `label` suggests a name if none fits."""

    model_config = ConfigDict(extra="forbid")

    number: int
    category: str
    label: str


class _Answers(BaseModel):
    model_config = ConfigDict(extra="forbid")

    answers: Sequence[_Answer]


def categorize_items(publication: Publication, items: Iterable[Item], *, budget: Budget | None = None) -> int:
    """Make the missing classifications of the items, and return how many were made.

    `budget` limits what the model may cost; without one, the limits of a whole digest apply.
    """
    wanted = {item.pk: item for item in items}
    classified = Classification.objects.filter(publication=publication, item__in=wanted).values_list("item", flat=True)
    for pk in list(classified):
        del wanted[pk]
    if not wanted:
        return 0
    categories = list(publication.categories.filter(retired=False))
    choices = _reused_choices(publication, wanted, categories)
    missing = [item for pk, item in wanted.items() if pk not in choices]
    choices |= _choose_categories(publication, missing, categories, budget or Budget())
    # Another worker, or a person, may have been faster: their row stays.
    Classification.objects.bulk_create(
        [
            Classification(
                publication=publication, item_id=pk, category=choice.category, suggested=choice.label, by=choice.by
            )
            for pk, choice in choices.items()
        ],
        ignore_conflicts=True,
    )
    unsorted = sum(choice.category is None for choice in choices.values())
    logger.info("categorized publication=%s items=%d unsorted=%d", publication.slug, len(choices), unsorted)
    return len(choices)


def _reused_choices(
    publication: Publication, wanted: Iterable[int], categories: Sequence[Category]
) -> dict[int, _Choice]:
    """Return the choices of other publications that are on this list; a person's choice wins over any other."""
    by_pk = {category.pk: category for category in categories}
    rows = (
        Classification.objects.filter(item__in=list(wanted), category__in=by_pk)
        .exclude(publication=publication)
        .order_by("pk")
        .values_list("item", "category", "by")
    )
    choices: dict[int, _Choice] = {}
    # The sort is stable: after a person's choices, the oldest choice comes first.
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
            choices[item.pk] = _Choice(by_slug.get(guess.slug), By.RULES, guess.label[:MAX_LABEL_CHARACTERS])
    return choices


def _ask_model_in_batches(
    publication: Publication, items: list[Item], categories: list[Category], budget: Budget
) -> dict[int, _Choice]:
    """Return the model's choices; after MAX_FAILED_BATCHES failures in a row the other batches are not sent."""
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
    """Add the answers for a batch to `choices`; an item with no answer, or with two different ones, is sent once more."""
    choices |= _ask_model(items, categories, budget)
    if missing := [item for item in items if item.pk not in choices]:
        choices |= _ask_model(missing, categories, budget)


def _ask_model(items: list[Item], categories: list[Category], budget: Budget) -> dict[int, _Choice]:
    prompt = fill_prompt(
        load_prompt("categorize"),
        categories=format_json_lines(
            {
                "category": category.slug,
                "name": clean_line(category.name("en"), MAX_NAME_CHARS),
                "description": clean_line(category.description("en"), MAX_DESCRIPTION_CHARS),
            }
            for category in categories
        ),
        items=format_json_lines(_prompt_row(number, item) for number, item in enumerate(items, 1)),
    )
    by_slug: dict[str, Category | None] = {category.slug: category for category in categories} | {UNSORTED: None}
    answers_by_number: dict[int, set[tuple[str, str]]] = {}
    schema = _build_answer_schema([category.slug for category in categories])
    # A model may answer with numbers and categories that are not there: these answers are dropped.
    for answer in request_answer(prompt, schema, budget=budget).parsed.answers:
        if 1 <= answer.number <= len(items) and answer.category in by_slug:
            label = clean_line(latex_to_text(answer.label), MAX_LABEL_CHARACTERS) if answer.category == UNSORTED else ""
            answers_by_number.setdefault(answer.number, set()).add((answer.category, label))
    return {
        items[number - 1].pk: _Choice(by_slug[slug], By.MODEL, label)
        for number, ((slug, label), *others) in answers_by_number.items()
        if not others
    }


def _prompt_row(number: int, item: Item) -> dict[str, str | int]:
    row: dict[str, str | int] = {"number": number, "title": item.title}
    if len(item.title.split()) < SHORT_TITLE_WORDS and item.summary:
        row["text"] = clean_line(item.summary, EXCERPT_CHARACTERS)
    return row


def _build_answer_schema(slugs: list[str]) -> type[_Answers]:
    """Return the schema of an answer whose JSON form names the closed list to the server.

    The list differs by publication and by day, so the schema is made for each request. Validation takes any word as a
    category: one wrong word must not cost the other answers of the batch.
    """

    class Filed(_Answer):
        category: str = Field(json_schema_extra={"enum": [*slugs, UNSORTED]})

    class Answers(_Answers):
        answers: Sequence[Filed]

    return Answers

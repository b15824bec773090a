"""The form in which a person maps the columns of a CSV import: parses its answers into a mapping, and shows a mapping.

Not here: proposing a mapping, and finding what is open in it (subscribers.csv_import.column_mapping).
"""

from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.models import Import
from newsletter.subscribers import consent
from newsletter.subscribers.csv_import import column_mapping, state_words
from newsletter.subscribers.csv_import.column_mapping import ColumnMapping, MappingQuestion, QuestionCode
from newsletter.subscribers.csv_import.layouts import ColumnRole
from newsletter.subscribers.csv_import.state_words import ImportedState

MAX_SHOWN_TAGS = 50  # the most frequent ones
ROLE_LABELS = {
    ColumnRole.IGNORED: gettext_lazy("not used"),
    ColumnRole.EMAIL: gettext_lazy("email address"),
    ColumnRole.STATE: gettext_lazy("subscription status"),
    ColumnRole.AWAY: gettext_lazy("any value: unsubscribed"),
    ColumnRole.DATE: gettext_lazy("date of consent"),
    ColumnRole.TAGS: gettext_lazy("tags or segments"),
    ColumnRole.CATEGORIES: gettext_lazy("categories (slugs)"),
    ColumnRole.LANGUAGE: gettext_lazy("language (ko, en)"),
    ColumnRole.ZONE: gettext_lazy("time zone"),
    ColumnRole.PUBLICATION: gettext_lazy("newsletter (slug)"),
    ColumnRole.CONSENT: gettext_lazy("where consent was given"),
}
STATE_LABELS = {
    ImportedState.SUBSCRIBED: gettext_lazy("subscribed"),
    ImportedState.LEFT: gettext_lazy("unsubscribed"),
    ImportedState.BOUNCED: gettext_lazy("mailbox doesn’t exist"),
    ImportedState.BLOCKED: gettext_lazy("blocked"),
    ImportedState.SUPPRESSED: gettext_lazy("suppressed"),
    ImportedState.COMPLAINED: gettext_lazy("spam complaint"),
    ImportedState.UNCONFIRMED: gettext_lazy("never confirmed"),
}
_QUESTION_TEXTS = {
    QuestionCode.ROLE: gettext_lazy("Choose what this column is. Its values may show who unsubscribed."),
    QuestionCode.ADDRESS: gettext_lazy("Exactly one column must be the email address."),
    QuestionCode.ROLE_TWICE: gettext_lazy("There can be only one such column."),
    QuestionCode.VALUE: gettext_lazy("Choose what this value means."),
    QuestionCode.TOO_MANY_VALUES: gettext_lazy(
        "This column has too many values for that. Choose “any value: unsubscribed” or “not used”."
    ),
    QuestionCode.STATE_OF_FILE: gettext_lazy(
        "No column shows who unsubscribed. Choose what applies to everyone in this file."
    ),
    QuestionCode.DATE_ORDER: gettext_lazy("Choose whether the day or the month comes first in the dates."),
    QuestionCode.LAYOUT: gettext_lazy("Check the suggestions, then confirm that they are right."),
}
LAYOUT_NOTES = {
    "mailchimp": gettext_lazy(
        "Mailchimp exports up to four files: subscribed, unsubscribed, cleaned, non-subscribed. Import "
        "each one separately. Unsubscribed and bounced addresses are excluded by their own files."
    ),
    "listmonk": gettext_lazy(
        "In listmonk, people who unsubscribed from a list still count as enabled. Export one list by "
        "subscription status. Import the confirmed people and the unsubscribed people as separate files."
    ),
    "stibee": gettext_lazy(
        "A Stibee export may contain all three states, and its columns may not tell them apart. Filter "
        "by each state, export it, and import each file separately."
    ),
    "segment": gettext_lazy(
        "This export has no status column. Export active, unsubscribed, unconfirmed, bounced and junk "
        "separately, and import each file on its own."
    ),
}


def parse_mapping(row: Import, post: QueryDict) -> ColumnMapping:
    """Return the mapping that a person posted; a value that is missing or unknown stays as it was."""
    old = column_mapping.load_mapping(row.mapping)
    columns = row.survey["columns"]
    roles = [
        ColumnRole(_choice_or_default(post, f"role-{n}", tuple(ColumnRole), role)) for n, role in enumerate(old.roles)
    ]
    values = [
        _values(post, n, column, old.values[n]) if role == ColumnRole.STATE else {}
        for n, (column, role) in enumerate(zip(columns, roles, strict=True))
    ]
    changed = [n for n in range(len(roles)) if (roles[n], values[n]) != (old.roles[n], old.values[n])]
    made = ColumnMapping(roles, values, layout=old.layout, note=old.note)
    made.by_person = sorted({*old.by_person, *changed})
    made.whole = ImportedState(_choice_or_default(post, "whole", state_words.STATES, old.whole))
    made.day_first = {"day": True, "month": False}.get(post.get("order", ""), old.day_first)
    made.agreed = old.agreed or "agreed" in post
    made.tags = _tags(row, made, post, old)
    return made


def _choice_or_default(post: QueryDict, name: str, known: tuple[str, ...], without: str) -> str:
    value = post.get(name)
    return value if value is not None and value in known else without


def _values(post: QueryDict, n: int, column: dict[str, Any], old: dict[str, ImportedState]) -> dict[str, ImportedState]:
    """Return the states of a column's values: as posted, else as before, else as the value itself suggests."""
    found = {}
    for k, (value, _n) in enumerate(column["values"] or []):
        before = old.get(value, state_words.propose_state(column["name"], value))
        found[value] = ImportedState(_choice_or_default(post, f"value-{n}-{k}", tuple(ImportedState), before))
    return found


def _tags(row: Import, made: ColumnMapping, post: QueryDict, old: ColumnMapping) -> dict[str, str]:
    slugs = tuple(consent.list_open_categories(row.publication).values_list("slug", flat=True))
    offered = [tag for tag, _n in column_mapping.count_tags(row.survey, made)][:MAX_SHOWN_TAGS]
    found = {
        tag: _choice_or_default(post, f"tag-{k}", (*slugs, ""), old.tags.get(tag, "")) for k, tag in enumerate(offered)
    }
    return {tag: slug for tag, slug in found.items() if slug}


def build_mapping_context(row: Import) -> dict[str, Any]:
    """Return the context of the mapping page: how each column is used, and what is still open."""
    made = column_mapping.load_mapping(row.mapping)
    open_now = column_mapping.list_mapping_questions(row.survey, made)
    orders = column_mapping.is_date_order_unclear(row.survey, made)
    return {
        "meaning": made,
        "note": LAYOUT_NOTES.get(made.note, ""),
        "columns": [_column(row, made, n, open_now) for n in range(len(made.roles))],
        "states": list(STATE_LABELS.items()),
        "roles": list(ROLE_LABELS.items()),
        "is_whole": column_mapping.has_no_state_column(made),
        "asks": {question.code: _QUESTION_TEXTS[question.code] for question in open_now if question.about < 0},
        "open": len(open_now),
        "orders": orders,
        "tags": [
            (k, tag, n, made.tags.get(tag, ""))
            for k, (tag, n) in enumerate(column_mapping.count_tags(row.survey, made)[:MAX_SHOWN_TAGS])
        ],
        "categories": [(one.slug, str(one)) for one in consent.list_open_categories(row.publication)],
        "whole_words": STATE_LABELS.get(made.whole, ""),
    }


def _column(row: Import, made: ColumnMapping, n: int, open_now: list[MappingQuestion]) -> dict[str, Any]:
    column, role = row.survey["columns"][n], made.roles[n]
    asked = [question for question in open_now if question.about == n]
    use = "open" if asked else "ignored" if role == ColumnRole.IGNORED else "mapped" if n in made.by_person else "used"
    return {
        "n": n,
        "name": column["name"] or _("Column %(n)d (no name)") % {"n": n + 1},
        "role": role,
        "words": ROLE_LABELS.get(role, ""),
        "use": use,
        "asks": next((_QUESTION_TEXTS[question.code] for question in asked if question.code != QuestionCode.VALUE), ""),
        "samples": [sample[n] if n < len(sample) else "" for sample in row.survey["samples"]],
        "values": [
            {
                "k": k,
                "value": value,
                "n": times,
                "state": made.values[n].get(value, ImportedState.UNDECIDED),
                "words": STATE_LABELS.get(made.values[n].get(value, ImportedState.UNDECIDED), ""),
            }
            for k, (value, times) in enumerate(column["values"] or [])
        ]
        if role == ColumnRole.STATE
        else [],
    }

"""Words that stand in models or rows and are shown at the desk, named here so that they are found for translation."""

from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy, gettext_noop

NAMES = [
    # states and verdicts
    *(gettext_noop("Draft"), gettext_noop("In review"), gettext_noop("Approved")),
    *(gettext_noop("Planned"), gettext_noop("Sending"), gettext_noop("Paused"), gettext_noop("Done")),
    *(gettext_noop("Queued"), gettext_noop("Accepted"), gettext_noop("Failed"), gettext_noop("Unknown")),
    *(gettext_noop("Skipped"), gettext_noop("good"), gettext_noop("held"), gettext_noop("not read yet")),
    # where a text comes from
    *(gettext_noop("written by a model"), gettext_noop("extracted from the sources"), gettext_noop("imported")),
    # what was changed
    *(gettext_noop("text"), gettext_noop("heading"), gettext_noop("sources"), gettext_noop("order")),
    *(gettext_noop("verdict"), gettext_noop("title"), gettext_noop("subject"), gettext_noop("opening")),
    *(gettext_noop("approval"), gettext_noop("text by the model")),
    # what happens at a deadline
    *(gettext_noop("hold it"), gettext_noop("send what is clean")),
    # why a reader got nothing, and what happened afterwards
    *(gettext_noop("pending"), gettext_noop("left"), gettext_noop("suppressed"), gettext_noop("paused")),
    *(gettext_noop("no_match"), gettext_noop("cancelled"), gettext_noop("delivered"), gettext_noop("bounced")),
    *(gettext_noop("complained"), gettext_noop("unsubscribed"), gettext_noop("deferred"), gettext_noop("rejected")),
    # the desk's list of tables
    *(gettext_noop("Categories"), gettext_noop("Collections"), gettext_noop("Digests"), gettext_noop("Items")),
    *(gettext_noop("Publications"), gettext_noop("Sources"), gettext_noop("Deliveries"), gettext_noop("Events")),
    *(gettext_noop("Mailings"), gettext_noop("Subscribers"), gettext_noop("Suppressions")),
    *(gettext_noop("Newsletter"), gettext_noop("Log entries")),
]

# What the lists of the desk call their rows and columns, in the words of the models; the rest reads English everywhere.
COLUMNS = [
    *(gettext_noop("publication"), gettext_noop("category"), gettext_noop("source"), gettext_noop("item")),
    *(gettext_noop("digest"), gettext_noop("mailing"), gettext_noop("subscriber"), gettext_noop("suppression")),
    *(gettext_noop("delivery"), gettext_noop("event"), gettext_noop("collection"), gettext_noop("classification")),
    *(gettext_noop("publications"), gettext_noop("categories"), gettext_noop("items"), gettext_noop("digests")),
    *(gettext_noop("mailings"), gettext_noop("subscribers"), gettext_noop("suppressions"), gettext_noop("deliveries")),
    *(gettext_noop("events"), gettext_noop("collections"), gettext_noop("classifications")),
    *(gettext_noop("name"), gettext_noop("slug"), gettext_noop("language"), gettext_noop("enabled")),
    *(gettext_noop("weekdays"), gettext_noop("build hour"), gettext_noop("send hour"), gettext_noop("next build at")),
    *(gettext_noop("kind"), gettext_noop("failures"), gettext_noop("last error"), gettext_noop("last success at")),
    *(gettext_noop("next fetch at"), gettext_noop("published at"), gettext_noop("at"), gettext_noop("by")),
    *(gettext_noop("entries"), gettext_noop("new"), gettext_noop("duplicates"), gettext_noop("known")),
    *(gettext_noop("refused"), gettext_noop("unchanged"), gettext_noop("error"), gettext_noop("suggested")),
    *(gettext_noop("approved at"), gettext_noop("approved by"), gettext_noop("date"), gettext_noop("url")),
    *(gettext_noop("attempts"), gettext_noop("settled at"), gettext_noop("answer"), gettext_noop("provider")),
    *(gettext_noop("detail"), gettext_noop("email"), gettext_noop("reason"), gettext_noop("created at")),
    *(gettext_noop("weight"), gettext_noop("max age days"), gettext_noop("every minutes"), gettext_noop("selectors")),
    *(gettext_noop("retired"), gettext_noop("position"), gettext_noop("color"), gettext_noop("summary")),
    gettext_noop("Set by the schedule"),
    *(gettext_noop("authors"), gettext_noop("collected at"), gettext_noop("send at"), gettext_noop("paused until")),
]


def translate() -> None:
    """Let Django's own lists and forms call rows and columns in the language of whoever reads them."""
    for model in [*apps.get_app_config("digests").get_models(), *apps.get_app_config("newsletter").get_models()]:
        options = model._meta
        options.verbose_name = _lazily(options.verbose_name)
        options.verbose_name_plural = _lazily(options.verbose_name_plural)
        for column in options.fields + options.many_to_many:
            column.verbose_name = _lazily(column.verbose_name)
            column.help_text = _lazily(column.help_text)


def _lazily(words: Any) -> Any:
    """Return words that are said in the reader's language; those that already are would be fixed in today's."""
    return gettext_lazy(words) if isinstance(words, str) and words else words

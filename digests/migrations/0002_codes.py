"""What rows keep is a code and parameters in place of a sentence: why a source failed, what a check found, why a text was replaced.

Sentences of before that no pattern knows are kept as they are, under the code "other.text".
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

_ROWS = 500  # written at once

# The sentences of before, by their codes; the named groups are the parameters.
_FINDINGS = {
    'input.short': 'The source says only {more} characters: list the title, do not summarize it.',
    'input.wall': 'A block page ({found}) came in place of the text: list the title, do not summarize it.',
    'shape.part': 'This part is empty: {found}.',
    'shape.missing': 'Item {found} has no key point.',
    'shape.twice': 'Item {found} has more than one key point.',
    'shape.unknown': 'There is no item {found} in this section.',
    'shape.short': 'Too short: {found} characters of at least {more}.',
    'shape.long': 'Too long: {found} characters of at most {more}.',
    'shape.keywords': 'There are {found} keywords; {more} is the limit.',
    'coverage.count': 'It speaks of “{found}”, but the section has {more}.',
    'markup.html': 'There is HTML in it: {found}',
    'markup.image': 'There is an image in it: {found}',
    'markup.heading': 'There is a heading or a code block in it: {found}',
    'markup.link': 'A link that is not the address of an item here: {found}',
    'echo.phrase': 'This reads like an instruction or the model talking about itself: {found}',
    'language.text': "It is not written in the publication's language ({found} of the letters).",
    'script.foreign': 'Letters of another script that no source has: {found}',
    'magnitude.scale': 'No source has the value of {found}. {more}',
    'numbers.unknown': "The item's source does not have {found}.",
    'names.typo': '{found} looks like a misspelling of {more} in the source.',
    'names.unknown': 'No source has the name {found}.',
    'wiring.other': 'This reads like item {more}, not item {found}.',
    'wiring.name': '{found} stands in the source of item {more}, not of this one.',
    'repetition.sentence': 'A sentence stands twice: {found}',
    'repetition.words': 'The same words come again and again: {found}',
    'cut.end': 'The last sentence has no end: …{found}',
    'ledger.seen': 'Item {found} was in an earlier issue: {more}',
    'ledger.twice': 'Item {found} is the same story as item {more}.',
    'ledger.withdrawn': 'Item {found} was withdrawn: {more}',
    'ledger.old': 'Item {found} is older than the limit ({more}).',
}
_SENTENCES = {
    "fetch.status": r"the server answered (?P<status>.+)",
    "fetch.timeout": r"no complete answer within (?P<seconds>\d+)\S* s",
    "fetch.redirects": r"more than (?P<limit>\d+) redirects",
    "fetch.too_large": r"the document is larger than (?P<limit>[\d,]+) bytes",
    "fetch.too_large_unpacked": r"the document is larger than (?P<limit>[\d,]+) bytes when unpacked",
    "fetch.damaged": r"the packed body is damaged",
    "fetch.cut_off": r"the packed body is cut off",
    "fetch.many_members": r"the packed body has more than (?P<limit>[\d,]+) parts",
    "fetch.many_layers": r"the body is packed more than (?P<limit>\d+) times",
    "fetch.encoding": r"the body is packed as '(?P<encoding>.*)', which was not asked for",
    "fetch.certificate": r"the certificate of (?P<host>\S+) is not valid: (?P<why>.*)",
    "fetch.no_tls": r"no secure connection to (?P<host>\S+): the server does not speak TLS",
    "fetch.tls": r"no secure connection to (?P<host>\S+): (?P<why>.*)",
    "fetch.refused": r"(?P<host>\S+) takes no connection on port (?P<port>\d+)",
    "fetch.broken_off": r"(?P<host>\S+) broke off the answer, or it is not HTTP",
    "fetch.no_connection": r"no connection to (?P<host>\S+): (?P<why>.*)",
    "fetch.unreadable": r"the answer of (?P<host>\S+) cannot be read",
    "fetch.bad_address": r"not an http\(s\) address that may be visited: '(?P<address>.*)'",
    "fetch.private": r"(?P<host>\S+) has a private address \((?P<ip>\S+)\); FETCH_ALLOW_PRIVATE=1 would allow it",
    "fetch.no_host": r"no host named (?P<host>\S+) is found",
    "parse.empty": r"the document is empty(?: but for comments)?",
    "parse.web_page": r"not a feed: a web page",
    "parse.not_xml_or_json": r"not a feed: neither XML nor JSON",
    "parse.other_xml": r"not a feed: XML that begins with <(?P<element>.*)>",
    "parse.no_feed": r"not a feed: XML, but neither RSS, Atom nor RDF",
    "parse.no_items": r"not a feed: JSON without a list of items",
    "parse.no_items_but": r"not a feed: JSON without a list of items \(it says: '(?P<said>.*)'\)",
    "parse.broken_json": r"not JSON, or broken JSON",
    "parse.no_papers": r"not an answer of the daily papers API: no (?:list|paper in it)",
    "parse.no_papers_but": r"not an answer of the daily papers API: no list \(it says: '(?P<said>.*)'\)",
    "parse.unreadable": r"the feed cannot be read \((?P<kind>\w+)\)",
    "parse.no_entries": r"the feed is broken: none of its entries can be read",
    "parse.broken_xml": r"not well-formed XML, and beyond mending",
    "parse.references": r"more than (?P<limit>[\d,]+) ampersands",
    "parse.attributes": r"an element with more than (?P<limit>[\d,]+) attributes",
    "parse.depth": r"elements nested more than (?P<limit>[\d,]+) deep",
    "parse.elements": r"more than (?P<limit>[\d,]+) elements",
    "parse.long_name": r"a name of more than (?P<limit>[\d,]+) letters",
    "parse.no_title_selector": r"a page needs at least the selector 'title'",
    "parse.nothing_found": r"the selector 'title' \((?P<css>.*)\) finds nothing on the page",
    "parse.unknown_selector": r"there is no selector '(?P<name>.*)' \(there are: (?P<known>.*)\)",
    "parse.selector_no_text": r"the selector '(?P<name>.*)' is no text",
    "parse.not_css": r"the selector '(?P<name>\w*)' \((?P<css>.*)\) is not CSS: (?P<why>.*)",
    "parse.no_html": r"the page holds no HTML",
    "model.stopped": r"the model is not asked any more: (?P<reason>.*)",
    "model.failures": r"(?P<count>\d+) failures in a row, at last: (?P<reason>.*)",
    "model.several_times": r"(?P<reason>the (?:model|name of|connection|server).*) \((?P<count>\d+) times\)",
    "model.time_used_up": r"the (?P<seconds>\S+) seconds that the model has for one digest are used up",
    "model.money_used_up": r"the budget of (?P<limit>.* USD) for this digest is used up \((?P<spent>.* USD) spent\)",
    "model.timeout": r"the model did not answer within (?P<seconds>\d+) seconds",
    "model.not_an_answer": r"the model server sent something that is not an answer",
    "model.empty": r"the model server sent an empty answer",
    "model.cut_off": r"the model's answer was cut off",
    "model.wrong_format": r"the model's answer does not have the form that was asked for",
    "model.refused": r"the model refused to answer",
    "model.too_long": r"the model server's answer is longer than (?P<limit>[\d,]+) bytes",
    "model.certificate": r"the certificate of the model server (?P<host>\S+) is not valid",
    "model.no_tls": r"no safe connection \(TLS\) to the model server (?P<host>\S+): is it http instead of https\?",
    "model.no_host": r"the name of the model server (?P<host>\S+) cannot be found",
    "model.not_listening": r"nothing answers at the model server's address (?P<host>\S+)",
    "model.bad_address": r"OPENAI_BASE_URL is not an http\(s\) address",
    "model.broken_off": r"the connection to the model server broke off",
    "model.key": r"the model server refused the key \((?P<status>\d+)\)",
    "model.quota": r"the quota of the model's account is used up",
    "model.busy": r"the model server is busy \((?P<status>\d+)\)",
    "model.failed": r"the model server failed \((?P<status>\d+)\)",
    "model.unknown_model": r"the server does not know the model (?P<model>\S+) \((?P<status>\d+)\)",
    "model.no_server": r"there is no model server at OPENAI_BASE_URL \((?P<status>\d+)\)",
    "model.input_too_long": r"the request is longer than the model can read \((?P<status>\d+)\)",
    "model.no_json": r"the model server takes no form of JSON answers",
    "model.rejected": r"the model server refused the request \((?P<status>\d+)\): without a reason",
    "model.rejected_because": r"the model server refused the request \((?P<status>\d+)\): (?P<said>.*)",
    "model.not_set_up": r"no model is configured",
    "model.no_prompt": r"prompt file (?P<file>\S+) is missing",
    "model.unreadable_prompt": r"prompt file (?P<file>\S+) cannot be read: (?P<kind>\w+)",
    "model.incomplete_prompt": r"the prompt file does not mention (?P<names>.*)",
    "writing.repair_failed": r"(?P<reason>.*) The repair failed: (?P<error>.*)\.",
    "writing.held": r"held by the quality gates: (?P<reasons>.*)",
    "writing.quoted": r"the source's own sentence stands for point (?P<numbers>[\d, ]+): (?P<reasons>.*)",
    "writing.too_long": r"the text is longer than (?P<limit>[\d,]+) characters",
    "writing.no_source": r"no source of this section says enough to be summarized",
    "writing.interrupted": r"the worker stopped in mid-request",
    "writing.private_link": r"a link leads into a private network",
    "writing.no_text": r"without a text",
    "other.unexpected": r"an unexpected error: (?P<place>.*)",
}
_NUMBERS = {"seconds", "limit", "count"}
_MESSAGES = {"reason", "error"}
_PARTS = {"themes", "keywords", "trends", "points", "impact", "outlook", "text"}


def read_sentence(text: str) -> dict[str, Any]:
    """Return the message for a sentence of before; an empty one for an empty one."""
    for code, pattern in _SENTENCES.items():
        if text and (found := re.fullmatch(pattern, text, re.DOTALL)):
            return {"code": code, "params": {name: _read_value(name, value) for name, value in found.groupdict().items()}}
    return {"code": "other.text", "params": {"text": text}} if text else {}


def _read_value(name: str, value: str) -> Any:
    if name in _MESSAGES:
        return read_sentence(value)
    if name == "reasons":
        return [{"code": "other.text", "params": {"text": value.removesuffix(".")}}]
    return int(value.replace(",", "")) if name in _NUMBERS and value.replace(",", "").isdecimal() else value


def read_finding(kept: dict[str, Any]) -> dict[str, Any]:
    """Return a finding of before, with its sentences in two languages, as code and parameters."""
    if "code" in kept:
        return kept
    message = str(kept.get("message", ""))
    place = {name: kept[name] for name in ("gate", "weight", "span", "part") if name in kept}
    for code, sentence in _FINDINGS.items():
        pattern = re.escape(sentence).replace(r"\ \{more\}", r"(?:\ (?P<more>.+?))?").replace(r"\{more\}", "(?P<more>.+?)")
        pattern = pattern.replace(r"\{found\}", "(?P<found>.+?)")
        if code.partition(".")[0] == kept.get("gate") and (found := re.fullmatch(pattern, message, re.DOTALL)):
            params: dict[str, Any] = {name: value for name, value in found.groupdict().items() if value}
            return {**_name_finding(code, params), **place}
    return {"code": "other.text", "params": {"text": message}, **place}


def _name_finding(code: str, params: dict[str, Any]) -> dict[str, Any]:
    if code == "ledger.old":
        return {"code": "other.text", "params": {"text": "Item {found} is older than the limit ({more}).".format(**params)}}
    if code == "magnitude.scale" and "more" in params:
        return {"code": "magnitude.digits", "params": params | {"more": params["more"].strip("()")}}
    if code == "shape.part" and params.get("found") in _PARTS:
        params = {"found": {"code": f"part.{params['found']}", "params": {}}}
    return {"code": code, "params": params}


def move_sentences(apps: StateApps, _schema: BaseDatabaseSchemaEditor) -> None:
    """Fill the new columns from the sentences of the old ones."""
    for model, old, new in (
        ("Source", "last_error_text", "last_error"),
        ("Collection", "error_text", "error"),
        ("Section", "fallback_text", "fallback_reason"),
        ("Rewrite", "reason_text", "reason"),
        ("Link", "detail_text", "detail"),
    ):
        rows = apps.get_model("digests", model).objects.exclude(**{old: ""}).only("pk", old)
        for row in _change_in_pieces(rows, [new]):
            setattr(row, new, read_sentence(getattr(row, old)))
    clock = apps.get_model("digests", "Revision").objects.filter(clock=True).exclude(remark="").only("pk", "remark")
    for row in _change_in_pieces(clock, ["reason", "remark"]):
        row.reason, row.remark = read_sentence(row.remark), ""
    for row in _change_in_pieces(apps.get_model("digests", "Section").objects.exclude(findings=[]), ["findings"]):
        row.findings = [read_finding(one) for one in row.findings]


def _change_in_pieces(rows: Any, fields: list[str]) -> Iterator[Any]:
    """Yield rows to be changed, and save them in pieces."""
    piece: list[Any] = []
    for row in rows.order_by("pk").iterator(_ROWS):
        yield row
        piece.append(row)
        if len(piece) == _ROWS:
            rows.model.objects.bulk_update(piece, fields)
            piece = []
    if piece:
        rows.model.objects.bulk_update(piece, fields)


_MOVED = (
    ("source", "last_error", "last_error_text"),
    ("collection", "error", "error_text"),
    ("section", "fallback_reason", "fallback_text"),
    ("rewrite", "reason", "reason_text"),
    ("link", "detail", "detail_text"),
)
_HELP = {
    "source": "A message: code and parameters",
    "collection": "A message: code and parameters",
    "section": "Why a model was asked and its text not used: code and parameters",
    "rewrite": "Why it failed: code and parameters",
    "link": "Why, or where it has moved to: code and parameters",
}


def _list_operations() -> Iterable[migrations.operations.base.Operation]:
    for model, field, old in _MOVED:
        yield migrations.RenameField(model, field, old)
        yield migrations.AddField(model, field, models.JSONField(blank=True, default=dict, help_text=_HELP[model]))
    yield migrations.AddField(
        "revision",
        "reason",
        models.JSONField(blank=True, default=dict, help_text="Why a rule did it: code and parameters"),
    )
    yield migrations.AlterField(
        "revision", "remark", models.TextField(blank=True, help_text="The instructions that the model was given")
    )


class Migration(migrations.Migration):
    """Sentences become codes."""

    dependencies = [("digests", "0001_initial")]
    operations = [
        *_list_operations(),
        migrations.RunPython(move_sentences, elidable=True),
        *(migrations.RemoveField(model, old) for model, _field, old in _MOVED),
    ]

"""The pages of a CSV import: choose a file, map its columns, see what would become of each line, confirm.

A worker reads, checks and writes the file (subscribers.csv_import.jobs); these pages show how far it is. A small file
is processed within the request.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from digests.models import Publication
from digests.text.messages import format_message
from newsletter.admin import audit, import_mapping
from newsletter.models import Import
from newsletter.subscribers.csv_import import jobs, judge_rows
from newsletter.subscribers.csv_import.import_errors import CsvImportError

MAX_IMMEDIATE_CHARACTERS = 500_000  # processed while the browser waits, in a second or two
_MAX_LISTED = 20
_READERS = ["newsletter.view_subscriber", "newsletter.add_subscriber"]
FATE_LABELS = {
    judge_rows.LineFate.NEW_READER: gettext_lazy("new subscribers"),
    judge_rows.LineFate.KNOWN_READER: gettext_lazy("existing subscribers: this newsletter is added"),
    judge_rows.LineFate.ALREADY_READS: gettext_lazy("already subscribed: no change"),
    judge_rows.LineFate.ENDED_SUBSCRIPTION: gettext_lazy("unsubscribed since an earlier import: subscription ended"),
    judge_rows.LineFate.LEFT: gettext_lazy("unsubscribed: not imported"),
    judge_rows.LineFate.BOUNCED: gettext_lazy("mailbox doesn’t exist: not imported"),
    judge_rows.LineFate.BLOCKED: gettext_lazy("blocked: not imported"),
    judge_rows.LineFate.COMPLAINED: gettext_lazy("spam complaint: not imported"),
    judge_rows.LineFate.SUPPRESSED: gettext_lazy("suppressed: not imported"),
    judge_rows.LineFate.UNCONFIRMED: gettext_lazy("never confirmed: not imported"),
    judge_rows.LineFate.DUPLICATE: gettext_lazy("duplicates in the file"),
    judge_rows.LineFate.OTHER_PUBLICATION: gettext_lazy("other newsletter: not imported"),
    judge_rows.LineFate.INVALID: gettext_lazy("errors: not imported"),
}
_PROBLEM_TEXTS = {
    "address": gettext_lazy("“%(value)s” isn’t an email address."),
    "cells": gettext_lazy("The line has more cells (%(value)s) than there are columns."),
    "state": gettext_lazy("This line doesn’t show whether we may email the person."),
    "day": gettext_lazy("“%(value)s” must be a past date, like 2026-05-22."),
    "category": gettext_lazy("There’s no category “%(value)s”."),
    "language": gettext_lazy("Unknown language “%(value)s”. Use one of these: %(languages)s"),
    "zone": gettext_lazy("There’s no time zone “%(value)s”."),
}


class ImportForm(forms.Form):
    """The upload: a file, the publication that its people will read, and where they agreed to that."""

    publication = forms.ModelChoiceField(Publication.objects.all(), label=gettext_lazy("Newsletter"))
    consent = forms.CharField(
        label=gettext_lazy("Where consent was given"),
        max_length=300,
        help_text=gettext_lazy("Kept with each subscription as proof, like “Conference desk, 2026-05-20, signed list”"),
    )
    file = forms.FileField(label=gettext_lazy("CSV file"))


@require_http_methods(["GET", "POST"])
@permission_required(_READERS, raise_exception=True)
def show_upload(request: HttpRequest) -> HttpResponse:
    """Show the form and the latest imports; on POST store the file and redirect to its page."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        row = Import(
            publication=form.cleaned_data["publication"],
            by_id=request.user.pk,
            name=str(file.name)[-200:],
            consent=form.cleaned_data["consent"],
        )
        try:
            jobs.start_import(row, file)
        except CsvImportError as error:
            form.add_error("file", str(error))
        else:
            _survey_small_file(row)
            return _redirect_to(row)
    listed = Import.objects.select_related("publication").defer("survey", "mapping", "problems")[:_MAX_LISTED]
    context = {
        **admin.site.each_context(request),
        "title": _("Import subscribers"),
        "form": form,
        "imports": [(row, row.get_state_display()) for row in listed],
    }
    return TemplateResponse(request, "admin/newsletter/import.html", context)


def _survey_small_file(row: Import) -> None:
    if row.size <= MAX_IMMEDIATE_CHARACTERS:
        jobs.run_due_imports(only=row.pk)


def _redirect_to(row: Import) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:newsletter_import_one", args=[row.pk]))


@require_http_methods(["GET", "POST"])
@permission_required(_READERS, raise_exception=True)
def show_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an import; on POST carry out what a person decided about it."""
    row = get_object_or_404(Import.objects.select_related("publication"), pk=pk)
    if request.method == "POST":
        return _carry_out(request, row)
    context = {**admin.site.each_context(request), "title": _("Import subscribers"), **_state_context(row)}
    return TemplateResponse(request, "admin/newsletter/importing.html", context)


@permission_required(_READERS, raise_exception=True)
def show_import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the part of the page that changes while a worker processes the import."""
    row = get_object_or_404(Import.objects.select_related("publication"), pk=pk)
    return TemplateResponse(request, "admin/newsletter/_import.html", _state_context(row))


def _carry_out(request: HttpRequest, row: Import) -> HttpResponse:
    match request.POST.get("do", ""):
        case "map" if row.state == Import.State.ASKING:
            if jobs.save_mapping(row, import_mapping.parse_mapping(row, request.POST)):
                _survey_small_file(row)
            else:
                messages.warning(request, _("Some columns or values still need a choice."))
        case "again":
            jobs.reopen_mapping(row)
        case "import":
            if jobs.confirm_import(row):
                audit.log_action(request, row.publication, _("Import started: %(consent)s") % {"consent": row.consent})
        case "discard":
            if jobs.discard_import(row):
                messages.success(request, _("The file was deleted. Nothing was imported."))
                return HttpResponseRedirect(reverse("admin:newsletter_import"))
    return _redirect_to(row)


def _state_context(row: Import) -> dict[str, Any]:
    """Return the context of an import's page in its present state."""
    shown = {
        "row": row,
        "error": format_message(row.error),
        "state_words": row.get_state_display(),
    }
    if row.state in {Import.State.ASKING, Import.State.READY}:
        shown |= import_mapping.build_mapping_context(row)
    if row.state in {Import.State.READY, Import.State.IMPORTING, Import.State.DONE}:
        shown |= _import_context(row)
    if row.state in {Import.State.READING, Import.State.CHECKING, Import.State.IMPORTING}:
        writes = row.state == Import.State.IMPORTING
        shown |= {"at": row.done, "of": row.lines} if writes else {"at": row.place, "of": row.size}
    return shown


def _import_context(row: Import) -> dict[str, Any]:
    languages = ", ".join(dict(settings.LANGUAGES))
    return {
        "counts": [(fate, words, row.counts[fate]) for fate, words in FATE_LABELS.items() if row.counts.get(fate)],
        "taken": sum(row.counts.get(fate, 0) for fate in judge_rows.IMPORTED_FATES),
        "kept": any(
            row.counts.get(fate)
            for fate in FATE_LABELS
            if fate not in {judge_rows.LineFate.INVALID, judge_rows.LineFate.OTHER_PUBLICATION}
        ),
        "wrong": [
            (number, _PROBLEM_TEXTS[code] % {"value": value, "languages": languages})
            for number, code, value in row.problems
        ],
        "to_come": row.lines - row.done,
    }

"""The import page: a file is looked at first, and what would become of each line is told; then it is carried out."""

import hashlib
import re
import time
from collections import Counter
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from digests.models import Publication
from newsletter import intake, private
from newsletter.admin import audit
from newsletter.intake import IntakeError

KEPT_SECONDS = 3600  # between the look and the import
STEP = 5_000  # lines that are imported at once, in about three seconds
_SHOWN = 200  # lines with a problem
FATES = {
    intake.NEW: gettext_lazy("new readers"),
    intake.ADDED: gettext_lazy("known people who get this publication too"),
    intake.READS: gettext_lazy("read it already: nothing changes"),
    intake.LEFT: gettext_lazy("had left: they stay away"),
    intake.SUPPRESSED: gettext_lazy("suppressed: never written to"),
    intake.DOUBLE: gettext_lazy("stand twice in the file"),
    intake.ELSEWHERE: gettext_lazy("of another publication: left out"),
    intake.UNCONFIRMED: gettext_lazy("never confirmed: left out"),
    intake.WRONG: gettext_lazy("wrong: left out"),
}


class IntakeForm(forms.Form):
    """A file, whose readers they become, and where they agreed."""

    publication = forms.ModelChoiceField(Publication.objects.all(), label=gettext_lazy("Publication"))
    consent = forms.CharField(
        label=gettext_lazy("Where these people agreed"),
        max_length=300,
        help_text=gettext_lazy("Kept with every subscription as the proof: “Conference desk, 2026-05-20, signed list”"),
    )
    file = forms.FileField(label=gettext_lazy("CSV file"), required=False)
    kept = forms.CharField(required=False, widget=forms.HiddenInput)
    # How far the import is.
    start = forms.IntegerField(required=False, min_value=0, max_value=intake.MOST_BYTES, widget=forms.HiddenInput)
    taken = forms.IntegerField(required=False, min_value=0, max_value=intake.MOST_BYTES, widget=forms.HiddenInput)
    of = forms.IntegerField(required=False, min_value=0, max_value=intake.MOST_BYTES, widget=forms.HiddenInput)


@require_http_methods(["GET", "POST"])
@permission_required(["newsletter.view_subscriber", "newsletter.add_subscriber"], raise_exception=True)
def page(request: HttpRequest) -> HttpResponse:
    """Show the form; look at a file; import the file that was looked at."""
    form = IntakeForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {**admin.site.each_context(request), "title": _("Import readers"), "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            path = _file(form)
            publication = form.cleaned_data["publication"]
            context |= {"kept": path.stem, "publication": publication}
            if "import" in request.POST:
                return _import(request, path, form, context)
            context |= _told(intake.read(path.read_bytes(), publication))
        except IntakeError as error:
            form.add_error(None, str(error))
    return TemplateResponse(request, "admin/newsletter/import.html", context)


def _import(request: HttpRequest, path: Path, form: IntakeForm, context: dict[str, Any]) -> HttpResponse:
    """Import the next lines; the page that answers asks for those after them by itself, until all are done.

    A browser that was closed in between loses nothing: whoever is in reads already when the file comes again.
    """
    publication, at = form.cleaned_data["publication"], form.cleaned_data["start"] or 0
    lines = intake.read(path.read_bytes(), publication, start=at, most=STEP)
    taken = intake.carry_out(lines, publication, consent=form.cleaned_data["consent"])
    taken += form.cleaned_data["taken"] or 0
    if len(lines) == STEP:
        context |= {"at": at + STEP, "taken": taken, "of": max(form.cleaned_data["of"] or 0, at + STEP)}
        return TemplateResponse(request, "admin/newsletter/importing.html", context)
    path.unlink(missing_ok=True)
    consent = {"n": taken, "consent": form.cleaned_data["consent"]}
    audit.note(request, form.cleaned_data["publication"], _("%(n)d readers imported: %(consent)s") % consent)
    messages.success(request, _("%(n)d readers were imported.") % {"n": taken})
    return HttpResponseRedirect(reverse("admin:newsletter_subscriber_changelist"))


def _told(lines: list[intake.Line]) -> dict[str, Any]:
    counts = Counter(line.fate for line in lines)
    return {
        "counts": [(fate, words, counts[fate]) for fate, words in FATES.items() if counts[fate]],
        "taken": sum(counts[fate] for fate in intake.TAKEN),
        "wrong": [line for line in lines if line.problem][:_SHOWN],
        "lines": len(lines),
    }


def _file(form: IntakeForm) -> Path:
    """Return the file, kept for the step from the look to the import by a name that tells its bytes."""
    folder = private.make_folder(settings.VAR_DIR / "imports")
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            old.unlink(missing_ok=True)
    upload, kept = form.cleaned_data["file"], form.cleaned_data["kept"]
    if upload:
        data = upload.read(intake.MOST_BYTES + 1)
        kept = hashlib.sha256(data).hexdigest()
        private.write(folder / f"{kept}.csv", data)
    path = folder / f"{kept}.csv"
    if not re.fullmatch(r"[0-9a-f]{64}", kept) or not path.is_file():
        raise IntakeError(_("Choose a file."))
    return path

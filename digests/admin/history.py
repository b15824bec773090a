"""Shows the history of a digest: who changed what, and how the text of each section differs from its draft.

Texts are compared word by word. Revisions are written in `digests.review.edit`.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from digests.models import Digest, Section
from digests.review.edit import TEXT_CHANGES, get_original_text

MAX_SHOWN_CHANGES = 200  # more than an editor makes in a morning


class DiffKind(StrEnum):
    """Whether both texts have the words, or only the old or the new one; the values are the HTML elements that show it."""

    EQUAL = ""
    DELETED = "del"
    INSERTED = "ins"


@dataclass(frozen=True)
class DiffRun:
    """A run of words that both texts have, or only one of them."""

    kind: DiffKind
    words: str


@permission_required("digests.view_digest", raise_exception=True)
def show_changes(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the changes of a digest, newest first, after the difference between each section and its draft."""
    digest = get_object_or_404(Digest.objects.select_related("publication").defer("chart"), pk=pk)
    revisions = digest.revisions.select_related("section", "by")[:MAX_SHOWN_CHANGES]
    sections = [
        (section, list(compare_words(get_original_text(section), section.text)))
        for section in _find_edited_sections(digest)
    ]
    context = {
        **admin.site.each_context(request),
        "title": _("Changes"),
        "digest": digest,
        "sections": sections,
        "revisions": [(one, list(compare_words(one.before, one.after))) for one in revisions],
    }
    return TemplateResponse(request, "admin/digests/digest/changes.html", context)


def _find_edited_sections(digest: Digest) -> list[Section]:
    edited = digest.sections.filter(revisions__what__in=TEXT_CHANGES).distinct()
    return list(edited.select_related("edited_by"))


def compare_words(before: str, after: str) -> Iterator[DiffRun]:
    """Yield the words of both texts in order, as runs that are equal, deleted or inserted."""
    old, new = before.split(" "), after.split(" ")
    # With autojunk, difflib would not match the words that are frequent in a long text.
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield DiffRun(DiffKind.EQUAL, " ".join(old[i1:i2]))
            continue
        if i2 > i1:
            yield DiffRun(DiffKind.DELETED, " ".join(old[i1:i2]))
        if j2 > j1:
            yield DiffRun(DiffKind.INSERTED, " ".join(new[j1:j2]))

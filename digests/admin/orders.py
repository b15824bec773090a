"""Handles the buttons of the review page: each posts an order in a plain form and leads back to the page.

So the page also works without its script. What an order does is in `digests.review`; the page itself is in
`digests.admin.review`.
"""

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from digests.models import Category, Digest, Item, Section, SectionItem
from digests.review import confirm, edit, regenerate, reorder

_Row = TypeVar("_Row", Section, SectionItem, Category)


@require_POST
@permission_required("digests.change_digest", raise_exception=True)
def run_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Run the order of a button and redirect to the section where the editor was."""
    digest = get_object_or_404(Digest.objects.select_related("publication").defer("chart"), pk=pk)
    order = _ORDERS.get(request.POST.get("do", ""))
    place = parse_row_number(request, "section")
    if order is None:
        messages.error(request, _("Unknown action. Reload the page and try again."))
    else:
        try:
            place = order(request, digest)
        except edit.EditError as error:
            messages.error(request, str(error))
    page = reverse("admin:digests_digest_review", args=[digest.pk])
    # Back to the same section: a long page would begin at its top.
    return HttpResponseRedirect(f"{page}#section-{place}" if place else page)


def _set_verdict_order(verdict: str) -> Callable[[HttpRequest, Digest], int]:
    def order(request: HttpRequest, digest: Digest) -> int:
        section = _get_section(request, digest)
        edit.set_verdict(section, verdict, by=get_editor(request))
        return _next_section_id(section) if verdict == Section.Verdict.GOOD else section.pk

    return order


def _next_section_id(section: Section) -> int:
    """Return the id of the next section without a verdict, from this one on or else from the top, or the section's own."""
    rows = Section.objects.filter(digest=section.digest_id, verdict=Section.Verdict.OPEN).exclude(text="")
    after = rows.filter(position__gt=section.position).first() or rows.first()
    return after.pk if after else section.pk


def _drop_section(request: HttpRequest, digest: Digest) -> int:
    section = _get_section(request, digest)
    edit.drop_section(section, by=get_editor(request))
    return section.pk


def _restore_section(request: HttpRequest, digest: Digest) -> int:
    section = _get_section(request, digest)
    edit.restore_section(section, by=get_editor(request))
    return section.pk


def _override_gates(request: HttpRequest, digest: Digest) -> int:
    # To send what a gate blocks is as much of a decision as to approve it.
    if not request.user.has_perm("digests.approve_digest"):
        raise edit.EditError(_("Only people who can approve issues can do this."))
    section = _get_section(request, digest)
    edit.override_gates(section, request.POST.get("reason", ""), by=get_editor(request))
    return section.pk


def _shift_order(step: int) -> Callable[[HttpRequest, Digest], int]:
    def order(request: HttpRequest, digest: Digest) -> int:
        section = _get_section(request, digest)
        if "line" in request.POST:
            reorder.shift_section_item(_get_section_item(request, digest), step, by=get_editor(request))
        else:
            reorder.shift_section(section, step, by=get_editor(request))
        return section.pk

    return order


def _move_item(request: HttpRequest, digest: Digest) -> int:
    seen = _get_section(request, digest)
    reorder.move_section_item(
        _get_section_item(request, digest), _get_category(request), seen=seen, by=get_editor(request)
    )
    return seen.pk


def _remove_item(request: HttpRequest, digest: Digest) -> int:
    seen = _get_section(request, digest)
    reorder.remove_section_item(_get_section_item(request, digest), seen=seen, by=get_editor(request))
    return seen.pk


def _add_item(request: HttpRequest, digest: Digest) -> int:
    item = get_object_or_404(Item, pk=parse_row_number(request, "item"))
    return reorder.add_section_item(digest, item, _get_category(request), by=get_editor(request)).pk


def _request_rewrite(request: HttpRequest, digest: Digest) -> int:
    section = _get_section(request, digest)
    regenerate.request_rewrite(section, request.POST.get("hint", ""), by=get_editor(request))
    return section.pk


def _confirm_section(request: HttpRequest, digest: Digest) -> int:
    section = _get_section(request, digest)
    asked = confirm.confirm_section(section, by=get_editor(request))
    messages.success(
        request,
        ngettext(
            "%(n)d sentence was checked against its source.",
            "%(n)d sentences were checked against their sources.",
            asked,
        )
        % {"n": asked},
    )
    return section.pk


def _cancel_rewrite(request: HttpRequest, digest: Digest) -> int:
    section = _get_section(request, digest)
    regenerate.cancel_rewrite(section)
    return section.pk


def _dismiss_rewrites(request: HttpRequest, digest: Digest) -> int:
    section = _get_section(request, digest)
    regenerate.dismiss_rewrites(section)
    return section.pk


_ORDERS: dict[str, Callable[[HttpRequest, Digest], int]] = {
    "good": _set_verdict_order(Section.Verdict.GOOD),
    "hold": _set_verdict_order(Section.Verdict.HELD),
    "open": _set_verdict_order(Section.Verdict.OPEN),
    "drop": _drop_section,
    "restore": _restore_section,
    "override": _override_gates,
    "rewrite": _request_rewrite,
    "verify": _confirm_section,
    "cancel": _cancel_rewrite,
    "dismiss": _dismiss_rewrites,
    "up": _shift_order(-1),
    "down": _shift_order(1),
    "move": _move_item,
    "out": _remove_item,
    "in": _add_item,
}


def get_editor(request: HttpRequest) -> User:
    """Return the user who sent the request."""
    assert isinstance(request.user, User)  # noqa: S101 - the admin lets nobody else in
    return request.user


def parse_row_number(request: HttpRequest, name: str) -> int:
    """Return the row id in a field of the form; 0, which no row has, for anything else."""
    value = request.POST.get(name, "")
    # 19 digits may be more than the 64 bits of a column hold, and the database would fail.
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else 0


def _get_section(request: HttpRequest, digest: Digest) -> Section:
    return _require_row(Section.objects.filter(pk=parse_row_number(request, "section"), digest=digest).first())


def _get_section_item(request: HttpRequest, digest: Digest) -> SectionItem:
    return _require_row(SectionItem.objects.filter(pk=parse_row_number(request, "line"), digest=digest).first())


def _get_category(request: HttpRequest) -> Category:
    return _require_row(Category.objects.filter(pk=parse_row_number(request, "category")).first())


def _require_row(row: _Row | None) -> _Row:
    if row is None:
        raise edit.EditError(_("It no longer exists. Reload the page."))
    return row

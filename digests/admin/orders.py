"""The orders of the review page's buttons: plain forms, which work without a script too, and lead back to the page.

Not here: what an order does (edit, arrange, rewrite), and the page itself (review).
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
from django.views.decorators.http import require_POST

from digests.models import Category, Digest, Item, Section, SectionItem
from digests.review import edit, regenerate, reorder

_Row = TypeVar("_Row", Section, SectionItem, Category)


@require_POST
@permission_required("digests.change_digest", raise_exception=True)
def run_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry out one order of the page's buttons and go back to where the editor was."""
    digest = get_object_or_404(Digest.objects.select_related("publication").defer("chart"), pk=pk)
    order = _ORDERS.get(request.POST.get("do", ""))
    place = parse_row_number(request, "section")
    if order is None:
        messages.error(request, _("There is no such order."))
    else:
        try:
            place = order(request, digest)
        except edit.EditError as error:
            messages.error(request, str(error))
    page = reverse("admin:digests_digest_review", args=[digest.pk])
    return HttpResponseRedirect(f"{page}#section-{place}" if place else page)


def _judge(verdict: str) -> Callable[[HttpRequest, Digest], int]:
    def order(request: HttpRequest, digest: Digest) -> int:
        section = _section(request, digest)
        edit.set_verdict(section, verdict, by=get_editor(request))
        return _next_section_id(section) if verdict == Section.Verdict.GOOD else section.pk

    return order


def _next_section_id(section: Section) -> int:
    """Return the section that is to be read after one that was found good."""
    rows = Section.objects.filter(digest=section.digest_id, verdict=Section.Verdict.OPEN).exclude(text="")
    after = rows.filter(position__gt=section.position).first() or rows.first()
    return after.pk if after else section.pk


def _drop(request: HttpRequest, digest: Digest) -> int:
    section = _section(request, digest)
    edit.drop_section(section, by=get_editor(request))
    return section.pk


def _restore(request: HttpRequest, digest: Digest) -> int:
    section = _section(request, digest)
    edit.restore_section(section, by=get_editor(request))
    return section.pk


def _override(request: HttpRequest, digest: Digest) -> int:
    if not request.user.has_perm("digests.approve_digest"):
        raise edit.EditError(_("Who may approve a digest may do this."))
    section = _section(request, digest)
    edit.override_gates(section, request.POST.get("reason", ""), by=get_editor(request))
    return section.pk


def _shift(step: int) -> Callable[[HttpRequest, Digest], int]:
    def order(request: HttpRequest, digest: Digest) -> int:
        section = _section(request, digest)
        if "line" in request.POST:
            reorder.shift_section_item(_line(request, digest), step, by=get_editor(request))
        else:
            reorder.shift_section(section, step, by=get_editor(request))
        return section.pk

    return order


def _move(request: HttpRequest, digest: Digest) -> int:
    seen = _section(request, digest)
    reorder.move_section_item(_line(request, digest), _category(request), seen=seen, by=get_editor(request))
    return seen.pk


def _remove_item(request: HttpRequest, digest: Digest) -> int:
    seen = _section(request, digest)
    reorder.remove_section_item(_line(request, digest), seen=seen, by=get_editor(request))
    return seen.pk


def _add_item(request: HttpRequest, digest: Digest) -> int:
    item = get_object_or_404(Item, pk=parse_row_number(request, "item"))
    return reorder.add_section_item(digest, item, _category(request), by=get_editor(request)).pk


def _rewrite(request: HttpRequest, digest: Digest) -> int:
    section = _section(request, digest)
    regenerate.request_rewrite(section, request.POST.get("hint", ""), by=get_editor(request))
    return section.pk


def _cancel(request: HttpRequest, digest: Digest) -> int:
    section = _section(request, digest)
    regenerate.cancel_rewrite(section)
    return section.pk


def _dismiss(request: HttpRequest, digest: Digest) -> int:
    section = _section(request, digest)
    regenerate.dismiss_rewrites(section)
    return section.pk


_ORDERS: dict[str, Callable[[HttpRequest, Digest], int]] = {
    "good": _judge(Section.Verdict.GOOD),
    "hold": _judge(Section.Verdict.HELD),
    "open": _judge(Section.Verdict.OPEN),
    "drop": _drop,
    "restore": _restore,
    "override": _override,
    "rewrite": _rewrite,
    "cancel": _cancel,
    "dismiss": _dismiss,
    "up": _shift(-1),
    "down": _shift(1),
    "move": _move,
    "out": _remove_item,
    "in": _add_item,
}


def get_editor(request: HttpRequest) -> User:
    """Return who is at the desk."""
    assert isinstance(request.user, User)  # noqa: S101 - the admin lets nobody else in
    return request.user


def parse_row_number(request: HttpRequest, name: str) -> int:
    """Return a number of the form; 0, which no row has, for anything else."""
    value = request.POST.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else 0  # 64 bits


def _section(request: HttpRequest, digest: Digest) -> Section:
    return _require_row(Section.objects.filter(pk=parse_row_number(request, "section"), digest=digest).first())


def _line(request: HttpRequest, digest: Digest) -> SectionItem:
    return _require_row(SectionItem.objects.filter(pk=parse_row_number(request, "line"), digest=digest).first())


def _category(request: HttpRequest) -> Category:
    return _require_row(Category.objects.filter(pk=parse_row_number(request, "category")).first())


def _require_row(row: _Row | None) -> _Row:
    if row is None:
        raise edit.EditError(_("It is not there any more."))
    return row

"""A digest's review page: every section beside its sources, and what the page asks for while an editor works.

Texts are saved while they are typed (`save`), everything else by plain forms (`do`, `sign`), which work without a
script too. Not here: what a change does (edit, arrange).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from digests import arrange, edit, hold
from digests.approve import ApprovalError, fingerprint
from digests.models import Category, Digest, Entry, Item, Section, SectionItem
from digests.quality import check_text, sentence
from digests.render import to_html

_Row = TypeVar("_Row", Section, SectionItem, Category)


@dataclass(frozen=True)
class Desk:
    """A section as it lies on the desk."""

    section: Section
    version: str
    html: str
    lines: list[SectionItem]
    findings: list[dict[str, Any]]
    dropped: bool

    @property
    def overridden(self) -> bool:
        """Whether a person has said why this very text may be sent although a gate blocks it."""
        return hold.is_overridden(self.section)

    @property
    def blocked(self) -> bool:
        """Whether a gate stands in the way of the approval."""
        return any(one["weight"] == "block" for one in self.findings) and not self.overridden


@permission_required("digests.view_digest", raise_exception=True)
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a digest for review."""
    digest = get_object_or_404(Digest.objects.select_related("publication", "approved_by"), pk=pk)
    desks = _desks(digest)
    sent = edit.is_sent(digest)
    context = {
        **admin.site.each_context(request),
        "title": digest.title,
        "digest": digest,
        "version": edit.version(digest),
        "fingerprint": fingerprint(digest),
        "desks": desks,
        "categories": _categories(digest),
        "left_out": arrange.left_out(digest) if not sent else [],
        "sent": sent,
        "may_edit": request.user.has_perm("digests.change_digest") and not sent,
        "may_approve": request.user.has_perm("digests.approve_digest"),
        "blockers": [
            *edit.blockers(desk.section for desk in desks),
            *(
                _("%(section)s has a finding that blocks it.") % {"section": desk.section}
                for desk in desks
                if desk.blocked
            ),
        ],
        "good": sum(desk.section.verdict == Section.Verdict.GOOD for desk in desks),
    }
    return TemplateResponse(request, "admin/digests/digest/review.html", context)


def _desks(digest: Digest) -> list[Desk]:
    entries = Prefetch("item__entries", Entry.objects.select_related("source"))
    lines = Prefetch("items", SectionItem.objects.select_related("item").prefetch_related(entries))
    desks = []
    for section in digest.sections.select_related("category", "edited_by").prefetch_related(lines):
        rows = list(section.items.all())
        html = to_html(section.text, links={row.url for row in rows})
        desks.append(Desk(section, edit.version(section), html, rows, _findings(section, digest), not section.text))
    return desks


def _findings(section: Section, digest: Digest) -> list[dict[str, Any]]:
    """Return what the gates say of the text as it stands now, each with the place that it speaks of."""
    stories = [line.item for line in section.items.all() if line.item]
    if not section.text or not stories:
        return []
    language = (get_language() or "en")[:2]
    return [
        {"weight": one.weight, "text": sentence(asdict(one), language), "start": one.span[0], "end": one.span[1]}
        for one in check_text(section.text, stories, digest.publication.language)
    ]


def _categories(digest: Digest) -> list[tuple[int, str]]:
    language = (get_language() or "en")[:2]
    rows = digest.publication.categories.filter(retired=False)
    return [(row.pk, f"{row.emoji} {row.name(language)}".strip()) for row in rows]


@require_POST
@permission_required("digests.change_digest", raise_exception=True)
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Save one field of the digest or of a section: JSON with the new version, 409 on a conflict, 422 on nonsense."""
    digest = get_object_or_404(Digest, pk=pk)
    name, seen = request.POST.get("name", ""), request.POST.get("seen", "")
    read = request.POST.get("fingerprint", "") == fingerprint(digest)
    change = {name: request.POST.get("value", "")}
    try:
        row: Digest | Section
        if "section" in request.POST:
            section = get_object_or_404(Section, pk=_number(request, "section"), digest=digest)
            row = edit.change_section(section, seen=seen, by=_editor(request), **change)
        else:
            row = edit.change_digest(digest, seen=seen, by=_editor(request), **change)
    except edit.ConflictError as conflict:
        return JsonResponse({"error": str(conflict), **_state(conflict.row, name)}, status=409)
    except edit.EditError as error:
        return JsonResponse({"error": str(error)}, status=422)
    digest.refresh_from_db()
    # Who saw everything before this change has seen everything after it; who did not has to load the page again.
    return JsonResponse({**_state(row, name), "fingerprint": fingerprint(digest) if read else ""})


def _state(row: Digest | Section, name: str) -> dict[str, Any]:
    """Return what the page has to know of a row after a save, or after somebody else's."""
    said: dict[str, Any] = {"version": edit.version(row), "value": getattr(row, name, "")}
    if isinstance(row, Section):
        said |= {"verdict": row.verdict, "by": str(row.edited_by or "")}
        said["html"] = to_html(row.text, links=set(row.items.values_list("url", flat=True)))
        said["findings"] = _findings(row, row.digest)
    return said


@require_POST
@permission_required("digests.view_digest", raise_exception=True)
def render(request: HttpRequest, pk: int) -> HttpResponse:
    """Return a section's Markdown as readers would see it; nothing is saved."""
    section = get_object_or_404(Section, pk=_number(request, "section"), digest=pk)
    links = set(section.items.values_list("url", flat=True))
    return JsonResponse({"html": to_html(request.POST.get("text", ""), links=links)})


@require_POST
@permission_required("digests.change_digest", raise_exception=True)
def do(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry out one order of the page's buttons and go back to where the editor was."""
    digest = get_object_or_404(Digest.objects.select_related("publication").defer("chart"), pk=pk)
    order = _ORDERS.get(request.POST.get("do", ""))
    place = _number(request, "section")
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
        edit.judge(section, verdict, by=_editor(request))
        return _next(section) if verdict == Section.Verdict.GOOD else section.pk

    return order


def _next(section: Section) -> int:
    """Return the section that is to be read after one that was found good."""
    rows = Section.objects.filter(digest=section.digest_id, verdict=Section.Verdict.OPEN).exclude(text="")
    after = rows.filter(position__gt=section.position).first() or rows.first()
    return after.pk if after else section.pk


def _drop(request: HttpRequest, digest: Digest) -> int:
    section = _section(request, digest)
    edit.drop(section, by=_editor(request))
    return section.pk


def _restore(request: HttpRequest, digest: Digest) -> int:
    section = _section(request, digest)
    edit.restore(section, by=_editor(request))
    return section.pk


def _override(request: HttpRequest, digest: Digest) -> int:
    if not request.user.has_perm("digests.approve_digest"):
        raise edit.EditError(_("Who may approve a digest may do this."))
    section = _section(request, digest)
    edit.override(section, request.POST.get("reason", ""), by=_editor(request))
    return section.pk


def _shift(step: int) -> Callable[[HttpRequest, Digest], int]:
    def order(request: HttpRequest, digest: Digest) -> int:
        section = _section(request, digest)
        if "line" in request.POST:
            arrange.shift_line(_line(request, digest), step, by=_editor(request))
        else:
            arrange.shift_section(section, step, by=_editor(request))
        return section.pk

    return order


def _move(request: HttpRequest, digest: Digest) -> int:
    seen = _section(request, digest)
    arrange.move(_line(request, digest), _category(request), seen=seen, by=_editor(request))
    return seen.pk


def _out(request: HttpRequest, digest: Digest) -> int:
    seen = _section(request, digest)
    arrange.take_out(_line(request, digest), seen=seen, by=_editor(request))
    return seen.pk


def _in(request: HttpRequest, digest: Digest) -> int:
    item = get_object_or_404(Item, pk=_number(request, "item"))
    return arrange.bring_in(digest, item, _category(request), by=_editor(request)).pk


_ORDERS: dict[str, Callable[[HttpRequest, Digest], int]] = {
    "good": _judge(Section.Verdict.GOOD),
    "hold": _judge(Section.Verdict.HELD),
    "open": _judge(Section.Verdict.OPEN),
    "drop": _drop,
    "restore": _restore,
    "override": _override,
    "up": _shift(-1),
    "down": _shift(1),
    "move": _move,
    "out": _out,
    "in": _in,
}


@require_POST
@permission_required("digests.approve_digest", raise_exception=True)
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve the digest as it stands, or take its approval back."""
    digest = get_object_or_404(Digest.objects.select_related("publication"), pk=pk)
    try:
        if request.POST.get("do") == "reopen":
            edit.open_for_changes(digest)
            messages.success(request, _("The approval was taken back."))
        else:
            edit.sign(digest, seen=request.POST.get("seen", ""), by=_editor(request))
            messages.success(request, _("Approved."))
    except (edit.EditError, ApprovalError) as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("admin:digests_digest_review", args=[pk]))


def _editor(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the admin lets nobody else in
    return request.user


def _number(request: HttpRequest, name: str) -> int:
    """Return a number of the form; 0, which no row has, for anything else."""
    value = request.POST.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else 0  # 64 bits


def _section(request: HttpRequest, digest: Digest) -> Section:
    return _there(Section.objects.filter(pk=_number(request, "section"), digest=digest).first())


def _line(request: HttpRequest, digest: Digest) -> SectionItem:
    return _there(SectionItem.objects.filter(pk=_number(request, "line"), digest=digest).first())


def _category(request: HttpRequest) -> Category:
    return _there(Category.objects.filter(pk=_number(request, "category")).first())


def _there(row: _Row | None) -> _Row:
    if row is None:
        raise edit.EditError(_("It is not there any more."))
    return row

"""The review page of a digest: each section beside its sources, and the requests of the page while an editor works.

Texts are saved while they are typed (`save_field`). Everything else is done by plain forms (`digests.admin.orders`,
`approve_or_reopen`), which also work without a script. What a change does is in `digests.review`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from digests.admin import links
from digests.admin.orders import get_editor, parse_row_number
from digests.llm import servers
from digests.models import Digest, Entry, Publication, Revision, Rewrite, Section, SectionItem
from digests.models.digests import make_items_prefetch
from digests.models.links import Link
from digests.quality import section_checks
from digests.quality.findings import FindingWeight
from digests.quality.shown_evidence import CheckedBy, ShownSentence, list_shown_sentences
from digests.review import edit, reorder
from digests.review.approve import ApprovalError, fingerprint_digest
from digests.review.auto_approve import is_untouched
from digests.review.regenerate import MAX_HINT_CHARACTERS
from digests.selection.candidates import find_withdrawn_items
from digests.sources import link_checker
from digests.text.messages import format_message


@dataclass(frozen=True)
class ReviewSource:
    """A source as the page shows it beside the text of its section."""

    row: SectionItem
    link: links.LinkWarning | None  # None if nothing is wrong with its link
    abstract: SafeString  # with the passages marked

    @property
    def carriers(self) -> list[str]:
        """The names of the sources that carry the item, each once."""
        entries = self.row.item.entries.all() if self.row.item else []
        return list(dict.fromkeys(entry.source.name for entry in entries))


@dataclass(frozen=True)
class ReviewSection:
    """A section as the page shows it."""

    section: Section
    version: str
    html: str
    lines: list[ReviewSource]
    findings: list[dict[str, Any]]
    dropped: bool
    wish: Rewrite | None  # the last request for a new text: running, or its result
    sentences: list[ShownSentence]

    @property
    def unconfirmed(self) -> int:
        """How many sentences no second model has called supported, where one is configured."""
        if not servers.is_verifier_configured() or self.section.is_extracted:
            return 0
        return sum(one.checked_by in {CheckedBy.RULES, CheckedBy.EDITOR} for one in self.sentences)

    @property
    def fallback(self) -> str:
        """Why the text of the model was not used, in the language of the page."""
        return format_message(self.section.fallback_reason)

    @property
    def why(self) -> str:
        """Why the rewrite failed, in the language of the page."""
        return format_message(self.wish.reason) if self.wish else ""

    @property
    def overridden(self) -> bool:
        """Whether a person has given a reason to send this text although a gate blocks it."""
        return section_checks.is_overridden(self.section)

    @property
    def blocked(self) -> bool:
        """Whether a gate prevents the approval."""
        return any(one["weight"] == FindingWeight.BLOCK for one in self.findings) and not self.overridden


def _page_language() -> str:
    return (get_language() or "en")[:2]


@permission_required("digests.view_digest", raise_exception=True)
def show_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the review page of a digest."""
    digest = get_object_or_404(Digest.objects.select_related("publication", "approved_by"), pk=pk)
    desks = _review_sections(digest)
    sent = edit.is_sent(digest)
    context = {
        **admin.site.each_context(request),
        "title": digest.title,
        "digest": digest,
        "version": edit.compute_version(digest),
        "fingerprint": fingerprint_digest(digest),
        "desks": desks,
        "categories": _list_category_choices(digest),
        "left_out": reorder.find_left_out_items(digest) if not sent else [],
        "kept_out": find_withdrawn_items(digest.publication, digest.date)[: reorder.MAX_OFFERED_ITEMS]
        if not sent
        else [],
        "sent": sent,
        "may_edit": request.user.has_perm("digests.change_digest") and not sent,
        "may_approve": request.user.has_perm("digests.approve_digest"),
        "model": servers.is_model_configured(),
        "longest_hint": MAX_HINT_CHARACTERS,
        **_deadline_context(digest),
        "past_hour": _missed_send_hour(digest),
        "left_by_clock": _left_by_clock(digest) if digest.approved_by_clock else [],
        "blockers": [
            *edit.list_blockers(desk.section for desk in desks),
            *map(link_checker.describe_private_link, _private_links(desks)),
            *(
                _("“%(section)s” has a problem that must be fixed first.") % {"section": desk.section}
                for desk in desks
                if desk.blocked
            ),
        ],
        "good": sum(desk.section.verdict == Section.Verdict.GOOD for desk in desks),
    }
    return TemplateResponse(request, "admin/digests/digest/review.html", context)


def _review_sections(digest: Digest) -> list[ReviewSection]:
    earlier_keys = section_checks.find_earlier_keys(digest)
    # Everything in a fixed number of queries, however many sections and sources there are.
    entries = Prefetch("item__entries", Entry.objects.select_related("source"))
    lines = Prefetch("items", SectionItem.objects.select_related("item").prefetch_related(entries))
    # A result is shown until the editor dismisses it; the editor knows of a cancellation.
    shown = Rewrite.objects.filter(dismissed=False).exclude(outcome=Rewrite.Outcome.CANCELLED)
    wishes = Prefetch("rewrites", shown.select_related("by").order_by("-pk"))
    sections = list(digest.sections.select_related("category", "edited_by").prefetch_related(lines, wishes))
    known = link_checker.load_known_links(row for section in sections for row in section.items.all())
    desks = []
    for section in sections:
        rows, sentences = list(section.items.all()), list_shown_sentences(section)
        listed = [
            ReviewSource(row, links.describe_link(row, known), _mark_passages(row, number, sentences))
            for number, row in enumerate(rows, start=1)
        ]
        wish = next(iter(section.rewrites.all()), None)
        html = section.to_html()
        found = section_checks.find_section_findings(section, earlier_keys) if section.text else []
        shown_findings = _list_findings(one.as_json() for one in found)
        desks.append(
            ReviewSection(
                section, edit.compute_version(section), html, listed, shown_findings, not section.text, wish, sentences
            )
        )
    return desks


def _mark_passages(row: SectionItem, number: int, sentences: Iterable[ShownSentence]) -> SafeString:
    """Return the abstract of an item with the passages that sentences rest on marked, each with an anchor of its own."""
    summary = row.item.summary if row.item else ""
    passages = {passage.span: passage for one in sentences for passage in one.passages if passage.number == number}
    pieces, at = [], 0
    for start, end in sorted(passages.keys() - {(0, 0)}):
        if start >= at:  # of passages that overlap the first is marked
            anchor = f"passage-{row.section_id}-{passages[start, end].anchor}"
            marked = format_html('<mark class="passage" id="{}">{}</mark>', anchor, summary[start:end])
            pieces += [escape(summary[at:start]), marked]
            at = end
    return SafeString("".join([*pieces, escape(summary[at:])]))


def _private_links(desks: list[ReviewSection]) -> list[SectionItem]:
    """Return the sources whose link leads into a private network: no reader may be sent there."""
    lines = [line for desk in desks if not desk.dropped for line in desk.lines]
    return [line.row for line in lines if line.link and line.link.state == Link.State.PRIVATE]


def _deadline_context(digest: Digest) -> dict[str, Any]:
    """Return the deadline of today's digest for the page, and what happens if it passes; nothing for other digests."""
    publication, now = digest.publication, timezone.now()
    ends = publication.deadline(digest.date)
    waits = digest.state == Digest.State.IN_REVIEW and not digest.imported and digest.date == publication.today(now)
    if ends is None or not waits:
        return {}
    hour = f"{ends:%H:%M} ({ends:%Z})"
    partly = publication.when_nobody == Publication.WhenNobody.CLEAN and is_untouched(digest)
    return {"deadline": hour, "late": ends <= now, "partly": partly}


def _missed_send_hour(digest: Digest) -> str:
    """Return the send hour if it has passed: a digest that is approved after it is sent at once."""
    hour = digest.publication.moment(digest.date, digest.publication.send_hour)
    waits = digest.state == Digest.State.IN_REVIEW and not digest.imported
    return f"{hour:%Y-%m-%d %H:%M} ({hour:%Z})" if waits and hour <= timezone.now() else ""


def _left_by_clock(digest: Digest) -> list[tuple[str, str]]:
    """Return the sections that the clock dropped before it approved, each with its reason."""
    dropped = digest.revisions.filter(clock=True, what=Revision.What.TEXT, after="").select_related("section")
    return [(str(one.section or "–"), one.why) for one in dropped.order_by("pk")]


@permission_required("digests.view_digest", raise_exception=True)
def list_open_rewrites(_request: HttpRequest, pk: int) -> HttpResponse:
    """Return the open rewrites as JSON, by section: since how many seconds, and whether the model has begun."""
    now = timezone.now()
    rows = Rewrite.objects.filter(section__digest=pk, finished_at=None)
    open_rewrites = {
        row.section_id: {"started": bool(row.started_at), "seconds": int((now - row.asked_at).total_seconds())}
        for row in rows
    }
    return JsonResponse({"open": open_rewrites})


def _list_findings(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return findings, as rows keep them, for the page: in its language, each with its place (start and end)."""
    return [
        {
            "weight": one["weight"],
            "text": format_message(one),
            "start": one["span"][0],
            "end": one["span"][1],
        }
        for one in found
    ]


def _list_category_choices(digest: Digest) -> list[tuple[int, str]]:
    rows = digest.publication.categories.filter(retired=False)
    return [(row.pk, row.label(_page_language())) for row in rows]


@require_POST
@permission_required("digests.change_digest", raise_exception=True)
def save_field(request: HttpRequest, pk: int) -> HttpResponse:
    """Save one field of the digest or of a section: JSON with the new version, 409 on a conflict, 422 for a wrong value."""
    digest = get_object_or_404(Digest, pk=pk)
    name, seen = request.POST.get("name", ""), request.POST.get("seen", "")
    read = request.POST.get("fingerprint", "") == fingerprint_digest(digest)
    change = {name: request.POST.get("value", "")}
    if name not in (*edit.DIGEST_FIELDS, *edit.SECTION_FIELDS):  # such as `by`, which is a parameter and no field
        return JsonResponse({"error": _("“%(name)s” can’t be changed.") % {"name": name}}, status=422)
    try:
        row: Digest | Section
        if "section" in request.POST:
            section = get_object_or_404(Section, pk=parse_row_number(request, "section"), digest=digest)
            row = edit.change_section(section, seen=seen, by=get_editor(request), **change)
        else:
            row = edit.change_digest(digest, seen=seen, by=get_editor(request), **change)
    except edit.EditConflictError as conflict:
        return JsonResponse({"error": str(conflict), **_row_state(conflict.row, name)}, status=409)
    except edit.EditError as error:
        return JsonResponse({"error": str(error)}, status=422)
    digest.refresh_from_db()
    # If the page had the newest fingerprint before this change, it may approve with the one after it. If not, the editor
    # has to load the page first, and read what others have changed.
    return JsonResponse({**_row_state(row, name), "fingerprint": fingerprint_digest(digest) if read else ""})


def _row_state(row: Digest | Section, name: str) -> dict[str, Any]:
    """Return the row for the page, after a save of its own or of somebody else."""
    state: dict[str, Any] = {"version": edit.compute_version(row), "value": getattr(row, name, "")}
    if isinstance(row, Section):
        state |= {"verdict": row.verdict, "by": str(row.edited_by or "")}
        prefetch_related_objects([row], make_items_prefetch(summaries=True))
        state["html"] = row.to_html()
        shown = {"section": row, "sentences": list_shown_sentences(row)}
        state["evidence"] = render_to_string("admin/digests/digest/_evidence.html", shown)
        state["findings"] = _list_findings(row.findings)  # the save has just run the gates
    return state


@require_POST
@permission_required("digests.view_digest", raise_exception=True)
def preview_section(request: HttpRequest, pk: int) -> HttpResponse:
    """Return Markdown as the HTML that readers would see; nothing is saved."""
    sections = Section.objects.prefetch_related(make_items_prefetch())
    section = get_object_or_404(sections, pk=parse_row_number(request, "section"), digest=pk)
    section.text = request.POST.get("text", "")
    return JsonResponse({"html": section.to_html()})


@require_POST
@permission_required("digests.approve_digest", raise_exception=True)
def approve_or_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve the digest as the editor has read it, or take its approval back."""
    digest = get_object_or_404(Digest.objects.select_related("publication"), pk=pk)
    try:
        if request.POST.get("do") == "reopen":
            edit.void_approval(digest, get_editor(request))
            messages.success(request, _("Approval withdrawn."))
        else:
            edit.approve_digest_as_read(digest, seen=request.POST.get("seen", ""), by=get_editor(request))
            messages.success(request, _("Approved."))
    except (edit.EditError, ApprovalError) as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("admin:digests_digest_review", args=[pk]))

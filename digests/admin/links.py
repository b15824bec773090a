"""What the clock found behind a digest's links -> words for its editor, beside each source and, together, in the preview."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from digests.models import Digest, SectionItem
from digests.models.links import Link
from digests.sources import error_messages, link_checker

# What has to be looked at, the worst first, each with the class of its badge.
_BADGES = {Link.State.PRIVATE: "wrong", Link.State.DEAD: "wrong", Link.State.UNSURE: "warn", Link.State.MOVED: ""}


@dataclass(frozen=True)
class LinkWarning:
    """A source whose link has to be looked at."""

    line: SectionItem
    state: str
    words: str
    badge: str
    why: str


@dataclass
class LinkSummary:
    """What is known of all links of a digest."""

    fine: int = 0
    waiting: int = 0
    followed: bool = False  # whether what waits will be asked
    told: list[LinkWarning] = field(default_factory=list)


def describe_link(line: SectionItem, known: dict[str, Link]) -> LinkWarning | None:
    """Return what is to be said of a source's link; None where it is fine, or not asked yet."""
    state = link_checker.get_link_state(line, known)
    if state not in _BADGES:
        return None
    why = "" if state == Link.State.PRIVATE else error_messages.translate_source_error(known[line.url].detail)
    return LinkWarning(line, state, _(state.label), _BADGES[state], why)


def summarize_links(digest: Digest) -> LinkSummary:
    """Return what is known of the links of a digest's sections, the worst first."""
    lines = list(SectionItem.objects.filter(digest=digest).exclude(section__text="").select_related("section"))
    known = link_checker.load_known_links(lines)
    told = [said for line in lines if (said := describe_link(line, known))]
    order = list(_BADGES)
    told.sort(key=lambda one: (order.index(Link.State(one.state)), one.line.section.position, one.line.position))
    fine = sum(line.url in known and known[line.url].state == Link.State.FINE for line in lines)
    return LinkSummary(
        fine=fine, waiting=len(lines) - fine - len(told), followed=link_checker.has_checked_links(digest), told=told
    )


@permission_required("digests.view_digest", raise_exception=True)
def show_links(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the part of the preview that tells of the links: it is asked for again while some wait."""
    found: dict[str, Any] = {"links": summarize_links(get_object_or_404(Digest.objects.defer("chart"), pk=pk))}
    return TemplateResponse(request, "admin/digests/digest/_links.html", found)

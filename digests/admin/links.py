"""Shows the state of a digest's links to its editor: beside each source, and as a summary in the preview.

The links are followed by the clock, in `digests.sources.link_checker`; here its results become words.
"""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from digests.models import Digest, SectionItem
from digests.models.links import Link
from digests.sources import link_checker
from digests.text.messages import format_message

# The states that an editor has to look at, worst first, with the CSS class of their badge.
_BADGES = {Link.State.PRIVATE: "wrong", Link.State.DEAD: "wrong", Link.State.UNSURE: "warn", Link.State.MOVED: ""}


@dataclass(frozen=True)
class LinkWarning:
    """A source whose link an editor has to look at."""

    line: SectionItem
    state: Link.State
    words: str
    badge: str
    why: str


@dataclass
class LinkSummary:
    """The counts of the links of a digest, and the warnings."""

    fine: int = 0
    waiting: int = 0
    followed: bool = False  # whether the waiting ones will be checked
    warnings: list[LinkWarning] = field(default_factory=list)


def describe_link(line: SectionItem, known: dict[str, Link]) -> LinkWarning | None:
    """Return the warning for a source's link, or None if it is fine or not checked yet."""
    state = link_checker.get_link_state(line, known)
    if state not in _BADGES:
        return None
    why = "" if state == Link.State.PRIVATE else format_message(known[line.url].detail)
    return LinkWarning(line, state, str(state.label), _BADGES[state], why)


def summarize_links(digest: Digest) -> LinkSummary:
    """Return the state of the links of a digest's sections, the worst first."""
    lines = list(
        SectionItem.objects.filter(digest=digest)
        .exclude(section__text="")
        .select_related("section", "item", "digest__publication")
        .defer("digest__chart")
    )
    known = link_checker.load_known_links(lines)
    warnings = [warning for line in lines if (warning := describe_link(line, known))]
    order = list(_BADGES)
    warnings.sort(key=lambda one: (order.index(one.state), one.line.section.position, one.line.position))
    fine = sum(line.url in known and known[line.url].state == Link.State.FINE for line in lines)
    return LinkSummary(
        fine=fine,
        waiting=len(lines) - fine - len(warnings),
        followed=link_checker.has_checked_links(digest),
        warnings=warnings,
    )


@permission_required("digests.view_digest", raise_exception=True)
def show_links(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the part of the preview about the links; the page asks for it again while some are waiting."""
    found: dict[str, Any] = {"links": summarize_links(get_object_or_404(Digest.objects.defer("chart"), pk=pk))}
    return TemplateResponse(request, "admin/digests/digest/_links.html", found)

"""The search of the archive: a query -> a page of passages with what was asked for in them marked."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from digests.models import Publication
from newsletter.archive import tokenizer
from newsletter.archive.search import search
from newsletter.models import Passage
from newsletter.site.rendering import page_number, public, show


@dataclass(frozen=True)
class _Hit:
    """A passage as the page shows it."""

    passage: Passage
    pieces: list[tuple[str, bool]]

    @property
    def url(self) -> str:
        """Where it can be read: the section's own place in its digest."""
        section = self.passage.section
        return self.passage.digest.get_absolute_url() + (f"#{section.category.slug}" if section else "")


@require_safe
@public(max_age=60)
def find(request: HttpRequest) -> HttpResponse:
    """Show what a query finds, in one publication or in all."""
    query = request.GET.get("q", "").replace("\0", "")[: tokenizer.LONGEST_QUERY].strip()
    publications = list(Publication.objects.filter(enabled=True))
    wanted = request.GET.get("publication", "")
    chosen = next((one for one in publications if one.slug == wanted), None)
    number = page_number(request)
    found = search(query, publication=chosen, page=number)
    context = {
        "query": query,
        "publications": publications,
        "chosen": chosen,
        "hits": [_Hit(one, tokenizer.excerpt(one.text, query)) for one in found.passages],
        "number": number,
        "before": number - 1,
        "after": number + 1 if found.more else 0,
    }
    return show(request, "search", context)

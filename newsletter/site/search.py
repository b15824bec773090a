"""The search page of the archive: passages with the words of the query marked. Not here: finding them (archive.search)."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from digests.models import Publication
from newsletter.archive import tokenizer
from newsletter.archive.search import search_digests
from newsletter.models import SearchDocument
from newsletter.site.rendering import cache_publicly, get_page_number, render_page


@dataclass(frozen=True)
class _SearchHit:
    """A passage as the page shows it: pieces of its text, each marked or not."""

    passage: SearchDocument
    pieces: list[tuple[str, bool]]

    @property
    def url(self) -> str:
        """The address of the passage's section in its digest."""
        section = self.passage.section
        return self.passage.digest.get_absolute_url() + (f"#{section.category.slug}" if section else "")


@require_safe
@cache_publicly(max_age=60)
def show_search(request: HttpRequest) -> HttpResponse:
    """Show the results of a query, in one publication or in all."""
    query = request.GET.get("q", "").replace("\0", "")[: tokenizer.MAX_QUERY_CHARS].strip()
    publications = list(Publication.objects.filter(enabled=True))
    wanted = request.GET.get("publication", "")
    chosen = next((one for one in publications if one.slug == wanted), None)
    number = get_page_number(request)
    found = search_digests(query, publication=chosen, page=number)
    context = {
        "query": query,
        "publications": publications,
        "chosen": chosen,
        "hits": [_SearchHit(one, tokenizer.cut_excerpt(one.text, query)) for one in found.passages],
        "number": number,
        "before": number - 1,
        "after": number + 1 if found.more else 0,
    }
    return render_page(request, "search", context)

"""The search page of the archive: papers and stories with the words of the query marked. Not here: finding them (archive.search)."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from digests.models import Publication
from newsletter.archive import queries, tokenizer
from newsletter.archive.search import search_digests
from newsletter.models import SearchDocument
from newsletter.site.rendering import cache_publicly, get_page_number, render_page

_MAX_PLACES = 3  # of the other issues that carry an item
_Pieces = list[tuple[str, bool]]  # of a text, each with whether it is marked


@dataclass(frozen=True)
class _SearchHit:
    """A result as the page shows it; `places` are other issues with the same item, of which `more` are not shown."""

    found: SearchDocument
    headline: _Pieces
    title: _Pieces
    text: _Pieces
    places: list[SearchDocument]
    more: int


@require_safe
@cache_publicly(max_age=60)
def show_search(request: HttpRequest) -> HttpResponse:
    """Show the results of a query, in one publication or in all, in one month or in all."""
    query = request.GET.get("q", "").replace("\0", "")[: tokenizer.MAX_QUERY_CHARS].strip()
    publications = list(Publication.objects.filter(enabled=True))
    wanted = request.GET.get("publication", "")
    chosen = next((one for one in publications if one.slug == wanted), None)
    months = list(queries.list_public_digests().dates("date", "month", order="DESC"))
    month = next((one for one in months if f"{one:%Y-%m}" == request.GET.get("month")), None)
    number = get_page_number(request)
    found = search_digests(query, publication=chosen, month=month, page=number)
    filters = {"publication": chosen.slug if chosen else "", "month": f"{month:%Y-%m}" if month else ""}
    context = {
        "query": query,
        "publications": publications,
        "chosen": chosen,
        "search_months": months,
        "search_month": month,
        "hits": [_make_hit(one, query, found.places.get(one.item_id or 0, [])) for one in found.passages],
        "filters": urlencode({"q": query} | {name: value for name, value in filters.items() if value}),
        "before": number - 1,
        "after": number + 1 if found.more else 0,
    }
    return render_page(request, "search", context)


def _make_hit(found: SearchDocument, query: str, places: list[SearchDocument]) -> _SearchHit:
    heading = found.section.heading if found.section else found.digest.shown_title
    return _SearchHit(
        found,
        headline=tokenizer.mark_words(found.headline or heading, query),
        title=tokenizer.mark_words(found.title, query),
        text=tokenizer.cut_excerpt(found.text, query),
        places=places[:_MAX_PLACES],
        more=len(places[_MAX_PLACES:]),
    )

"""The page behind “Was this issue helpful?”: a question with two buttons, for the issue or one of its sections.

A link may choose an answer or a section (`?answer=no&section=llm`), but only a button counts it.
"""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from digests.models import Section
from newsletter.feedback.issue_feedback import record_feedback
from newsletter.models import IssueFeedback
from newsletter.site.pages import get_public_digest
from newsletter.site.rendering import keep_private, render_page
from newsletter.subscribers import antispam


@csrf_exempt  # as the sign-up: it relies on no cookie
@require_http_methods(["GET", "HEAD", "POST"])
@keep_private
def show_feedback(request: HttpRequest, slug: str, date: str) -> HttpResponse:
    """Ask whether a public issue was helpful; a button counts the answer, and every answer is thanked for alike."""
    digest = get_public_digest(slug, date)
    sections = list(digest.sections.exclude(text="").select_related("category"))
    given = request.POST if request.method == "POST" else request.GET
    answer, section = given.get("answer", ""), _find_section(sections, given.get("section", ""))
    shown = {"digest": digest, "publication": digest.publication, "sections": sections}
    shown |= {"answer": answer, "section": section}
    if request.method != "POST":
        return render_page(request, "feedback", shown)
    if answer not in IssueFeedback.Answer.values:
        return render_page(request, "feedback", shown | {"is_unanswered": True}, status=400)
    if not request.POST.get("website"):  # a field that people don't see
        record_feedback(digest, answer, section, antispam.get_client_network(request))
    return render_page(request, "feedback", shown | {"is_done": True})


def _find_section(sections: Sequence[Section], slug: str) -> Section | None:
    return next((one for one in sections if one.category.slug == slug), None)

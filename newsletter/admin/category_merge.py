"""The page that merges a category into another, after it has shown how many readers that affects."""

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from digests.models import Category
from newsletter.admin import audit
from newsletter.subscribers.category_merge import (
    MergeError,
    count_affected_readers,
    count_gained_readers,
    merge_categories,
)


@require_http_methods(["GET", "POST"])
@permission_required("digests.change_category", raise_exception=True)
def show_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer the categories to merge into, show what follows for the chosen one, and merge on POST."""
    category = get_object_or_404(Category, pk=pk)
    others = Category.objects.filter(retired=False).exclude(pk=pk)
    others = others.filter(publications__in=category.publications.all()).distinct()
    chosen = request.POST.get("into") or request.GET.get("into") or ""
    into = others.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 10 else None
    if request.method == "POST" and into:
        try:
            moved = merge_categories(category, into)
            audit.log_action(request, category, _("Merged into “%(category)s”.") % {"category": into})
            messages.success(
                request,
                ngettext(
                    "Categories merged. %(n)d subscription moved.",
                    "Categories merged. %(n)d subscriptions moved.",
                    moved,
                )
                % {"n": moved},
            )
            return HttpResponseRedirect(reverse("admin:digests_category_changelist"))
        except MergeError as error:
            messages.error(request, str(error))
    language = (get_language() or "en")[:2]
    context = {
        **admin.site.each_context(request),
        "title": _("Merge category"),
        "category": category,
        "name": category.name(language),
        "others": [(one.pk, one.label(language)) for one in others],
        "into": into,
        "into_name": into.name(language) if into else "",
        "joining": count_gained_readers(category, into) if into else 0,
    }
    return TemplateResponse(request, "admin/newsletter/merge.html", context)


@permission_required("digests.view_category", raise_exception=True)
def show_merge_counts(request: HttpRequest, pk: int) -> HttpResponse:
    """Return the count of a category's readers, which the pages load afterwards: counting a million takes a while."""
    counted = count_affected_readers(get_object_or_404(Category, pk=pk))
    return TemplateResponse(request, "admin/newsletter/_touched.html", {"touched": counted})

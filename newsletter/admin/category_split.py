"""The page that splits a category: it shows first how many readers are affected, and afterwards how many have answered."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from digests.admin.category import CategoryForm
from digests.llm.servers import is_model_configured
from digests.models import Category
from digests.text.localization import use_language
from newsletter.admin import audit
from newsletter.emails.strings import format_split_prompt
from newsletter.models import CategorySplit
from newsletter.subscribers.category_merge import count_active_readers
from newsletter.subscribers.category_split import SplitError, split_category
from newsletter.subscribers.split_prompts import MAX_PROMPT_EMAILS

MAX_PARTS = 10  # with more, it should become a publication


class PartForm(CategoryForm):
    """A new category; it begins with the emoji and color of the old one."""

    class Meta(CategoryForm.Meta):
        fields = ["slug", "emoji", "color"]
        labels = {"slug": gettext_lazy("Slug"), "emoji": gettext_lazy("Emoji"), "color": gettext_lazy("Color")}
        help_texts = {
            "slug": gettext_lazy("Lowercase letters, digits and hyphens. Used in links; you can’t change it later.")
        }

    def __init__(self, *given: Any, like: Category, **values: Any) -> None:
        super().__init__(*given, **values)
        self.initial = {**self.initial, "color": like.color, "emoji": like.emoji}
        self.fields["emoji"].required = False


_Parts = forms.formset_factory(PartForm, extra=2, max_num=MAX_PARTS, absolute_max=MAX_PARTS, validate_max=True)


@require_http_methods(["GET", "POST"])
@permission_required("digests.change_category", raise_exception=True)
def show_split(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the names of the parts, show what follows, and split on the second POST."""
    category = get_object_or_404(Category, pk=pk)
    do = request.POST.get("do", "")
    keep = "keep" in request.POST
    parts = _Parts(
        _form_data(request, do, category) if request.method == "POST" else None, form_kwargs={"like": category}
    )
    is_named = do in {"look", "split"} and parts.is_valid() and _are_enough(request, parts, keep)
    if is_named and do == "split" and _split(request, category, parts, keep):
        return HttpResponseRedirect(reverse("admin:newsletter_split", args=[pk]))
    language = (get_language() or "en")[:2]
    context = {
        **admin.site.each_context(request),
        "title": _("Split category"),
        "category": category,
        "name": category.name(language),
        "readers": count_active_readers(category) if is_named else 0,
        "publications": list(category.publications.values_list("name", flat=True)),
        "parts": parts,
        "keep": keep,
        "checked": do in {"look", "split"},
        "prompts": _preview_prompts(category, parts, keep) if is_named else [],
        "bare": [form.cleaned_data["slug"] for form in _named_parts(parts) if _has_no_rule(form)] if is_named else [],
        "may_add": len(parts.forms) < MAX_PARTS,
        "splits": _earlier_splits(category, language),
        "tellings": MAX_PROMPT_EMAILS,
    }
    return TemplateResponse(request, "admin/newsletter/split.html", context)


def _form_data(request: HttpRequest, do: str, category: Category) -> Any:
    """Return the posted data, with an empty part more where the button for it was pressed."""
    data = request.POST.copy()
    total = data.get("form-TOTAL_FORMS", "")
    if do == "more" and total.isdecimal() and len(total) < 3:
        data["form-TOTAL_FORMS"] = str(min(MAX_PARTS, int(total) + 1))
        data[f"form-{total}-color"], data[f"form-{total}-emoji"] = category.color, category.emoji
    return data


def _named_parts(parts: Any) -> list[PartForm]:
    return [form for form in parts.forms if form.has_changed()]


def _has_no_rule(form: PartForm) -> bool:
    """Say whether no item would ever get a part as its category: there is no model, and it has no keywords."""
    return not is_model_configured() and not form.cleaned_data["words"].strip()


def _are_enough(request: HttpRequest, parts: Any, keep: bool) -> bool:
    enough = len(_named_parts(parts)) + keep >= 2
    if not enough:
        messages.error(request, _("Enter at least two new categories, or one if you keep the original."))
    return enough


def _split(request: HttpRequest, category: Category, parts: Any, keep: bool) -> bool:
    """Split the category; say whether that was possible, and tell the person either way."""
    try:
        made = split_category(category, [form.save(commit=False) for form in _named_parts(parts)], keep=keep)
    except SplitError as error:
        messages.error(request, str(error))
        return False
    names = ", ".join(str(part) for part in made.parts.all())
    audit.log_action(request, category, _("Split into: %(names)s") % {"names": names})
    done = ngettext(
        "Category split. %(n)d subscription now has all new categories and will be asked to choose.",
        "Category split. %(n)d subscriptions now have all new categories and will be asked to choose.",
        made.asked,
    )
    messages.success(request, done % {"n": made.asked})
    return True


def _preview_prompts(category: Category, parts: Any, keep: bool) -> list[tuple[str, str]]:
    """Return the sentence that readers will find in their next email, in each of their languages."""
    made = [form.save(commit=False) for form in _named_parts(parts)] + ([category] if keep else [])
    prompts = []
    for language in dict(settings.LANGUAGES):
        with use_language(language):
            parts_named = [part.label(language) for part in made]
            prompts.append((language, format_split_prompt(category.name(language), parts_named)))
    return prompts


def _earlier_splits(category: Category, language: str) -> list[dict[str, Any]]:
    """Return the earlier splits of a category, with how many readers have answered."""
    rows = category.splits.prefetch_related("parts").annotate(
        waiting=Count("questions"),
        left_alone=Count("questions", filter=Q(questions__accepted_emails__gte=MAX_PROMPT_EMAILS)),
    )
    return [_split_progress(row, language) for row in rows]


def _split_progress(row: Any, language: str) -> dict[str, Any]:
    made: CategorySplit = row
    parts = ", ".join(part.label(language) for part in made.parts.all())
    answered = max(0, made.asked - row.waiting)
    return {"at": made.at, "parts": parts, "asked": made.asked, "answered": answered, "left_alone": row.left_alone}

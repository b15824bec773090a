"""Admin of the categories: the closed list, with a name and a description per language.

The page of a category has a form field per language in place of the JSON of the row. A category that was printed or chosen
is retired, not deleted.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from digests.models import Category

_TEXT_FIELDS = {"name_ko": ("names", "ko"), "name_en": ("names", "en")} | {
    "description_ko": ("descriptions", "ko"),
    "description_en": ("descriptions", "en"),
}


class LinesField(forms.CharField):
    """A text field that has plain line ends: browsers send CRLF, which would count as a change."""

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class ColorInput(forms.ColorInput):
    """The browser's color picker, which always has a value: HTML allows it neither a length nor to be required."""

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the attributes of the element."""
        attrs = super().build_attrs(base_attrs, extra_attrs)
        return {name: value for name, value in attrs.items() if name not in {"maxlength", "required"}}


class CategoryForm(forms.ModelForm):
    """The form of a category, with a field per language in place of JSON, and a keyword per line."""

    name_ko = forms.CharField(label=_("Name (Korean)"), max_length=100)
    name_en = forms.CharField(label=_("Name (English)"), max_length=100)
    description_ko = forms.CharField(
        label=_("Description (Korean)"), widget=forms.Textarea({"rows": 2}), required=False
    )
    description_en = forms.CharField(
        label=_("Description (English)"), widget=forms.Textarea({"rows": 2}), required=False
    )
    words = LinesField(
        label=_("Keywords, one per line"),
        help_text=_("Without an AI model, items with these words or phrases go into this category."),
        widget=forms.Textarea({"rows": 6}),
        required=False,
    )

    class Meta:
        model = Category
        fields = ["slug", "emoji", "color", "position", "retired"]
        # The browser's color picker sends #rrggbb, the form that the column has.
        widgets = {"color": ColorInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, (texts, language) in _TEXT_FIELDS.items():
            self.fields[field].initial = getattr(self.instance, texts).get(language, "")
        self.fields["words"].initial = "\n".join(self.instance.keywords)

    def save(self, commit: bool = True) -> Category:
        """Save the texts and keywords into their JSON fields; texts in other languages are kept."""
        for field, (texts, language) in _TEXT_FIELDS.items():
            setattr(self.instance, texts, getattr(self.instance, texts) | {language: self.cleaned_data[field].strip()})
        # A dict keeps the order and drops repeated keywords.
        lines = self.cleaned_data["words"].splitlines()
        self.instance.keywords = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
        saved: Category = super().save(commit)
        return saved


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    """The list and the pages of the categories."""

    form = CategoryForm
    list_display = ["__str__", "korean", "slug", "position", "retired"]
    list_filter = ["publications", "retired"]
    list_editable = ["position"]
    search_fields = ["slug", "names"]
    change_form_template = "admin/digests/category/change.html"
    fields = [
        ("name_ko", "name_en"),
        ("emoji", "color", "position"),
        "slug",
        "description_ko",
        "description_en",
        "words",
        "retired",
    ]

    @admin.display(description=_("Korean"))
    def korean(self, category: Category) -> str:
        """Return the Korean name, for the list."""
        return category.name("ko")

    def get_readonly_fields(self, _request: HttpRequest, obj: Category | None = None) -> list[str]:
        """Make the slug read-only once it exists: links and the choices of readers refer to it."""
        return ["slug"] if obj else []

    def has_delete_permission(self, _request: HttpRequest, obj: Category | None = None) -> bool:
        """A category that was printed is retired, never deleted."""
        return obj is not None and not obj.sections.exists()

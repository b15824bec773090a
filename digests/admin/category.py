"""The closed list of categories: named per language, retired instead of deleted; each says how many readers it has."""

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
    """A text of lines; a browser ends them in its own way, which changes nothing."""

    def to_python(self, value: Any) -> str:
        """Return the text with plain line ends."""
        return (super().to_python(value) or "").replace("\r\n", "\n")


class CategoryForm(forms.ModelForm):
    """A category with a field per language instead of JSON, and a keyword per line."""

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
        help_text=_("Words and phrases that file an item here when no model is configured"),
        widget=forms.Textarea({"rows": 6}),
        required=False,
    )

    class Meta:
        model = Category
        fields = ["slug", "emoji", "color", "position", "retired"]
        widgets = {"color": forms.TextInput({"type": "color"})}

    def __init__(self, *given: Any, **values: Any) -> None:
        super().__init__(*given, **values)
        for field, (texts, language) in _TEXT_FIELDS.items():
            self.fields[field].initial = getattr(self.instance, texts).get(language, "")
        self.fields["words"].initial = "\n".join(self.instance.keywords)

    def save(self, commit: bool = True) -> Category:
        """Put the words where they are kept; other languages stay as they are."""
        for field, (texts, language) in _TEXT_FIELDS.items():
            setattr(self.instance, texts, getattr(self.instance, texts) | {language: self.cleaned_data[field].strip()})
        lines = self.cleaned_data["words"].splitlines()
        self.instance.keywords = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
        saved: Category = super().save(commit)
        return saved


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    """The closed list."""

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
        """Return the Korean name."""
        return category.name("ko")

    def get_readonly_fields(self, _request: HttpRequest, obj: Category | None = None) -> list[str]:
        """Keep a slug as it is once it exists: links and choices hang on it."""
        return ["slug"] if obj else []

    def has_delete_permission(self, _request: HttpRequest, obj: Category | None = None) -> bool:
        """A category that was printed is retired, never deleted."""
        return obj is not None and not obj.sections.exists()

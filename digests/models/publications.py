"""Tables of publications and of their closed list of categories.

Not here: the days and hours of a publication (`timetable`).
"""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import resolve, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from digests.models.sources import Source
from digests.models.timetable import Timetable


class Category(models.Model):
    """One category of a publication's closed list; its names may change, its slug never does."""

    slug = models.SlugField(_("slug"), unique=True)
    names = models.JSONField(
        _("names"), default=dict, help_text=_('Name per language: {"ko": "로보틱스", "en": "Robotics"}')
    )
    descriptions = models.JSONField(
        _("descriptions"),
        default=dict,
        help_text=_("One or two sentences per language. Shown to subscribers and given to the AI."),
    )
    keywords = models.JSONField(
        _("keywords"),
        default=list,
        blank=True,
        help_text=_("Without an AI model, items with these words or phrases go into this category."),
    )
    emoji = models.CharField(_("emoji"), max_length=16, blank=True)
    color = models.CharField(
        _("color"), max_length=7, default="#64748b", validators=[RegexValidator(r"^#[0-9a-f]{6}$")]
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired = models.BooleanField(
        _("retired"), default=False, help_text=_("Stays in past issues only. Takes no new items or subscribers.")
    )

    class Meta:
        verbose_name = _("category")
        ordering = ["position", "slug"]
        verbose_name_plural = _("categories")
        constraints = [models.CheckConstraint(condition=~Q(slug=""), name="category_has_slug")]

    def __str__(self) -> str:
        return self.label((get_language() or "en")[:2])

    def name(self, language: str) -> str:
        """Return the name in a language, else in English, else in any, else the slug."""
        return self._in_language(self.names, language) or self.slug

    def label(self, language: str) -> str:
        """Return emoji and name as pages and mails show them; the name alone where there is no emoji."""
        return f"{self.emoji} {self.name(language)}".strip()

    def description(self, language: str) -> str:
        """Return the description in a language, else in English, else in any."""
        return self._in_language(self.descriptions, language)

    @staticmethod
    def _in_language(texts: dict[str, str], language: str) -> str:
        return texts.get(language) or texts.get("en") or next(iter(texts.values()), "")


class Publication(Timetable):
    """A periodical: its sources, categories, language and limits; its days and hours come from `Timetable`."""

    class ApproverShown(models.TextChoices):
        ROLE = "role", _("“An editor”, without a name")
        NAME = "name", _("First and last name")

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(
        _("short name"),
        max_length=40,
        blank=True,
        help_text=_("Shown as the sender of emails. Without it, that is the name."),
    )
    tagline = models.CharField(_("tagline"), max_length=300, blank=True)
    language = models.CharField(_("language"), max_length=10, default="ko")
    enabled = models.BooleanField(_("enabled"), default=True, help_text=_("Published and open for sign-up"))
    sources = models.ManyToManyField(Source, verbose_name=_("sources"), related_name="publications", blank=True)
    categories = models.ManyToManyField(Category, verbose_name=_("categories"), related_name="publications", blank=True)
    approver_shown = models.CharField(
        _("how the approver is shown"),
        max_length=10,
        choices=ApproverShown.choices,
        default=ApproverShown.ROLE,
        help_text=_(
            "What subscribers read at the end of an issue about the person who approved it. If the account has no "
            "first and last name, it’s the role."
        ),
    )

    window_days = models.PositiveSmallIntegerField(
        _("collection period (days)"),
        default=3,
        validators=[MinValueValidator(1)],
        help_text=_("How many days an unused item stays available for later issues."),
    )
    category_limit = models.PositiveSmallIntegerField(
        _("items per category"),
        default=6,
        validators=[MinValueValidator(1)],
        help_text=_("Up to this many items per category"),
    )
    digest_limit = models.PositiveSmallIntegerField(
        _("items per issue"),
        default=60,
        validators=[MinValueValidator(1)],
        help_text=_("Up to this many items per issue"),
    )

    class Meta:
        verbose_name = _("newsletter")
        verbose_name_plural = _("newsletters")
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(build_hour__lte=23, send_hour__lte=23), name="publication_hours_of_a_day"
            ),
            models.CheckConstraint(
                condition=Q(window_days__gte=1, category_limit__gte=1, digest_limit__gte=1),
                name="publication_limits_positive",
            ),
            models.CheckConstraint(condition=Q(weekdays__regex=r"^[1-7]+$"), name="publication_weekdays"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sender_name(self) -> str:
        """The name that inboxes show as the sender: the short one, else the whole."""
        return self.short_name or self.name

    def get_absolute_url(self) -> str:
        """Return the path of the publication's page."""
        return reverse("publication", args=[self.slug])

    def clean(self) -> None:
        """Refuse a slug whose address leads to another page, and a deadline that cannot be kept."""
        super().clean()
        if self.slug and self.hidden_pages():
            raise ValidationError({"slug": f"{self.slug}: another page has this address. Choose another slug."})
        self.clean_deadline()

    def hidden_pages(self) -> list[str]:
        """Return the addresses of this publication under which the site shows another page."""
        addresses = {name: reverse(name, args=[self.slug]) for name in ("publication", "archive", "preview", "feed")}
        # Static files are served before any route is looked up, so their prefix hides a publication of the same name.
        static = settings.STATIC_URL.strip("/") == self.slug
        return [path for name, path in addresses.items() if static or resolve(path).url_name != name]

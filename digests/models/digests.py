"""Tables of digests, of their sections, and of the items in each section.

Not here: who may change which of them and when (`digests.review`), and how they are built (`digests.building`).
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from digests.models.items import Item
from digests.models.publications import Category, Publication
from digests.text.counts import count_noun
from digests.text.entities import decode_entities
from digests.text.latex import latex_to_text
from digests.text.markdown_rendering import markdown_to_html
from digests.text.numbers import format_usd

MAX_SECTIONS = 62  # a delivery keeps its sections as the bits of one signed 64-bit number


class Digest(models.Model):
    """One issue of a publication: first a draft, then in review, then approved. One per publication and date."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("In review")
        APPROVED = "approved", _("Approved")

    class ApprovalRule(models.TextChoices):
        NONE = "", _("none")
        CLEAN = "clean", _("no check found a problem")
        DEADLINE = "deadline", _("the deadline passed")

    # PROTECT: what was sent to readers must not vanish with its publication.
    publication = models.ForeignKey(
        Publication, verbose_name=_("newsletter"), on_delete=models.PROTECT, related_name="digests"
    )
    date = models.DateField(_("date"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    title = models.CharField(_("title"), max_length=300)
    subject = models.CharField(
        _("subject"), max_length=200, blank=True, help_text=_("Email subject. If empty, the issue’s title is used.")
    )
    opening = models.TextField(_("introduction"), blank=True, help_text=_("Editor’s note shown above the sections"))
    chart = models.BinaryField(_("chart"), default=bytes, blank=True, help_text=_("Chart of items per category (PNG)"))
    chart_alt = models.TextField(_("chart description"), blank=True, help_text=_("The chart’s figures as text"))
    headlines = models.JSONField(
        _("headlines"),
        default=list,
        blank=True,
        help_text=_("The most important items as they were approved: headline, one line, place on the page"),
    )
    imported = models.BooleanField(_("imported"), default=False, help_text=_("Imported from Markdown files"))
    approved_hash = models.CharField(
        _("approved hash"), max_length=64, blank=True, help_text=_("Fingerprint of exactly what was approved")
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("approved by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    approved_by_clock = models.BooleanField(
        _("approved automatically"), default=False, help_text=_("Approved by rule, without a person")
    )
    approval_rule = models.CharField(
        _("rule of the approval"),
        max_length=10,
        choices=ApprovalRule.choices,
        default=ApprovalRule.NONE,
        blank=True,
        help_text=_("Why it was approved automatically"),
    )
    built_at = models.DateTimeField(_("built at"), null=True, blank=True)
    released_at = models.DateTimeField(
        _("released at"),
        null=True,
        blank=True,
        help_text=_("When sending began. Nothing changes after that."),
    )
    tokens_in = models.PositiveIntegerField(
        _("tokens in"), default=0, help_text=_("Everything the AI read for this issue, including rebuilds")
    )
    tokens_out = models.PositiveIntegerField(_("tokens out"), default=0)
    cost = models.DecimalField(
        _("cost"),
        max_digits=12,
        decimal_places=6,
        default=Decimal(0),
        help_text=_("US dollars, at the price on the day of use"),
    )
    verifier_cost = models.DecimalField(
        _("cost of checking"),
        max_digits=12,
        decimal_places=6,
        default=Decimal(0),
        help_text=_("The part of the cost that the checking AI took"),
    )

    class Meta:
        verbose_name = _("issue")
        verbose_name_plural = _("issues")
        ordering = ["-date", "publication"]
        permissions = [("approve_digest", "Can approve digest and take an approval back")]
        constraints = [
            models.UniqueConstraint(fields=["publication", "date"], name="digest_once_per_day"),
            # The sender compares this hash with the digest's content: approval without one would cover any content.
            models.CheckConstraint(
                condition=~Q(state="approved") | (~Q(approved_hash="") & Q(approved_at__isnull=False)),
                name="digest_approval_is_bound",
            ),
            # A person needs no rule. An automatic approval of an earlier version has none.
            models.CheckConstraint(
                condition=Q(approval_rule="") | Q(approved_by_clock=True), name="digest_rule_is_of_the_clock"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.publication_id and self.publication.slug} {self.date}"

    def get_absolute_url(self) -> str:
        """Return the path of the digest on the web."""
        return reverse("digest", args=[self.publication.slug, self.date.isoformat()])

    @property
    def has_own_title(self) -> bool:
        """Whether a report or an editor gave the issue a name."""
        return self.imported or self.title != make_built_title(self.publication, self.date)

    @property
    def shown_title(self) -> str:
        """What readers know the issue by: its own name, or the editor's subject, else its first headline."""
        if self.has_own_title:
            return self.title
        return self.subject or next((one["headline"] for one in self.headlines), self.title)

    @property
    def shown_title_language(self) -> str:
        """The language of `shown_title`: a headline may be the title of a source in another one than the publication's."""
        first = self.headlines[0] if self.headlines else {}
        own = first.get("language", "") if first.get("headline") == self.shown_title else ""
        return own or self.publication.language

    @property
    def cost_line(self) -> str:
        """Tokens and price of the model's work on this digest, in words; empty where no model was used."""
        if not self.tokens_in + self.tokens_out:
            return ""
        price = f", {format_usd(self.cost)}" if self.cost else ", no price set"
        if self.verifier_cost:
            price += f" ({format_usd(self.verifier_cost)} of it for checking)"
        return f"{count_noun(self.tokens_in, 'token')} in, {self.tokens_out:,} out{price}"


def make_built_title(publication: Publication, date: dt.date) -> str:
    """Return the title that an issue has from its build on, until an editor gives it another."""
    return f"{publication.name} ({date.isoformat()})"


class Section(models.Model):
    """One category of one digest: the text that is sent, and the record of how it was made.

    `text` is Markdown, and the only text that is sent; `summary` holds the five parts as they were written or extracted,
    to show what an editor changed. Heading and emoji are copies, so that renaming a category does not change a digest
    that was sent.
    """

    class Origin(models.TextChoices):
        MODEL = "model", _("written by AI")
        EXTRACTED = "extracted", _("excerpts from the sources")
        IMPORTED = "imported", _("imported")

    class Verdict(models.TextChoices):
        OPEN = "", _("not checked yet")
        GOOD = "good", _("checked")
        HELD = "held", _("on hold")

    digest = models.ForeignKey(Digest, verbose_name=_("issue"), on_delete=models.CASCADE, related_name="sections")
    category = models.ForeignKey(
        Category, verbose_name=_("category"), on_delete=models.PROTECT, related_name="sections"
    )
    position = models.SmallIntegerField(
        _("position"),
        validators=[MaxValueValidator(MAX_SECTIONS - 1)],
        help_text=_("Negative only while a build reorders sections"),
    )
    heading = models.CharField(_("section heading"), max_length=200)
    emoji = models.CharField(_("emoji"), max_length=16, blank=True)
    text = models.TextField(_("text"), blank=True)
    summary = models.JSONField(_("summary"), default=dict, blank=True)
    evidence = models.JSONField(
        _("evidence"),
        default=list,
        blank=True,
        help_text=_("For each sentence as it was written: the passages of the sources that it rests on"),
    )
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices, default=Origin.EXTRACTED)
    findings = models.JSONField(_("check results"), default=list, blank=True)
    override = models.JSONField(
        _("exception"),
        default=dict,
        blank=True,
        help_text=_("Why a person allowed this text although a check blocks it"),
    )
    fallback_reason = models.JSONField(
        _("reason for the excerpts"),
        default=dict,
        blank=True,
        help_text=_("Why the AI’s text wasn’t used: code and parameters"),
    )
    found = models.PositiveIntegerField(
        _("found"), default=0, help_text=_("Items of the category in the collection period, before the limits")
    )
    model = models.CharField(_("AI model"), max_length=100, blank=True)
    prompt_hash = models.CharField(_("prompt hash"), max_length=64, blank=True)
    input_hash = models.CharField(
        _("input hash"),
        max_length=64,
        blank=True,
        help_text=_("The same input gives the same text, so an unchanged section isn’t paid for twice"),
    )
    tokens_in = models.PositiveIntegerField(_("tokens in"), default=0)
    tokens_out = models.PositiveIntegerField(_("tokens out"), default=0)
    cost = models.DecimalField(
        _("cost"), max_digits=12, decimal_places=6, default=Decimal(0), help_text=_("US dollars")
    )
    verifier_cost = models.DecimalField(
        _("cost of checking"), max_digits=12, decimal_places=6, default=Decimal(0), help_text=_("US dollars")
    )
    attempts = models.JSONField(
        _("attempts"),
        default=list,
        blank=True,
        help_text=_("AI responses that a check blocked, and what was done about them"),
    )
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("edited by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    edited_at = models.DateTimeField(
        _("edited at"), null=True, blank=True, help_text=_("Set when a person changes it. Builds then leave it alone.")
    )
    verdict = models.CharField(
        _("review status"),
        max_length=10,
        choices=Verdict.choices,
        default=Verdict.OPEN,
        blank=True,
        help_text=_("Set by an editor. An issue with a section on hold can’t be approved."),
    )

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["digest", "category"], name="section_once_per_category"),
            models.UniqueConstraint(fields=["digest", "position"], name="section_position_free"),
            # Negative positions exist while a build moves sections: the unique constraint is checked row by row.
            models.CheckConstraint(
                condition=Q(position__lt=MAX_SECTIONS, position__gte=-MAX_SECTIONS), name="section_fits_the_bits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.emoji} {self.heading}".strip()

    @property
    def is_extracted(self) -> bool:
        """Whether the text consists of excerpts, in the languages of the sources."""
        return self.origin == self.Origin.EXTRACTED

    def to_html(
        self,
        *,
        item_marks: Mapping[str, str] = MappingProxyType({}),
        item_ids: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        """Return the text as readers see it; `item_marks` and `item_ids` as in `markdown_to_html`.

        Of many sections, load items by `make_items_prefetch`.
        """
        links = {line.url: line.language for line in self.items.all()}
        return markdown_to_html(
            self.text, links=links, quotes=self.is_extracted, item_marks=item_marks, item_ids=item_ids
        )


class SectionItem(models.Model):
    """The place of an item in a section, with title and link as they are shown.

    An imported report may list a source twice; the second row then has no item.
    """

    section = models.ForeignKey(Section, verbose_name=_("section"), on_delete=models.CASCADE, related_name="items")
    # The section's digest once more: a constraint cannot look into another table, and an item stands once per digest.
    digest = models.ForeignKey(Digest, verbose_name=_("issue"), on_delete=models.CASCADE, related_name="+")
    item = models.ForeignKey(
        Item, verbose_name=_("item"), on_delete=models.PROTECT, null=True, blank=True, related_name="appearances"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(_("title"), max_length=500)
    url = models.URLField(_("url"), max_length=2000)

    class Meta:
        verbose_name = _("section item")
        verbose_name_plural = _("section items")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["section", "position"], name="section_item_position_free"),
            models.UniqueConstraint(fields=["digest", "item"], name="item_once_per_digest"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def language(self) -> str:
        """The language of the title; empty where it is not known."""
        return self.item.language if self.item else ""

    @property
    def headline(self) -> str:
        """The title in one line of plain text; rows of earlier versions and imports hold it with markup, as typed."""
        return " ".join(latex_to_text(decode_entities(self.title)).split())


def make_items_prefetch(
    *, summaries: bool = False, authors: bool = False
) -> "Prefetch[str, models.QuerySet[SectionItem], str]":
    """Return what loads the items of sections by one query, with the languages of their titles; summaries and authors on demand."""
    left_out = [name for name, wanted in (("item__summary", summaries), ("item__authors", authors)) if not wanted]
    return Prefetch("items", SectionItem.objects.select_related("item").defer(*left_out))

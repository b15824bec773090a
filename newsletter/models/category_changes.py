"""Categories that were split, and the readers who are asked which parts they want."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests.models import Category
from newsletter.models.subscribers import Subscription


class CategorySplit(models.Model):
    """A category that was divided: what was one choice is several now, and its readers are asked which they want."""

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="splits")
    parts = models.ManyToManyField(Category, related_name="part_of")
    at = models.DateTimeField(default=timezone.now)
    asked = models.PositiveIntegerField(default=0, help_text="Subscriptions that were asked")

    class Meta:
        verbose_name = _("category split")
        verbose_name_plural = _("category splits")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.category_id} at {self.at:%Y-%m-%d %H:%M}"


class SplitPrompt(models.Model):
    """A reader who has not said yet which parts of a divided category to go on with; gone with the answer."""

    split = models.ForeignKey(CategorySplit, on_delete=models.CASCADE, related_name="questions", db_index=False)
    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="questions")
    accepted_emails = models.PositiveSmallIntegerField(
        default=0, help_text="Emails with the question that were accepted"
    )

    class Meta:
        verbose_name = _("split prompt")
        verbose_name_plural = _("split prompts")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["split", "subscription"], name="question_once")]

    def __str__(self) -> str:
        return f"{self.split_id}: {self.subscription_id}"

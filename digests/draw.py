"""A digest's sections -> its chart and the chart's words: whoever changes the counts draws it anew.

Not here: the picture itself (chart).
"""

from django.db.models import Count

from digests import chart
from digests.models import Digest


def draw_chart(digest: Digest) -> None:
    """Set the digest's chart and its alt text from the sections' items; nothing is saved.

    A section that an editor dropped is not in it; without any there is no chart.
    """
    language = digest.publication.language
    sections = digest.sections.exclude(text="", edited_at__isnull=False).select_related("category")
    slices = [
        chart.Slice(
            label=section.heading,
            fallback_label=section.category.name("en"),
            color=section.category.color,
            count=section.shown,
        )
        for section in sections.annotate(shown=Count("items")).order_by("position")
    ]
    digest.chart = chart.draw(slices, language=language) if slices else b""
    digest.chart_alt = chart.describe(slices, language=language) if slices else ""

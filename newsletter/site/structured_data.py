"""Describes an issue for search engines and archives: a NewsArticle of schema.org, with the source type of its texts by IPTC.

Who wrote and approved follows from the rows (`digests.review.provenance`). A text that no model wrote has no source type.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings

from digests.models import Digest, Section
from digests.review.provenance import SectionProvenance, WrittenBy, get_approver_name, read_author
from digests.review.provenance_words import format_digest_provenance, format_section_provenance

# https://cv.iptc.org/newscodes/digitalsourcetype/
_BY_MODEL = "https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_BY_MODEL_AND_PERSON = "https://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
# As Django's json_script: nothing in a string can end the element of the page.
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def build_issue_data(digest: Digest, sections: Sequence[Section], *, headline: str) -> dict[str, Any]:
    """Return the JSON-LD of an issue's page; `sections` are those with a text, loaded as for `read_section_provenance`."""
    publication, url = digest.publication, settings.SITE_URL + digest.get_absolute_url()
    published = digest.released_at or (None if digest.imported else digest.approved_at)
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "@id": url,
        "url": url,
        "headline": headline,
        "datePublished": (published.astimezone(publication.zone) if published else digest.date).isoformat(),
        "inLanguage": publication.language,
        "isPartOf": {
            "@type": "Periodical",
            "name": publication.name,
            "url": settings.SITE_URL + publication.get_absolute_url(),
        },
        "author": {"@type": "Organization", "name": publication.name},
        "publisher": {"@type": "Organization", "name": settings.SITE_NAME, "url": settings.SITE_URL},
        "creditText": format_digest_provenance(digest, sections),
        "hasPart": [_describe_section(section, url) for section in sections],
    } | _get_source_type(read_author(section) for section in sections)
    if name := get_approver_name(digest):
        data["editor"] = {"@type": "Person", "name": name}
    return data


def serialize_for_page(data: dict[str, Any]) -> str:
    """Return data as JSON that is safe within a script element."""
    return json.dumps(data, ensure_ascii=False).translate(_ESCAPES)


def _describe_section(section: Section, url: str) -> dict[str, Any]:
    return {
        "@type": "CreativeWork",
        "name": section.heading,
        "url": f"{url}#{section.category.slug}",
        "creditText": format_section_provenance(section),
    } | _get_source_type([read_author(section)])


def _get_source_type(authors: Iterable[SectionProvenance]) -> dict[str, str]:
    """Return the source type of texts together: of a model alone, or of a model with persons and sources; nothing without a model."""
    found = list(authors)
    if not any(one.is_by_model for one in found):
        return {}
    is_model_alone = all(one.written_by == WrittenBy.MODEL and not one.has_quotes for one in found)
    return {"digitalSourceType": _BY_MODEL if is_model_alone else _BY_MODEL_AND_PERSON}

"""Fragments that an earlier version composed are joined as they are: a mailing may be under way while the version changes."""

import pytest

from digests.models import Digest
from newsletter.emails.joining import JoinedEmail, join_fragments, load_mailing_fragments
from newsletter.emails.markers import make_marker
from newsletter.models import Fragment, Mailing
from tests import build

pytestmark = pytest.mark.django_db

NONCE = "0123456789abcdef"


def test_fragments_of_an_earlier_version_are_joined_whole():
    category, other = build.category(), build.category()
    digest = build.digest(build.publication(categories=[category, other]), state=Digest.State.DRAFT)
    sections = [build.section(digest, one) for one in (category, other)]
    mailing = Mailing.objects.create(digest=digest, subject="Papers (2026-05-22)", approved_hash=NONCE + "0" * 48)
    mark = make_marker(NONCE, "preheader")
    for kind, html, text in (("head", f"<body>{mark}", f"{mark}\n"), ("tail", "</body>", "END")):
        Fragment.objects.create(mailing=mailing, kind=kind, html=html, text=text)
    for position, section in enumerate(sections):
        Fragment.objects.create(
            mailing=mailing,
            kind="section",
            section=section,
            position=position,
            label=f"R&D {position}",
            html=f"<p>{position}</p>",
            text=f"{position}\n",
        )
    letter = load_mailing_fragments(mailing)

    assert join_fragments(letter, 0b10) == JoinedEmail(
        "Papers (2026-05-22)", "<body>R&amp;D 1<p>1</p></body>", "R&D 1\n1\nEND"
    )
    assert join_fragments(letter, 0b11).text == "R&D 0 · R&D 1\n0\n1\nEND"

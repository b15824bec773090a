"""Which items stand on top of an email; fragments of an earlier version, of a mailing that is under way while the version changes."""

import pytest

from digests.models import Digest
from newsletter.emails.joining import JoinedEmail, choose_best_items, join_fragments, load_mailing_fragments
from newsletter.emails.markers import make_marker
from newsletter.models import Fragment, Mailing
from tests import build

pytestmark = pytest.mark.django_db

NONCE = "0123456789abcdef"


@pytest.mark.parametrize(
    ("ranked", "best"),  # rank, section and place; section and place
    [
        ([], []),
        ([(0, 0, 0), (1, 0, 1)], [(0, 0), (0, 1)]),
        ([(0, 1, 0), (1, 1, 1), (2, 1, 2), (3, 0, 0)], [(1, 0), (0, 0), (1, 1)]),
        ([(0, 2, 0), (1, 2, 1), (2, 1, 0), (3, 1, 1), (4, 0, 0)], [(2, 0), (1, 0), (0, 0)]),
    ],
)
def test_the_headlines_on_top_are_of_as_many_sections_as_there_are(ranked, best):
    assert choose_best_items(ranked) == best


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

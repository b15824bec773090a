"""Items that were stored as their sources typed them are read by the migration; what was approved keeps its wording."""

import datetime as dt
from importlib import import_module

import pytest
from django.apps import apps

from digests.models import Item, SectionItem
from digests.text.cleaning import make_title_key
from tests import build

pytestmark = pytest.mark.django_db

read = import_module("digests.migrations.0012_read_stored_texts")
TYPED = r"$\tau^2$-Bench by Cram\'er &amp; others: a benchmark"
READ = "τ²-Bench by Cramér & others: a benchmark"


def test_stored_titles_and_texts_are_read():
    made = build.item(TYPED, summary=r"We measure $\alpha$ at 3.5\% and AT&#8217;s $5 and $6.", title_key="old")
    other = build.item("A plain title", summary="A plain text.", title_key="kept")

    read.read_items(apps, None)

    item = Item.objects.get(pk=made.pk)
    assert (item.title, item.title_key) == (READ, make_title_key(READ))
    assert item.summary == "We measure α at 3.5% and AT’s $5 and $6."
    assert Item.objects.filter(pk=other.pk).values_list("title", "summary", "title_key").get() == (
        "A plain title",
        "A plain text.",
        "kept",
    )


def test_an_open_digest_prints_the_title_as_it_is_read_and_an_approved_one_as_it_was_approved():
    item = build.item(TYPED)
    states = {"in_review": dt.date(2026, 5, 22), "draft": dt.date(2026, 5, 21), "approved": dt.date(2026, 5, 20)}
    publication = build.publication()
    for state, day in states.items():
        digest = build.digest(publication, date=day)
        build.section(digest, build.category(), items=[item])
        if state == "approved":
            build.approve_unchecked(digest)
        else:
            type(digest).objects.filter(pk=digest.pk).update(state=state)

    read.read_items(apps, None)

    printed = dict(SectionItem.objects.values_list("digest__state", "title"))
    assert printed == {"in_review": READ, "draft": READ, "approved": TYPED}


def test_stored_papers_that_say_so_are_marked_as_withdrawn():
    why = "This paper has been withdrawn by the author."
    gone = build.item("A study", summary=why, arxiv_id="2611.00001")
    build.item("A study of retracted papers", summary="We ask why a paper is withdrawn.", arxiv_id="2611.00002")

    read.mark_withdrawn(apps, None)

    marked = Item.objects.exclude(withdrawn="").values_list("pk", "withdrawn", "withdrawn_at")
    assert list(marked) == [(gone.pk, why, gone.collected_at)]

"""Readers found by what they read: the choices are about one and the same subscription."""

import psycopg
import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from tests import build

pytestmark = pytest.mark.django_db
LIST = "admin:newsletter_subscriber_changelist"


def _found(client, **asked: object) -> list[str]:
    page = client.get(reverse(LIST), asked)
    return sorted(reader.email.partition("@")[0] for reader in page.context["cl"].queryset)


@pytest.fixture
def rows(client):
    client.force_login(User.objects.create_superuser("root"))
    one, two = build.category(), build.category()
    papers, news = (build.publication(categories=[one, two]) for _ in range(2))
    ann, bob, cho = (build.subscriber(f"{name}@example.org") for name in ("ann", "bob", "cho"))
    build.subscription(papers, [one], subscriber_=ann)
    build.subscription(news, [two], subscriber_=ann, state="left")
    build.subscription(papers, [two], subscriber_=bob, state="left")
    build.subscription(news, [one, two], subscriber_=cho)
    return papers.pk, news.pk, one.pk, two.pk


def test_filters_meet_in_one_subscription(client, rows):
    papers, news, one, two = rows

    assert _found(client, publication=papers) == ["ann", "bob"]
    assert _found(client, state="left") == ["ann", "bob"]
    assert _found(client, publication=papers, state="left") == ["bob"]
    assert _found(client, publication=news, state="active", category=two) == ["cho"]
    assert _found(client, category=one) == ["ann", "cho"]
    assert _found(client, publication=papers, category=two, state="active") == []


@pytest.mark.parametrize("name", ["publication", "state", "category", "language"])
@pytest.mark.parametrize("value", ["nonsense", "-1", "99999999999999999999", "\x00", "1; DROP TABLE"])
def test_filter_of_nonsense_is_none(client, rows, name, value):
    assert _found(client, **{name: value}) == ["ann", "bob", "cho"]


def test_filter_of_a_language(client, rows):
    build.subscriber("dan@example.org", language="en")

    assert _found(client, language="en") == ["dan"]


@pytest.mark.services
def test_postgres_has_an_index_of_pieces(postgres_url):
    with psycopg.connect(postgres_url) as connection:
        connection.execute("SET enable_seqscan = off")
        lines = connection.execute(
            "EXPLAIN SELECT id FROM newsletter_subscriber WHERE LOWER(email)::text LIKE '%ann%'"
        ).fetchall()

    assert any("subscriber_by_piece" in line for (line,) in lines)

"""A stranger's request occupies the database for a few seconds at most; one of the desk may take longer."""

import time

import pytest
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from newsletter.site.time_limit import StatementTimeLimit, limit_statements

SLOW = {
    "postgresql": "SELECT pg_sleep(2)",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 9000000) SELECT max(i) FROM n",
}
pytestmark = pytest.mark.django_db(transaction=True)


def ask(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def limit_in_force() -> str:
    """Return PostgreSQL's limit; SQLite has none to ask for."""
    if connection.vendor != "postgresql":
        return "0"
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def test_statement_over_its_time_is_broken_off_and_the_next_one_answered():
    with limit_statements(0.2):
        ask("SELECT 1")
        with pytest.raises(OperationalError):
            ask(SLOW[connection.vendor])
        ask("SELECT 1")

    assert limit_in_force() == "0"


def test_statements_have_their_time_each():
    with limit_statements(0.3):
        for _ in range(5):
            ask("SELECT 1")
            time.sleep(0.1)
        ask("SELECT 1")


def test_pages_of_the_site_are_limited_and_the_desk_is_not():
    seen = []

    def page(_request: HttpRequest) -> HttpResponse:
        ask("SELECT 1")
        seen.append(limit_in_force())
        return HttpResponse()

    for path in ("/search/", "/admin/"):
        StatementTimeLimit(page)(RequestFactory().get(path))

    assert seen == (["5s", "0"] if connection.vendor == "postgresql" else ["0", "0"])
    assert limit_in_force() == "0"

"""Nonsense in the addresses of the desk: the answer is a page, a redirect or a polite refusal, never an error."""

import pytest

from tests.newsletter import everywhere
from tests.newsletter.everywhere import fill_path, list_urls
from tests.newsletter.site.page import REFUSED, status_and_heading

pytestmark = pytest.mark.django_db

# Of any list, add, change or delete page.
_OF_ALL = [
    "_to_field=email",
    "_to_field=no__such",
    "_to_field=%00",
    "_to_field=password&_popup=1",
    "_popup=1&_to_field=id",
]
_OF_LISTS = [
    *("o=-99.99", "o=x", "p=-1", "p=9999999999999999999999", "p=x", "q=%00", "e=1", "all="),
    *("at__year=0", "at__year=99999", "at__year=9999", "at__year=1", "at__year=x", "at__year=" + "9" * 5000),
    *("at__year=2026&at__month=13", "at__year=2026&at__month=2&at__day=31", "at__day=1", "at__gte=0000-00-00"),
    *("at__gte=99999-01-01", "at__lt=x", "at__gte=0001-01-01", "action_time__year=10000", "send_at__year=0"),
    *("send_at__year=2026&send_at__month=0", "date__year=10000", "action_time__year=2026&action_time__month=99"),
    *("id__exact=x", "pk__in=", "state__exact=%00", "user__id__exact=x", "retired__exact=7", "source__id__exact=x"),
    *("content_type__id__exact=99999999999999999999", "digest__publication__id__exact=99999999999999999999"),
]


@pytest.mark.parametrize("ends", ["_changelist", "_add", "_change", "_delete"])
def test_nonsense_in_an_address_is_answered(admin_client, ends):
    made = everywhere.create_rows()
    asked_for = _OF_ALL + (_OF_LISTS if ends == "_changelist" else [])
    found = {
        (name, asked): admin_client.get(f"{fill_path(route, name, made)}?{asked}").status_code
        for route, name in list_urls()
        if name.endswith(ends)
        for asked in asked_for
    }

    assert {seen: status for seen, status in found.items() if status not in {200, 302, 400, 403, 405}} == {}


@pytest.mark.parametrize(
    ("year", "shown"),
    [("2026", (200, "수집 기록 목록")), *((year, REFUSED) for year in ("0", "99999", "9999", "x"))],
)
def test_year_of_a_list_is_one_that_something_happened_in(admin_client, year, shown):
    assert status_and_heading(admin_client.get(f"/admin/digests/collection/?at__year={year}")) == shown


def test_row_of_another_column_is_refused(admin_client):
    assert status_and_heading(admin_client.get("/admin/newsletter/subscriber/?_to_field=email")) == REFUSED

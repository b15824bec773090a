"""Every answer carries the policy; a database that takes no change is never hidden."""

import sqlite3
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import translation

from newsletter.models import Subscription
from newsletter.site import middleware
from newsletter.subscribers.links import make_token
from tests import build
from tests.newsletter.site import page, rows


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/no/such/page/", "/health", "/admin/login/", "/api/v1/subscriptions"])
def test_answer_carries_the_policy(client: Client, address: str) -> None:
    response = client.get(address)

    assert response["Content-Security-Policy"] == middleware.CONTENT_SECURITY_POLICY
    assert (response["X-Frame-Options"], response["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/m/x/", "/u/x", "/u/x/llm", "/c/x/", "/o/x/", "/a/x/"])
def test_page_behind_a_personal_link_keeps_its_address_to_itself(client: Client, address: str) -> None:
    response = client.get(address)

    assert [response[name] for name in ("Referrer-Policy", "Cache-Control", "X-Robots-Tag")] == [
        *("no-referrer", "no-store", "noindex")
    ]


@pytest.mark.django_db
def test_page_has_no_inline_script_or_style(client: Client) -> None:
    publication = rows.publication()
    subscription = build.subscription(publication, [])
    token = make_token("manage", subscription.pk, subscription.subscriber.link_key)

    for address in ("/", "/papers/", "/about/", "/privacy/", f"/m/{token}/"):
        content = client.get(address).content
        assert page.texts(content, "style, [style], [onclick], [onchange], script:not([src])") == []


READ_ONLY = {
    "sqlite": ("PRAGMA query_only = 1", "PRAGMA query_only = 0"),
    "postgresql": (
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
    ),
}


@pytest.mark.django_db(transaction=True)
def test_leave_on_a_read_only_database_answers_503_and_does_not_pretend(client: Client) -> None:
    subscription = build.subscription(rows.publication(), [], subscriber_=build.subscriber(language="en"))
    token = make_token("leave", subscription.pk, subscription.subscriber.link_key)

    with connection.cursor() as cursor:
        on, off = READ_ONLY[connection.vendor]
        cursor.execute(on)
        try:
            response = client.post(f"/u/{token}")
        finally:
            cursor.execute(off)

    assert (response.status_code, response["Retry-After"]) == (503, "120")
    assert page.texts(response.content) == ["We can’t do this right now"]
    assert Subscription.objects.get().state == "active"


def test_error_of_our_own_is_not_taken_for_the_database() -> None:
    request = RequestFactory().get("/")

    assert (
        middleware.SecurityHeaders(middleware.show_server_error).process_exception(
            request, sqlite3.OperationalError("x")
        )
        is None
    )
    assert middleware.SecurityHeaders(middleware.show_server_error).process_exception(request, ValueError("x")) is None


def test_failure_shows_our_page_and_no_stack_trace() -> None:
    with translation.override("ko"):
        response = middleware.show_server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    assert page.texts(response.content) == ["문제가 생겼습니다"]


@pytest.mark.django_db
def test_page_of_another_role_is_refused_politely(client: Client) -> None:
    client.force_login(User.objects.create_user("new", is_staff=True))
    page = client.get("/admin/newsletter/subscriber/", headers={"accept-language": "en"})

    assert (page.status_code, "You don’t have access to this page" in page.content.decode()) == (403, True)


@pytest.mark.django_db
def test_form_without_its_mark_changes_nothing_and_says_so() -> None:
    page = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x"}, headers={"accept-language": "en"})

    assert (page.status_code, "This form has expired" in page.content.decode()) == (403, True)


@pytest.mark.django_db
def test_question_that_no_page_asks_is_refused_politely(admin_client: Client) -> None:
    page = admin_client.get("/admin/digests/category/?subscriptions__subscriber__email=x")

    assert (page.status_code, "<h1" in page.content.decode()) == (400, True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "address"), [("post", "/subscribe/"), ("post", "/link/"), ("get", "/papers/"), ("post", "/language/")]
)
def test_more_fields_than_are_taken_are_refused_by_a_true_sentence(method: str, address: str) -> None:
    rows.publication()
    fields = {"category": [str(n) for n in range(1001)], "do": "choose"}

    response = getattr(Client(headers={"Accept-Language": "en"}), method)(address, fields)

    said = (response.status_code, page.texts(response.content), page.texts(response.content, "main p")[0])
    assert said == (
        400,
        ["This form is too large"],
        "It has more fields or text than we accept at once. Nothing was changed. Send it in smaller parts.",
    )


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/m/x/", "/no/such/page/"])
def test_head_is_answered_without_a_body(address: str) -> None:
    headers: dict[str, str] = {}

    def start(_status: str, fields: list[tuple[str, str]], _error: object = None, /) -> Callable[[bytes], object]:
        headers.update(fields)
        return len

    body = b"".join(get_wsgi_application()(RequestFactory().head(address).environ, start))

    assert (body, int(headers["Content-Length"]) > 1000) == (b"", True)

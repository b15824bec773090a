"""A request that is answered by mail wakes the worker, and no page waits for a broker that is away."""

import logging
from collections.abc import Iterator

import pytest
from django.test import Client
from kombu import Connection
from pytest_django import DjangoCaptureOnCommitCallbacks

from digests.models import Publication
from newsletter.celery import app
from newsletter.models import Subscription
from newsletter.site import wake_worker
from newsletter.subscribers import consent
from newsletter.subscribers.links import make_manage_url
from tests import build
from tests.newsletter.site import rows
from tests.newsletter.site.test_api import wish
from tests.newsletter.site.test_signup import form

pytestmark = pytest.mark.django_db


@pytest.fixture
def publication() -> Publication:
    return rows.publication()


@pytest.fixture(autouse=True)
def _broker() -> Iterator[None]:
    wake_worker.broker_backoff.reset()
    _taken()
    yield
    wake_worker.broker_backoff.reset()


def _taken() -> list[str]:
    """Take what waits in the queue of service mail; return the names of the tasks."""
    found = []
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue("notes")
        while queue.qsize():
            message = queue.get(timeout=5)
            found.append(message.headers["task"])
            message.ack()
    return found


def _confirm(client: Client, publication: Publication) -> None:
    subscription = consent.process_sign_up(
        consent.record_sign_up(email="new@example.org", publication=publication, categories=["llm"], language="en")
    )
    assert subscription is not None
    client.post(f"/c/{consent.make_confirm_token(subscription)}/")


def _ask_for_the_data(client: Client, publication: Publication) -> None:
    subscription = build.subscription(publication, list(publication.categories.all()))
    client.post(_path(subscription), {"do": "owner"})


def _sign_up(client: Client, publication: Publication) -> None:
    client.post("/subscribe/", form())


def _sign_up_a_known_address(client: Client, publication: Publication) -> None:
    build.subscription(publication, [], subscriber_=build.subscriber("known@example.org"))
    client.post("/subscribe/", form(email="known@example.org"))


def _sign_up_by_json(client: Client, publication: Publication) -> None:
    client.post("/api/v1/subscriptions", wish(), content_type="application/json")


def _path(subscription: Subscription) -> str:
    return make_manage_url(subscription.pk, subscription.subscriber.link_key).removeprefix("http://localhost:8000")


@pytest.mark.parametrize(
    "asked",
    [_sign_up, _sign_up_a_known_address, _sign_up_by_json, _confirm, _ask_for_the_data],
    ids=lambda one: one.__name__,
)
def test_a_request_wakes_the_worker_once_it_is_committed(
    client: Client, publication: Publication, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, asked
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        asked(client, publication)
        before = _taken()

    assert (before, _taken()) == ([], ["newsletter.tasks.send_notes"])


def test_a_broker_that_is_away_is_asked_once_and_holds_nobody_up(
    client: Client,
    publication: Publication,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "redis://127.0.0.1:9/0")  # nobody listens there
    with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):
        answers = [client.post("/subscribe/", form(email=f"r{n}@example.org")).status_code for n in range(3)]

    lines = [one.getMessage() for one in caplog.records if one.name == "newsletter.site.wake_worker"]
    assert answers == [200, 200, 200]
    assert lines == ["the broker does not answer, service mail waits for the tick: OperationalError"]


def test_nothing_is_sent_where_the_request_is_taken_back(
    publication: Publication, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    assert isinstance(app.connection_for_read(), Connection)
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        wake_worker.send_mails_soon()

    assert (len(callbacks), _taken()) == (1, [])

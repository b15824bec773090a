"""The figures are for whoever holds the token."""

import pytest

pytestmark = pytest.mark.django_db


def test_metrics_are_shown_to_whoever_holds_the_token(client, settings):
    settings.METRICS_TOKEN = "a-long-secret"

    answer = client.get("/metrics", headers={"Authorization": "Bearer a-long-secret"})

    assert (answer.status_code, answer.content.decode().splitlines()[0]) == (
        200,
        "# HELP daily_insights_deliveries Deliveries of unfinished mailings",
    )


@pytest.mark.parametrize(("token", "sent"), [("", "Bearer "), ("", ""), ("secret", "Bearer other"), ("secret", "")])
def test_metrics_are_not_there_for_anybody_else(client, settings, token, sent):
    settings.METRICS_TOKEN = token

    assert client.get("/metrics", headers={"Authorization": sent}).status_code == 404

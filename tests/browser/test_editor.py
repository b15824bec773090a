"""The editor's side in a real browser: what a policy header can break shows only there."""

from collections.abc import Callable

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_editor_logs_in(visit: Callable[..., Page], site: str) -> None:
    get_user_model().objects.create_superuser("editor", "editor@example.org", "a long password")
    page = visit()

    page.goto("/admin/")
    page.fill("#id_username", "editor")
    page.fill("#id_password", "a long password")
    page.click("[type=submit]")

    expect(page).to_have_url(f"{site}/admin/")
    expect(page.locator("#user-tools")).to_contain_text("editor")

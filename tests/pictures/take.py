"""Takes all pictures of the site that `tests.pictures` started; says which pages are not as they should be."""

# ruff: noqa: T201 - a program for a terminal
import os
import sys
from pathlib import Path

import django

django.setup()
# Playwright's event loop runs in this thread; without this Django takes every query for one inside a coroutine.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

from django.conf import settings  # noqa: E402 - Django first

from newsletter.demo.readers import READERS  # noqa: E402 - Django first
from tests.pictures import documents, pages, rows  # noqa: E402 - Django first
from tests.pictures.camera import THEMES, Camera, open_browser  # noqa: E402 - Django first

EMAIL_WIDTHS = (600, 375)
PAGE_WIDTHS = (1280, 375)
DESK_WIDTHS = (1280,)


def main(arguments: list[str]) -> int:
    """Take the pictures into the folder that is named first; return 1 where a page is wrong.

    Further words choose: only pages whose names have one of them are shown.
    """
    folder, problems = Path(arguments[0]), []
    words = [word for word in arguments[1:] if not word.startswith("--")]
    outbox = Path(settings.EMAIL_OUTBOX_DIR)
    mails = _daily_mails(rows.read_mails(outbox))
    rows.adopt_copy()
    rows.send_written_issue()
    mails |= {"email-written-minji": ("ko", rows.read_mails(outbox)["minji@example.org"])}
    reviewed = rows.make_issue_in_review()
    rows.send_service_mails(reviewed)
    mails |= _service_mails(rows.read_mails(outbox))
    with open_browser() as browser:
        for language in rows.LANGUAGES:
            for theme in THEMES:
                camera = Camera(browser, settings.SITE_URL, folder, language, theme, words=words)
                for name, (spoken, html) in mails.items():
                    if spoken == language:
                        camera.take_email(name, html, EMAIL_WIDTHS, first_screen=name.startswith("email-"))
                camera.take(pages.list_public_shots(language), PAGE_WIDTHS)
                camera.take(pages.list_personal_shots(rows.make_links(language)), PAGE_WIDTHS)
                camera.take(pages.list_doors(), DESK_WIDTHS)
                camera.cookie = rows.log_in_without_rights()
                camera.take(pages.list_forbidden(), PAGE_WIDTHS)
                camera.cookie = rows.log_in(language)
                camera.take(pages.list_desk_shots(reviewed, language), DESK_WIDTHS)
                problems += camera.problems
                print(
                    f"{language}, {theme}: {len(list(folder.glob('*.png')))} pictures",
                    *camera.problems,
                    sep="\n  ",
                    flush=True,
                )
    if "--docs" in arguments:
        print(documents.write_pictures(folder))
    return 1 if problems else 0


def _daily_mails(found: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return language and HTML of the issues that the demo sent, by the name of the picture."""
    return {
        f"email-{reader.publication}-{reader.name}": (reader.language, found[reader.email])
        for reader in READERS
        if reader.email in found
    }


def _service_mails(found: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return the same of the service mails; their addresses are KIND-LANGUAGE@mails.example."""
    made = {}
    for address, html in found.items():
        name, _, host = address.partition("@")
        if host == "mails.example":
            made[f"mail-{name}"] = (name.rpartition("-")[2], html)
    return made


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

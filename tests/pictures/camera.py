"""Opens pages in Chromium and writes their pictures; collects what is wrong with a page, by its name.

Wrong is a status other than the page's own, an error in the browser's console or in a script, and a page wider than the screen.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Response, sync_playwright

from tests import installed
from tests.conftest import CHROMIUM_FLAGS
from tests.pictures.pages import Shot

THEMES = ("light", "dark")
LOCALES = {"ko": "ko-KR", "en": "en-US"}
HEIGHTS = {375: 667, 600: 800, 1280: 800}  # of the first screen, by its width


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Yield the installed Chromium, which reaches this machine only."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed.chromium_path(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@dataclass
class Camera:
    """A browser in one language and theme. `problems` are sentences that begin with the name of a picture."""

    browser: Browser
    site: str
    folder: Path
    language: str
    theme: str
    cookie: str = ""  # of a session at the desk
    words: Sequence[str] = ()  # a name must have one of them, where there are any
    problems: list[str] = field(default_factory=list)

    def take(self, shots: Iterator[Shot], widths: Sequence[int]) -> None:
        """Write NAME-LANGUAGE-WIDTH-THEME.png of each page and width, in the order of the pages."""
        with self._open_context() as context:
            for shot in filter(lambda one: self._is_wanted(one.name), shots):
                page = context.new_page()
                page.set_default_timeout(60_000)  # a review page is 15,000 pixels high
                name = f"{shot.name}-{self.language}"
                try:
                    self._visit(page, shot, name)
                    for width in widths:
                        self._write(
                            page, f"{name}-{width}-{self.theme}", width, part=shot.part, first_screen=shot.first_screen
                        )
                except Error as error:
                    self.problems.append(f"{name}-{self.theme}: {' '.join(error.message.split())[:300]}")
                page.close()

    def take_email(self, name: str, html: str, widths: Sequence[int], *, first_screen: bool) -> None:
        """Write pictures of an email in its whole length, and of its first screen where wanted."""
        if not self._is_wanted(name):
            return
        with self._open_context() as context:
            page = context.new_page()
            self._watch(page, name, 200)
            page.set_content(html, wait_until="load")
            for width in widths:
                self._write(page, f"{name}-{width}-{self.theme}", width, first_screen=first_screen)

    def _is_wanted(self, name: str) -> bool:
        return not self.words or any(word in name for word in self.words)

    @contextmanager
    def _open_context(self) -> Iterator[BrowserContext]:
        # Reduced motion: no picture is taken in the middle of a transition.
        context = self.browser.new_context(
            base_url=self.site,
            locale=LOCALES[self.language],
            timezone_id="Asia/Seoul",
            color_scheme=self.theme,  # type: ignore[arg-type] # one of THEMES
            reduced_motion="reduce",
        )
        if self.cookie:
            context.add_cookies([{"name": "sessionid", "value": self.cookie, "url": self.site}])
        yield context
        context.close()

    def _visit(self, page: Page, shot: Shot, name: str) -> None:
        statuses: list[int] = []

        def keep_status(response: Response) -> None:
            if response.request.is_navigation_request() and response.frame == page.main_frame:
                statuses.append(response.status)

        page.on("response", keep_status)
        self._watch(page, name, shot.status)
        page.set_viewport_size({"width": 1280, "height": HEIGHTS[1280]})
        page.goto(shot.address)
        if shot.act is not None:
            shot.act(page)
        page.wait_for_load_state("load")
        if statuses[-1] != shot.status:
            self.problems.append(f"{name}-{self.theme}: answered {statuses[-1]}, not {shot.status}")

    def _watch(self, page: Page, name: str, status: int) -> None:
        """Collect what the console says; that the page itself answered as expected of an error page is no error."""

        def keep_message(message: ConsoleMessage) -> None:
            own = status >= 400 and message.text.startswith("Failed to load resource") and "static" not in message.text
            if message.type == "error" and not own:
                self.problems.append(f"{name}-{self.theme}: {message.text} ({message.location.get('url', '')})")

        page.on("console", keep_message)
        page.on("pageerror", lambda error: self.problems.append(f"{name}-{self.theme}: {error}"))

    def _write(self, page: Page, name: str, width: int, *, part: str = "", first_screen: bool = False) -> None:
        """Write a picture of the page or of one part of it; NAME-top.png shows what is seen before anybody scrolls."""
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        path = self.folder / f"{name}.png"
        if first_screen:
            page.screenshot(path=path.with_stem(f"{name}-top"))
        # As high as the page, or what sticks to the edge of the screen would stand across the middle of the picture.
        page.set_viewport_size({"width": width, "height": page.evaluate("document.documentElement.scrollHeight")})
        if part:
            page.locator(part).screenshot(path=path)
        else:
            page.screenshot(path=path, full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.problems.append(f"{name}: wider than the screen")

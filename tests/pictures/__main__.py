"""Starts a site on a copy of the demo and has every picture of it taken: `make pictures`.

The demo is made first where there is none. Everything happens in a copy, on a free port of this machine, so that the demo stays
as it is. With `--docs` the pictures of the documentation are written again too (documents.py). Which pages there are
stands in pages.py; a page that fails is named, and the command fails. Words choose: `python -m tests.pictures issue search`
shows only the pages whose names have one of them, and leaves the other pictures where they are.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import installed
from tests.services import find_free_port

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "var" / "demo"
PICTURES = ROOT / "var" / "pictures"
START_SECONDS = 30  # a cold start on a slow machine takes about five


def main(arguments: list[str]) -> int:
    """Take the pictures and return an exit code: 0 where every page is as it should be."""
    lacking = [name for name in installed.find_missing() if name in {"Chromium", "a Korean font"}]
    if lacking:
        raise SystemExit(installed.install_hint(lacking))
    if not (DEMO / "index.html").exists():
        subprocess.run(
            [sys.executable, "manage.py", "demo"], cwd=ROOT, check=True, env=os.environ | {"VAR_DIR": str(DEMO.parent)}
        )
    if not [word for word in arguments if not word.startswith("--")]:
        shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as copied:
        folder = Path(copied) / "demo"
        shutil.copytree(DEMO, folder)
        environment = _make_environment(folder)
        with _serve_site(environment):
            command = [sys.executable, "-m", "tests.pictures.take", str(PICTURES), *arguments]
            return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _make_environment(folder: Path) -> dict[str, str]:
    """Return the environment of the site and of the process that takes the pictures: the settings of the demo, in the copy."""
    own = {
        "DAILY_INSIGHTS_DEMO": "1",
        "DJANGO_SETTINGS_MODULE": "newsletter.settings",
        "VAR_DIR": str(folder),
        "SITE_URL": f"http://localhost:{find_free_port()}",
        "FROM_EMAIL": "newsletter@news.example.org",
        "POSTAL_ADDRESS": "Daily Insights, 1 Example Street, Seoul",
        "EMAIL_BACKEND": "newsletter.transport.eml_backend.EmailBackend",
        "EMAIL_OUTBOX_DIR": str(folder / "outbox"),
        "CHECK_MX": "0",  # addresses of examples have no mail server
        "LOG_LEVEL": "WARNING",
    }
    none = ("DATABASE_URL", "DATABASE_URL_FILE", "REDIS_URL", "REDIS_URL_FILE", "OPENAI_API_KEY", "OPENAI_BASE_URL")
    return os.environ | own | dict.fromkeys(none, "")


@contextmanager
def _serve_site(environment: dict[str, str]) -> Iterator[None]:
    """Run the site until the pictures are taken; what it logs stands in site.log beside them."""
    port = environment["SITE_URL"].rpartition(":")[2]
    command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with (PICTURES / "site.log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_for_site(f"http://127.0.0.1:{port}/health", server)
            yield
        finally:
            server.terminate()
            server.wait()


def _wait_for_site(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(address):
                return
        except urllib.error.URLError:
            time.sleep(0.2)
    raise SystemExit(f"The site did not start. See {PICTURES / 'site.log'}.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

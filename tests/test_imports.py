"""Importing the app loads no package that only some processes need, and few modules; it works without the extra for Amazon SES."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from bench.imports import CASES
from tests import environment

# What one function needs is imported in it. boto3 is an extra.
HEAVY = {"openai", "matplotlib", "numpy", "PIL", "premailer", "boto3", "botocore"}
MOST_MODULES = 1_860  # 5% above the 1,770 that were measured: a library that pulls in more is to be noticed
WITHOUT_BOTO = "import sys; sys.modules |= {'boto3': None, 'botocore': None, 's3_encryption': None}"
WHAT_TO_INSTALL = """\
?: (newsletter.E027) Can’t send email: Amazon SES needs boto3, which isn’t installed.
\tHINT: Run: .venv/bin/pip install --require-hashes -r requirements-ses.lock"""


def _run(code: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run code in a new process, as on a fresh installation."""
    fresh = {
        "PATH": "",
        "ENV_FILE": "/dev/null",
        "VAR_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "newsletter.settings",
    }
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=environment.ROOT, env=fresh | variables, capture_output=True, text=True, check=False
    )


def test_imports_of_the_app_are_few_and_light(tmp_path):
    done = _run("\n".join([*CASES.values(), "import sys", "print(*sys.modules)"]), tmp_path)

    loaded = set(done.stdout.split())
    assert done.stderr == ""
    assert [name for name in HEAVY if not importlib.util.find_spec(name)] == []  # each could have been loaded
    assert HEAVY & loaded == set()
    assert {"newsletter.site.signup", "digests.llm.requests", "digests.writing.chart", "newsletter.tasks"} <= loaded
    assert len(loaded) <= MOST_MODULES


@pytest.mark.parametrize(
    ("backend", "expected"),
    [
        ("newsletter.transport.eml_backend.EmailBackend", (0, "")),
        ("anymail.backends.amazon_ses.EmailBackend", (1, WHAT_TO_INSTALL)),
    ],
)
def test_check_without_the_client_of_amazon(tmp_path, backend, expected):
    code = f"{WITHOUT_BOTO}; from django.core.management import execute_from_command_line as run; run(['', 'check'])"

    done = _run(code, tmp_path, EMAIL_BACKEND=backend)

    said = [line for line in done.stderr.splitlines() if line.startswith(("?: (newsletter.E", "\tHINT: Run"))]
    assert (done.returncode, "\n".join(said)) == expected

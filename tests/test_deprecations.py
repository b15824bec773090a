"""Deprecations are errors, in tests and while the code is imported, so that the next version of a library finds none."""

import os
import subprocess
import sys
import warnings

import pytest
from django.utils.deprecation import RemovedAfterNextVersionWarning, RemovedInNextVersionWarning

from tests import environment

# pytest-django imports settings, models and the desk before pytest's own filter counts.
IMPORT_ALL = """
import importlib, pkgutil, sys
import django
django.setup()
import digests, newsletter
for package in (digests, newsletter):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
print(sum(name.startswith(("digests.", "newsletter.")) for name in sys.modules) > 300)
"""


@pytest.mark.parametrize(
    "kind",
    [
        DeprecationWarning,
        PendingDeprecationWarning,
        RemovedInNextVersionWarning,
        RemovedAfterNextVersionWarning,
    ],
)
def test_deprecation_is_an_error_in_tests(kind: type[Warning]) -> None:
    with pytest.raises(kind, match="old"):
        warnings.warn("old", kind, stacklevel=1)


@pytest.mark.slow
def test_no_module_gives_a_warning_while_it_is_imported(tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT_ALL],
        cwd=environment.ROOT,
        env={
            "ENV_FILE": os.devnull,
            "VAR_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "newsletter.settings",
            "PATH": os.environ["PATH"],
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stderr, done.stdout) == ("", "True\n")

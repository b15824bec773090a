"""Runs the fast tests on Python 3.13 with the newest Django (`make test-next`): what would have to be mended for an upgrade.

Both live in a Debian 13 of their own in var/next, made once by debootstrap from this machine's Debian mirror; pip asks the
index that this machine is configured for. The code is copied into it, so a run leaves no file in the tree. The tests run in
namespaces of their own: whatever ends the run ends all of it and unmounts everything. It needs root. What is deprecated is
a warning here and fails no test; pytest lists it at the end. Not here: `make test`, which takes the versions of the locks.

Arguments are passed to pytest. The exit code is pytest's, or 2 where the tests can't be run; then a line says why.
"""

# ruff: noqa: T201 - a program for a terminal
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests import installed

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / "var" / "next"
SYSTEM = STATE / "debian"
COMPLETE = STATE / "debian.complete"  # debootstrap came to its end
SUITE = "trixie"  # Debian 13: Python 3.13
# A test compares with files of gettext and with a Korean font; packages without a wheel for this Python are compiled.
PACKAGES = "build-essential,ca-certificates,fonts-nanum,gettext,openssl,procps,python3-dev,python3-venv,tzdata"
VENV, CODE = "/opt/next", "/srv/code"  # as the Debian inside sees them
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache", ".cache", ".env", "staticfiles")
# How this machine reaches its package index: files that the Debian inside sees at the same place, variables, pip's settings.
SHARED_FILES = ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs/ca-certificates.crt")
SHARED_VARIABLES = re.compile(r"(?:https?|no|all)_proxy|SSL_CERT_FILE|REQUESTS_CA_BUNDLE", re.IGNORECASE)
PIP_SETTINGS = re.compile(
    r"""^(?:global|install|:env:)\.(index-url|extra-index-url|find-links|no-index|trusted-host|cert|client-cert|proxy"""
    r"""|timeout|default-timeout|retries)='(.*)'$""",
    re.MULTILINE,
)
# $1 is the Debian; then paths of this machine that it sees too, a dash, and the command. It leaves no mount behind, because
# the mounts are those of the namespace that ends with it.
ENTER = """
root=$1; shift
while [ "$1" != - ]; do mount --rbind "$1" "$root$1"; shift; done; shift
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
exec chroot "$root" env --chdir="$CODE_FOLDER" "$@"
"""
NAMESPACES = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
PYTEST = ["-m", "pytest", "-q", "-n", "auto", "--tb=short", "-m", "not browser and not services and not slow"]
# pyproject.toml makes each warning an error. What Django is going to remove still works.
PYTEST += ["-W", "default::DeprecationWarning", "-W", "default::PendingDeprecationWarning"]


class CannotRunError(Exception):
    """What this run needs is not there; the text says what to do."""


def main(arguments: list[str]) -> int:
    """Make the Debian where there is none, install into it what pyproject.toml asks for, and run the fast tests."""
    try:
        _require_rights()
        if not COMPLETE.exists():
            _make_system()
        _copy_code()
        _install(list_requirements(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))))
    except CannotRunError as error:
        print(error, file=sys.stderr)
        return 2
    return _run_inside(f"{VENV}/bin/python", *PYTEST, *arguments)


def list_requirements(project: Mapping[str, dict[str, object]]) -> list[str]:
    """Return what pyproject.toml asks for, with its extras and what the tests need; Django without our upper bound."""
    extras, groups = project["project"]["optional-dependencies"], project["dependency-groups"]
    wanted = [project["project"]["dependencies"], *(extras.values() if isinstance(extras, dict) else []), groups["dev"]]
    found = [str(one) for part in wanted if isinstance(part, list) for one in part]
    return [re.sub(r"^(django[^,]*),<.*", r"\1", one) for one in found]


def choose_debian_mirror(targets: Iterable[str]) -> str:
    """Return the address of the main Debian archive among apt's sources, of lines "address|label"; "" where there is none."""
    pairs = (line.strip().split("|") for line in targets)
    return next((address for address, label in pairs if label == "Debian"), "")


def _require_rights() -> None:
    """Raise CannotRunError where this machine can't make a Debian and enter it."""
    if os.geteuid() != 0:
        raise CannotRunError("This makes a Debian 13 and runs in it, which needs root: sudo make test-next")
    if not shutil.which("debootstrap") and not installed.install_debian_packages(["debootstrap"]):
        raise CannotRunError("Not installed: debootstrap. On Debian and Ubuntu: sudo apt install debootstrap")
    if not shutil.which("apt-get"):
        raise CannotRunError("This takes the address of a Debian mirror from apt, which is not installed here.")
    if subprocess.run([*NAMESPACES, "true"], capture_output=True, check=False).returncode:
        raise CannotRunError(
            "This needs namespaces of its own (unshare), which are forbidden here, as in many containers."
        )


def _make_system() -> None:
    """Make the Debian from this machine's mirror; its signature is checked."""
    listed = ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(LABEL)", "Created-By: Packages"]
    targets = subprocess.run(listed, capture_output=True, text=True, check=False).stdout.splitlines()
    mirror = os.environ.get("DEBIAN_MIRROR") or choose_debian_mirror(targets)
    if not mirror:
        raise CannotRunError("apt knows no Debian mirror here. Run apt-get update, or name one: DEBIAN_MIRROR=ADDRESS")
    print(f"Making {SYSTEM.relative_to(ROOT)} with debootstrap, which takes some minutes", flush=True)
    shutil.rmtree(SYSTEM, ignore_errors=True)
    STATE.mkdir(parents=True, exist_ok=True)
    make = [
        "debootstrap",
        "--variant=minbase",
        "--force-check-gpg",
        f"--include={PACKAGES}",
        SUITE,
        str(SYSTEM),
        mirror,
    ]
    # In a namespace: debootstrap mounts /proc into what it makes, and leaves it there where it is killed.
    _run_logged("debootstrap", [*NAMESPACES, *make], dict(os.environ))
    COMPLETE.touch()


def _copy_code() -> None:
    inside = SYSTEM / CODE.lstrip("/")
    shutil.rmtree(inside, ignore_errors=True)
    shutil.copytree(ROOT, inside, ignore=NOT_COPIED, symlinks=True)


def _install(requirements: list[str]) -> None:
    """Install the newest versions that the requirements allow, and print those that the tests are about."""
    if not (SYSTEM / VENV.lstrip("/") / "bin/pip").exists():
        _run_inside("python3", "-m", "venv", VENV)
    print("Installing the newest versions that pyproject.toml allows, and the newest Django", flush=True)
    pip = (f"{VENV}/bin/pip", "--no-input", "--disable-pip-version-check", "install", "--prefer-binary", "--upgrade")
    _run_logged("pip", *_command_inside(*pip, *requirements))
    shown = "import django, sys; print('Python', sys.version.split()[0], 'and Django', django.__version__)"
    _run_inside(f"{VENV}/bin/python", "-c", shown)


def _run_logged(name: str, command: list[str], variables: dict[str, str]) -> None:
    """Run a command with its output in a file; where it fails, raise CannotRunError with the last lines."""
    log = STATE / f"{name}.txt"
    with log.open("w", encoding="utf-8") as out:
        done = subprocess.run(
            command, env=variables, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode:
        last = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise CannotRunError(f"{last}\n{name} failed; all it said is in {log.relative_to(ROOT)}")


def _run_inside(*command: str) -> int:
    """Run a command in the Debian, in the folder of the code; return its exit code."""
    enter, variables = _command_inside(*command)
    return subprocess.run(enter, env=variables, stdin=subprocess.DEVNULL, check=False).returncode


def _command_inside(*command: str) -> tuple[list[str], dict[str, str]]:
    """Return what runs a command in the Debian, and its environment."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    variables = {name: value for name, value in os.environ.items() if SHARED_VARIABLES.fullmatch(name)}
    variables |= read_pip_settings(listed.stdout)
    # A value may name a file or a folder, such as certificates or wheels.
    paths = [Path(name) for name in SHARED_FILES] + [path for value in variables.values() for path in find_paths(value)]
    shared = [str(path) for path in dict.fromkeys(paths) if _make_mount_point(path)]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "CODE_FOLDER": CODE}
    enter = [*NAMESPACES, "sh", "-ec", ENTER, "sh", str(SYSTEM), *shared, "-", *command]
    return enter, environment | variables


def read_pip_settings(listed: str) -> dict[str, str]:
    """Return how pip reaches its index, as variables, from what `pip config list` prints; the environment comes first there."""
    found = PIP_SETTINGS.findall(listed)
    return {
        f"PIP_{name.upper().replace('-', '_')}": value.replace(r"\n", " ").strip() for name, value in reversed(found)
    }


def find_paths(value: str) -> list[Path]:
    """Return the absolute paths in a setting; an index "…/simple" on the disk leads to files beside it."""
    paths = [Path(word.removeprefix("file://")) for word in value.split() if word.startswith(("/", "file:///"))]
    return [path.parent if path.name == "simple" else path for path in paths]


def _make_mount_point(path: Path) -> bool:
    """Make the place in the Debian where a file or folder of this machine is mounted; False where there is none."""
    place = SYSTEM / path.relative_to("/")
    if path.is_dir():
        place.mkdir(parents=True, exist_ok=True)
    elif path.is_file():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    return path.exists()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

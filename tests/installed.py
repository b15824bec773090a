"""Finds the programs that the whole suite needs beside Python, and installs them where it may.

They are looked for in PATH and in the folders of Debian and others, and installed by apt where we are root or sudo
needs no password; else one sentence says what to install. Not here: starting servers (services).
"""

# ruff: noqa: T201 - speaks to a person at a terminal
import os
import shutil
import subprocess
from pathlib import Path

POSTGRES_FOLDERS = ["usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql*/bin"]
CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
FONT_FOLDERS = ["/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "/Library/Fonts"]
KOREAN_FONTS = ["Nanum*.tt[cf]", "NotoSansCJK*.*", "NotoSansKR*.*"]
# The packages of Debian and Ubuntu.
PACKAGES = {
    "PostgreSQL": "postgresql",
    "Redis": "redis-server",
    "Chromium": "chromium",
    "a Korean font": "fonts-nanum",
    "GNU gettext": "gettext",
}


def find_missing() -> list[str]:
    """Return the names, as in PACKAGES, of what is not installed."""
    there = {
        "PostgreSQL": postgres_folder() or get_given_server("DATABASE_URL"),
        "Redis": shutil.which("redis-server") or get_given_server("REDIS_URL"),
        "Chromium": chromium_path(),
        "a Korean font": _korean_font(),
        "GNU gettext": shutil.which("xgettext"),
    }
    return [name for name, found in there.items() if not found]


def postgres_folder() -> Path | None:
    """Return the folder of initdb and postgres, of the newest version that is installed."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for pattern in POSTGRES_FOLDERS:
        folders += sorted(Path("/").glob(pattern), key=_version, reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def chromium_path() -> str:
    """Return Chromium's path, or an empty text; CHROMIUM names another one."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    return found or ""


def get_given_server(name: str) -> str:
    """Return a server's URL from the environment; a file is no server."""
    value = os.environ.get(name, "")
    return "" if value.startswith("sqlite") else value


def install_hint(names: list[str]) -> str:
    """Return a sentence that says what to install, and how."""
    packages = " ".join(PACKAGES[name] for name in names)
    return f"Not installed: {', '.join(names)}. On Debian and Ubuntu: sudo apt install {packages}"


def install_packages(names: list[str]) -> bool:
    """Install by apt where that needs no password; say whether it was tried and succeeded."""
    return install_debian_packages([PACKAGES[name] for name in names])


def install_debian_packages(packages: list[str]) -> bool:
    """Install packages by apt where that needs no password; say whether it was tried and succeeded."""
    prefix = _apt_prefix()
    if prefix is None:
        return False
    print("Installing with apt:", *packages, flush=True)
    quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        if _silently([*quiet, *command]) != 0:
            return False
    return True


def _silently(command: list[str]) -> int:
    """Run a command, and print its output only if it fails."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        print(done.stdout[-3000:], flush=True)
    return done.returncode


def _apt_prefix() -> list[str] | None:
    if not shutil.which("apt-get"):
        return None
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    tried = subprocess.run(["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return ["sudo", "-n"] if tried.returncode == 0 else None


def _korean_font() -> Path | None:
    for folder in (Path(name).expanduser() for name in FONT_FOLDERS):
        for pattern in KOREAN_FONTS:
            if found := next(folder.rglob(pattern), None):
                return found
    return None


def _version(folder: Path) -> list[int]:
    return [int(part) for part in folder.parent.name.replace("-", ".").split(".") if part.isdecimal()]

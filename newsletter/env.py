"""Reads environment variables and secret files as typed values for the settings; a wrong value raises with the setting's name.

Words in, and booleans, numbers, addresses, lists or secrets out. Every mistake is ImproperlyConfigured, so that a command ends in
one line that an operator can act on. Nothing of Django's settings is used here, and nothing is written.
"""

import json
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv

PROJECT_DIR = Path(__file__).resolve().parent.parent


def env_bool(name: str, *, default: bool) -> bool:
    """Return a yes/no setting: 1/0, true/false, yes/no, on/off."""
    value = os.environ.get(name, "").strip().lower()
    if value == "":
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")


def env_int(name: str, *, default: int, least: int = 0) -> int:
    """Return a whole number of `least` or more."""
    value = os.environ.get(name, "").strip()
    if value == "":
        return default
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}")
    if int(value) < least:
        raise ImproperlyConfigured(f"{name} must be {least} or more, not {value}")
    return int(value)


def env_choice(name: str, *words: str) -> str:
    """Return one of `words`, the first of them where the setting is empty."""
    value = os.environ.get(name, "").strip()
    if value and value not in words:
        raise ImproperlyConfigured(f"{name} must be {', '.join(words[:-1])} or {words[-1]}, not {value!r}")
    return value or words[0]


def env_codes(name: str, *known: str) -> list[str]:
    """Return a comma-separated setting whose parts are all among `known`, each once."""
    codes = list(dict.fromkeys(env_list(name)))
    if unknown := [code for code in codes if code not in known]:
        raise ImproperlyConfigured(f"{name} may list {', '.join(known)}, not {unknown[0]!r}")
    return codes


def validate_url(name: str, value: str, *schemes: str) -> str:
    """Return a URL with one of `schemes`; the error does not repeat it, since it may hold a password."""
    scheme, colon, _rest = value.partition("://")
    if value and not (colon and scheme in schemes):
        raise ImproperlyConfigured(f"{name} must begin with {' or '.join(f'{one}://' for one in schemes)}")
    if not is_valid_url(value):
        raise ImproperlyConfigured(f"{name} isn’t a valid address: check its host and port")
    return value


def is_valid_url(value: str) -> bool:
    """Say whether a URL can be parsed: http://[::1 and http://host:port cannot."""
    try:
        return urlsplit(value).port != 0
    except ValueError:
        return False


def env_decimal(name: str) -> Decimal:
    """Return an amount such as 0.15; 0 where the setting is empty."""
    value = os.environ.get(name, "").strip()
    if not re.fullmatch(r"\d{0,9}(\.\d{1,6})?", value, re.ASCII):
        raise ImproperlyConfigured(f"{name} must be an amount such as 0.15, not {value!r}")
    return Decimal(value or 0)


def env_secret(name: str, *, default: str = "") -> str:
    """Return a secret from NAME, or from the file that NAME_FILE names."""
    path = os.environ.get(f"{name}_FILE", "")
    if not path:
        return os.environ.get(name, "") or default
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}: {path}") from error
    except UnicodeDecodeError:  # whose words would show bytes of the secret
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: it is no text in UTF-8: {path}") from None


def env_list(name: str) -> list[str]:
    """Return a comma-separated setting as a list."""
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def parse_package_setting(name: str, value: str) -> Any:
    """Return a setting of another package as its type: true/false, whole seconds (NAME_TIMEOUT), JSON, else text."""
    if value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if name.endswith("_TIMEOUT") and value.isdecimal():
        return int(value)
    if not value.startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be JSON: {error}") from error


def load_env_file() -> None:
    """Take the variables of ENV_FILE (`.env` beside manage.py), where there is one; what the environment has already stays."""
    load_dotenv(os.environ.get("ENV_FILE", PROJECT_DIR / ".env"))


def get_var_dir() -> Path:
    """Return the folder of everything that is written."""
    return Path(os.environ.get("VAR_DIR") or PROJECT_DIR / "var")


def get_secret_key_path() -> Path:
    """Return the file of the key that is made on this machine where SECRET_KEY is not set."""
    return get_var_dir() / "secret_key"


def read_secret_key() -> str:
    """Return SECRET_KEY, else the key that an entry point made (`local_files`); empty where there is neither."""
    path = get_secret_key_path()
    return env_secret("SECRET_KEY") or (path.read_text(encoding="ascii").strip() if path.is_file() else "")

"""Settings come from the environment alone; the error of a wrong one names it; `.env.example` lists them all."""

import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from newsletter import env, local_files
from tests import environment


def _manage(command: list[str], var, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py in a process that sees these variables alone."""
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        env={"ENV_FILE": "/dev/null", "VAR_DIR": str(var), **variables},
        cwd=environment.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1", True), ("true", True), ("YES", True), (" on ", True), ("0", False), ("No", False), ("off", False)],
)
def test_env_bool_words(monkeypatch, value, expected):
    monkeypatch.setenv("SWITCH", value)

    assert env.env_bool("SWITCH", default=not expected) is expected


@pytest.mark.parametrize("default", [True, False])
def test_env_bool_empty_is_the_default(monkeypatch, default):
    monkeypatch.setenv("SWITCH", "")

    assert env.env_bool("SWITCH", default=default) is default


def test_env_bool_error_names_the_setting(monkeypatch):
    monkeypatch.setenv("SWITCH", "maybe")

    with pytest.raises(ImproperlyConfigured) as caught:
        env.env_bool("SWITCH", default=False)

    assert str(caught.value) == "SWITCH must be 1 or 0, not 'maybe'"


def test_env_int_number(monkeypatch):
    monkeypatch.setenv("COUNT", " 12 ")

    assert env.env_int("COUNT", default=5) == 12


@pytest.mark.parametrize("value", ["-1", "1.5", "ten", "²", "1_000"])
def test_env_int_error_names_the_setting(monkeypatch, value):
    monkeypatch.setenv("COUNT", value)

    with pytest.raises(ImproperlyConfigured) as caught:
        env.env_int("COUNT", default=5)

    assert str(caught.value) == f"COUNT must be a whole number, not {value!r}"


def test_env_secret_file_wins_without_its_line_end(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("from a file\n")
    monkeypatch.setenv("KEY", "from the environment")
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "key"))

    assert env.env_secret("KEY") == "from a file"


def test_env_secret_error_names_the_missing_file(monkeypatch, tmp_path):
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "key"))

    with pytest.raises(ImproperlyConfigured) as caught:
        env.env_secret("KEY")

    assert str(caught.value) == f"KEY_FILE cannot be read: No such file or directory: {tmp_path / 'key'}"


def test_env_secret_error_names_a_file_that_is_no_text(monkeypatch, tmp_path):
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    monkeypatch.setenv("KEY_FILE", str(tmp_path / "key"))

    with pytest.raises(ImproperlyConfigured) as caught:
        env.env_secret("KEY")

    assert str(caught.value) == f"KEY_FILE cannot be read: it is no text in UTF-8: {tmp_path / 'key'}"


def test_env_list_parts(monkeypatch):
    monkeypatch.setenv("HOSTS", "a.example, ,b.example,")

    assert env.env_list("HOSTS") == ["a.example", "b.example"]


def test_local_secret_is_made_once_for_its_owner_alone(tmp_path):
    path = tmp_path / "var" / "key"

    local_files.create_secret(path)
    made = path.read_text()
    local_files.create_secret(path)

    assert (len(made), path.read_text(), path.stat().st_mode & 0o777) == (64, made, 0o600)
    assert list(path.parent.iterdir()) == [path]


def test_example_names_exactly_what_is_read():
    assert set(environment.read_example()) == environment.list_settings()


def test_example_values_are_the_defaults(tmp_path):
    values = {name: value for name, value in environment.read_example().items() if name not in {"VAR_DIR", "ANYMAIL_*"}}

    shown = _manage(["diffsettings", "--all"], tmp_path).stdout

    assert shown.count("\n") > 100
    assert _manage(["diffsettings", "--all"], tmp_path, **values).stdout == shown


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SITE_URL", "news.example.org", "SITE_URL must be an http(s) address, not 'news.example.org'"),
        ("SITE_URL", "http://[::1", "SITE_URL must be an http(s) address, not 'http://[::1'"),
        ("SITE_URL", "http://host:port", "SITE_URL must be an http(s) address, not 'http://host:port'"),
        ("OPENAI_BASE_URL", "http://[::1", "OPENAI_BASE_URL isn’t a valid address: check its host and port"),
        ("REDIS_URL", "redis://:secret@[::1", "REDIS_URL isn’t a valid address: check its host and port"),
        ("TIME_ZONE", "Seoul", "TIME_ZONE must be a name such as Asia/Seoul, not 'Seoul'"),
        ("FETCH_TIMEOUT", "soon", "FETCH_TIMEOUT must be a whole number, not 'soon'"),
        ("SEND_BATCH", "0", "SEND_BATCH must be 1 or more, not 0"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be INFO, DEBUG, WARNING or ERROR, not 'loud'"),
        (
            "DATABASE_URL",
            "mysql://u:secret@h/d",
            "DATABASE_URL must begin with postgresql:// or postgres:// or sqlite://",
        ),
        (
            "SMTP_RELAYS",
            "http://x",
            "SMTP_RELAYS: the 1. relay must begin like smtp://user:password@host:587 or smtps://host",
        ),
        ("SEND_LIMITS", "many", "SEND_LIMITS: must read like 1000/h, gmail.com 20/s (s, m, h or d), not 'many'"),
        ("SEND_WARMUP", "soon 5", "SEND_WARMUP: must read like 2026-06-01 100 300 1000, not 'soon 5'"),
        ("DISPOSABLE_DOMAINS", "/no/such/file", "DISPOSABLE_DOMAINS must be a file, not '/no/such/file'"),
        ("OPENAI_BASE_URL", "localhost:11434/v1", "OPENAI_BASE_URL must begin with http:// or https://"),
        (
            "REDIS_URL",
            "localhost:6379",
            "REDIS_URL must begin with redis:// or rediss:// or redis+socket:// or sentinel://",
        ),
    ],
)
def test_settings_wrong_value_ends_a_command_in_one_line(tmp_path, name, value, message):
    done = _manage(["check"], tmp_path, **{name: value})

    assert (done.returncode, done.stderr) == (1, f"{message}\n")


def test_settings_links_lead_to_the_port_where_no_site_is_named(tmp_path):
    shown = [
        _manage(["diffsettings"], tmp_path, **variables).stdout.partition("\nSITE_URL = ")[2].partition("\n")[0]
        for variables in ({"PORT": "8123"}, {"PORT": "8123", "SITE_URL": "https://news.example.org"}, {})
    ]

    assert shown == ["'http://localhost:8123'  ###", "'https://news.example.org'  ###", "'http://localhost:8000'  ###"]


@pytest.mark.parametrize("command", ["send_due", "send_notes", "collect"])
def test_command_without_a_database_says_so_in_one_line(tmp_path, command):
    done = _manage([command], tmp_path, DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}")

    assert (done.returncode, done.stderr.splitlines()[-1].partition(": ")[0]) == (
        1,
        "Can’t use the database",
    )

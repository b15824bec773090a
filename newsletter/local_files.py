"""Makes the files and folders that the settings expect on this machine: VAR_DIR, the secret key, SQLite's file, static files, broker.

Each entry point (manage.py, wsgi, celery) calls `make_local_files` before it reads a setting, since nothing is made while
settings are imported. Not here: files about readers, which the module that writes them makes.
"""

import os
from pathlib import Path

from django.conf import settings

from newsletter import env
from newsletter.transport import private_files


def make_local_files() -> None:
    """Make what is missing, and make SQLite's files private. May run at every start, in several processes at once.

    Raises OSError where VAR_DIR cannot be written, ImproperlyConfigured where a setting is wrong.
    """
    env.load_env_file()
    var = env.get_var_dir()
    var.mkdir(parents=True, exist_ok=True)
    if not env.env_secret("SECRET_KEY"):
        create_secret(env.get_secret_key_path())
    # The settings are read only now: they take the key from the file that stands there since the line above.
    settings.STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns where it is missing
    broker = getattr(settings, "CELERY_BROKER_TRANSPORT_OPTIONS", {}).get("data_folder_in")
    if broker:  # the broker is a folder only where there is no Redis
        broker.mkdir(exist_ok=True)
    _make_database_private()


def create_secret(path: Path) -> None:
    """Write a new key into `path`, for its owner alone, unless a key is there: links stay valid over restarts."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}-{os.getpid()}")
    private_files.write_file(part, os.urandom(32).hex().encode("ascii"))
    try:
        # Web and workers may start at the same moment. A hard link is made whole or not at all and never replaces a file,
        # so that all of them read the key of the first.
        path.hardlink_to(part)
    except OSError:
        if not path.exists():  # a file system without hard links
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _make_database_private() -> None:
    """Make SQLite's files readable by their owner only, and make the first of them before SQLite does."""
    database = settings.DATABASES["default"]
    name = str(database["NAME"])
    if database["ENGINE"] != "django.db.backends.sqlite3" or not name or name.startswith((":memory:", "file:")):
        return
    for suffix in ("", "-wal", "-shm"):  # SQLite makes the other two like the first
        private_files.make_private(Path(f"{name}{suffix}"), make=not suffix)

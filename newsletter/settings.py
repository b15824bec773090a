"""Every setting, as Django reads it, from the environment and from `.env` beside manage.py.

`newsletter.env` reads and parses; a wrong value raises ImproperlyConfigured with the setting's name. Importing this module makes
no file and opens no connection (`local_files` makes what is missing). Not here: what an editor may change; that stands in rows.
"""

import os
import zoneinfo
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from newsletter.env import (
    PROJECT_DIR,
    env_bool,
    env_choice,
    env_codes,
    env_decimal,
    env_int,
    env_list,
    env_secret,
    get_var_dir,
    is_valid_url,
    load_env_file,
    parse_package_setting,
    read_secret_key,
    validate_url,
)

load_env_file()
BASE_DIR = PROJECT_DIR

# The machine
VAR_DIR = get_var_dir()
DEBUG = env_bool("DEBUG", default=False)
SECRET_KEY = read_secret_key()
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
_here = f"http://localhost:{os.environ.get('PORT') or 8000}"
# A PORT that is no number does not fail here: the command `run` uses it and names it.
SITE_URL = (os.environ.get("SITE_URL") or (_here if is_valid_url(_here) else "http://localhost:8000")).rstrip("/")
_site = urlsplit(SITE_URL if is_valid_url(SITE_URL) else "")
if _site.scheme not in {"http", "https"} or not _site.hostname:
    raise ImproperlyConfigured(f"SITE_URL must be an http(s) address, not {SITE_URL!r}")
ALLOWED_HOSTS = [_site.hostname, "localhost", "127.0.0.1", "[::1]", *env_list("ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = [SITE_URL] if _site.scheme == "https" else []

# Who the reader hears from
SITE_NAME = os.environ.get("SITE_NAME") or "Daily Insights"
FROM_EMAIL = os.environ.get("FROM_EMAIL") or f"newsletter@{_site.hostname}"
REPLY_TO = os.environ.get("REPLY_TO", "")
OPERATOR_EMAIL = os.environ.get("OPERATOR_EMAIL", "")
METRICS_TOKEN = env_secret("METRICS_TOKEN")
REQUIRE_TWO_FACTOR = env_bool("REQUIRE_TWO_FACTOR", default=False)
UNSUBSCRIBE_MAILTO = os.environ.get("UNSUBSCRIBE_MAILTO", "")
API_ORIGINS = env_list("API_ORIGINS")
CHECK_MX = env_bool("CHECK_MX", default=True)
DISPOSABLE_DOMAINS = os.environ.get("DISPOSABLE_DOMAINS", "")
PROOF_OF_WORK = env_int("PROOF_OF_WORK", default=0)
POSTAL_ADDRESS = os.environ.get("POSTAL_ADDRESS", "")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = FROM_EMAIL
TIME_ZONE = os.environ.get("TIME_ZONE") or "Asia/Seoul"
if TIME_ZONE not in zoneinfo.available_timezones():
    raise ImproperlyConfigured(f"TIME_ZONE must be a name such as Asia/Seoul, not {TIME_ZONE!r}")
LANGUAGE_CODE = "en"  # the language in which sentences stand in the code: Django falls back to it
DESK_LANGUAGES = [("ko", _("Korean")), ("en", _("English"))]
# Drafts by no native speaker, of the readers' side only: pages, emails, section headings.
DRAFT_LANGUAGES = {"ja": _("Japanese"), "de": _("German"), "es": _("Spanish"), "fr": _("French")}
LANGUAGES = DESK_LANGUAGES + [(code, DRAFT_LANGUAGES[code]) for code in env_codes("EXTRA_LANGUAGES", *DRAFT_LANGUAGES)]
# The language of who asks for none of ours.
DEFAULT_LANGUAGE = env_choice("LANGUAGE_CODE", *dict(LANGUAGES)) or "ko"
LOCALE_PATHS = [BASE_DIR / "newsletter" / "locale"]
FORMAT_MODULE_PATH = "newsletter.formats"

# Rows
_database = dj_database_url.parse(
    validate_url("DATABASE_URL", env_secret("DATABASE_URL"), "postgresql", "postgres", "sqlite")
    or f"sqlite:///{VAR_DIR / 'db.sqlite3'}",
    conn_max_age=60,
    conn_health_checks=True,
)
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["OPTIONS"] = {
        # Writers queue for the lock at BEGIN instead of failing in mid-transaction.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-20000; "
        "PRAGMA secure_delete=ON;",  # what is erased is overwritten in the file, as Debian builds it anyway
    }
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Mail
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND") or "newsletter.transport.eml_backend.EmailBackend"
EMAIL_OUTBOX_DIR = Path(os.environ.get("EMAIL_OUTBOX_DIR") or VAR_DIR / "outbox")
EMAIL_HOST = os.environ.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = env_int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env_secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", default=False)
EMAIL_USE_SSL = env_bool("EMAIL_USE_SSL", default=False)
EMAIL_TIMEOUT = env_int("EMAIL_TIMEOUT", default=30, least=1)
# Every ANYMAIL_* variable goes to django-anymail under its own name: ANYMAIL_MAILGUN_API_KEY and so on.
ANYMAIL = {
    name.removeprefix("ANYMAIL_"): parse_package_setting(name, value)
    for name, value in os.environ.items()
    if name.startswith("ANYMAIL_") and value
}
TRACKING = env_bool("TRACKING", default=False)
BOUNCE_ADDRESS = os.environ.get("BOUNCE_ADDRESS", "")
IMAP_HOST = os.environ.get("IMAP_HOST", "")
IMAP_PORT = env_int("IMAP_PORT", default=993)
IMAP_USER = os.environ.get("IMAP_USER", "")
IMAP_PASSWORD = env_secret("IMAP_PASSWORD")
IMAP_MAILBOX = os.environ.get("IMAP_MAILBOX") or "INBOX"
SMTP_CONNECTIONS = env_int("SMTP_CONNECTIONS", default=4, least=1)
SMTP_CA_FILE = os.environ.get("SMTP_CA_FILE", "")
SEND_BATCH = env_int("SEND_BATCH", default=4000, least=1)
# These three stay as words: `relays` and `rate_limit_settings` parse them where they are used, and `checks` stops a start with wrong ones.
SMTP_RELAYS = env_secret("SMTP_RELAYS").strip(" ,")
SEND_LIMITS = os.environ.get("SEND_LIMITS", "")
SEND_WARMUP = os.environ.get("SEND_WARMUP", "")
KEEP_DELIVERIES_DAYS = env_int("KEEP_DELIVERIES_DAYS", default=90)
DKIM_DOMAIN = os.environ.get("DKIM_DOMAIN") or FROM_EMAIL.rpartition("@")[2].rstrip("> ")
DKIM_SELECTOR = os.environ.get("DKIM_SELECTOR") or "news"
DKIM_KEY = env_secret("DKIM_KEY")

# Feeds
FETCH_ALLOW_PRIVATE = env_bool("FETCH_ALLOW_PRIVATE", default=False)
FETCH_TIMEOUT = env_int("FETCH_TIMEOUT", default=30, least=1)
FETCH_MAX_BYTES = env_int("FETCH_MAX_BYTES", default=10_000_000, least=1)
FETCH_CONTACT = os.environ.get("FETCH_CONTACT") or SITE_URL

# The model; without a key the digest is extracted by local rules
OPENAI_API_KEY = env_secret("OPENAI_API_KEY")
OPENAI_BASE_URL = validate_url("OPENAI_BASE_URL", os.environ.get("OPENAI_BASE_URL", ""), "http", "https")
LLM_MODEL = os.environ.get("LLM_MODEL") or "gpt-4o-mini"
LLM_TIMEOUT = env_int("LLM_TIMEOUT", default=120, least=1)
LLM_CONCURRENCY = env_int("LLM_CONCURRENCY", default=4, least=1)
LLM_PRICE_INPUT, LLM_PRICE_OUTPUT = env_decimal("LLM_PRICE_INPUT"), env_decimal("LLM_PRICE_OUTPUT")
LLM_BUDGET_USD, LLM_BUDGET_SECONDS = env_decimal("LLM_BUDGET_USD"), env_int("LLM_BUDGET_SECONDS", default=900)
if LLM_BUDGET_USD and not (LLM_PRICE_INPUT and LLM_PRICE_OUTPUT):
    raise ImproperlyConfigured("LLM_BUDGET_USD needs the prices LLM_PRICE_INPUT and LLM_PRICE_OUTPUT")
LLM_VERIFY = env_bool("LLM_VERIFY", default=True)
LLM_VERIFIER_MODEL = os.environ.get("LLM_VERIFIER_MODEL", "")
LLM_VERIFIER_BASE_URL = validate_url(
    "LLM_VERIFIER_BASE_URL", os.environ.get("LLM_VERIFIER_BASE_URL", ""), "http", "https"
)
LLM_VERIFIER_API_KEY = env_secret("LLM_VERIFIER_API_KEY")
LLM_VERIFIER_PRICE_INPUT = env_decimal("LLM_VERIFIER_PRICE_INPUT")
LLM_VERIFIER_PRICE_OUTPUT = env_decimal("LLM_VERIFIER_PRICE_OUTPUT")
PROMPTS_DIR = os.environ.get("PROMPTS_DIR", "")
TEMPLATES_DIR = os.environ.get("TEMPLATES_DIR", "")

# The clock: beat only ticks, and rows say what is due. A tick that no worker took within its period is dropped.
REDIS_URL = validate_url("REDIS_URL", env_secret("REDIS_URL"), "redis", "rediss", "redis+socket", "sentinel")
CELERY_BROKER_URL = env_secret("BROKER_URL") or REDIS_URL or "filesystem://localhost"
if CELERY_BROKER_URL == "filesystem://localhost":
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": VAR_DIR / "broker",
        "data_folder_out": VAR_DIR / "broker",
        "control_folder": VAR_DIR / "broker",
        "polling_interval": 0.2,  # seconds until a worker sees a file: somebody waits for a service mail
    }
# What is cached here is counted again or asked again where it is missing: figures of a page, a feed, whether a host takes mail. So
# without Redis each process may keep its own. Django's cache reads only these two kinds of address; for another one (a socket,
# a sentinel) the processes keep their own as well.
if REDIS_URL.startswith(("redis://", "rediss://")):
    CACHES = {
        "default": {
            "BACKEND": "newsletter.operations.redis_cache.LenientRedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "daily-insights:cache",  # Celery and the marks of what was sent are in the same Redis
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_TASK_IGNORE_RESULT = True
# Mail has processes of its own: a digest that a model takes ten minutes to write must not hold a mailing up. Service mail
# has its own too: a person who signs up must wait for neither.
CELERY_TASK_ROUTES = {
    "newsletter.tasks.send_notes": {"queue": "notes"},
    "newsletter.tasks.remind_due": {"queue": "notes"},
    "newsletter.tasks.sound_alarms": {"queue": "notes"},
    "newsletter.tasks.*": {"queue": "mail"},
    "digests.tasks.*": {"queue": "digests"},
}
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_POOL = "newsletter.operations.celery_pool:TaskPool"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"  # in the hour that a zone has twice, crontab ticks stop, or come without end
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
HEARTBEAT_SECONDS = 30  # seconds; after four of them a process counts as silent (operations.heartbeats)
CELERY_BEAT_SCHEDULE = {
    "collect-due": {"task": "digests.tasks.collect_due", "schedule": crontab(), "options": {"expires": 60}},
    "build-due": {"task": "digests.tasks.build_due", "schedule": crontab(), "options": {"expires": 60}},
    "regenerate-due": {"task": "digests.tasks.regenerate_due", "schedule": 5.0, "options": {"expires": 5}},
    "check-links-due": {"task": "digests.tasks.check_links_due", "schedule": 30.0, "options": {"expires": 30}},
    "auto-approve-due": {"task": "digests.tasks.auto_approve_due", "schedule": crontab(), "options": {"expires": 60}},
    "remind-due": {"task": "newsletter.tasks.remind_due", "schedule": crontab(), "options": {"expires": 60}},
    "send-due": {"task": "newsletter.tasks.send_due", "schedule": 10.0, "options": {"expires": 10}},
    # Not beside the mail: a file of half a million readers keeps a process busy for minutes.
    "carry-on-imports": {
        "task": "newsletter.tasks.carry_on_imports",
        "schedule": 5.0,
        "options": {"queue": "digests", "expires": 5},
    },
    "send-notes": {"task": "newsletter.tasks.send_notes", "schedule": 5.0, "options": {"expires": 5}},
    "act-on-events": {"task": "newsletter.tasks.act_on_events", "schedule": 10.0, "options": {"expires": 10}},
    "read-bounces": {
        "task": "newsletter.tasks.read_bounces",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
    "sweep": {"task": "newsletter.tasks.sweep", "schedule": crontab(), "options": {"expires": 60}},
    "sound-alarms": {"task": "newsletter.tasks.sound_alarms", "schedule": crontab(), "options": {"expires": 60}},
    # Where the process of service mail is away, the mailer does the same, if later, and its silence becomes an alarm.
    "send-notes-late": {
        "task": "newsletter.tasks.send_notes",
        "schedule": crontab(),
        "options": {"queue": "mail", "expires": 60},
    },
    "sound-alarms-late": {
        "task": "newsletter.tasks.sound_alarms",
        "schedule": crontab(),
        "options": {"queue": "mail", "expires": 60},
    },
    "index-due": {"task": "newsletter.tasks.index_due", "schedule": crontab(), "options": {"expires": 60}},
    "count-popular": {
        "task": "newsletter.tasks.count_popular",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
    "archive": {"task": "newsletter.tasks.archive", "schedule": crontab(minute=47), "options": {"expires": 3600}},
    # One tick to each kind of worker, by its queue: the ones that answer are alive.
    "pulse-of-mailer": {
        "task": "newsletter.tasks.note_pulse",
        "schedule": HEARTBEAT_SECONDS,
        "args": ["mailer"],
        "options": {"queue": "mail", "expires": HEARTBEAT_SECONDS},
    },
    "pulse-of-notes": {
        "task": "newsletter.tasks.note_pulse",
        "schedule": HEARTBEAT_SECONDS,
        "args": ["notes"],
        "options": {"queue": "notes", "expires": HEARTBEAT_SECONDS},
    },
    "pulse-of-worker": {
        "task": "newsletter.tasks.note_pulse",
        "schedule": HEARTBEAT_SECONDS,
        "args": ["worker"],
        "options": {"queue": "digests", "expires": HEARTBEAT_SECONDS},
    },
    "purge": {"task": "newsletter.tasks.purge", "schedule": crontab(minute=17), "options": {"expires": 3600}},
}

# Django
INSTALLED_APPS = [
    "newsletter.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "anymail",
    "digests",
    "newsletter",
]
MIDDLEWARE = [
    "newsletter.site.time_limit.StatementTimeLimit",
    "newsletter.site.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "newsletter.site.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "newsletter.site.uploads.UploadLimit",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "newsletter.urls"
CSRF_FAILURE_VIEW = "newsletter.site.middleware.show_csrf_failure"
WSGI_APPLICATION = "newsletter.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # An operator's own folder comes first, so that one template can be replaced without touching the package.
        "DIRS": [path for path in (TEMPLATES_DIR, BASE_DIR / "templates") if path],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
AUTHENTICATION_BACKENDS = ["newsletter.staff.two_factor.TwoFactorBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
OTP_TOTP_ISSUER = SITE_NAME
OTP_TOTP_THROTTLE_FACTOR = OTP_STATIC_THROTTLE_FACTOR = (
    1  # seconds after the first wrong code; each further one doubles them
)
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
WHITENOISE_USE_FINDERS = True
SECURE_CONTENT_TYPE_NOSNIFF = True
# Pages behind personal links say no-referrer themselves; for all of them it would break the login of the admin, since
# browsers then send `Origin: null` with a form.
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _site.scheme == "https"
SECURE_HSTS_SECONDS = 31_536_000 if _site.scheme == "https" else 0
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # other names below this domain are not ours to bind to https
    "security.W008",  # whatever holds the certificate redirects; a mail program's POST must meet no redirect here
    "security.W021",  # the preload list is for the owner of the whole domain to join
]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_bool("BEHIND_PROXY", default=False) else None
LOG_FORMAT = env_choice("LOG_FORMAT", "line", "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "newsletter.operations.logging.LineFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
        "json": {"()": "newsletter.operations.logging.JsonFormatter"},
    },
    "filters": {
        "redact": {"()": "newsletter.operations.logging.RedactFilter"},
        "one_line": {"()": "newsletter.operations.logging.RefusedRequestFilter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["redact", "one_line"]}
    },
    # Celery logs every tick at INFO; our own lines say what the ticks did.
    "loggers": {
        "celery": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},  # it logs every request to the model
        "flufl.bounce": {"level": "CRITICAL"},  # it logs every format that it tries, with the stack where one fails
        # Django's own handler of the development server would print tokens.
        "django.server": {"handlers": ["console"], "propagate": False},
    },
    "root": {"handlers": ["console"], "level": env_choice("LOG_LEVEL", "INFO", "DEBUG", "WARNING", "ERROR")},
}

"""The product's settings with what a test needs: no .env, files below var/test, a fast password hash."""

import os
import tempfile

os.environ["ENV_FILE"] = os.devnull
os.environ["VAR_DIR"] = os.environ.get("TEST_VAR_DIR") or tempfile.mkdtemp(prefix="daily-insights-test-")
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ["FETCH_ALLOW_PRIVATE"] = "1"  # the feed servers of the tests are on loopback
for name in (
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "LLM_MODEL",
    "SITE_URL",
    "EMAIL_BACKEND",
    "PROMPTS_DIR",
    "TEMPLATES_DIR",
):
    os.environ.pop(name, None)

from newsletter.settings import *  # noqa: E402, F403 - the environment has to be set first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Marks of one test are no other's: only a test that is about Redis has them there.
REDIS_URL = os.environ.get("TEST_MARKS_URL", "")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
LLM_VERIFY = False  # a script of answers is the writer's; tests of the second model switch it on

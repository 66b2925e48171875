"""The demo shop's settings with the plugin as just installed: no key of ``FOOTBACK`` is set."""

import os

from tests.machine import in_own_database

if os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = in_own_database(os.environ["REDIS_URL"])

from footback_shop.settings import *  # noqa: F403

FOOTBACK: dict[str, object] = {}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

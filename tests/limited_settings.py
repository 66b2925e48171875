"""The demo shop behind one proxy, with a small limit that its processes count in one Redis."""

import os

from tests.settings import *  # noqa: F403

FOOTBACK = {"API_RATE_READ": "50/day", "TRUSTED_PROXIES": 1}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["FOOTBACK_TEST_REDIS"],
        "KEY_PREFIX": os.environ["FOOTBACK_TEST_PREFIX"],
    }
}

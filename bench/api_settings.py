"""The demo shop as the API benchmark serves it: no rate limits, and one constant page beside."""

from footback_shop.settings import *  # noqa: F403

ROOT_URLCONF = "bench.api_urls"
FOOTBACK: dict[str, object] = dict.fromkeys(
    ("API_RATE_READ", "API_RATE_MATCH", "API_RATE_WRITE", "API_RATE_KEYED"), ""
)
# One connection per thread instead of one per request, as a shop with some traffic sets it.
DATABASES["default"]["CONN_MAX_AGE"] = 60  # noqa: F405

"""What the doctor says of the API: its limits, who counts them, and who may write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from shop_plugin.conf import get_settings
from shop_plugin.models import ApiKey
from shop_plugin.services.doctor.findings import Finding, count_of, notice, ok
from shop_plugin.services.shop.rate_limits import is_cache_lonely


def report_api(*, now: datetime) -> Iterator[Finding]:
    """Tell the rate limits, whether all processes share their count, and the keys in force."""
    options = get_settings()
    rates = {
        "reading": options.API_RATE_READ,
        "matches": options.API_RATE_MATCH,
        "writing": options.API_RATE_WRITE,
    }
    told = ", ".join(f"{name} {rate or 'without limit'}" for name, rate in rates.items())
    proxies = count_of(options.TRUSTED_PROXIES, "proxy", "proxies")
    text = f"The API takes from one client: {told}. It stands behind {proxies} of this shop."
    if any(rates.values()) and is_cache_lonely():
        yield notice(
            "api.rates",
            f"{text} Each process counts for itself: the cache is one of a process.",
            "With more than one web process let CACHES['default'] be Redis, Valkey or memcached.",
            **rates,
        )
    else:
        yield ok("api.rates", text, **rates)
    keys = ApiKey.objects.filter(revoked_at__isnull=True).exclude(expires_at__lte=now)
    count = keys.count()
    yield ok("api.keys", f"{count_of(count, 'API key is', 'API keys are')} in force.", keys=count)

"""What the doctor says of the API: its limits, who counts them, and who may write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from shop_plugin.conf import get_settings
from shop_plugin.models import ApiKey
from shop_plugin.services.access.api_keys import find_idle_scopes
from shop_plugin.services.access.rate_limits import is_cache_lonely
from shop_plugin.services.doctor.findings import Finding, count_of, notice, ok

ENDS_SOON = timedelta(days=14)
UNUSED_AFTER = timedelta(days=30)
MOST_NAMED = 5


def report_api(*, now: datetime) -> Iterator[Finding]:
    """Tell the rate limits, whether all processes share their count, and the keys in force."""
    options = get_settings()
    rates = {
        "reading": options.API_RATE_READ,
        "matches": options.API_RATE_MATCH,
        "writing": options.API_RATE_WRITE,
        "keyed reading": options.API_RATE_KEYED,
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
    yield from _report_keys(now)


def _report_keys(now: datetime) -> Iterator[Finding]:
    """Tell of the keys in force, and of those that somebody should look at."""
    in_force = ApiKey.objects.filter(revoked_at__isnull=True).exclude(expires_at__lte=now)
    keys = list(in_force.select_related("user").order_by("pk"))
    count = len(keys)
    yield ok("api.keys", f"{count_of(count, 'API key is', 'API keys are')} in force.", keys=count)
    ending = [key for key in keys if key.expires_at and key.expires_at <= now + ENDS_SOON]
    # One that was replaced ends on purpose.
    lasting = {(key.name, key.source, key.user_id) for key in keys if key not in ending}
    unfollowed = [key for key in ending if (key.name, key.source, key.user_id) not in lasting]
    if unfollowed:
        yield notice(
            "api.keys_ending",
            f"{count_of(len(unfollowed), 'API key ends', 'API keys end')} within "
            f"{ENDS_SOON.days} days: {_names(unfollowed)}.",
            "Replace them with an overlap: manage.py footback_api_key rotate PREFIX.",
            keys=len(unfollowed),
        )
    unused = [key for key in keys if not key.last_used_at and key.created_at < now - UNUSED_AFTER]
    if unused:
        yield notice(
            "api.keys_unused",
            f"{count_of(len(unused), 'API key was', 'API keys were')} made more than "
            f"{UNUSED_AFTER.days} days ago and never used: {_names(unused)}.",
            "Revoke what nobody needs: manage.py footback_api_key revoke PREFIX.",
            keys=len(unused),
        )
    idle = [key for key in keys if not key.user.is_active or find_idle_scopes(key)]
    if idle:
        yield notice(
            "api.keys_without_rights",
            f"{count_of(len(idle), 'API key has', 'API keys have')} a user who may not do what "
            f"the key is for, so it is refused: {_names(idle)}.",
            "Give the user the permissions (docs/reference/api.md names them), or revoke the key.",
            keys=len(idle),
        )


def _names(keys: Sequence[ApiKey]) -> str:
    shown = ", ".join(str(key) for key in keys[:MOST_NAMED])
    return f"{shown} and more" if len(keys) > MOST_NAMED else shown

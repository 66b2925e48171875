"""How many requests one client may make: counted by the cache, safe under parallel requests.

A request is counted by the cache's own ``incr``, which Redis, Valkey and
memcached do in one step, so that no two requests can take the same place. The
limit holds for any span of its length, not only from one full minute to the
next: what was let through in the window before counts by the share of it that
is still inside the span. A cache that is down stops nobody; that is logged,
and it is not asked again for a while.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings as django_settings
from django.core.cache import caches

logger = logging.getLogger("footback.rate_limits")

RATE = re.compile(r"([1-9][0-9]{0,8})/(second|minute|hour|day)")
SECONDS: Mapping[str, int] = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
REST_AFTER_FAILURE_SECONDS = 10
# Whoever has an IPv6 address has at least the 64-bit network around it.
IPV6_NETWORK_BITS = 64
# Backends whose counts no other process sees, and one that counts nothing.
LONELY_CACHES = frozenset(
    f"django.core.cache.backends.{name}" for name in ("locmem.LocMemCache", "dummy.DummyCache")
)

_resting_until = 0.0


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``limit`` requests in any ``seconds``."""

    limit: int
    seconds: int

    @classmethod
    def find(cls, text: str) -> Rate | None:
        """Return the rate that "600/minute" means, or ``None`` for an empty text: no limit.

        :raises ValueError: for a text that is neither.
        """
        if not text:
            return None
        found = RATE.fullmatch(text)
        if found is None:
            raise ValueError(f"{text!r} is no rate; write one such as '600/minute'")
        return cls(int(found[1]), SECONDS[found[2]])


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whether a request may pass, how many more may, and in how many seconds all may again."""

    rate: Rate
    is_allowed: bool
    remaining: int
    reset_seconds: int


def take_place(*, scope: str, client: str, rate: Rate, now: float) -> Allowance | None:
    """Count a request of a client and tell whether it may pass; ``None`` if the cache is down.

    ``now`` is the time in seconds since 1970. The address is kept in the
    cache as a keyed digest only, for two windows.
    """
    global _resting_until
    if time.monotonic() < _resting_until:
        return None
    window, passed = divmod(now, rate.seconds)
    key = f"footback:rate:{scope}:{_digest(client)}:{rate.seconds}"
    share_left = 1 - passed / rate.seconds
    try:
        cache = caches["default"]
        before = int(cache.get(f"{key}:{int(window) - 1}") or 0)
        own = f"{key}:{int(window)}"
        cache.add(own, 0, timeout=2 * rate.seconds)
        used = int(cache.incr(own)) + before * share_left
        if used > rate.limit:
            cache.decr(own)  # who was refused has taken no place
    except Exception as error:  # whatever a cache's client may raise
        _resting_until = time.monotonic() + REST_AFTER_FAILURE_SECONDS
        logger.warning(
            "The cache does not count (%s): no rate limit for %d seconds.",
            type(error).__name__,
            REST_AFTER_FAILURE_SECONDS,
        )
        return None
    return Allowance(
        rate=rate,
        is_allowed=used <= rate.limit,
        remaining=max(int(rate.limit - used), 0),
        reset_seconds=max(int(rate.seconds - passed + 0.999), 1),
    )


def find_client(*, remote: str, forwarded: str, trusted_proxies: int) -> str:
    """Return the address that a request came from.

    ``remote`` is the peer of the connection, ``forwarded`` the
    X-Forwarded-For header. Each trusted proxy has put the address it was
    spoken to from at the right of the header, so the client's is that many
    places from the right; what stands left of it anybody may have written.
    Without trusted proxies the header is not looked at.
    """
    address = remote
    if trusted_proxies > 0 and forwarded.strip():
        hops = [hop.strip() for hop in forwarded.split(",")]
        address = hops[-min(trusted_proxies, len(hops))]
    return _network(address) or _network(remote) or "unknown"


def is_cache_lonely() -> bool:
    """Tell whether the cache counts for one process only, or not at all."""
    return str(django_settings.CACHES["default"]["BACKEND"]) in LONELY_CACHES


def _network(text: str) -> str:
    """Return the address, or the network of an IPv6 address, without a port; "" for none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False))
    return str(address)


def _digest(client: str) -> str:
    key = hashlib.sha256(django_settings.SECRET_KEY.encode()).digest()
    return hashlib.blake2b(client.encode(), digest_size=12, key=key).hexdigest()

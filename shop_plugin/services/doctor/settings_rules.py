"""What a value of the settings dict ``FOOTBACK`` may be: types, choices and ranges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_origin, get_type_hints
from zoneinfo import available_timezones

from shop_plugin.conf import FootbackSettings
from shop_plugin.services.access.rate_limits import RATE

CHOICES: Mapping[str, tuple[str, ...]] = {
    "HEEL_MODE": ("effective", "pitch", "nominal"),
    "LENGTH_UNIT": ("", "in", "cm", "mm"),
    "RETENTION_MODE": ("dry_run", "apply"),
    "SEARCH_ENGINE": ("auto", "sql", "bitmap"),
    "NUDGE_MODE": ("off", "dry_run", "redirect", "live"),
}
API_RATES = ("API_RATE_READ", "API_RATE_MATCH", "API_RATE_WRITE", "API_RATE_KEYED")
RATES = (*API_RATES, "REPORT_RATE")
HOST_KEYS = ("name", "product", "order_line", "push")
HOST_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.I
)
ITEM_CHOICES: Mapping[str, tuple[str, ...]] = {"DEFAULT_HEEL_UNIT": ("in", "cm", "mm")}
# Both ends are allowed.
RANGES: Mapping[str, tuple[int, int]] = {
    "URL_IMPORT_SECONDS": (1, 600),
    "CHUNK_SIZE": (1, 100_000),
    "SHEET_MOST_MEGABYTES": (1, 200),
    "SHEET_MOST_ROWS": (1, 1_000_000),
    "AUTO_ACCEPT_CONFIDENCE": (0, 1000),
    "WORK_HOLD_MINUTES": (1, 1440),
    "PAGE_SIZE": (1, 200),
    "TRUSTED_PROXIES": (0, 10),
    "SEND_FROM_HOUR": (0, 23),
    "SEND_UNTIL_HOUR": (1, 24),
    "SEND_WEEKDAYS": (0, 6),
    "MIN_DAYS_BETWEEN_MAILS": (0, 3650),
    "MAX_MAILS_PER_YEAR": (1, 365),
    "MAX_PAIRS_PER_MAIL": (1, 50),
    "DIGEST_DAYS": (0, 90),
    "BACKFILL_DAYS": (0, 3650),
    "MAX_LATENESS_DAYS": (0, 3650),
    "HOLD_OUT_PERCENT": (0, 50),
    "RAMP_START_PER_DAY": (1, 10_000_000),
    "MAX_MAILS_PER_DAY": (1, 10_000_000),
    "KEEP_ATTEMPTS_DAYS": (1, 36_500),
    "KEEP_MESSAGES_DAYS": (366, 36_500),  # the caps count a year
    "KEEP_WEBHOOK_EVENTS_DAYS": (1, 36_500),
    "KEEP_FAILED_BODIES_DAYS": (1, 90),
    "MOST_HOST_EVENT_TRIES": (1, 100),
    "TARGET_DAYS_UNTIL_OFF": (1, 365),
    "KEEP_CONSENT_DAYS": (366, 36_500),
    "KEEP_REFUSED_ROWS_DAYS": (1, 36_500),
    "KEEP_REPORTS_DAYS": (1, 36_500),
    "KEEP_VALUE_REPORTS_DAYS": (1, 36_500),
    "KEEP_BULK_EDITS_DAYS": (1, 36_500),
    "CLAIM_BATCH": (1, 1000),
    "LEASE_SECONDS": (10, 3600),
    "HANDING_LEASE_SECONDS": (60, 86_400),
    "MAX_ATTEMPTS": (1, 100),
    "TICK_BUDGET_SECONDS": (1, 3600),
    "IDEMPOTENCY_TTL_SECONDS": (60, 604_800),
}


#: Connections by name, and the type of each thing that is said of one.
CONNECTIONS: Mapping[str, Mapping[str, type]] = {
    "WEBHOOKS": {"reader": str, "secrets": list, "source": str},
    "WEBHOOK_TARGETS": {"url": str, "secrets": list, "events": list},
}


def find_value_problem(*, key: str, value: object) -> str:
    """Return what is wrong with the value of a key of ``FOOTBACK``, or an empty text.

    :raises KeyError: for a key that ``FOOTBACK`` does not have.
    """
    hint = get_type_hints(FootbackSettings)[key]
    if hint is int:
        return _find_number_problem(key, value)
    if hint is str:
        return _find_text_problem(key, value)
    if get_origin(hint) is tuple:
        return _find_list_problem(key, value, hint.__args__[0])
    return _find_mapping_problem(key, value)


def _find_number_problem(key: str, value: object) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        return "must be a whole number"
    low, high = RANGES[key]
    return "" if low <= value <= high else f"must be from {low} to {high}"


def _find_text_problem(key: str, value: object) -> str:
    if not isinstance(value, str):
        return "must be a text"
    if key in RATES and value and not RATE.fullmatch(value):
        return "must be a rate such as '600/minute' (second, minute, hour, day), or empty"
    if key in CHOICES and value not in CHOICES[key]:
        return "must be one of " + ", ".join(repr(choice) for choice in CHOICES[key])
    if key == "TIME_ZONE" and value and value not in available_timezones():
        return "must name a time zone, such as 'Europe/Berlin'"
    return ""


def _find_list_problem(key: str, value: object, member: type) -> str:
    if not isinstance(value, (list, tuple, set, frozenset)):
        return "must be a tuple"
    if member is str:
        if not all(isinstance(item, str) for item in value):
            return "must hold texts only"
        if key == "URL_IMPORT" and not all(
            item == "*" or HOST_NAME.fullmatch(item) for item in value
        ):
            return "must hold names of hosts such as 'feeds.shop.example', or '*'"
        return ""
    if not value:
        return "must hold at least one number"
    return next((problem for item in value if (problem := _find_number_problem(key, item))), "")


def _find_host_problem(value: Mapping[object, object]) -> str:
    """Return what is wrong with the frame of ``HOST``; its maps are held against the models."""
    odd = [str(key) for key in value if key not in HOST_KEYS]
    if odd:
        return f"has a key {odd[0]!r}; it may have " + ", ".join(map(repr, HOST_KEYS))
    if not isinstance(value.get("push", False), bool):
        return "has a 'push' that is neither True nor False"
    return ""


def _find_connection_problem(parts: Mapping[str, type], value: Mapping[Any, Any]) -> str:
    """Return what is wrong with the form of connections; never a value, for it may be a secret."""
    for name, given in value.items():
        if not isinstance(name, str) or not isinstance(given, Mapping):
            return "must map names to dicts"
        for part, said in given.items():
            if part not in parts:
                return f"has {part!r} in {name!r}, but knows only {', '.join(sorted(parts))}"
            if parts[part] is str and not isinstance(said, str):
                return f"must have a text as {part!r} in {name!r}"
            if parts[part] is list and not _is_texts(said):
                return f"must have a list of texts as {part!r} in {name!r}"
    return ""


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _find_mapping_problem(key: str, value: object) -> str:
    if not isinstance(value, Mapping):
        return "must be a dict"
    if key == "HOST":
        return _find_host_problem(value)
    if key in CONNECTIONS:
        return _find_connection_problem(CONNECTIONS[key], value)
    if not all(isinstance(item, str) for pair in value.items() for item in pair):
        return "must map texts to texts"
    allowed = ITEM_CHOICES.get(key)
    if allowed and any(item not in allowed for item in value.values()):
        return "may map to " + ", ".join(repr(choice) for choice in allowed) + " only"
    return ""

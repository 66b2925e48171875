"""The one settings dict ``FOOTBACK``: defaults, types, and the seam to a host's classes.

Nothing here is read at import time of another module: call
:func:`get_settings` where a value is needed, so that a test or a host that
changes the setting is obeyed at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import import_module
from typing import Any, cast

from django.conf import settings as django_settings
from django.utils.module_loading import import_string

from shop_plugin.domain.capabilities import AdapterCard
from shop_plugin.domain.ports import (
    CatalogueSource,
    FactsFormat,
    FileFormat,
    PurchaseSource,
    WebhookReader,
)
from shop_plugin.domain.sensitive_kinds import SENSITIVE_WORDS
from shop_plugin.domain.sheets import SheetFormat

SETTING = "FOOTBACK"
# The dict that was read, and what it says.
_in_force: tuple[object, FootbackSettings] | None = None

DEFAULT_FILE_FORMATS: Mapping[str, str] = {
    "jsonl": "shop_plugin.adapters.jsonl.JsonLines",
    "csv": "shop_plugin.adapters.csv_rows.CsvRows",
    "shopify": "shop_plugin.adapters.shopify.ShopifyCsv",
    "google-tsv": "shop_plugin.adapters.google.tsv.GoogleTsv",
    "google-xml": "shop_plugin.adapters.google.xml.GoogleXml",
    "woocommerce": "shop_plugin.adapters.woocommerce.WooCommerceCsv",
}
# Each is a form in which a host takes facts back (footback_export_feed).
DEFAULT_FACTS_FORMATS: Mapping[str, str] = {
    "shopify-csv": "shop_plugin.adapters.shopify.ShopifyMetafieldsCsv",
    "shopify-json": "shop_plugin.adapters.shopify.ShopifyMetafieldsJson",
    "google-supplemental": "shop_plugin.adapters.google.tsv.GoogleSupplementalTsv",
    "google-supplemental-xml": "shop_plugin.adapters.google.xml.GoogleSupplementalXml",
    "woocommerce": "shop_plugin.adapters.woocommerce.WooCommerceMetaCsv",
}
DEFAULT_SHEET_FORMATS: Mapping[str, str] = {
    "csv": "shop_plugin.adapters.sheets.csv.CsvSheet",
    "xlsx": "shop_plugin.adapters.sheets.xlsx.XlsxSheet",
}

# Which part of HOST stands in for which setting, and the adapter that reads it.
HOST_ADAPTERS: Mapping[str, tuple[str, str]] = {
    "CATALOGUE_SOURCE": ("product", "shop_plugin.adapters.orm.HostCatalogue"),
    "PURCHASE_SOURCE": ("order_line", "shop_plugin.adapters.orm.HostPurchases"),
}


@dataclass(frozen=True, slots=True)
class FootbackSettings:
    """Every key a host may set in ``FOOTBACK``, with its default (docs/reference/settings.md)."""

    # Where listings and orders come from (dotted paths; empty: files only).
    HOST: Mapping[str, Any] = field(default_factory=dict)  # a field map over the shop's models
    CATALOGUE_SOURCE: str = ""
    PURCHASE_SOURCE: str = ""
    FILE_FORMATS: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_FILE_FORMATS))
    FACTS_FORMATS: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_FACTS_FORMATS))
    URL_IMPORT: tuple[str, ...] = ()  # hosts that files may be fetched from; empty: none at all
    URL_IMPORT_SECONDS: int = 10
    CHUNK_SIZE: int = 1000

    # Spreadsheets of facts.
    SHEET_FORMATS: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_SHEET_FORMATS))
    SHEET_MOST_MEGABYTES: int = 20
    SHEET_MOST_ROWS: int = 200_000

    # Webhooks: of hosts that push, and to programs of the shop. Both by name.
    WEBHOOKS: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    WEBHOOK_TARGETS: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    MOST_HOST_EVENT_TRIES: int = 10
    TARGET_DAYS_UNTIL_OFF: int = 5

    # How listings are read and shown.
    FORMULA: str = "fb-1.0"  # the version of the guide that matches are made with
    GUIDE_FOLDER: str = ""  # guides of the shop's own, VERSION.toml each
    HEEL_MODE: str = "effective"  # effective | pitch | nominal
    DEFAULT_HEEL_UNIT: Mapping[str, str] = field(default_factory=dict)  # source -> in | cm | mm
    LENGTH_UNIT: str = ""  # in | cm | mm; empty: by the reader's language
    AUTO_ACCEPT_CONFIDENCE: int = 600  # thousandths; below it a person decides
    TWO_PERSON_RULE: bool = False  # what staff say waits for a second person
    WORK_HOLD_MINUTES: int = 10  # how long a listing is kept for whoever has it open
    PAGE_SIZE: int = 24
    SEARCH_ENGINE: str = "auto"  # auto | sql | bitmap

    # The API: how many requests one client may make ("" is any number), and who says who asks.
    API_RATE_READ: str = "1200/minute"
    API_RATE_MATCH: str = "120/minute"
    API_RATE_WRITE: str = "300/minute"
    API_RATE_KEYED: str = "300/minute"  # reading what needs a key
    REPORT_RATE: str = "10/hour"  # reports of wrong values by one client
    TRUSTED_PROXIES: int = 0  # of our own, in front of the application

    # Who writes, and when.
    NUDGE_MODE: str = "dry_run"  # off | dry_run | redirect | live: the loudest mode allowed
    REDIRECT_TO: str = ""
    SHOP_NAME: str = ""
    SENDER: str = ""
    POSTAL_ADDRESS: str = ""
    PUBLIC_BASE_URL: str = ""
    LIST_ID: str = ""
    EMAIL_HASH_KEY: str = ""  # empty: derived from SECRET_KEY
    REPAIR_URL: str = ""
    TIME_ZONE: str = ""  # the shop's; empty: Django's TIME_ZONE
    SEND_FROM_HOUR: int = 9
    SEND_UNTIL_HOUR: int = 19
    SEND_WEEKDAYS: tuple[int, ...] = (0, 1, 2, 3, 4, 5)  # Monday is 0
    MIN_DAYS_BETWEEN_MAILS: int = 30
    MAX_MAILS_PER_YEAR: int = 6
    MAX_PAIRS_PER_MAIL: int = 5
    DIGEST_DAYS: int = 7
    BACKFILL_DAYS: int = 14
    MAX_LATENESS_DAYS: int = 30
    RAMP_START_PER_DAY: int = 200
    MAX_MAILS_PER_DAY: int = 20_000
    SENSITIVE_CATEGORIES: tuple[str, ...] = SENSITIVE_WORDS
    HOLD_OUT_PERCENT: int = 5  # of the people: never mailed, to tell what the mails do
    CAN_CONTACT: str = ""  # dotted path of callable(email: str, when: datetime) -> bool
    CONTACT_FOR_USER: str = ""  # dotted path of callable(user) -> verified e-mail, id or ""

    # How long things are kept.
    RETENTION_MODE: str = "dry_run"  # dry_run | apply: what the task footback.retention does
    KEEP_ATTEMPTS_DAYS: int = 90
    KEEP_MESSAGES_DAYS: int = 400
    KEEP_WEBHOOK_EVENTS_DAYS: int = 30
    KEEP_FAILED_BODIES_DAYS: int = 14
    KEEP_CONSENT_DAYS: int = 1095
    KEEP_REFUSED_ROWS_DAYS: int = 90
    KEEP_REPORTS_DAYS: int = 800
    KEEP_VALUE_REPORTS_DAYS: int = 400
    KEEP_BULK_EDITS_DAYS: int = 400
    ERASURE_LOG: str = ""  # a file outside the database that outlives a restored backup

    # How a worker sends.
    CLAIM_BATCH: int = 20
    LEASE_SECONDS: int = 120
    HANDING_LEASE_SECONDS: int = 900
    MAX_ATTEMPTS: int = 8
    TICK_BUDGET_SECONDS: int = 45
    IDEMPOTENCY_HEADER: str = ""  # by which the mail server knows a repeat; empty: it knows none
    IDEMPOTENCY_TTL_SECONDS: int = 86_400
    METRICS_TOKEN: str = ""  # what a probe must carry to read numbers; empty: none may
    SPOOL_DIR: str = ""  # what is noted of mails outside the database: spool and journal


@dataclass(frozen=True, slots=True)
class WebhookConnection:
    """A host that pushes: who reads what it sends, with which secrets, and whose rows they are.

    Several secrets are in force while one replaces another.
    """

    name: str
    reader: str
    secrets: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """A program of the shop that is told of ``events`` at ``url``, signed by every secret."""

    name: str
    url: str
    secrets: tuple[str, ...]
    events: tuple[str, ...]


def unknown_keys() -> list[str]:
    """Return the keys of the host's ``FOOTBACK`` that mean nothing, sorted."""
    known = {item.name for item in fields(FootbackSettings)}
    return sorted(set(_host_dict()) - known)


def get_settings() -> FootbackSettings:
    """Return the settings in force. Unknown keys are left to the system check.

    They are read once for each dict that a host gives: another dict is obeyed
    at once, whoever put it there and however early these were asked for.
    """
    global _in_force
    given = getattr(django_settings, SETTING, None)
    if _in_force is None or _in_force[0] is not given:
        known = {item.name for item in fields(FootbackSettings)}
        usable = {key: value for key, value in _host_dict().items() if key in known}
        _in_force = given, FootbackSettings(**usable)
    return _in_force[1]


def find_source_path(key: str) -> str:
    """Return the dotted path of the adapter in force for ``CATALOGUE_SOURCE`` or its like.

    Where the setting is empty it is the adapter that reads ``HOST``, if that
    maps what is asked for.
    """
    options = get_settings()
    part, adapter = HOST_ADAPTERS[key]
    return str(getattr(options, key)) or (adapter if options.HOST.get(part) else "")


def find_card(path: str) -> AdapterCard | None:
    """Return the card of the adapter that a dotted path leads to, or that its class builds on.

    ``None`` where the path is empty or leads nowhere, and for a class of the
    host's own that builds on no adapter.
    """
    try:
        found = import_string(path) if path else None
    except ImportError:
        return None
    for base in getattr(found, "__mro__", ()):
        module = base.__module__
        # An adapter of several modules has its card at the door of its room.
        for place in filter(None, (module, module.rpartition(".")[0])):
            card = getattr(import_module(place), "CARD", None)
            if isinstance(card, AdapterCard):
                return card
    return None


def load_catalogue_source() -> CatalogueSource | None:
    """Return the host's catalogue, or ``None`` where no setting names one.

    :raises ImportError: when the dotted path leads nowhere.
    """
    path = find_source_path("CATALOGUE_SOURCE")
    return cast(CatalogueSource, import_string(path)()) if path else None


def load_purchase_source() -> PurchaseSource | None:
    """Return the host's orders, or ``None`` where no setting names them.

    :raises ImportError: when the dotted path leads nowhere.
    """
    path = find_source_path("PURCHASE_SOURCE")
    return cast(PurchaseSource, import_string(path)()) if path else None


def load_file_format(name: str) -> FileFormat:
    """Return the reader of a file format.

    :raises KeyError: for a format that is not configured.
    :raises ImportError: when its dotted path leads nowhere.
    """
    return cast(FileFormat, import_string(get_settings().FILE_FORMATS[name])())


def load_facts_format(name: str) -> FactsFormat:
    """Return what writes facts down in a form that a host takes back.

    :raises KeyError: for a format that is not configured.
    :raises ImportError: when its dotted path leads nowhere.
    """
    return cast(FactsFormat, import_string(get_settings().FACTS_FORMATS[name])())


def webhook_connections() -> dict[str, WebhookConnection]:
    """Return the hosts that push, by name; ``source`` is the name where none is given."""
    return {
        name: WebhookConnection(
            name=name,
            reader=given.get("reader", ""),
            secrets=tuple(given.get("secrets", ())),
            source=given.get("source", "") or name,
        )
        for name, given in get_settings().WEBHOOKS.items()
    }


def webhook_targets() -> dict[str, WebhookTarget]:
    """Return the programs that are told, by name."""
    return {
        name: WebhookTarget(
            name=name,
            url=given.get("url", ""),
            secrets=tuple(given.get("secrets", ())),
            events=tuple(given.get("events", ())),
        )
        for name, given in get_settings().WEBHOOK_TARGETS.items()
    }


def load_webhook_reader(name: str) -> WebhookReader:
    """Return what verifies and reads the webhooks of a connection.

    :raises KeyError: for a connection that is not configured.
    :raises ImportError: when its dotted path leads nowhere.
    """
    return cast(WebhookReader, import_string(webhook_connections()[name].reader)())


def load_sheet_format(name: str) -> SheetFormat:
    """Return what reads and writes tables of a format ("csv", "xlsx").

    :raises KeyError: for a format that is not configured.
    :raises ImportError: when its dotted path leads nowhere.
    """
    return cast(SheetFormat, import_string(get_settings().SHEET_FORMATS[name])())


def _host_dict() -> dict[str, Any]:
    return dict(getattr(django_settings, SETTING, None) or {})

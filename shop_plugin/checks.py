"""System checks with ids and hints. Every id stands in docs/reference/checks.md.

Nothing here opens a connection: what needs the network or the database is
told by ``manage.py footback_doctor``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning, register
from django.template import engines
from django.utils.module_loading import import_string

from shop_plugin.conf import (
    SETTING,
    FootbackSettings,
    find_source_path,
    get_settings,
    unknown_keys,
)
from shop_plugin.domain.ports import (
    CatalogueSource,
    FactsFormat,
    FileFormat,
    PurchaseSource,
    WebhookReader,
)
from shop_plugin.domain.sheets import SheetFormat
from shop_plugin.domain.wording import find_banned_claims
from shop_plugin.services.access.rate_limits import is_cache_lonely
from shop_plugin.services.doctor import (
    provider_rules,
    settings_rules,
    webhook_rules,
    wording_rules,
)
from shop_plugin.services.doctor.celery_rules import find_celery_faults
from shop_plugin.services.doctor.host_rules import find_map_faults
from shop_plugin.services.doctor.sending_rules import LIVE_REQUIREMENTS, is_mail_address
from shop_plugin.services.shop.guides import find_guide_problem

TAG = "footback"
TICK_TASK = "footback.tick"
INDEX_TASK = "footback.index"
MINIMUM_BUSY_SECONDS = 10
# Transports that lose messages or cannot be shared by a worker and a web process.
FRAGILE_TRANSPORTS = frozenset({"memory", "filesystem", "sqla+sqlite", "sqlalchemy+sqlite"})
# Mail backends that never open a connection, so no time limit is needed.
LOCAL_MAIL_BACKENDS = frozenset(
    f"django.core.mail.backends.{name}.EmailBackend"
    for name in ("locmem", "console", "dummy", "filebased")
)

PROTOCOLS: Mapping[str, type] = {
    "CATALOGUE_SOURCE": CatalogueSource,
    "PURCHASE_SOURCE": PurchaseSource,
}

# Functions of the host: the key, what it is called with, and the id of the check.
HOOKS = (
    ("CAN_CONTACT", "(email: str, when: datetime) -> bool", "footback.E005"),
    ("CONTACT_FOR_USER", "(user) -> str, a verified e-mail address or an id", "footback.E006"),
)


@register(TAG)
def check_keys(**_: object) -> list[CheckMessage]:
    """Find keys of ``FOOTBACK`` that mean nothing (E001)."""
    if not isinstance(_given(), Mapping):
        return []
    known = [item.name for item in fields(FootbackSettings)]
    return [_unknown_key(key, known) for key in unknown_keys()]


def _unknown_key(key: str, known: Sequence[str]) -> CheckMessage:
    close = get_close_matches(str(key).upper(), known, n=1)
    hint = f"Did you mean {close[0]}?" if close else "See docs/reference/settings.md for the keys."
    return Error(f"{SETTING} has no key {key!r}.", hint=hint, id="footback.E001")


@register(TAG)
def check_values(**_: object) -> list[CheckMessage]:
    """Find values of the wrong type or outside their range (E002)."""
    given = _given()
    if not isinstance(given, Mapping):
        return [_wrong_value(SETTING, "must be a dict", "Write FOOTBACK = {...} in the settings.")]
    known = {item.name for item in fields(FootbackSettings)}
    found = [
        _wrong_value(f"{SETTING}[{key!r}]", problem, _tell(key, value))
        for key, value in given.items()
        if key in known and (problem := settings_rules.find_value_problem(key=key, value=value))
    ]
    if found:
        return found
    options = get_settings()
    if options.SEND_FROM_HOUR >= options.SEND_UNTIL_HOUR:
        found.append(
            _wrong_value(
                f"{SETTING}['SEND_UNTIL_HOUR']",
                "must be later than SEND_FROM_HOUR",
                f"Mails leave from {options.SEND_FROM_HOUR}:00 until "
                f"{options.SEND_UNTIL_HOUR}:00, which is never.",
            )
        )
    return found


def _tell(key: str, value: object) -> str:
    if key in settings_rules.CONNECTIONS:  # it holds secrets
        return "See docs/reference/settings.md for its form."
    return f"It is {value!r}."


def _wrong_value(where: str, problem: str, hint: str) -> CheckMessage:
    return Error(f"{where} {problem}.", hint=hint, id="footback.E002")


@register(TAG)
def check_adapters(**_: object) -> list[CheckMessage]:
    """Find adapters that cannot be loaded (E003) or lack a method (E004)."""
    if not _is_readable():
        return []
    options = get_settings()
    wanted = [
        (f"{SETTING}[{key!r}]", find_source_path(key), protocol)
        for key, protocol in PROTOCOLS.items()
    ]
    wanted += [
        (f"{SETTING}['FILE_FORMATS'][{name!r}]", path, FileFormat)
        for name, path in options.FILE_FORMATS.items()
    ]
    wanted += [
        (f"{SETTING}['FACTS_FORMATS'][{name!r}]", path, FactsFormat)
        for name, path in options.FACTS_FORMATS.items()
    ]
    wanted += [
        (f"{SETTING}['SHEET_FORMATS'][{name!r}]", path, SheetFormat)
        for name, path in options.SHEET_FORMATS.items()
    ]
    wanted += [(where, path, WebhookReader) for where, path in webhook_rules.reader_paths()]
    return [
        found for where, path, protocol in wanted if path for found in _try(where, path, protocol)
    ]


@register(TAG)
def check_webhooks(**_: object) -> list[CheckMessage]:
    """Find connections of webhooks that cannot be used (E081, E082) or are a risk (W083)."""
    return webhook_rules.find_messages() if _is_readable() else []


def _try(where: str, path: str, protocol: type) -> Iterator[CheckMessage]:
    try:
        adapter = import_string(path)()
    except Exception as error:  # an adapter is the host's code: anything may come out of it
        yield Error(
            f"{where} cannot be loaded from {path!r}: {error}",
            hint="Give the dotted path of a class that can be made without arguments.",
            id="footback.E003",
        )
        return
    if not isinstance(adapter, protocol):
        missing = [name for name in _members(protocol) if not hasattr(adapter, name)]
        yield Error(
            f"{where}: {path!r} is no {protocol.__name__}, it lacks {', '.join(missing)}.",
            hint="The protocols are described in docs/reference/adapters.md; "
            "subclass one of shop_plugin.adapters to get the rest.",
            id="footback.E004",
        )


def _members(protocol: type) -> list[str]:
    names = {*vars(protocol), *protocol.__annotations__}
    return sorted(name for name in names if not name.startswith("_"))


@register(TAG)
def check_field_maps(**_: object) -> list[CheckMessage]:
    """Find faults of a field map by the shop's models, without asking a database (E070 to W079)."""
    if not _is_readable():
        return []
    return [
        (Error if fault.is_error else Warning)(
            fault.text, hint=fault.hint or None, id=f"footback.{fault.code}"
        )
        for fault in find_map_faults()
    ]


@register(TAG)
def check_guide(**_: object) -> list[CheckMessage]:
    """Find a ``FORMULA`` that names no usable guide (E007)."""
    problem = find_guide_problem() if _is_readable() else ""
    if not problem:
        return []
    return [
        Error(
            f"{SETTING}['FORMULA'] cannot be used: {problem}.",
            hint="Name a shipped guide, or put VERSION.toml into GUIDE_FOLDER.",
            id="footback.E007",
        )
    ]


@register(TAG)
def check_hooks(**_: object) -> list[CheckMessage]:
    """Find a ``CAN_CONTACT`` (E005) or ``CONTACT_FOR_USER`` (E006) that cannot be called."""
    if not _is_readable():
        return []
    options = get_settings()
    return [
        Error(
            f"{SETTING}[{key!r}] cannot be used: {problem}",
            hint=f"Give the dotted path of a function {signature}.",
            id=found_as,
        )
        for key, signature, found_as in HOOKS
        if (path := getattr(options, key)) and (problem := _find_hook_problem(path))
    ]


def _find_hook_problem(path: str) -> str:
    try:
        return "" if callable(import_string(path)) else "it cannot be called"
    except Exception as error:  # the host's module may fail in any way
        return str(error)


@register(TAG)
def check_sending(**_: object) -> list[CheckMessage]:
    """Find what is missing before real mails may leave (E010 to E014, W015)."""
    if not _is_readable():
        return []
    options = get_settings()
    if options.NUDGE_MODE == "redirect" and not is_mail_address(options.REDIRECT_TO):
        return [
            Error(
                f"{SETTING}['NUDGE_MODE'] is 'redirect', but REDIRECT_TO is no mail address.",
                hint="Set REDIRECT_TO to the one inbox that gets every mail.",
                id="footback.E014",
            )
        ]
    if options.NUDGE_MODE != "live":
        return []
    found: list[CheckMessage] = [
        Error(
            f"{SETTING}['NUDGE_MODE'] is 'live', but {item.key} is missing or of no use: "
            f"{getattr(options, item.key)!r}.",
            hint=item.hint,
            id=f"footback.{item.number}",
        )
        for item in LIVE_REQUIREMENTS
        if not item.is_met(getattr(options, item.key))
    ]
    if not options.EMAIL_HASH_KEY:
        found.append(
            Warning(
                f"{SETTING}['EMAIL_HASH_KEY'] is empty: it is derived from SECRET_KEY.",
                hint="Set a key of its own. When SECRET_KEY changes, addresses that "
                "unsubscribed could no longer be recognised.",
                id="footback.W015",
            )
        )
    return found


@register(TAG)
def check_time_zones(**_: object) -> list[CheckMessage]:
    """Find a site without time zones (E020)."""
    if settings.USE_TZ:
        return []
    return [
        Error(
            "USE_TZ is off; footback works with aware times only.",
            hint="Set USE_TZ = True.",
            id="footback.E020",
        )
    ]


@register(TAG)
def check_sqlite(**_: object) -> list[CheckMessage]:
    """Find SQLite databases on which two processes would fail each other (E021, W022)."""
    found: list[CheckMessage] = []
    for alias, database in settings.DATABASES.items():
        if database.get("ENGINE") != "django.db.backends.sqlite3":
            continue
        options = database.get("OPTIONS") or {}
        mode = str(options.get("transaction_mode") or "DEFERRED").upper()
        if mode not in ("IMMEDIATE", "EXCLUSIVE"):
            found.append(
                Error(
                    f"Database {alias!r} is SQLite with {mode} transactions; a worker and a web "
                    "process writing together would fail with 'database is locked'.",
                    hint="Set OPTIONS = {'transaction_mode': 'IMMEDIATE', 'timeout': 20, "
                    "'init_command': 'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;'}.",
                    id="footback.E021",
                )
            )
        if float(options.get("timeout") or 0) < MINIMUM_BUSY_SECONDS:
            found.append(
                Warning(
                    f"Database {alias!r} is SQLite and waits less than {MINIMUM_BUSY_SECONDS} s "
                    "for its turn to write.",
                    hint="Set OPTIONS['timeout'] to 20.",
                    id="footback.W022",
                )
            )
    return found


@register(TAG)
def check_mail_timeout(**_: object) -> list[CheckMessage]:
    """Find a mail server that could hold a worker for ever (E030 while sending, else W030)."""
    if settings.EMAIL_TIMEOUT or settings.EMAIL_BACKEND in LOCAL_MAIL_BACKENDS:
        return []
    is_sending = _is_readable() and get_settings().NUDGE_MODE in ("redirect", "live")
    kind, number = (Error, "E030") if is_sending else (Warning, "W030")
    return [
        kind(
            "EMAIL_TIMEOUT is not set: a mail server that hangs would hold a worker for ever.",
            hint="Set EMAIL_TIMEOUT = 60.",
            id=f"footback.{number}",
        )
    ]


@register(TAG)
def check_mail_reports(**_: object) -> list[CheckMessage]:
    """Find a mail provider whose reports of bounces and complaints nobody hears (W031, W032)."""
    return provider_rules.find_messages()


@register(TAG)
def check_celery(**_: object) -> list[CheckMessage]:
    """Find a beat that never rings (W040, W042) and a broker that loses its messages or a
    worker (W041, W043).
    """
    found: list[CheckMessage] = []
    schedule = current_app.conf.beat_schedule or {}
    if not any(entry.get("task") == TICK_TASK for entry in schedule.values()):
        found.append(
            Warning(
                f"The beat schedule has no entry for {TICK_TASK!r}: nothing would be planned "
                "or sent.",
                hint="Add {'task': 'footback.tick', 'schedule': 60.0} to CELERY_BEAT_SCHEDULE. "
                "With 'footback_run --once' from cron put the id into SILENCED_SYSTEM_CHECKS.",
                id="footback.W040",
            )
        )
    if (
        _is_readable()
        and get_settings().SEARCH_ENGINE == "bitmap"
        and not any(entry.get("task") == INDEX_TASK for entry in schedule.values())
    ):
        found.append(
            Warning(
                f"SEARCH_ENGINE is 'bitmap', but the beat schedule has no entry for "
                f"{INDEX_TASK!r}: no snapshot of the index would be written.",
                hint="Add {'task': 'footback.index', 'schedule': 300.0} to CELERY_BEAT_SCHEDULE. "
                "Where cron runs 'manage.py footback_index --if-due' instead, silence this check.",
                id="footback.W042",
            )
        )
    transport = str(current_app.conf.broker_url or "").partition("://")[0]
    if transport in FRAGILE_TRANSPORTS:
        found.append(
            Warning(
                f"The Celery broker uses {transport!r}, which loses messages or is not shared "
                "between processes.",
                hint="Use Redis or Valkey: CELERY_BROKER_URL = 'redis://127.0.0.1:6379/0'.",
                id="footback.W041",
            )
        )
    if (current_app.conf.broker_transport_options or {}).get("retry_on_timeout"):
        found.append(
            Warning(
                "CELERY_BROKER_TRANSPORT_OPTIONS has 'retry_on_timeout': a worker whose line to "
                "Redis is cut may wait for ever on a new one, and start no task any more.",
                hint="Take 'retry_on_timeout' out; Celery connects anew by itself.",
                id="footback.W043",
            )
        )
    return found


@register(TAG, deploy=True)
def check_celery_manners(**_: object) -> list[CheckMessage]:
    """Find settings of Celery that cost time or quiet (I043, with ``check --deploy``)."""
    schedule = current_app.conf.beat_schedule or {}
    if not any(entry.get("task") == TICK_TASK for entry in schedule.values()):
        return []  # cron rings, or W040 has said what is missing
    return [
        Info(
            f"Celery is not set as footback was tried with it: {why}.",
            hint=f"Set {write}. No mail depends on it; silence the check where it is meant so.",
            id="footback.I043",
        )
        for write, why in find_celery_faults(current_app.conf)
    ]


@register(TAG, deploy=True)
def check_rate_limits(**_: object) -> list[CheckMessage]:
    """Find limits that every process would count for itself (I060, with ``check --deploy``)."""
    if not _is_readable() or not is_cache_lonely():
        return []
    options = get_settings()
    if not any(getattr(options, name) for name in settings_rules.API_RATES):
        return []
    return [
        Info(
            "The API's rate limits are counted by a cache that other processes do not see: with "
            "several workers each lets the full rate pass.",
            hint="Let CACHES['default'] be Redis, Valkey or memcached. With one process this is "
            "as it should be; silence the check.",
            id="footback.I060",
        )
    ]


@register(TAG)
def check_wording(**_: object) -> list[CheckMessage]:
    """Find words in footback's templates that promise a medical effect (E050).

    A host's own versions of these templates are looked at too.
    """
    return [found for path in _template_files() for found in _find_claims(path)]


@register(TAG)
def check_wording_beside(**_: object) -> list[CheckMessage]:
    """Find such words beside footback's tags (W051) and in translations of its texts (E052)."""
    beside = [
        Warning(
            f"{claim.place}: {claim.text!r} stands beside facts of footback and may promise a "
            "medical effect.",
            hint="Say what the shoe is ('matches the guide'), not what it does to the body.",
            id="footback.W051",
        )
        for claim in wording_rules.find_claims_beside_facts()
    ]
    translated: list[CheckMessage] = [
        Error(
            f"{claim.place}: the translation says {claim.text!r}, which promises a medical effect.",
            hint="Translate what the original says: it makes no such promise.",
            id="footback.E052",
        )
        for claim in wording_rules.find_claims_in_translations()
    ]
    return [*beside, *translated]


def _find_claims(path: Path) -> Iterator[CheckMessage]:
    text = path.read_text("utf-8", "replace")
    for match in find_banned_claims(text):
        line = text.count("\n", 0, match.start) + 1
        yield Error(
            f"{path}, line {line}: {match.text!r} promises a medical effect.",
            hint="Say what the shoe is ('matches the guide'), not what it does to the body.",
            id="footback.E050",
        )


def _template_files() -> list[Path]:
    folders = {
        Path(folder) / "footback"
        for engine in engines.all()
        for folder in getattr(engine, "template_dirs", ())
    }
    return sorted(
        path
        for folder in folders
        if folder.is_dir()
        for path in folder.rglob("*")
        if path.suffix in (".html", ".txt")
    )


def _given() -> object:
    return getattr(settings, SETTING, None) or {}


def _is_readable() -> bool:
    """Tell whether the other checks may rely on the values."""
    return isinstance(_given(), Mapping) and not check_values()

"""How footback is doing in this shop: what is set, stale, waiting or broken, and what to do.

Sentences are plain English for whoever runs the shop's servers, and name no
customer and no password.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings
from django.core.checks import WARNING, run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import OperationalError

from shop_plugin.conf import FootbackSettings, get_settings
from shop_plugin.services.doctor.api_report import report_api
from shop_plugin.services.doctor.bulk_edit_report import report_bulk_edits
from shop_plugin.services.doctor.catalogue_report import report_catalogue
from shop_plugin.services.doctor.findings import Finding, Level, count_of, notice, ok, problem
from shop_plugin.services.doctor.host_report import report_adapters, report_host
from shop_plugin.services.doctor.nudge_report import report_nudges
from shop_plugin.services.doctor.privacy_report import report_privacy
from shop_plugin.services.doctor.review_report import report_review
from shop_plugin.services.doctor.search_report import report_search
from shop_plugin.services.doctor.sheet_report import report_sheets
from shop_plugin.services.doctor.webhook_report import report_webhooks
from shop_plugin.services.shop.languages import ENGLISH, names_languages, offered_languages
from shop_plugin.services.shop.modes import get_mode
from shop_plugin.services.transport.probing import Probe, probe_broker, probe_mail_server

APP_LABEL = "footback"
LITTLE_SPACE_BYTES = 500 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All findings, in the order in which one mends things."""

    at: datetime
    findings: tuple[Finding, ...]

    @property
    def is_healthy(self) -> bool:
        """Tell whether nothing is broken or out of date."""
        return not any(finding.level is Level.PROBLEM for finding in self.findings)

    def as_dict(self) -> dict[str, Any]:
        """Return a plain structure for programs; codes and keys are stable."""
        return {
            "at": self.at.isoformat(),
            "healthy": self.is_healthy,
            "findings": [
                {
                    "code": finding.code,
                    "level": finding.level.value,
                    "text": finding.text,
                    "remedy": finding.remedy,
                    "numbers": dict(finding.numbers),
                }
                for finding in self.findings
            ],
        }


def report_health(*, now: datetime) -> HealthReport:
    """Look at settings, database, catalogue, nudges, broker and mail server.

    Changes nothing, sends nothing and never raises for something that is
    gone: that is a finding. Takes at most about ten seconds.
    """
    return HealthReport(at=now, findings=tuple(_find_all(now)))


def _find_all(now: datetime) -> Iterator[Finding]:
    yield from _report_settings()
    yield from _report_languages()
    yield from _report_checks()
    try:
        yield from _report_database()
        if _has_tables():
            yield from report_catalogue(now=now)
            yield from report_host(now=now)
            yield from report_review(now=now)
            yield from report_bulk_edits(now=now)
            yield from report_sheets(now=now)
            yield from report_search(now=now)
            yield from report_nudges(now=now)
            yield from report_privacy(now=now)
            yield from report_api(now=now)
            yield from report_webhooks(now=now)
    except OperationalError as error:
        yield problem(
            "database.unreachable",
            f"The database does not answer: {_first_line(error)}",
            "Start the database, or correct DATABASES in the settings.",
        )
    except DatabaseError as error:
        yield problem(
            "database.error",
            f"The database refuses a question: {_first_line(error)}",
            "Run 'manage.py migrate'; if that does not help, look at the database's log.",
        )
    yield _report_broker(probe_broker())
    yield _report_mail_server(probe_mail_server())


def _report_settings() -> Iterator[Finding]:
    options, standard = get_settings(), FootbackSettings()
    yield from report_adapters()
    yield _report_fetching(options.URL_IMPORT)
    changed = [
        name
        for name in FootbackSettings.__dataclass_fields__
        if getattr(options, name) != getattr(standard, name)
    ]
    yield ok(
        "settings.changed",
        f"Set by this shop: {', '.join(changed)}." if changed else "Every setting has its default.",
        keys=changed,
    )


def _report_fetching(hosts: tuple[str, ...]) -> Finding:
    if "*" in hosts:
        return notice(
            "settings.url_import",
            "Files may be fetched from every public host (URL_IMPORT holds '*').",
            "Name the hosts that your feeds stand at instead.",
            hosts=list(hosts),
        )
    told = f"only from {', '.join(hosts)}" if hosts else "from nowhere (URL_IMPORT is empty)"
    return ok("settings.url_import", f"Files are fetched {told}.", hosts=list(hosts))


def _report_languages() -> Iterator[Finding]:
    spoken = [code for code, _name in offered_languages()]
    told = ", ".join(spoken) or ENGLISH
    if not names_languages():
        named = ", ".join(code for code in spoken if "-" not in code)  # Django's own list
        yield ok(
            "settings.languages",
            f"LANGUAGES is not set: pages have no language switch; mails are written in {named}.",
            spoken=spoken,
        )
        return
    others = [code for code, _name in django_settings.LANGUAGES if code.lower() not in spoken]
    if others:
        yield notice(
            "settings.languages",
            f"Of the shop's languages footback speaks {told}, but not {', '.join(others)}.",
            "Its sentences are in English there. To add a language, see docs/how-to/translate.md.",
            spoken=spoken,
            unspoken=others,
        )
    else:
        yield ok("settings.languages", f"Pages and mails speak {told}.", spoken=spoken)


def _report_checks() -> Iterator[Finding]:
    for message in run_checks(tags=[APP_LABEL]):
        if message.is_silenced():
            continue
        report = problem if message.level > WARNING else notice
        yield report(str(message.id), str(message.msg), str(message.hint or ""))


def _report_database() -> Iterator[Finding]:
    connection.ensure_connection()
    executor = MigrationExecutor(connection)
    targets = [key for key in executor.loader.graph.leaf_nodes() if key[0] == APP_LABEL]
    missing = [migration.name for migration, _back in executor.migration_plan(targets)]
    if missing:
        yield problem(
            "database.migrations",
            f"The tables are not up to date: {count_of(len(missing), 'migration', 'migrations')} "
            f"to {missing[-1]} must still be applied.",
            "Run 'manage.py migrate'.",
            missing=missing,
        )
    if connection.vendor == "sqlite":
        yield from _report_sqlite()
    else:
        yield ok(
            "database.kind",
            f"The database is {connection.display_name} "
            f"{'.'.join(str(part) for part in connection.get_database_version())}.",
        )


def _report_sqlite() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        journal = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    name = str(connection.settings_dict["NAME"])
    if journal == "wal" or _is_in_memory(name):
        yield ok("database.kind", f"The database is SQLite in {journal.upper()} mode.")
    else:
        yield notice(
            "database.kind",
            f"The database is SQLite in {journal.upper()} mode: whoever writes stops all readers.",
            "Set OPTIONS['init_command'] to 'PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;'.",
        )
    if _is_in_memory(name):
        return
    free = shutil.disk_usage(Path(name).resolve().parent).free
    if free < LITTLE_SPACE_BYTES:
        yield problem(
            "database.space",
            f"Only {free // (1024 * 1024)} MB are left on the disk of the database.",
            "Make room; SQLite cannot write on a full disk.",
            free_bytes=free,
        )


def _is_in_memory(name: str) -> bool:
    return ":memory:" in name or "mode=memory" in name


def _has_tables() -> bool:
    return f"{APP_LABEL}_nudgecontrol" in connection.introspection.table_names()


def _report_broker(probe: Probe) -> Finding:
    if probe.is_there is None:
        return notice(
            "broker.none",
            "No Celery broker is configured.",
            "Run 'manage.py footback_run --once' from cron every minute, or set CELERY_BROKER_URL.",
        )
    if probe.is_there:
        return ok("broker.reachable", f"The broker at {probe.where} answers.")
    return problem(
        "broker.unreachable",
        f"The broker at {probe.where} does not answer: {probe.problem}.",
        "Start it, or correct the broker's URL. Nothing is lost meanwhile; "
        "'manage.py footback_run --once' does the same work without it.",
    )


def _report_mail_server(probe: Probe) -> Finding:
    if probe.is_there is None:
        return ok("mail.backend", f"Mails go through {probe.where}; there is no server to ask.")
    if probe.is_there:
        return ok("mail.reachable", f"The mail server at {probe.where} answers.")
    text = f"The mail server at {probe.where} does not answer: {probe.problem}."
    remedy = "Start it, or correct EMAIL_HOST and its like. Mails wait until then."
    report = problem if _is_sending() else notice
    return report("mail.unreachable", text, remedy)


def _is_sending() -> bool:
    try:
        return get_mode().sends
    except DatabaseError:
        return False


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]

"""The doctor: what is set, stale, waiting or broken, each with what to do."""

from __future__ import annotations

import json
import socket
import threading
import time
from datetime import timedelta

import pytest
from django.conf import global_settings
from django.db import OperationalError

from shop_plugin.models import (
    FitVote,
    FootwearProfile,
    JobRun,
    Listing,
    Message,
    Nudge,
    NudgeControl,
    Observation,
    RefusedRow,
)
from shop_plugin.services.doctor import reporting
from shop_plugin.services.doctor.findings import Level
from shop_plugin.services.doctor.reporting import report_health
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.shop.modes import set_mode
from shop_plugin.services.transport import probing
from shop_plugin.services.transport.probing import Probe, probe_broker, probe_mail_server
from tests.factories import ContactFactory, ListingFactory, PurchaseFactory, SizeFactory

pytestmark = pytest.mark.django_db

LIVE = {
    "NUDGE_MODE": "live",
    "SHOP_NAME": "Marlow",
    "SENDER": "care@shop.example",
    "POSTAL_ADDRESS": "1 Quay Street, Bristol",
    "PUBLIC_BASE_URL": "https://shop.example",
    "LIST_ID": "care.shop.example",
    "EMAIL_HASH_KEY": "a key",
}


@pytest.fixture
def servers(monkeypatch):
    """The answers of broker and mail server, as one wishes; both are there at first."""
    answers = {
        "broker": Probe("redis://127.0.0.1:6379/0", True),
        "mail": Probe("127.0.0.1:25", True),
    }
    monkeypatch.setattr(reporting, "probe_broker", lambda: answers["broker"])
    monkeypatch.setattr(reporting, "probe_mail_server", lambda: answers["mail"])
    return answers


@pytest.fixture
def find(servers, now):
    """Return the finding with a code, or ``None``."""

    def find_code(code):
        found = [item for item in report_health(now=now).findings if item.code == code]
        assert len(found) <= 1
        return found[0] if found else None

    return find_code


@pytest.fixture
def shop(now):
    """A small shop in which all is well."""
    listing = ListingFactory(
        description="Heel height: 1 in. High arch support. Well cushioned footbed."
    )
    annotate_stale(now=now)
    assess_stale(now=now)
    JobRun.objects.create(
        kind="sync_listings", state="done", started_at=now - timedelta(hours=3), finished_at=now
    )
    NudgeControl.objects.create(pk=1, last_tick_at=now - timedelta(seconds=50))
    return listing


def test_finds_a_shop_healthy_in_which_all_is_well(shop, servers, now):
    report = report_health(now=now)
    assert [item for item in report.findings if item.level is Level.PROBLEM] == []
    assert report.is_healthy
    codes = {item.code for item in report.findings}
    assert {"reading.fresh", "assessment.fresh", "nudges.pulse", "broker.reachable"} <= codes


def test_says_what_to_do_with_each_problem(servers, now, settings):
    settings.FOOTBACK = {**LIVE, "SENDER": "", "CATALOGUE_SOURCE": "shop.nowhere.Catalogue"}
    settings.EMAIL_TIMEOUT = None
    ListingFactory()
    servers["broker"] = Probe("redis://127.0.0.1:1/0", False, "refused")
    report = report_health(now=now)
    assert not report.is_healthy
    for item in report.findings:
        assert item.text
        if item.level is Level.PROBLEM:
            assert item.remedy


def test_tells_how_to_begin_in_an_empty_shop(find):
    finding = find("catalogue.empty")
    assert finding.level is Level.NOTICE
    assert "footback_import" in finding.remedy


def test_counts_listings_that_were_never_read_and_that_changed(find, shop):
    assert find("reading.stale") is None
    ListingFactory()
    Listing.objects.filter(pk=shop.pk).update(annotated_hash="old:0")
    finding = find("reading.stale")
    assert dict(finding.numbers) == {"never_read": 1, "read_before": 1}
    assert finding.level is Level.PROBLEM
    assert "footback_annotate" in finding.remedy


def test_counts_listings_without_a_current_match(find, shop):
    ListingFactory()
    assert find("assessment.stale").numbers["stale"] == 1
    FootwearProfile.objects.update(formula_version="fb-0.9")
    finding = find("assessment.stale")
    assert finding.numbers["stale"] == 2
    assert "footback_assess" in finding.remedy


def test_counts_the_listings_that_carry_what_buyers_said(find, shop, now):
    assert dict(find("knowledge.votes").numbers) == {"votes": 0, "returns": 0}
    FitVote.objects.create(listing=shop, kind="votes", small=7, neither=20, large=1, updated_at=now)
    finding = find("knowledge.votes")
    assert dict(finding.numbers) == {"votes": 1, "returns": 0}
    assert "1 listing carries votes" in finding.text


def test_counts_the_sizes_that_state_their_length_inside(find, shop):
    assert find("knowledge.insides") is None, "a shop without sizes has nothing to tell"
    SizeFactory(listing=shop, label="38")
    assert "by the number alone" in find("knowledge.insides").text
    SizeFactory(listing=shop, label="39", internal_length_um=257_000)
    finding = find("knowledge.insides")
    assert dict(finding.numbers) == {"sizes": 2, "known": 1}
    assert finding.text == "1 of 2 sizes state their length inside."


def test_counts_what_waits_for_a_person(find, shop, now):
    for code in ("knowledge.suggestions", "knowledge.disputed", "knowledge.not_enough"):
        assert find(code) is None
    Observation.objects.create(
        listing=shop,
        attribute="toe_shape",
        options="round",
        source_kind="text",
        rule="test",
        confidence=500,
        state="suggested",
        observed_at=now,
    )
    FootwearProfile.objects.update(conflicts="cushioning", verdict="not_enough")
    assert find("knowledge.suggestions").numbers["suggestions"] == 1
    assert find("knowledge.disputed").numbers["listings"] == 1
    assert find("knowledge.not_enough").numbers["listings"] == 1


@pytest.mark.parametrize(
    ("days", "level", "said"),
    [(0, Level.OK, "today"), (1, Level.OK, "1 day ago"), (9, Level.NOTICE, "9 days ago")],
)
def test_tells_when_the_last_import_was(find, shop, now, days, level, said):
    JobRun.objects.update(started_at=now - timedelta(days=days))
    finding = find("listings.last_run")
    assert finding.level is level
    assert said in finding.text


def test_tells_of_a_run_that_failed_and_of_rows_it_refused(find, shop, now):
    run = JobRun.objects.create(
        kind="import_listings", state="failed", error="OSError: no space\nmore", started_at=now
    )
    RefusedRow.objects.create(run=run, line=1, code="x", reason="y")
    failed = find("listings.last_run_failed")
    assert failed.level is Level.PROBLEM
    assert "OSError: no space" in failed.text
    assert "more" not in failed.text
    assert find("listings.rows_refused").numbers["refused"] == 1


def test_tells_of_a_run_that_never_ended(find, shop, now):
    JobRun.objects.create(
        kind="sync_orders", state="running", started_at=now - timedelta(hours=5), lines_done=700
    )
    assert find("orders.run_hangs") is None
    JobRun.objects.filter(state="running").update(started_at=now - timedelta(hours=7))
    assert "700 lines are safely stored" in find("orders.run_hangs").text


@pytest.mark.parametrize(
    ("last", "level"),
    [
        (timedelta(minutes=9), Level.OK),
        (timedelta(minutes=11), Level.PROBLEM),
        (timedelta(days=3), Level.PROBLEM),
        (None, Level.NOTICE),
    ],
)
def test_feels_the_pulse_of_the_job(find, shop, now, last, level):
    NudgeControl.objects.update(last_tick_at=None if last is None else now - last)
    finding = find("nudges.pulse")
    assert finding.level is level
    assert ("footback_run" in finding.remedy) == (level is not Level.OK)


def test_needs_no_pulse_while_the_mode_is_off(find, shop, settings):
    settings.FOOTBACK = {"NUDGE_MODE": "off"}
    NudgeControl.objects.update(last_tick_at=None)
    assert find("nudges.pulse").level is Level.OK


def test_holds_a_job_that_never_ran_for_a_problem_while_live(find, shop, now, settings):
    settings.FOOTBACK = LIVE
    settings.EMAIL_TIMEOUT = 60
    set_mode(mode="live", now=now)
    NudgeControl.objects.update(last_tick_at=None)
    assert find("nudges.pulse").level is Level.PROBLEM


def test_tells_the_mode_and_why(find, shop, now, settings):
    assert "dry run" in find("nudges.mode").text
    settings.FOOTBACK = LIVE
    settings.EMAIL_TIMEOUT = 60
    set_mode(mode="live", now=now)
    assert find("nudges.mode").numbers["mode"] == "live"
    NudgeControl.objects.update(fingerprint="of another shop")
    copied = find("nudges.mode")
    assert copied.level is Level.PROBLEM
    assert copied.numbers["why"] == "environment_changed"
    NudgeControl.objects.update(is_stopped=True)
    assert "kill switch" in find("nudges.mode").text


def test_counts_the_queue_and_what_nobody_can_know(find, shop, now):
    contact = ContactFactory()

    def message(state, **values):
        return Message.objects.create(
            contact=contact, state=state, not_before=now, created_at=now, **values
        )

    message("ready")
    message("retry_wait")
    message("sent")
    assert find("nudges.uncertain") is None
    assert find("nudges.failed") is None
    assert find("nudges.stuck") is None
    message("uncertain")
    message("failed")
    message("handing", lease_until=now - timedelta(minutes=30))
    Nudge.objects.create(
        purchase=PurchaseFactory(contact=contact),
        stage=1,
        due_on=now.date(),
        not_before=now,
        created_at=now,
    )
    queue = find("nudges.queue")
    assert "1 nudge is due, 2 mails wait to leave, 1 was sent" in queue.text
    assert queue.numbers["uncertain"] == 1
    assert find("nudges.uncertain").level is Level.NOTICE
    assert find("nudges.failed").numbers["failed"] == 1
    assert find("nudges.stuck").level is Level.PROBLEM


def test_tells_what_would_be_mailed_today(find, shop, now):
    assert find("nudges.today") is None
    PurchaseFactory(is_gift=True)
    finding = find("nudges.today")
    assert finding.numbers["mails"] == 0
    assert "None leaves in mode dry run" in finding.text


def test_repeats_the_system_checks(find, settings):
    settings.FOOTBACK = {"PAGE_SIZES": 3}
    finding = find("footback.E001")
    assert finding.level is Level.PROBLEM
    assert finding.remedy == "Did you mean PAGE_SIZE?"


def test_names_the_settings_the_shop_changed(find, settings):
    settings.FOOTBACK = {"PAGE_SIZE": 48}
    assert find("settings.changed").numbers["keys"] == ["PAGE_SIZE"]


@pytest.mark.parametrize(
    ("hosts", "level", "said"),
    [
        ((), Level.OK, "from nowhere"),
        (("feeds.shop.example",), Level.OK, "only from feeds.shop.example"),
        (("*",), Level.NOTICE, "every public host"),
    ],
)
def test_tells_where_files_may_be_fetched_from(find, settings, hosts, level, said):
    settings.FOOTBACK = {"URL_IMPORT": hosts}
    finding = find("settings.url_import")
    assert finding.level is level
    assert said in finding.text


def test_tells_which_languages_it_speaks(find, settings):
    assert find("settings.languages").text == "Pages and mails speak en, de, fr, es."
    settings.LANGUAGES = [
        ("en", "English"),
        ("it", "Italian"),
        ("fr-ca", "French"),
        ("nl", "Dutch"),
    ]
    finding = find("settings.languages")
    assert finding.level == "notice"
    assert finding.text == "Of the shop's languages footback speaks en, fr-ca, but not it, nl."
    assert finding.numbers == {"spoken": ["en", "fr-ca"], "unspoken": ["it", "nl"]}


def test_tells_that_no_language_was_named(find, settings):
    settings.LANGUAGES = global_settings.LANGUAGES
    finding = find("settings.languages")
    assert finding.level == "ok"
    assert finding.text.startswith("LANGUAGES is not set: pages have no language switch")
    assert finding.text.endswith("mails are written in de, en, es, fr.")


def test_survives_a_database_that_is_gone(find, monkeypatch):
    def gone():
        raise OperationalError("connection refused\nis the server running?")

    monkeypatch.setattr(reporting.connection, "ensure_connection", gone)
    finding = find("database.unreachable")
    assert finding.level is Level.PROBLEM
    assert "connection refused" in finding.text
    assert find("broker.reachable") is not None


def test_names_migrations_that_were_not_applied(find, monkeypatch):
    class Migration:
        name = "0001_footback_tables"

    monkeypatch.setattr(
        reporting.MigrationExecutor, "migration_plan", lambda self, targets: [(Migration, False)]
    )
    finding = find("database.migrations")
    assert "0001_footback_tables" in finding.text
    assert finding.remedy == "Run 'manage.py migrate'."


def test_tells_of_a_broker_that_is_gone_in_one_line(find, servers):
    servers["broker"] = Probe("redis://127.0.0.1:1/0", False, "Connection refused")
    finding = find("broker.unreachable")
    assert finding.level is Level.PROBLEM
    assert "redis://127.0.0.1:1/0 does not answer: Connection refused" in finding.text
    servers["broker"] = Probe("", None)
    assert find("broker.none").level is Level.NOTICE


def test_holds_a_lost_mail_server_for_a_problem_only_while_sending(
    find, shop, servers, now, settings
):
    servers["mail"] = Probe("127.0.0.1:25", False, "Connection refused")
    assert find("mail.unreachable").level is Level.NOTICE
    settings.FOOTBACK = LIVE
    settings.EMAIL_TIMEOUT = 60
    set_mode(mode="live", now=now)
    assert find("mail.unreachable").level is Level.PROBLEM


def test_makes_a_report_that_json_can_carry(shop, servers, now):
    plain = json.loads(json.dumps(report_health(now=now).as_dict()))
    assert plain["healthy"] is True
    assert plain["findings"][0].keys() == {"code", "level", "text", "remedy", "numbers"}


@pytest.fixture
def mute_port():
    """A port on which somebody takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed_port():
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return port


@pytest.fixture
def broker_at(monkeypatch):
    def set_url(url):
        monkeypatch.setattr(probing.current_app.conf, "broker_url", url)
        monkeypatch.setattr(probing.current_app.conf, "broker_write_url", url)

    return set_url


def test_does_not_wait_for_a_broker_that_says_nothing(broker_at, mute_port):
    broker_at(f"redis://:geheim@127.0.0.1:{mute_port}/0")
    started = time.monotonic()
    probe = probe_broker(patience_seconds=0.5)
    assert time.monotonic() - started < 3
    assert probe.is_there is False
    assert probe.where == f"redis://127.0.0.1:{mute_port}/0"
    assert "geheim" not in probe.problem


def test_finds_no_broker_on_a_closed_port(broker_at, closed_port):
    broker_at(f"redis://127.0.0.1:{closed_port}/0")
    probe = probe_broker(patience_seconds=5)
    assert probe.is_there is False
    assert "\n" not in probe.problem


def test_asks_no_broker_where_none_is_set(broker_at):
    broker_at(None)
    assert probe_broker().is_there is None


@pytest.fixture
def smtp(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_HOST_USER = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    return settings


def test_finds_no_mail_server_on_a_closed_port(smtp, closed_port):
    smtp.EMAIL_PORT = closed_port
    probe = probe_mail_server(patience_seconds=1)
    assert (probe.where, probe.is_there) == (f"127.0.0.1:{closed_port}", False)
    assert "refused" in probe.problem


def test_does_not_wait_for_a_mail_server_that_says_nothing(smtp, mute_port):
    smtp.EMAIL_PORT = mute_port
    started = time.monotonic()
    assert probe_mail_server(patience_seconds=0.5).is_there is False
    assert time.monotonic() - started < 3


def test_finds_a_mail_server_and_sends_it_nothing(smtp):
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        smtp.EMAIL_PORT = server.getsockname()[1]
        thread = threading.Thread(target=_answer, args=(server, heard), daemon=True)
        thread.start()
        assert probe_mail_server(patience_seconds=2).is_there is True
        thread.join(5)
    assert [line.split()[0].lower() for line in heard] == ["noop", "quit"]


def _answer(server, heard):
    client, _address = server.accept()
    with client, client.makefile("rwb") as stream:
        stream.write(b"220 ready\r\n")
        stream.flush()
        for line in stream:
            heard.append(line.decode())
            stream.write(b"250 fine\r\n" if not line.startswith(b"quit") else b"221 bye\r\n")
            stream.flush()
            if line.startswith(b"quit"):
                return


def test_asks_no_server_where_mails_go_elsewhere(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert probe_mail_server().is_there is None

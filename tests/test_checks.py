"""System checks: each is silent where all is well and speaks where it is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from django.conf import settings as django_settings
from django.core.checks import run_checks
from django.urls import include, path

from shop_plugin import checks
from shop_plugin.conf import FootbackSettings
from shop_plugin.domain.map_faults import CODES
from shop_plugin.services.doctor import sending_rules
from shop_plugin.services.doctor.settings_rules import API_RATES

ROOT = Path(__file__).resolve().parent.parent

LIVE = {
    "NUDGE_MODE": "live",
    "SENDER": "Marlow Shoes <care@shop.example>",
    "POSTAL_ADDRESS": "1 Quay Street, Bristol",
    "PUBLIC_BASE_URL": "https://shop.example",
    "LIST_ID": "care.shop.example",
    "EMAIL_HASH_KEY": "a key",
}
SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
}


class WholeSource:
    """An adapter that has all it needs."""

    name = "whole"

    def iter_listings(self, *, since=None):
        return iter(())


class HalfSource:
    """An adapter that lacks the one method."""

    name = "half"


class NeedySource(WholeSource):
    """An adapter that cannot be made without arguments."""

    def __init__(self, address):
        self.address = address


def may_contact(email, when):
    return True


NOT_CALLABLE = "a text"


@pytest.fixture
def footback(settings):
    """Set the dict ``FOOTBACK`` to exactly the given keys and return the checks' messages."""

    def check(check_function, **keys):
        settings.FOOTBACK = keys
        return check_function()

    return check


def ids(messages):
    return [message.id.removeprefix("footback.") for message in messages]


def test_finds_nothing_in_a_dict_without_keys(footback):
    for check in (
        checks.check_keys,
        checks.check_values,
        checks.check_adapters,
        checks.check_hooks,
        checks.check_sending,
    ):
        assert footback(check) == []


def test_names_an_unknown_key_and_the_one_that_was_meant(footback):
    (message,) = footback(checks.check_keys, PAGE_SIZES=10)
    assert message.id == "footback.E001"
    assert "'PAGE_SIZES'" in message.msg
    assert message.hint == "Did you mean PAGE_SIZE?"


def test_recognises_a_key_in_small_letters(footback):
    (message,) = footback(checks.check_keys, heel_mode="pitch")
    assert message.hint == "Did you mean HEEL_MODE?"


def test_points_to_the_reference_when_no_key_is_close(footback):
    (message,) = footback(checks.check_keys, ZZZ=1)
    assert "docs/reference/settings.md" in message.hint


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("PAGE_SIZE", "24", "whole number"),
        ("PAGE_SIZE", True, "whole number"),
        ("PAGE_SIZE", 0, "from 1 to 200"),
        ("AUTO_ACCEPT_CONFIDENCE", 1001, "from 0 to 1000"),
        ("HEEL_MODE", "flat", "'effective', 'pitch', 'nominal'"),
        ("SENDER", None, "must be a text"),
        ("NUDGE_MODE", "LIVE", "'dry_run'"),
        ("TIME_ZONE", "Mars/Base", "time zone"),
        ("SEND_WEEKDAYS", (0, 7), "from 0 to 6"),
        ("SEND_WEEKDAYS", (), "at least one"),
        ("SEND_WEEKDAYS", 3, "must be a tuple"),
        ("SENSITIVE_CATEGORIES", ("walking", 3), "texts only"),
        ("DEFAULT_HEEL_UNIT", {"feed": "inch"}, "'in', 'cm', 'mm'"),
        ("DEFAULT_HEEL_UNIT", {"feed": 1}, "texts to texts"),
        ("FILE_FORMATS", "jsonl", "must be a dict"),
        ("URL_IMPORT", ("https://feeds.example/a.xml",), "'feeds.shop.example'"),
        ("URL_IMPORT", "feeds.shop.example", "must be a tuple"),
        ("URL_IMPORT", ("feeds.shop.example", 3), "texts only"),
        ("URL_IMPORT_SECONDS", 0, "from 1 to 600"),
    ],
)
def test_refuses_a_wrong_value_and_says_what_is_right(footback, key, value, said):
    (message,) = footback(checks.check_values, **{key: value})
    assert message.id == "footback.E002"
    assert key in message.msg
    assert said in message.msg


def test_refuses_a_setting_that_is_no_dict(settings):
    settings.FOOTBACK = ["PAGE_SIZE"]
    (message,) = checks.check_values()
    assert message.id == "footback.E002"
    assert checks.check_keys() == []
    assert checks.check_sending() == []


def test_refuses_a_window_in_which_nothing_can_leave(footback):
    (message,) = footback(checks.check_values, SEND_FROM_HOUR=19, SEND_UNTIL_HOUR=19)
    assert message.id == "footback.E002"
    assert footback(checks.check_values, SEND_FROM_HOUR=18, SEND_UNTIL_HOUR=19) == []


def test_has_a_range_for_every_number():
    numbers = {
        name
        for name, hint in FootbackSettings.__annotations__.items()
        if hint in ("int", "tuple[int, ...]")
    }
    assert numbers == set(checks.settings_rules.RANGES)


@pytest.mark.parametrize("key", ["CATALOGUE_SOURCE", "PURCHASE_SOURCE"])
def test_names_an_adapter_that_is_not_there(footback, key):
    (message,) = footback(checks.check_adapters, **{key: "shop.nowhere.Catalogue"})
    assert message.id == "footback.E003"
    assert key in message.msg
    assert "shop" in message.msg


def test_names_an_adapter_that_cannot_be_made(footback):
    (message,) = footback(checks.check_adapters, CATALOGUE_SOURCE=f"{__name__}.NeedySource")
    assert message.id == "footback.E003"
    assert "address" in message.msg


def test_names_what_an_adapter_lacks(footback):
    (message,) = footback(checks.check_adapters, CATALOGUE_SOURCE=f"{__name__}.HalfSource")
    assert message.id == "footback.E004"
    assert "lacks iter_listings" in message.msg


def test_accepts_an_adapter_that_is_whole(footback):
    assert footback(checks.check_adapters, CATALOGUE_SOURCE=f"{__name__}.WholeSource") == []


def test_names_a_file_format_that_is_not_there(footback):
    (message,) = footback(checks.check_adapters, FILE_FORMATS={"xml": "shop.nowhere.Xml"})
    assert message.id == "footback.E003"
    assert "'xml'" in message.msg


@pytest.mark.parametrize("name", ["nowhere", "NOT_CALLABLE"])
def test_refuses_a_contact_hook_that_cannot_be_called(footback, name):
    (message,) = footback(checks.check_hooks, CAN_CONTACT=f"{__name__}.{name}")
    assert message.id == "footback.E005"


def test_refuses_a_hook_for_users_that_cannot_be_called(footback):
    (message,) = footback(checks.check_hooks, CONTACT_FOR_USER="nowhere.at_all")
    assert message.id == "footback.E006"


def test_refuses_a_guide_that_is_not_there(footback):
    (message,) = footback(checks.check_guide, FORMULA="fb-9.9")
    assert message.id == "footback.E007"
    assert "there is no guide 'fb-9.9'" in message.msg


def test_accepts_a_contact_hook(footback):
    assert footback(checks.check_hooks, CAN_CONTACT=f"{__name__}.may_contact") == []


def test_finds_nothing_missing_in_a_complete_live_setup(footback):
    assert footback(checks.check_sending, **LIVE) == []


@pytest.mark.parametrize(
    ("key", "value", "number"),
    [
        ("SENDER", "", "E010"),
        ("SENDER", "Marlow Shoes", "E010"),
        ("POSTAL_ADDRESS", "  ", "E011"),
        ("PUBLIC_BASE_URL", "", "E012"),
        ("PUBLIC_BASE_URL", "http://shop.example", "E012"),
        ("PUBLIC_BASE_URL", "shop.example", "E012"),
        ("LIST_ID", "", "E013"),
        ("EMAIL_HASH_KEY", "", "W015"),
    ],
)
def test_names_what_live_mails_need(footback, key, value, number):
    assert ids(footback(checks.check_sending, **{**LIVE, key: value})) == [number]


def test_lets_a_trial_on_one_machine_do_without_https(footback):
    assert (
        footback(checks.check_sending, **{**LIVE, "PUBLIC_BASE_URL": "http://localhost:8000"}) == []
    )


@pytest.mark.parametrize("mode", ["off", "dry_run"])
def test_asks_for_no_sender_while_nothing_is_sent(footback, mode):
    assert footback(checks.check_sending, NUDGE_MODE=mode) == []


@pytest.mark.parametrize(("address", "found"), [("", ["E014"]), ("team@shop.example", [])])
def test_needs_an_inbox_to_redirect_to(footback, address, found):
    assert ids(footback(checks.check_sending, NUDGE_MODE="redirect", REDIRECT_TO=address)) == found


@pytest.mark.parametrize(("has_zones", "found"), [(True, []), (False, ["E020"])])
def test_needs_time_zones(settings, has_zones, found):
    settings.USE_TZ = has_zones
    assert ids(checks.check_time_zones()) == found


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"transaction_mode": "IMMEDIATE", "timeout": 20}, []),
        ({"transaction_mode": "exclusive", "timeout": 20}, []),
        ({"transaction_mode": "DEFERRED", "timeout": 20}, ["E021"]),
        ({"timeout": 20}, ["E021"]),
        ({"transaction_mode": "IMMEDIATE"}, ["W022"]),
        ({"transaction_mode": "IMMEDIATE", "timeout": 5}, ["W022"]),
        (None, ["E021", "W022"]),
    ],
)
def test_needs_sqlite_to_take_turns(monkeypatch, options, found):
    monkeypatch.setattr(django_settings, "DATABASES", {"default": {**SQLITE, "OPTIONS": options}})
    assert ids(checks.check_sqlite()) == found


def test_leaves_other_databases_alone(monkeypatch):
    postgres = {"ENGINE": "django.db.backends.postgresql"}
    monkeypatch.setattr(django_settings, "DATABASES", {"default": postgres})
    assert checks.check_sqlite() == []


@pytest.mark.parametrize(
    ("mode", "timeout", "backend", "found"),
    [
        ("dry_run", 60, "smtp", []),
        ("live", 60, "smtp", []),
        ("dry_run", None, "smtp", ["W030"]),
        ("redirect", None, "smtp", ["E030"]),
        ("live", None, "smtp", ["E030"]),
        ("live", None, "locmem", []),
    ],
)
def test_needs_a_time_limit_for_the_mail_server(settings, mode, timeout, backend, found):
    settings.FOOTBACK = {**LIVE, "NUDGE_MODE": mode, "REDIRECT_TO": "team@shop.example"}
    settings.EMAIL_TIMEOUT = timeout
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    assert ids(checks.check_mail_timeout()) == found


urlpatterns = [path("reports/", include("anymail.urls"))]
one_view = (path("in/", include([path("m/", MailgunTrackingWebhookView.as_view())])),)


@pytest.mark.parametrize(
    ("backend", "apps", "urls", "found"),
    [
        ("django.core.mail.backends.smtp.EmailBackend", [], "shop_plugin.urls", []),
        ("anymail.backends.mailgun.EmailBackend", [], "shop_plugin.urls", ["W031"]),
        ("anymail.backends.mailgun.EmailBackend", ["anymail"], "shop_plugin.urls", ["W032"]),
        ("anymail.backends.mailgun.EmailBackend", ["anymail"], __name__, []),
        ("anymail.backends.mailgun.EmailBackend", ["anymail"], one_view, []),
    ],
    ids=["smtp", "not installed", "not mounted", "mounted", "one view"],
)
def test_needs_ears_for_the_reports_of_a_mail_provider(settings, backend, apps, urls, found):
    settings.INSTALLED_APPS = [
        *(app for app in django_settings.INSTALLED_APPS if app != "anymail"),
        *apps,
    ]
    settings.EMAIL_BACKEND = backend
    settings.ROOT_URLCONF = urls
    assert ids(checks.check_mail_reports()) == found


REDIS_CACHE = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://"}


@pytest.mark.parametrize(
    ("cache", "rates", "found"),
    [
        (None, {}, ["I060"]),
        ({"BACKEND": "django.core.cache.backends.dummy.DummyCache"}, {}, ["I060"]),
        (REDIS_CACHE, {}, []),
        (None, dict.fromkeys(API_RATES, ""), []),
    ],
)
def test_tells_of_limits_that_each_process_counts_for_itself(settings, cache, rates, found):
    if cache:
        settings.CACHES = {"default": cache}
    settings.FOOTBACK = rates
    assert ids(checks.check_rate_limits()) == found


def test_is_silent_in_the_demo_shop():
    assert run_checks(tags=[checks.TAG]) == []


def test_documents_exactly_the_ids_it_uses():
    told = Path(checks.__file__).read_text() + Path(sending_rules.__file__).read_text()
    used = set(re.findall(r"[EWI]0\d\d", told)) | set(CODES)
    page = (ROOT / "docs" / "reference" / "checks.md").read_text()
    documented = re.findall(r"^\| `footback\.([EWI]\d+)`", page, re.MULTILINE)
    assert set(documented) == used
    assert len(documented) == len(used), "an id stands for one thing"

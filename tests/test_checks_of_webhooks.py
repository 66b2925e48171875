"""System checks of connections that push and of targets that are told."""

from __future__ import annotations

import pytest
from django.core.checks import run_checks

from shop_plugin import checks

READER = "shop_plugin.adapters.standard_webhooks.StandardWebhooks"
GOOD_SECRET = "whsec_MTIzIHRoaXJ0eS10d28gYnl0ZXMgb2YgbXkgb3duLi4="
GOOD_TARGET = {
    "url": "https://erp.shop.example/in",
    "secrets": [GOOD_SECRET],
    "events": ["nudge.sent"],
}


def of_webhooks(settings, **connections):
    settings.FOOTBACK = {"WEBHOOKS": connections}
    return [(item.id, item.msg) for item in run_checks(tags=[checks.TAG])]


def test_it_has_nothing_to_say_of_good_connections(settings):
    settings.FOOTBACK = {
        "WEBHOOKS": {"till-2": {"reader": READER, "secrets": [GOOD_SECRET], "source": "shop"}},
        "WEBHOOK_TARGETS": {"erp": GOOD_TARGET},
    }
    ids = {item.id for item in run_checks(tags=[checks.TAG])}
    assert ids & {"footback.E002", "footback.E003", "footback.E081", "footback.E082"} == set()


@pytest.mark.parametrize(
    ("name", "connection", "number", "words"),
    [
        ("till", {"reader": READER}, "E081", "no secret"),
        ("till", {"reader": READER, "secrets": [""]}, "E081", "no secret"),
        ("till", {"reader": READER, "secrets": ["x" * 15]}, "E081", "less than 16"),
        ("till", {"reader": READER, "secrets": ["neither base64 nor long"]}, "E081", "base64"),
        ("Till 1", {"reader": READER, "secrets": [GOOD_SECRET]}, "E081", "cannot stand"),
        ("till", {"secrets": [GOOD_SECRET]}, "E081", "no reader"),
        ("till", {"reader": "no.such.Reader", "secrets": [GOOD_SECRET]}, "E003", "loaded"),
        (
            "till",
            {"reader": "tests.test_checks.WholeSource", "secrets": [GOOD_SECRET]},
            "E004",
            "verify",
        ),
        ("till", {"reader": READER, "secret": "x"}, "E002", "knows only"),
        ("till", {"reader": READER, "secrets": "x" * 20}, "E002", "list of texts"),
        ("till", "x" * 20, "E002", "names to dicts"),
    ],
)
def test_it_finds_connections_that_cannot_be_used(settings, name, connection, number, words):
    found = of_webhooks(settings, **{name: connection})
    assert [msg for found_as, msg in found if found_as == f"footback.{number}" and words in msg]


def test_it_finds_a_connection_that_shares_the_secret_key(settings):
    settings.SECRET_KEY = "a-key-of-the-shop-itself"
    found = of_webhooks(settings, till={"reader": READER, "secrets": [settings.SECRET_KEY]})
    assert [msg for _id, msg in found if "shares SECRET_KEY" in msg]


def test_it_repeats_no_secret(settings):
    secret = "neither-base64-nor-anything"
    broken = {"WEBHOOKS": {"till": {"reader": READER, "secrets": secret}}}
    short = {"WEBHOOKS": {"till": {"reader": READER, "secrets": [secret]}}}
    for given in (broken, short):
        settings.FOOTBACK = given
        told = "".join(f"{item.msg} {item.hint}" for item in run_checks(tags=[checks.TAG]))
        assert "footback" in told.lower()
        assert secret not in told


def test_it_warns_of_a_secret_out_of_an_example(settings):
    settings.DEBUG = False
    example = "change-me-please-now"
    found = of_webhooks(settings, till={"reader": READER, "secrets": [example]})
    assert "footback.W083" in {found_as for found_as, _msg in found}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://erp.shop.example/in"}, "no https address"),
        ({"url": "https://me:pw@erp.shop.example/in"}, "no https address"),
        ({"events": []}, "no events"),
        ({"events": ["person.sneezed"]}, "unknown events (person.sneezed)"),
        ({"secrets": []}, "no secret"),
        ({"secrets": ["a secret of another kind"]}, "base64"),
    ],
)
def test_it_finds_targets_that_cannot_be_used(settings, changes, words):
    settings.FOOTBACK = {"WEBHOOK_TARGETS": {"erp": {**GOOD_TARGET, **changes}}}
    found = [item.msg for item in run_checks(tags=[checks.TAG]) if item.id == "footback.E082"]
    assert [msg for msg in found if words in msg]

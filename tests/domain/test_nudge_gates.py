"""Every gate shut on its own, their order, and what waits how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.consent_rules import ConsentBasis
from shop_plugin.domain.nudge_gates import (
    Gate,
    GateAction,
    GateFacts,
    decide,
    evaluate_gates,
)
from shop_plugin.domain.nudge_policy import Mode, NudgePolicy

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 16, 10, 0, tzinfo=UTC)  # a Tuesday
POLICY = NudgePolicy()
OPEN = GateFacts(
    mode=Mode.LIVE,
    due_on=date(2026, 6, 10),
    zone=BERLIN,
    use_category=UseCategory.RUNNING,
    consent=ConsentBasis.EXPRESS,
    live_since=NOW - timedelta(days=60),
)
SHUT = [
    (Gate.STOPPED, GateAction.HOLD, "stopped", {"is_stopped": True}),
    (Gate.MODE, GateAction.HOLD, "dry_run", {"mode": Mode.DRY_RUN}),
    (Gate.MODE, GateAction.HOLD, "off", {"mode": Mode.OFF}),
    (Gate.SUPPRESSED, GateAction.CANCEL, "suppressed", {"is_suppressed": True}),
    (Gate.ERASED, GateAction.CANCEL, "erased", {"is_erased": True}),
    (Gate.NO_ADDRESS, GateAction.SKIP, "no_address", {"has_address": False}),
    (Gate.NO_BASIS, GateAction.SKIP, "no_basis", {"consent": ConsentBasis.NONE}),
    (Gate.NO_BASIS, GateAction.SKIP, "no_basis", {"consent": ConsentBasis.SOFT_OPT_IN}),
    (
        Gate.CONSENT_LAPSED,
        GateAction.SKIP,
        "consent_lapsed",
        {
            "consent": ConsentBasis.SOFT_OPT_IN,
            "optout_offered": True,
            "country": "ca",
            "last_purchase_at": NOW - timedelta(days=731),
        },
    ),
    (Gate.PAIR_INACTIVE, GateAction.CANCEL, "replaced", {"pair_status": "replaced"}),
    (Gate.PAIR_INACTIVE, GateAction.CANCEL, "returned", {"quantity_active": 0}),
    (Gate.RECALLED, GateAction.SKIP, "recalled", {"is_recalled": True}),
    (Gate.GIFT, GateAction.SKIP, "gift", {"is_gift": True}),
    (Gate.HOLD_OUT, GateAction.SKIP, "hold_out", {"is_held_out": True}),
    (Gate.CHILD, GateAction.SKIP, "child", {"use_category": UseCategory.KIDS}),
    (Gate.REPLACED, GateAction.SKIP, "replaced", {"has_newer_pair": True}),
    (
        Gate.BACKFILL,
        GateAction.SKIP,
        "backfill",
        {"due_on": date(2026, 6, 1), "live_since": NOW},
    ),
    (Gate.TOO_LATE, GateAction.SKIP, "too_late", {"due_on": date(2026, 5, 16)}),
    (Gate.SNOOZED, GateAction.DEFER, "snoozed", {"snoozed_until": date(2026, 7, 1)}),
    (Gate.MIN_GAP, GateAction.DEFER, "min_gap", {"last_mail_at": NOW - timedelta(days=29)}),
    (Gate.YEAR_CAP, GateAction.DEFER, "year_cap", {"mails_in_last_year": 6}),
    (Gate.HOST, GateAction.DEFER, "host", {"host_allows": False}),
]


def test_it_lets_a_mail_pass_that_nothing_speaks_against():
    verdict = decide(OPEN, policy=POLICY, now=NOW)

    assert verdict.action is GateAction.GO
    assert verdict.not_before is None


def test_it_asks_every_gate_in_its_order():
    assert [verdict.gate for verdict in evaluate_gates(OPEN, policy=POLICY, now=NOW)] == list(Gate)


@pytest.mark.parametrize(
    ("gate", "action", "code", "facts"), SHUT, ids=[f"{row[0]}-{row[2]}" for row in SHUT]
)
def test_it_shuts_each_gate_on_its_own(gate, action, code, facts):
    shut = replace(OPEN, **facts)
    failed = [
        verdict
        for verdict in evaluate_gates(shut, policy=POLICY, now=NOW)
        if verdict.action is not GateAction.GO
    ]

    assert [verdict.gate for verdict in failed] == [gate]
    decision = decide(shut, policy=POLICY, now=NOW)
    assert (decision.gate, decision.action, decision.code) == (gate, action, code)


def test_it_shuts_for_a_category_the_shop_calls_sensitive():
    policy = NudgePolicy(sensitive_categories=frozenset({"diabetic"}))
    facts = replace(OPEN, category_text="Shoes > Diabetic Comfort")

    assert decide(facts, policy=policy, now=NOW).gate is Gate.SENSITIVE
    assert decide(facts, policy=POLICY, now=NOW).action is GateAction.GO


def test_it_accepts_a_soft_opt_in_only_where_opting_out_was_offered():
    soft = replace(OPEN, consent=ConsentBasis.SOFT_OPT_IN, optout_offered=True)

    assert decide(soft, policy=POLICY, now=NOW).action is GateAction.GO


def test_it_keeps_express_consent_beyond_two_years_in_canada():
    facts = replace(OPEN, country="CA", last_purchase_at=NOW - timedelta(days=2000))

    assert decide(facts, policy=POLICY, now=NOW).action is GateAction.GO


@pytest.mark.parametrize(
    ("due_on", "action"),
    [(date(2026, 5, 17), GateAction.GO), (date(2026, 5, 16), GateAction.SKIP)],
)
def test_it_gives_a_nudge_thirty_days(due_on, action):
    assert decide(replace(OPEN, due_on=due_on), policy=POLICY, now=NOW).action is action


@pytest.mark.parametrize("wish", ["snoozed_until", "deferred_until"])
def test_it_does_not_count_waiting_as_lateness(wish):
    late = replace(OPEN, due_on=date(2026, 5, 1))
    waited = replace(late, **{wish: date(2026, 6, 1)})

    assert decide(late, policy=POLICY, now=NOW).gate is Gate.TOO_LATE
    assert decide(waited, policy=POLICY, now=NOW).action is GateAction.GO


@pytest.mark.parametrize(
    ("due_on", "action"),
    [(date(2026, 6, 2), GateAction.GO), (date(2026, 6, 1), GateAction.SKIP)],
)
def test_it_never_mails_what_was_due_long_before_going_live(due_on, action):
    facts = replace(OPEN, live_since=NOW, due_on=due_on)

    assert decide(facts, policy=POLICY, now=NOW).action is action


def test_it_waits_for_the_opening_hour_of_the_person():
    facts = replace(OPEN, zone=ZoneInfo("America/New_York"))
    verdict = decide(facts, policy=POLICY, now=NOW)

    assert (verdict.gate, verdict.action) == (Gate.WINDOW, GateAction.DEFER)
    assert verdict.not_before == datetime(2026, 6, 16, 13, 0, tzinfo=UTC)


def test_it_waits_for_the_latest_of_several_times_and_then_for_the_window():
    facts = replace(
        OPEN,
        last_mail_at=NOW - timedelta(days=29),
        snoozed_until=date(2026, 6, 20),  # a Saturday
    )
    verdict = decide(facts, policy=POLICY, now=NOW)
    assert verdict.not_before == datetime(2026, 6, 20, 7, 0, tzinfo=UTC)

    sunday = decide(replace(facts, snoozed_until=date(2026, 6, 21)), policy=POLICY, now=NOW)
    assert sunday.not_before == datetime(2026, 6, 22, 7, 0, tzinfo=UTC)


def test_it_waits_a_year_after_the_oldest_mail_when_the_year_is_full():
    oldest = NOW - timedelta(days=300)
    facts = replace(OPEN, mails_in_last_year=6, oldest_mail_of_year_at=oldest)
    verdict = decide(facts, policy=POLICY, now=NOW)

    assert verdict.not_before >= oldest + timedelta(days=365)
    assert verdict.not_before < oldest + timedelta(days=368)


def test_it_lets_a_final_no_win_over_a_wait():
    facts = replace(OPEN, last_mail_at=NOW, is_gift=True, host_allows=False)

    assert decide(facts, policy=POLICY, now=NOW).gate is Gate.GIFT


def test_it_names_the_first_of_several_final_gates():
    facts = replace(OPEN, is_gift=True, is_suppressed=True, is_stopped=True)

    assert decide(facts, policy=POLICY, now=NOW).gate is Gate.STOPPED
    assert decide(replace(facts, is_stopped=False), policy=POLICY, now=NOW).gate is Gate.SUPPRESSED


def test_it_lets_a_person_make_mails_fewer_and_never_more():
    rare = replace(OPEN, own_days_between=90, last_mail_at=NOW - timedelta(days=60))
    eager = replace(OPEN, own_days_between=1, last_mail_at=NOW - timedelta(days=29))

    assert decide(rare, policy=POLICY, now=NOW).gate is Gate.MIN_GAP
    assert decide(eager, policy=POLICY, now=NOW).gate is Gate.MIN_GAP
    once = replace(OPEN, own_mails_per_year=1, mails_in_last_year=1)
    often = replace(OPEN, own_mails_per_year=50, mails_in_last_year=6)
    assert decide(once, policy=POLICY, now=NOW).gate is Gate.YEAR_CAP
    assert decide(often, policy=POLICY, now=NOW).gate is Gate.YEAR_CAP


def test_it_takes_the_consent_of_canada_by_purchase_for_two_years():
    implied = replace(
        OPEN,
        consent=ConsentBasis.CASL_IMPLIED,
        optout_offered=True,
        country="CA",
        last_purchase_at=NOW - timedelta(days=730),
    )

    assert decide(implied, policy=POLICY, now=NOW).action is GateAction.GO
    later = NOW + timedelta(days=1)
    assert decide(implied, policy=POLICY, now=later).gate is Gate.CONSENT_LAPSED

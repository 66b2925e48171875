"""When a pair is written about: start of wear, stages, states, ramp, retries, digests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop_plugin.conf import FootbackSettings
from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.lifespan import LifeRange, estimate_life
from shop_plugin.domain.nudge_policy import (
    MESSAGE_TRANSITIONS,
    MIN_STAGE_GAP_DAYS,
    NUDGE_TRANSITIONS,
    DuePair,
    MessageState,
    Mode,
    NudgePolicy,
    NudgeState,
    Stage,
    can_move_message,
    can_move_nudge,
    choose_pairs,
    daily_allowance,
    find_passed_stages,
    find_start_of_wear,
    quieter_mode,
    retry_delay,
    stage_dates,
    stages_of,
)
from shop_plugin.models import Message, Nudge

ORDERED = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
TODAY = date(2026, 6, 16)


def life(low: int, mid: int, high: int) -> LifeRange:
    return LifeRange(low, mid, high, {})


# ---- start of wear -------------------------------------------------------------------------


def test_it_starts_two_weeks_after_delivery():
    start = find_start_of_wear(
        ordered_at=ORDERED,
        fulfilled_at=ORDERED + timedelta(days=1),
        delivered_at=ORDERED + timedelta(days=4),
    )

    assert (start.day, start.basis) == (date(2026, 3, 20), "delivered")


def test_it_adds_the_way_of_the_parcel_where_delivery_is_not_known():
    sent = find_start_of_wear(ordered_at=ORDERED, fulfilled_at=ORDERED + timedelta(days=1))
    ordered = find_start_of_wear(ordered_at=ORDERED)

    assert (sent.day, sent.basis) == (date(2026, 3, 3) + timedelta(days=3 + 14), "fulfilled")
    assert (ordered.day, ordered.basis) == (date(2026, 3, 2) + timedelta(days=7 + 14), "ordered")


def test_it_takes_a_day_the_shopper_names_as_it_is():
    start = find_start_of_wear(
        ordered_at=ORDERED, delivered_at=ORDERED, confirmed_on=date(2026, 5, 1)
    )

    assert (start.day, start.basis) == (date(2026, 5, 1), "confirmed")


def test_it_counts_days_in_the_shoppers_zone():
    start = find_start_of_wear(
        ordered_at=ORDERED, delivered_at=ORDERED, zone=ZoneInfo("Europe/Berlin")
    )

    assert start.day == date(2026, 3, 3) + timedelta(days=14)


# ---- stages --------------------------------------------------------------------------------


def test_it_looks_at_a_pair_first_and_replaces_it_later():
    dates = stage_dates(wear_start_on=date(2026, 1, 1), life=life(100, 200, 300))

    assert dates == {
        Stage.INSPECT: date(2026, 1, 1) + timedelta(days=160),
        Stage.REPLACE: date(2026, 1, 1) + timedelta(days=200),
    }


def test_it_only_looks_when_the_range_is_too_wide():
    assert stages_of(life(100, 200, 400)) == (Stage.INSPECT, Stage.REPLACE)
    assert stages_of(life(100, 200, 401)) == (Stage.INSPECT,)
    assert stages_of(None) == ()
    assert stage_dates(wear_start_on=TODAY, life=None) == {}


def test_it_never_writes_twice_within_three_weeks_about_a_short_life():
    dates = stage_dates(wear_start_on=date(2026, 1, 1), life=life(30, 40, 60))

    assert dates[Stage.REPLACE] - dates[Stage.INSPECT] == timedelta(days=MIN_STAGE_GAP_DAYS)


@given(
    mid=st.integers(1, 5000),
    low=st.integers(1, 5000),
    high=st.integers(1, 20_000),
)
def test_it_keeps_stages_in_order_and_apart(mid, low, high):
    low, mid, high = sorted((low, mid, high))
    dates = list(stage_dates(wear_start_on=TODAY, life=life(low, mid, high)).values())

    assert dates[0] >= TODAY
    if len(dates) == 2:
        assert (dates[1] - dates[0]).days >= MIN_STAGE_GAP_DAYS


DATES = {Stage.INSPECT: date(2026, 6, 1), Stage.REPLACE: date(2026, 7, 1)}


@pytest.mark.parametrize(
    ("today", "done", "latest", "superseded", "upcoming"),
    [
        (date(2026, 5, 31), (), None, (), Stage.INSPECT),
        (date(2026, 6, 1), (), Stage.INSPECT, (), Stage.REPLACE),
        (date(2026, 6, 20), (Stage.INSPECT,), None, (), Stage.REPLACE),
        (date(2026, 7, 1), (Stage.INSPECT,), Stage.REPLACE, (), None),
        # A late sweep sends the latest stage only.
        (date(2026, 7, 15), (), Stage.REPLACE, (Stage.INSPECT,), None),
        (date(2026, 7, 15), (Stage.REPLACE,), None, (), None),
        (date(2027, 7, 15), (Stage.INSPECT, Stage.REPLACE), None, (), None),
    ],
)
def test_it_finds_the_one_stage_that_applies(today, done, latest, superseded, upcoming):
    found = find_passed_stages(DATES, today=today, done=done)

    assert found == (latest, superseded, upcoming)


def test_it_gives_a_real_pair_of_running_shoes_both_stages():
    told = estimate_life(use_category=UseCategory.RUNNING, days_per_week=3)

    assert stages_of(told) in ((Stage.INSPECT,), (Stage.INSPECT, Stage.REPLACE))
    assert (Stage.REPLACE in stages_of(told)) == (told.high_days <= 4 * told.low_days)


# ---- states --------------------------------------------------------------------------------


def test_it_knows_exactly_the_states_that_are_stored():
    assert {state.value for state in MessageState} == set(Message.State.values)
    assert {state.value for state in NudgeState} == set(Nudge.State.values)
    assert set(MESSAGE_TRANSITIONS) == set(MessageState)
    assert set(NUDGE_TRANSITIONS) == set(NudgeState)


def test_it_hands_a_message_over_again_only_after_a_refusal_or_evidence():
    before_handing = {old for old in MessageState if can_move_message(old, MessageState.HANDING)}
    after_handing = MESSAGE_TRANSITIONS[MessageState.HANDING]

    assert before_handing == {MessageState.CLAIMED}
    assert after_handing == {
        MessageState.SENT,
        MessageState.RETRY_WAIT,
        MessageState.FAILED,
        MessageState.UNCERTAIN,
    }
    assert not can_move_message(MessageState.UNCERTAIN, MessageState.RETRY_WAIT)


@pytest.mark.parametrize("state", ["sent", "failed", "cancelled", "expired", "abandoned"])
def test_it_never_leaves_a_final_state(state):
    assert MESSAGE_TRANSITIONS[MessageState(state)] == frozenset()
    assert not any(can_move_message(MessageState(state), other) for other in MessageState)


@pytest.mark.parametrize("state", ["sent", "failed", "abandoned", "cancelled"])
def test_it_never_revives_a_nudge(state):
    assert not any(can_move_nudge(NudgeState(state), other) for other in NudgeState)


def test_it_lets_a_skipped_nudge_become_due_for_a_backfill_and_nothing_else():
    moves = {other for other in NudgeState if can_move_nudge(NudgeState.SKIPPED, other)}
    assert moves == {NudgeState.DUE}


def test_it_lets_no_mail_that_left_be_cancelled():
    for state in (MessageState.HANDING, MessageState.UNCERTAIN):
        assert not can_move_message(state, MessageState.CANCELLED)


# ---- volume --------------------------------------------------------------------------------


def test_it_has_the_defaults_of_the_settings():
    policy, shop = NudgePolicy(), FootbackSettings()

    assert policy.window.from_hour == shop.SEND_FROM_HOUR
    assert policy.window.until_hour == shop.SEND_UNTIL_HOUR
    assert policy.window.weekdays == shop.SEND_WEEKDAYS
    assert policy.min_days_between_mails == shop.MIN_DAYS_BETWEEN_MAILS
    assert policy.max_mails_per_year == shop.MAX_MAILS_PER_YEAR
    assert policy.max_pairs_per_mail == shop.MAX_PAIRS_PER_MAIL
    assert policy.digest_days == shop.DIGEST_DAYS
    assert policy.backfill_days == shop.BACKFILL_DAYS
    assert policy.max_lateness_days == shop.MAX_LATENESS_DAYS
    assert policy.ramp_start_per_day == shop.RAMP_START_PER_DAY
    assert policy.max_mails_per_day == shop.MAX_MAILS_PER_DAY
    assert policy.max_attempts == shop.MAX_ATTEMPTS


def test_it_doubles_the_daily_volume_up_to_the_limit():
    policy = NudgePolicy(ramp_start_per_day=200, max_mails_per_day=1500)

    assert [daily_allowance(days_live=day, policy=policy) for day in range(-1, 6)] == [
        0,
        200,
        400,
        800,
        1500,
        1500,
        1500,
    ]
    assert daily_allowance(days_live=10_000, policy=policy) == 1500


def test_it_waits_longer_after_each_attempt_up_to_six_hours():
    waits = [retry_delay(attempt) for attempt in range(1, 9)]

    assert waits[0] == timedelta(minutes=1)
    assert waits[1] == timedelta(minutes=4)
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=6)
    assert sum(waits, timedelta()) < timedelta(days=3)


def test_it_spreads_retries_by_at_most_a_quarter():
    assert retry_delay(2, jitter=1000) == timedelta(minutes=5)
    assert retry_delay(2) < retry_delay(2, jitter=500) < retry_delay(2, jitter=1000)


@pytest.mark.parametrize(("attempts", "jitter"), [(0, 0), (1, -1), (1, 1001)])
def test_it_refuses_a_retry_that_cannot_be(attempts, jitter):
    with pytest.raises(ValueError, match=r"retry|jitter"):
        retry_delay(attempts, jitter=jitter)


@pytest.mark.parametrize(
    ("first", "second", "quieter"),
    [("live", "dry_run", "dry_run"), ("off", "live", "off"), ("redirect", "live", "redirect")],
)
def test_it_takes_the_quieter_of_two_modes(first, second, quieter):
    assert quieter_mode(Mode(first), Mode(second)) is Mode(quieter)
    assert quieter_mode(Mode(second), Mode(first)) is Mode(quieter)


# ---- digests -------------------------------------------------------------------------------


def pair(key: int, stage: Stage, days_from_now: int) -> DuePair:
    return DuePair(key, stage, TODAY + timedelta(days=days_from_now))


def test_it_puts_what_is_due_within_a_week_into_one_mail_worst_first():
    waiting = [
        pair(1, Stage.INSPECT, -1),
        pair(2, Stage.REPLACE, 7),
        pair(3, Stage.INSPECT, -9),
        pair(4, Stage.REPLACE, 8),
    ]

    chosen = choose_pairs(waiting, today=TODAY, policy=NudgePolicy())

    assert [item.key for item in chosen] == [2, 3, 1]


def test_it_writes_nothing_before_one_pair_is_due():
    assert choose_pairs([pair(1, Stage.REPLACE, 1)], today=TODAY, policy=NudgePolicy()) == ()
    assert choose_pairs([], today=TODAY, policy=NudgePolicy()) == ()


def test_it_names_at_most_so_many_pairs():
    waiting = [pair(key, Stage.INSPECT, -key) for key in range(9)]

    chosen = choose_pairs(waiting, today=TODAY, policy=NudgePolicy(max_pairs_per_mail=3))

    assert [item.key for item in chosen] == [8, 7, 6]

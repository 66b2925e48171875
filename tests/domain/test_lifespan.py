"""How long a pair lasts: the worked examples, the laws, and the data file."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shop_plugin.domain.attributes import ATTRIBUTES, Options, UseCategory
from shop_plugin.domain.lifespan import (
    LIFESPAN_DATA,
    EndOfLife,
    LifespanError,
    WeightBand,
    adjust_personal_factor,
    cushioning_left,
    cushioning_left_between,
    end_of_life_action,
    estimate_life,
    get_size_check_weeks,
    load_life_model,
    read_life_model,
    share_used,
)

EVA = Options.of("eva")
TEXT = (LIFESPAN_DATA / "life-1.0.toml").read_text(encoding="utf-8")
WORN = [item for item in UseCategory if item is not UseCategory.KIDS]


def weeks(**known):
    life = estimate_life(**known)
    return tuple(round(days / 7) for days in (life.low_days, life.mid_days, life.high_days))


def test_it_gives_the_runner_with_one_pair():
    found = weeks(
        use_category=UseCategory.RUNNING,
        midsole=EVA,
        km_per_week=30,
        weight_band=WeightBand.FROM_75_TO_90,
    )

    assert found == (12, 19, 30)


def test_it_gives_the_runner_with_two_pairs_who_tells_no_weight():
    found = weeks(
        use_category=UseCategory.RUNNING, midsole=EVA, km_per_week=30, pairs_in_rotation=2
    )

    assert found == (20, 43, 77)


def test_it_gives_the_nurse():
    found = weeks(
        use_category=UseCategory.WORK_STANDING,
        midsole=EVA,
        days_per_week=5,
        weight_band=WeightBand.FROM_75_TO_90,
    )

    assert found == (18, 32, 58)


def test_it_gives_the_casual_wearer_and_finds_the_range_too_wide():
    known = {
        "use_category": UseCategory.CASUAL_SNEAKER,
        "midsole": EVA,
        "days_per_week": 3,
        "use_error": 400,
        "weight_band": WeightBand.FROM_60_TO_75,
    }

    assert weeks(**known) == (43, 87, 222)
    assert estimate_life(**known).is_too_wide


def test_it_has_no_wear_life_for_children():
    assert estimate_life(use_category=UseCategory.KIDS) is None
    assert end_of_life_action(UseCategory.KIDS) is EndOfLife.REMEASURE


@pytest.mark.parametrize("category", WORN)
def test_it_knows_every_other_category(category):
    life = estimate_life(use_category=category)

    assert 0 < life.low_days <= life.mid_days <= life.high_days
    assert life.inputs["category"] == category.value


def test_it_tells_what_it_was_worked_out_from():
    life = estimate_life(use_category=UseCategory.RUNNING, midsole=EVA, km_per_week=30)

    assert life.inputs == {
        "version": "life-1.0",
        "category": "running",
        "unit": "km",
        "capacity": [480, 640, 800],
        "material": [1000, 1000, 1000],
        "weight": [750, 1000, 1150],
        "personal": 1000,
        "weekly": 30,
        "is_told": True,
        "error": 200,
        "pairs": 1,
        "age_limit_days": [547, 730, 1095],
        "ended_by": "wear",
    }


def test_it_turns_days_of_wear_into_kilometres_for_running_shoes():
    by_days = estimate_life(use_category=UseCategory.RUNNING, midsole=EVA, days_per_week=3)
    by_km = estimate_life(use_category=UseCategory.RUNNING, midsole=EVA, km_per_week=24)

    assert by_days.mid_days == by_km.mid_days


def test_it_is_less_sure_of_a_use_nobody_told():
    told = estimate_life(use_category=UseCategory.FLAT, days_per_week=2)
    assumed = estimate_life(use_category=UseCategory.FLAT)

    assert told.mid_days == assumed.mid_days
    assert assumed.low_days < told.low_days
    assert assumed.high_days > told.high_days
    assert not assumed.inputs["is_told"]


def test_it_lets_foam_age_in_the_cupboard():
    rarely = {"use_category": UseCategory.RUNNING, "midsole": EVA, "km_per_week": 2}
    life = estimate_life(**rarely)
    shelved = estimate_life(**rarely, shelf_months=12)

    assert (life.low_days, life.mid_days, life.high_days) == (547, 730, 1095)
    assert life.inputs["ended_by"] == "age"
    assert shelved.mid_days == 12 * 1461 // 48


def test_it_lets_leather_wait():
    life = estimate_life(
        use_category=UseCategory.DRESS_LEATHER, midsole=Options.of("leather"), days_per_week=1
    )

    assert life.inputs["age_limit_days"] is None
    assert life.high_days > 10 * 365


def test_it_takes_a_foam_that_may_age_by_the_mildest_of_what_it_may_be():
    either = estimate_life(
        use_category=UseCategory.CASUAL_SNEAKER, midsole=Options.of("eva", "pu"), days_per_week=1
    )

    assert either.inputs["age_limit_days"] == [36 * 1461 // 48, 60 * 1461 // 48, 84 * 1461 // 48]


def test_it_does_not_count_racing_foam_twice():
    peba = Options.of("peba")

    assert estimate_life(use_category=UseCategory.RACING, midsole=peba).inputs["material"] == [
        1000,
        1000,
        1000,
    ]
    assert (
        estimate_life(use_category=UseCategory.RUNNING, midsole=peba).inputs["material"][1] == 700
    )


uses = st.fixed_dictionaries(
    {
        "use_category": st.sampled_from(WORN),
        "midsole": st.none()
        | st.frozensets(st.sampled_from(ATTRIBUTES["midsole_material"].options), min_size=1).map(
            Options
        ),
        "days_per_week": st.none() | st.integers(1, 7),
        "weight_band": st.none() | st.sampled_from(WeightBand),
        "pairs_in_rotation": st.integers(1, 5),
        "personal_factor": st.integers(500, 1750),
        "use_error": st.none() | st.integers(0, 999),
    }
)


@settings(max_examples=300, deadline=None)
@given(use=uses)
def test_it_always_rises_from_low_to_high(use):
    life = estimate_life(**use)

    assert 0 < life.low_days <= life.mid_days <= life.high_days
    assert life.is_too_wide == (life.high_days > 4 * life.low_days)


@settings(max_examples=200, deadline=None)
@given(use=uses, days=st.tuples(st.integers(1, 7), st.integers(1, 7)).map(sorted))
def test_it_never_lasts_longer_when_worn_more(use, days):
    rarely, often = (estimate_life(**{**use, "days_per_week": number}) for number in days)

    assert often.low_days <= rarely.low_days
    assert often.mid_days <= rarely.mid_days
    assert often.high_days <= rarely.high_days


@settings(max_examples=200, deadline=None)
@given(use=uses, more=st.integers(1, 500))
def test_it_never_lasts_shorter_with_a_kinder_history(use, more):
    kinder = {**use, "personal_factor": use["personal_factor"] + more}

    assert estimate_life(**kinder).mid_days >= estimate_life(**use).mid_days


@pytest.mark.parametrize(
    ("nonsense", "part"),
    [
        ({"days_per_week": 0}, "1 to 7"),
        ({"days_per_week": 8}, "1 to 7"),
        ({"km_per_week": 0}, "at least 1"),
        ({"pairs_in_rotation": 0}, "one pair"),
        ({"personal_factor": 0}, "above 0"),
        ({"use_error": 1000}, "0 to 999"),
    ],
)
def test_it_refuses_a_use_that_cannot_be(nonsense, part):
    with pytest.raises(LifespanError, match=part):
        estimate_life(use_category=UseCategory.RUNNING, **nonsense)


# ---- what is left -------------------------------------------------------------------------


def test_it_follows_the_worn_shoe_series():
    # 50, 150, 300 and 500 miles of a capacity of 500
    assert [cushioning_left(1000 * miles // 500) for miles in (0, 50, 150, 300, 500)] == [
        1000,
        918,
        813,
        736,
        700,
    ]


def test_it_never_gives_cushioning_back_and_keeps_half():
    left = [cushioning_left(share) for share in range(0, 6000, 7)]

    assert left == sorted(left, reverse=True)
    assert left[-1] == 500
    assert cushioning_left(2000) == 600


def test_it_counts_the_share_used_evenly_or_by_what_was_counted():
    life = estimate_life(
        use_category=UseCategory.RUNNING,
        midsole=EVA,
        km_per_week=30,
        weight_band=WeightBand.FROM_60_TO_75,
    )

    assert share_used(life, days_since_start=life.mid_days) == 1000
    assert share_used(life, days_since_start=0) == 0
    assert share_used(life, days_since_start=10, used=320) == 500
    # half the age limit of 730 days passes with hardly any running
    assert share_used(life, days_since_start=365, used=1) == 500


@pytest.mark.parametrize("call", [lambda: cushioning_left(-1), lambda: get_size_check_weeks(-1)])
def test_it_refuses_what_is_below_nothing(call):
    with pytest.raises(LifespanError):
        call()


def test_it_refuses_a_day_before_the_first_wear():
    life = estimate_life(use_category=UseCategory.FLAT)

    with pytest.raises(LifespanError, match="before its first wear"):
        share_used(life, days_since_start=-1)


def test_it_learns_from_inspections_within_limits():
    factor = 1000
    for _ in range(10):
        factor = adjust_personal_factor(factor, is_still_fine=True)
    assert factor == 1750
    assert adjust_personal_factor(1000, is_still_fine=True) == 1150
    assert adjust_personal_factor(1000, is_still_fine=False) == 870
    for _ in range(20):
        factor = adjust_personal_factor(factor, is_still_fine=False)
    assert factor == 500


@pytest.mark.parametrize(
    ("category", "construction", "action"),
    [
        (UseCategory.RUNNING, None, EndOfLife.REPLACE),
        (UseCategory.RACING, None, EndOfLife.DEMOTE),
        (UseCategory.DRESS_LEATHER, None, EndOfLife.RESOLE_FIRST),
        (UseCategory.HEEL, None, EndOfLife.HEEL_TIPS_FIRST),
        (UseCategory.SANDAL, None, EndOfLife.RECORK_FIRST),
        (UseCategory.HIKING, Options.of("stitched"), EndOfLife.RESOLE),
        (UseCategory.HIKING, Options.of("stitched", "cemented"), EndOfLife.REPLACE),
        (UseCategory.SAFETY_BOOT, None, EndOfLife.REPLACE),
        (UseCategory.WORK_STANDING, None, EndOfLife.REPLACE_OR_INSOLE),
    ],
)
def test_it_offers_a_repair_first_where_one_makes_sense(category, construction, action):
    assert end_of_life_action(category, construction=construction) is action
    assert action.is_repair_first == (
        action.value.startswith("resole") or action.value.endswith("_first")
    )


@pytest.mark.parametrize(
    ("months", "expected"), [(10, (4, 6)), (24, (6, 8)), (72, (13, 17)), (150, (22, 26))]
)
def test_it_knows_when_to_measure_a_child_again(months, expected):
    assert get_size_check_weeks(months) == expected


# ---- the data file -------------------------------------------------------------------------


def test_it_is_read_once():
    assert load_life_model() is load_life_model("life-1.0")


def test_it_names_what_is_shipped_when_asked_for_another_version():
    with pytest.raises(LifespanError, match=r"shipped: .*life-1\.0"):
        load_life_model("life-9")


@pytest.mark.parametrize(
    ("sound", "broken", "fault"),
    [
        ("capacity = [250, 400, 500]", "capacity = [400, 250, 500]", "capacity of racing"),
        ('unit = "km"\ncapacity = [250', 'unit = "mi"\ncapacity = [250', "neither km nor days"),
        ("days_per_week = 6", "days_per_week = 8", "slipper: the usual use"),
        ('action = "demote"', 'action = "burn"', "'burn' is unknown"),
        ('ageing = "running_foam"\naction = "demote"', 'ageing = "x"\naction = "demote"', "'x'"),
        ("wood = 1300\n", "", "materials are not exactly"),
        ("over_105 = 750\n", "", "weights are not exactly"),
        ("told = 200", "told = 600", "errors must rise"),
        ("lowest = 500", "lowest = 1200", "able to stay at 1000"),
        ("[categories.flat]", "[categories.plat]", "categories differ"),
        ("[errors]", "[mistakes]", "cannot be read"),
    ],
)
def test_it_refuses_data_with_a_fault_and_names_it(sound, broken, fault):
    assert sound in TEXT

    with pytest.raises(LifespanError) as refusal:
        read_life_model(TEXT.replace(sound, broken))

    assert fault in str(refusal.value)


@given(st.integers(min_value=0, max_value=5000))
def test_it_leaves_at_least_as_much_cushioning_for_the_long_end_of_a_range(days):
    life = estimate_life(use_category=UseCategory.RUNNING)

    least, most = cushioning_left_between(life, days_since_start=days)
    assert 500 <= least <= most <= 1000
    if days == 0:
        assert (least, most) == (1000, 1000)


def test_it_knows_no_cushioning_before_the_first_wear():
    with pytest.raises(LifespanError):
        cushioning_left_between(
            estimate_life(use_category=UseCategory.RUNNING), days_since_start=-1
        )

"""Lengths of feet as people write them."""

from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop_plugin.domain.fitting import Feet, Foot
from shop_plugin.services.words.lengths import LENGTH_UNITS
from shop_plugin.storefront.foot_form import FootForm

_FIELDS = ("left_length", "left_width", "right_length", "right_width")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({name: st.text(max_size=20) for name in (*_FIELDS, "unit")}))
def test_takes_any_text_without_failing(form: dict[str, str]) -> None:
    made = FootForm(form)
    assert made.is_valid() is ("feet" in made.cleaned_data)


@given(
    st.sampled_from(LENGTH_UNITS),
    st.integers(9_010, 34_990),
    st.none() | st.integers(9_010, 34_990),
)
def test_comes_back_as_it_was_written(unit: str, left: int, right: int | None) -> None:
    feet = Feet(Foot(left * 10), Foot(right * 10) if right else None)
    shown = FootForm.for_feet(feet, unit=unit)
    made = FootForm({"unit": unit, **{name: shown.initial[name] for name in _FIELDS}})
    assert made.is_valid(), made.errors
    again = made.cleaned_data["feet"]
    # Three decimals of an inch are a hundredth of a millimetre and a half.
    assert abs(again.left.length_um - feet.left.length_um) <= 50  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "unit", "um"),
    [
        ("24.5", "cm", 245_000),
        ("24,5", "cm", 245_000),
        ("245", "mm", 245_000),
        ("9 5/8", "in", 244_475),
        ("9⅝", "in", 244_475),
        ("24.5 cm", "in", 245_000),
        ("245mm", "cm", 245_000),
    ],
)
def test_reads_a_length_in_the_chosen_unit_or_the_one_written(
    text: str, unit: str, um: int
) -> None:
    made = FootForm({"unit": unit, "left_length": text})
    assert made.is_valid(), made.errors
    assert made.cleaned_data["feet"] == Feet(Foot(um))


@pytest.mark.parametrize(("language", "written"), [("de", "24,5"), ("fr", "24,5"), ("en", "24.5")])
def test_writes_a_length_in_the_readers_digits_and_reads_it_again(
    language: str, written: str
) -> None:
    with translation.override(language):
        form = FootForm.for_feet(Feet(Foot(245_000), None), unit="cm")
        assert form.initial["left_length"] == written
        again = FootForm({**form.initial, "unit": "cm"})
        assert again.is_valid()
        assert again.cleaned_data["feet"].left.length_um == 245_000

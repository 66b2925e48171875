"""Values as staff write them: understood exactly, or refused with what to write."""

from __future__ import annotations

import pytest

from shop_plugin.domain.attributes import Options, Span
from shop_plugin.services.staff.values import ValueRefused, read_value


@pytest.mark.parametrize(
    ("text", "micrometres"),
    [
        ("2 3/4 in", 69_850),
        ('2 3/4"', 69_850),
        ("2¾ in", 69_850),
        ("7 cm", 70_000),
        ("7,5 cm", 75_000),
        (" 70 mm ", 70_000),
        ("0 mm", 0),
    ],
)
def test_understands_a_length_with_its_unit(text, micrometres):
    assert read_value(attribute="heel_height_mm", text=text) == Span.exactly(micrometres)


@pytest.mark.parametrize("text", ["70", "high", "3 in and 4 in", "7 cm wide", "", "2 kg"])
def test_refuses_what_is_no_length_and_says_what_to_write(text):
    with pytest.raises(ValueRefused) as refusal:
        read_value(attribute="heel_height_mm", text=text)
    assert "2 3/4 in, 7 cm or 70 mm" in str(refusal.value)
    assert text in str(refusal.value)


@pytest.mark.parametrize("text", ["70 cm", "9 in"])
def test_refuses_a_heel_that_cannot_be(text):
    with pytest.raises(ValueRefused) as refusal:
        read_value(attribute="heel_height_mm", text=text)
    assert "0 to 200 mm" in str(refusal.value)


def test_understands_a_drop_below_zero():
    assert read_value(attribute="drop_mm", text="-4 mm") == Span.exactly(-4_000)
    assert read_value(attribute="drop_mm", text="−2 mm") == Span.exactly(-2_000)


def test_refuses_a_heel_below_zero():
    with pytest.raises(ValueRefused):
        read_value(attribute="heel_height_mm", text="-4 mm")


@pytest.mark.parametrize(
    ("text", "milligrams"),
    [("300 g", 300_000), ("0.3 kg", 300_000), ("0,3 kg", 300_000), ("10.5 oz", 297_670)],
)
def test_understands_a_weight_with_its_unit(text, milligrams):
    assert read_value(attribute="weight_g", text=text) == Span.exactly(milligrams)


@pytest.mark.parametrize("text", ["300", "3 mm", "light", "4 kg"])
def test_refuses_what_is_no_weight_of_a_shoe(text):
    with pytest.raises(ValueRefused):
        read_value(attribute="weight_g", text=text)


def test_understands_one_or_several_answers():
    assert read_value(attribute="arch_support", text="2") == Options.of("2")
    assert read_value(attribute="arch_support", text="1, 2,3") == Options.of("1", "2", "3")
    assert read_value(attribute="removable_insole", text="yes") == Options.of("yes")


@pytest.mark.parametrize("text", ["4", "", ",", "1;2", "high"])
def test_refuses_an_answer_that_there_is_not_and_names_those_that_are(text):
    with pytest.raises(ValueRefused) as refusal:
        read_value(attribute="arch_support", text=text)
    assert "0, 1, 2, 3" in str(refusal.value)


def test_knows_no_other_attributes():
    with pytest.raises(KeyError):
        read_value(attribute="colour", text="red")

"""Which facts cannot be true at once, and that saying so changes none of them."""

from __future__ import annotations

import pytest

from shop_plugin.domain.attributes import (
    FootwearAttributes,
    Gender,
    Options,
    SourceKind,
    Span,
    UseCategory,
)
from shop_plugin.domain.fit_votes import FitCounts, VoteKind
from shop_plugin.domain.plausibility import (
    Case,
    RuleFault,
    Width,
    find_flags,
    letters_in,
    load_rules,
    read_rules,
)
from shop_plugin.domain.records import Reading

MM = 1000


def mm(low: float, high: float | None = None) -> Span:
    return Span(round(low * MM), round((low if high is None else high) * MM))


def flags(*, said: tuple[Reading, ...] = (), gender: Gender = Gender.WOMEN, **facts: object):
    widths = facts.pop("widths", frozenset())
    return find_flags(Case(FootwearAttributes(**facts), said, gender, widths))  # type: ignore[arg-type]


def reading(kind: SourceKind, attribute: str, value: Span | Options) -> Reading:
    return Reading(attribute, value, kind, "test.rule", 800)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"heel_height_mm": mm(30), "forefoot_height_mm": mm(40)}, ("heel.below_platform",)),
        # Soles up to 4 mm thicker in front exist.
        ({"heel_height_mm": mm(30), "forefoot_height_mm": mm(34)}, ()),
        ({"heel_height_mm": mm(30, 45), "forefoot_height_mm": mm(40)}, ()),
        ({"heel_height_mm": mm(30)}, ()),
        (
            {"heel_height_mm": mm(50), "forefoot_height_mm": mm(20), "drop_mm": mm(8)},
            ("drop.heel_less_platform",),
        ),
        ({"heel_height_mm": mm(50), "forefoot_height_mm": mm(20), "drop_mm": mm(26)}, ()),
        ({"heel_height_mm": mm(50), "drop_mm": mm(8)}, ()),
        (
            {"stack_heel_mm": mm(38), "forefoot_height_mm": mm(30), "drop_mm": mm(4)},
            ("drop.stack_less_platform",),
        ),
        ({"stack_heel_mm": mm(38), "forefoot_height_mm": mm(30), "drop_mm": mm(8)}, ()),
        (
            {"use_category": UseCategory.FLAT, "heel_height_mm": mm(26)},
            ("flat.kind_over_inch",),
        ),
        ({"use_category": UseCategory.FLAT, "heel_height_mm": mm(25.4)}, ()),
        ({"use_category": UseCategory.FLAT, "heel_height_mm": mm(20, 40)}, ()),
        ({"use_category": UseCategory.BOOT, "heel_height_mm": mm(26)}, ()),
        (
            {"heel_type": Options.of("none"), "heel_height_mm": mm(70)},
            ("flat.no_heel_over_inch",),
        ),
        ({"heel_type": Options.of("none", "block"), "heel_height_mm": mm(70)}, ()),
    ],
)
def test_flags_only_what_cannot_be(facts: dict[str, object], expected: tuple[str, ...]) -> None:
    assert flags(**facts) == expected


@pytest.mark.parametrize(
    ("written", "meaning", "gender", "is_flagged"),
    [
        ("D", "wide", Gender.WOMEN, False),
        ("D", "regular", Gender.WOMEN, True),
        ("D", "regular", Gender.MEN, False),
        ("8.5 D(M) US", "regular", Gender.WOMEN, True),
        ("7.5 B(M) US", "regular", Gender.WOMEN, False),
        ("7.5 B(M) US", "regular", Gender.MEN, True),
        ("2E", "wide", Gender.MEN, False),
        ("2E", "wide", Gender.WOMEN, True),
        # Whose shoe it is is not said, so nothing is wrong with the letter.
        ("D", "regular", Gender.UNKNOWN, False),
        ("D", "regular", Gender.UNISEX, False),
    ],
)
def test_knows_that_a_mens_d_is_no_womens_d(
    written: str, meaning: str, gender: Gender, is_flagged: bool
) -> None:
    widths = frozenset({Width(written, meaning)})
    assert flags(widths=widths, gender=gender) == (
        ("width.letter_of_others",) if is_flagged else ()
    )


def test_takes_words_and_long_texts_for_no_letters() -> None:
    said = [("Wide", "wide"), ("medium", "regular"), ("D" + " x" * 40, "wide"), ("9 D", "wide")]
    assert letters_in(said) == {Width("9 D", "wide")}


@pytest.mark.parametrize(
    ("kinds", "second", "is_flagged"),
    [
        ((SourceKind.FEED, SourceKind.TEXT), mm(70), True),
        ((SourceKind.FEED, SourceKind.TEXT), mm(24), False),
        # Staff have seen the text; what they say settles it.
        ((SourceKind.STAFF, SourceKind.TEXT), mm(70), False),
        # Buyers are not measured by this rule.
        ((SourceKind.FEED, SourceKind.BUYERS), mm(70), False),
    ],
)
def test_flags_a_flat_in_one_source_that_is_high_in_another(
    kinds: tuple[SourceKind, SourceKind], second: Span, is_flagged: bool
) -> None:
    said = (
        reading(kinds[0], "heel_height_mm", mm(20)),
        reading(kinds[1], "heel_height_mm", second),
    )
    found = flags(heel_height_mm=mm(20), said=said)
    assert found == (("sources.heel_apart",) if is_flagged else ())


def test_flags_levels_that_exclude_each_other() -> None:
    said = (
        reading(SourceKind.FEED, "arch_support", Options.of("2", "3")),
        reading(SourceKind.TEXT, "arch_support", Options.of("0")),
    )
    assert flags(arch_support=Options.of("2", "3"), said=said) == ("sources.arch_apart",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[rule]]\nid = "a.b"\nkind = "nonsense"\nattribute = "drop_mm"', "no kind 'nonsense'"),
        ('[[rule]]\nid = "ab"\nkind = "at_most"\nattribute = "drop_mm"', "is no id"),
        ('[[rule]]\nid = "a.b"\nkind = "at_most"\nattribute = "dorp"', "dorp is no attribute"),
        (2 * '[[rule]]\nid = "a.b"\nkind = "at_most"\nattribute = "drop_mm"\n', "two rules"),
    ],
)
def test_refuses_a_table_with_a_fault_by_name(text: str, words: str) -> None:
    with pytest.raises(RuleFault, match=words):
        read_rules(text)


def test_all_flags_together_fit_their_column() -> None:
    assert len(",".join(rule.id for rule in load_rules())) <= 300


@pytest.mark.parametrize(
    ("believed", "counts", "is_flagged"),
    [
        (Options.of("2", "3"), FitCounts(18, 2, 0), True),
        (Options.of("2", "3"), FitCounts(12, 8, 0), False),
        (Options.of("2", "3"), FitCounts(4, 0, 0), False),
        (Options.of("0", "1"), FitCounts(18, 2, 0), False),
        (Options.of("0"), FitCounts(0, 2, 18), True),
        (Options.of("1", "2"), FitCounts(0, 2, 18), False),
        (Options.of("2"), FitCounts(0, 20, 0), False),
    ],
)
def test_flags_a_tag_that_most_buyers_certainly_contradict(
    believed: Options, counts: FitCounts, is_flagged: bool
) -> None:
    facts = FootwearAttributes(arch_support=believed)
    found = find_flags(Case(facts, votes=((VoteKind.ARCH, counts),)))
    assert found == (("buyers.arch_apart",) if is_flagged else ())


def test_flags_a_width_that_buyers_contradict_and_leaves_votes_on_other_things() -> None:
    facts = FootwearAttributes(width_options=Options.of("wide"), arch_support=Options.of("3"))
    narrow = FitCounts(30, 1, 0)
    assert find_flags(Case(facts, votes=((VoteKind.WIDTH, narrow),))) == ("buyers.width_apart",)
    assert find_flags(Case(facts, votes=((VoteKind.VOTES, narrow),))) == ()

"""One shoe worked out by hand, with the formula in force, for the page that explains it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from shop_plugin.domain.attributes import FootwearAttributes, Options, Span, UseCategory
from shop_plugin.domain.guide import Guide
from shop_plugin.domain.scoring import assess
from shop_plugin.services.words.attributes import describe_value
from shop_plugin.services.words.factors import CAP_LABELS, FACTOR_LABELS, at_most
from shop_plugin.services.words.lengths import describe_length


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """One line of the worked example: what the shoe has, and the sum that follows."""

    label: str
    value: str
    sum: str


@dataclass(frozen=True, slots=True)
class Example:
    """One shoe worked out by hand: the sum, the limits that hold, and the lower of the two."""

    lines: tuple[ExampleLine, ...]
    base: str
    limits: tuple[str, ...]
    match: str
    grade: str


def work_out(guide: Guide, *, unit: str) -> Example:
    """Return a plain loafer worked out, as one would by hand."""
    shoe = FootwearAttributes(
        use_category=UseCategory.DRESS_LEATHER,
        heel_height_mm=Span(25_000, 25_000),
        forefoot_height_mm=Span(5_000, 5_000),
        arch_support=Options.of("0"),
        cushioning=Options.of("1"),
        heel_counter=Options.of("2"),
        torsional_stiffness=Options.of("2"),
        base_stability=Options.of("2"),
        toe_shape=Options.of("almond"),
        fastening=Options.of("slip_on"),
        width_options=Options.of("regular"),
        removable_insole=Options.of("no"),
        orthotic_friendly=Options.of("no"),
    )
    found = assess(shoe, guide=guide)
    said = {
        "A": describe_value("arch_support", shoe.arch_support),
        "S": describe_value("heel_counter", shoe.heel_counter),
        "C": describe_value("cushioning", shoe.cushioning),
        "H": _("rises by {length}").format(length=describe_length(20_000, 20_000, unit=unit)),
        "T": describe_value("toe_shape", shoe.toe_shape),
        "W": _("not all known"),
        "K": describe_value("fastening", shoe.fastening),
    }
    lines = tuple(
        ExampleLine(
            str(FACTOR_LABELS[part.factor]),
            said[part.factor],
            _span(part.points_low, part.points_high),
        )
        for part in found.contributions
    )
    return Example(
        lines=lines,
        base=_span(found.base_low or 0, found.base_high or 0),
        limits=tuple(
            _("%(fact)s: %(value)s") % {"fact": CAP_LABELS[cap.code], "value": at_most(cap.limit)}
            for cap in found.caps
        ),
        match=_span(found.low or 0, found.high or 0),
        grade=found.grade_low,
    )


def _span(low: int, high: int) -> str:
    shown = [
        number_format(value / 100, decimal_pos=1 if value % 100 else 0) for value in (low, high)
    ]
    if low == high:
        return shown[0]
    return _("{low} to {high}").format(low=shown[0], high=shown[1])


def _tenths(hundredths: int) -> str:
    """Return points with a decimal only where there is one."""
    return number_format(hundredths / 100, decimal_pos=1 if hundredths % 100 else 0)

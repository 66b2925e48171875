"""A few shoes as their facts, for tests of the formula."""

from __future__ import annotations

from shop_plugin.domain.attributes import FootwearAttributes, Options, Span, UseCategory
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.scoring import Assessment, assess

GUIDE = load_guide()

SNEAKER = FootwearAttributes(
    use_category=UseCategory.CASUAL_SNEAKER,
    midsole_material=Options.of("eva"),
    arch_support=Options.of("2"),
    cushioning=Options.of("1", "2"),
    fastening=Options.of("lace_up"),
    toe_shape=Options.of("round"),
)
PUMP = FootwearAttributes(
    use_category=UseCategory.HEEL,
    heel_height_mm=Span.exactly(69_850),
    toe_shape=Options.of("pointed"),
)
BALLET_FLAT = FootwearAttributes(
    use_category=UseCategory.FLAT,
    heel_height_mm=Span(0, 25_400),
    toe_shape=Options.of("almond", "round"),
    fastening=Options.of("pump", "slip_on"),
)


def supported(arch: str, cushioning: str, **more: Options | Span) -> Assessment:
    """Assess a shoe that is good in all but how much it supports and cushions."""
    known = {
        "heel_height_mm": Span.exactly(10_000),
        "heel_counter": Options.of("3"),
        "torsional_stiffness": Options.of("3"),
        "base_stability": Options.of("3"),
        "toe_shape": Options.of("open"),
        "fastening": Options.of("lace_up"),
        "width_options": Options.of("narrow", "regular", "wide", "extra_wide"),
        **more,
    }
    shoe = FootwearAttributes(
        arch_support=Options.of(*arch), cushioning=Options.of(*cushioning), **known
    )
    return assess(shoe, guide=GUIDE)

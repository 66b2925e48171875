"""Shoes of every kind, known in part, for the laws that must hold for all of them."""

from __future__ import annotations

from functools import cache
from itertools import combinations

from hypothesis import strategies as st

from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    FootwearAttributes,
    Options,
    Span,
    UseCategory,
)

#: The attributes with answers that the formula reads.
SCORED_OPTIONS = (
    "arch_support",
    "cushioning",
    "forefoot_cushioning",
    "heel_counter",
    "torsional_stiffness",
    "base_stability",
    "rocker",
    "upper_softness",
    "removable_insole",
    "orthotic_friendly",
    "toe_shape",
    "fastening",
    "width_options",
)
#: Categories without a foam sole by definition.
PLAIN_CATEGORIES = (
    UseCategory.OTHER,
    UseCategory.HEEL,
    UseCategory.FLAT,
    UseCategory.DRESS_LEATHER,
    UseCategory.BAREFOOT,
)


@cache
def every_options(key: str) -> tuple[Options, ...]:
    """Return every set of answers there is for an attribute, the smallest first."""
    answers = ATTRIBUTES[key].options
    return tuple(
        Options(frozenset(members))
        for size in range(1, len(answers) + 1)
        for members in combinations(answers, size)
    )


# One draw each: drawing sets member by member is what takes the time.
def options(key: str) -> st.SearchStrategy[Options]:
    return st.sampled_from(every_options(key))


@cache
def maybe_options(key: str) -> st.SearchStrategy[Options | None]:
    several = every_options(key)
    return st.sampled_from((*[None] * (1 + len(several) // 3), *several))


def spans(low_mm: int, high_mm: int) -> st.SearchStrategy[Span]:
    ends = st.tuples(
        st.integers(low_mm * 1000, high_mm * 1000), st.integers(low_mm * 1000, high_mm * 1000)
    )
    return ends.map(lambda pair: Span(min(pair), max(pair)))


@st.composite
def shoes(
    draw: st.DrawFn, *, categories: tuple[UseCategory, ...] = (*UseCategory,)
) -> FootwearAttributes:
    """Draw a shoe of which any part may be unknown, known roughly or known exactly."""
    known = {key: draw(maybe_options(key)) for key in SCORED_OPTIONS}
    sure = draw(st.integers(0, 1000))
    confidence = {key: sure for key, value in known.items() if value is not None}
    return FootwearAttributes(
        use_category=draw(
            st.sampled_from([item for item in categories if item is not UseCategory.KIDS])
        ),
        heel_height_mm=draw(st.none() | spans(0, 200)),
        forefoot_height_mm=draw(st.none() | st.none() | spans(0, 120)),
        drop_mm=draw(st.none() | st.none() | spans(-4, 25)),
        stack_heel_mm=draw(st.none() | st.none() | spans(0, 120)),
        midsole_material=draw(maybe_options("midsole_material")),
        confidence=confidence,
        conflicts=frozenset(draw(st.sampled_from(((), ("cushioning",), ("toe_shape",))))),
        **known,
    )

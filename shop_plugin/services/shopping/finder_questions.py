"""The questions of "Find my shoe" with their choices, as far as the catalogue has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop_plugin.domain.attributes import Gender
from shop_plugin.domain.fitting import Feet
from shop_plugin.domain.size_scales import find_scale, write_size
from shop_plugin.services.search.facets import NO_SIZE, UNKNOWN, PriceRange, read_size
from shop_plugin.services.shopping.facet_groups import FacetGroup, size_label
from shop_plugin.services.shopping.finder import (
    WEARER_LABELS,
    WIDTH_LABELS,
    heel_limit_label,
    price_limit_label,
)
from shop_plugin.services.shopping.finder_answers import (
    HEEL_LIMITS,
    WEARERS,
    WIDTHS,
    FinderAnswers,
    known_needs,
)
from shop_plugin.services.shopping.results import SearchCriteria, count_facets
from shop_plugin.services.words.attributes import Text, condition_label
from shop_plugin.services.words.occasions import OCCASIONS

# What each need feels like, for people who do not know its name.
_HINTS: Mapping[str, Text] = {
    "flat_feet": gettext_lazy("the inner side of the foot touches the floor"),
    "overpronation": gettext_lazy("the foot rolls inwards with each step"),
    "plantar_fasciitis": gettext_lazy("pain under the heel, mostly with the first steps"),
    "bunions": gettext_lazy("a bump at the base of the big toe"),
    "hammertoe": gettext_lazy("a toe that stays bent"),
    "neuroma": gettext_lazy("a burning spot at the ball, as if on a pebble"),
    "high_arch": gettext_lazy("the middle of the foot does not touch the floor"),
    "low_back_pain": gettext_lazy("pain low in the back"),
    "standing_all_day": gettext_lazy("on your feet for hours, at work or at home"),
    "diabetes_or_numb_feet": gettext_lazy("no match for these; a professional helps"),
}
_MOST_PRICES = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be chosen; ``hint`` is a few words more."""

    value: str
    label: str
    hint: str = ""
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class SizeGroup:
    """The sizes of one system."""

    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Questions:
    """All questions of the form with what is chosen already.

    ``size_hint`` names the size that the remembered feet have ("EU 39"),
    empty where there are none.
    """

    needs: tuple[Choice, ...]
    wearers: tuple[Choice, ...]
    occasions: tuple[Choice, ...]
    heels: tuple[Choice, ...]
    sizes: tuple[SizeGroup, ...]
    widths: tuple[Choice, ...]
    prices: tuple[Choice, ...]
    size_hint: str


def build_questions(
    answers: FinderAnswers, *, unit: str = "in", feet: Feet | None = None
) -> Questions:
    """Return the questions; sizes and prices are those that the catalogue offers now.

    The catalogue is asked for all of it, whatever the answers are.
    """
    _total, groups = count_facets(SearchCriteria(), unit=unit)
    by_key = {group.key: group for group in groups}
    return Questions(
        needs=tuple(
            Choice(key, capfirst(condition_label(key)), str(_HINTS[key]), key in answers.needs)
            for key in known_needs()
        ),
        wearers=tuple(
            Choice(key, str(WEARER_LABELS[key]), is_chosen=key == answers.wearer) for key in WEARERS
        ),
        occasions=tuple(
            Choice(item.key, str(item.label), is_chosen=item.key in answers.occasions)
            for item in OCCASIONS.values()
        ),
        heels=tuple(
            Choice(key, heel_limit_label(key, unit=unit), is_chosen=key == answers.heel)
            for key in HEEL_LIMITS
        ),
        sizes=_sizes(by_key["size"], answers.size),
        widths=tuple(
            Choice(key, str(WIDTH_LABELS[key]), is_chosen=key == answers.width) for key in WIDTHS
        ),
        prices=_prices(by_key["price"], answers.price),
        size_hint=_size_hint(feet),
    )


def _sizes(group: FacetGroup, chosen: str) -> tuple[SizeGroup, ...]:
    offered = [item for item in group.values if item.value not in (UNKNOWN, NO_SIZE)]
    if chosen and chosen not in {item.value for item in offered}:
        chosen = ""  # sold out since; the list says that nothing is found
    return tuple(
        SizeGroup(
            system.upper() or _("Other sizes"),
            tuple(
                Choice(item.value, item.label, is_chosen=item.value == chosen) for item in values
            ),
        )
        for system, values in groupby(offered, key=lambda item: read_size(item.value)[0])
    )


def _prices(group: FacetGroup, chosen: str) -> tuple[Choice, ...]:
    """Return limits of price in the currency that most shoes have."""
    edges: dict[str, set[int]] = {}
    counts: dict[str, int] = {}
    for item in group.values:
        found = PriceRange.find(item.value)
        if item.count and found is not None and found.high is not None:
            edges.setdefault(found.currency, set()).add(found.high)
            counts[found.currency] = counts.get(found.currency, 0) + item.count
    if not counts:
        return ()
    currency = max(counts, key=lambda key: counts[key])
    below = sorted(edges[currency])[:-1]  # the highest edge limits nothing
    step = max(1, -(-len(below) // _MOST_PRICES))
    limits = [str(PriceRange(currency, 0, edge)) for edge in below[::step]]
    if chosen and chosen not in limits and price_limit_label(chosen):
        limits.append(chosen)
    return tuple(
        Choice(value, price_limit_label(value), is_chosen=value == chosen) for value in limits
    )


def _size_hint(feet: Feet | None) -> str:
    scale = find_scale("eu", gender=Gender.UNKNOWN)
    if feet is None or scale is None:
        return ""
    return size_label("eu", write_size(scale, scale.size_of(feet.longest_um)))

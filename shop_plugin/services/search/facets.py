"""The one list of facets. Form, API, counts and documentation read it.

A facet is a question that every listing answers with at least one value;
"not stated" is a value like any other. Inside a facet the chosen values are
joined by OR, across facets by AND, and the counts of a facet leave its own
choice out, so that a count is always the size of the list that a click gives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop_plugin.domain.attributes import Gender, UseCategory
from shop_plugin.domain.bands import (
    GRADES,
    HEEL_BANDS,
    NOT_ENOUGH,
    NOT_SCORED,
    OPEN_BACK,
    SECURE,
    SLIP_ON,
    UNCLEAR,
)
from shop_plugin.services.words.attributes import category_label

UNKNOWN = "unknown"
NO_SIZE = "none"

MAX_VALUES_PER_FACET = 40
MAX_VALUE_LENGTH = 200
# How many values of an open facet (brand, size) are listed; chosen ones always are.
MAX_LISTED_VALUES = 60

Label = str | Promise


class FacetKind(StrEnum):
    """How the values of a facet come about."""

    CLOSED = "closed"  # a fixed list in a fixed order
    BRAND = "brand"  # whatever the catalogue holds, most frequent first
    SIZE = "size"  # "eu:38" or ":8.5"; a listing has several
    PRICE = "price"  # "EUR-50-60": currency, from, below; "EUR-10000-" is open


# Python's re and the OpenAPI document read the same expressions.
_CHARACTER = r"[^\x00-\x1f\x7f]"
_COUNT = r"(?:0|[1-9][0-9]{0,11})"
PATTERNS: Mapping[FacetKind, str] = {
    FacetKind.BRAND: rf"^{_CHARACTER}{{1,{MAX_VALUE_LENGTH}}}$",
    FacetKind.SIZE: rf"^(?:{UNKNOWN}|{NO_SIZE}|[^\x00-\x1f\x7f:]{{0,12}}:{_CHARACTER}{{1,24}})$",
    FacetKind.PRICE: rf"^(?:{UNKNOWN}|[A-Z]{{3}}-{_COUNT}-{_COUNT}?)$",
}
_COMPILED = {kind: re.compile(pattern) for kind, pattern in PATTERNS.items()}


@dataclass(frozen=True, slots=True)
class Facet:
    """One question one can filter by.

    ``key`` is the name in a query string. ``values`` are the fixed values of
    a closed facet, :data:`UNKNOWN` last. ``help`` says in one or two sentences
    how a shoe is counted whose value is not exactly known.
    """

    key: str
    label: Label
    kind: FacetKind = FacetKind.CLOSED
    values: Mapping[str, Label] = field(default_factory=dict)
    help: Label = ""

    def accepts(self, value: str) -> bool:
        """Tell whether the value means something to this facet."""
        if self.kind is FacetKind.CLOSED:
            return value in self.values
        return _COMPILED[self.kind].fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class PriceRange:
    """A price range of one currency in whole units: ``low <= price < high``.

    ``high`` is ``None`` for an open range; a range that ends before it
    begins holds nothing.
    """

    currency: str
    low: int
    high: int | None

    @classmethod
    def find(cls, value: str) -> PriceRange | None:
        """Return the range that "EUR-50-60" or "EUR-100-" means, or ``None`` for "unknown"."""
        if value == UNKNOWN or _COMPILED[FacetKind.PRICE].fullmatch(value) is None:
            return None
        currency, low, high = value.split("-")
        return cls(currency, int(low), int(high) if high else None)

    def holds(self, currency: str, price: int) -> bool:
        """Tell whether a price in whole units of a currency lies in this range."""
        if currency != self.currency or price < self.low:
            return False
        return self.high is None or price < self.high

    def __str__(self) -> str:
        return f"{self.currency}-{self.low}-{'' if self.high is None else self.high}"


def size_value(*, system: str, label: str) -> str:
    """Return the facet value of a size: "eu:38", or ":8.5" where no system is stated."""
    return f"{system}:{label}"


def read_size(value: str) -> tuple[str, str]:
    """Return the system and the label of a size's facet value."""
    system, _colon, label = value.partition(":")
    return system, label


_LEVEL_HELP = _(
    "Counted by the lowest level that the facts leave possible: a text that only says that there "
    "is some stands under “Mild”."
)

# Yes, no, and what nobody has looked at: never mixed.
_THREE_STATES: Mapping[str, Label] = {
    "yes": pgettext_lazy("fact", "Yes"),
    "no": pgettext_lazy("fact", "No"),
    UNKNOWN: _("Not checked"),
}

_category_label = lazy(category_label, str)

CATEGORY_LABELS: Mapping[str, Label] = {
    category.value: _category_label(category) for category in UseCategory
}

FACETS: tuple[Facet, ...] = (
    Facet(
        "grade",
        _("Guide match"),
        values={
            **{grade: grade for grade in GRADES},
            NOT_ENOUGH: _("Not enough information"),
            NOT_SCORED: _("Not scored"),
            UNKNOWN: _("Not assessed yet"),
        },
        help=_(
            "Counted by the lower end, which is the sure one: a shoe shown as “C to A” stands "
            "under C. Tick A and B for “B or better for sure”."
        ),
    ),
    Facet(
        "arch",
        _("Arch support"),
        values={
            "3": pgettext_lazy("arch support", "High"),
            "2": pgettext_lazy("arch support", "Moderate"),
            "1": pgettext_lazy("arch support", "Mild"),
            "0": pgettext_lazy("arch support", "None"),
            UNCLEAR: _("Unclear, perhaps none"),
            UNKNOWN: _("Not checked"),
        },
        help=_LEVEL_HELP,
    ),
    Facet(
        "cushioning",
        _("Cushioning"),
        values={
            "3": pgettext_lazy("cushioning", "High"),
            "2": pgettext_lazy("cushioning", "Moderate"),
            "1": pgettext_lazy("cushioning", "Light"),
            "0": pgettext_lazy("cushioning", "None"),
            UNCLEAR: _("Unclear, perhaps none"),
            UNKNOWN: _("Not checked"),
        },
        help=_(
            "Counted by the lowest level that the facts leave possible: a text that only says "
            "“cushioned” stands under “Light”."
        ),
    ),
    Facet(
        "heel",
        _("Heel height"),
        # The labels of the bands are lengths and made in the reader's unit.
        values={**dict.fromkeys(HEEL_BANDS, ""), UNCLEAR: _("Unclear"), UNKNOWN: _("Not stated")},
        help=_(
            "Counted by the highest heel that the facts leave possible. A shoe that may lie in "
            "three bands or more is unclear."
        ),
    ),
    Facet(
        "category",
        _("Kind of shoe"),
        values=CATEGORY_LABELS,
    ),
    Facet("brand", _("Brand"), kind=FacetKind.BRAND),
    Facet(
        "gender",
        _("For"),
        values={
            Gender.WOMEN: _("Women"),
            Gender.MEN: _("Men"),
            Gender.UNISEX: _("Everyone"),
            Gender.UNKNOWN: _("Not stated"),
        },
    ),
    Facet(
        "price",
        _("Price"),
        kind=FacetKind.PRICE,
        help=_("Each currency has its own ranges; prices are never converted."),
    ),
    Facet(
        "size",
        _("Size in stock"),
        kind=FacetKind.SIZE,
        help=_("A shoe counts under every size that is in stock now."),
    ),
    Facet(
        "width",
        _("Width in stock"),
        values={
            "narrow": pgettext_lazy("width", "Narrow"),
            "regular": pgettext_lazy("width", "Regular"),
            "wide": pgettext_lazy("width", "Wide"),
            "extra_wide": pgettext_lazy("width", "Extra wide"),
            NO_SIZE: _("No size in stock"),
            UNKNOWN: _("Not stated"),
        },
        help=_("Together with a size, only pairs in that size and width count."),
    ),
    Facet(
        "toe",
        _("Toe shape"),
        values={
            "foot_shaped": pgettext_lazy("toe", "Foot-shaped or wide"),
            "round": pgettext_lazy("toe", "Round"),
            "square": pgettext_lazy("toe", "Square"),
            "almond": pgettext_lazy("toe", "Almond"),
            "pointed": pgettext_lazy("toe", "Pointed"),
            "open": pgettext_lazy("toe", "Open"),
            UNCLEAR: _("Unclear"),
            UNKNOWN: _("Not stated"),
        },
    ),
    Facet(
        "fastening",
        _("Held on the foot by"),
        values={
            SECURE: _("Laces, buckle, zip or strap"),
            SLIP_ON: _("Nothing to fasten, closed heel"),
            OPEN_BACK: _("Nothing at the heel (open back)"),
            UNCLEAR: _("Unclear"),
            UNKNOWN: _("Not stated"),
        },
    ),
    Facet("insole", _("Removable insole"), values=_THREE_STATES),
    Facet("orthotic", _("Room for your own insole"), values=_THREE_STATES),
)

# Size and width speak of one pair, so their choices are met by one row of stock together.
PAIR_FACETS = ("size", "width")

FACETS_BY_KEY: Mapping[str, Facet] = MappingProxyType({facet.key: facet for facet in FACETS})

"""The one list of facets. Form, API, counts and documentation read it.

A facet is a question that every listing answers with at least one value;
"not stated" is a value like any other. Inside a facet the chosen values are
joined by OR, across facets by AND, and the counts of a facet leave its own
choice out, so that a count is always the size of the list that a click gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop_plugin.domain.attributes import Gender, UseCategory
from shop_plugin.domain.bands import GRADES, HEEL_BANDS, NOT_ENOUGH, NOT_SCORED, UNCLEAR
from shop_plugin.services.attribute_words import category_label

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
        if self.kind is FacetKind.PRICE:
            return value == UNKNOWN or PriceRange.find(value) is not None
        if self.kind is FacetKind.SIZE:
            return value in (NO_SIZE, UNKNOWN) or (":" in value and is_plain_text(value))
        return is_plain_text(value)


@dataclass(frozen=True, slots=True)
class PriceRange:
    """A price range of one currency in whole units: ``low <= price < high``."""

    currency: str
    low: int
    high: int | None

    @classmethod
    def find(cls, value: str) -> PriceRange | None:
        """Return the range that "EUR-50-60" or "EUR-100-" means, or ``None``."""
        if value.count("-") != 2:
            return None
        currency, low, high = value.split("-")
        if not (currency.isascii() and currency.isalpha()):
            return None
        if len(currency) != 3 or not currency.isupper() or not _is_count(low):
            return None
        if high and not _is_count(high):
            return None
        found = cls(currency, int(low), int(high) if high else None)
        return found if found.high is None or found.low < found.high else None

    def holds(self, currency: str, price: int) -> bool:
        """Tell whether a price in whole units of a currency lies in this range."""
        if currency != self.currency or price < self.low:
            return False
        return self.high is None or price < self.high

    def __str__(self) -> str:
        return f"{self.currency}-{self.low}-{'' if self.high is None else self.high}"


def _is_count(text: str) -> bool:
    # At most 12 digits and no leading zero: one way only to write a range down.
    return text.isascii() and text.isdigit() and len(text) <= 12 and text == str(int(text))


def is_plain_text(value: str) -> bool:
    """Tell whether a value is short, not empty, and free of control characters."""
    return 0 < len(value) <= MAX_VALUE_LENGTH and value.isprintable() and value == value.strip()


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
            "3": pgettext_lazy("level", "High"),
            "2": pgettext_lazy("level", "Moderate"),
            "1": pgettext_lazy("level", "Mild"),
            "0": pgettext_lazy("level", "None"),
            UNCLEAR: _("Unclear, perhaps none"),
            UNKNOWN: _("Not checked"),
        },
        help=_LEVEL_HELP,
    ),
    Facet(
        "cushioning",
        _("Cushioning"),
        values={
            "3": pgettext_lazy("level", "High"),
            "2": pgettext_lazy("level", "Moderate"),
            "1": pgettext_lazy("cushioning", "Light"),
            "0": pgettext_lazy("level", "None"),
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
)

FACETS_BY_KEY: Mapping[str, Facet] = MappingProxyType({facet.key: facet for facet in FACETS})

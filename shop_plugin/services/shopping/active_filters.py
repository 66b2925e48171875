"""The filters in force, as words, each with the criteria that are left without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.facets import FACETS, FACETS_BY_KEY
from shop_plugin.services.search.ranges import AmountRange, HeelRange
from shop_plugin.services.shopping.facet_groups import value_label
from shop_plugin.services.words.lengths import write_length
from shop_plugin.services.words.prices import format_price


@dataclass(frozen=True, slots=True)
class ActiveValue:
    """One chosen value, with the query string that is left without it."""

    label: str
    query_without: str


@dataclass(frozen=True, slots=True)
class ActiveFilter:
    """Everything chosen in one facet, one typed range, or the words.

    ``key`` is the facet's, "heel_range", "price_range" or "q"; ``without``
    are the criteria with all of it taken off.
    """

    key: str
    label: str
    values: tuple[ActiveValue, ...]
    without: SearchCriteria

    @property
    def text(self) -> str:
        """All values in one text."""
        return ", ".join(value.label for value in self.values)

    @property
    def query_without(self) -> str:
        """The query string of the criteria with all of it taken off."""
        return self.without.to_query()


def list_filters(criteria: SearchCriteria, *, unit: str) -> tuple[ActiveFilter, ...]:
    """Return what narrows the list, in the order of the facets, then ranges, then words."""
    return tuple(_list_filters(criteria, unit))


def _list_filters(criteria: SearchCriteria, unit: str) -> Iterator[ActiveFilter]:
    for facet in FACETS:
        if chosen := criteria.chosen.get(facet.key, ()):
            yield ActiveFilter(
                facet.key,
                str(facet.label),
                tuple(
                    ActiveValue(
                        value_label(facet, value, unit=unit),
                        criteria.without_value(facet.key, value).to_query(),
                    )
                    for value in chosen
                ),
                criteria.without_facet(facet.key),
            )
    if criteria.heel is not None:
        text = _heel_text(criteria.heel, unit)
        label = str(FACETS_BY_KEY["heel"].label)
        yield _single("heel_range", label, text, criteria.without_heel())
    if criteria.amount is not None:
        text = _amount_text(criteria.amount)
        label = str(FACETS_BY_KEY["price"].label)
        yield _single("price_range", label, text, criteria.without_amount())
    if criteria.words:
        yield _single("q", _("Words"), " ".join(criteria.words), criteria.without_words())


def _single(key: str, label: str, text: str, without: SearchCriteria) -> ActiveFilter:
    return ActiveFilter(key, label, (ActiveValue(text, without.to_query()),), without)


def _heel_text(heel: HeelRange, unit: str) -> str:
    ends = (
        None if end is None else write_length(end, unit=unit) for end in (heel.low_um, heel.high_um)
    )
    return _between(*ends)


def _amount_text(amount: AmountRange) -> str:
    return _between(
        *(
            None if end is None else format_price(end, amount.currency)
            for end in amount.ends_in(amount.currency)
        )
    )


def _between(low: str | None, high: str | None) -> str:
    if low is None:
        return _("at most {high}").format(high=high)
    if high is None:
        return _("at least {low}").format(low=low)
    return _("{low} to {high}").format(low=low, high=high)

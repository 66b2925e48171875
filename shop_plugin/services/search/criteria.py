"""What a shopper asks for: chosen values, words, order, page. One shape for page and API.

Nothing here can fail on what a browser sends: what means nothing is left out
and named in ``ignored``. No condition of a person is among the criteria, so
none can end up in an address, a log or a referrer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from urllib.parse import urlencode

from django.http import QueryDict

from shop_plugin.services.search.facets import (
    FACETS,
    FACETS_BY_KEY,
    MAX_VALUES_PER_FACET,
    Facet,
    FacetKind,
)
from shop_plugin.services.search.ranges import (
    CURRENCY_PARAMETER,
    HEEL_PARAMETERS,
    PRICE_PARAMETERS,
    AmountRange,
    HeelRange,
    find_amount,
    find_heel,
    is_currency,
)

# What stands between words: every space and control character, NUL (which PostgreSQL refuses)
# included. Written out, because the engines that read the OpenAPI document differ on "\\s".
_SEPARATORS = r"\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff"
_SEPARATOR = re.compile(f"[{_SEPARATORS}]+")
RANGE_PARAMETERS = (*HEEL_PARAMETERS, *PRICE_PARAMETERS, CURRENCY_PARAMETER)
MAX_WORDS = 8
WORDS_PATTERN = (
    rf"^[{_SEPARATORS}]*(?:[^{_SEPARATORS}]+[{_SEPARATORS}]+){{0,{MAX_WORDS - 1}}}"
    rf"[^{_SEPARATORS}]*[{_SEPARATORS}]*$"
)
MAX_TEXT = 200
MAX_PAGE = 1_000_000
MAX_PAGE_SIZE = 200
MAX_IGNORED = 20


class Sort(StrEnum):
    """The orders a list may come in. Every order ends with the listing's id."""

    MATCH = "match"  # the sure end of the match first, then the possible end
    PRICE = "price"  # ascending inside a currency
    PRICE_DESC = "-price"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Ignored:
    """One thing in a query string that was not understood: ``unknown_parameter``,
    ``unknown_value`` or ``too_many``."""

    name: str
    value: str
    code: str


@dataclass(frozen=True, slots=True)
class SearchCriteria:
    """All that decides a result list.

    ``chosen`` holds, per facet key, the chosen values in the facet's own
    order (ascending for open facets), never an empty tuple. ``heel`` and
    ``amount`` are ranges somebody typed; they narrow beside the facets.
    ``page_size`` 0 means the shop's own. Two criteria that ask the same are
    equal and have the same query string.
    """

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    heel: HeelRange | None = None
    amount: AmountRange | None = None
    words: tuple[str, ...] = ()
    sort: Sort = Sort.MATCH
    page: int = 1
    page_size: int = 0
    ignored: tuple[Ignored, ...] = field(default=(), compare=False)

    def __hash__(self) -> int:
        return hash(self.to_query())

    @classmethod
    def from_query(cls, query: QueryDict, *, unit: str = "mm") -> SearchCriteria:
        """Return what a query string asks for. Never raises.

        A parameter or value that means nothing is left out and listed in
        ``ignored`` (the first 20 of them). A bare heel height is in ``unit``
        ("in", "cm" or "mm").
        """
        return _Reader(query, unit).read()

    def to_query(self) -> str:
        """Return the one canonical query string, without "?". Defaults are left out."""
        pairs = [(facet.key, value) for facet in FACETS for value in self.chosen.get(facet.key, ())]
        for typed in (self.heel, self.amount):
            if typed is not None:
                pairs += typed.as_parameters()
        if self.words:
            pairs.append(("q", " ".join(self.words)))
        if self.sort is not Sort.MATCH:
            pairs.append(("sort", self.sort.value))
        if self.page_size:
            pairs.append(("per_page", str(self.page_size)))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        return urlencode(pairs)

    @property
    def is_filtered(self) -> bool:
        """Tell whether any value, range or word narrows the list."""
        return bool(self.chosen or self.heel or self.amount or self.words)

    def has(self, key: str, value: str) -> bool:
        """Tell whether a value of a facet is chosen."""
        return value in self.chosen.get(key, ())

    def with_value(self, key: str, value: str) -> SearchCriteria:
        """Return these criteria with one value more, on the first page."""
        return self._choose(key, (*self.chosen.get(key, ()), value))

    def without_value(self, key: str, value: str) -> SearchCriteria:
        """Return these criteria with one value less, on the first page."""
        return self._choose(key, tuple(v for v in self.chosen.get(key, ()) if v != value))

    def without_facet(self, key: str) -> SearchCriteria:
        """Return these criteria with nothing chosen in one facet, on the first page."""
        return self._choose(key, ())

    def without_heel(self) -> SearchCriteria:
        """Return these criteria without the typed heel range, on the first page."""
        return replace(self, heel=None, page=1)

    def without_amount(self) -> SearchCriteria:
        """Return these criteria without the typed price range, on the first page."""
        return replace(self, amount=None, page=1)

    def without_words(self) -> SearchCriteria:
        """Return these criteria without the words, on the first page."""
        return replace(self, words=(), page=1)

    def without_filters(self) -> SearchCriteria:
        """Return only the order and page size of these criteria."""
        return SearchCriteria(sort=self.sort, page_size=self.page_size)

    def sorted_by(self, sort: Sort) -> SearchCriteria:
        """Return these criteria in another order, on the first page."""
        return replace(self, sort=sort, page=1)

    def with_page_size(self, page_size: int) -> SearchCriteria:
        """Return these criteria with so many listings a page, on the first page."""
        return replace(self, page_size=page_size, page=1)

    def on_page(self, page: int) -> SearchCriteria:
        """Return these criteria on another page."""
        return replace(self, page=page)

    def iter_chosen(self) -> Iterator[tuple[Facet, str]]:
        """Yield every chosen value with its facet, in the order of the list of facets."""
        for facet in FACETS:
            for value in self.chosen.get(facet.key, ()):
                yield facet, value

    def _choose(self, key: str, values: tuple[str, ...]) -> SearchCriteria:
        facet = FACETS_BY_KEY[key]
        chosen = dict(self.chosen)
        chosen.pop(key, None)
        if values:
            chosen[key] = in_order(facet, values)
        return replace(self, chosen=MappingProxyType(chosen), page=1)


def in_order(facet: Facet, values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values once each, in the facet's order."""
    distinct = set(values)
    if facet.kind is FacetKind.CLOSED:
        return tuple(value for value in facet.values if value in distinct)
    return tuple(sorted(distinct))


class _Reader:
    """Reads one query string and keeps what it could not use."""

    def __init__(self, query: QueryDict, unit: str) -> None:
        self.query = query
        self.unit = unit
        self.ignored: list[Ignored] = []

    def read(self) -> SearchCriteria:
        known = {*FACETS_BY_KEY, *RANGE_PARAMETERS, "q", "sort", "page", "per_page"}
        for name in self.query:
            if name not in known:
                self._ignore(name, self.query.get(name) or "", "unknown_parameter")
        return SearchCriteria(
            chosen=self._chosen(),
            heel=self._heel(),
            amount=self._amount(),
            words=self._words(),
            sort=self._sort(),
            page=self._number("page", default=1, maximum=MAX_PAGE),
            page_size=self._number("per_page", default=0, maximum=MAX_PAGE_SIZE),
            ignored=tuple(self.ignored),
        )

    def _chosen(self) -> Mapping[str, tuple[str, ...]]:
        chosen = {}
        for facet in FACETS:
            accepted: list[str] = []
            for value in self.query.getlist(facet.key):
                if not value:
                    continue  # an empty choice of a form says nothing
                if not facet.accepts(value):
                    self._ignore(facet.key, value, "unknown_value")
                elif value not in accepted:
                    accepted.append(value)
            for value in accepted[MAX_VALUES_PER_FACET:]:
                self._ignore(facet.key, value, "too_many")
            if accepted:
                chosen[facet.key] = in_order(facet, tuple(accepted[:MAX_VALUES_PER_FACET]))
        return MappingProxyType(chosen)

    def _heel(self) -> HeelRange | None:
        read = partial(find_heel, unit=self.unit)
        ends = [self._end(name, read) for name in HEEL_PARAMETERS]
        return HeelRange(*ends) if any(end is not None for end in ends) else None

    def _amount(self) -> AmountRange | None:
        ends = [self._end(name, find_amount) for name in PRICE_PARAMETERS]
        currency = self.query.get(CURRENCY_PARAMETER) or ""
        if currency and not is_currency(currency):
            self._ignore(CURRENCY_PARAMETER, currency, "unknown_value")
            currency = ""
        return AmountRange(currency, *ends) if any(end is not None for end in ends) else None

    def _end(self, name: str, read: Callable[[str], int | None]) -> int | None:
        """Return one end of a typed range, ``None`` where none is given or understood."""
        text = self.query.get(name) or ""
        end = read(text) if text else None
        if text and end is None:
            self._ignore(name, text, "unknown_value")
        return end

    def _words(self) -> tuple[str, ...]:
        text = " ".join(self.query.getlist("q"))
        if len(text) > MAX_TEXT:
            self._ignore("q", text[MAX_TEXT:], "too_many")
        words = list(dict.fromkeys(filter(None, _SEPARATOR.split(text[:MAX_TEXT]))))
        for word in words[MAX_WORDS:]:
            self._ignore("q", word, "too_many")
        return tuple(words[:MAX_WORDS])

    def _sort(self) -> Sort:
        value = self.query.get("sort") or Sort.MATCH.value
        if value in {item.value for item in Sort}:
            return Sort(value)
        self._ignore("sort", value, "unknown_value")
        return Sort.MATCH

    def _number(self, name: str, *, default: int, maximum: int) -> int:
        value = self.query.get(name) or ""
        if not value:
            return default
        # Checked by length first: int() of a very long text is refused by Python.
        if value.isascii() and value.isdigit() and len(value) <= 9 and 1 <= int(value) <= maximum:
            return int(value)
        self._ignore(name, value, "unknown_value")
        return default

    def _ignore(self, name: str, value: str, code: str) -> None:
        if len(self.ignored) < MAX_IGNORED:
            self.ignored.append(Ignored(name[:64], value[:64], code))

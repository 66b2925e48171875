"""Query strings of the API: the storefront's criteria, read strictly and described for OpenAPI.

The storefront leaves out what it does not understand, for a shopper must
always get a page. A program is told, so that a typing error does not pass
for a result.
"""

from __future__ import annotations

from collections.abc import Collection

from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from shop_plugin.api.cursors import MAX_CURSOR, read_cursor
from shop_plugin.api.problems import BadParameters, ParameterProblem
from shop_plugin.conf import get_settings
from shop_plugin.services.search.criteria import (
    MAX_PAGE,
    MAX_PAGE_SIZE,
    MAX_TEXT,
    MAX_WORDS,
    RANGE_PARAMETERS,
    WORDS_PATTERN,
    Ignored,
    SearchCriteria,
    Sort,
)
from shop_plugin.services.search.facets import (
    FACETS,
    MAX_VALUES_PER_FACET,
    PATTERNS,
    Facet,
    FacetKind,
)
from shop_plugin.services.search.ranges import (
    AMOUNT_PATTERN,
    CURRENCY_PARAMETER,
    CURRENCY_PATTERN,
    HEEL_PARAMETERS,
    HEEL_PATTERN,
    PRICE_PARAMETERS,
)
from shop_plugin.services.shopping.places import Place

# A listing's number has at most this many digits (a 64-bit key).
MAX_ID_DIGITS = 18
UNITS = ("in", "cm", "mm")
SINGLE = (*RANGE_PARAMETERS, "q", "sort", "page", "per_page", "cursor", "unit")

# A condition says something of a reader's health, and addresses end up in logs and histories.
_OF_THE_READER = frozenset({"condition", "conditions", "profile"})


def read_criteria(query: QueryDict, *, has_pages: bool = True) -> tuple[SearchCriteria, str]:
    """Return the criteria and the unit of lengths that a query string asks for.

    Without pages, an order or a page means nothing. A ``cursor`` is left to
    :func:`read_place`.

    :raises BadParameters: for anything in it that means nothing.
    """
    problems = _refuse_twice(query)
    rest = query.copy()
    rest.pop("unit", None)
    if has_pages:
        rest.pop("cursor", None)
    criteria = SearchCriteria.from_query(rest)
    problems += [_describe(item) for item in criteria.ignored]
    problems += [
        _describe(Ignored(facet.key, "", "too_many"))
        for facet in FACETS
        if len(rest.getlist(facet.key)) > MAX_VALUES_PER_FACET
        and not _is_named(facet.key, problems)
    ]
    if not has_pages:
        problems += [
            _describe(Ignored(name, "", "unknown_parameter"))
            for name in ("sort", "page", "per_page")
            if name in rest and not _is_named(name, problems)
        ]
    problems += [
        _describe(Ignored(key, "", "unknown_value"))
        for key in rest
        if key != "q" and "" in rest.getlist(key) and not _is_named(key, problems)
    ]
    unit = _read_unit(query, problems)
    if problems:
        raise BadParameters(problems)
    return criteria, unit


def read_place(query: QueryDict, criteria: SearchCriteria) -> Place | None:
    """Return the place in the list that the query's cursor names, or ``None`` without one.

    :raises BadParameters: for a cursor that cannot be used, and beside a page.
    """
    if "cursor" not in query:
        return None
    if "page" in query:
        text = _("Send a cursor or a page, not both.")
        raise BadParameters([ParameterProblem("page", "unknown_value", text)])
    return read_cursor(criteria, query.get("cursor", ""))


def read_unit(query: QueryDict, *, allowed: Collection[str] = ("unit",)) -> str:
    """Return the unit of lengths, of a query string that may hold nothing else.

    :raises BadParameters: for any other parameter and for a unit that does not exist.
    """
    problems = _refuse_twice(query)
    problems += [
        _describe(Ignored(name[:64], "", "unknown_parameter"))
        for name in query
        if name not in allowed
    ]
    unit = _read_unit(query, problems)
    if problems:
        raise BadParameters(problems)
    return unit


def _is_named(key: str, problems: list[ParameterProblem]) -> bool:
    return any(problem.parameter == key for problem in problems)


def _refuse_twice(query: QueryDict) -> list[ParameterProblem]:
    return [
        ParameterProblem(name, "given_twice", _("This parameter may be given once."))
        for name in SINGLE
        if len(query.getlist(name)) > 1
    ]


def _read_unit(query: QueryDict, problems: list[ParameterProblem]) -> str:
    unit = query.get("unit", "")
    if "unit" not in query:
        return get_settings().LENGTH_UNIT or "in"
    if unit not in UNITS:
        problems.append(_describe(Ignored("unit", "", "unknown_value")))
    return unit


def _describe(item: Ignored) -> ParameterProblem:
    if item.name in _OF_THE_READER:
        return ParameterProblem(
            item.name,
            "condition_not_accepted",
            _(
                "A condition of a person is never taken from an address. Every listing's own "
                "resource holds the matches for all conditions; choose on the reader's side."
            ),
        )
    if item.code == "unknown_parameter":
        return ParameterProblem(
            item.name, item.code, _("There is no such parameter; see the schema.")
        )
    if item.code == "too_many":
        return ParameterProblem(
            item.name, item.code, _("This is more than is taken; see the schema.")
        )
    return ParameterProblem(
        item.name, "unknown_value", _("This value means nothing here; see the schema.")
    )


def _facet_parameter(facet: Facet) -> OpenApiParameter:
    value: dict[str, object] = {"type": "string"}
    if facet.kind is FacetKind.CLOSED:
        value["enum"] = list(facet.values)
    else:
        value["pattern"] = PATTERNS[facet.kind]
    text = f"{facet.label}. Several values are joined by OR. {facet.help}".strip()
    return OpenApiParameter(
        facet.key,
        {"type": "array", "items": value, "minItems": 1, "maxItems": MAX_VALUES_PER_FACET},
        description=text,
        explode=True,
        style="form",
    )


UNIT = OpenApiParameter(
    "unit", OpenApiTypes.STR, enum=UNITS, description="Unit of the lengths in texts."
)
LISTING_ID = OpenApiParameter(
    "listing_id",
    {"type": "integer", "minimum": 1, "maximum": 10**MAX_ID_DIGITS - 1},
    OpenApiParameter.PATH,
    description="Our own number of the listing, as id in lists.",
)
FILTERS = [
    *(_facet_parameter(facet) for facet in FACETS),
    *(
        OpenApiParameter(
            name,
            {"type": "string", "pattern": HEEL_PATTERN},
            description=(
                "An end of the heel height, itself included; in mm where no unit is written. A "
                "shoe is found when every height its facts leave possible lies within."
            ),
        )
        for name in HEEL_PARAMETERS
    ),
    *(
        OpenApiParameter(
            name,
            {"type": "string", "pattern": AMOUNT_PATTERN},
            description="An end of the price, itself included, in units of its currency.",
        )
        for name in PRICE_PARAMETERS
    ),
    OpenApiParameter(
        CURRENCY_PARAMETER,
        {"type": "string", "pattern": CURRENCY_PATTERN},
        description="The currency of price_min and price_max; any where it is left out.",
    ),
    OpenApiParameter(
        "q",
        {
            "type": "string",
            "maxLength": MAX_TEXT,
            "pattern": WORDS_PATTERN,
        },
        description=(
            "Words that title, brand or description must hold, all of them, in any order; each "
            f"finds longer ones too. At most {MAX_WORDS}."
        ),
    ),
    UNIT,
]
PAGING = [
    OpenApiParameter(
        "sort",
        OpenApiTypes.STR,
        enum=[item.value for item in Sort],
        description=(
            "match: the sure end of the Guide match first (the default). price and -price: within "
            "each currency. newest: newest first."
        ),
    ),
    OpenApiParameter(
        "cursor",
        {"type": "string", "maxLength": MAX_CURSOR},
        description=(
            "A place in the list, from next or previous of an answer to the same query. A walk by "
            "cursors shows each listing once, also while the list changes. Not beside page."
        ),
    ),
    OpenApiParameter(
        "page",
        {"type": "integer", "minimum": 1, "maximum": MAX_PAGE},
        description="Counts from 1. A page past the end is empty.",
    ),
    OpenApiParameter("per_page", {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE}),
]

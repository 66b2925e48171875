"""What anybody may read: listings, one listing, facets."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from shop_plugin.api.cursors import write_cursor
from shop_plugin.api.describing import describe
from shop_plugin.api.freshness import make_tag
from shop_plugin.api.parameters import (
    FILTERS,
    LISTING_ID,
    MAX_ID_DIGITS,
    PAGING,
    UNIT,
    read_criteria,
    read_place,
    read_unit,
)
from shop_plugin.api.problems import problem_responses
from shop_plugin.api.resource import Resource
from shop_plugin.api.serializers import (
    FacetListSerializer,
    ListingListSerializer,
    ListingSerializer,
)
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.shopping.listing_page import ListingNotFound, get_listing_page
from shop_plugin.services.shopping.places import Place, Stretch, search_from
from shop_plugin.services.shopping.results import count_facets, page_size_of


class ListingListView(Resource):
    """Listings by the same criteria and orders as the storefront."""

    @describe(
        operation_id="listListings",
        auth=[],
        summary="Find listings",
        description=(
            "Values of one facet are joined by OR, facets by AND. Withdrawn listings are never "
            "found. The lower end of the Guide match decides the grade facet and the order."
        ),
        parameters=[*FILTERS, *PAGING],
        responses={200: ListingListSerializer, **problem_responses(400, 406, 429)},
        tags=["listings"],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Return one page of listings."""
        criteria, unit = read_criteria(request.GET)
        place = read_place(request.GET, criteria)
        size = page_size_of(criteria)
        query = (criteria.to_query(), str(size), unit, request.GET.get("cursor", ""))
        if known := self.answer_known(request, make_tag(request.path, *query)):
            return known
        found = search_from(criteria, place=place, unit=unit)
        links = _Links(request, criteria, found)
        page_count = -(-found.total // size)
        shown = {
            "total": found.total,
            "page": found.page,
            "page_size": size,
            "page_count": page_count,
            "is_past_end": (found.page or 1) > max(page_count, 1),
            "next": links.to(found.next),
            "previous": links.to(found.previous) or links.to_last_page(page_count),
            "cards": found.cards,
        }
        response = Response(ListingListSerializer(shown, context={"unit": unit}).data)
        response["Link"] = links.header(next=shown["next"], prev=shown["previous"])
        return response


class ListingView(Resource):
    """One listing."""

    @describe(
        operation_id="getListing",
        summary="Read one listing",
        description=(
            "Facts with the quote behind each, matches as integers with their reasons. The "
            "matches for all conditions are always there, so that nobody needs to ask for one."
        ),
        parameters=[
            UNIT,
            LISTING_ID,
        ],
        responses={200: ListingSerializer, **problem_responses(400, 404, 406, 429)},
        tags=["listings"],
    )
    def get(self, request: Request, listing_id: str) -> HttpResponseBase:
        """Return one listing."""
        unit = read_unit(request.GET)
        number = read_listing_id(listing_id)
        if known := self.answer_known(request, make_tag(request.path, unit)):
            return known
        try:
            page = get_listing_page(number, unit=unit)
        except ListingNotFound as error:
            raise Http404(_("There is no listing with this id.")) from error
        return Response(ListingSerializer(page, context={"unit": unit}).data)


class FacetListView(Resource):
    """The facets with their counts for some criteria."""

    @describe(
        operation_id="listFacets",
        summary="Count by facet",
        description=(
            "A facet's counts leave its own choice out. Not stated is a value like any other."
        ),
        parameters=FILTERS,
        responses={200: FacetListSerializer, **problem_responses(400, 406, 429)},
        tags=["facets"],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Return every facet with its counts."""
        criteria, unit = read_criteria(request.GET, has_pages=False)
        tag = make_tag(request.path, criteria.to_query(), unit)
        if known := self.answer_known(request, tag):
            return known
        total, facets = count_facets(criteria, unit=unit)
        return Response(FacetListSerializer({"total": total, "facets": facets}).data)


def read_listing_id(text: str) -> int:
    """Return the id in an address; read here and not by the route, for the sake of the problem.

    :raises Http404: for what is none.
    """
    if text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS:
        return int(text)
    raise Http404(_("A listing's id is a whole number."))


class _Links:
    """Paths to other parts of the list that was asked for."""

    def __init__(self, request: Request, criteria: SearchCriteria, found: Stretch) -> None:
        self._request, self._criteria, self._found = request, criteria, found

    def to(self, place: Place | None) -> str | None:
        """Return the path to what follows or precedes a place."""
        if place is None:
            return None
        first = self._criteria.on_page(1)
        return self._path(first, {"cursor": write_cursor(first, place)})

    def to_last_page(self, page_count: int) -> str | None:
        """Return the path to the last page, for who has gone past it."""
        if self._found.page is None or self._found.page <= max(page_count, 1):
            return None
        return self._path(self._criteria.on_page(max(page_count, 1)), {})

    def header(self, **paths: str | None) -> str:
        """Return the Link header (RFC 8288)."""
        named = {"first": self._path(self._criteria.on_page(1), {}), **paths}
        return ", ".join(f'<{path}>; rel="{name}"' for name, path in named.items() if path)

    def _path(self, criteria: SearchCriteria, more: dict[str, str]) -> str:
        if unit := self._request.GET.get("unit"):
            more = {**more, "unit": unit}
        query = "&".join(filter(None, (criteria.to_query(), urlencode(more))))
        return f"{self._request.path}?{query}" if query else self._request.path

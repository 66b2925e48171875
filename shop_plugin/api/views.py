"""The resources of version 1: listings, one listing, facets. Read only, open, JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shop_plugin.api.parameters import FILTERS, PAGING, UNIT, read_criteria, read_unit
from shop_plugin.api.problems import MEDIA_TYPE, ProblemSerializer, describe_problem
from shop_plugin.api.serializers import (
    FacetListSerializer,
    ListingListSerializer,
    ListingSerializer,
)
from shop_plugin.services.criteria import SearchCriteria
from shop_plugin.services.listing_page import ListingNotFound, get_listing_page
from shop_plugin.services.search import SearchPage, count_facets, search

# A listing's number has at most this many digits (a 64-bit key).
MAX_ID_DIGITS = 18


class AlwaysJson(BaseContentNegotiation):
    """Answers in JSON whatever is asked for; there is nothing to choose from."""

    def select_parser(self, request: Request, parsers: Any) -> None:
        """Return none: no request body is ever read."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the JSON renderer."""
        return renderers[0], renderers[0].media_type


class ReadOnly(BasePermission):
    """Reading is open, as the storefront is. Nothing can be written."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Return true for a method that only reads.

        :raises MethodNotAllowed: for any other; nobody at all may use it.
        """
        if request.method not in SAFE_METHODS:
            raise MethodNotAllowed(request.method)
        return True


@method_decorator(conditional_page, name="dispatch")
class ReadView(APIView):
    """What all resources share. A host's REST_FRAMEWORK settings do not reach in here.

    Every answer has an ETag and is kept by no cache without asking again, so
    that a change is seen at once and an unchanged page costs no transfer.
    """

    authentication_classes = ()
    permission_classes = (ReadOnly,)
    renderer_classes = (JSONRenderer,)
    parser_classes = ()
    throttle_classes = ()
    versioning_class = None
    metadata_class = None
    content_negotiation_class = AlwaysJson
    schema = AutoSchema()
    http_method_names = ["get", "head"]

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        """Return the handler that words errors as problem details."""
        return describe_problem

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Add what caches must know."""
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_cache_control(response, public=True, no_cache=True)
        patch_vary_headers(response, ("Accept-Language",))
        return response


def _problems(*codes: int) -> dict[Any, OpenApiResponse]:
    return {(code, MEDIA_TYPE): OpenApiResponse(ProblemSerializer) for code in codes}


class ListingListView(ReadView):
    """Listings by the same criteria and orders as the storefront."""

    @extend_schema(
        operation_id="listListings",
        summary="Find listings",
        description=(
            "Values of one facet are joined by OR, facets by AND. Withdrawn listings are never "
            "found. The lower end of the Guide match decides the grade facet and the order."
        ),
        parameters=[*FILTERS, *PAGING],
        responses={200: ListingListSerializer, **_problems(400)},
        tags=["listings"],
    )
    def get(self, request: Request) -> Response:
        """Return one page of listings."""
        criteria, unit = read_criteria(request.GET)
        page = search(criteria, unit=unit, with_facets=False)
        shown = {
            "total": page.total,
            "page": page.page,
            "page_size": page.page_size,
            "page_count": page.page_count,
            "is_past_end": page.is_past_end,
            "next": _page_link(request, page, page.page + 1) if page.has_next else None,
            "previous": _page_link(request, page, page.page - 1) if page.has_previous else None,
            "cards": page.cards,
        }
        return Response(ListingListSerializer(shown, context={"unit": unit}).data)


class ListingView(ReadView):
    """One listing."""

    @extend_schema(
        operation_id="getListing",
        summary="Read one listing",
        description=(
            "Facts with the quote behind each, matches as integers with their reasons. The "
            "matches for all conditions are always there, so that nobody needs to ask for one."
        ),
        parameters=[
            UNIT,
            OpenApiParameter(
                "listing_id",
                {"type": "integer", "minimum": 1, "maximum": 10**MAX_ID_DIGITS - 1},
                OpenApiParameter.PATH,
            ),
        ],
        responses={200: ListingSerializer, **_problems(400, 404)},
        tags=["listings"],
    )
    def get(self, request: Request, listing_id: str) -> Response:
        """Return one listing."""
        unit = read_unit(request.GET)
        # Read here and not by the route, so that a wrong id gets a problem detail too.
        is_id = listing_id.isascii() and listing_id.isdigit() and len(listing_id) <= MAX_ID_DIGITS
        if not is_id:
            raise Http404(_("A listing's id is a whole number."))
        try:
            page = get_listing_page(int(listing_id), unit=unit)
        except ListingNotFound as error:
            raise Http404(_("There is no listing with this id.")) from error
        return Response(ListingSerializer(page, context={"unit": unit}).data)


class FacetListView(ReadView):
    """The facets with their counts for some criteria."""

    @extend_schema(
        operation_id="listFacets",
        summary="Count by facet",
        description=(
            "A facet's counts leave its own choice out. Not stated is a value like any other."
        ),
        parameters=FILTERS,
        responses={200: FacetListSerializer, **_problems(400)},
        tags=["facets"],
    )
    def get(self, request: Request) -> Response:
        """Return every facet with its counts."""
        criteria, unit = read_criteria(request.GET, has_pages=False)
        total, facets = count_facets(criteria, unit=unit)
        return Response(FacetListSerializer({"total": total, "facets": facets}).data)


def _page_link(request: Request, page: SearchPage, number: int) -> str:
    criteria: SearchCriteria = page.criteria.on_page(number)
    parts = [criteria.to_query()]
    if unit := request.GET.get("unit"):
        parts.append(f"unit={unit}")
    query = "&".join(part for part in parts if part)
    return f"{request.path}?{query}" if query else request.path

"""Oscar's list of products, narrowed by footback's facets; neither Solr nor Elasticsearch is asked.

The pages are drawn by oscar's own templates: the facets go where oscar's own
would stand. A shop mounts the view before oscar's of the same address.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import ListView

from shop_plugin.adapters.oscar.models import oscar_model
from shop_plugin.conf import load_catalogue_source
from shop_plugin.models import Listing
from shop_plugin.services.shopping.results import (
    FacetGroup,
    SearchCriteria,
    count_facets,
    count_listings,
    find_ids,
)
from shop_plugin.services.words.lengths import default_unit


class Shown(NamedTuple):
    """One product in the shape in which oscar's templates take it from a search engine."""

    object: Any


class FoundProducts:
    """Oscar's products that criteria find, in their order: one page is fetched at a time.

    A listing whose product is gone from oscar since the last sync is left out
    of its page.
    """

    def __init__(self, criteria: SearchCriteria, *, source: str) -> None:
        self._criteria, self._source = criteria, source

    @cached_property
    def _total(self) -> int:
        return count_listings(self._criteria)

    def __len__(self) -> int:
        return self._total

    def __getitem__(self, place: slice) -> list[Shown]:
        start, stop = place.start or 0, place.stop
        found = find_ids(self._criteria, limit=stop - start, offset=start).listing_ids
        keys = dict(
            Listing.objects.filter(pk__in=found, source=self._source).values_list(
                "pk", "external_id"
            )
        )
        order = [int(keys[listing]) for listing in found if keys.get(listing, "").isdigit()]
        products = oscar_model("catalogue.Product").objects.browsable().base_queryset()
        by_key = products.in_bulk(order)
        return [Shown(by_key[key]) for key in order if key in by_key]

    def __iter__(self) -> Iterator[Shown]:
        return iter(self[0 : len(self)])


class AllProducts:
    """All of oscar's products that a shopper can find, those the shop puts first before others."""

    @cached_property
    def _products(self) -> Any:
        products = oscar_model("catalogue.Product").objects.browsable()
        return products.base_queryset().order_by("-priority", "-date_created", "-pk")

    def count(self) -> int:
        """Return how many there are."""
        return int(self._products.count())

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, place: slice) -> list[Shown]:
        return [Shown(product) for product in self._products[place]]


class GuidedCatalogueView(ListView):  # type: ignore[type-arg]  # generic in the stubs alone
    """Oscar's "All products", with footback's facets beside it.

    Mount it before oscar's addresses at the place of oscar's own list. As
    long as nothing is chosen every product of the shop is there, known to
    footback or not.
    """

    template_name = "oscar/catalogue/browse.html"
    context_object_name = "products"

    @cached_property
    def criteria(self) -> SearchCriteria:
        """What the address asks for; what means nothing is left out."""
        return SearchCriteria.from_query(self.request.GET, unit=default_unit())

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a page; one that does not exist leads to the first, as in oscar."""
        try:
            return super().get(request, *args, **kwargs)
        except Http404:
            messages.error(request, _("That page does not exist. This is the first one."))
            return HttpResponseRedirect(self._address(self.criteria.on_page(1).to_query()))

    def get_queryset(self) -> Any:
        """Return what to show, a page of which is fetched."""
        if not self.criteria.is_filtered:
            return AllProducts()
        source = load_catalogue_source()
        return FoundProducts(self.criteria, source=source.name if source else "oscar")

    def get_paginate_by(self, queryset: Any) -> int:
        """Return how many products oscar shows on a page."""
        return int(getattr(settings, "OSCAR_PRODUCTS_PER_PAGE", 20))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Return what oscar's template asks for, the facets among it."""
        context = super().get_context_data(**kwargs)
        facets = self._facets()
        return context | {
            "summary": _("All products"),
            "facet_data": facets,
            "has_facets": bool(facets),
        }

    def _facets(self) -> dict[str, dict[str, Any]]:
        _total, groups = count_facets(self.criteria, unit=default_unit())
        return {
            group.key: {"name": group.label, "results": self._values_of(group)}
            for group in groups
            if not group.is_empty
        }

    def _values_of(self, group: FacetGroup) -> list[dict[str, Any]]:
        return [
            {
                "name": item.label,
                "count": item.count,
                "show_count": True,
                "selected": item.is_chosen,
                "disabled": not item.count and not item.is_chosen,
                "select_url": self._address(item.query),
                "deselect_url": self._address(item.query),
            }
            for item in group.values
            if item.count or item.is_chosen
        ]

    def _address(self, query: str) -> str:
        return f"{self.request.path}?{query}" if query else self.request.path

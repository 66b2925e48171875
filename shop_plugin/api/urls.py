"""Addresses of version 1 of the API, relative to where a host mounts it."""

from django.urls import URLPattern, path, re_path

from shop_plugin.api.resource import Missing
from shop_plugin.api.schema import SchemaView
from shop_plugin.api.views import FacetListView, ListingListView, ListingView

urlpatterns: list[URLPattern] = [
    path("listings/", ListingListView.as_view(), name="api-listings"),
    path("listings/<str:listing_id>/", ListingView.as_view(), name="api-listing"),
    path("facets/", FacetListView.as_view(), name="api-facets"),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    # Last: what is none of these gets a problem detail too.
    re_path(r"^.*$", Missing.as_view(), name="api-missing"),
]

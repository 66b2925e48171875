"""Addresses of version 1 of the API, relative to where a host mounts it."""

from django.urls import URLPattern, path, re_path

from shop_plugin.api.matching import MatchView
from shop_plugin.api.nudges import NudgesView, NudgeView
from shop_plugin.api.pushing import ErasuresView, OrdersView, WithdrawalsView
from shop_plugin.api.resource import Missing
from shop_plugin.api.schema import SchemaView
from shop_plugin.api.views import FacetListView, ListingView
from shop_plugin.api.writing import FactBatchView, FactsView, FactView, ListingsView

urlpatterns: list[URLPattern] = [
    path("listings/", ListingsView.as_view(), name="api-listings"),
    path("listings/withdraw/", WithdrawalsView.as_view(), name="api-withdrawals"),
    path("listings/<str:listing_id>/", ListingView.as_view(), name="api-listing"),
    path("listings/<str:listing_id>/facts/", FactsView.as_view(), name="api-listing-facts"),
    path("listings/<str:listing_id>/facts/<str:attribute>/", FactView.as_view(), name="api-fact"),
    path("facts/", FactBatchView.as_view(), name="api-facts"),
    path("orders/", OrdersView.as_view(), name="api-orders"),
    path("nudges/", NudgesView.as_view(), name="api-nudges"),
    path("nudges/<str:nudge_id>/", NudgeView.as_view(), name="api-nudge"),
    path("contacts/erase/", ErasuresView.as_view(), name="api-erasures"),
    path("facets/", FacetListView.as_view(), name="api-facets"),
    path("match/", MatchView.as_view(), name="api-match"),
    path("schema/", SchemaView.as_view(), name="api-schema"),
    # Last: what is none of these gets a problem detail too.
    re_path(r"^.*$", Missing.as_view(), name="api-missing"),
]

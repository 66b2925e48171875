"""Addresses of the shopper's pages, mounted by the host where it likes."""

from django.urls import path

from shop_plugin.storefront import browsing, finder, fit, learn, pairs, views
from shop_plugin.storefront.language import language_view
from shop_plugin.storefront.value_report import value_report

urlpatterns = [
    path("", browsing.browse, name="browse"),
    path("find/", finder.finder, name="finder"),
    path("fit/", fit.fit, name="fit"),
    path("compare/", views.compare, name="compare"),
    path("language/", language_view, name="language"),
    path("mine/", pairs.pairs_view, name="pairs"),
    path("<int:listing_id>/", views.listing, name="listing"),
    path("<int:listing_id>/report/", value_report, name="value_report"),
    path("learn/", learn.learn, name="learn"),
    path("learn/<slug:slug>/", learn.topic, name="topic"),
]

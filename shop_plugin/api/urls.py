"""Addresses of version 1 of the API, relative to where a host mounts it."""

from django.urls import URLPattern, path

from shop_plugin.api.schema import SchemaView

urlpatterns: list[URLPattern] = [
    path("schema/", SchemaView.as_view(), name="api-schema"),
]

"""A host that mounts none of the pages."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

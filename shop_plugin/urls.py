"""Addresses of the plugin. A host mounts the two groups where it likes."""

from django.urls import URLPattern, URLResolver

app_name = "footback"
urlpatterns: list[URLPattern | URLResolver] = []

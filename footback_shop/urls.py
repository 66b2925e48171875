"""Addresses of the demo shop."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("demo/mailbox/", include("footback_shop.mailbox.urls")),
    path("", include("shop_plugin.urls")),
    path("", include("footback_shop.store.urls")),
]

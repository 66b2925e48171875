"""Addresses of the demo shop."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("favicon.ico", RedirectView.as_view(url=static("footback/icon.svg"))),
    path("admin/", admin.site.urls),
    path("demo/mailbox/", include("footback_shop.mailbox.urls")),
    path("", include("shop_plugin.urls")),
    path("", include("footback_shop.store.urls")),
]

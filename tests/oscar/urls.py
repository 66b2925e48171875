"""Oscar's addresses, footback's pages, and its list with facets where oscar has its catalogue."""

from django.apps import apps
from django.contrib import admin
from django.urls import include, path

from shop_plugin.adapters.oscar.pages import GuidedCatalogueView

urlpatterns = [
    path("admin/", admin.site.urls),
    path("catalogue/", GuidedCatalogueView.as_view()),  # before oscar's own of the same address
    path("footwear/", include("shop_plugin.urls")),
    path("", include(apps.get_app_config("oscar").urls[0])),
]

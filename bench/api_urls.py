"""The demo shop, and the anchor: a view that does nothing, behind the same middleware."""

import os

from django.http import HttpRequest, HttpResponse
from django.urls import path

from footback_shop.urls import urlpatterns as shop_patterns
from shop_plugin.api import resource
from shop_plugin.services.shop.shelf import Shelf

if os.environ.get("FOOTBACK_BENCH_KEEPS_NOTHING"):
    # Every answer is looked up and worded anew, as the first of its kind is.
    resource.SHELF = Shelf(room=0)


def constant(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b'{"constant": true}', content_type="application/json")


urlpatterns = [path("constant/", constant), *shop_patterns]

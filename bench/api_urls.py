"""The demo shop, and the anchor: a view that does nothing, behind the same middleware."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from footback_shop.urls import urlpatterns as shop_patterns


def constant(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b'{"constant": true}', content_type="application/json")


urlpatterns = [path("constant/", constant), *shop_patterns]

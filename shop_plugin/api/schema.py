"""The OpenAPI document of version 1."""

from __future__ import annotations

from drf_spectacular.views import SpectacularJSONAPIView


class SchemaView(SpectacularJSONAPIView):
    """Return the OpenAPI document of this API and nothing else of the host's."""

    authentication_classes = ()
    urlconf = "shop_plugin.api.urls"

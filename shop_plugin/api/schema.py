"""The OpenAPI document of version 1."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from shop_plugin.api.freshness import make_body_tag
from shop_plugin.api.negotiation import JSON, Json
from shop_plugin.api.resource import Resource

EXAMPLES = files("shop_plugin.api") / "examples"
# What a host may have set for its own document and must not show in this one.
SETTINGS = {
    "POSTPROCESSING_HOOKS": [],
    "PREPROCESSING_HOOKS": [],
    "SCHEMA_PATH_PREFIX": "",
    "SCHEMA_PATH_PREFIX_TRIM": False,
    "APPEND_COMPONENTS": {},
    "COMPONENT_SPLIT_PATCH": False,
    "SECURITY": [],
    "TAGS": [],
    "EXTERNAL_DOCS": {},
    "EXTENSIONS_ROOT": {},
}
INFO = {
    "title": "footback",
    "version": "1",
    "description": (
        "Sourced facts of shoes and their Guide match: how well a shoe agrees with a published "
        "footwear guide. General information, not medical advice."
    ),
}


def build_schema(*, base_path: str) -> dict[str, Any]:
    """Return the OpenAPI document of this API alone, served under ``base_path``.

    Neither the host's own API nor its spectacular settings show in it.
    """
    with patched_settings(SETTINGS):
        schema: dict[str, Any] = SchemaGenerator(urlconf="shop_plugin.api.urls").get_schema(
            request=None, public=True
        )
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            if method == "patch":
                operation["requestBody"]["required"] = True
            _add_examples(operation)
    return {**schema, "info": INFO, "servers": [{"url": base_path.rstrip("/")}]}


def _add_examples(operation: dict[str, Any]) -> None:
    """Show a real request and its real answer, shortened, where they are kept beside this file."""
    for kind, holder in (
        ("request", operation.get("requestBody")),
        ("response", operation["responses"]["200"]),
    ):
        file = EXAMPLES / f"{operation['operationId']}.{kind}.json"
        if holder is not None and file.is_file():
            value = json.loads(file.read_text(encoding="utf-8"))
            holder["content"][JSON]["examples"] = {"demo": {"value": value}}


@extend_schema(exclude=True)
class SchemaView(Resource):
    """The OpenAPI document."""

    def get(self, request: Request) -> HttpResponseBase:
        """Return the document as JSON."""
        document = _written(request.path.removesuffix("schema/"), get_language() or "")
        if known := self.answer_known(request, make_body_tag(document)):
            return known
        return HttpResponse(document, content_type=JSON)


@lru_cache(maxsize=16)
def _written(base_path: str, language: str) -> bytes:
    """Return the document as it is sent. It is the same until the process ends."""
    return Json().render(build_schema(base_path=base_path))

"""What all resources of the API share. A host's REST_FRAMEWORK settings do not reach in here."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
)
from django.utils import translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import gettext as _
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import MethodNotAllowed, Throttled
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shop_plugin.api.answers import SHELF, Answer
from shop_plugin.api.freshness import is_known
from shop_plugin.api.negotiation import JSON, BoundedJson, Json, JsonOnly
from shop_plugin.api.problems import describe_problem
from shop_plugin.conf import get_settings
from shop_plugin.services.access.rate_limits import Allowance, Rate, find_client, take_place
from shop_plugin.services.shop.languages import negotiate_language


class Resource(APIView):
    """JSON, problem details, a rate limit, and headers that say what caches may do.

    A good answer to a read may be kept by any cache that asks again before it
    shows it; every other answer is kept by none. The language is that of
    Accept-Language alone, so that nothing depends on a cookie.
    """

    authentication_classes = ()
    permission_classes = ()
    renderer_classes = (Json,)
    parser_classes = (BoundedJson,)
    throttle_classes = ()
    versioning_class = None
    metadata_class = None
    content_negotiation_class = JsonOnly
    schema = AutoSchema()
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]

    most_body_bytes = 16 * 1024
    # The scopes of the rate limits for plain reads and for the rest: API_RATE_<scope>.
    read_rate = "READ"
    write_rate = "WRITE"
    # Whether reading needs a key too: then no cache may keep an answer.
    is_private = False
    # Whether a body may tell of a person: nothing of such a request is ever written down.
    is_about_a_person = False

    # The body as it came, where there was one.
    body_sent = b""

    _allowance: Allowance | None = None
    _tag = ""

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response]:
        """Return the handler that words errors as problem details."""
        return describe_problem

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer in the language that the client asks for, and render while it is in force."""
        language = negotiate_language(request.headers.get("Accept-Language", ""))
        with translation.override(language):
            response = super().dispatch(request, *args, **kwargs)
            if isinstance(response, Response):
                response.render()
                if self._tag and request.method == "GET" and response.status_code == 200:
                    answer = Answer(response.content, response.get("Link", ""))
                    SHELF.keep(self._tag, answer, size=len(answer.body))
        response["Content-Language"] = language
        return response

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Count the request first, so that guessing keys is slow, then check it.

        :raises Throttled: for one too many.
        :raises MethodNotAllowed: before anybody is asked for a key in vain.
        """
        self._count(request)
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        super().initial(request, *args, **kwargs)

    def answer_known(self, request: Request, tag: str) -> HttpResponseBase | None:
        """Note the answer's ETag; return 304 or the kept answer where there is one."""
        self._tag = tag
        if is_known(tag, request.headers.get("If-None-Match", "")):
            return HttpResponseNotModified()
        answer = SHELF.find(tag)
        if answer is None:
            return None
        response = HttpResponse(answer.body, content_type=JSON)
        if answer.link:
            response["Link"] = answer.link
        return response

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Add what clients and caches must know."""
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ("Accept-Language",))
        if self.is_private:
            patch_vary_headers(response, ("Authorization",))
            patch_cache_control(response, private=True, no_store=True)
        elif request.method in SAFE_METHODS and response.status_code in (200, 304):
            patch_cache_control(response, public=True, no_cache=True)
            if self._tag:
                response["ETag"] = self._tag
        else:
            patch_cache_control(response, no_store=True)
        if self._allowance is not None:
            self._tell_limits(response, self._allowance)
        return response

    def _count(self, request: Request) -> None:
        scope = self.read_rate if request.method in SAFE_METHODS else self.write_rate
        options = get_settings()
        rate = Rate.find(getattr(options, f"API_RATE_{scope}"))
        if rate is None:
            return
        client = find_client(
            remote=request.META.get("REMOTE_ADDR") or "",
            forwarded=request.META.get("HTTP_X_FORWARDED_FOR") or "",
            trusted_proxies=options.TRUSTED_PROXIES,
        )
        self._rate_name = scope.lower()
        self._allowance = take_place(
            scope=self._rate_name, client=client, rate=rate, now=time.time()
        )
        if self._allowance is not None and not self._allowance.is_allowed:
            raise Throttled(wait=self._allowance.reset_seconds)

    def _tell_limits(self, response: HttpResponseBase, allowance: Allowance) -> None:
        name, rate = self._rate_name, allowance.rate
        response["RateLimit-Policy"] = f'"{name}";q={rate.limit};w={rate.seconds}'
        response["RateLimit"] = f'"{name}";r={allowance.remaining};t={allowance.reset_seconds}'


@extend_schema(exclude=True)
class Missing(Resource):
    """Every address of the API that leads nowhere."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Say that there is nothing.

        :raises Http404: always.
        """
        self._count(request)
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(
            request, force=True
        )
        raise Http404(
            _("There is no such resource. Addresses end in a slash; the schema lists them.")
        )

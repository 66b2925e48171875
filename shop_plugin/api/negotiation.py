"""JSON in, JSON out: what is read of a body, and what is refused of a request's headers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

import orjson
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAcceptable, ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from shop_plugin.api.problems import MEDIA_TYPE, TooLarge

JSON = "application/json"


class Json(BaseRenderer):
    """Writes JSON in UTF-8."""

    media_type = JSON
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the data as JSON; nothing at all for an answer without a body."""
        return b"" if data is None else orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS)


class JsonOnly(BaseContentNegotiation):
    """Answers in JSON, or not at all where only something else is wanted."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        """Return the parser where the body says that it is JSON."""
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return parsers[0] if media_type == JSON else None

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Return the JSON renderer.

        :raises NotAcceptable: where neither JSON nor a problem detail is wanted.
        """
        is_choosy = bool(request.headers.get("Accept", "").strip())
        if is_choosy and request._request.get_preferred_type([JSON, MEDIA_TYPE]) is None:
            raise NotAcceptable(_("Answers are application/json only; see the Accept header."))
        return renderers[0], renderers[0].media_type


class BoundedJson(BaseParser):
    """Reads a JSON body that is not larger than the view takes; strict where JSON is."""

    media_type = JSON

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return what the body holds.

        :raises TooLarge: before more than the limit was read.
        :raises ParseError: for anything that is not one JSON value in UTF-8.
        """
        context = parser_context or {}
        limit = context["view"].most_body_bytes
        if int(context["request"].META.get("CONTENT_LENGTH") or 0) > limit:
            raise TooLarge(limit)
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(limit)
        context["view"].body_sent = body
        try:
            return json.loads(
                body.decode("utf-8"), object_pairs_hook=_without_repeats, parse_constant=_refuse
            )
        except UnicodeDecodeError as error:
            raise ParseError(_("The body is not UTF-8.")) from error
        except (ValueError, RecursionError) as error:
            column = getattr(error, "pos", None)
            if column is None:
                raise ParseError(_("The body is not usable JSON.")) from error
            raise ParseError(
                _("The body is not JSON; reading stopped at character %(place)d.")
                % {"place": column}
            ) from error


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")

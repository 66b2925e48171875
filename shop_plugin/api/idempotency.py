"""Idempotency-Key: a request that writes may be sent again, and is done once.

As draft-ietf-httpapi-idempotency-key-header has it. Answers that were given
are kept for a day and given again; an error changed nothing and is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from shop_plugin.api.negotiation import JSON, Json
from shop_plugin.api.problems import Refused
from shop_plugin.services.access.idempotency import (
    KeyTaken,
    StillWorking,
    StoredAnswer,
    answer_once,
    digest_request,
)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 255
# A structured field's text in quotes, or the same without them. Visible ASCII, no blank.
_KEY = rf"[!#-~]{{1,{LONGEST_KEY}}}"
_PATTERN = re.compile(rf'"({_KEY})"|({_KEY})')
WRITES_ONCE = OpenApiParameter(
    HEADER,
    {"type": "string", "pattern": rf'^("{_KEY}"|{_KEY})$'},
    OpenApiParameter.HEADER,
    description=(
        "A text of your own, such as a UUID, that is new for each request and the same when you "
        "send it again: it is then done once, and the first answer is given again with "
        f"{REPLAYED}: true. Kept for 24 hours, per API key. 409 while the first is worked on, 422 "
        "where the key was given to another request."
    ),
)
ONCE_ERRORS = (409, 422)

Handler = Callable[..., HttpResponseBase]


class InProgress(APIException):
    """The same request is being worked on."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self) -> None:
        super().__init__(
            detail=_(
                "A request with this Idempotency-Key is being worked on just now. Send it again "
                "in a moment."
            )
        )


def once(handler: Handler) -> Handler:
    """Let a handler of a POST honour Idempotency-Key; without the header nothing is different."""

    @wraps(handler)
    def handle(view: Any, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = _read_key(request)
        if not key:
            return handler(view, request, *args, **kwargs)
        request.data  # noqa: B018 - a body that cannot be read is refused before anything else
        given: list[Response] = []

        def work() -> StoredAnswer:
            response = handler(view, request, *args, **kwargs)
            given.append(response)
            return StoredAnswer(response.status_code, Json().render(response.data).decode())

        try:
            answer, is_repeat = answer_once(
                api_key=request.auth,
                key=key,
                request_digest=digest_request(
                    method=str(request.method),
                    address=request.get_full_path(),
                    body=view.body_sent,
                ),
                now=timezone.now(),
                work=work,
            )
        except StillWorking as error:
            raise InProgress from error
        except KeyTaken as error:
            text = _("This Idempotency-Key was given to another request. Make a new one.")
            raise Refused(text, []) from error
        if not is_repeat:
            return given[0]
        response = HttpResponse(answer.body, status=answer.status, content_type=JSON)
        response[REPLAYED] = "true"
        return response

    return handle


def _read_key(request: Request) -> str:
    header = request.headers.get(HEADER)
    if header is None:
        return ""
    found = _PATTERN.fullmatch(header.strip())
    if found is None:
        raise ParseError(
            _("Idempotency-Key is a text of 1 to 255 visible ASCII characters without blanks.")
        )
    return found[1] or found[2]

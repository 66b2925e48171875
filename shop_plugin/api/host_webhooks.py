"""Where hosts push to: a webhook is verified, stored and answered, in that order and no other.

What is wrong with a request is in the log and not in the answer, which
anybody gets. A host is told 2xx once the webhook is safe, and 503 while it
cannot be kept, so that it sends it again.
"""

from __future__ import annotations

import logging

from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from shop_plugin.domain.host_changes import RefusedDelivery
from shop_plugin.services.intake.host_deliveries import (
    MOST_BYTES,
    Reception,
    UnknownConnection,
    receive_delivery,
)

RETRY_AFTER_SECONDS = 60

logger = logging.getLogger("footback.webhooks")


class _Unreadable(Exception):
    """The body of a request is not taken; with the status that says so."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@csrf_exempt
@never_cache
@transaction.non_atomic_requests
@require_POST
def host_webhook_view(request: HttpRequest, name: str) -> HttpResponse:
    """Take one webhook of the host ``name``: 202 stored, 200 known already or a greeting.

    401 is not signed as it must be, 404 no such host, 413 more than a
    megabyte, 411 of a length that is not said, 503 cannot be kept just now.
    No cookie is read and none is set.
    """
    try:
        body = _read_body(request)
        reception = receive_delivery(
            name=name, headers=request.headers, body=body, now=timezone.now()
        )
    except _Unreadable as refusal:
        return _answer(refusal.status)
    except UnknownConnection:
        return _answer(404)
    except RefusedDelivery:
        return _answer(401)
    except (DatabaseError, InterfaceError) as error:
        logger.error("webhook of %s not stored: %s", name, type(error).__name__)
        response = _answer(503)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
    return _answer(202 if reception is Reception.STORED else 200)


def _read_body(request: HttpRequest) -> bytes:
    """Return the body, of which never more than one byte too many is read.

    :raises _Unreadable: where it is too long, of no stated length or cut off.
    """
    said = str(request.META.get("CONTENT_LENGTH") or "")
    if said and not said.isdecimal():
        raise _Unreadable(400)
    if said and int(said) > MOST_BYTES:
        raise _Unreadable(413)
    try:
        body = request.read(MOST_BYTES + 1)
    except (UnreadablePostError, OSError):
        raise _Unreadable(400) from None
    if len(body) > MOST_BYTES:
        raise _Unreadable(413)
    if not said and not body and request.META.get("HTTP_TRANSFER_ENCODING"):
        # Under WSGI nobody can tell where such a body ends.
        raise _Unreadable(411)
    if said and len(body) < int(said):
        raise _Unreadable(400)
    return bytes(body)


def _answer(status: int) -> HttpResponse:
    return JsonResponse({"status": status}, status=status)

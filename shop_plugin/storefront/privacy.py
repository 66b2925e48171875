"""Pages that somebody tells something of themselves: answered, and nothing kept of it.

Neither a cache nor a referrer nor an error report may carry it on. Django's
own report of an error, the yellow page included, shows what was posted and
the variables of every frame; for these views it shows neither.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from types import FrameType
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.views.debug import SafeExceptionReporterFilter
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from shop_plugin.storefront.bodies import stated_bytes

View = Callable[..., HttpResponse]

# A long form is a few hundred bytes; nobody has a reason to send more than this.
LARGEST_BODY_BYTES = 16_384


# Whether a private page is being made right now, in this request.
_IS_PRIVATE: ContextVar[bool] = ContextVar("footback_is_private", default=False)


class _SaysNothing(logging.Filter):
    """Drops what Django's templates say while a private page is made.

    At DEBUG they log every name that a template asks for in vain, with the
    whole context.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        return not _IS_PRIVATE.get()


logging.getLogger("django.template").addFilter(_SaysNothing())


class PrivatePageFailed(Exception):
    """A private page could not be made. Says where and of what kind, never with which values."""


class TellsNothing(SafeExceptionReporterFilter):
    """Keeps what was posted and all variables out of error reports, also while debugging."""

    def is_active(self, request: HttpRequest | None) -> bool:
        """Hide always, not only in production."""
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, str]:
        """Return nothing of what was posted."""
        return {}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: FrameType
    ) -> list[tuple[str, Any]]:
        """Return no variable of any frame."""
        return []


def keeps_nothing(view: View) -> View:
    """Return the view so that nothing which is posted to it stays anywhere but in the answer.

    Too large a body is refused unread. A failure inside is told by its kind
    and place only, for the text of an exception often repeats a value.
    """
    guarded = csrf_protect(sensitive_post_parameters()(view))

    @wraps(view)
    def private(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.exception_reporter_filter = TellsNothing()  # type: ignore[attr-defined]
        _vouch_by_token(request)
        before = _IS_PRIVATE.set(True)
        try:
            if stated_bytes(request) > LARGEST_BODY_BYTES:
                response = HttpResponse(status=413)
            else:
                response = guarded(request, *args, **kwargs)
        except (SuspiciousOperation, BadRequest, MultiPartParserError, Http404):
            raise  # Django answers these itself, by their kind
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            told = f"{type(error).__name__} at {place.filename}:{place.lineno}"
        else:
            response["Referrer-Policy"] = "no-referrer"
            return response
        finally:
            _IS_PRIVATE.reset(before)
        # Raised outside the handler, so that the first error with its values does not come along.
        raise PrivatePageFailed(told)

    return csrf_exempt(never_cache(private))


def _vouch_by_token(request: HttpRequest) -> None:
    """Let the CSRF token vouch alone where a browser does not say where a form came from.

    A page that sends no referrer makes browsers send "Origin: null" with its
    forms. No other site can read the token.
    """
    if request.META.get("HTTP_ORIGIN") == "null":
        request.META["HTTP_ORIGIN"] = f"{request.scheme}://{request.get_host()}"

"""Errors as problem details (RFC 9457): what went wrong, where, and what to do instead.

Every error under the API's address has this form, a fault of ours included;
that one says nothing of its cause. Of a query string, which anybody may have
made up for somebody else to click on, nothing that was sent is repeated.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, Throttled, ValidationError
from rest_framework.response import Response
from rest_framework.views import set_rollback

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
MOST_ERRORS = 50

logger = logging.getLogger("footback.api")


@dataclass(frozen=True, slots=True)
class ParameterProblem:
    """What is wrong with one parameter. The value that was sent is never repeated."""

    parameter: str
    code: str
    detail: str


class BadParameters(APIException):
    """The query string cannot be used."""

    status_code = status.HTTP_400_BAD_REQUEST

    def __init__(self, problems: Sequence[ParameterProblem]) -> None:
        super().__init__(detail=_("The query string cannot be used; see errors."))
        self.problems = tuple(problems)


class TooLarge(APIException):
    """The body is larger than this resource takes."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE

    def __init__(self, limit: int) -> None:
        super().__init__(
            detail=_("The body has more than %(limit)d bytes; send less at a time.")
            % {"limit": limit}
        )


class Refused(APIException):
    """The body is well formed, but what it asks for is not possible."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY

    def __init__(self, detail: str, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__(detail=detail)
        self.errors = tuple(errors)


class HasChanged(APIException):
    """Somebody was faster: the representation is not the one that If-Match names."""

    status_code = status.HTTP_412_PRECONDITION_FAILED

    def __init__(self) -> None:
        super().__init__(
            detail=_(
                "Nothing was changed: the evidence is not what If-Match names. Read the resource "
                "again, look at it, and send its new ETag."
            )
        )


class NeedsPrecondition(APIException):
    """If-Match is missing, so that two writers could undo each other unseen."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED

    def __init__(self) -> None:
        super().__init__(
            detail=_(
                "Send If-Match with the ETag of what you looked at, or If-Match: * to write "
                "whatever is there."
            )
        )


class ErrorSerializer(serializers.Serializer[Any]):
    """One thing that cannot be used: a parameter of the query, or a place in the body."""

    parameter = serializers.CharField(required=False, help_text="of the query string")
    pointer = serializers.CharField(
        required=False, allow_blank=True, help_text="JSON pointer into the body (RFC 6901)"
    )
    code = serializers.CharField(
        help_text=(
            "stable. In a query: unknown_parameter, unknown_value, too_many, given_twice, "
            "condition_not_accepted, cursor_unusable, cursor_of_another_query. In a body: "
            "unknown_field, required, invalid and the like."
        )
    )
    detail = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """A problem detail (RFC 9457)."""

    type = serializers.CharField(
        help_text="about:blank: the status says what kind of problem it is"
    )
    title = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    detail = serializers.CharField()
    errors = ErrorSerializer(many=True, required=False)


def problem_responses(*codes: int) -> dict[Any, OpenApiResponse]:
    """Return how the OpenAPI document describes errors with these statuses."""
    return {(code, MEDIA_TYPE): OpenApiResponse(ProblemSerializer) for code in codes}


def describe_problem(error: Exception, context: dict[str, Any]) -> Response:
    """Return the problem detail of any error; one that is a fault of ours is logged."""
    view = context["view"]
    set_rollback()
    if isinstance(error, Http404):
        return _problem(404, str(error) or _("There is nothing here."))
    if isinstance(error, PermissionDenied):
        return _problem(403, _("This is not allowed."))
    if isinstance(error, RequestDataTooBig):
        return _problem(413, _("The body is too large; send less at a time."))
    if isinstance(error, APIException):
        return _describe_refusal(error, view)
    _log(error, context)
    if isinstance(error, OperationalError):
        response = _problem(503, _("The database does not answer just now. Try again soon."))
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response
    return _problem(500, _("Something went wrong on our side. It was written down; try later."))


def _describe_refusal(error: APIException, view: Any) -> Response:
    errors: list[dict[str, str]] = []
    detail = str(error.detail)
    if isinstance(error, BadParameters):
        errors = [
            {"parameter": item.parameter, "code": item.code, "detail": item.detail}
            for item in error.problems
        ]
    elif isinstance(error, Refused):
        errors = [dict(item) for item in error.errors]
    elif isinstance(error, ValidationError):
        errors = list(_point_out(error.get_full_details(), ""))
        detail = _("The body cannot be used; see errors.")
    elif isinstance(error, Throttled):
        detail = _("Too many requests. Wait %(seconds)d seconds.") % {"seconds": error.wait or 1}
    response = _problem(error.status_code, detail, errors)
    if auth_header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = auth_header
    if isinstance(error, Throttled):
        response["Retry-After"] = str(error.wait or 1)
    if error.status_code == status.HTTP_405_METHOD_NOT_ALLOWED:
        response["Allow"] = ", ".join(view.allowed_methods)
    return response


def _point_out(details: Any, pointer: str) -> Iterator[dict[str, str]]:
    """Yield every error of a serializer with the JSON pointer to what it speaks of."""
    if isinstance(details, Mapping):
        if set(details) == {"message", "code"}:
            yield {
                "pointer": pointer,
                "code": str(details["code"]),
                "detail": str(details["message"]),
            }
            return
        for name, inner in details.items():
            own = name == "non_field_errors"
            yield from _point_out(inner, pointer if own else f"{pointer}/{_escape(str(name))}")
        return
    for number, inner in enumerate(details):
        is_message = set(inner) == {"message", "code"}
        yield from _point_out(inner, pointer if is_message else f"{pointer}/{number}")


def _escape(name: str) -> str:
    return name[:64].replace("~", "~0").replace("/", "~1")


def _log(error: Exception, context: dict[str, Any]) -> None:
    """Write a fault down; where a body may tell of a person, only its kind and place."""
    view, request = context["view"], context["request"]
    if view.is_about_a_person:
        place = traceback.extract_tb(error.__traceback__)[-1]
        logger.error(
            "%s in %s, line %s of %s",
            type(error).__name__,
            place.name,
            place.lineno,
            place.filename,
        )
        return
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    got_request_exception.send(sender=type(view), request=request._request)


def _problem(code: int, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> Response:
    titles = {
        400: _("Bad request"),
        401: _("Not authenticated"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("Method not allowed"),
        409: _("In progress"),
        412: _("Changed meanwhile"),
        429: _("Too many requests"),
    }
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": titles.get(code) or HTTPStatus(code).phrase,
        "status": code,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)[:MOST_ERRORS]
    return Response(body, status=code, content_type=MEDIA_TYPE)

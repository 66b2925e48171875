"""Errors as problem details (RFC 9457): what went wrong, where, and what to do instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import set_rollback

MEDIA_TYPE = "application/problem+json"


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


class ParameterProblemSerializer(serializers.Serializer[ParameterProblem]):
    """One parameter that cannot be used."""

    parameter = serializers.CharField()
    code = serializers.ChoiceField(
        choices=[
            "unknown_parameter",
            "unknown_value",
            "too_many",
            "given_twice",
            "condition_not_accepted",
        ]
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
    errors = ParameterProblemSerializer(many=True, required=False)


def describe_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the problem detail of an error, or ``None`` for one that is a fault of ours."""
    if isinstance(error, Http404):
        return _problem(status.HTTP_404_NOT_FOUND, str(error) or _("There is nothing here."))
    if not isinstance(error, APIException):
        return None
    set_rollback()
    problems = error.problems if isinstance(error, BadParameters) else ()
    response = _problem(error.status_code, str(error.detail), problems)
    if error.status_code == status.HTTP_405_METHOD_NOT_ALLOWED:
        response["Allow"] = ", ".join(context["view"].allowed_methods)
    return response


def _problem(code: int, detail: str, problems: Sequence[ParameterProblem] = ()) -> Response:
    titles = {
        400: _("Bad request"),
        404: _("Not found"),
        405: _("Method not allowed"),
    }
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": titles.get(code, _("The request failed")),
        "status": code,
        "detail": detail,
    }
    if problems:
        body["errors"] = ParameterProblemSerializer(problems, many=True).data
    return Response(body, status=code, content_type=MEDIA_TYPE)

"""What became of nudges, for the host whose orders they are about. Needs a key, also to read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from shop_plugin.api.access import KeyAuthentication, MayUse
from shop_plugin.api.cursors import MAX_CURSOR
from shop_plugin.api.describing import describe
from shop_plugin.api.fields import Choice
from shop_plugin.api.parameters import read_unit
from shop_plugin.api.problems import BadParameters, ParameterProblem, problem_responses
from shop_plugin.api.resource import Resource
from shop_plugin.domain.nudge_policy import Stage
from shop_plugin.models import Nudge
from shop_plugin.services.access.api_keys import Scope
from shop_plugin.services.nudges.outcomes import (
    MOST_NUDGES,
    NudgeOutcome,
    NudgePlace,
    find_nudge,
    list_nudges,
)

USUAL_LIMIT = 100
SALT = "footback.nudges.v1"
READ_ERRORS = (400, 401, 403, 406, 429)
_PARAMETERS = ("since", "cursor", "limit")


class NudgeSerializer(serializers.Serializer[NudgeOutcome]):
    """One nudge. It names the host's own order line, and nobody."""

    id = serializers.UUIDField(source="uuid")
    source = serializers.CharField()
    order_id = serializers.CharField()
    order_line = serializers.CharField(help_text=gettext_lazy("the id of the row that was sent"))
    stage = Choice([stage.name.lower() for stage in Stage], component="NudgeStage")
    cycle = serializers.IntegerField(
        min_value=1, help_text=gettext_lazy("grows with each exchange")
    )
    state = Choice(Nudge.State.values, component="NudgeState")
    reason = serializers.CharField(
        help_text=gettext_lazy("why it waits, or is not sent, as a stable code; empty for none")
    )
    due_on = serializers.DateField()
    planned_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    waits_until = serializers.DateTimeField(allow_null=True)
    message = serializers.UUIDField(
        allow_null=True, help_text=gettext_lazy("the mail it is in; several may share one")
    )
    handed_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    is_redirected = serializers.BooleanField(
        help_text=gettext_lazy("the mail went to the shop's own inbox, as a test")
    )


class NudgeListSerializer(serializers.Serializer[Any]):
    """A part of the list of changes."""

    results = NudgeSerializer(many=True)
    next = serializers.CharField(
        allow_null=True, help_text=gettext_lazy("path of what follows now; null where nothing does")
    )
    cursor = serializers.CharField(
        help_text=gettext_lazy(
            "keep it, and ask with it later for what changed since; empty before the first change"
        )
    )


class NudgeResource(Resource):
    """What a key with the scope nudges:read may read."""

    authentication_classes = (KeyAuthentication,)
    permission_classes = (MayUse,)
    scope = Scope.NUDGES
    is_private = True
    is_about_a_person = True
    read_rate = "KEYED"


class NudgesView(NudgeResource):
    """Nudges in the order in which they last changed."""

    @describe(
        operation_id="listNudges",
        summary="Read what became of nudges",
        description=(
            "In the order in which they last changed. Walk along next, keep cursor, and ask with "
            "it again later: no change is missed, and one that changes again comes again. What "
            "changed in the last half minute is not told yet. Of a pair whose owner changed its "
            "dates the nudges that had not left are deleted and planned anew."
        ),
        parameters=[
            OpenApiParameter(
                "since",
                {"type": "string", "format": "date-time"},
                description="Changes from this time on. Not beside cursor.",
            ),
            OpenApiParameter(
                "cursor",
                {"type": "string", "maxLength": MAX_CURSOR},
                description="The cursor of an answer to this key's source.",
            ),
            OpenApiParameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MOST_NUDGES},
                description=f"How many at most; {USUAL_LIMIT} where it is left out.",
            ),
        ],
        responses={200: NudgeListSerializer, **problem_responses(*READ_ERRORS)},
        tags=["nudges"],
    )
    def get(self, request: Request) -> Response:
        """Return a part of the list."""
        source = request.auth.source
        since, after, limit = _read_query(request.GET, source)
        found = list_nudges(
            now=timezone.now(), limit=limit, only_source=source, since=since, after=after
        )
        cursor = request.GET.get("cursor", "")
        if found.nudges:
            cursor = _write_cursor(found.nudges[-1].place, source)
        shown = {
            "results": found.nudges,
            "next": _path(request, cursor) if found.has_more else None,
            "cursor": cursor,
        }
        return Response(NudgeListSerializer(shown).data)


class NudgeView(NudgeResource):
    """One nudge."""

    @describe(
        operation_id="getNudge",
        summary="Read what became of one nudge",
        description="As it stands now. One of another source than the key's is not there.",
        parameters=[
            OpenApiParameter(
                "nudge_id",
                {"type": "string", "format": "uuid"},
                OpenApiParameter.PATH,
                description="The id, as in the list.",
            )
        ],
        responses={200: NudgeSerializer, **problem_responses(*READ_ERRORS, 404)},
        tags=["nudges"],
    )
    def get(self, request: Request, nudge_id: str) -> Response:
        """Return the nudge."""
        read_unit(request.GET, allowed=())
        try:
            uuid = UUID(nudge_id)
        except ValueError as error:
            raise _no_nudge() from error
        found = find_nudge(uuid=uuid, only_source=request.auth.source)
        if found is None:
            raise _no_nudge()
        return Response(NudgeSerializer(found).data)


def _no_nudge() -> Http404:
    return Http404(_("There is no nudge with this id."))


def _read_query(query: QueryDict, source: str) -> tuple[datetime | None, NudgePlace | None, int]:
    problems = [
        ParameterProblem(
            name[:64], "unknown_parameter", _("There is no such parameter; see the schema.")
        )
        for name in query
        if name not in _PARAMETERS
    ]
    problems += [
        ParameterProblem(name, "given_twice", _("This parameter may be given once."))
        for name in _PARAMETERS
        if len(query.getlist(name)) > 1
    ]
    if "cursor" in query and "since" in query:
        text = _("Send a cursor or a time, not both.")
        problems.append(ParameterProblem("since", "unknown_value", text))
    since = limit = None
    try:
        since = _read_time(query["since"]) if "since" in query else None
    except ValueError:
        text = _("Write a time such as 2026-03-31T10:15:00Z.")
        problems.append(ParameterProblem("since", "unknown_value", text))
    text = query.get("limit", str(USUAL_LIMIT))
    if text.isascii() and text.isdigit() and len(text) < 5 and 0 < int(text) <= MOST_NUDGES:
        limit = int(text)
    else:
        text = _("This value means nothing here; see the schema.")
        problems.append(ParameterProblem("limit", "unknown_value", text))
    if problems or limit is None:
        raise BadParameters(problems)
    after = _read_cursor(query["cursor"], source) if "cursor" in query else None
    return since, after, limit


def _read_time(text: str) -> datetime:
    """Return an aware time; one without a zone counts as UTC.

    :raises ValueError: for a text that is none.
    """
    # A plus sign that was not escaped has become a blank on its way.
    moment = datetime.fromisoformat(text.replace(" ", "+") if "T" in text.upper() else text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)  # within a day of where time begins or ends


def _write_cursor(place: NudgePlace, source: str) -> str:
    parts = [source, place.changed_at.astimezone(UTC).isoformat(), place.uuid.hex]
    return Signer(salt=SALT).sign_object(parts)


def _read_cursor(text: str, source: str) -> NudgePlace:
    try:
        signed = text if len(text) <= MAX_CURSOR else ""
        own, changed_at, uuid = Signer(salt=SALT).unsign_object(signed)
        if own != source:
            raise BadSignature
        return NudgePlace(datetime.fromisoformat(changed_at), UUID(uuid))
    except (BadSignature, ValueError, TypeError) as error:
        detail = _("This is no cursor of this key's source. Begin with since, or without either.")
        raise BadParameters([ParameterProblem("cursor", "cursor_unusable", detail)]) from error


def _path(request: Request, cursor: str) -> str:
    query = {"cursor": cursor}
    if "limit" in request.GET:
        query["limit"] = request.GET["limit"]
    return f"{request.path}?{urlencode(query)}"

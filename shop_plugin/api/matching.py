"""Matches for one reader's feet. What is sent is used for the answer and kept nowhere.

The conditions come in the body, for addresses end up in logs and histories.
Nothing of the body goes into a cache key, the limit's key, a log line or the
database, and the answer is kept by no cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponseBase, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from shop_plugin.api.describing import describe
from shop_plugin.api.fields import Choice, Number, StrictSerializer
from shop_plugin.api.parameters import FILTERS, UNITS, read_criteria, read_unit
from shop_plugin.api.problems import BadParameters, Refused, problem_responses
from shop_plugin.api.resource import Resource
from shop_plugin.api.serializers import (
    GRADES,
    CardSerializer,
    MatchSerializer,
    ReasonSerializer,
    pair_reasons,
)
from shop_plugin.conf import get_settings
from shop_plugin.domain.fitting import FOOT_LENGTHS_UM, FOOT_WIDTHS_UM, Feet, Foot
from shop_plugin.domain.scoring import Verdict
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.search.facets import FACETS_BY_KEY, PATTERNS, FacetKind
from shop_plugin.services.shop.guides import guide_in_force
from shop_plugin.services.shopping.fitting import FootSizes, size_feet
from shop_plugin.services.shopping.matching import MAX_MATCHES, Match, MatchPage, match_shoes
from shop_plugin.services.words.explaining import DISCLAIMER
from shop_plugin.services.words.guide import condition_text

DEFAULT_LIMIT = 24
FURTHEST = 1_000_000
_UM = 1000


def known_conditions() -> tuple[str, ...]:
    """Return every condition that may be sent, those that need a professional included."""
    guide = guide_in_force()
    return (*guide.conditions, *guide.refer_conditions)


def _criteria_schema() -> dict[str, Any]:
    """Return the query's filters as the properties of an object."""
    properties: dict[str, Any] = {
        item.name: item.type
        for item in FILTERS
        if item.name != "unit" and isinstance(item.type, dict)
    }
    return {
        "type": "object",
        "description": "The filters of GET listings/, by the same names.",
        "properties": properties,
        "additionalProperties": False,
    }


@extend_schema_field(_criteria_schema())
class CriteriaField(serializers.Field):  # type: ignore[type-arg]
    """The filters of a list as an object: a list of values per facet, and words."""

    default_error_messages = {"invalid": gettext_lazy("Write an object of filters.")}

    def to_internal_value(self, data: Any) -> SearchCriteria:
        """Return the criteria.

        :raises ValidationError: for anything that the query would be refused for.
        """
        if not isinstance(data, Mapping):
            self.fail("invalid")
        query, problems = QueryDict(mutable=True), {}
        for name, value in data.items():
            values = value if name in FACETS_BY_KEY else [value]
            if not isinstance(values, list) or not values or not _are_texts(values):
                text = _("Write a list of texts for a facet, and one text for anything else.")
                problems[str(name)[:64]] = [ErrorDetail(text, code="invalid")]
            else:
                query.setlist(str(name), values)
        if problems:
            raise ValidationError(problems)
        try:
            criteria, _unit = read_criteria(query, has_pages=False)
        except BadParameters as error:
            raise ValidationError(
                {item.parameter: [ErrorDetail(item.detail, item.code)] for item in error.problems}
            ) from None
        return criteria

    def to_representation(self, value: Any) -> Any:
        """Return the value; bodies are only read."""
        return value


class FootBody(StrictSerializer):
    """One foot, measured standing."""

    length_mm = Number(min_value=FOOT_LENGTHS_UM[0] // _UM, max_value=FOOT_LENGTHS_UM[1] // _UM)
    width_mm = Number(
        required=False, min_value=FOOT_WIDTHS_UM[0] // _UM, max_value=FOOT_WIDTHS_UM[1] // _UM
    )


class MatchBody(StrictSerializer):
    """What is asked for. Nothing of it is kept."""

    conditions = serializers.ListField(
        child=Choice(known_conditions(), component="Condition"),
        required=False,
        allow_empty=True,
        max_length=20,
        help_text="none: the general guide",
    )
    size = serializers.RegexField(
        PATTERNS[FacetKind.SIZE],
        required=False,
        trim_whitespace=False,
        help_text="in stock, as the facet size: eu:38",
    )
    foot = FootBody(required=False, help_text="what size the foot is, approximately")
    criteria = CriteriaField(required=False)
    limit = Number(required=False, min_value=1, max_value=MAX_MATCHES)
    offset = Number(required=False, min_value=0, max_value=FURTHEST)
    unit = Choice(UNITS, component="LengthUnit", required=False)


class JointMatchSerializer(serializers.Serializer[Any]):
    """The lowest match over the conditions, in hundredths of a point."""

    low = serializers.IntegerField(allow_null=True, min_value=0, max_value=10_000)
    high = serializers.IntegerField(allow_null=True, min_value=0, max_value=10_000)
    verdict = Choice([item.value for item in Verdict], component="Verdict")
    grade_low = Choice(GRADES, component="Grade", allow_blank=True)
    grade_high = Choice(GRADES, component="Grade", allow_blank=True)


class ConditionMatchSerializer(serializers.Serializer[Any]):
    """The match of one shoe for one condition."""

    condition = serializers.CharField()
    label = serializers.CharField()
    is_limiting = serializers.BooleanField(help_text="decides among several")
    match = MatchSerializer(source="assessment")


class MatchedSerializer(serializers.Serializer[Match]):
    """One shoe, and how it does for what was asked."""

    listing = CardSerializer(source="card")
    joint = JointMatchSerializer(allow_null=True)
    by_condition = ConditionMatchSerializer(many=True)
    limited_by = serializers.CharField(help_text="the condition that decides; empty for one alone")
    limit_text = serializers.CharField()
    why = serializers.CharField()
    reasons = serializers.SerializerMethodField()

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, match: Match) -> list[dict[str, Any]]:
        """Return the strongest reasons of the deciding condition."""
        deciding = match.joint.assessments[match.joint.binding] if match.joint else None
        return list(pair_reasons(deciding.reasons if deciding else (), match.reasons))


class AdviceSerializer(serializers.Serializer[Any]):
    """What is often looked for with a condition, and when to see a professional."""

    condition = serializers.CharField()
    label = serializers.CharField()
    look_for = serializers.CharField()
    be_wary_of = serializers.CharField()
    red_flags = serializers.CharField()


class SystemSizeSerializer(serializers.Serializer[Any]):
    """A size in one system."""

    system = serializers.CharField(source="key")
    label = serializers.CharField()
    size = serializers.CharField()


class FootSizesSerializer(serializers.Serializer[FootSizes]):
    """What the foot's length means, always approximately."""

    sizes = SystemSizeSerializer(many=True)
    notes = serializers.ListField(child=serializers.CharField())


class RelaxationSerializer(serializers.Serializer[Any]):
    """One filter to drop where nothing was found, and how many that gives back."""

    key = serializers.CharField()
    label = serializers.CharField()
    value_label = serializers.CharField()
    total = serializers.IntegerField(min_value=0)


class MatchPageSerializer(serializers.Serializer[Any]):
    """The shoes that meet the criteria, the best for these conditions first."""

    conditions = serializers.ListField(child=serializers.CharField())
    is_matched = serializers.BooleanField(
        help_text="false where a professional should choose: no shoe is listed then"
    )
    note = serializers.CharField(help_text="why nothing is matched; empty otherwise")
    total = serializers.IntegerField(min_value=0)
    without_grade = serializers.IntegerField(min_value=0)
    limit = serializers.IntegerField(min_value=1)
    offset = serializers.IntegerField(min_value=0)
    results = MatchedSerializer(many=True, source="matches")
    relaxations = RelaxationSerializer(many=True)
    advice = AdviceSerializer(many=True)
    foot_sizes = FootSizesSerializer(allow_null=True)
    disclaimer = serializers.CharField()


class MatchView(Resource):
    """Matches for the conditions that one reader chose."""

    write_rate = "MATCH"
    is_about_a_person = True

    @describe(
        operation_id="matchShoes",
        summary="Order shoes for chosen conditions",
        description=(
            "The answer to a form, not a resource: nothing of the body is stored, logged, cached "
            "or put into a query, and the answer is no-store. Ordered by the sure end of the "
            "lowest match over the conditions. For diabetes or numb feet nothing is matched: the "
            "answer says whom to ask. Children's shoes are never scored."
        ),
        parameters=[],
        request=MatchBody,
        responses={200: MatchPageSerializer, **problem_responses(400, 406, 413, 415, 422, 429)},
        tags=["match"],
    )
    def post(self, request: Request) -> Response:
        """Return the shoes that match."""
        read_unit(request.GET, allowed=())
        serializer = MatchBody(data=request.data)
        serializer.is_valid(raise_exception=True)
        body = serializer.validated_data
        unit = body.get("unit") or get_settings().LENGTH_UNIT or "in"
        criteria = body.get("criteria", SearchCriteria())
        if "size" in body:
            criteria = criteria.with_value("size", body["size"])
        page = match_shoes(
            conditions=body.get("conditions", ()),
            criteria=criteria,
            limit=body.get("limit", DEFAULT_LIMIT),
            offset=body.get("offset", 0),
            unit=unit,
        )
        foot = _read_foot(body.get("foot"))
        sizes = size_feet(feet=Feet(left=foot), unit=unit) if foot else None
        shown = _show(page, body.get("conditions", ()), sizes)
        return Response(MatchPageSerializer(shown, context={"unit": unit}).data)

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        """Let no referrer carry the answer's address on either."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        return response


def _are_texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _read_foot(foot: Mapping[str, int] | None) -> Foot | None:
    if foot is None:
        return None
    width = foot.get("width_mm")
    try:
        return Foot(foot["length_mm"] * _UM, None if width is None else width * _UM)
    except ValueError:
        text = _("No foot is wider than it is long.")
        error = {"pointer": "/foot/width_mm", "code": "invalid", "detail": text}
        raise Refused(text, [error]) from None


def _show(page: MatchPage, asked: Any, sizes: FootSizes | None) -> dict[str, Any]:
    is_matched = not page.refer_to_professional
    known = [item for item in known_conditions() if item in set(asked)]
    return {
        "conditions": page.conditions if is_matched else [page.refer_to_professional],
        "is_matched": is_matched,
        "note": "" if is_matched else _("Not matched: ask a professional which shoes suit you."),
        "total": page.total,
        "without_grade": page.without_grade,
        "limit": page.limit,
        "offset": page.offset,
        "matches": page.matches,
        "relaxations": page.relaxations,
        "advice": [condition_text(item) for item in known],
        "foot_sizes": sizes,
        "disclaimer": DISCLAIMER,
    }

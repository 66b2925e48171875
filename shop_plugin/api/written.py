"""What the API answers to those who write."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from shop_plugin.api.fields import Choice
from shop_plugin.api.serializers import FactSerializer, MatchSerializer
from shop_plugin.services.intake.handed_rows import RowState
from shop_plugin.services.intake.uploads import RowOutcome
from shop_plugin.services.intake.withdrawals import WithdrawalState
from shop_plugin.services.people.erasure_requests import ErasureState
from shop_plugin.services.staff.fact_batches import FactState, FactWritten


class FactListSerializer(serializers.Serializer[Any]):
    """The facts of one listing."""

    facts = FactSerializer(many=True)


class FactOutcomeSerializer(FactListSerializer):
    """What writing changed."""

    changed = serializers.ListField(
        child=serializers.CharField(), help_text=_("attributes whose evidence changed")
    )
    outranked = serializers.ListField(
        child=serializers.CharField(),
        help_text=_("those of them for which a source above staff is believed"),
    )
    match_before = MatchSerializer(allow_null=True)
    match_after = MatchSerializer(allow_null=True)


class BatchResultSerializer(serializers.Serializer[FactWritten]):
    """What became of one fact, at the place where it stood."""

    listing = serializers.IntegerField(source="listing_id", allow_null=True)
    state = Choice([state.value for state in FactState], component="FactState")
    is_outranked = serializers.BooleanField()
    code = serializers.CharField(
        help_text=_(
            "empty, or why it failed: no_listing, repeated, value_refused, changed_meanwhile"
        )
    )
    detail = serializers.CharField()


class BatchOutcomeSerializer(serializers.Serializer[Any]):
    """What became of every fact, in the order in which they were sent."""

    changed = serializers.IntegerField(min_value=0)
    unchanged = serializers.IntegerField(min_value=0)
    failed = serializers.IntegerField(min_value=0)
    results = BatchResultSerializer(many=True)


class RowProblemSerializer(serializers.Serializer[Any]):
    """Why a row was refused, or which of its fields was left out."""

    field = serializers.CharField()
    code = serializers.CharField()
    reason = serializers.CharField()


class RowOutcomeSerializer(serializers.Serializer[RowOutcome]):
    """What became of one row, at the place where it stood."""

    id = serializers.IntegerField(source="listing_id", allow_null=True)
    external_id = serializers.CharField()
    state = Choice([state.value for state in RowState], component="RowState")
    problems = RowProblemSerializer(many=True)


class UploadOutcomeSerializer(serializers.Serializer[Any]):
    """What became of every row, in the order in which they were sent."""

    created = serializers.IntegerField(min_value=0)
    updated = serializers.IntegerField(min_value=0)
    unchanged = serializers.IntegerField(min_value=0)
    refused = serializers.IntegerField(min_value=0)
    results = RowOutcomeSerializer(many=True)


class LineOutcomeSerializer(serializers.Serializer[Any]):
    """What became of one order line. Nothing of what was sent is repeated but its place."""

    pointer = serializers.CharField(help_text=_("JSON pointer to the row in the body (RFC 6901)"))
    state = Choice([state.value for state in RowState], component="RowState")
    has_listing = serializers.BooleanField(help_text=_("whether the shoe is in the catalogue"))
    problems = RowProblemSerializer(many=True)


class OrdersOutcomeSerializer(serializers.Serializer[Any]):
    """What became of every order line, in the order in which they were sent."""

    created = serializers.IntegerField(min_value=0)
    updated = serializers.IntegerField(min_value=0)
    unchanged = serializers.IntegerField(min_value=0)
    refused = serializers.IntegerField(min_value=0)
    results = LineOutcomeSerializer(many=True)


class WithdrawalResultSerializer(serializers.Serializer[Any]):
    """What became of one listing, at the place where it stood."""

    id = serializers.IntegerField(source="listing_id", allow_null=True)
    external_id = serializers.CharField()
    state = Choice([state.value for state in WithdrawalState], component="WithdrawalState")
    code = serializers.CharField(help_text=_("empty, or why it failed: no_listing"))


class WithdrawalOutcomeSerializer(serializers.Serializer[Any]):
    """What became of every listing, in the order in which they were sent."""

    withdrawn = serializers.IntegerField(min_value=0)
    unchanged = serializers.IntegerField(min_value=0)
    failed = serializers.IntegerField(min_value=0)
    results = WithdrawalResultSerializer(many=True)


class ErasureResultSerializer(serializers.Serializer[Any]):
    """What became of one request: the same for who was known and for who was not."""

    pointer = serializers.CharField(help_text=_("JSON pointer to the person in the body"))
    state = Choice([state.value for state in ErasureState], component="ErasureState")
    code = serializers.CharField(
        help_text=_(
            "empty, or why it was refused: nobody_named, not_an_address, source_missing, "
            "foreign_source"
        )
    )
    detail = serializers.CharField()


class ErasuresOutcomeSerializer(serializers.Serializer[Any]):
    """What became of every request, in the order in which they were sent."""

    erased = serializers.IntegerField(min_value=0)
    refused = serializers.IntegerField(min_value=0)
    results = ErasureResultSerializer(many=True)

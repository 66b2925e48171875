"""What may be written: the bodies of requests, field by field. Anything else is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from shop_plugin.api.fields import (
    UNITS,
    VALUE_SCHEMA,
    Choice,
    Name,
    Number,
    StrictSerializer,
    Text,
    WrittenValue,
)
from shop_plugin.domain.attributes import ATTRIBUTES
from shop_plugin.domain.host_rows import LONGEST_ID, LONGEST_SOURCE
from shop_plugin.services.intake.order_uploads import MOST_LINES
from shop_plugin.services.intake.uploads import MOST_ROWS
from shop_plugin.services.intake.withdrawals import MOST_WITHDRAWN
from shop_plugin.services.people.erasure_requests import MOST_PEOPLE
from shop_plugin.services.staff.fact_batches import MOST_FACTS

LONGEST_REASON = 200
LONGEST_ADDRESS = 254
LARGEST_ID = 10**18 - 1


def written_text(value: dict[str, Any]) -> str:
    """Return a value with its unit, as staff would type it."""
    return " ".join(filter(None, (str(value["value"]), value.get("unit", ""))))


class ValueBody(StrictSerializer):
    """A value of an attribute."""

    value = WrittenValue()
    unit = Choice(
        UNITS,
        component="Unit",
        required=False,
        help_text="of a number, for lengths and weights",
    )


class FactBody(ValueBody):
    """What one attribute of a listing is set to, and why."""

    reason = Text(
        required=False,
        allow_blank=True,
        max_length=LONGEST_REASON,
        help_text="stands in the audit log",
    )


@extend_schema_field(
    {
        "type": "object",
        "description": "attribute: value, or null to take the staff value back",
        "minProperties": 1,
        "properties": {
            key: {
                "type": "object",
                "nullable": True,
                "properties": {
                    "value": VALUE_SCHEMA,
                    "unit": {"type": "string", "enum": list(UNITS)},
                },
                "required": ["value"],
                "additionalProperties": False,
            }
            for key in ATTRIBUTES
        },
        "additionalProperties": False,
    }
)
class ValuesByAttribute(serializers.Field):  # type: ignore[type-arg]
    """Several attributes at once."""

    default_error_messages = {
        "invalid": "Write an object with at least one attribute.",
    }

    def to_internal_value(self, data: Any) -> dict[str, str | None]:
        """Return the text of every attribute, ``None`` for one to take back.

        :raises ValidationError: for no attribute, an unknown one, and a value of no use.
        """
        if not isinstance(data, Mapping) or not data:
            self.fail("invalid")
        problems: dict[str, Any] = {}
        found: dict[str, str | None] = {}
        for key, value in data.items():
            if key not in ATTRIBUTES:
                text = "There is no such attribute; see the schema."
                problems[str(key)[:64]] = [ErrorDetail(text, code="unknown_field")]
                continue
            if value is None:
                found[key] = None
                continue
            body = ValueBody(data=value)
            if body.is_valid():
                found[key] = written_text(body.validated_data)
            else:
                problems[key] = body.errors
        if problems:
            raise ValidationError(problems)
        return found

    def to_representation(self, value: Any) -> Any:
        """Return the value; bodies are only read."""
        return value


class FactsBody(StrictSerializer):
    """What several attributes of a listing are set to: all of them or none."""

    facts = ValuesByAttribute()
    reason = Text(required=False, allow_blank=True, max_length=LONGEST_REASON)


class BatchItemBody(StrictSerializer):
    """One staff value of one listing, named by ``listing`` or by source and external id."""

    listing = Number(required=False, min_value=1, max_value=LARGEST_ID)
    source = Text(required=False, allow_blank=True, max_length=64)
    external_id = Text(required=False, allow_blank=True, max_length=191)
    attribute = Choice(list(ATTRIBUTES), component="Attribute")
    value = WrittenValue(allow_null=True, help_text="null takes the staff value back")
    unit = Choice(UNITS, component="Unit", required=False)
    evidence = Text(
        required=False,
        allow_blank=True,
        max_length=64,
        help_text="of what was looked at: the ETag of the listing's facts up to its dot",
    )


class BatchBody(StrictSerializer):
    """Staff values for many listings."""

    facts = serializers.ListField(child=BatchItemBody(), min_length=1, max_length=MOST_FACTS)
    reason = Text(required=False, allow_blank=True, max_length=LONGEST_REASON)


@extend_schema_field(
    {
        "type": "array",
        "description": (
            "Rows as in a JSON Lines file: id and title are needed, everything else is optional; "
            "a row that cannot be used is refused by itself, with its reasons."
        ),
        "minItems": 1,
        "maxItems": MOST_ROWS,
        "items": {
            "description": (
                "id and title as texts; source, description, brand, category, gender, price, "
                "currency, availability, sizes, language, url, image_url, raw_attributes, "
                "fit_votes, return_reasons, arch_votes, width_votes, sales, views, "
                "successor, replaces, is_recalled"
            ),
            "example": {"id": "M-1", "title": "Marlow Walker", "price": "89,95 €"},
        },
    }
)
class Rows(serializers.Field):  # type: ignore[type-arg]
    """Rows of a catalogue; each is read by itself later, so that one cannot stop the others."""

    most = MOST_ROWS
    default_error_messages = {
        "invalid": f"Write a list of 1 to {MOST_ROWS} objects.",
    }

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the rows.

        :raises ValidationError: for no list, an empty one, and one that is too long.
        """
        if not isinstance(data, list) or not 0 < len(data) <= self.most:
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        """Return the value; bodies are only read."""
        return value


@extend_schema_field(
    {
        "type": "array",
        "description": (
            "Rows as in a JSON Lines file of purchases: order_id and ordered_at are needed; a row "
            "that cannot be used is refused by itself, with its reasons."
        ),
        "minItems": 1,
        "maxItems": MOST_LINES,
        "items": {
            "description": (
                "id, order_id, ordered_at (or ordered_on), fulfilled_at, delivered_at, source, "
                "listing_id, listing_source, title, category, size, quantity, quantity_returned, "
                "is_cancelled, is_gift, customer_id, email, first_name, language, country, "
                "timezone, optout_offered, has_express_consent, updated_at"
            ),
            "example": {"id": "L-1", "order_id": "1001", "ordered_at": "2026-03-31T10:15:00Z"},
        },
    }
)
class OrderRows(Rows):
    """Order lines; each is read by itself later, so that one cannot stop the others."""

    most = MOST_LINES
    default_error_messages = {
        "invalid": f"Write a list of 1 to {MOST_LINES} objects.",
    }


class OrdersBody(StrictSerializer):
    """Order lines as they stand now, returns and cancellations included."""

    source = Name(help_text="the shop that the rows belong to which name none")
    rows = OrderRows()
    reason = Text(required=False, allow_blank=True, max_length=LONGEST_REASON)


class WithdrawalBody(StrictSerializer):
    """Listings that are gone from a shop."""

    source = Name(help_text="the shop or feed that the listings came from")
    ids = serializers.ListField(
        child=Text(max_length=LONGEST_ID, allow_blank=True),
        min_length=1,
        max_length=MOST_WITHDRAWN,
        help_text="their ids there",
    )
    reason = Text(required=False, allow_blank=True, max_length=LONGEST_REASON)


class PersonBody(StrictSerializer):
    """Whom to erase: by the host's own id, by address, or by both."""

    customer_id = Text(required=False, allow_blank=True, max_length=LONGEST_ID)
    email = Text(required=False, allow_blank=True, max_length=LONGEST_ADDRESS)


class ErasureBody(StrictSerializer):
    """People whose data is to be erased for good."""

    source = Text(
        required=False,
        allow_blank=True,
        max_length=LONGEST_SOURCE,
        help_text="the shop whose customer_id these are; a key that is for one source needs none",
    )
    people = serializers.ListField(child=PersonBody(), min_length=1, max_length=MOST_PEOPLE)
    reason = Text(
        required=False,
        allow_blank=True,
        max_length=LONGEST_REASON,
        help_text="stands in the audit log; name nobody in it",
    )


class UploadBody(StrictSerializer):
    """Rows of a catalogue."""

    source = Name(help_text="the shop or feed that the rows belong to which name none")
    rows = Rows()
    reason = Text(required=False, allow_blank=True, max_length=LONGEST_REASON)

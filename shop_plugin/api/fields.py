"""Fields of request bodies that take exactly what the OpenAPI document says, and nothing like it.

Django REST framework turns 5 into "5" and "true" into a flag; a program that
sends the wrong type has an error it wants to hear of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import (
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from shop_plugin.domain.host_texts import clean_line

MOST_ANSWERS = 20
LONGEST_VALUE = 200
UNITS = ("mm", "cm", "in", "g", "kg", "oz")


class StrictSerializer(serializers.Serializer[Any]):
    """A body, or a part of one, that may hold the named fields only."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the fields.

        :raises ValidationError: with ``unknown_field`` for any that is not named.
        """
        if isinstance(data, Mapping):
            unknown = [str(name) for name in data if name not in self.fields]
            if unknown:
                text = _("There is no such field; see the schema.")
                raise ValidationError(
                    {name[:64]: [ErrorDetail(str(text), code="unknown_field")] for name in unknown}
                )
        found: dict[str, Any] = super().to_internal_value(data)
        return found


class StrictExtension(OpenApiSerializerExtension):
    """Says of every strict body that it holds nothing else."""

    target_class = "shop_plugin.api.fields.StrictSerializer"
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the schema of the fields, closed."""
        found = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**found, "additionalProperties": False}


class Text(serializers.CharField):
    """A text, kept on one line; characters that no database stores are taken out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the cleaned text.

        :raises ValidationError: for anything that is not a text, and for one that is too long.
        """
        if not isinstance(data, str):
            self.fail("invalid")
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return clean_line(data)


# Something must be left when controls and white space at the ends are taken out.
VISIBLE = r"[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
LONGEST_NAME = 64


@extend_schema_field({"type": "string", "maxLength": LONGEST_NAME, "pattern": VISIBLE})
class Name(Text):
    """A text by which something is recognised; never empty."""

    default_error_messages = {"blank": _("Write a text with at least one visible character.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_NAME, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        """Return the cleaned text.

        :raises ValidationError: where nothing is left of it, too.
        """
        cleaned = super().to_internal_value(data)
        if not re.search(VISIBLE, data):
            self.fail("blank")
        return cleaned


class Choice(serializers.ChoiceField):
    """One of some texts. What was sent instead is not repeated.

    ``component`` is the name under which the OpenAPI document describes the
    choices. Fields with the same choices share it, so that neither this
    document nor one that a host makes of all its views has to make names up.
    """

    default_error_messages = {"invalid_choice": _("This is none of the choices; see the schema.")}

    def __init__(self, choices: Sequence[str], *, component: str, **kwargs: Any) -> None:
        super().__init__(choices, **kwargs)
        self.component = component

    def to_internal_value(self, data: Any) -> str:
        """Return the choice.

        :raises ValidationError: for anything else.
        """
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice")
        return data


class ChoiceExtension(OpenApiSerializerFieldExtension):
    """Describes the choices once, under their own name."""

    target_class = "shop_plugin.api.fields.Choice"

    def get_name(self) -> str:
        """Return the name of the choices in the document."""
        return str(self.target.component)

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        """Return the choices, with the empty text where that is one."""
        choices = list(self.target.choices)
        if self.target.allow_blank and "" not in choices:
            choices.append("")
        return {"type": "string", "enum": choices}


class Number(serializers.IntegerField):
    """A whole number; a text of digits is none."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number.

        :raises ValidationError: for anything else, a flag included.
        """
        if isinstance(data, bool) or not isinstance(data, int | float) or data != data // 1:
            self.fail("invalid")
        return int(data)


VALUE_SCHEMA: dict[str, Any] = {
    "description": (
        'As staff write it: "2 3/4 in", "70 mm", "300 g"; or a number, whose unit is then in '
        "unit. Any other attribute: one of its answers or a list of those still possible; "
        "true and false mean yes and no."
    ),
    "oneOf": [
        {"type": "string", "minLength": 1, "maxLength": LONGEST_VALUE},
        {"type": "number"},
        {"type": "boolean"},
        {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_VALUE},
            "minItems": 1,
            "maxItems": MOST_ANSWERS,
        },
    ],
}


@extend_schema_field(VALUE_SCHEMA)
class WrittenValue(serializers.Field):  # type: ignore[type-arg]
    """A value as a person or a program writes it; becomes the text that staff would type."""

    default_error_messages = {
        "invalid": _("Write a text, a number, true or false, or a list of answers."),
    }

    def to_internal_value(self, data: Any) -> str | float:
        """Return the value as text, or a number that still needs its unit.

        :raises ValidationError: for any other shape.
        """
        if isinstance(data, bool):
            return "yes" if data else "no"
        if isinstance(data, int | float):
            return data
        if isinstance(data, str) and 0 < len(data) <= LONGEST_VALUE:
            return data
        if isinstance(data, list) and 0 < len(data) <= MOST_ANSWERS:
            texts = [item for item in data if isinstance(item, str)]
            if len(texts) == len(data) and all(0 < len(text) <= LONGEST_VALUE for text in texts):
                return ",".join(texts)
        self.fail("invalid")

    def to_representation(self, value: Any) -> Any:
        """Return the value; bodies are only read."""
        return value

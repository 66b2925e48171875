"""The form of a bulk edit: for each attribute one of five operations, and the value it may need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.tag_form import EXAMPLES, FIRST_KEYS, SOME_LEVEL
from shop_plugin.domain.attributes import ATTRIBUTES, Attribute, AttributeKind, value_to_plain
from shop_plugin.services.staff.bulk_edits.operations import AttributeEdit, Operation
from shop_plugin.services.staff.values import ValueRefused, read_value
from shop_plugin.services.words.attributes import attribute_label, option_label

OPERATION_LABELS = {
    Operation.NO_CHANGE: _("No change"),
    Operation.REPLACE: _("Replace by"),
    Operation.ADD_WHERE_UNKNOWN: _("Add where unknown"),
    Operation.REMOVE_STAFF_VALUE: _("Remove staff value"),
    Operation.CLEAR_ALL_SOURCES: _("Clear all sources"),
}


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """The two fields of one attribute."""

    key: str
    label: str
    operation: forms.BoundField
    value: forms.BoundField

    @property
    def errors(self) -> list[str]:
        """Return what is wrong with either."""
        return [*self.operation.errors, *self.value.errors]


class BulkEditForm(forms.Form):
    """Two fields per attribute, and a reason.

    After :meth:`is_valid`, :meth:`edits` tells what to do.
    """

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Stands in the log of every listing: where the values come from, and why now."),
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, said: Iterable[AttributeEdit] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._edits: list[AttributeEdit] = []
        earlier = {edit.attribute: edit for edit in said}
        for definition in ATTRIBUTES.values():
            edit = earlier.get(definition.key)
            label = attribute_label(definition.key)
            self.fields[f"{definition.key}-do"] = forms.ChoiceField(
                label=gettext("%(fact)s: what to do") % {"fact": label},
                choices=[(item.value, label) for item, label in OPERATION_LABELS.items()],
                initial=edit.operation.value if edit else Operation.NO_CHANGE.value,
                required=False,
            )
            self.fields[f"{definition.key}-value"] = _value_field(
                definition, gettext("%(fact)s: value") % {"fact": label}, edit
            )

    def clean(self) -> dict[str, Any]:
        """Pair operations with values; a value that nothing is done with is an error, too."""
        cleaned = super().clean() or self.cleaned_data
        for key in ATTRIBUTES:
            if f"{key}-do" in cleaned and f"{key}-value" in cleaned:
                self._clean_attribute(key, cleaned)
        if not self._edits and not self.errors:
            self.add_error(None, gettext("Choose an operation for at least one fact."))
        return cleaned

    def edits(self) -> list[AttributeEdit]:
        """Return what to do, without what stays."""
        return self._edits

    def first_rows(self) -> list[AttributeRow]:
        """Return the facts that most decide the Guide match."""
        return [self._row(key) for key in FIRST_KEYS]

    def other_rows(self) -> list[AttributeRow]:
        """Return the other facts."""
        return [self._row(key) for key in ATTRIBUTES if key not in FIRST_KEYS]

    def has_other_values(self) -> bool:
        """Tell whether something is said of one of the other facts."""
        return any(
            row.errors or row.value.value() or row.operation.value() != Operation.NO_CHANGE
            for row in self.other_rows()
        )

    def _row(self, key: str) -> AttributeRow:
        return AttributeRow(key, attribute_label(key), self[f"{key}-do"], self[f"{key}-value"])

    def _clean_attribute(self, key: str, cleaned: dict[str, Any]) -> None:
        operation = Operation(cleaned[f"{key}-do"] or Operation.NO_CHANGE)
        given = cleaned[f"{key}-value"]
        text = ",".join(given) if isinstance(given, list) else given.strip()
        if operation.needs_value and not text:
            self.add_error(f"{key}-value", gettext("Write the value, or choose another operation."))
            return
        if text and not operation.needs_value:
            self.add_error(
                f"{key}-do",
                gettext("A value stands here, but this operation uses none. Choose, or empty it."),
            )
            return
        if operation is Operation.NO_CHANGE:
            return
        try:
            value = read_value(attribute=key, text=text) if text else None
        except ValueRefused as refusal:
            self.add_error(f"{key}-value", str(refusal))
        else:
            self._edits.append(AttributeEdit(key, operation, value, text))


def _value_field(definition: Attribute, label: str, edit: AttributeEdit | None) -> forms.Field:
    said = edit.original if edit else ""
    if definition.is_span:
        return forms.CharField(
            label=label,
            required=False,
            max_length=200,
            initial=said,
            help_text=EXAMPLES[definition.kind],
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )
    answers = ",".join(value_to_plain(edit.value)) if edit and edit.value else ""
    names = [(key, capfirst(option_label(definition.key, key))) for key in definition.options]
    if definition.kind is AttributeKind.OFFER:
        return forms.MultipleChoiceField(
            label=label,
            required=False,
            choices=names,
            initial=[answer for answer in answers.split(",") if answer],
            widget=forms.CheckboxSelectMultiple,
        )
    if definition.kind is AttributeKind.LEVEL:
        names.append((SOME_LEVEL, gettext("Some, not known how much")))
    return forms.ChoiceField(
        label=label, required=False, choices=[("", "–"), *names], initial=answers
    )

"""The tagging form: what staff say of a listing. An empty field says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    LEVELS,
    Attribute,
    AttributeKind,
    Span,
    value_to_plain,
)
from shop_plugin.services.evidence.observed import ObservedFact
from shop_plugin.services.staff.review import Tag
from shop_plugin.services.staff.values import ValueRefused, read_value
from shop_plugin.services.words.explaining import attribute_label, option_label
from shop_plugin.services.words.lengths import write_length

FIRST_KEYS = ("arch_support", "cushioning", "heel_height_mm")
SHOWN = "shown_"  # before a field's name: what stood in it when the page was made
SOME_LEVEL = "1,2,3"  # there is some, but how much is not known
EXAMPLES = {
    AttributeKind.LENGTH: _("With its unit: 2 3/4 in, 7 cm or 70 mm"),
    AttributeKind.WEIGHT: _("With its unit: 300 g, 0.3 kg or 10.5 oz"),
}


@dataclass(frozen=True, slots=True)
class Known:
    """What is believed of a fact, whose word that is, and the words it was read from.

    Without a ``text`` nothing is known.
    """

    text: str
    source: str = ""
    quote: str = ""


UNKNOWN = Known("")


class TagForm(forms.Form):
    """One field per attribute, filled with what staff said before.

    A field that is not sent at all is left alone, an emptied one takes the
    staff value back. After :meth:`is_valid`, :meth:`tags` gives what to save.
    """

    def __init__(
        self,
        *args: Any,
        said: Mapping[str, ObservedFact],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._tags: list[Tag] = []
        for definition in ATTRIBUTES.values():
            self.fields[definition.key] = _make_field(definition, said.get(definition.key))

    def show_outlook(self, outlook: Mapping[tuple[str, str], str]) -> None:
        """Write beside each answer, by fact and answer, what the Guide match would become."""
        for key, field in self.fields.items():
            if isinstance(field.widget, forms.RadioSelect):
                field.choices = _with_outlook(key, field.choices, outlook)

    def show_known(self, known: Mapping[str, Known]) -> None:
        """Write under the name of each fact what is believed of it now, and who says so.

        Of the facts that are asked first it is also said that nothing is known.
        """
        for key, field in self.fields.items():
            nothing = UNKNOWN if key in FIRST_KEYS and not field.initial else None
            field.known = known.get(key, nothing)
            if field.known and not field.widget.use_fieldset:
                ids = f"id_{key}_known" + (f" id_{key}_helptext" if field.help_text else "")
                field.widget.attrs["aria-describedby"] = ids

    def clean(self) -> dict[str, Any]:
        """Read every value that was sent; what is not understood is an error of its field."""
        cleaned = super().clean() or self.cleaned_data
        for key, definition in ATTRIBUTES.items():
            if key not in cleaned or not self._was_sent(definition):
                continue
            text = cleaned[key]
            text = ",".join(text) if isinstance(text, list) else text.strip()
            if self.data.get(f"{SHOWN}{key}") == text:
                continue  # as it was shown: nothing is said of it, whatever stands now
            if definition.is_span and text == self.fields[key].initial:
                continue  # as shown, perhaps rounded: not a new statement
            try:
                value = read_value(attribute=key, text=text) if text else None
            except ValueRefused as refusal:
                self.add_error(key, str(refusal))
            else:
                self._tags.append(Tag(attribute=key, value=value, original=text))
        return cleaned

    def tags(self) -> list[Tag]:
        """Return what staff say now of each attribute that was sent."""
        return self._tags

    def first_fields(self) -> Iterable[forms.BoundField]:
        """Return the fields that most decide the Guide match."""
        return [self[key] for key in FIRST_KEYS]

    def other_fields(self) -> Iterable[forms.BoundField]:
        """Return the other fields."""
        return [self[key] for key in ATTRIBUTES if key not in FIRST_KEYS]

    def has_other_values(self) -> bool:
        """Tell whether one of the other fields holds something or is wrong."""
        return any(field.value() or field.errors for field in self.other_fields())

    def shown(self) -> dict[str, str]:
        """Return by the name of a hidden field what stands in each field of the page."""
        initial = {key: field.initial for key, field in self.fields.items()}
        return {
            f"{SHOWN}{key}": ",".join(value) if isinstance(value, list) else value or ""
            for key, value in initial.items()
        }

    def _was_sent(self, definition: Attribute) -> bool:
        # A browser sends nothing for checkboxes of which none is ticked: a marker goes with them.
        marker = f"{definition.key}_sent" if definition.kind is AttributeKind.OFFER else None
        return (marker or definition.key) in self.data


def _make_field(definition: Attribute, said: ObservedFact | None) -> forms.Field:
    label = attribute_label(definition.key)
    if definition.is_span:
        return forms.CharField(
            label=label,
            required=False,
            max_length=200,
            initial=_written(definition, said),
            help_text=EXAMPLES[definition.kind],
            widget=forms.TextInput(attrs={"autocomplete": "off", "class": "vTextField"}),
        )
    answers = ",".join(value_to_plain(said.value)) if said else ""
    if definition.kind is AttributeKind.OFFER:
        return forms.MultipleChoiceField(
            label=label,
            required=False,
            choices=[(option, _name(definition, option)) for option in definition.options],
            initial=[answer for answer in answers.split(",") if answer],
            widget=forms.CheckboxSelectMultiple,
        )
    widget = forms.RadioSelect if definition.key in FIRST_KEYS else forms.Select
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=_choices(definition, answers),
        initial=answers,
        widget=widget,
    )


def _with_outlook(
    key: str, choices: Iterable[tuple[str, str]], outlook: Mapping[tuple[str, str], str]
) -> list[tuple[str, str]]:
    # The comma is for whoever hears or copies the line: the eye has the space between.
    return [
        (
            value,
            format_html(
                '<b>{}<span class="fba-comma">,</span></b> <small class="fba-gain">{}</small>',
                label,
                outlook[key, value],
            )
            if (key, value) in outlook
            else label,
        )
        for value, label in choices
    ]


def keep_what_was_typed(sent: QueryDict, said: Mapping[str, ObservedFact]) -> QueryDict:
    """Return the form's data with what stands now in each field that was sent as it was shown."""
    data = sent.copy()
    for key, definition in ATTRIBUTES.items():
        shown = data.get(f"{SHOWN}{key}")
        if shown is None or ",".join(data.getlist(key)) != shown:
            continue
        initial = _make_field(definition, said.get(key)).initial
        data.setlist(key, initial if isinstance(initial, list) else [initial])
    return data


def choices_to_preview() -> dict[str, tuple[str, ...]]:
    """Return the attributes whose choices show what the match would become, and the choices."""
    return {key: ("", *LEVELS, SOME_LEVEL) for key in FIRST_KEYS if not ATTRIBUTES[key].is_span}


def _choices(definition: Attribute, said: str) -> list[tuple[str, str]]:
    choices = [("", gettext("Staff say nothing"))]
    choices += [(option, _name(definition, option)) for option in definition.options]
    if definition.kind is AttributeKind.LEVEL:
        choices.append((SOME_LEVEL, gettext("Some, not known how much")))
    if said and said not in dict(choices):
        choices.append((said, name_answers(definition.key, said.split(","))))
    return choices


def name_answers(key: str, answers: Iterable[str]) -> str:
    """Return several possible answers in words: "Mild or moderate"."""
    definition = ATTRIBUTES[key]
    known = set(answers)
    names = [_name(definition, option) for option in definition.options if option in known]
    return gettext(" or ").join(names)


def _name(definition: Attribute, option: str) -> str:
    return capfirst(str(option_label(definition.key, option)))


def _written(definition: Attribute, said: ObservedFact | None) -> str:
    if said is None or not isinstance(said.value, Span):
        return ""
    if said.original:
        return said.original
    if definition.kind is AttributeKind.WEIGHT:
        return f"{said.value.low / 1000:g} g"
    return write_length(said.value.low, unit="mm")

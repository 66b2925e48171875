"""The lengths of two feet as people write them: any of three units, comma or point, fractions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from shop_plugin.domain.attributes import MICROMETRES_PER_INCH, MICROMETRES_PER_MM
from shop_plugin.domain.fitting import FOOT_LENGTHS_UM, FOOT_WIDTHS_UM, Feet, Foot
from shop_plugin.domain.measures import read_length
from shop_plugin.services.words.lengths import (
    LENGTH_UNITS,
    UNIT_CHOICES,
    in_readers_digits,
    unit_word,
    write_length,
)

_UNIT_UM = {
    "in": MICROMETRES_PER_INCH,
    "cm": 10 * MICROMETRES_PER_MM,
    "mm": MICROMETRES_PER_MM,
}
_SIDES = ("left", "right")
_WIDTH = pgettext_lazy("foot", "Width")


class FootForm(forms.Form):
    """Length and width of both feet. Valid as soon as one length is there."""

    unit = forms.ChoiceField(choices=UNIT_CHOICES, label=gettext_lazy("Unit"))
    left_length = forms.CharField(max_length=16, required=False, label=gettext_lazy("Length"))
    left_width = forms.CharField(
        max_length=16, required=False, label=pgettext_lazy("foot", "Width")
    )
    right_length = forms.CharField(max_length=16, required=False, label=gettext_lazy("Length"))
    right_width = forms.CharField(
        max_length=16, required=False, label=pgettext_lazy("foot", "Width")
    )

    @classmethod
    def for_feet(cls, feet: Feet | None, *, unit: str) -> FootForm:
        """Return the form filled with feet that are known, in a unit."""
        initial = {"unit": unit}
        for side in _SIDES:
            foot = getattr(feet, side) if feet else None
            for name, um in (
                ("length", foot.length_um if foot else None),
                ("width", foot.width_um if foot else None),
            ):
                initial[f"{side}_{name}"] = _write(um, unit)
        return cls(initial=initial)

    def clean(self) -> dict[str, Any]:
        """Turn the texts into feet, ``cleaned_data["feet"]``."""
        unit = self.cleaned_data.get("unit", "")
        if unit:
            feet = {side: self._foot(side, unit) for side in _SIDES}
            if not self.errors:
                if feet["left"] is None and feet["right"] is None:
                    self.add_error(None, _("Write down how long at least one foot is."))
                else:
                    self.cleaned_data["feet"] = Feet(feet["left"], feet["right"])
        return self.cleaned_data

    def _foot(self, side: str, unit: str) -> Foot | None:
        length = self._measure(f"{side}_length", unit, FOOT_LENGTHS_UM, longest=True)
        width = self._measure(f"{side}_width", unit, FOOT_WIDTHS_UM, longest=False)
        if length is None:
            if width is not None:
                self.add_error(f"{side}_length", _("The length is needed beside the width."))
            return None
        if width is not None and width > length:
            self.add_error(f"{side}_width", _("A foot is longer than it is wide. Swapped perhaps?"))
            return None
        return Foot(length, width)

    def _measure(
        self, name: str, unit: str, limits: tuple[int, int], *, longest: bool
    ) -> int | None:
        text = self.cleaned_data.get(name, "")
        if not text:
            return None
        span = read_length(text, default_unit=unit)
        if span is None or span.low != span.high:
            self.add_error(name, _("This is no length. Write a number such as 24.5."))
            return None
        if limits[0] <= span.low <= limits[1]:
            return span.low
        self.add_error(name, _unlikely(span.low, unit, limits, longest=longest))
        return None


def _unlikely(um: int, unit: str, limits: tuple[int, int], *, longest: bool) -> str:
    """Return why a measure cannot be a foot's, with the unit it was perhaps measured in."""
    low, high = (write_length(end, unit=unit) for end in limits)
    values = {"low": low, "high": high}
    said = (
        _("A foot is between %(low)s and %(high)s long.")
        if longest
        else _("A foot is between %(low)s and %(high)s wide.")
    ) % values
    for other in LENGTH_UNITS:
        if limits[0] <= um * _UNIT_UM[other] // _UNIT_UM[unit] <= limits[1]:
            hint = _("Perhaps the unit is %(unit)s? Choose it above.") % {"unit": unit_word(other)}
            return f"{said} {hint}"
    return said


def _write(um: int | None, unit: str) -> str:
    """Return a length as a number of a unit, to the tenth of a millimetre, as it is typed here."""
    if um is None:
        return ""
    decimals = {"in": 3, "cm": 2, "mm": 1}[unit]
    number = f"{um / _UNIT_UM[unit]:.{decimals}f}"
    return in_readers_digits(number.rstrip("0").rstrip(".") if "." in number else number)

"""Words for the factors that the formula weighs, and for the limits it sets."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shop_plugin.services.words.attributes import Text

FACTOR_LABELS: Mapping[str, Text] = MappingProxyType(
    {
        "A": gettext_lazy("Arch support"),
        "S": gettext_lazy("Stability of the heel"),
        "C": gettext_lazy("Cushioning"),
        "H": gettext_lazy("Heel height"),
        "T": gettext_lazy("Room for the toes"),
        "W": gettext_lazy("Widths to choose from"),
        "K": gettext_lazy("Hold on the foot"),
        "R": gettext_lazy("Rocker sole"),
        "O": gettext_lazy("Room for an insole of one’s own"),
        "U": gettext_lazy("Softness of the upper"),
    }
)

CAP_LABELS: Mapping[str, Text] = MappingProxyType(
    {
        "CAP_HEEL": gettext_lazy("Heel above two inches"),
        "CAP_UNSUPPORTED": gettext_lazy("Neither arch support nor cushioning"),
        "CAP_ONE_LACKING": gettext_lazy("Arch support or cushioning is lacking"),
        "CAP_PROFILE_ARCH": gettext_lazy("Too little arch support for this need"),
        "CAP_PROFILE_HEEL": gettext_lazy("Heel above two inches, for this need"),
        "CAP_PROFILE_TOE": gettext_lazy("Pointed toe, for this need"),
        "CAP_PROFILE_FASTENING": gettext_lazy("Open back or toe strap, for this need"),
        "CAP_PROFILE_CUSHION": gettext_lazy("Too little cushioning for this need"),
    }
)


def at_most(hundredths: int) -> str:
    """Return a limit of the match in words: "at most 39 of 100"."""
    return _("at most {points} of 100").format(points=whole_points(hundredths))


def whole_points(hundredths: int) -> str:
    """Return a limit in whole points, rounded up as the upper end of a match is shown."""
    return number_format(-(-hundredths // 100))

"""Where shoes are worn, in the words of a shopper, and which kinds of shoe that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.services.words.attributes import Text


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something to wear shoes for. ``categories`` are the kinds that are made for it."""

    key: str
    label: Text
    categories: tuple[UseCategory, ...]


OCCASIONS: Mapping[str, Occasion] = MappingProxyType(
    {
        item.key: item
        for item in (
            Occasion(
                "everyday",
                _("Every day and walking"),
                (UseCategory.WALKING, UseCategory.CASUAL_SNEAKER),
            ),
            Occasion(
                "work",
                _("Standing at work"),
                (UseCategory.WORK_STANDING, UseCategory.SAFETY_BOOT),
            ),
            Occasion(
                "formal",
                _("Office and formal"),
                (UseCategory.DRESS_LEATHER, UseCategory.HEEL, UseCategory.FLAT),
            ),
            Occasion(
                "sport",
                _("Running and sport"),
                (
                    UseCategory.RUNNING,
                    UseCategory.RACING,
                    UseCategory.TRAIL,
                    UseCategory.TRAINING,
                ),
            ),
            Occasion("outdoors", _("Hiking"), (UseCategory.HIKING, UseCategory.TRAIL)),
            Occasion("cold", _("Cold and wet days"), (UseCategory.BOOT, UseCategory.HIKING)),
            Occasion("warm", _("Warm days"), (UseCategory.SANDAL, UseCategory.FLIP_FLOP)),
            Occasion("home", _("At home"), (UseCategory.SLIPPER,)),
        )
    }
)

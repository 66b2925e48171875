"""Every learn page, in the order of the overview: the texts, each beside what it rests on.

The words are footback's own, plain and short. They say "may" and "check",
never that a shoe does anything to an illness; ``domain/learning.py`` tells
what else a page must hold to, and a test asks it.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.learning import Group
from shop_plugin.services.learning.texts.body import FEET_AND_BACK, PROFESSIONAL
from shop_plugin.services.learning.texts.doing import EXERCISES, MATCH, MEASURE
from shop_plugin.services.learning.texts.everyday import (
    CHILDREN,
    DIABETES,
    LOW_BACK_PAIN,
    STANDING_ALL_DAY,
)
from shop_plugin.services.learning.texts.features import (
    ARCH_SUPPORT,
    CUSHIONING,
    FIT,
    FLATS,
    HEEL_HEIGHT,
    REPLACE_IN_TIME,
)
from shop_plugin.services.learning.texts.feet import (
    BUNIONS,
    FLAT_FEET,
    HAMMERTOE,
    HIGH_ARCH,
    NEUROMA,
    PLANTAR_FASCIITIS,
)
from shop_plugin.services.learning.texts.sources import SOURCE_KINDS

GROUPS = (
    Group(_("Start here"), (FEET_AND_BACK, MATCH, MEASURE)),
    Group(
        _("What makes a good shoe"),
        (ARCH_SUPPORT, CUSHIONING, HEEL_HEIGHT, FLATS, FIT, REPLACE_IN_TIME),
    ),
    Group(
        _("Feet and needs"),
        (
            FLAT_FEET,
            PLANTAR_FASCIITIS,
            BUNIONS,
            HAMMERTOE,
            NEUROMA,
            HIGH_ARCH,
            LOW_BACK_PAIN,
            STANDING_ALL_DAY,
            CHILDREN,
            DIABETES,
        ),
    ),
    Group(_("Beyond shoes"), (EXERCISES, PROFESSIONAL)),
)

__all__ = ["GROUPS", "SOURCE_KINDS"]

"""What kind of source each is, in words for readers: "a trial with 848 runners"."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SOURCE_KINDS: Mapping[str, str | Promise] = MappingProxyType(
    {
        # of the guide
        "sahar_2007": _("Review of six trials"),
        "chuter_2014": _("Review of eleven trials"),
        "kong_2020": _("Review of 14 trials"),
        "sadler_2023": _("Randomised trial, 41 people"),
        "nice_ng59": _("National guideline"),
        "vicenzino_2015": _("Randomised trial, 150 people; paid in part by a maker"),
        "malisoux_2020": _("Randomised trial, 848 runners"),
        "theisen_2014": _("Randomised trial, 247 runners"),
        "speed_2016": _("Review of ten studies"),
        "basford_1988": _("Trial, 96 women, each with and without"),
        "younas_2023": _("Review of eleven studies, 1,334 women"),
        "russell_2010": _("Review by one author"),
        "ridge_2019": _("Randomised trial, 57 people"),
        "buldt_2018": _("Review of studies that measured feet and shoes"),
        "cook_1985": _("Machine test, and the same shoes worn by runners"),
        "kong_2009": _("Runners tested in new and in worn shoes"),
        "schuitema_2020": _("Review of 43 trials"),
        "macrae_2013": _("Randomised trial, 115 people, a year"),
        # of the learn pages
        "menz_2013": _("1,930 people looked at once"),
        "almutairi_2021": _("Survey, asked once"),
        "burns_2006": _("Randomised trial, 154 people"),
        "evans_2022": _("Review of 16 trials, 1,058 children"),
        "van_netten_2018": _("National guideline"),
        "malisoux_2015": _("264 runners followed over time"),
        "astm_f1976": _("Standard of a laboratory test"),
        "nhs_heel": _("Advice of a health service"),
        "nhs_footwear": _("Advice of a health service"),
        "apma_heels": _("Advice of a professional body"),
        "aaos_heels": _("Advice of a professional body"),
        "ten_points": _("Advice of the trade"),
        "children_growth": _("Advice of a practice"),
        "children_checks": _("Advice of a shop"),
        "neuroma_practice": _("Advice of a practice"),
        "bunion_practice": _("Advice of a practice"),
        "shop_tests": _("Advice of a practice"),
    }
)

"""The outlook: how many mails the next 90 days bring, what is held back, and what the mails do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.nudge_reasons import name_reason
from shop_plugin.models import NudgeControl
from shop_plugin.services.nudges.outlook import (
    PAIRS_AT_ONCE,
    Outlook,
    is_small_shop,
    read_outlook,
    reckon_outlook,
)
from shop_plugin.services.shop.modes import get_mode

VIEW_PERMISSION = "footback.view_nudgecontrol"
# The drawing, in its own units: a slot per day, a bar in it, and the height of the highest.
SLOT, BAR, HEIGHT, LABEL = 10, 8, 120, 16
SAYS = {
    "too_few": _("Too few people yet to say whether the mails do anything."),
    "none_seen": _("No difference can be told from chance."),
    "more": _("More of the mailed people bought again than chance explains."),
    "fewer": _("Fewer of the mailed people bought again than chance explains."),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the drawing, in its units; ``label`` stands under the first day of a week."""

    x: int
    y: int
    height: int
    label: date | None


class OutlookPage:
    """The page, mounted by the admin of nudge control."""

    def __init__(self, site: AdminSite, opts: Any, media: forms.Media) -> None:
        self._site, self._opts, self._media = site, opts, media

    def show(self, request: HttpRequest) -> HttpResponse:
        """Show what the last run found; reckon anew where that is asked for and quickly done."""
        if not request.user.has_perm(VIEW_PERMISSION):
            raise PermissionDenied
        is_small = is_small_shop()
        if request.method == "POST":
            if is_small:
                reckon_outlook(now=timezone.now())
                messages.success(request, gettext("Reckoned anew."))
            return HttpResponseRedirect(reverse(f"{self._site.name}:footback_nudgecontrol_outlook"))
        outlook = read_outlook()
        context = {
            **self._site.each_context(request),
            "title": gettext("Outlook"),
            "opts": self._opts,
            "media": self._media,
            "is_small": is_small,
            "most_at_once": PAIRS_AT_ONCE,
            "mode_label": NudgeControl.Mode(get_mode().name).label,
            **({} if outlook is None else _describe(outlook)),
        }
        return TemplateResponse(request, "footback/admin/nudge_outlook.html", context)


def _describe(outlook: Outlook) -> dict[str, Any]:
    forecast = outlook.forecast
    days = {date.fromisoformat(item["day"]): item for item in forecast["days"]}
    first = date.fromisoformat(forecast["first_day"])
    last = date.fromisoformat(forecast["last_day"])
    span = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    most = max((item["mails"] for item in days.values()), default=0)
    return {
        "at": outlook.at,
        "forecast": forecast,
        "first": first,
        "last": last,
        "most": most,
        "bars": [_bar(index, day, days.get(day), most) for index, day in enumerate(span)],
        "drawing": {"width": len(span) * SLOT, "height": HEIGHT + LABEL, "floor": HEIGHT},
        "bar_width": BAR,
        "days": [
            (day, item["mails"], item["by_stage"].get("1", 0), item["by_stage"].get("2", 0))
            for day, item in days.items()
        ],
        "not_sent": _reasons(forecast["not_sent"]),
        "still_waiting": _reasons(forecast["still_waiting"]),
        "effect": _effect(outlook.effect) if outlook.effect else None,
    }


def _bar(index: int, day: date, item: dict[str, Any] | None, most: int) -> Bar:
    height = 0 if item is None else max(round(HEIGHT * item["mails"] / most), 1)
    label = day if index % 14 == 0 else None
    return Bar(index * SLOT + (SLOT - BAR) // 2, HEIGHT - height, height, label)


def _reasons(counts: dict[str, int]) -> list[tuple[str, int]]:
    return [(name_reason(code), count) for code, count in counts.items()]


def _effect(plain: dict[str, Any]) -> dict[str, Any]:
    uplift = plain["uplift"]
    return {
        "percent": plain["percent"],
        "since": datetime.fromisoformat(plain["since"]),
        "until": datetime.fromisoformat(plain["until"]),
        "too_recent": plain["too_recent"],
        "arms": [
            (_("mailed"), uplift["mailed"], _share(uplift["mailed"])),
            (_("held out"), uplift["held_out"], _share(uplift["held_out"])),
        ],
        "difference": _points(uplift["difference"]),
        "low": _points(uplift["low"]),
        "high": _points(uplift["high"]),
        "has_both": bool(uplift["mailed"]["people"] and uplift["held_out"]["people"]),
        "says": SAYS[uplift["says"]],
    }


def _share(arm: dict[str, int]) -> str:
    if not arm["people"]:
        return "–"
    return gettext("%(share)s %%") % {
        "share": number_format(100 * arm["bought"] / arm["people"], decimal_pos=1)
    }


def _points(share: float) -> str:
    sign = "+" if share > 0 else "−" if share < 0 else ""  # a real minus sign
    return sign + str(number_format(abs(share) * 100, decimal_pos=1))

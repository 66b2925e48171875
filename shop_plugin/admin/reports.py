"""How much is known of the catalogue, and what another guide would do to it: two staff pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.charts import Bar, Line, draw_bars, draw_trend
from shop_plugin.admin.readonly import ReadOnlyAdmin, show_state
from shop_plugin.domain.attributes import FootwearAttributes
from shop_plugin.domain.completeness import judge_completeness, needed_facts
from shop_plugin.domain.guide import GuideError
from shop_plugin.domain.guide_shifts import THRESHOLDS
from shop_plugin.domain.score_diff import ORDER
from shop_plugin.models import CatalogueDay, GuideReport, Listing
from shop_plugin.services.evidence.guide_reports import ask_for_report, cancel_report
from shop_plugin.services.shop.guides import guide_in_force, guide_versions
from shop_plugin.services.words.attributes import attribute_label, category_label

SHOWN_DAYS = 90
# Filters of the list of listings that find where a fact is missing.
_WORK_FILTERS = {"arch_support": "arch", "cushioning": "cushioning", "heel_height_mm": "heel"}
_TONES = {
    GuideReport.State.WAITING: "busy",
    GuideReport.State.RUNNING: "busy",
    GuideReport.State.DONE: "good",
    GuideReport.State.FAILED: "bad",
    GuideReport.State.CANCELLED: "bad",
}
_GRADE_WORDS = {
    "not_enough": _("not enough information"),
    "not_scored": _("never scored (children)"),
}
THRESHOLD_LABELS = {
    "heel_line": _("the two-inch line of heels"),
    "flat_line": _("the line under which a shoe is flat"),
    "heel_tolerance": _("the tolerance of the heel line"),
    "platform_free": _("the platform that does not count"),
    "lacking_below": _("below this, support or cushioning is lacking"),
    "cap_both_lacking": _("the limit where both are lacking"),
    "cap_one_lacking": _("the limit where one is lacking"),
    "coverage_minimum": _("the certainty a grade needs"),
    "grade_a": _("the floor of grade A"),
    "grade_b": _("the floor of grade B"),
    "grade_c": _("the floor of grade C"),
    "grade_d": _("the floor of grade D"),
}
UNIT_LABELS = {"mm": "mm", "points": _("points"), "share": "%"}
# Kept as micrometres, hundredths and thousandths; typed as mm, points and percent.
_KEPT_PER_UNIT = {"mm": 1000, "points": 100, "share": 10}


@dataclass(frozen=True, slots=True)
class KindRow:
    """What is known of the shoes of one kind, in numbers and in percent."""

    label: str
    listings: int
    scored: int
    scored_percent: int
    needed_percent: int
    nice_percent: int
    query: str


def share(part: int, whole: int) -> int:
    """Return a share in whole percent; nothing of nothing is nothing."""
    return round(100 * part / whole) if whole else 0


def present_known(attributes: FootwearAttributes) -> dict[str, Any]:
    """Return what the screen of a listing says of how much is known."""
    found = judge_completeness(attributes, guide=guide_in_force())
    return {
        "completeness": found,
        "missing_labels": [attribute_label(key) for key in found.missing],
    }


@admin.register(CatalogueDay)
class CatalogueDayAdmin(ReadOnlyAdmin):
    """One page: how much is known now, how it grew, and which facts would help most."""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the latest count with the trend behind it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        days = list(CatalogueDay.objects.order_by("-day")[:SHOWN_DAYS])[::-1]
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("What is known: completeness"),
            "opts": self.opts,
            "media": self.media,
            "latest": days[-1] if days else None,
            **(_present_day(days[-1]) if days else {}),
            **_present_trend(days),
        }
        return TemplateResponse(request, "footback/admin/completeness.html", context)

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow whoever may look at listings."""
        return request.user.has_perm("footback.view_listing") or super().has_view_permission(
            request, obj
        )


def _present_day(day: CatalogueDay) -> dict[str, Any]:
    kinds = [
        _kind_row(name, counts)
        for name, counts in sorted(
            day.counts["kinds"].items(), key=lambda item: -item[1]["listings"]
        )
        if counts["listings"]
    ]
    total = _total(day.counts)
    bars = [Bar(row.label, row.scored_percent, f"{row.scored_percent}%") for row in kinds]
    title = gettext("Shoes that can be scored, by kind")
    told = gettext("%(scored)s of %(listings)s shoes can be scored. The table has every number.")
    return {
        "kinds": kinds,
        "total": total,
        "bars": draw_bars(
            bars,
            key="fba-kinds",
            title=title,
            description=told
            % {"scored": number_format(total.scored), "listings": number_format(total.listings)},
        ),
        "helpful": [_helpful_row(item) for item in day.counts.get("helpful", ())],
    }


def _total(counts: Mapping[str, Any]) -> KindRow:
    known: dict[str, int] = {}
    listings = scored = 0
    for kind in counts["kinds"].values():
        listings += kind["listings"]
        scored += kind["scored"]
        for key, number in kind["known"].items():
            known[key] = known.get(key, 0) + number
    return _row(gettext("All kinds"), {"listings": listings, "scored": scored, "known": known}, "")


def _kind_row(name: str, counts: Mapping[str, Any]) -> KindRow:
    return _row(str(category_label(name)), counts, f"category={name}")


def _row(label: str, counts: Mapping[str, Any], query: str) -> KindRow:
    needed = needed_facts(guide_in_force())
    listings, known = counts["listings"], counts["known"]
    needed_known = sum(known.get(key, 0) for key in needed)
    others = {key: number for key, number in known.items() if key not in needed}
    return KindRow(
        label=label,
        listings=listings,
        scored=counts["scored"],
        scored_percent=share(counts["scored"], listings),
        needed_percent=share(needed_known, listings * len(needed)),
        nice_percent=round(100 * sum(others.values()) / listings) if listings else 0,
        query=query,
    )


def _helpful_row(item: Mapping[str, Any]) -> dict[str, Any]:
    work = _WORK_FILTERS.get(item["attribute"])
    query = f"category={item['kind']}" + (f"&todo={work}" if work else "")
    return {
        "fact": attribute_label(item["attribute"]),
        "kind": category_label(item["kind"]),
        "listings": item["listings"],
        "points": round(item["narrowing"] / 100),
        "url": f"{reverse('admin:footback_listing_changelist')}?{query}",
    }


def _present_trend(days: Sequence[CatalogueDay]) -> dict[str, Any]:
    if len(days) < 2:
        return {"trend": None, "trend_rows": []}
    rows = [(day, _total(day.counts)) for day in days]
    lines = [
        Line(gettext("can be scored"), [row.scored_percent for _day, row in rows]),
        Line(gettext("needed facts known"), [row.needed_percent for _day, row in rows]),
    ]
    first, last = rows[0], rows[-1]
    told = gettext(
        "From %(first)s to %(last)s the share of shoes that can be scored went from %(from)d%% "
        "to %(to)d%%."
    ) % {
        "first": date_format(first[0].day),
        "last": date_format(last[0].day),
        "from": first[1].scored_percent,
        "to": last[1].scored_percent,
    }
    chart = draw_trend(
        lines,
        days=[date_format(day.day, "SHORT_DATE_FORMAT") for day, _row in rows],
        key="fba-trend",
        title=gettext("How much is known, day by day"),
        description=told,
    )
    step = max(1, len(rows) // 12)
    return {"trend": chart, "trend_text": told, "trend_rows": rows[::-1][::step]}


class ReportForm(forms.Form):
    """What to compare the guide in force with."""

    line = forms.ChoiceField(label=_("Line of the guide"), required=False)
    by = forms.FloatField(
        label=_("Moved by"),
        required=False,
        help_text=_("mm for lengths, points for grades and limits, % for shares; −5 moves it down"),
    )
    formula = forms.ChoiceField(label=_("or another formula"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        guide = guide_in_force()
        self.fields["line"].choices = [  # type: ignore[attr-defined]
            ("", "—"),
            *((key, f"{label} ({_now_at(guide, key)})") for key, label in THRESHOLD_LABELS.items()),
        ]
        others = [name for name in guide_versions() if name != guide.version]
        self.fields["formula"].choices = [("", "—"), *((name, name) for name in others)]  # type: ignore[attr-defined]
        if not others:
            del self.fields["formula"]

    def clean(self) -> dict[str, Any]:
        """Require one of both, and a distance for a line."""
        data = super().clean() or {}
        if self.errors:
            return data
        if bool(data.get("line")) == bool(data.get("formula")):
            raise forms.ValidationError(
                gettext("Choose a line of the guide, or another formula.")
                if "formula" in self.fields
                else gettext("Choose a line of the guide.")
            )
        if data.get("line") and not data.get("by"):
            self.add_error("by", gettext("Say how far, for example 5."))
        return data

    def ask(self, request: HttpRequest) -> int:
        """Put the report on the list of work; return its id.

        :raises GuideError: where the guide cannot be moved so.
        """
        line = self.cleaned_data.get("line")
        per_unit = _KEPT_PER_UNIT[THRESHOLDS[line].unit] if line else 0
        kind = GuideReport.Kind.SENSITIVITY if line else GuideReport.Kind.RELEASE
        return ask_for_report(
            kind=kind,
            subject=line or self.cleaned_data["formula"],
            by=round(self.cleaned_data["by"] * per_unit) if line else 0,
            author=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )


def _now_at(guide: Any, key: str) -> str:
    item = THRESHOLDS[key]
    return _measure(item.read(guide), item.unit)


def _measure(kept: int, unit: str, *, sign: bool = False) -> str:
    number = kept / _KEPT_PER_UNIT[unit]
    shown = number_format(abs(number) if sign else number, use_l10n=True)
    prefix = ("+" if kept > 0 else "−") if sign else ""
    return f"{prefix}{shown} {UNIT_LABELS[unit]}"


@admin.register(GuideReport)
class GuideReportAdmin(ReadOnlyAdmin):
    """Reports on the guide: ask for one, see it computed, keep it."""

    list_display = ["shown_subject", "shown_state", "changed", "asked_at", "author"]
    ordering = ["-asked_at", "-pk"]
    list_select_related = ["author"]
    change_list_template = "footback/admin/guide_reports.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the reports, and a form to ask for another."""
        may_ask = request.user.has_perm("footback.add_guidereport")
        form = ReportForm(request.POST if "ask" in request.POST else None)
        if "ask" in request.POST:
            if not may_ask:
                raise PermissionDenied
            if form.is_valid():
                try:
                    report_id = form.ask(request)
                except GuideError as error:
                    form.add_error(None, str(error))
                else:
                    url = reverse("admin:footback_guidereport_change", args=[report_id])
                    return HttpResponseRedirect(url)
        extra = {"form": form, "may_ask": may_ask, "title": gettext("Guide reports")}
        return super().changelist_view(request, {**extra, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one report, or how far it is."""
        report = self.get_object(request, object_id)
        if report is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, report):
            raise PermissionDenied
        if request.method == "POST" and "cancel" in request.POST:
            if not request.user.has_perm("footback.add_guidereport"):
                raise PermissionDenied
            if cancel_report(report_id=report.pk, now=timezone.now()):
                messages.success(request, gettext("The report was cancelled."))
            return HttpResponseRedirect(request.get_full_path())
        context = {
            **self.admin_site.each_context(request),
            "title": describe_report(report),
            "opts": self.opts,
            "media": self.media,
            "report": report,
            "may_ask": request.user.has_perm("footback.add_guidereport"),
            "is_open": report.state in (GuideReport.State.WAITING, GuideReport.State.RUNNING),
            **(_present_report(report.result) if report.result else {}),
        }
        return TemplateResponse(request, "footback/admin/guide_report.html", context)

    @admin.display(description=_("report"))
    def shown_subject(self, report: GuideReport) -> str:
        """Return what was compared."""
        return describe_report(report)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, report: GuideReport) -> SafeString:
        """Return the state as a mark."""
        state = GuideReport.State(report.state)
        return show_state(report.state, report.get_state_display(), tone=_TONES[state])

    @admin.display(description=_("another grade"))
    def changed(self, report: GuideReport) -> SafeString | str:
        """Return how many listings would show another grade."""
        if not report.result:
            return "–"
        return format_html(
            "{} / {}",
            number_format(report.result["changed"]),
            number_format(report.result["listings"]),
        )


def describe_report(report: GuideReport) -> str:
    """Return what a report compares, in words."""
    if report.kind == GuideReport.Kind.RELEASE:
        return gettext("formula %(name)s") % {"name": report.subject}
    label = str(THRESHOLD_LABELS.get(report.subject, report.subject))
    unit = THRESHOLDS[report.subject].unit if report.subject in THRESHOLDS else "mm"
    return f"{label}: {_measure(report.by, unit, sign=True)}"


def _present_report(result: Mapping[str, Any]) -> dict[str, Any]:
    listings = result["listings"]
    ids = {sample["listing"] for move in result["moves"] for sample in move["samples"]}
    titles = dict(Listing.objects.filter(pk__in=ids).values_list("pk", "title"))
    grades = [
        (_grade(grade), result["grades_before"][grade], result["grades_after"][grade])
        for grade in ORDER
    ]
    moves = [
        {
            "from": _grade(move["from"]),
            "to": _grade(move["to"]),
            "listings": move["listings"],
            "samples": [
                (
                    titles.get(sample["listing"], sample["listing"]),
                    reverse("admin:footback_listing_change", args=[sample["listing"]]),
                )
                for sample in move["samples"]
            ],
        }
        for move in result["moves"]
    ]
    bars = [
        Bar(f"{move['from']} → {move['to']}", share(move["listings"], result["changed"]),
            number_format(move["listings"]))
        for move in moves[:10]
    ]  # fmt: skip
    told = gettext("%(changed)s of %(listings)s listings would show another grade.") % {
        "changed": number_format(result["changed"]),
        "listings": number_format(listings),
    }
    return {
        "result": result,
        "grades": grades,
        "moves": moves,
        "told": told,
        "bars": draw_bars(
            bars, key="fba-moves", title=gettext("Which way they move"), description=told
        )
        if bars
        else "",
    }


def _grade(grade: str) -> str:
    return str(_GRADE_WORDS.get(grade, grade))

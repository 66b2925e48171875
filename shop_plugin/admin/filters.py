"""Filters of the listing list. Each costs one query at most, however long the list is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.attributes import UseCategory
from shop_plugin.domain.bands import GRADES, NOT_ENOUGH, NOT_SCORED
from shop_plugin.models import Listing, Observation
from shop_plugin.services.staff.queue import left_open
from shop_plugin.services.words.attributes import category_label

SHOWN_BRANDS = 30
SHOWN_SOURCES = 20

NOT_ASSESSED = "not_assessed"
WITHDRAWN = "withdrawn"


class CodeFilter(admin.SimpleListFilter):
    """By a column of codes: those that stand in the table, named in words.

    A subclass gives ``parameter_name``, which is the column's name too, and
    ``names``; a code without a name is shown as it stands.
    """

    names: Mapping[str, Any] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Return the codes that there are, by their words."""
        column = self.parameter_name
        rows = model_admin.model.objects.exclude(**{column: ""}).order_by()
        named = [
            (code, str(self.names.get(code, code.replace("_", " "))))
            for code in rows.values_list(column, flat=True).distinct()
        ]
        return sorted(named, key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows with the chosen code."""
        value = self.value()
        return queryset.filter(**{self.parameter_name: value}) if value else queryset


class MatchFilter(admin.SimpleListFilter):
    """By the lower end of the Guide match, or by why there is none."""

    title = _("Guide match")
    parameter_name = "match"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Return the grades, then the reasons for having none."""
        return [
            *((grade, grade) for grade in GRADES),
            (NOT_ENOUGH, _("not enough information")),
            (NOT_SCORED, _("never scored (children)")),
            (NOT_ASSESSED, _("not assessed yet")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        """Keep the listings of the chosen band."""
        value = self.value()
        if value == NOT_ASSESSED:
            return queryset.filter(Q(profile=None) | Q(profile__grade_band=None))
        if value in (*GRADES, NOT_ENOUGH, NOT_SCORED):
            return queryset.filter(profile__grade_band=value)
        return queryset


class TodoFilter(admin.SimpleListFilter):
    """By what a person could do about the listing."""

    title = _("to do")
    parameter_name = "todo"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Return the kinds of work."""
        return [
            ("suggested", _("suggestions waiting")),
            ("conflict", _("sources disagree")),
            ("implausible", _("facts that do not fit each other")),
            ("arch", _("arch support unknown")),
            ("cushioning", _("cushioning unknown")),
            ("heel", _("heel height unknown")),
            ("changed", _("text changed since staff looked")),
            ("tagged", _("tagged by staff")),
            ("second", _("waits for a second person")),
            ("unclear", _("left open: cannot tell")),
            (WITHDRAWN, _("no longer offered")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        """Keep the listings with that work."""
        unknown = {
            "arch": Q(profile=None) | Q(profile__arch_support=None),
            "cushioning": Q(profile=None) | Q(profile__cushioning=None),
            "heel": Q(profile=None) | Q(profile__heel_height_high_um=None),
            "implausible": Q(profile__flags__gt=""),
            "conflict": Q(profile__isnull=False) & ~Q(profile__conflicts=""),
        }
        value = self.value()
        if value in unknown:
            return queryset.filter(unknown[value])
        if value == WITHDRAWN:
            return queryset.filter(is_withdrawn=True)
        if value == "unclear":
            return left_open(queryset)
        waiting = Observation.State.SUGGESTED
        if value == "suggested":
            return queryset.filter(_has(~Q(source_kind="staff"), state=waiting))
        if value == "second":
            return queryset.filter(_has(source_kind="staff", state=waiting))
        if value == "tagged":
            return queryset.filter(_has_staff_value())
        if value == "changed":
            return queryset.filter(_has_staff_value(~Q(content_hash=OuterRef("content_hash"))))
        return queryset


def _has(*conditions: Q, **lookups: Any) -> Exists:
    return Exists(Observation.objects.filter(*conditions, listing=OuterRef("pk"), **lookups))


def _has_staff_value(*conditions: Q) -> Exists:
    return _has(*conditions, source_kind="staff", state=Observation.State.ACCEPTED)


class CategoryFilter(admin.SimpleListFilter):
    """By what the shoe is made for."""

    title = _("kind of shoe")
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Return every kind of shoe."""
        return [(kind.value, category_label(kind)) for kind in UseCategory]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        """Keep the listings of the chosen kind."""
        return queryset.filter(use_category=self.value()) if self.value() else queryset


class _FrequentValueFilter(admin.SimpleListFilter):
    """By a column of free values: the most frequent are listed, any other can be linked to."""

    shown = 20

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Return the most frequent values, and the chosen one."""
        column = self.parameter_name
        frequent = (
            Listing.objects.exclude(**{column: ""})
            .values_list(column)
            .annotate(count=Count("pk"))
            .order_by("-count", column)[: self.shown]
        )
        values = [value for value, _count in frequent]
        chosen = request.GET.get(column)
        if chosen and chosen not in values:
            values.append(chosen)
        return [(value, value) for value in sorted(values, key=str.casefold)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        """Keep the listings with the chosen value."""
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


class BrandFilter(_FrequentValueFilter):
    """By brand; the search finds the rare ones."""

    title = _("brand")
    parameter_name = "brand"
    shown = SHOWN_BRANDS


class SourceFilter(_FrequentValueFilter):
    """By the shop or file that the listing comes from."""

    title = _("source")
    parameter_name = "source"
    shown = SHOWN_SOURCES

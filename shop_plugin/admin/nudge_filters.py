"""Filters of the nudge list. A choice is named in words; its address keeps the code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.filters import CodeFilter
from shop_plugin.admin.nudge_reasons import REASONS, STAGES
from shop_plugin.models import Nudge


class StageFilter(admin.SimpleListFilter):
    """By what is said: worth a look, or repair or replace."""

    title = _("stage")
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Return the stages in their order."""
        return [(str(number), words) for number, words in STAGES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Nudge]) -> QuerySet[Nudge]:
        """Keep the nudges of the chosen stage."""
        value = self.value() or ""
        return queryset.filter(stage=value) if value.isdecimal() else queryset


class ReasonFilter(CodeFilter):
    """By why something was not said, in words."""

    title = _("why")
    parameter_name = "reason"
    names = REASONS

"""Observations and assessments as they are stored, to read and to search."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.presenting import name_range, show_points
from shop_plugin.admin.readonly import ReadOnlyAdmin, show_json, show_state
from shop_plugin.models import Assessment, Observation
from shop_plugin.services.evidence.observation_rows import read_value
from shop_plugin.services.words.explaining import attribute_label, describe_value

TONES = {
    Observation.State.SUGGESTED: "busy",
    Observation.State.ACCEPTED: "good",
    Observation.State.REJECTED: "bad",
    Observation.State.UNCLEAR: "quiet",
    Observation.State.SUPERSEDED: "quiet",
}


@admin.register(Observation)
class ObservationAdmin(ReadOnlyAdmin):
    """Who said what of which listing. Decisions are made on the listing's own screen."""

    list_display = ["listing", "fact", "value", "source_kind", "shown_state", "rule", "observed_at"]
    list_filter = ["state", "source_kind", "attribute"]
    list_select_related = ["listing"]
    search_fields = ["=listing__external_id", "=rule"]
    search_help_text = _("The shop's own id of a listing, or a rule, in full")
    ordering = ["-pk"]
    fields = [
        "listing",
        "fact",
        "value",
        "original",
        ("source_kind", "rule", "confidence"),
        "quote",
        ("field", "start", "end"),
        ("shown_state", "author", "observed_at"),
        "content_hash",
    ]
    readonly_fields = ["fact", "value", "shown_state"]

    @admin.display(description=_("fact"), ordering="attribute")
    def fact(self, item: Observation) -> str:
        """Return the attribute by its name for people."""
        return str(attribute_label(item.attribute))

    @admin.display(description=_("value"))
    def value(self, item: Observation) -> str:
        """Return the value in words."""
        value = read_value(item.low_milli, item.high_milli, item.options)
        return str(describe_value(item.attribute, value, unit="mm"))

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, item: Observation) -> SafeString:
        """Return the state as a mark."""
        tone = TONES[Observation.State(item.state)]
        return show_state(item.state, item.get_state_display(), tone=tone)


@admin.register(Assessment)
class AssessmentAdmin(ReadOnlyAdmin):
    """Every Guide match ever computed, older formulas included."""

    list_display = [
        "attribute_hash",
        "condition",
        "formula_version",
        "verdict",
        "points",
        "coverage",
        "computed_at",
    ]
    list_filter = ["formula_version", "condition", "verdict"]
    search_fields = ["=attribute_hash"]
    ordering = ["-pk"]
    fields = [
        "attribute_hash",
        ("condition", "formula_version"),
        "verdict",
        "points",
        ("coverage", "confidence"),
        "shown_detail",
        "computed_at",
    ]
    readonly_fields = ["points", "shown_detail"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Keep it off the index: one comes here with a fingerprint to look up."""
        return False

    @admin.display(description=_("Guide match"), ordering="low")
    def points(self, item: Assessment) -> str:
        """Return the letters and the range of points."""
        if item.low is None or item.high is None:
            return "–"
        letters = name_range(item.grade_low, item.grade_high)
        points = name_range(show_points(item.low), show_points(item.high))
        return f"{letters} {points}".strip()

    @admin.display(description=_("contributions, caps and reasons"))
    def shown_detail(self, item: Assessment) -> SafeString:
        """Return the stored detail, from which the score can be replayed."""
        return show_json(item.detail)

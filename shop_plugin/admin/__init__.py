"""What staff see: listings and their evidence, runs, people, the outbox, the log."""

from shop_plugin.admin import (
    api_keys,
    bulk_edits,
    evidence,
    listing,
    nudge_control,
    nudging,
    operations,
    people,
    reports,
    sheets,
    suggestions,
    value_reports,
)

__all__ = [
    "api_keys",
    "bulk_edits",
    "evidence",
    "listing",
    "nudge_control",
    "nudging",
    "operations",
    "people",
    "reports",
    "sheets",
    "suggestions",
    "value_reports",
]

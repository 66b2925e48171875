"""What staff see: listings and their evidence, runs, people, the outbox, the log."""

from shop_plugin.admin import (
    api_keys,
    audit_log,
    bulk_edits,
    evidence,
    host_webhooks,
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
    "audit_log",
    "bulk_edits",
    "evidence",
    "host_webhooks",
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

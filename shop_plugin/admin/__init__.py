"""What staff see: listings and their evidence, runs, people, the outbox, the log."""

from shop_plugin.admin import evidence, listing, nudge_control, nudging, operations, people

__all__ = ["evidence", "listing", "nudge_control", "nudging", "operations", "people"]

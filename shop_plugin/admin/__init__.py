"""What staff see: listings and their evidence, runs, people, the outbox, the log."""

from shop_plugin.admin import evidence, listing, nudging, operations, people

__all__ = ["evidence", "listing", "nudging", "operations", "people"]

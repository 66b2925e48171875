"""Storage: fields, constraints, indexes, and no rules.

Dependence runs listing <- evidence, listing + people <- nudging; operations,
search and access stand alone. Import models from here.
"""

from shop_plugin.models.access import ApiKey
from shop_plugin.models.evidence import (
    Assessment,
    AttributeSnapshot,
    FootwearProfile,
    Observation,
)
from shop_plugin.models.listing import Listing, ListingSize
from shop_plugin.models.nudging import Attempt, Message, Nudge, NudgeControl, Purchase
from shop_plugin.models.operations import AuditEntry, JobRun, RefusedRow
from shop_plugin.models.people import Consent, Contact, Suppression
from shop_plugin.models.search import SearchChange, SearchLog

__all__ = [
    "ApiKey",
    "Assessment",
    "Attempt",
    "AttributeSnapshot",
    "AuditEntry",
    "Consent",
    "Contact",
    "FootwearProfile",
    "JobRun",
    "Listing",
    "ListingSize",
    "Message",
    "Nudge",
    "NudgeControl",
    "Observation",
    "Purchase",
    "RefusedRow",
    "SearchChange",
    "SearchLog",
    "Suppression",
]

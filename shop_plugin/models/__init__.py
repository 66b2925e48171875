"""Storage: fields, constraints, indexes, and no rules.

Dependence runs listing <- evidence, workbench and search, listing + people <- nudging <- mail
reports; operations, bulk edits, sheets, access, host events and host news stand alone. Import
models from here.
"""

from shop_plugin.models.access import ApiKey, IdempotencyRecord
from shop_plugin.models.bulk_edits import BulkEdit, BulkEditOutcome, BulkEditValue
from shop_plugin.models.evidence import (
    Assessment,
    AttributeSnapshot,
    EarlierText,
    FootwearProfile,
    Observation,
)
from shop_plugin.models.feedback import ValueReport
from shop_plugin.models.host_events import HostEvent, HostVersion, ReturnedPairs
from shop_plugin.models.host_news import HostNews, NewsTarget
from shop_plugin.models.listing import FitVote, Listing, ListingDemand, ListingSize
from shop_plugin.models.mail_reports import WebhookEvent
from shop_plugin.models.nudging import Attempt, Message, Nudge, NudgeControl, Purchase
from shop_plugin.models.operations import AuditEntry, JobRun, RefusedRow
from shop_plugin.models.people import Consent, Contact, Suppression
from shop_plugin.models.reports import CatalogueDay, GuideReport
from shop_plugin.models.search import (
    ListingTerms,
    SearchChange,
    SearchLog,
    SearchSnapshot,
    SearchSnapshotPart,
)
from shop_plugin.models.sheets import SheetImport, SheetImportRow
from shop_plugin.models.workbench import AutoAcceptRule, WorkDecision, WorkHold, WorkPass

__all__ = [
    "ApiKey",
    "Assessment",
    "Attempt",
    "AttributeSnapshot",
    "AuditEntry",
    "AutoAcceptRule",
    "BulkEdit",
    "BulkEditOutcome",
    "BulkEditValue",
    "CatalogueDay",
    "Consent",
    "Contact",
    "EarlierText",
    "FitVote",
    "FootwearProfile",
    "GuideReport",
    "HostEvent",
    "HostNews",
    "HostVersion",
    "IdempotencyRecord",
    "JobRun",
    "Listing",
    "ListingDemand",
    "ListingSize",
    "ListingTerms",
    "Message",
    "NewsTarget",
    "Nudge",
    "NudgeControl",
    "Observation",
    "Purchase",
    "RefusedRow",
    "ReturnedPairs",
    "SearchChange",
    "SearchLog",
    "SearchSnapshot",
    "SearchSnapshotPart",
    "SheetImport",
    "SheetImportRow",
    "Suppression",
    "ValueReport",
    "WebhookEvent",
    "WorkDecision",
    "WorkHold",
    "WorkPass",
]

"""Roles of staff and programs as groups of permissions. A shop may make others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.contrib.auth.models import Group, Permission
from django.db import transaction

APP_LABEL = "footback"

_LOOK = frozenset(
    {"view_listing", "view_observation", "view_assessment", "view_auditentry", "view_jobrun"}
)
_TAG = _LOOK | {"change_listing", "view_valuereport", "change_valuereport"}

#: What each role may do, by the codenames of permissions.
ROLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # Says what is so of one listing at a time, and answers what readers report.
        "tagger": _TAG,
        # Approves what taggers say, edits many listings at once, also by spreadsheet.
        "reviewer": _TAG
        | {"approve_listing", "view_refusedrow", "view_autoacceptrule"}
        | {"view_bulkedit", "run_bulkedit", "undo_bulkedit", "view_sheetimport"},
        # Decides from when on suggestions count without a person, and compares guides.
        "guide owner": _LOOK
        | {"view_autoacceptrule", "add_autoacceptrule", "change_autoacceptrule"}
        | {"delete_autoacceptrule", "view_guidereport", "add_guidereport"},
        # Runs the mailer; does not see addresses in full, and does not go live alone.
        "nudge owner": frozenset(
            {"view_nudgecontrol", "change_nudgecontrol", "view_nudge", "view_message"}
            | {"view_attempt", "view_purchase", "view_contact", "view_consent"}
            | {"view_suppression", "view_jobrun", "view_refusedrow", "view_auditentry"}
            | {"view_webhookevent", "view_nudge_ledger", "send_test_mail"}
        ),
        # A program of the shop's own, by its API key. Erasing people is given apart.
        "shop system": frozenset(
            {"add_listing", "change_listing", "add_purchase", "change_purchase", "view_nudge"}
        ),
    }
)


@dataclass(frozen=True, slots=True)
class RoleMade:
    """What making a role came to: its group, what it got now, and what this version lacks."""

    name: str
    is_new: bool
    granted: tuple[str, ...]
    missing: tuple[str, ...]


def make_roles() -> tuple[RoleMade, ...]:
    """Make the groups, or give those there are what they lack; nothing is ever taken away.

    So what a shop added to a group stays, and running it again changes nothing.
    """
    made = []
    with transaction.atomic():
        known = {
            item.codename: item
            for item in Permission.objects.filter(content_type__app_label=APP_LABEL)
        }
        for name, wanted in ROLES.items():
            group, is_new = Group.objects.get_or_create(name=group_name(name))
            has = set(group.permissions.values_list("codename", flat=True))
            granted = sorted(wanted & known.keys() - has)
            group.permissions.add(*(known[codename] for codename in granted))
            missing = sorted(wanted - known.keys())
            made.append(RoleMade(group.name, is_new, tuple(granted), tuple(missing)))
    return tuple(made)


def group_name(role: str) -> str:
    """Return the name of a role's group."""
    return f"footback: {role}"

"""The log of who changed what. A decision on a shoe reads as on the shoe's own screen."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.audit_words import ACTIONS, name_action, name_kind
from shop_plugin.admin.filters import CodeFilter
from shop_plugin.admin.listing_screen import find_unit
from shop_plugin.admin.presenting import ACTION_TEXTS, describe_entry
from shop_plugin.admin.readonly import ReadOnlyAdmin, show_json
from shop_plugin.models import AuditEntry, Listing

LISTING = "listing:"
# Subjects that have a page of their own, by the name of its address.
PAGES = {
    "purchase": "footback_purchase_change",
    "contact": "footback_contact_change",
    "bulk_edit": "footback_bulkedit_change",
}


class ActionFilter(CodeFilter):
    """By what was done, in words."""

    title = _("action")
    parameter_name = "action"
    names = ACTIONS


class AuditChangeList(ChangeList):
    """A page of the log with the titles of its shoes, in one query."""

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page, then the titles."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        _fetch_titles(self.result_list)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who changed what, when and why. Nobody edits or deletes it here."""

    list_display = ["at", "actor", "shown_action", "shown_subject", "reason"]
    list_filter = [ActionFilter]
    list_select_related = ["actor"]
    search_fields = ["=subject", "reason"]
    search_help_text = _("A subject in full, such as listing:12, or words of the reason")
    date_hierarchy = "at"
    ordering = ["-at", "-pk"]
    fields = [
        "at",
        "actor",
        "shown_action",
        "shown_subject",
        "subject",
        "reason",
        "shown_before",
        "shown_after",
    ]
    readonly_fields = fields

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that knows the titles of its shoes."""
        return AuditChangeList

    def get_object(self, *args: Any, **kwargs: Any) -> AuditEntry | None:
        """Return the entry with the title of its shoe."""
        entry: AuditEntry | None = super().get_object(*args, **kwargs)
        if entry is not None:
            _fetch_titles([entry])
        return entry

    @admin.display(description=_("what was done"), ordering="action")
    def shown_action(self, entry: AuditEntry) -> str:
        """Return what was done, with fact and value where it was done to a shoe."""
        if entry.subject.startswith(LISTING) and entry.action in ACTION_TEXTS:
            return describe_entry(entry.action, entry.after or {}, find_unit())
        return name_action(entry.action)

    @admin.display(description=_("about"), ordering="subject")
    def shown_subject(self, entry: AuditEntry) -> SafeString | str:
        """Return what it was done to, with a link where that has a page."""
        kind, _colon, key = entry.subject.partition(":")
        title = getattr(entry, "listing_title", "")
        if title:
            url = reverse(f"{self.admin_site.name}:footback_listing_change", args=[key])
            return format_html('<a href="{}">{}</a>', url, title)
        if kind in PAGES and key.isdecimal():
            url = reverse(f"{self.admin_site.name}:{PAGES[kind]}", args=[key])
            return format_html('<a href="{}">{}</a>', url, name_kind(entry.subject))
        return name_kind(entry.subject)

    @admin.display(description=_("before"))
    def shown_before(self, entry: AuditEntry) -> SafeString:
        """Return what was, as it was stored."""
        return show_json(entry.before)

    @admin.display(description=_("after"))
    def shown_after(self, entry: AuditEntry) -> SafeString:
        """Return what became of it, as it was stored."""
        return show_json(entry.after)


def _fetch_titles(entries: list[AuditEntry]) -> None:
    keys = {
        entry.pk: entry.subject.removeprefix(LISTING)
        for entry in entries
        if entry.subject.startswith(LISTING)
    }
    numbers = {int(key) for key in keys.values() if key.isdecimal()}
    titles = dict(Listing.objects.filter(pk__in=numbers).values_list("pk", "title"))
    for entry in entries:
        key = keys.get(entry.pk, "")
        # For this page only: the log has no such column, so the type does not know it.
        entry.listing_title = titles.get(int(key), "") if key.isdecimal() else ""  # type: ignore[attr-defined]

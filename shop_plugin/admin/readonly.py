"""Admin pages for rows that are written by jobs and only read by people."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString


class ReadOnly:
    """No adding, changing or deleting; whoever may view, may view."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Refuse: jobs write these rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Refuse: jobs write these rows."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Refuse: what happened stays readable."""
        return False


class ReadOnlyAdmin(ReadOnly, admin.ModelAdmin):
    """A list and a page to read. Pages stay fast however many rows there are."""

    actions = None
    change_list_template = "footback/admin/change_list.html"
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    #: Said where the list is empty: what would fill it, or what to do.
    empty_help: object = ""

    class Media:
        css = {"all": ["footback/admin.css"]}
        js = ["footback/list_cards.js"]


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    """Rows of the page's object, to read."""

    template = "footback/admin/rows.html"
    extra = 0
    can_delete = False
    show_change_link = False


def show_state(state: str, label: object, *, tone: str) -> SafeString:
    """Return a state as a small mark; the word carries the meaning, the colour only helps."""
    return format_html(
        '<span class="fba-state fba-state--{}" data-state="{}">{}</span>', tone, state, label
    )


def show_json(value: Any) -> SafeString:
    """Return a stored structure, indented, for reading."""
    if value in (None, {}, []):
        return format_html('<span class="fba-quiet">{}</span>', "–")
    text = json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
    return format_html('<pre class="fba-json">{}</pre>', text)

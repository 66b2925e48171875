"""The way from the list of listings into a bulk edit: chosen rows, or all that a filter finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.bulk_edits import RUN_PERMISSION
from shop_plugin.models import Listing
from shop_plugin.services.staff.bulk_edits.asking import draft_edit

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as _Base
else:
    _Base = object


class BulkEditAction(_Base):
    """Adds the action ``edit_many`` to the admin of listings."""

    def has_bulk_edit_permission(self, request: HttpRequest) -> bool:
        """Tell whether the action is offered."""
        return request.user.has_perm(RUN_PERMISSION)

    @admin.action(description=_("Edit facts of the selected listings"))
    def edit_many(self, request: HttpRequest, queryset: QuerySet[Listing]) -> HttpResponse | None:
        """Freeze the listings and open the form. Nothing is changed before it is confirmed."""
        ids = queryset.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=10_000)
        try:
            edit_id = draft_edit(
                listing_ids=ids,
                author=request.user,
                now=timezone.now(),
                criteria=_name_criteria(self, request, queryset),
            )
        except ValueError:
            self.message_user(
                request, gettext("None of these listings is there any more."), messages.WARNING
            )
            return None
        name = f"{self.admin_site.name}:footback_bulkedit_change"
        return HttpResponseRedirect(reverse(name, args=[edit_id]))

    edit_many.allowed_permissions = ["bulk_edit"]  # type: ignore[attr-defined]


def _name_criteria(model_admin: Any, request: HttpRequest, queryset: QuerySet[Listing]) -> str:
    """Return in words where the listings came from: rows that were chosen, or the filters."""
    if request.POST.get("select_across") != "1":
        return gettext("chosen by hand")
    shown = model_admin.get_changelist_instance(request)
    parts = [
        f"{spec.title}: {choice['display']}"
        for spec in shown.filter_specs
        for choice in spec.choices(shown)
        if choice.get("selected") and getattr(spec, "value", lambda: True)()
    ]
    if shown.query:
        parts.append(gettext("search: %(words)s") % {"words": shown.query})
    return "; ".join(parts) or gettext("all listings")

"""The people a shop may write to. Addresses are masked for whoever may not see them."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from shop_plugin.models import Consent, Contact, Suppression

FULL_ADDRESS_PERMISSION = "footback.view_contact_address"


def mask_address(email: str) -> str:
    """Return an address of which only the first letter and the domain can be read.

    The number of letters is not told either.
    """
    local, at, domain = email.partition("@")
    return f"{local[:1]}•••@{domain}" if at else ""


class ConsentInline(ReadOnlyInline):
    """Why the person may be written to, over time."""

    model = Consent
    fields = ["at", "basis", "source", "wording_version"]
    readonly_fields = fields
    ordering = ["-at"]


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin):
    """A customer: where the row comes from and whether mail may go there."""

    list_filter = ["is_mailable", "source", "language"]
    ordering = ["-pk"]
    inlines = [ConsentInline]
    base_fields = [
        "source",
        "external_id",
        "is_mailable",
        "first_name",
        "language",
        "country",
        "timezone",
        "created_at",
        "erased_at",
    ]

    def get_list_display(self, request: HttpRequest) -> Sequence[str]:
        """Show the address in full to whoever may see it."""
        address = "email" if _sees_addresses(request) else "masked_address"
        return ["shown_name", address, "is_mailable", "language", "country", "created_at"]

    def get_fields(self, request: HttpRequest, obj: object = None) -> Sequence[str]:
        """Show the address in full to whoever may see it."""
        return ["email" if _sees_addresses(request) else "masked_address", *self.base_fields]

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> Sequence[str]:
        """Return all fields: nothing is edited here."""
        return self.get_fields(request, obj)

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        """Search by address only where addresses may be seen: a hit tells that one exists."""
        return ["=external_id", *(["=email"] if _sees_addresses(request) else [])]

    @admin.display(description=_("customer"), ordering="external_id")
    def shown_name(self, contact: Contact) -> str:
        """Return the host's key of the customer."""
        return str(contact)

    @admin.display(description=_("address"), empty_value="–")
    def masked_address(self, contact: Contact) -> str:
        """Return the address, masked."""
        return mask_address(contact.email)


def _sees_addresses(request: HttpRequest) -> bool:
    return request.user.has_perm(FULL_ADDRESS_PERMISSION)


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    """Addresses that are never written to, as hashes; nobody lifts one with a click."""

    list_display = ["email_hash", "reason", "at"]
    list_filter = ["reason"]
    search_fields = ["=email_hash"]
    ordering = ["-at"]
    fields = ["email_hash", "reason", "at"]

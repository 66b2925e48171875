"""The people a shop may write to. Addresses are masked for whoever may not see them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from shop_plugin.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from shop_plugin.domain.mail_addresses import mask_address, mask_key
from shop_plugin.models import Consent, Contact, Suppression
from shop_plugin.services.people.erasure import ErasureLogError, erase_person, find_accounts
from shop_plugin.services.people.personal_data import export_person

FULL_ADDRESS_PERMISSION = "footback.view_contact_address"
EXPORT_PERMISSION = "footback.export_contact"
ERASE_PERMISSION = "footback.erase_contact"
ERASE_WORD = "ERASE"


class MaskedSearch(admin.ModelAdmin):
    """Search by address only where addresses may be seen: a hit tells that one exists.

    A customer's key may be an address too.
    """

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Find nothing by an address for whoever may not see it."""
        if "@" in search_term and not sees_addresses(request):
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)


class ConsentInline(ReadOnlyInline):
    """Why the person may be written to, over time."""

    model = Consent
    fields = ["at", "basis", "source", "country", "wording_version"]
    readonly_fields = fields
    ordering = ["-at"]


class EraseForm(forms.Form):
    """The word to type out, and the reason for the log."""

    confirmation = forms.CharField(
        label=_("To erase for good, type ERASE"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Reason, for the log; name nobody in it"), max_length=300, required=False
    )

    def clean_confirmation(self) -> str:
        """Refuse anything but the word."""
        typed: str = self.cleaned_data["confirmation"].strip()
        if typed != ERASE_WORD:
            raise forms.ValidationError(gettext("Type ERASE in capitals to erase for good."))
        return typed


@admin.register(Contact)
class ContactAdmin(MaskedSearch, ReadOnlyAdmin):
    """A customer: where the row comes from and whether mail may go there.

    Whoever may, hands out all that is held about the person, or erases it.
    """

    change_form_template = "footback/admin/contact.html"

    list_filter = ["is_mailable", "source", "language"]
    ordering = ["-pk"]
    inlines = [ConsentInline]
    base_fields = [
        "is_mailable",
        "first_name",
        "language",
        "chosen_language",
        "country",
        "timezone",
        ("own_mails_per_year", "own_days_between"),
        "created_at",
        "erased_at",
    ]

    def get_list_display(self, request: HttpRequest) -> Sequence[str]:
        """Show the address in full to whoever may see it."""
        rest = ["is_mailable", "language", "country", "created_at"]
        if sees_addresses(request):
            return ["shown_name", "email", *rest]
        return ["__str__", "masked_address", *rest]

    def get_fields(self, request: HttpRequest, obj: object = None) -> Sequence[str]:
        """Show the address in full to whoever may see it."""
        who = ["email", "source", "external_id"]
        if not sees_addresses(request):
            who = ["masked_address", "source", "masked_key"]
        return [*who, *self.base_fields]

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> Sequence[str]:
        """Return all fields: nothing is edited here."""
        return self.get_fields(request, obj)

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        """Search by address only where addresses may be seen."""
        return ["=external_id", *(["=email"] if sees_addresses(request) else [])]

    def get_urls(self) -> list[URLPattern]:
        """Add the two acts that stand on a customer's page."""

        def own(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
            return self.admin_site.admin_view(view)

        return [
            path(
                "<int:pk>/export/",
                own(require_POST(self.export_view)),
                name="footback_contact_export",
            ),
            path("<int:pk>/erase/", own(self.erase_view), name="footback_contact_erase"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Offer the two acts to whoever may do them, while there is something to act on."""
        contact = context.get("original")
        is_there = contact is not None and contact.erased_at is None
        context |= {
            "may_export": is_there and request.user.has_perm(EXPORT_PERMISSION),
            "may_erase": is_there and request.user.has_perm(ERASE_PERMISSION),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand out all that is held about the person, as a file."""
        _require(request, EXPORT_PERMISSION)
        exported = export_person(
            contact_id=pk, actor_id=request.user.pk, now=timezone.now(), reason="admin"
        )
        if exported is None:
            raise Http404
        text = json.dumps(exported, indent=2, ensure_ascii=False)
        response = HttpResponse(text, content_type="application/json; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="person-{pk}.json"'
        response["Cache-Control"] = "no-store"
        return response

    def erase_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the typed word, then erase every account with the address."""
        _require(request, ERASE_PERMISSION)
        accounts = find_accounts(contact_id=pk)
        if not accounts:
            raise Http404
        form = EraseForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                done = erase_person(
                    contact_id=pk,
                    actor_id=request.user.pk,
                    reason=form.cleaned_data["reason"],
                    now=timezone.now(),
                )
            except ErasureLogError as error:
                form.add_error(None, str(error))
            else:
                text = ngettext(
                    "Erased: %(count)d account with all its pairs.",
                    "Erased: %(count)d accounts with all their pairs.",
                    done.accounts,
                )
                messages.success(request, text % {"count": done.accounts})
                return HttpResponseRedirect(
                    reverse(f"{self.admin_site.name}:footback_contact_changelist")
                )
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Erase a person's data"),
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "accounts": accounts,
            "pairs": sum(account.purchases.count() for account in accounts),
        }
        return TemplateResponse(request, "footback/admin/contact_erase.html", context)

    @admin.display(description=_("customer"), ordering="external_id")
    def shown_name(self, contact: Contact) -> str:
        """Return the host's key of the customer, in full."""
        return f"{contact.source}:{contact.external_id}"

    @admin.display(description=_("external id"))
    def masked_key(self, contact: Contact) -> str:
        """Return the host's key of the customer, masked where it is an address."""
        return mask_key(contact.external_id)

    @admin.display(description=_("address"), empty_value="–")
    def masked_address(self, contact: Contact) -> str:
        """Return the address, masked."""
        return mask_address(contact.email)


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def sees_addresses(request: HttpRequest) -> bool:
    """Tell whether somebody may read addresses in full."""
    return request.user.has_perm(FULL_ADDRESS_PERMISSION)


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    """Addresses that are not written to, as hashes; nobody lifts one with a click."""

    empty_help = _("Nobody has said no to mails, and no address has failed.")
    list_display = ["email_hash", "reason", "at", "ends_at", "erased_at"]
    list_filter = ["reason"]
    search_fields = ["=email_hash"]
    ordering = ["-at"]
    fields = ["email_hash", "reason", "at", "ends_at", "erased_at"]

"""The page on which a reader says that a value of a shoe is wrong. No login, no script needed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shop_plugin.conf import get_settings
from shop_plugin.models import Listing
from shop_plugin.services.access.rate_limits import find_client
from shop_plugin.services.shopping.value_reports import (
    LONGEST_TEXT,
    ReportableShoe,
    Taken,
    find_reportable,
    report_value,
    shorten_report,
)
from shop_plugin.storefront.pages import show_not_found, show_page
from shop_plugin.storefront.privacy import keeps_nothing
from shop_plugin.storefront.reader import get_unit

OTHER = "other"


class ReportForm(forms.Form):
    """Which fact, and what is right. ``website`` is left empty by everybody who sees the page."""

    fact = forms.ChoiceField(label=gettext_lazy("Which value is wrong?"))
    text = forms.CharField(
        label=gettext_lazy("What is right, and how do you know?"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    website = forms.CharField(required=False)

    def __init__(self, *args: Any, shoe: ReportableShoe, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fact"].choices = [  # type: ignore[attr-defined]
            *((fact.key, f"{fact.label}: {fact.text or _('not stated')}") for fact in shoe.facts),
            (OTHER, _("something else")),
        ]

    def clean_text(self) -> str:
        """Return the words as they would be kept.

        :raises forms.ValidationError: where nothing is left of them.
        """
        text = shorten_report(self.cleaned_data["text"])
        if not text.strip("… "):
            raise forms.ValidationError(_("Say in a few words what is right."))
        return text


@keeps_nothing
@require_http_methods(["GET", "HEAD", "POST"])
def value_report(request: HttpRequest, listing_id: int) -> HttpResponse:
    """Ask what is wrong, keep it for the shop's staff, and say thanks.

    ``?fact=KEY`` chooses the fact; ``?sent=1`` is where one is led after sending.
    """
    unit = get_unit(request)
    try:
        shoe = find_reportable(listing_id, unit=unit)
    except Listing.DoesNotExist:
        return show_not_found(request, _("There is no shoe under this address."))
    if request.method != "POST":
        form = ReportForm(shoe=shoe, initial={"fact": request.GET.get("fact", "")})
        return _show(request, shoe, form, is_sent="sent" in request.GET)
    form = ReportForm(request.POST, shoe=shoe)
    if not form.is_valid():
        return _show(request, shoe, form)
    # Whoever fills in what nobody sees is no reader; it is told what a reader is told.
    if not form.cleaned_data["website"]:
        fact = form.cleaned_data["fact"]
        taken = report_value(
            listing_id=listing_id,
            attribute="" if fact == OTHER else fact,
            text=form.cleaned_data["text"],
            language=get_language() or "",
            client=_client_of(request),
            now=timezone.now(),
            unit=unit,
        )
        if taken is Taken.TOO_MANY:
            form.add_error(None, _("Too many reports came just now. Please try again in an hour."))
            return _show(request, shoe, form, status=429)
    return HttpResponseRedirect(reverse("footback:value_report", args=[listing_id]) + "?sent=1")


def _show(
    request: HttpRequest,
    shoe: ReportableShoe,
    form: ReportForm,
    *,
    is_sent: bool = False,
    status: int = 200,
) -> HttpResponse:
    return show_page(
        request,
        "footback/storefront/value_report.html",
        {"shoe": shoe, "form": form, "is_sent": is_sent, "longest": LONGEST_TEXT},
        status=status,
    )


def _client_of(request: HttpRequest) -> str:
    return find_client(
        remote=request.META.get("REMOTE_ADDR", ""),
        forwarded=request.META.get("HTTP_X_FORWARDED_FOR", ""),
        trusted_proxies=get_settings().TRUSTED_PROXIES,
    )

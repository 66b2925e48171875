"""The one form of the shop: buy this pair."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from footback_shop.store.models import Product, Variant


class VariantChoiceField(forms.ModelChoiceField):
    """A size, with how many pairs are left where that is worth saying."""

    def label_from_instance(self, obj: Variant) -> str:
        """Return the size as the shelf says it."""
        if obj.stock == 1:
            return _("%(size)s (last pair)") % {"size": obj}
        return str(obj)


class BuyForm(forms.Form):
    """Size, name and address; and the chance to say no to mails, right where the address is."""

    variant = VariantChoiceField(queryset=Variant.objects.none(), label=_("Size"), empty_label=None)
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    is_gift = forms.BooleanField(
        label=_("This is a gift. Do not write to me about wear."), required=False
    )
    declined_mails = forms.BooleanField(
        label=_("No mails about this pair, please."), required=False
    )

    def __init__(self, *arguments: Any, product: Product, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field = self.fields["variant"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = product.variants.filter(stock__gt=0)
        field.error_messages["invalid_choice"] = _("This size has just been sold. Choose another.")

"""Words that staff write and shoppers read: a claim about health is marked before it is saved.

A host's own admin takes the guard with one line::

    class ProductAdmin(ClaimGuard, admin.ModelAdmin):
        guarded_fields = ("name", "description")
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.wording import Match, find_banned_claims
from shop_plugin.models import AuditEntry

KEEP = "keeps_words"
_AROUND = 40


def mark_claim(text: str, match: Match) -> SafeString:
    """Return a claim with the words around it, marked."""
    start, end = max(0, match.start - _AROUND), min(len(text), match.end + _AROUND)
    return format_html(
        "{}{}<mark>{}</mark>{}{}",
        "…" if start else "",
        text[start : match.start],
        match.text,
        text[match.end : end],
        "…" if end < len(text) else "",
    )


class GuardedForm(forms.ModelForm):
    """Refuses words that promise a medical effect, until somebody says that they do not."""

    guarded_fields: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        """Mark every claim in the field it stands in."""
        data = super().clean() or {}
        for name in self.guarded_fields:
            text = str(data.get(name) or "")
            if name not in self.changed_data or data.get(KEEP):
                continue
            for match in find_banned_claims(text)[:5]:
                self.add_error(
                    name,
                    format_html(
                        "{} {}",
                        _("This promises a medical effect. Say what the shoe is:"),
                        mark_claim(text, match),
                    ),
                )
        return data


class ClaimGuard(admin.ModelAdmin):
    """A mixin for the admin of texts that shoppers read. ``guarded_fields`` names them."""

    guarded_fields: tuple[str, ...] = ()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        """Return the form with the guard, and the box that lets marked words stand."""
        base = kwargs.pop("form", self.form)
        box = forms.BooleanField(
            required=False,
            label=_("Words that were marked promise no effect on the body; keep them"),
        )
        kwargs["form"] = type(
            "GuardedForm",
            (GuardedForm, base),
            {"guarded_fields": self.guarded_fields, KEEP: box},
        )
        form: type[forms.ModelForm] = super().get_form(request, obj, change=change, **kwargs)
        return form

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save, and note in the audit log which marked words somebody let stand."""
        super().save_model(request, obj, form, change)
        kept = [
            match.text
            for name in self.guarded_fields
            if form.cleaned_data.get(KEEP) and name in form.changed_data
            for match in find_banned_claims(str(form.cleaned_data.get(name) or ""))
        ]
        if kept:
            AuditEntry.objects.create(
                action="keep_words",
                subject=f"{obj._meta.label_lower}:{obj.pk}"[:191],
                after={"words": kept[:20]},
                reason="marked words promise no effect on the body",
                actor_id=request.user.pk,
                at=timezone.now(),
            )

"""Rules for suggestions: from when on a reading counts without a person, set per attribute."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.attributes import ATTRIBUTES
from shop_plugin.models import AutoAcceptRule
from shop_plugin.services.bulk.audit_log import AuditNote, write_audit_notes
from shop_plugin.services.words.explaining import attribute_label


class RuleForm(forms.ModelForm):
    """A rule, its attribute by the name for people."""

    attribute = forms.ChoiceField(label=_("fact"))

    class Meta:
        model = AutoAcceptRule
        fields = ["attribute", "is_on", "least_percent", "delay_hours"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["attribute"].choices = [(key, attribute_label(key)) for key in ATTRIBUTES]


@admin.register(AutoAcceptRule)
class AutoAcceptRuleAdmin(admin.ModelAdmin):
    """Off unless somebody switches one on; every change is in the audit log."""

    form = RuleForm
    list_display = ["fact", "is_on", "least_percent", "delay_hours"]
    ordering = ["attribute"]
    actions = None
    change_list_template = "footback/admin/change_list.html"
    empty_help = _(
        "Without a rule every suggestion waits for a person. A rule says for one fact how sure a "
        "reading must be, and how long it waits, to count by itself."
    )

    class Media:
        css = {"all": ["footback/admin.css"]}
        js = ["footback/list_cards.js"]

    @admin.display(description=_("fact"), ordering="attribute")
    def fact(self, rule: AutoAcceptRule) -> str:
        """Return the attribute by its name for people."""
        return str(attribute_label(rule.attribute))

    def save_model(
        self, request: HttpRequest, obj: AutoAcceptRule, form: Any, change: bool
    ) -> None:
        """Save the rule and write down who changed what."""
        before = {name: form.initial.get(name) for name in form.fields} if change else None
        super().save_model(request, obj, form, change)
        self._note(request, obj, before, {name: form.cleaned_data[name] for name in form.fields})

    def delete_model(self, request: HttpRequest, obj: AutoAcceptRule) -> None:
        """Delete the rule and write down who did."""
        before = {"attribute": obj.attribute, "is_on": obj.is_on}
        self._note(request, obj, before, None)
        super().delete_model(request, obj)

    def _note(self, request: HttpRequest, rule: AutoAcceptRule, before: Any, after: Any) -> None:
        note = AuditNote("suggestion_rule", f"suggestion_rule:{rule.attribute}", before, after)
        write_audit_notes([note], actor=request.user, now=timezone.now())

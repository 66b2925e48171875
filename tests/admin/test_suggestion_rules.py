"""Rules for suggestions in the admin: set by whoever may, and written down."""

from __future__ import annotations

import pytest
from django.urls import reverse

from shop_plugin.models import AuditEntry, AutoAcceptRule

pytestmark = pytest.mark.django_db

RULE = {"attribute": "arch_support", "is_on": "on", "least_percent": "90", "delay_hours": "48"}
ADD = "admin:footback_autoacceptrule_add"


def test_sets_a_rule_and_writes_down_who_did(admin_client, admin_user):
    assert admin_client.post(reverse(ADD), RULE).status_code == 302
    rule = AutoAcceptRule.objects.get()
    assert (rule.attribute, rule.is_on, rule.least_percent) == ("arch_support", True, 90)
    url = reverse("admin:footback_autoacceptrule_change", args=[rule.pk])
    admin_client.post(url, {**RULE, "least_percent": "80"})
    made, changed = AuditEntry.objects.order_by("pk")
    assert (made.actor, made.before, made.after["least_percent"]) == (admin_user, None, 90)
    assert (changed.before["least_percent"], changed.after["least_percent"]) == (90, 80)


def test_is_off_unless_somebody_switches_it_on(admin_client):
    admin_client.post(reverse(ADD), {key: RULE[key] for key in RULE if key != "is_on"})
    assert AutoAcceptRule.objects.get().is_on is False


@pytest.mark.parametrize("percent", ["0", "101", "many"])
def test_refuses_what_is_no_percentage(admin_client, percent):
    response = admin_client.post(reverse(ADD), {**RULE, "least_percent": percent})
    assert response.context["adminform"].form.errors["least_percent"]
    assert not AutoAcceptRule.objects.exists()


def test_names_facts_as_people_do_and_writes_down_a_deletion(admin_client):
    admin_client.post(reverse(ADD), RULE)
    url = reverse("admin:footback_autoacceptrule_changelist")
    assert "Arch support" in admin_client.get(url).content.decode()
    rule = AutoAcceptRule.objects.get()
    delete = reverse("admin:footback_autoacceptrule_delete", args=[rule.pk])
    admin_client.post(delete, {"post": "yes"})
    assert not AutoAcceptRule.objects.exists()
    assert AuditEntry.objects.latest("pk").after is None

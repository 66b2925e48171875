"""All that is held about a person, for themself: export_person ..."""

from __future__ import annotations

import json

import pytest
from django.apps import apps

from shop_plugin.models import AuditEntry, Contact, Message, Purchase, WebhookEvent
from shop_plugin.services.people.personal_data import LEFT_OUT, export_person
from tests.nudging import add_pair, add_person, open_shop
from tests.services.people.test_erasure import EMAIL, NAME, live_a_life

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)


def test_hands_out_accounts_pairs_notes_mails_and_what_was_said(now):
    live_a_life(now)
    exported = export_person(email=EMAIL, now=now)
    json.dumps(exported)
    (account,) = exported["accounts"]
    assert (account["email"], account["first_name"]) == (EMAIL, NAME)
    assert [consent["basis"] for consent in account["consents"]] == ["soft_opt_in"]
    assert len(account["pairs"]) == 2
    said = [change for pair in account["pairs"] for change in pair["what_you_said"]]
    assert [(change["action"], change["after"]["days"]) for change in said] == [("answer", 4)]
    assert sorted(mail["state"] for mail in account["mails"]) == ["ready", "sent"]
    details = [row["detail"] for mail in account["mails"] for row in mail["attempts"]]
    assert f"<{EMAIL}>: try later" in details


def test_hands_out_every_field_or_says_why_not(now):
    """A model that hangs on a person is exported field by field, or the gap is told."""
    concerned = {Contact}
    while True:
        models = apps.get_app_config("footback").get_models()
        more = {
            model
            for model in models
            for item in model._meta.concrete_fields
            if item.related_model in concerned and model not in concerned
        }
        if not more:
            break
        concerned |= more
    assert concerned <= set(LEFT_OUT), "a table about a person is not handed out"
    live_a_life(now)
    WebhookEvent.objects.create(
        provider="Test",
        event_id="1",
        fate="delivered",
        message=Message.objects.filter(state="sent").first(),
        occurred_at=now,
        received_at=now,
    )
    (account,) = export_person(email=EMAIL, now=now)["accounts"]
    shown = {
        "Contact": account,
        "Purchase": account["pairs"][0],
        "Nudge": account["pairs"][0]["notes"][0],
        "Message": account["mails"][0],
        "Attempt": next(m["attempts"][0] for m in account["mails"] if m["attempts"]),
        "Consent": account["consents"][0],
        "WebhookEvent": next(m["reports"][0] for m in account["mails"] if m["reports"]),
    }
    for model in concerned:
        names = {item.name for item in model._meta.concrete_fields}
        told = set(LEFT_OUT[model])
        assert told <= names
        assert names - told <= set(shown[model.__name__]), model


def test_hands_out_no_key_to_the_person_s_page(now):
    person = live_a_life(now)
    assert person.unsubscribe_token not in json.dumps(export_person(email=EMAIL, now=now))


def test_hands_out_nothing_of_anybody_else(now):
    live_a_life(now)
    other = add_pair(due_on=now.date(), contact=add_person(email="other@example.org"))
    Purchase.objects.filter(pk=other.pk).update(title="Secret Pump")
    text = json.dumps(export_person(email=EMAIL, now=now))
    assert "other@example.org" not in text
    assert "Secret Pump" not in text


def test_is_written_into_the_log_without_the_address(now):
    person = live_a_life(now)
    export_person(contact_id=person.pk, now=now, reason="asked by letter")
    entry = AuditEntry.objects.get(action="export")
    assert (entry.subject, entry.reason) == (f"contact:{person.pk}", "asked by letter")
    assert "canary" not in f"{entry.before}{entry.after}"


def test_finds_nobody_under_an_address_that_never_bought(now):
    assert export_person(email="stranger@example.org", now=now) is None
    assert not AuditEntry.objects.filter(action="export").exists()

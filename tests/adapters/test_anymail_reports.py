"""django-anymail's signal, from the provider's signed request to the effect: hear_report ..."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import sys
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from anymail.signals import AnymailTrackingEvent
from django.core import mail
from django.urls import include, path

from shop_plugin.adapters.anymail_reports import hear_report
from shop_plugin.models import Message, Suppression, WebhookEvent
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.planning import plan_nudges
from tests.nudging import add_pair, open_shop

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.adapters.test_anymail_reports"),
]

urlpatterns = [
    path("anymail/", include("anymail.urls")),
    path("", include("shop_plugin.urls")),
]
KEY = "a-signing-key-of-a-test"


@pytest.fixture(autouse=True)
def shop(settings, now, tmp_path):
    settings.EMAIL_TIMEOUT = 5
    settings.EMAIL_BACKEND = "anymail.backends.test.EmailBackend"
    settings.ANYMAIL = {"MAILGUN_WEBHOOK_SIGNING_KEY": KEY}
    mail.outbox = []
    open_shop(settings, now=now, SPOOL_DIR=str(tmp_path))


@pytest.fixture
def message(now) -> Message:
    """A message that left through anymail."""
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    result = deliver_messages(now=now, budget_seconds=30)
    assert result.sent == 1
    return Message.objects.get()


def mailgun(about: Message, event: str, now, *, key: str = KEY, token: str = "", **data):
    """Return the body that Mailgun posts, with its signature."""
    token, stamp = token or uuid4().hex, str(int(now.timestamp()))
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": stamp, "token": token, "signature": signature},
        "event-data": {
            "event": event,
            "timestamp": now.timestamp(),
            "recipient": about.contact.email,
            "user-variables": {"fb": str(about.uuid)},
            "message": {"headers": {"message-id": about.message_id_header.strip("<>")}},
            **data,
        },
    }


def tell(client, body):
    return client.post(
        "/anymail/mailgun/tracking/", json.dumps(body), content_type="application/json"
    )


def test_hands_the_uuid_to_the_provider_as_metadata_and_header(message):
    (sent,) = mail.outbox
    assert sent.anymail_test_params["metadata"] == {"fb": str(message.uuid)}
    assert sent.extra_headers["X-Footback-ID"] == str(message.uuid)


@pytest.mark.proof("S12", "T28")
def test_suppresses_by_a_signed_report_once_however_often_it_comes(client, message, now):
    body = mailgun(
        message,
        "failed",
        now,
        severity="permanent",
        reason="bounce",
        **{"delivery-status": {"code": 550, "message": "550 5.1.1 no such user"}},
    )
    for _ in range(5):
        assert tell(client, body).status_code == 200
    event = WebhookEvent.objects.get()
    assert (event.provider, event.fate, event.outcome) == ("Mailgun", "bounced", "applied")
    assert event.code == "5.1.1"
    assert Suppression.objects.get().reason == "hard_bounce"


@pytest.mark.proof("S12")
def test_believes_no_report_with_a_wrong_signature(client, message, now):
    body = mailgun(message, "complained", now, key="somebody else's")
    assert tell(client, body).status_code == 400
    assert not WebhookEvent.objects.exists()
    assert not Suppression.objects.exists()


def test_finds_its_mail_by_the_message_id_where_metadata_got_lost(client, message, now):
    tell(client, mailgun(message, "complained", now, **{"user-variables": {}}))
    assert WebhookEvent.objects.get().message == message
    assert Suppression.objects.get().reason == "complaint"


def test_leaves_no_trace_of_the_shops_other_mails_nor_of_who_opened_what(client, message, now):
    other = {"user-variables": {}, "message": {"headers": {"message-id": "order@marlow.example"}}}
    for body in (
        mailgun(message, "failed", now, severity="permanent", reason="bounce", **other),
        mailgun(message, "opened", now),
        mailgun(message, "clicked", now, url="https://marlow.example/"),
        mailgun(message, "failed", now, severity="temporary", reason="generic"),
    ):
        assert tell(client, body).status_code == 200
    assert not WebhookEvent.objects.exists()
    assert not Suppression.objects.exists()


def test_keeps_no_address_and_no_words_of_the_provider(client, message, now):
    status = {"delivery-status": {"message": f"550 5.1.1 <{message.contact.email}> unknown"}}
    tell(client, mailgun(message, "failed", now, severity="permanent", reason="bounce", **status))
    row = WebhookEvent.objects.values().get()
    assert message.contact.email not in repr(row)


@pytest.mark.parametrize(
    ("esp_event", "fate"),
    [
        ({"event": "soft_bounce"}, "soft_bounced"),
        ({"event": "hard_bounce"}, "bounced"),
        ({"Type": "SoftBounce"}, "soft_bounced"),
        ({"type": "activity.soft_bounced"}, "soft_bounced"),
        ({"bounce": {"bounceType": "Transient"}}, "soft_bounced"),
        ({"bounce": {"bounceType": "Permanent"}}, "bounced"),
        ({"data": {"bounce": {"type": "Transient"}}}, "soft_bounced"),
        ({"hard_bounce": False}, "soft_bounced"),
        ({"hard_bounce": True}, "bounced"),
        ({"bounce_class": "22"}, "soft_bounced"),
        ({"bounce_class": ["22"]}, "bounced"),
        (None, "bounced"),
    ],
)
def test_knows_each_providers_word_for_a_bounce_that_passes(message, now, esp_event, fate):
    event = AnymailTrackingEvent(
        event_type="bounced",
        timestamp=now,
        event_id=None,
        esp_event=esp_event,
        metadata={"fb": str(message.uuid)},
        reject_reason="bounced",
        recipient=message.contact.email,
    )
    assert hear_report(None, event=event, esp_name="Any") == "applied"
    assert WebhookEvent.objects.get().fate == fate
    assert hear_report(None, event=event, esp_name="Any") == "duplicate"


def test_reads_the_header_that_amazon_ses_hands_back(message, now):
    headers = [{"name": "X-Other", "value": "1"}, {"name": "X-Footback-ID", "value": None}]
    headers.append({"name": "X-Footback-ID", "value": str(message.uuid)})
    event = AnymailTrackingEvent(
        event_type="complained", timestamp=now, event_id="1", metadata={}, message_id="ses-own"
    )
    event.esp_event = {"mail": {"headers": headers[2:]}}
    assert hear_report(None, event=event, esp_name="Amazon SES") == "applied"
    event.esp_event, event.event_id = {"mail": {"headers": headers[:2]}}, "2"
    assert hear_report(None, event=event, esp_name="Amazon SES") is None


@pytest.mark.parametrize("uuid", ["nonsense", "", None, 7, {"a": 1}])
def test_takes_no_harm_from_metadata_of_any_shape(uuid, now):
    event = SimpleNamespace(
        event_type="bounced",
        esp_event=[],
        metadata={"fb": uuid},
        message_id=None,
        mta_response=None,
        description=None,
        reject_reason=None,
        timestamp=now + timedelta(days=1),
        recipient=None,
        event_id=None,
    )
    assert hear_report(None, event=event, esp_name="Any") is None


@pytest.mark.parametrize("is_installed", [True, False])
def test_listens_where_anymail_is_installed_and_only_there(is_installed):
    script = f"""
import django, sys
from django.conf import settings
from footback_shop import settings as shop
values = {{name: getattr(shop, name) for name in dir(shop) if name.isupper()}}
values["INSTALLED_APPS"] = [*values["INSTALLED_APPS"], *({["anymail"] if is_installed else []})]
settings.configure(**values)
django.setup()
print("shop_plugin.adapters.anymail_reports" in sys.modules, "anymail" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert done.stdout.split() == [str(is_installed)] * 2

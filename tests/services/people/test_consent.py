"""Consent and suppression: consent ..."""

from __future__ import annotations

import pytest

from shop_plugin.models import AuditEntry, Suppression
from shop_plugin.services.people.consent import (
    find_suppressed,
    hash_email,
    make_unsubscribe_token,
    suppress_address,
    unsubscribe,
)
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("same", ["Ada@Example.org", " ada@example.org\n", "ADA@EXAMPLE.ORG"])
def test_hashes_one_mailbox_to_one_value(same):
    assert hash_email(same) == hash_email("ada@example.org")
    assert hash_email("ad@example.org") != hash_email("ada@example.org")


def test_keys_the_hash_so_that_nobody_can_look_addresses_up(settings):
    before = hash_email("ada@example.org")
    settings.FOOTBACK = {"EMAIL_HASH_KEY": "of the shop"}
    after = hash_email("ada@example.org")
    assert before != after
    settings.SECRET_KEY = "rotated" * 10
    assert hash_email("ada@example.org") == after


def test_makes_tokens_that_do_not_repeat():
    tokens = {make_unsubscribe_token() for _ in range(2000)}
    assert len(tokens) == 2000
    assert all(len(token) == 22 and token.isalnum() for token in tokens)


def test_keeps_the_first_reason_of_a_suppression(now):
    digest = hash_email("ada@example.org")
    assert suppress_address(email_hash=digest, reason="hard_bounce", now=now)
    assert not suppress_address(email_hash=digest, reason="complaint", now=now)
    assert Suppression.objects.get().reason == "hard_bounce"
    assert find_suppressed([digest, "other", ""], now=now) == {digest}


def test_never_suppresses_the_empty_address(now):
    assert not suppress_address(email_hash="", reason="complaint", now=now)
    assert not Suppression.objects.exists()


def test_records_an_unsubscribe_in_the_audit_without_the_address(now):
    person = ContactFactory(email_hash=hash_email("ada@example.org"), email="ada@example.org")
    assert unsubscribe(token=person.unsubscribe_token, now=now).was_known
    entry = AuditEntry.objects.get()
    assert entry.subject == f"contact:{person.pk}"
    assert "ada" not in f"{entry.before}{entry.after}{entry.reason}"


def test_is_idempotent_for_a_person_without_an_address(now):
    person = ContactFactory(email="", email_hash="", is_mailable=False)
    first = unsubscribe(token=person.unsubscribe_token, now=now)
    second = unsubscribe(token=person.unsubscribe_token, now=now)
    assert (first.was_already_off, second.was_already_off) == (False, True)
    assert person.consents.count() == 1

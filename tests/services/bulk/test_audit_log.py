"""The audit log in bulk."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from shop_plugin.models import AuditEntry
from shop_plugin.services.bulk.audit_log import AuditNote, write_audit_notes

pytestmark = pytest.mark.django_db


def test_it_writes_who_when_why_before_and_after(now):
    alex = get_user_model().objects.create_user("alex")
    note = AuditNote("tag", "listing:1", before=None, after={"évidence": ["2"], "n": 1})
    assert write_audit_notes([note], actor=alex, now=now, reason="new season") == 1
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.actor, entry.at) == ("tag", "listing:1", alex, now)
    assert (entry.before, entry.after) == (None, {"évidence": ["2"], "n": 1})
    assert entry.reason == "new season"


def test_it_keeps_the_order_and_cuts_what_does_not_fit(now):
    notes = (AuditNote("a" * 50, f"listing:{number}") for number in range(5))
    write_audit_notes(notes, actor=None, now=now, reason="r" * 400)
    entries = list(AuditEntry.objects.order_by("pk"))
    assert [entry.subject for entry in entries] == [f"listing:{number}" for number in range(5)]
    assert {(len(entry.action), len(entry.reason), entry.actor) for entry in entries} == {
        (40, 300, None)
    }


def test_it_writes_a_thousand_in_one_statement(now, django_assert_num_queries):
    with django_assert_num_queries(2):
        write_audit_notes(
            [AuditNote("tag", f"listing:{number}") for number in range(1500)], actor=None, now=now
        )
    assert AuditEntry.objects.count() == 1500


def test_it_writes_nothing_for_nothing(now):
    assert write_audit_notes([], actor=None, now=now) == 0

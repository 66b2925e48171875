"""The doctor on people's data: report_privacy ..."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shop_plugin.models import Contact
from shop_plugin.services.doctor.privacy_report import report_privacy
from shop_plugin.services.people.erasure import erase_person
from tests.nudging import add_person
from tests.services.people.test_retention import add_message

pytestmark = pytest.mark.django_db


def findings(now):
    return {item.code: item for item in report_privacy(now=now)}


def test_has_nothing_to_say_of_a_shop_in_order(now):
    assert {item.level for item in findings(now).values()} == {"ok"}


def test_counts_what_is_kept_too_long(now):
    add_message(now, days=500)
    found = findings(now)["privacy.retention"]
    assert found.level == "notice"
    assert "1 attempts, 1 messages" in found.text
    assert "footback_retention --apply" in found.remedy


def test_asks_for_a_file_of_erasures_once_there_is_one(now, settings, tmp_path):
    erase_person(contact_id=add_person(created_at=now - timedelta(days=9)).pk, now=now)
    assert findings(now)["privacy.erasures"].level == "notice"
    settings.FOOTBACK = {"ERASURE_LOG": str(tmp_path / "erased.log")}
    assert findings(now)["privacy.erasures"].level == "ok"


def test_finds_erased_people_who_are_back(now):
    person = add_person(created_at=now - timedelta(days=9))
    before = Contact.objects.filter(pk=person.pk).values().get()
    erase_person(contact_id=person.pk, now=now)
    Contact.objects.filter(pk=person.pk).update(**before)
    found = findings(now)["privacy.erasures"]
    assert (found.level, found.numbers["back"]) == ("problem", 1)
    assert "footback_reapply_erasures" in found.remedy

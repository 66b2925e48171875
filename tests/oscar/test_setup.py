"""The shop as a whole: the system checks are content, and the doctor says what is left out."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from shop_plugin.services.doctor.reporting import report_health
from shop_plugin.services.intake.catalogue import sync_catalogue


def test_the_system_checks_find_nothing_in_a_shop_that_is_set_up_as_the_how_to_says() -> None:
    call_command("check", tag=["footback"], fail_level="WARNING")


@pytest.mark.django_db
def test_the_doctor_says_what_oscar_does_not_and_what_is_lost_by_that(boot: Any) -> None:
    now = timezone.now()
    sync_catalogue(now=now)
    texts = [f"{finding.text} {finding.remedy}" for finding in report_health(now=now).findings]
    assert any("shop_plugin.adapters.oscar.OscarCatalogue" in text for text in texts)
    (unmapped,) = [text for text in texts if "'fit_votes'" in text]
    assert "nothing is known of whether a shoe runs small or large" in unmapped
    assert not any("'brand'" in text or "'language'" in text for text in texts)

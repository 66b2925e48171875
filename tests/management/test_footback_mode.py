"""manage.py footback_mode ..."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from shop_plugin.models import AuditEntry, NudgeControl
from tests.nudging import SHOP

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(settings):
    settings.EMAIL_TIMEOUT = 5
    settings.FOOTBACK = dict(SHOP)


def test_is_silent_after_installation(capsys, settings):
    settings.FOOTBACK = {}
    call_command("footback_mode")
    assert "Mode in force: dry_run" in capsys.readouterr().out


def test_goes_live_only_with_the_typed_confirmation(capsys):
    with pytest.raises(CommandError, match="--yes-send-real-mail"):
        call_command("footback_mode", "live")
    assert not NudgeControl.objects.filter(mode="live").exists()
    call_command("footback_mode", "live", "--yes-send-real-mail", "--reason", "forecast read")
    assert "Mode in force: live" in capsys.readouterr().out
    control = NudgeControl.objects.get()
    assert control.live_since is not None
    entry = AuditEntry.objects.get(action="set_mode")
    assert (entry.before["mode"], entry.after["mode"], entry.reason) == (
        "dry_run",
        "live",
        "forecast read",
    )


@pytest.mark.parametrize("key", ["SENDER", "POSTAL_ADDRESS", "PUBLIC_BASE_URL", "SHOP_NAME"])
def test_does_not_go_live_without_what_a_mail_needs(settings, key):
    settings.FOOTBACK = {**SHOP, key: ""}
    with pytest.raises(CommandError, match=key):
        call_command("footback_mode", "live", "--yes-send-real-mail")


def test_does_not_go_louder_than_the_settings_allow(settings):
    settings.FOOTBACK = {**SHOP, "NUDGE_MODE": "dry_run"}
    with pytest.raises(CommandError, match="allows nothing louder"):
        call_command("footback_mode", "live", "--yes-send-real-mail")


def test_does_not_redirect_to_nowhere():
    with pytest.raises(CommandError, match="REDIRECT_TO"):
        call_command("footback_mode", "redirect")


def test_says_why_a_copy_of_the_shop_is_silent(settings, capsys):
    call_command("footback_mode", "live", "--yes-send-real-mail")
    settings.FOOTBACK = {**SHOP, "PUBLIC_BASE_URL": "https://staging.example"}
    call_command("footback_mode")
    told = capsys.readouterr().out
    assert "Mode in force: dry_run (this database or site is not the one" in told


def test_keeps_the_day_of_going_live_when_it_is_only_confirmed_again():
    call_command("footback_mode", "live", "--yes-send-real-mail")
    since = NudgeControl.objects.get().live_since
    NudgeControl.objects.update(is_stopped=True)
    call_command("footback_mode", "live", "--yes-send-real-mail")
    control = NudgeControl.objects.get()
    assert (control.live_since, control.is_stopped) == (since, False)

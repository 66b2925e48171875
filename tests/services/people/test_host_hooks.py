"""Functions of the host that misbehave: a hook ..."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from shop_plugin.models import Message, Nudge, NudgeControl
from shop_plugin.services.doctor.nudge_report import report_nudges
from shop_plugin.services.nudges.forecasting import forecast_nudges
from shop_plugin.services.nudges.ledger import explain_person
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.people import host_hooks
from tests.nudging import add_pair, add_person, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


def raises(*args):
    raise ValueError(f"no such customer: {args[0]}")


def says_none(*_):
    return None


def says_text(*_):
    return "yes"


def says_yes(*_):
    return True


def says_no(*_):
    return False


def says_list(*_):
    return ["ada@example.org"]


@pytest.fixture(autouse=True)
def shop(settings, now):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now)
    host_hooks._told.clear()


@pytest.fixture
def hook(settings):
    def set_hook(name, function):
        path = function if isinstance(function, str) else f"{__name__}.{function.__name__}"
        settings.FOOTBACK = {**settings.FOOTBACK, name: path}

    return set_hook


def findings(now):
    return {item.code: item for item in report_nudges(now=now)}


@pytest.mark.parametrize("broken", [raises, says_none, says_text, "nowhere.at_all"])
def test_that_fails_lets_every_mail_wait_and_loses_none(now, hook, broken, caplog):
    add_pair(due_on=now.date(), contact=add_person(email="ada@example.org"))
    hook("CAN_CONTACT", broken)
    with caplog.at_level(logging.ERROR):
        for minutes in (0, 70, 140):
            assert run_tick(now=now + timedelta(minutes=minutes)).delivery.sent == 0
    nudge = Nudge.objects.get()
    assert (nudge.state, nudge.reason) == ("due", "host_error")
    assert nudge.not_before == now + timedelta(minutes=200)
    assert caplog.text.count("FOOTBACK['CAN_CONTACT'] cannot be used") == 1
    assert "ada@" not in caplog.text
    assert "CAN_CONTACT" in findings(now)["hooks.CAN_CONTACT"].text
    (pair,) = explain_person(identifier="ada@example.org", now=now).pairs
    assert pair.verdict.reason == "host_error"
    hook("CAN_CONTACT", says_yes)
    assert run_tick(now=now + timedelta(hours=5)).delivery.sent == 1
    assert "hooks.CAN_CONTACT" not in findings(now)


def test_that_fails_only_at_the_fence_keeps_the_message(now, hook):
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    hook("CAN_CONTACT", raises)
    run_tick(now=now)
    message = Message.objects.get()
    assert (message.state, message.reason) == ("ready", "host_error")
    assert "hooks.CAN_CONTACT" in findings(now)
    hook("CAN_CONTACT", says_yes)
    assert run_tick(now=now + timedelta(hours=2)).delivery.sent == 1


def test_that_says_no_is_asked_again_the_next_day(now, hook):
    add_pair(due_on=now.date())
    hook("CAN_CONTACT", says_no)
    run_tick(now=now)
    nudge = Nudge.objects.get()
    assert (nudge.reason, nudge.not_before) == ("host", now + timedelta(days=1))


def test_that_fails_does_not_stop_a_forecast(now, hook):
    add_pair(due_on=now.date())
    hook("CAN_CONTACT", raises)
    told = forecast_nudges(first_day=now.date(), last_day=now.date(), now=now)
    assert (told.mails, told.still_waiting) == (0, {"host_error": 1})


@pytest.mark.parametrize("broken", [raises, says_list, "nowhere.at_all"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_that_cannot_tell_who_it_is_shows_a_page_that_says_so(
    now, hook, client, broken, method, caplog
):
    pair = add_pair(due_on=now.date(), contact=add_person(email="ada@example.org"))
    client.force_login(get_user_model().objects.create_user("ada", email="ada@example.org"))
    hook("CONTACT_FOR_USER", broken)
    form = {"pair": pair.pk, "wish": "stop"} if method == "post" else {}
    response = getattr(client, method)(reverse("footback:pairs"), form)
    assert response.status_code == 503
    assert "Just now we cannot tell which pairs are yours" in response.content.decode()
    pair.refresh_from_db()
    assert pair.status == "active"
    kept = NudgeControl.objects.get().hook_failures["CONTACT_FOR_USER"]
    assert "ada" not in str(kept)
    assert "ada@" not in caplog.text


def test_that_failed_a_page_is_named_by_the_doctor_for_a_day(now, hook, client):
    user = get_user_model().objects.create_user("ada")
    hook("CONTACT_FOR_USER", raises)
    with pytest.raises(host_hooks.HookFailedError):
        host_hooks.ask_contact_of(user, now=now)
    assert "ValueError" in findings(now)["hooks.CONTACT_FOR_USER"].text
    assert "hooks.CONTACT_FOR_USER" not in findings(now + timedelta(hours=26))


def test_that_answers_none_or_a_number_is_understood(now, hook):
    user = get_user_model().objects.create_user("ada")
    hook("CONTACT_FOR_USER", says_none)
    assert host_hooks.ask_contact_of(user, now=now) == ""

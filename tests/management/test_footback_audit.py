"""manage.py footback_audit ..."""

from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from shop_plugin.models import Nudge
from shop_plugin.services.nudges.auditing import LAWS
from shop_plugin.services.nudges.delivery import deliver_messages
from shop_plugin.services.nudges.planning import plan_nudges
from shop_plugin.services.shop.clock import read_database_clock
from tests.nudging import add_pair, open_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def sent(settings):
    settings.EMAIL_TIMEOUT = 5
    now = read_database_clock()
    open_shop(settings, now=now)
    add_pair(due_on=now.date())
    plan_nudges(now=now)
    deliver_messages(now=now, budget_seconds=20)


def test_says_that_every_law_holds(capsys):
    call_command("footback_audit")
    said = capsys.readouterr().out
    assert said.count(" holds\n") == len(LAWS)
    assert f"{len(LAWS)} of {len(LAWS)} laws hold." in said


def test_ends_with_status_4_and_names_the_rows_where_one_is_broken(capsys):
    Nudge.objects.update(state="queued")
    with pytest.raises(SystemExit) as ended:
        call_command("footback_audit", "--json")
    assert ended.value.code == 4
    (found,) = json.loads(capsys.readouterr().out)["violations"]
    assert (found["law"], found["count"]) == ("I7a", 1)
    assert found["examples"] == [str(Nudge.objects.get().pk)]

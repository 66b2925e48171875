"""Log lines as JSON, and the events that mails leave in them: JsonLines ..."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest

from shop_plugin.adapters.json_log import JsonLines
from shop_plugin.services.nudges.ticking import run_tick
from shop_plugin.services.shop.event_log import note_event
from tests.nudging import add_pair, add_person, open_shop


@pytest.fixture
def lines():
    """Collect what footback logs, read as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("footback")
    before = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.setLevel(before)


@pytest.mark.django_db(transaction=True)
def test_tells_each_step_of_a_mail_by_name_and_ids_and_no_address(lines, settings, now, tmp_path):
    settings.EMAIL_TIMEOUT = 5
    open_shop(settings, now=now, SPOOL_DIR=str(tmp_path))
    add_pair(due_on=now.date(), contact=add_person(email="canary@example.org", first_name="Zed"))
    run_tick(now=now)
    events = lines()
    names = [line["event"] for line in events if "event" in line]
    assert names == ["message.claimed", "message.handing", "message.sent"]
    assert len({line["message"] for line in events}) == 1
    assert events[-1]["code"] == "250"
    assert "canary" not in json.dumps(events)
    assert "Zed" not in json.dumps(events)


def test_says_of_an_error_what_and_where_and_not_in_its_words():
    try:
        raise ValueError("<ada@example.org> is unknown")
    except ValueError:
        record = logging.LogRecord("footback", 40, __file__, 1, "broken %s", ("x",), sys.exc_info())
    line = json.loads(JsonLines().format(record))
    assert (line["text"], line["error"], line["level"]) == ("broken x", "ValueError", "error")
    assert line["where"][-1].startswith("test_json_log.py:")
    assert "ada" not in json.dumps(line)


def test_leaves_out_what_is_empty_and_costs_nothing_unheard(lines):
    note_event("message.failed", message="1", reason="")
    assert lines()[-1] | {"at": ""} == {
        "at": "",
        "level": "info",
        "logger": "footback.events",
        "event": "message.failed",
        "message": "1",
    }

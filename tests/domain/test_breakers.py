"""The automatic breakers: they ..."""

from __future__ import annotations

import pytest

from shop_plugin.domain.breakers import Breaker, MailFigures, find_tripped, volume_cap


@pytest.mark.parametrize(
    ("figures", "breaker"),
    [
        ({"complaints": 3, "complaint_mails": 1000}, Breaker.COMPLAINTS),
        ({"complaints": 3, "complaint_mails": 40}, Breaker.COMPLAINTS),
        ({"complaints": 2, "complaint_mails": 1000}, None),
        ({"bounces": 25, "bounce_mails": 500}, Breaker.BOUNCES),
        ({"bounces": 24, "bounce_mails": 500}, None),
        ({"bounces": 1, "bounce_mails": 1}, None),
        ({"refusals": 5, "tries": 249}, Breaker.REFUSALS),
        ({"refusals": 5, "tries": 250}, None),
        ({"refusals": 4, "tries": 4}, None),
        ({"mails_today": 300, "volume_cap": 300, "is_more_waiting": True}, Breaker.VOLUME),
        ({"mails_today": 300, "volume_cap": 300}, None),
        ({"mails_today": 299, "volume_cap": 300, "is_more_waiting": True}, None),
        ({"mails_today": 9999, "is_more_waiting": True}, None),
        ({}, None),
    ],
)
def test_they_open_at_their_figures_and_not_before(figures, breaker):
    tripped = find_tripped(MailFigures(**figures))
    assert (tripped.breaker if tripped else None) == breaker


@pytest.mark.parametrize(("mails", "cap"), [(None, None), (0, 50), (16, 50), (17, 51), (400, 1200)])
def test_they_let_a_day_bring_three_times_its_forecast(mails, cap):
    assert volume_cap(mails) == cap

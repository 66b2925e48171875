"""The shop's own numbers, as the rules of the domain want them."""

from __future__ import annotations

from shop_plugin.conf import get_settings
from shop_plugin.domain.nudge_policy import NudgePolicy
from shop_plugin.domain.sending_window import SendingWindow


def get_policy() -> NudgePolicy:
    """Return the nudge policy that the settings describe.

    :raises ValueError: for a sending window that never opens.
    """
    options = get_settings()
    return NudgePolicy(
        window=SendingWindow(
            from_hour=options.SEND_FROM_HOUR,
            until_hour=options.SEND_UNTIL_HOUR,
            weekdays=tuple(options.SEND_WEEKDAYS),
        ),
        min_days_between_mails=options.MIN_DAYS_BETWEEN_MAILS,
        max_mails_per_year=options.MAX_MAILS_PER_YEAR,
        max_pairs_per_mail=options.MAX_PAIRS_PER_MAIL,
        digest_days=options.DIGEST_DAYS,
        backfill_days=options.BACKFILL_DAYS,
        max_lateness_days=options.MAX_LATENESS_DAYS,
        ramp_start_per_day=options.RAMP_START_PER_DAY,
        max_mails_per_day=options.MAX_MAILS_PER_DAY,
        max_attempts=options.MAX_ATTEMPTS,
        sensitive_categories=frozenset(options.SENSITIVE_CATEGORIES),
    )

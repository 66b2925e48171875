"""When the mailer must fall silent by itself: complaints, dead addresses, refusals, a flood, a
database that is older than the mails that left.

Pure rules over figures that a service counts. The shares of complaints are
those that Google names for senders (warn at 0.1 %, never 0.3 %: Email sender
guidelines FAQ, support.google.com/a/answer/14229414). Shares are taken of the
whole window, also where fewer mails left: so three complaints stop a shop of
any size, and one bounce stops none.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

COMPLAINT_WINDOW = 1000
COMPLAINTS_TO_WARN = 1
COMPLAINTS_TO_STOP = 3
#: More than so many reset the ramp: 0.1 % of the window.
COMPLAINTS_OF_FULL_RAMP = 1
BOUNCE_WINDOW = 500
BOUNCES_TO_STOP = 25
#: Refusals of the last 15 minutes that stop: more than one in fifty, and at least so many.
REFUSAL_SHARE = 50
REFUSALS_TO_STOP = 5
#: A day may bring so many times its forecast, and so many mails in any case.
VOLUME_TIMES = 3
VOLUME_ALWAYS = 50


class Breaker(StrEnum):
    """What can make the mailer fall silent."""

    COMPLAINTS = "complaints"
    BOUNCES = "bounces"
    REFUSALS = "refusals"
    VOLUME = "volume"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class MailFigures:
    """What is counted before mails leave.

    ``complaints`` and ``bounces`` came in since the first mail of their window
    of the latest ``complaint_mails`` (1,000 at most) and ``bounce_mails`` (500)
    mails. ``refusals`` of ``tries`` are of the last 15 minutes. ``is_more_waiting``
    tells that a mail could leave now; ``volume_cap`` is ``None`` where the
    day's forecast is not known. ``gone_back`` of ``journalled`` mails left by the
    journal of this machine, and the database knows nothing of it.
    """

    complaints: int = 0
    complaint_mails: int = 0
    bounces: int = 0
    bounce_mails: int = 0
    refusals: int = 0
    tries: int = 0
    mails_today: int = 0
    volume_cap: int | None = None
    is_more_waiting: bool = False
    gone_back: int = 0
    journalled: int = 0


@dataclass(frozen=True, slots=True)
class Tripped:
    """A breaker that opens: ``count`` of ``of`` mails."""

    breaker: Breaker
    count: int
    of: int


def volume_cap(forecast_mails: int | None) -> int | None:
    """Return how many mails a day may bring at most; ``None`` where no forecast is known."""
    if forecast_mails is None:
        return None
    return max(VOLUME_TIMES * forecast_mails, VOLUME_ALWAYS)


def find_tripped(figures: MailFigures) -> Tripped | None:
    """Return the first breaker that the figures open, or ``None``."""
    if figures.gone_back:
        return Tripped(Breaker.RESTORED, figures.gone_back, figures.journalled)
    if figures.complaints >= COMPLAINTS_TO_STOP:
        return Tripped(Breaker.COMPLAINTS, figures.complaints, figures.complaint_mails)
    if figures.bounces >= BOUNCES_TO_STOP:
        return Tripped(Breaker.BOUNCES, figures.bounces, figures.bounce_mails)
    is_refused = figures.refusals * REFUSAL_SHARE > figures.tries
    if is_refused and figures.refusals >= REFUSALS_TO_STOP:
        return Tripped(Breaker.REFUSALS, figures.refusals, figures.tries)
    cap = figures.volume_cap
    if cap is not None and figures.mails_today >= cap and figures.is_more_waiting:
        return Tripped(Breaker.VOLUME, figures.mails_today, cap)
    return None

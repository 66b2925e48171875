"""What a Postfix log proves about mails of ours: taken, delivered, bounced.

A line names a queue id; the line of ``cleanup`` ties it to a Message-ID, the
lines of ``smtp``, ``local``, ``virtual``, ``pipe``, ``lmtp`` and ``error`` say
what came of it for a recipient. Read line by line: only mails of ours are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from uuid import UUID

_LINE = re.compile(
    r"^(?:(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?)"
    r"|(?P<month>[A-Z][a-z]{2}) {1,2}(?P<day>\d{1,2}) (?P<time>\d\d:\d\d:\d\d))"
    r" \S{1,255} postfix\S{0,64}?/(?P<daemon>\w{1,32})\[\d{1,10}\]: "
    r"(?:(?P<queue>\w{5,24}): )?(?P<rest>.*)$"
)
_OURS = re.compile(
    r"^message-id=<fb\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@[^>\s]{1,255}>"
)
_DELIVERY = re.compile(
    r"^to=<(?P<to>[^>]{0,320})>, .{0,2000}?dsn=(?P<dsn>\d\.\d{1,3}\.\d{1,3}), "
    r"status=(?P<status>\w{1,16})"
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}
_LONGEST_LINE = 8192


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a mail for one recipient. ``status`` is Postfix's own word."""

    at: datetime
    recipient: str
    dsn: str
    status: str

    @property
    def is_dead_address(self) -> bool:
        """Tell whether the recipient's server said that there is no such mailbox."""
        return self.status == "bounced" and self.dsn.startswith("5.1.")


@dataclass(frozen=True, slots=True)
class LoggedMail:
    """A mail of ours that the server took, and its deliveries so far."""

    uuid: UUID
    taken_at: datetime
    deliveries: tuple[Delivery, ...] = ()


@dataclass(slots=True)
class MailLog:
    """The mails of ours in a log, and the time that the log covers.

    ``first_at`` and ``last_at`` are ``None`` for a text without a line of Postfix.
    """

    first_at: datetime | None = None
    last_at: datetime | None = None
    lines: int = 0
    mails: dict[UUID, LoggedMail] = field(default_factory=dict)
    queue: dict[str, UUID] = field(default_factory=dict, repr=False)  # mails still on their way

    def covers(self, start: datetime, end: datetime) -> bool:
        """Tell whether the log has lines from before and from after a span of time."""
        if self.first_at is None or self.last_at is None:
            return False
        return self.first_at <= start and end <= self.last_at


def read_postfix_log(
    lines: Iterable[str], *, now: datetime, zone: tzinfo = UTC, log: MailLog | None = None
) -> MailLog:
    """Return what the lines say, added to ``log`` where it is given (rotated files, oldest first).

    Lines of other programs and lines that cannot be read are passed over.
    Classic syslog times carry neither year nor zone: they are taken to lie in
    the year before ``now``, in ``zone``.
    """
    log = log if log is not None else MailLog()
    for line in lines:
        match = _LINE.match(line[:_LONGEST_LINE])
        if match is None:
            continue
        at = _read_time(match, now=now, zone=zone)
        if at is None:
            continue
        log.lines += 1
        log.first_at = min(log.first_at or at, at)
        log.last_at = max(log.last_at or at, at)
        _read_event(match, at, log)
    return log


def _read_event(match: re.Match[str], at: datetime, log: MailLog) -> None:
    queue = log.queue
    if match["daemon"] == "cleanup":
        ours = _OURS.match(match["rest"])
        if ours is None:
            queue.pop(match["queue"], None)  # queue ids come round again
            return
        uuid = UUID(ours[1])
        queue[match["queue"]] = uuid
        log.mails.setdefault(uuid, LoggedMail(uuid, at))
        return
    known = queue.get(match["queue"])
    if known is None:
        return
    if match["rest"] == "removed":
        del queue[match["queue"]]
        return
    event = _DELIVERY.match(match["rest"])
    if event is not None:
        mail = log.mails[known]
        delivery = Delivery(at, event["to"], event["dsn"], event["status"])
        log.mails[known] = LoggedMail(mail.uuid, mail.taken_at, (*mail.deliveries, delivery))


def _read_time(match: re.Match[str], *, now: datetime, zone: tzinfo) -> datetime | None:
    try:
        if match["iso"]:
            moment = datetime.fromisoformat(match["iso"])
            return moment if moment.tzinfo else moment.replace(tzinfo=zone)
        hours, minutes, seconds = (int(part) for part in match["time"].split(":"))
        local = now.astimezone(zone)
        for year in (local.year, local.year - 1):
            moment = datetime(
                year, _MONTHS[match["month"]], int(match["day"]), hours, minutes, seconds, 0, zone
            )
            if moment <= now + timedelta(days=1):
                return moment
    except (ValueError, KeyError):
        return None
    return None

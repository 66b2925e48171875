"""A mail server's log as evidence: uncertain mails resolved, dead addresses suppressed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from shop_plugin.conf import get_settings
from shop_plugin.domain.postfix_log import MailLog
from shop_plugin.models import Message, Suppression
from shop_plugin.services.nudges.reconciliation import (
    ARRIVED,
    NEVER_ARRIVED,
    NotUncertainError,
    list_uncertain,
    resolve_uncertain,
)
from shop_plugin.services.nudges.restoring import take_in_delivered
from shop_plugin.services.people.consent import hash_email, suppress_address

# Clocks of two machines, and the time a mail takes to be queued.
_SLACK = timedelta(minutes=5)
_PAGE = 500


@dataclass(frozen=True, slots=True)
class LogEvidence:
    """What a log proved: messages by what became of them, and addresses now suppressed.

    ``gone_back`` messages waited though the server had delivered them, and
    ``unknown`` mails of ours stand in the log and in no row: the database was
    put back as it was.
    """

    arrived: int = 0
    never_arrived: int = 0
    still_uncertain: int = 0
    dead_addresses: int = 0
    gone_back: int = 0
    unknown: int = 0


def apply_mail_log(log: MailLog, *, now: datetime, is_complete: bool = False) -> LogEvidence:
    """Resolve uncertain messages by a mail server's log, and suppress addresses that do not exist.

    A message whose Message-ID stands in the log arrived there. That it never
    arrived is proven only by a log that ``is_complete`` (nothing filtered
    out, of the only server that mails leave by) and covers its hand-over with
    five minutes to spare; it is then ready again. Anything else stays
    uncertain. A message that waits though the log shows it on its way to its
    reader becomes sent. Applying a log again changes nothing.
    """
    delivered = {uuid: mail.taken_at for uuid, mail in log.mails.items() if mail.deliveries}
    gone_back, unknown = take_in_delivered(delivered, now=now)
    arrived = never_arrived = still = 0
    for message in list_uncertain():
        evidence = _find_evidence(message, log, is_complete=is_complete)
        if evidence is None:
            still += 1
            continue
        try:
            resolve_uncertain(uuid=message.uuid, evidence=evidence, now=now, reason="mail log")
        except NotUncertainError:
            continue  # somebody was faster
        arrived += evidence == ARRIVED
        never_arrived += evidence == NEVER_ARRIVED
    dead = _suppress_dead(log, now)
    return LogEvidence(arrived, never_arrived, still, dead, gone_back, unknown)


def _find_evidence(message: Message, log: MailLog, *, is_complete: bool) -> str | None:
    if message.uuid in log.mails:
        return ARRIVED
    if not is_complete or message.handed_at is None:
        return None
    longest = timedelta(seconds=get_settings().HANDING_LEASE_SECONDS)
    if log.covers(message.handed_at - _SLACK, message.handed_at + longest + _SLACK):
        return NEVER_ARRIVED
    return None


def _suppress_dead(log: MailLog, now: datetime) -> int:
    """Suppress the addresses whose server said that there is no such mailbox.

    Only where the bounce is for the very address that the message was written to.
    """
    dead = {
        mail.uuid: {hash_email(item.recipient) for item in mail.deliveries if item.is_dead_address}
        for mail in log.mails.values()
        if any(item.is_dead_address for item in mail.deliveries)
    }
    uuids = list(dead)
    suppressed = 0
    for start in range(0, len(uuids), _PAGE):
        page = Message.objects.filter(uuid__in=uuids[start : start + _PAGE], is_redirected=False)
        with transaction.atomic():
            for uuid, email_hash in page.values_list("uuid", "contact__email_hash"):
                if email_hash in dead[uuid]:
                    suppressed += suppress_address(
                        email_hash=email_hash, reason=Suppression.Reason.HARD_BOUNCE, now=now
                    )
    return suppressed

"""Why something was not sent, in words for staff. Codes without words are shown as they are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from shop_plugin.domain.nudge_gates import HOST_ERROR, Gate

REASONS = {
    Gate.STOPPED: _("the kill switch was pulled"),
    Gate.SUPPRESSED: _("the person asked for no mails, or the address does not work"),
    Gate.ERASED: _("the person was erased"),
    Gate.NO_ADDRESS: _("no usable address"),
    Gate.NO_BASIS: _("nothing allows the shop to write"),
    Gate.CONSENT_LAPSED: _("the permission to write has run out"),
    Gate.RECALLED: _("the model is recalled"),
    Gate.GIFT: _("bought as a gift"),
    Gate.CHILD: _("a child's shoe: feet grow before it wears out"),
    Gate.SENSITIVE: _("the product is never named in a mail"),
    Gate.REPLACED: _("a newer pair of its kind was bought"),
    Gate.BACKFILL: _("due long before the shop went live"),
    Gate.TOO_LATE: _("too late to be of use"),
    Gate.HOLD_OUT: _("the person is in the hold-out group, which is never mailed"),
    Gate.SNOOZED: _("the person asked to wait"),
    Gate.MIN_GAP: _("the last mail was too recent"),
    Gate.YEAR_CAP: _("enough mails in a year"),
    Gate.HOST: _("the shop said not now"),
    HOST_ERROR: _("the shop's own function failed"),
    Gate.WINDOW: _("outside the sending hours"),
    "soft_bounces": _("mails bounced again and again; the address rests"),
    "complaint": _("the person marked a mail as spam"),
    "staff": _("staff entered the address"),
    "ramp": _("the mails of the day were used up"),
    "due": _("its mail is being made up"),
    "failed": _("the mail server refused it for good"),
    "uncertain": _("nobody can know whether it arrived"),
    "abandoned": _("nobody could tell for 72 hours"),
    "off": _("the mode was off"),
    "dry_run": _("the mode was dry run"),
    "returned": _("the pair was returned"),
    "cancelled": _("the order was cancelled"),
    "retired": _("the pair is not worn any more"),
    "given_away": _("the pair was given away"),
    "exchanged": _("the pair was exchanged"),
    "superseded": _("a later stage took its place"),
    "unsubscribed": _("the person unsubscribed"),
    "hard_bounce": _("the address does not exist"),
    "refused": _("the mail server refused it for good"),
    "too_large": _("the mail would be too large"),
    "too_many_attempts": _("too many failed attempts"),
    "worker_died": _("the worker died while handing it over"),
    "no_evidence": _("nobody could tell for 72 hours"),
    "no_pairs": _("no pair was left to write about"),
}


#: What each gate asks about, as a heading.
GATES = {
    Gate.STOPPED: _("Kill switch"),
    Gate.MODE: _("Mode"),
    Gate.SUPPRESSED: _("No to mails, dead address"),
    Gate.ERASED: _("Erasure"),
    Gate.NO_ADDRESS: _("Address"),
    Gate.NO_BASIS: _("Consent"),
    Gate.CONSENT_LAPSED: _("End of consent"),
    Gate.PAIR_INACTIVE: _("Status of the pair"),
    Gate.RECALLED: _("Recall"),
    Gate.GIFT: _("Gift"),
    Gate.CHILD: _("Child's shoe"),
    Gate.SENSITIVE: _("Sensitive kind"),
    Gate.REPLACED: _("Newer pair"),
    Gate.BACKFILL: _("Before going live"),
    Gate.TOO_LATE: _("Lateness"),
    Gate.HOLD_OUT: _("Hold-out group"),
    Gate.SNOOZED: _("Asked to wait"),
    Gate.MIN_GAP: _("Days between mails"),
    Gate.YEAR_CAP: _("Mails in a year"),
    Gate.HOST: _("The shop's own say"),
    Gate.WINDOW: _("Sending hours"),
}

STAGES = {1: _("worth a look"), 2: _("repair or replace")}


def name_stage(stage: int) -> str:
    """Return what a stage says about a pair, in words."""
    return str(STAGES.get(stage, stage))


def name_reason(code: str) -> str:
    """Return a reason code in words; a code without words as it stands."""
    return str(REASONS.get(code, code.replace("_", " ")))

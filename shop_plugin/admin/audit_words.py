"""The log of who changed what, in words. Codes without words are shown as they are."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

#: What was done, as the name of a filter and of an entry that tells no more.
ACTIONS = {
    "tag": _("a fact set"),
    "withdraw_tag": _("a staff value taken back"),
    "confirm_tag": _("a value confirmed for a new text"),
    "propose_tag": _("a value put to a second person"),
    "withdraw_proposal": _("a proposal taken back"),
    "approve_tag": _("a value approved by a second person"),
    "refuse_tag": _("a value of staff rejected"),
    "accept_reading": _("a reading accepted"),
    "reject_reading": _("a reading rejected"),
    "cannot_tell_reading": _("a reading left open"),
    "auto_accept_reading": _("a reading accepted by rule"),
    "cannot_tell_listing": _("a shoe left open: the text tells no more"),
    "answer_report": _("a reader’s report answered"),
    "reassess": _("a shoe read and assessed again"),
    "take_over": _("a shoe taken over from a colleague"),
    "undo": _("a decision undone"),
    "bulk_tag": _("a fact set by a bulk edit"),
    "bulk_withdraw_tag": _("a staff value taken back by a bulk edit"),
    "bulk_clear": _("all sources of a fact cleared by a bulk edit"),
    "bulk_undo": _("a fact put back by the undo of a bulk edit"),
    "bulk_edit_confirmed": _("a bulk edit confirmed"),
    "bulk_edit_cancelled": _("a bulk edit called off"),
    "bulk_edit_resumed": _("a bulk edit resumed"),
    "bulk_edit_undone": _("a bulk edit undone"),
    "keep_words": _("wording changed"),
    "set_mode": _("the mode of the mailer set"),
    "stop_sending": _("all mails stopped"),
    "breaker": _("mails stopped by a breaker"),
    "restart_ramp": _("the daily limit of mails begun afresh"),
    "backfill": _("notes of before going live let through"),
    "resolve_uncertain": _("a mail settled that nobody could tell of"),
    "test_mail": _("a test mail sent"),
    "view_ledger": _("looked up why a person was or was not written to"),
    "answer": _("an answer about a pair"),
    "answer_undone": _("an answer about a pair undone"),
    "mail_settings": _("a person’s own mail settings"),
    "subscribe": _("a person said yes to mails"),
    "unsubscribe": _("a person said no to mails"),
    "export": _("a person’s data handed out"),
    "erase": _("a person’s data erased"),
    "retention": _("what is past its keeping deleted"),
    "upload_listings": _("listings brought in by the API"),
    "withdraw_listings": _("listings withdrawn by the API"),
    "upload_orders": _("order lines brought in by the API"),
    "create_api_key": _("an API key made"),
    "rotate_api_key": _("an API key replaced"),
    "revoke_api_key": _("an API key revoked"),
    "switch_on_target": _("a target of webhooks switched on again"),
    "retry_webhooks": _("webhooks tried again"),
    "confirm_webhook": _("a webhook confirmed"),
}

SUBJECTS = {
    "listing": _("listing"),
    "bulk_edit": _("bulk edit"),
    "purchase": _("purchase"),
    "contact": _("contact"),
    "message": _("message"),
    "api_key": _("API key"),
    "category": _("kind of shoe"),
    "source": _("source"),
    "target": _("target of webhooks"),
    "webhook": _("webhook"),
}


def name_action(code: str) -> str:
    """Return what was done, in words; a code without words as it stands."""
    return str(ACTIONS.get(code, code.replace("_", " ")))


def name_kind(subject: str) -> str:
    """Return a subject with its kind in words: "purchase 12"."""
    kind, colon, key = subject.partition(":")
    return f"{SUBJECTS.get(kind, kind)} {key}" if colon else subject.replace("_", " ")

"""Why was or was not a person written to? A page for whoever answers customers.

What is asked for travels in the body of a form and stands in no address, no
log and no error report; only who asked is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from shop_plugin.admin.nudge_reasons import GATES, STAGES, name_reason
from shop_plugin.admin.readonly import show_state
from shop_plugin.domain.nudge_gates import GateVerdict
from shop_plugin.models import Consent, Nudge, NudgeControl, Purchase
from shop_plugin.services.nudges.ledger import (
    DAYS_AHEAD,
    DayVerdict,
    PairLedger,
    PersonLedger,
    StageLine,
    explain_person,
)
from shop_plugin.services.nudges.playing import Entry

PERMISSION = "footback.view_nudge_ledger"
SHOWN_AHEAD = 12
BASES = {
    "confirmed": _("as its owner said"),
    "delivered": _("reckoned from the delivery"),
    "fulfilled": _("reckoned from the day the parcel left"),
    "ordered": _("reckoned from the order"),
}
EVENTS = {
    "skipped": _("not sent: %(reason)s"),
    "waits": _("waits until %(until)s: %(reason)s"),
    "queued": _("the mail is made up"),
    "sent": _("the mail leaves"),
}


class LedgerForm(forms.Form):
    """Whom and which day to look at."""

    identifier = forms.CharField(
        label=_("E-mail address or customer number"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("In full. It is not kept, and stands in no address and no log."),
    )
    day = forms.DateField(
        label=_("Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Past or to come. Empty: today."),
    )


@dataclass(frozen=True, slots=True)
class PairRow:
    """A pair as the page shows it."""

    key: int
    title: str
    status: str
    worn: str
    verdict: str
    code: str
    stages: tuple[tuple[str, SafeString, str, date, date], ...]
    gates: tuple[tuple[object, str, bool], ...]
    ahead: tuple[tuple[date, str, str], ...]


class LedgerPage:
    """The page, mounted by the admin of nudges."""

    def __init__(self, site: AdminSite, opts: Any, media: forms.Media) -> None:
        self._site, self._opts, self._media = site, opts, media

    @method_decorator(never_cache)
    @method_decorator(sensitive_post_parameters("identifier"))
    def show(self, request: HttpRequest) -> HttpResponse:
        """Ask whom to look at, and show it under the form."""
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        ledger = None
        form = LedgerForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            ledger = explain_person(
                identifier=form.cleaned_data["identifier"],
                day=form.cleaned_data["day"],
                actor_id=request.user.pk,
                now=timezone.now(),
            )
        context = {
            **self._site.each_context(request),
            "title": gettext("Why sent, why not"),
            "opts": self._opts,
            "media": self._media,
            "form": form,
            "days_ahead": DAYS_AHEAD,
            **({} if ledger is None else _describe(ledger)),
        }
        return TemplateResponse(request, "footback/admin/nudge_ledger.html", context)


def _describe(ledger: PersonLedger) -> dict[str, Any]:
    return {
        "ledger": ledger,
        "consents": [Consent.Basis(basis).label for basis in ledger.consents],
        "blocked": name_reason(ledger.blocked_by) if ledger.blocked_by else "",
        "mode_label": NudgeControl.Mode(ledger.mode.name).label,
        "rows": [_row(pair) for pair in ledger.pairs],
    }


def _row(pair: PairLedger) -> PairRow:
    worn = gettext("worn since %(day)s, %(basis)s") % {
        "day": _day(pair.worn_since),
        "basis": BASES.get(pair.basis, pair.basis),
    }
    return PairRow(
        key=pair.purchase_id,
        title=pair.title or gettext("A pair of %(month)s") % {"month": _month(pair.bought_on)},
        status=str(Purchase.Status(pair.status).label),
        worn=worn,
        verdict=say_verdict(pair.verdict),
        code=pair.verdict.code,
        stages=tuple(_stage(line) for line in pair.stages),
        gates=tuple(say_gate(verdict) for verdict in pair.gates),
        ahead=tuple(_entry(entry) for entry in pair.ahead[:SHOWN_AHEAD]),
    )


def say_verdict(verdict: DayVerdict) -> str:
    """Return what a day says of a pair, in one or two sentences."""
    values = {
        "stage": STAGES.get(verdict.stage or 0, ""),
        "reason": name_reason(verdict.reason),
        "when": _day(verdict.when) if verdict.when else "",
    }
    says = {
        "sent": _("Sent on this day: %(stage)s."),
        "would_send": _("A mail leaves on this day: %(stage)s."),
        "sent_before": _("Said before: %(stage)s, on %(when)s."),
        "waits": _("Not sent: %(reason)s. It waits until %(when)s."),
        "ruled_out": _("Not sent: %(reason)s."),
        "not_due": _("Not sent because it is not due before %(when)s (%(stage)s)."),
        "ended": _("Not sent because all was said about this pair."),
        "no_life": _("Not sent because wear is not what ends such a pair."),
    }
    text = says[verdict.code]
    if verdict.code == "waits" and not verdict.reason:
        text = _("Not sent on this day: its mail was or is made up for %(when)s.")
    said = str(text % values)
    if verdict.next_on is not None and verdict.code not in ("sent", "would_send"):
        coming = gettext("Next mail: %(day)s.") % {"day": _day(verdict.next_on)}
        return f"{said} {coming}"
    if verdict.code in ("ruled_out", "sent_before"):
        none = gettext("No further mail about it is planned.")
        return f"{said} {none}"
    return said


def _stage(line: StageLine) -> tuple[str, SafeString, str, date, date]:
    state = Nudge.State(line.state)
    why = name_reason(line.reason) if line.reason else ""
    if line.sent_at is not None:
        why = date_format(timezone.localtime(line.sent_at), "DATETIME_FORMAT")
    elif line.not_before is not None:
        until = gettext("until %(day)s") % {"day": _day(line.not_before)}
        why = f"{why}, {until}" if why else until
    tried = "; ".join(f"{_day(at.date())} {step} {reply}".strip() for at, step, reply in line.tries)
    if tried and line.sent_at is None:
        why = f"{why} ({tried})" if why else tried
    label = show_state(line.state, state.label, tone=_TONES.get(line.state, "quiet"))
    return str(STAGES.get(line.stage, line.stage)), label, why, line.due_on, line.written_on


_TONES = {
    "sent": "good",
    "due": "busy",
    "queued": "busy",
    "uncertain": "bad",
    "failed": "bad",
    "abandoned": "bad",
}


def say_gate(verdict: GateVerdict) -> tuple[object, str, bool]:
    """Return a gate's name, what it says, and whether it is shut."""
    if not verdict.code:
        return GATES[verdict.gate], gettext("nothing against it"), False
    says = name_reason(verdict.code)
    if verdict.not_before is not None:
        until = gettext("until %(day)s") % {"day": _day(verdict.not_before.date())}
        says = f"{says}, {until}"
    return GATES[verdict.gate], says, True


def _entry(entry: Entry) -> tuple[date, str, str]:
    values = {
        "reason": name_reason(entry.reason),
        "until": _day(entry.until) if entry.until else "",
    }
    return entry.day, str(STAGES.get(entry.stage, "")), str(EVENTS[entry.event] % values)


def _day(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def _month(day: date) -> str:
    return date_format(day, "YEAR_MONTH_FORMAT")

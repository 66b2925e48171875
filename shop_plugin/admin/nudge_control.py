"""How loud the mailer may be: one page with a kill switch; going live must be typed out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.nudge_outlook import OutlookPage
from shop_plugin.admin.readonly import ReadOnlyAdmin
from shop_plugin.conf import get_settings
from shop_plugin.domain.breakers import Breaker
from shop_plugin.models import AuditEntry, NudgeControl
from shop_plugin.services.shop.modes import (
    BreakerOpenError,
    NotReadyError,
    find_missing,
    get_mode,
    mails_left_today,
    read_control,
    set_mode,
    stop_sending,
)

LIVE_PERMISSION = "footback.set_nudge_live"
LIVE_WORD = "LIVE"
SHOWN_HISTORY = 10
WHY = {
    "stopped": _("The kill switch is pulled."),
    "settings": _("The setting NUDGE_MODE allows nothing louder."),
    "environment_changed": _(
        "The database or the site is not the one for which the mode was set. Set the mode "
        "again if this is the real shop."
    ),
}


#: Why a breaker made the mailer fall silent; the figures stand beside it.
BREAKERS = {
    Breaker.COMPLAINTS: _(
        "People marked mails as spam: %(count)d of the last %(of)d mails. Look at what was sent "
        "and to whom before you go on; mail providers block senders for this."
    ),
    Breaker.BOUNCES: _(
        "Addresses do not exist: %(count)d of the last %(of)d mails. Look where the addresses "
        "come from before you go on."
    ),
    Breaker.REFUSALS: _(
        "The mail server refused %(count)d of %(of)d mails of 15 minutes for their content or by "
        "policy. Its answers stand with the messages."
    ),
    Breaker.VOLUME: _(
        "The day brought %(count)d mails, as many as it may at most by its forecast (%(of)d). "
        "Look at what came in with the last orders before you go on."
    ),
    Breaker.RESTORED: _(
        "The database was put back as it was: %(count)d of the last %(of)d mails left, and it "
        "knows nothing of them. Run “footback_reconcile --journal” on each machine that sends "
        "mails before you go on, or people get them twice."
    ),
}


class ModeForm(forms.Form):
    """The mode to set, with the reason for the log and, for live, the typed word.

    Where a breaker opened, its name is the word.
    """

    mode = forms.ChoiceField(
        label=_("Mode"), choices=NudgeControl.Mode.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(label=_("Reason, for the log"), max_length=300, required=False)
    confirmation = forms.CharField(
        label=_("To go live, type LIVE"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("Live mails reach real customers."),
    )

    def __init__(self, *args: Any, may_go_live: bool, breaker: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._may_go_live = may_go_live
        self._breaker = breaker
        if breaker:
            label = gettext("To go on all the same, type %(word)s") % {"word": breaker.upper()}
            self.fields["confirmation"].label = label

    def clean(self) -> dict[str, Any]:
        """Refuse going live without the permission, or without the word typed out."""
        cleaned = super().clean() or self.cleaned_data
        mode = cleaned.get("mode")
        typed = (cleaned.get("confirmation") or "").strip()
        if mode == NudgeControl.Mode.LIVE and not self._may_go_live:
            self.add_error("mode", gettext("You may not set this mode."))
        elif self._breaker and mode in (NudgeControl.Mode.LIVE, NudgeControl.Mode.REDIRECT):
            word = self._breaker.upper()
            if typed != word:
                text = gettext("Type %(word)s in capitals to go on.") % {"word": word}
                self.add_error("confirmation", text)
        elif mode == NudgeControl.Mode.LIVE and typed != LIVE_WORD:
            self.add_error("confirmation", gettext("Type LIVE in capitals to go live."))
        return cleaned


@admin.register(NudgeControl)
class NudgeControlAdmin(ReadOnlyAdmin):
    """The one row, as a page of its own."""

    def get_urls(self) -> list[URLPattern]:
        """Add the outlook."""
        page = OutlookPage(self.admin_site, self.opts, self.media)
        view = self.admin_site.admin_view(page.show)
        return [path("outlook/", view, name="footback_nudgecontrol_outlook"), *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow changing the mode to whoever may change nudge control."""
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the page: there is one row only."""
        return self._show(request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the page under the row's own address too."""
        return self._show(request)

    def _show(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        may_go_live = request.user.has_perm(LIVE_PERMISSION)
        in_force = get_mode()
        breaker = in_force.breaker
        initial = {"mode": in_force.name}
        form = ModeForm(may_go_live=may_go_live, breaker=breaker, initial=initial)
        if request.method == "POST":
            if not self.has_change_permission(request):
                raise PermissionDenied
            if "stop" in request.POST:
                return self._stop(request)
            form = ModeForm(request.POST, may_go_live=may_go_live, breaker=breaker)
            if form.is_valid() and self._set(request, form):
                return self._back()
        return self._render(request, form)

    def _stop(self, request: HttpRequest) -> HttpResponse:
        stop_sending(
            now=timezone.now(), actor_id=request.user.pk, reason=request.POST.get("reason", "")
        )
        messages.success(request, gettext("Stopped. Nothing leaves until a mode is set again."))
        return self._back()

    def _set(self, request: HttpRequest, form: ModeForm) -> bool:
        try:
            in_force = set_mode(
                mode=form.cleaned_data["mode"],
                now=timezone.now(),
                actor_id=request.user.pk,
                reason=form.cleaned_data["reason"],
                confirmed_breaker=form.cleaned_data["confirmation"].strip().lower(),
            )
        except BreakerOpenError:  # it opened after the page was shown
            form.add_error("mode", gettext("A breaker opened meanwhile. Load the page again."))
            return False
        except NotReadyError as missing:
            form.add_error("mode", gettext("Not yet: %(missing)s.") % {"missing": missing})
            return False
        label = NudgeControl.Mode(in_force.name).label
        messages.success(request, gettext("The mode in force is now: %(mode)s.") % {"mode": label})
        return True

    def _back(self) -> HttpResponse:
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:footback_nudgecontrol_changelist")
        )

    def _render(self, request: HttpRequest, form: ModeForm) -> HttpResponse:
        now, in_force = timezone.now(), get_mode()
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Nudge control"),
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "in_force": in_force,
            "mode_label": NudgeControl.Mode(in_force.name).label,
            "why": "" if in_force.breaker else WHY.get(in_force.why, ""),
            "breaker": _say_breaker(in_force.breaker),
            "allowed_label": NudgeControl.Mode(get_settings().NUDGE_MODE).label,
            "missing": find_missing("live"),
            "left_today": mails_left_today(in_force, now=now) if in_force.sends else None,
            "last_tick_at": NudgeControl.objects.values_list("last_tick_at", flat=True).first(),
            "is_stopped": in_force.why == "stopped",
            "may_change": self.has_change_permission(request),
            "history": AuditEntry.objects.filter(subject="nudge_control")
            .select_related("actor")
            .order_by("-at", "-pk")[:SHOWN_HISTORY],
        }
        return TemplateResponse(request, "footback/admin/nudge_control.html", context)


def _say_breaker(code: str) -> str:
    """Return why a breaker opened, with its figures; nothing where none did."""
    if not code:
        return ""
    figures = read_control().stopped_figures or {"count": 0, "of": 0}
    return str(BREAKERS[Breaker(code)] % figures)

"""The mail about a pair, before it is due: to read, to see why or why not, to send to oneself."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

from shop_plugin.admin.nudge_ledger import say_gate
from shop_plugin.admin.nudge_reasons import STAGES, name_reason
from shop_plugin.models import NudgeControl
from shop_plugin.services.nudges.mailing import LARGEST_HTML_BYTES, TooLargeError
from shop_plugin.services.nudges.previewing import (
    MailNotSentError,
    MailPreview,
    preview_mail,
    send_test,
)
from shop_plugin.services.shop.languages import offered_languages

VIEW_PERMISSION = "footback.view_nudge_ledger"
SEND_PERMISSION = "footback.send_test_mail"
# The mail carries its style in its elements, which the pages' own policy forbids. It is shown in
# a frame without scripts, forms or an origin of its own, which loads nothing.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'none'; form-action 'none'; "
    "frame-ancestors 'self'; base-uri 'none'; sandbox"
)


class PreviewForm(forms.Form):
    """Which mail about the pair to show."""

    stage = forms.TypedChoiceField(label=_("Stage"), coerce=int, required=False, empty_value=0)
    language = forms.ChoiceField(label=_("Language"), required=False)
    others = forms.BooleanField(
        label=_("With the person's other pairs, as in one mail about several"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = [("", _("the one that comes next"))]
        self.fields["stage"].choices = [*own, *STAGES.items()]
        theirs = [("", _("the person's own"))]
        self.fields["language"].choices = [*theirs, *offered_languages()]


class MailPreviewPage:
    """The page and its frame, mounted by the admin of purchases."""

    def __init__(self, site: AdminSite, opts: Any, media: forms.Media) -> None:
        self._site, self._opts, self._media = site, opts, media

    @method_decorator(never_cache)
    def show(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the mail with what the gates say; with POST, send it to who asks."""
        _require(request, VIEW_PERMISSION)
        form = PreviewForm(request.GET)
        problem = ""
        preview = None
        try:
            preview = _find(request, pk, form)
        except TooLargeError:
            problem = gettext(
                "This mail would be larger than %(most)d KB of HTML, so it would not be sent."
            ) % {"most": LARGEST_HTML_BYTES // 1000}
        if request.method == "POST" and preview is not None:
            return self._send(request, pk, preview)
        context = {
            **self._site.each_context(request),
            "title": gettext("The mail about this pair"),
            "opts": self._opts,
            "media": self._media,
            "form": form,
            "pk": pk,
            "problem": problem,
            "query": request.GET.urlencode(),
            "may_send": request.user.has_perm(SEND_PERMISSION),
            **({} if preview is None else _describe(preview)),
        }
        return TemplateResponse(request, "footback/admin/mail_preview.html", context)

    @method_decorator(never_cache)
    @method_decorator(xframe_options_sameorigin)
    def frame(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Answer with the mail's HTML alone, as a mail client shows it."""
        _require(request, VIEW_PERMISSION)
        try:
            preview = _find(request, pk, PreviewForm(request.GET))
        except TooLargeError as error:
            raise Http404 from error
        response = HttpResponse(preview.letter.html)
        response["Content-Security-Policy"] = MAIL_POLICY
        response["Referrer-Policy"] = "no-referrer"
        return response

    def _send(self, request: HttpRequest, pk: int, preview: MailPreview) -> HttpResponse:
        _require(request, SEND_PERMISSION)
        try:
            send_test(
                purchase_id=pk,
                preview=preview,
                to=getattr(request.user, "email", ""),
                actor_id=request.user.pk,
                now=timezone.now(),
            )
        except MailNotSentError as error:
            text = gettext("No test mail was sent: %(why)s") % {"why": error}
            messages.error(request, text)
        else:
            messages.success(
                request,
                gettext("A test mail is on its way to your own address. It counts for nobody."),
            )
        here = reverse(f"{self._site.name}:footback_purchase_mail", args=[pk])
        return HttpResponseRedirect(f"{here}?{request.GET.urlencode()}")


def _find(request: HttpRequest, pk: int, form: PreviewForm) -> MailPreview:
    chosen = form.cleaned_data if form.is_valid() else {}
    preview = preview_mail(
        purchase_id=pk,
        stage=chosen.get("stage") or 0,
        language=chosen.get("language") or "",
        with_others=bool(chosen.get("others")),
        now=timezone.now(),
    )
    if preview is None:
        raise Http404
    return preview


def _describe(preview: MailPreview) -> dict[str, Any]:
    shut = [verdict for verdict in preview.verdicts if verdict.code]
    if not preview.has_stage:
        says = gettext(
            "Never sent for this pair: it has no such stage. Where the range is too wide to name "
            "an end, only “worth a look” is sent."
        )
    elif shut:
        says = gettext("Would not leave now: %(reason)s.") % {"reason": name_reason(shut[0].code)}
        if shut[0].not_before is not None:
            day = date_format(timezone.localtime(shut[0].not_before), "DATETIME_FORMAT")
            waits = gettext("It waits until %(day)s.") % {"day": day}
            says = f"{says} {waits}"
    else:
        says = gettext("Nothing is against it: on its day it leaves.")
    return {
        "preview": preview,
        "says": says,
        "is_shut": bool(shut) or not preview.has_stage,
        "stage_name": STAGES.get(preview.stage, preview.stage),
        "kilobytes": -(-preview.html_bytes // 1000),
        "mode_label": NudgeControl.Mode(preview.mode.name).label,
        "gates": [say_gate(verdict) for verdict in preview.verdicts],
    }


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied

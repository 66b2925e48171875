"""What readers reported: a queue for staff, the oldest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.listing_screen import find_unit
from shop_plugin.admin.readonly import ReadOnlyAdmin, show_state
from shop_plugin.models import ValueReport
from shop_plugin.services.shopping.listing_page import Fact, get_facts
from shop_plugin.services.staff.value_reports import (
    ANSWERS,
    AlreadyAnswered,
    answer_report,
    open_reports,
)
from shop_plugin.services.words.attributes import attribute_label

_TONES = {
    ValueReport.State.OPEN: "busy",
    ValueReport.State.FIXED: "good",
    ValueReport.State.NOT_WRONG: "good",
    ValueReport.State.CANNOT_TELL: "busy",
}


class StateFilter(admin.SimpleListFilter):
    """By state; what waits is shown unless something else is asked for."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        """Return the answered states, and all."""
        return [
            *((state.value, state.label) for state in ANSWERS),
            ("all", _("all")),
        ]

    def choices(self, changelist: Any) -> Iterable[dict[str, Any]]:
        """Name the first choice for what it shows."""
        first, *others = super().choices(changelist)
        yield {**first, "display": ValueReport.State.OPEN.label}
        yield from others

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ValueReport]
    ) -> QuerySet[ValueReport]:
        """Keep the reports of the chosen state."""
        if self.value() == "all":
            return queryset
        return queryset.filter(state=self.value() or ValueReport.State.OPEN)


@admin.register(ValueReport)
class ValueReportAdmin(ReadOnlyAdmin):
    """The queue; a click opens a report to answer."""

    empty_help = _("Readers report a wrong value on the page of its shoe.")
    list_display = ["fact", "listing", "text", "said", "shown_state", "reported_at"]
    list_filter = [StateFilter]
    list_select_related = ["listing"]
    search_fields = ["text", "listing__title"]
    ordering = ["reported_at", "pk"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow answering to whoever may change reports."""
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one report with its three answers, or take the answer and go to the next."""
        report = self.get_object(request, object_id)
        if report is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_or_change_permission(request, report):
            raise PermissionDenied
        may_answer = self.has_change_permission(request, report)
        if request.method == "POST":
            if not may_answer:
                raise PermissionDenied
            return _answer(request, report)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{self.fact(report)}: {report.listing}",
            "opts": self.opts,
            "media": self.media,
            "report": report,
            "fact": self.fact(report),
            "now": _fact_now(report),
            "may_answer": may_answer and report.state == ValueReport.State.OPEN,
            "answers": [(state.value, state.label) for state in ANSWERS],
            "waiting": open_reports().count(),
        }
        return TemplateResponse(request, "footback/admin/value_report.html", context)

    @admin.display(description=_("fact"), ordering="attribute")
    def fact(self, report: ValueReport) -> str:
        """Return the name of the fact."""
        return str(attribute_label(report.attribute)) if report.attribute else gettext("other")

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, report: ValueReport) -> SafeString:
        """Return the state as a mark."""
        state = ValueReport.State(report.state)
        return show_state(report.state, report.get_state_display(), tone=_TONES[state])


def _fact_now(report: ValueReport) -> Fact | None:
    """Return what is believed of the reported fact by now, and who says it."""
    if not report.attribute:
        return None
    (fact,) = get_facts(report.listing_id, keys=(report.attribute,), unit=find_unit())
    return fact


def _answer(request: HttpRequest, report: ValueReport) -> HttpResponse:
    try:
        answer_report(
            report_id=report.pk,
            answer=request.POST.get("answer", ""),
            note=request.POST.get("note", ""),
            author=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
    except AlreadyAnswered:
        messages.error(request, gettext("Somebody answered this report meanwhile."))
    except ValueError:
        messages.error(request, gettext("Choose one of the answers."))
        return HttpResponseRedirect(request.get_full_path())
    else:
        messages.success(request, gettext("The report is answered."))
    following = open_reports().first()
    if following is None:
        return HttpResponseRedirect(reverse("admin:footback_valuereport_changelist"))
    return HttpResponseRedirect(reverse("admin:footback_valuereport_change", args=[following.pk]))

"""Edits of many listings: the list of them, and one page each, from the form to the undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.bulk_edit_form import BulkEditForm
from shop_plugin.admin.bulk_edit_words import (
    TONES,
    count_gone,
    describe_edit,
    list_counts,
    list_flags,
    list_grades,
    list_left,
    list_samples,
    summarise,
)
from shop_plugin.admin.readonly import ReadOnlyAdmin, show_state
from shop_plugin.admin.workbench import find_unit
from shop_plugin.models import BulkEdit
from shop_plugin.services.staff.bulk_edits.asking import (
    NotNow,
    cancel_edit,
    confirm_edit,
    needs_second_person,
    reopen_edit,
    resume_edit,
    set_operations,
    undo_edit,
)
from shop_plugin.services.staff.bulk_edits.reporting import (
    EditReport,
    NoSuchEdit,
    edits_to_report,
    find_edit,
)
from shop_plugin.services.staff.bulk_edits.working import advance_small_edit
from shop_plugin.services.words.attributes import attribute_label

RUN_PERMISSION = "footback.run_bulkedit"
UNDO_PERMISSION = "footback.undo_bulkedit"
SHOWN_LEFT = 100
TEMPLATE = "footback/admin/bulk_edit.html"
# While one of these lasts, the page asks every second how far it is.
MOVING = (BulkEdit.State.PREVIEWING, BulkEdit.State.WAITING, BulkEdit.State.RUNNING)


@admin.register(BulkEdit)
class BulkEditAdmin(ReadOnlyAdmin):
    """All edits with their state; a click opens the page of one."""

    empty_help = _(
        "Tick shoes in the list of listings and choose “Edit facts of the selected listings”."
    )
    list_display = ["number", "shown_state", "what", "progress", "changed", "author", "created_at"]
    list_display_links = ["number", "what"]
    list_filter = ["state", "kind"]
    list_select_related = ["author"]
    search_fields = ["reason", "criteria"]
    ordering = ["-pk"]

    class Media:
        css = {"all": ["footback/admin.css", "footback/bulk_edits.css"]}

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Let whoever may edit or undo see all edits, too."""
        return (
            super().has_view_permission(request, obj)
            or request.user.has_perm(RUN_PERMISSION)
            or request.user.has_perm(UNDO_PERMISSION)
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show edits on the start page to whoever may see them."""
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave the frozen ids in the database."""
        return edits_to_report()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show one edit as it stands, or do what was sent from its page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            report = find_edit(edit_id=int(object_id), left=SHOWN_LEFT)
        except (ValueError, NoSuchEdit):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if request.method == "POST":
            return self._act(request, report)
        if "progress" in request.GET:
            return JsonResponse(tell_progress(report))
        return self._render(request, report, form=_make_form(report))

    @admin.display(description=_("edit"), ordering="pk")
    def number(self, edit: BulkEdit) -> str:
        """Return the number by which people name it."""
        return str(edit.pk)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, edit: BulkEdit) -> SafeString:
        """Return the state as a mark."""
        tone = TONES[BulkEdit.State(edit.state)]
        return show_state(edit.state, edit.get_state_display(), tone=tone)

    @admin.display(description=_("what"))
    def what(self, edit: BulkEdit) -> str:
        """Return what is done, and why."""
        text = summarise(EditReport.of(edit), unit=find_unit())
        return f"{text} ({edit.reason})" if edit.reason else text

    @admin.display(description=_("listings"))
    def progress(self, edit: BulkEdit) -> str:
        """Return how many listings are done."""
        if edit.cursor in (0, edit.total):
            return show_number(edit.total)
        return gettext("%(done)s of %(total)s") % {
            "done": show_number(edit.cursor),
            "total": show_number(edit.total),
        }

    @admin.display(description=_("changed"))
    def changed(self, edit: BulkEdit) -> str:
        """Return how many listings were changed."""
        count = edit.counts.get("listings", {}).get("changed", 0)
        return show_number(count) if edit.cursor else "–"

    def _act(self, request: HttpRequest, report: EditReport) -> HttpResponse:
        """Do what a button asks for; where it cannot be done any more, say so and show why."""
        doers: dict[str, tuple[str, Callable[[HttpRequest, EditReport], HttpResponse]]] = {
            "preview": (RUN_PERMISSION, self._preview),
            "confirm": (RUN_PERMISSION, self._confirm),
            "reopen": (RUN_PERMISSION, self._reopen),
            "cancel": (RUN_PERMISSION, self._cancel),
            "resume": (RUN_PERMISSION, self._resume),
            "undo": (UNDO_PERMISSION, self._undo),
        }
        name = next((name for name in doers if name in request.POST), None)
        if name is None:
            return self._open(report.edit_id)
        permission, do = doers[name]
        # Whoever may undo may also confirm and stop an undo.
        is_own_undo = report.undo_of is not None and name in ("confirm", "cancel", "resume")
        if not request.user.has_perm(UNDO_PERMISSION if is_own_undo else permission):
            raise PermissionDenied
        try:
            return do(request, report)
        except NotNow:
            messages.error(
                request,
                gettext(
                    "That cannot be done any more: the edit has moved on. This is how it stands."
                ),
            )
            return self._open(report.edit_id)

    def _preview(self, request: HttpRequest, report: EditReport) -> HttpResponse:
        form = BulkEditForm(request.POST)
        if not form.is_valid():
            return self._render(request, report, form=form)
        set_operations(
            edit_id=report.edit_id,
            edits=form.edits(),
            author=request.user,
            reason=form.cleaned_data["reason"],
        )
        advance_small_edit(edit_id=report.edit_id, now=timezone.now())
        return self._open(report.edit_id)

    def _confirm(self, request: HttpRequest, report: EditReport) -> HttpResponse:
        now = timezone.now()
        if not confirm_edit(edit_id=report.edit_id, author=request.user, now=now):
            messages.warning(
                request, gettext("Two persons are needed: somebody else must confirm this edit.")
            )
        advance_small_edit(edit_id=report.edit_id, now=now)
        return self._open(report.edit_id)

    def _reopen(self, request: HttpRequest, report: EditReport) -> HttpResponse:
        reopen_edit(edit_id=report.edit_id)
        return self._open(report.edit_id)

    def _cancel(self, request: HttpRequest, report: EditReport) -> HttpResponse:
        cancel_edit(edit_id=report.edit_id, author=request.user, now=timezone.now())
        return self._open(report.edit_id)

    def _resume(self, request: HttpRequest, report: EditReport) -> HttpResponse:
        resume_edit(edit_id=report.edit_id, author=request.user, now=timezone.now())
        return self._open(report.edit_id)

    def _undo(self, request: HttpRequest, report: EditReport) -> HttpResponse:
        now = timezone.now()
        reason = request.POST.get("reason", "").strip()
        undo_id = undo_edit(edit_id=report.edit_id, author=request.user, now=now, reason=reason)
        advance_small_edit(edit_id=undo_id, now=now)
        return self._open(undo_id)

    def _open(self, edit_id: int) -> HttpResponse:
        name = f"{self.admin_site.name}:footback_bulkedit_change"
        return HttpResponseRedirect(reverse(name, args=[edit_id]))

    def _render(
        self, request: HttpRequest, report: EditReport, *, form: BulkEditForm
    ) -> HttpResponse:
        unit = find_unit()
        state = BulkEdit.State(report.state)
        is_previewed = state == BulkEdit.State.PREVIEWED
        counts = report.preview if is_previewed else report.counts
        columns, rows = list_grades(counts)
        may_run = request.user.has_perm(UNDO_PERMISSION if report.undo_of else RUN_PERMISSION)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Bulk edit %(number)d") % {"number": report.edit_id},
            "opts": self.opts,
            "media": self.media,
            "report": report,
            "state": state,
            "state_mark": show_state(state, state.label, tone=TONES[state]),
            "is_moving": state in MOVING,
            "is_form": state == BulkEdit.State.DRAFT and report.kind == BulkEdit.Kind.OPERATIONS,
            "is_previewed": is_previewed,
            "is_over": state
            in (BulkEdit.State.DONE, BulkEdit.State.CANCELLED, BulkEdit.State.FAILED),
            "progress": tell_progress(report),
            "form": form,
            "operations": [
                (attribute_label(edit.attribute), describe_edit(edit, unit=unit))
                for edit in report.edits
            ],
            "counts": list_counts(report, counts, unit=unit),
            "listings": counts.get("listings", {}),
            "gone": count_gone(counts),
            "grade_columns": columns,
            "grade_rows": rows,
            "flags": list_flags(counts),
            "samples": list_samples(report.preview.get("samples", []), unit=unit),
            "left": list_left(report),
            "left_total": sum(counts.get("reasons", {}).values()),
            "may_run": may_run,
            "needs_other": needs_second_person(author_id=report.author_id, person=request.user),
            "may_undo": request.user.has_perm(UNDO_PERMISSION),
            "may_reopen": report.kind == BulkEdit.Kind.OPERATIONS,
        }
        return TemplateResponse(request, TEMPLATE, context)


def show_number(number: int) -> str:
    """Return a whole number with the reader's separators."""
    return number_format(number, force_grouping=True)


def tell_progress(report: EditReport) -> dict[str, Any]:
    """Return how far an edit is: for the page, and for the script that keeps it current."""
    return {
        "state": report.state,
        "percent": report.percent,
        "text": _describe_progress(report),
        "cancelling": report.is_cancel_asked,
    }


def _describe_progress(report: EditReport) -> str:
    if report.is_cancel_asked and report.state == BulkEdit.State.RUNNING:
        return gettext("Stopping after the listings that are being done now.")
    if report.state == BulkEdit.State.WAITING:
        return gettext("Waits for its turn. Edits are done one after another.")
    done, total = report.done, report.total
    if report.state == BulkEdit.State.PREVIEWING:
        done, total = report.preview_done, report.preview_total
    words = ngettext("%(done)s of %(total)s listing", "%(done)s of %(total)s listings", total) % {
        "done": f"{done:,}",
        "total": f"{total:,}",
    }
    return f"{words} ({report.percent} %)"


def _make_form(report: EditReport) -> BulkEditForm:
    return BulkEditForm(said=report.edits, initial={"reason": report.reason})

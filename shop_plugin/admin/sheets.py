"""Spreadsheets of facts: the work list out, a filled-in sheet in, its dry run, and the decision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    QueryDict,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.readonly import ReadOnlyAdmin, show_state
from shop_plugin.conf import get_settings, load_sheet_format
from shop_plugin.models import SheetImport, SheetImportRow
from shop_plugin.services.staff.bulk_edits.reporting import find_edit
from shop_plugin.services.staff.sheets.export import usual_delimiter, write_facts_sheet
from shop_plugin.services.staff.sheets.handing import NothingChosen, confirm_sheet
from shop_plugin.services.staff.sheets.imports import (
    choose_rows,
    discard_sheet,
    take_in_sheet,
)
from shop_plugin.services.staff.sheets.reporting import (
    NoSuchSheet,
    SheetReport,
    find_sheet,
    list_rows,
    write_refused_rows,
)

SHOWN_ROWS = 100
# Listings that are written while a browser waits; a command writes any number.
MOST_EXPORTED = {"xlsx": 20_000, "csv": 50_000}
RUN_PERMISSION = "footback.run_bulkedit"
TONES = {
    SheetImport.State.CHECKING: "busy",
    SheetImport.State.CHECKED: "busy",
    SheetImport.State.UNUSABLE: "bad",
    SheetImport.State.CONFIRMED: "good",
    SheetImport.State.DISCARDED: "quiet",
}
_KINDS = {kind.value: kind for kind in SheetImportRow.Kind}


class ExportForm(forms.Form):
    """How to write the sheet."""

    format = forms.ChoiceField(
        label=_("File"),
        choices=[("xlsx", _("Workbook (XLSX), with lists to choose from")), ("csv", _("CSV"))],
        initial="xlsx",
        widget=forms.RadioSelect,
    )
    delimiter = forms.ChoiceField(
        label=_("Between the cells of a CSV file"),
        required=False,
        choices=[(",", _("comma")), (";", _("semicolon")), ("\t", _("tab"))],
        help_text=_("Spreadsheet programs expect a semicolon where decimals have a comma."),
    )
    mark = forms.BooleanField(
        label=_("Begin a CSV file with a mark for Excel"),
        required=False,
        initial=True,
        help_text=_("Without it Excel takes ä, é and ñ for other characters."),
    )


class UploadForm(forms.Form):
    """The file, and how it is written where it does not say so itself."""

    file = forms.FileField(label=_("Spreadsheet (XLSX or CSV)"))
    encoding = forms.ChoiceField(
        label=_("Characters of a CSV file"),
        required=False,
        choices=[
            ("", _("UTF-8, or as the file says")),
            ("cp1252", _("Windows-1252 (Excel without UTF-8)")),
            ("mac_roman", "Mac OS Roman"),
            ("utf-16", "UTF-16"),
        ],
    )


class SheetExports:
    """What the list of listings offers: itself, or what is selected in it, as a spreadsheet."""

    admin_site: admin.AdminSite
    opts: Any
    media: Any

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses of the list, with that of its export before them."""
        page = self.admin_site.admin_view(self.export_view)  # type: ignore[arg-type]
        own = [path("export/", page, name="footback_listing_export")]
        return own + super().get_urls()  # type: ignore[misc, no-any-return]

    def export_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """Ask how to write the list with its filters, and write it."""
        if not self.has_view_or_change_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        query = request.GET.copy()
        asked = {name: query.pop(name)[0] for name in ExportForm.base_fields if name in query}
        try:
            listed = self._listed(request, query)
        except IncorrectLookupParameters:
            # As the list itself answers an address that means nothing.
            url = reverse(f"{self.admin_site.name}:footback_listing_changelist")
            return HttpResponseRedirect(f"{url}?{ERROR_FLAG}=1")
        count = listed.get_queryset(request).count()
        if "format" in asked:
            form = ExportForm(asked)
            if form.is_valid():
                chosen = form.cleaned_data
                if too_many := _say_too_many(count, chosen["format"]):
                    form.add_error("format", too_many)
                else:
                    return send_sheet(
                        listed.get_queryset(request).values_list("pk", flat=True).iterator(),
                        format_name=chosen["format"],
                        delimiter=chosen["delimiter"],
                        has_mark=chosen["mark"],
                    )
        else:
            form = ExportForm(initial={"delimiter": usual_delimiter(get_language() or "en")})
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Export facts"),
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "filters": [(name, value) for name, values in query.lists() for value in values],
            "count": count,
            "query": query.urlencode(),
        }
        return TemplateResponse(request, "footback/admin/sheet_export.html", context)

    def _listed(self, request: HttpRequest, query: QueryDict) -> ChangeList:
        """Return the list as its own page would show it with these filters."""
        request.GET = query  # type: ignore[assignment]
        return self.get_changelist_instance(request)  # type: ignore[attr-defined, no-any-return]

    @admin.action(description=_("Export facts of the selected listings (XLSX)"))
    def export_xlsx(self, request: HttpRequest, queryset: Any) -> HttpResponseBase | None:
        """Write the selected listings into a workbook."""
        return _send_selected(request, queryset, "xlsx")

    @admin.action(description=_("Export facts of the selected listings (CSV)"))
    def export_csv(self, request: HttpRequest, queryset: Any) -> HttpResponseBase | None:
        """Write the selected listings into a CSV file as spreadsheets of the language read it."""
        return _send_selected(request, queryset, "csv")

    export_xlsx.allowed_permissions = ["view"]  # type: ignore[attr-defined]
    export_csv.allowed_permissions = ["view"]  # type: ignore[attr-defined]


def _send_selected(
    request: HttpRequest, queryset: Any, format_name: str
) -> StreamingHttpResponse | None:
    if too_many := _say_too_many(queryset.count(), format_name):
        messages.error(request, too_many)
        return None
    ids = queryset.values_list("pk", flat=True).iterator()
    return send_sheet(ids, format_name=format_name)


def _say_too_many(count: int, format_name: str) -> str:
    most = MOST_EXPORTED[format_name]
    if count <= most:
        return ""
    return gettext(
        "These are more than %(most)d listings. Filter the list, or run manage.py "
        "footback_export_facts, which writes any number."
    ) % {"most": most}


def send_sheet(
    listing_ids: Iterable[int],
    *,
    format_name: str,
    delimiter: str = "",
    has_mark: bool = True,
) -> StreamingHttpResponse:
    """Return a download of these listings, written while it is sent."""
    pieces = write_facts_sheet(
        listing_ids=listing_ids,
        format_name=format_name,
        delimiter=delimiter,
        has_mark=has_mark,
    )
    return _download(pieces, format_name, f"footback-facts-{timezone.localdate():%Y-%m-%d}")


def _download(pieces: Iterable[bytes], format_name: str, name: str) -> StreamingHttpResponse:
    file_format = load_sheet_format(format_name)
    response = StreamingHttpResponse(pieces, content_type=file_format.content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}{file_format.suffix}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@admin.register(SheetImport)
class SheetImportAdmin(ReadOnlyAdmin):
    """The sheets that were handed in; each has a page with what was found in it."""

    change_list_template = "footback/admin/sheet_list.html"
    empty_help = _(
        "Export facts from the list of listings, fill them in with a spreadsheet program, and "
        "hand the file in here."
    )
    list_display = ["file_name", "shown_state", "author", "created_at"]
    list_filter = ["state"]
    list_select_related = ["author"]
    ordering = ["-pk"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave the files themselves in the database."""
        return super().get_queryset(request).defer("content")

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow handing in and deciding to whoever may change listings."""
        return request.user.has_perm("footback.change_listing")

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow looking to whoever may hand in, or may view sheets."""
        return self.has_change_permission(request) or super().has_view_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses with those of handing in and of the refused rows."""
        view = self.admin_site.admin_view
        own = [
            path("import/", view(self.upload_view), name="footback_sheetimport_upload"),
            path(
                "<int:sheet_id>/refused.csv",
                view(self.refused_view),
                name="footback_sheetimport_refused",
            ),
        ]
        return own + super().get_urls()

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, sheet: SheetImport) -> Any:
        """Return the state as a mark."""
        state = SheetImport.State(sheet.state)
        return show_state(sheet.state, state.label, tone=TONES[state])

    def upload_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file in, and show what was found in it."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            sheet_id = take_in_sheet(
                file=file,
                file_name=file.name,
                author=request.user,
                now=timezone.now(),
                encoding=form.cleaned_data["encoding"],
            )
            return HttpResponseRedirect(self._address(sheet_id))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Import facts"),
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "most_megabytes": get_settings().SHEET_MOST_MEGABYTES,
            "most_rows": number_format(get_settings().SHEET_MOST_ROWS, force_grouping=True),
        }
        return TemplateResponse(request, "footback/admin/sheet_upload.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show what was found in a sheet, or do what was decided about it."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        sheet = _find(object_id)
        if request.method == "POST":
            if not self.has_change_permission(request):
                raise PermissionDenied
            return self._decide(request, sheet)
        return self._show(request, sheet)

    def refused_view(self, request: HttpRequest, sheet_id: int) -> StreamingHttpResponse:
        """Send the rows that cannot be used, to correct and hand in again."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        sheet = _find(sheet_id)
        name = f"footback-refused-{sheet.sheet_id}"
        return _download(write_refused_rows(sheet_id=sheet.sheet_id), "csv", name)

    def _show(self, request: HttpRequest, sheet: SheetReport) -> HttpResponse:
        kind = _KINDS.get(request.GET.get("show", ""), _first_kind(sheet))
        after = request.GET.get("after", "")
        rows = list_rows(
            sheet_id=sheet.sheet_id,
            kind=kind.value,
            after_line=int(after) if after.isdecimal() and len(after) < 9 else 0,
            limit=SHOWN_ROWS + 1,
        )
        context = {
            **self.admin_site.each_context(request),
            "title": sheet.file_name,
            "opts": self.opts,
            "media": self.media,
            "sheet": sheet,
            "tone": TONES[SheetImport.State(sheet.state)],
            "kind": kind.value,
            "edit": find_edit(edit_id=sheet.bulk_edit_id) if sheet.bulk_edit_id else None,
            "rows": rows[:SHOWN_ROWS],
            "next_line": rows[SHOWN_ROWS - 1].line if len(rows) > SHOWN_ROWS else None,
            "is_paged": bool(after),
            "may_decide": self.has_change_permission(request),
            "may_import": request.user.has_perm(RUN_PERMISSION),
        }
        return TemplateResponse(request, "footback/admin/sheet.html", context)

    def _decide(self, request: HttpRequest, sheet: SheetReport) -> HttpResponse:
        if "discard" in request.POST:
            if discard_sheet(sheet_id=sheet.sheet_id, now=timezone.now()):
                messages.success(request, gettext("The sheet was given up. Nothing was changed."))
            return HttpResponseRedirect(
                reverse(f"{self.admin_site.name}:footback_sheetimport_changelist")
            )
        if "all" in request.POST:
            choose_rows(sheet_id=sheet.sheet_id)
        elif shown := _numbers(request.POST.getlist("shown")):
            chosen = _numbers(request.POST.getlist("chosen"))
            choose_rows(sheet_id=sheet.sheet_id, shown=shown, chosen=chosen)
        if "confirm" in request.POST:
            return self._confirm(request, sheet)
        if "next" in request.POST and (after := request.POST["next"]).isdecimal():
            return HttpResponseRedirect(
                f"{self._address(sheet.sheet_id)}?show=change&after={after}"
            )
        messages.success(request, gettext("The choice is kept."))
        return HttpResponseRedirect(request.get_full_path())

    def _confirm(self, request: HttpRequest, sheet: SheetReport) -> HttpResponse:
        if not request.user.has_perm(RUN_PERMISSION):
            raise PermissionDenied
        try:
            handed = confirm_sheet(sheet_id=sheet.sheet_id, author=request.user, now=timezone.now())
        except NothingChosen:
            messages.error(
                request,
                gettext(
                    "Nothing was imported: no row is chosen, or the sheet was decided already."
                ),
            )
            return HttpResponseRedirect(self._address(sheet.sheet_id))
        if handed.needs_second_person:
            messages.warning(
                request, gettext("Two persons are needed: somebody else must confirm this edit.")
            )
        else:
            count = find_sheet(sheet_id=sheet.sheet_id).chosen
            text = ngettext(
                "%(count)d row is imported, or will be in a moment; here is how far it is.",
                "%(count)d rows are imported, or will be in a moment; here is how far they are.",
                count,
            )
            messages.success(request, text % {"count": count})
        return HttpResponseRedirect(
            reverse(f"{self.admin_site.name}:footback_bulkedit_change", args=[handed.edit_id])
        )

    def _address(self, sheet_id: int) -> str:
        return reverse(f"{self.admin_site.name}:footback_sheetimport_change", args=[sheet_id])


def _find(sheet_id: int | str) -> SheetReport:
    try:
        return find_sheet(sheet_id=int(sheet_id))
    except (NoSuchSheet, ValueError, OverflowError):
        _not_found()


def _not_found() -> NoReturn:
    raise Http404(gettext("This sheet is not there any more."))


def _first_kind(sheet: SheetReport) -> SheetImportRow.Kind:
    """Return what to show first: what was refused needs a person, then what changed meanwhile."""
    if sheet.changes:
        return SheetImportRow.Kind.CHANGE
    return SheetImportRow.Kind.REFUSED if sheet.refused else SheetImportRow.Kind.CONFLICT


def _numbers(texts: Iterable[str]) -> list[int]:
    return [int(text) for text in texts if text.isdecimal() and len(text) < 9]

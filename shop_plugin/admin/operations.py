"""Runs of long work with their refused rows."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.readonly import ReadOnlyAdmin, show_json, show_state
from shop_plugin.models import JobRun, RefusedRow

SHOWN_REFUSED_ROWS = 50
TONES = {
    JobRun.State.RUNNING: "busy",
    JobRun.State.DONE: "good",
    JobRun.State.FAILED: "bad",
}


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    """Imports, syncs, readings and ticks: how far they came and what they did."""

    list_display = ["kind", "shown_state", "source", "file_name", "progress", "started_at", "took"]
    list_filter = ["kind", "state"]
    search_fields = ["file_name", "source"]
    date_hierarchy = "started_at"
    ordering = ["-started_at"]
    fields = [
        "kind",
        "shown_state",
        "source",
        "file_name",
        "progress",
        "started_at",
        "finished_at",
        "took",
        "error",
        "shown_counts",
        "refused",
    ]
    readonly_fields = fields

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, run: JobRun) -> SafeString:
        """Return the state as a mark."""
        return show_state(run.state, run.get_state_display(), tone=TONES[JobRun.State(run.state)])

    @admin.display(description=_("progress"))
    def progress(self, run: JobRun) -> str:
        """Return what was done so far, in words."""
        parts = []
        if run.lines_done:
            parts.append(
                ngettext("%(count)d line", "%(count)d lines", run.lines_done)
                % {"count": run.lines_done}
            )
        parts += [f"{name.replace('_', ' ')} {count}" for name, count in _numbers(run.counts)]
        return ", ".join(parts) or "–"

    @admin.display(description=_("took"))
    def took(self, run: JobRun) -> str:
        """Return how long the run took, or runs by now."""
        if run.finished_at is None:
            if run.state != JobRun.State.RUNNING:
                return "–"
            return gettext("since %(time)s") % {
                "time": timesince(run.started_at, timezone.now(), depth=1)
            }
        seconds = (run.finished_at - run.started_at).total_seconds()
        if seconds < 60:
            return gettext("%(seconds).1f s") % {"seconds": seconds}
        return timesince(run.started_at, run.finished_at)

    @admin.display(description=_("what it did"))
    def shown_counts(self, run: JobRun) -> SafeString:
        """Return the counts as they were stored."""
        return show_json(run.counts)

    @admin.display(description=_("refused rows"))
    def refused(self, run: JobRun) -> SafeString | str:
        """Return the first refused rows, and a link to all of them where there are more."""
        rows = list(run.refused_rows.order_by("line", "pk")[: SHOWN_REFUSED_ROWS + 1])
        if not rows:
            return gettext("none")
        table = format_html(
            '<table class="fba-rows"><thead><tr><th scope="col">{}</th><th scope="col">{}</th>'
            '<th scope="col">{}</th><th scope="col">{}</th></tr></thead><tbody>{}</tbody></table>',
            _("line"),
            _("field"),
            _("reason"),
            _("the row"),
            format_html_join(
                "",
                "<tr><td>{}</td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
                (
                    (row.line, row.field or "–", row.reason, row.raw[:160])
                    for row in rows[:SHOWN_REFUSED_ROWS]
                ),
            ),
        )
        if len(rows) <= SHOWN_REFUSED_ROWS:
            return table
        url = reverse(f"{self.admin_site.name}:footback_refusedrow_changelist")
        return format_html(
            '{}<p><a href="{}?run__id__exact={}">{}</a></p>',
            table,
            url,
            run.pk,
            _("Show all refused rows"),
        )


def _numbers(counts: object) -> list[tuple[str, int]]:
    if not isinstance(counts, dict):
        return []
    return [
        (name, count)
        for name, count in counts.items()
        if isinstance(count, int) and not isinstance(count, bool) and count
    ]


@admin.register(RefusedRow)
class RefusedRowAdmin(ReadOnlyAdmin):
    """Rows of imports that could not be used: where they stood and why."""

    list_display = ["run", "line", "field", "code", "reason"]
    list_filter = ["code"]
    list_select_related = ["run"]
    search_fields = ["reason", "raw"]
    ordering = ["-run", "line"]
    fields = ["run", "line", "field", "code", "reason", "raw"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the link from a run to its rows."""
        return lookup == "run__id__exact" or super().lookup_allowed(lookup, value, request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Keep it off the index: one comes here from a run."""
        return False

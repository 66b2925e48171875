"""Webhooks, in and out: what hosts pushed, what targets were told, and what waits for a person."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.people import ERASE_PERMISSION, EraseForm
from shop_plugin.admin.readonly import ReadOnlyAdmin, show_json, show_state
from shop_plugin.models import Contact, HostEvent, HostNews, NewsTarget
from shop_plugin.services.intake.host_deliveries import list_refusals
from shop_plugin.services.intake.host_events import ERASE_SHOP, EXPORT_OF, confirm_held, try_again
from shop_plugin.services.transport.news_sending import switch_on

_EVENT_TONES = {
    HostEvent.State.WAITING: "busy",
    HostEvent.State.APPLIED: "good",
    HostEvent.State.IGNORED: "quiet",
    HostEvent.State.HELD: "busy",
    HostEvent.State.REFUSED: "bad",
    HostEvent.State.FAILED: "bad",
}
_NEWS_TONES = {
    HostNews.State.WAITING: "busy",
    HostNews.State.SENT: "good",
    HostNews.State.GIVEN_UP: "bad",
}


class _ActsOnly(ReadOnlyAdmin):
    """A list to read, with acts for who may change; no row is edited by hand."""

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow the acts to whoever may change these rows."""
        return obj is None and admin.ModelAdmin.has_change_permission(self, request)


@admin.register(HostEvent)
class HostEventAdmin(_ActsOnly):
    """What hosts pushed. The bodies are never shown: they hold addresses."""

    change_list_template = "footback/admin/host_event_list.html"
    empty_help = _("Hosts that push are named in the setting WEBHOOKS.")
    list_display = ["received_at", "connection", "topic", "shown_state", "attempts", "did", "error"]
    list_filter = ["state", "connection", "topic"]
    search_fields = ["=delivery_id"]
    search_help_text = _("A delivery id in full")
    date_hierarchy = "received_at"
    ordering = ["-received_at", "-pk"]
    actions = ["try_again"]
    fields = [
        "connection",
        "topic",
        "delivery_id",
        "shown_state",
        "to_do",
        "error",
        "attempts",
        "not_before",
        "sent_at",
        "received_at",
        "finished_at",
        "shown_counts",
        "keeps_body",
        "body_digest",
        "confirmed_by",
    ]
    readonly_fields = fields

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say above the list what was refused and is not in it."""
        more = {"refusals": list_refusals(now=timezone.now())}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> QuerySet[HostEvent]:
        """Leave the bodies where they are."""
        return super().get_queryset(request).defer("body")

    def get_urls(self) -> list[URLPattern]:
        """Add the page that lets a held webhook be carried out."""
        confirm = self.admin_site.admin_view(self.confirm_view)
        own = path("<int:pk>/confirm/", confirm, name="footback_hostevent_confirm")
        return [own, *super().get_urls()]

    @admin.action(description=_("Try again"), permissions=["change"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[HostEvent]) -> None:
        """Let failed and unreadable webhooks wait anew, where their bodies are still there."""
        chosen = list(queryset.values_list("pk", flat=True))
        # The admin lets nobody in who is not logged in; the stubs allow for strangers.
        count = try_again(event_ids=chosen, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
        text = ngettext(
            "%(count)d webhook is tried again in the next round.",
            "%(count)d webhooks are tried again in the next round.",
            count,
        )
        messages.success(request, text % {"count": count})
        if len(chosen) > count:
            messages.warning(
                request, _("The others did not fail, or their content is not kept any more.")
            )

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then let a held webhook be carried out or be called done."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        event = self.get_queryset(request).filter(pk=pk, state=HostEvent.State.HELD).first()
        if event is None:
            raise Http404
        source = str(event.counts.get(ERASE_SHOP, ""))
        if source and not request.user.has_perm(ERASE_PERMISSION):
            raise PermissionDenied
        form = EraseForm(request.POST or None) if source else None
        if request.method == "POST" and (form is None or form.is_valid()):
            # As above: whoever comes here is logged in.
            confirm_held(event_id=pk, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
            text = _("The erasure has begun.") if source else _("Done.")
            messages.success(request, text)
            return HttpResponseRedirect(
                reverse(f"{self.admin_site.name}:footback_hostevent_changelist")
            )
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("A webhook that waits for a person"),
            "opts": self.opts,
            "media": self.media,
            "event": event,
            "form": form,
            "source": source,
            "customers": Contact.objects.filter(source=source, erased_at=None).count(),
            "contacts": self._contacts(event),
        }
        return TemplateResponse(request, "footback/admin/host_event_confirm.html", context)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, event: HostEvent) -> SafeString:
        """Return the state as a mark."""
        tone = _EVENT_TONES[HostEvent.State(event.state)]
        return show_state(event.state, event.get_state_display(), tone=tone)

    @admin.display(description=_("what it did"))
    def did(self, event: HostEvent) -> str:
        """Return the counts in a line."""
        counts = event.counts if isinstance(event.counts, dict) else {}
        told = [f"{name.replace('_', ' ')} {n}" for name, n in counts.items() if isinstance(n, int)]
        return ", ".join(told) or "–"

    @admin.display(description=_("what it did"))
    def shown_counts(self, event: HostEvent) -> SafeString:
        """Return the counts as they were stored."""
        return show_json(event.counts)

    @admin.display(description=_("content is kept"), boolean=True)
    def keeps_body(self, event: HostEvent) -> bool:
        """Tell whether it can be tried again."""
        return HostEvent.objects.filter(pk=event.pk, body__isnull=False).exists()

    @admin.display(description=_("to do"))
    def to_do(self, event: HostEvent) -> SafeString | str:
        """Return what waits for a person, with the way there."""
        if event.state != HostEvent.State.HELD:
            return "–"
        link = format_html(
            '<a href="{}">{}</a>',
            reverse(f"{self.admin_site.name}:footback_hostevent_confirm", args=[event.pk]),
            _("Look and confirm"),
        )
        return link

    def _contacts(self, event: HostEvent) -> SafeString:
        """Return links to the people about whom the host asks."""
        known = Contact.objects.filter(pk__in=event.counts.get(EXPORT_OF, ()), erased_at=None)
        return format_html_join(
            ", ",
            '<a href="{}">{}</a>',
            (
                (reverse(f"{self.admin_site.name}:footback_contact_change", args=[item.pk]), item)
                for item in known.order_by("pk")
            ),
        )


@admin.register(HostNews)
class HostNewsAdmin(ReadOnlyAdmin):
    """What targets were told, and what waits to be."""

    empty_help = _("Programs that are told of changes are named in WEBHOOK_TARGETS.")
    list_display = ["created_at", "target", "kind", "subject", "shown_state", "attempts"]
    list_display += ["last_code", "finished_at"]
    list_filter = ["state", "target", "kind"]
    search_fields = ["=subject"]
    search_help_text = _("A subject in full")
    date_hierarchy = "created_at"
    ordering = ["-created_at", "-pk"]
    fields = ["uuid", *list_display, "not_before"]
    readonly_fields = fields

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, news: HostNews) -> SafeString:
        """Return the state as a mark."""
        tone = _NEWS_TONES[HostNews.State(news.state)]
        return show_state(news.state, news.get_state_display(), tone=tone)


@admin.register(NewsTarget)
class NewsTargetAdmin(_ActsOnly):
    """How each target is doing; one that was switched off is switched on here."""

    empty_help = _("Programs that are told of changes are named in WEBHOOK_TARGETS.")
    list_display = ["name", "failures", "failing_since", "paused_until", "off_since"]
    list_display += ["last_code", "last_success_at"]
    ordering = ["name"]
    actions = ["switch_on"]
    fields = list_display
    readonly_fields = fields

    @admin.action(description=_("Switch on and try at once"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[NewsTarget]) -> None:
        """Let targets that are off or rest be tried again."""
        count = switch_on(
            target_ids=list(queryset.values_list("pk", flat=True)),
            # As above: whoever comes here is logged in.
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        text = ngettext(
            "%(count)d target is tried in the next round.",
            "%(count)d targets are tried in the next round.",
            count,
        )
        messages.success(request, text % {"count": count})

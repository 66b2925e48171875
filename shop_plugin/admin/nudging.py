"""Purchases, what is due about them, and the outbox: to read, and to see why or why not."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.filters import CategoryFilter
from shop_plugin.admin.mail_preview import VIEW_PERMISSION as PREVIEW_PERMISSION
from shop_plugin.admin.mail_preview import MailPreviewPage
from shop_plugin.admin.nudge_filters import ReasonFilter, StageFilter
from shop_plugin.admin.nudge_ledger import PERMISSION as LEDGER_PERMISSION
from shop_plugin.admin.nudge_ledger import LedgerPage
from shop_plugin.admin.nudge_reasons import name_reason, name_stage
from shop_plugin.admin.people import MaskedSearch
from shop_plugin.admin.readonly import ReadOnlyAdmin, ReadOnlyInline, show_json, show_state
from shop_plugin.domain.mail_addresses import mask_address
from shop_plugin.models import Attempt, Message, Nudge, Purchase, WebhookEvent

GOOD, BUSY, BAD, QUIET = "good", "busy", "bad", "quiet"
NUDGE_TONES = {
    Nudge.State.DUE: BUSY,
    Nudge.State.QUEUED: BUSY,
    Nudge.State.SENT: GOOD,
    Nudge.State.UNCERTAIN: BAD,
    Nudge.State.FAILED: BAD,
    Nudge.State.ABANDONED: BAD,
    Nudge.State.SKIPPED: QUIET,
    Nudge.State.CANCELLED: QUIET,
}
MESSAGE_TONES = {
    Message.State.READY: BUSY,
    Message.State.CLAIMED: BUSY,
    Message.State.HANDING: BUSY,
    Message.State.SENT: GOOD,
    Message.State.RETRY_WAIT: BUSY,
    Message.State.UNCERTAIN: BAD,
    Message.State.FAILED: BAD,
    Message.State.CANCELLED: QUIET,
    Message.State.EXPIRED: QUIET,
    Message.State.ABANDONED: BAD,
}

REPORT_TONES = {
    WebhookEvent.Fate.DELIVERED: GOOD,
    WebhookEvent.Fate.SOFT_BOUNCED: BUSY,
    WebhookEvent.Fate.UNSUBSCRIBED: QUIET,
}


class NudgeInline(ReadOnlyInline):
    """What was or will be said about the pair."""

    model = Nudge
    fields = ["shown_stage", "cycle", "state", "why", "due_on", "not_before", "message"]
    readonly_fields = fields
    ordering = ["cycle", "stage"]

    @admin.display(description=_("stage"))
    def shown_stage(self, nudge: Nudge) -> str:
        """Return the stage in words."""
        return name_stage(nudge.stage)

    @admin.display(description=_("why"), empty_value="–")
    def why(self, nudge: Nudge) -> str:
        """Return the reason in words."""
        return name_reason(nudge.reason)


@admin.register(Purchase)
class PurchaseAdmin(MaskedSearch, ReadOnlyAdmin):
    """Pairs that were bought: since when they are worn and how long they may last."""

    change_form_template = "footback/admin/purchase.html"

    empty_help = _("Purchases come from the shop’s orders: footback_sync, an import, or the API.")
    list_display = [
        "title",
        "contact",
        "status",
        "shown_quantity",
        "wear_start_on",
        "shown_life",
        "next_due_on",
    ]
    list_filter = ["status", CategoryFilter, "is_gift"]
    list_select_related = ["contact"]
    search_fields = ["=order_id", "=external_id", "=contact__external_id", "title"]
    search_help_text = _("An order, line or customer number in full, or words of the title")
    ordering = ["-pk"]
    inlines = [NudgeInline]
    fields = [
        "title",
        "shown_listing",
        "contact",
        ("source", "external_id", "order_id"),
        ("status", "shown_quantity", "is_gift", "size", "use_category"),
        ("ordered_at", "fulfilled_at", "delivered_at"),
        ("wear_start_on", "wear_start_basis", "days_per_week"),
        ("is_kept", "pairs_in_rotation"),
        "shown_life",
        "shown_inputs",
        ("next_stage", "next_due_on", "snoozed_until", "cycle"),
    ]
    readonly_fields = ["shown_listing", "shown_quantity", "shown_life", "shown_inputs"]

    def get_urls(self) -> list[URLPattern]:
        """Add the page that shows the mail about a pair, and the frame it stands in."""
        page = MailPreviewPage(self.admin_site, self.opts, self.media)
        own = self.admin_site.admin_view
        return [
            path("<int:pk>/mail/", own(page.show), name="footback_purchase_mail"),
            path("<int:pk>/mail/html/", own(page.frame), name="footback_purchase_mail_html"),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Offer the mail about the pair to whoever may see it."""
        context |= {"may_see_mail": request.user.has_perm(PREVIEW_PERMISSION)}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("pairs in use"))
    def shown_quantity(self, purchase: Purchase) -> str:
        """Return how many pairs are left of those bought."""
        left = max(purchase.quantity - purchase.quantity_returned, 0)
        if not purchase.quantity_returned:
            return str(left)
        return gettext("%(left)d of %(bought)d") % {"left": left, "bought": purchase.quantity}

    @admin.display(description=_("expected life"))
    def shown_life(self, purchase: Purchase) -> str:
        """Return the expected life in days, as the range it is."""
        if purchase.life_low_days is None or purchase.life_high_days is None:
            return "–"
        return gettext("%(low)d to %(high)d days") % {
            "low": purchase.life_low_days,
            "high": purchase.life_high_days,
        }

    @admin.display(description=_("how the life was estimated"))
    def shown_inputs(self, purchase: Purchase) -> SafeString:
        """Return the inputs of the estimate."""
        return show_json(purchase.life_inputs)

    @admin.display(description=_("shoe"))
    def shown_listing(self, purchase: Purchase) -> SafeString | str:
        """Return a link to the listing's own screen."""
        if purchase.listing_id is None:
            return gettext("not in the catalogue")
        url = reverse(f"{self.admin_site.name}:footback_listing_change", args=[purchase.listing_id])
        return format_html('<a href="{}">{}</a>', url, purchase.title or purchase.listing_id)


@admin.register(Nudge)
class NudgeAdmin(ReadOnlyAdmin):
    """One thing to say about one pair, once; and why it was not said, where it was not."""

    change_list_template = "footback/admin/nudge_list.html"

    empty_help = _(
        "The job writes a note when a pair is due; the outlook under “Nudge control” says when."
    )
    list_display = ["purchase", "shown_stage", "cycle", "shown_state", "why", "due_on", "message"]
    list_filter = ["state", StageFilter, ReasonFilter]
    list_select_related = ["purchase", "message"]
    search_fields = ["=purchase__order_id", "=purchase__external_id"]
    search_help_text = _("An order or line number in full")
    ordering = ["-pk"]
    fields = [
        "purchase",
        ("shown_stage", "cycle"),
        ("shown_state", "why"),
        ("due_on", "not_before"),
        "message",
        "created_at",
    ]
    readonly_fields = ["shown_stage", "shown_state", "why"]

    def get_urls(self) -> list[URLPattern]:
        """Add the page that tells of one person why something was sent or not."""
        page = LedgerPage(self.admin_site, self.opts, self.media)
        view = self.admin_site.admin_view(page.show)
        return [path("ledger/", view, name="footback_nudge_ledger"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Offer the page about one person to whoever may see it."""
        may = {"may_see_ledger": request.user.has_perm(LEDGER_PERMISSION)}
        return super().changelist_view(request, {**may, **(extra_context or {})})

    @admin.display(description=_("stage"), ordering="stage")
    def shown_stage(self, nudge: Nudge) -> str:
        """Return the stage in words."""
        return name_stage(nudge.stage)

    @admin.display(description=_("why"), ordering="reason", empty_value="–")
    def why(self, nudge: Nudge) -> str:
        """Return the reason in words."""
        return name_reason(nudge.reason)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, nudge: Nudge) -> SafeString:
        """Return the state as a mark."""
        return show_state(
            nudge.state, nudge.get_state_display(), tone=NUDGE_TONES[Nudge.State(nudge.state)]
        )


class AttemptInline(ReadOnlyInline):
    """Every try at handing the message over."""

    model = Attempt
    fields = ["at", "phase", "code", "detail", "milliseconds", "worker"]
    readonly_fields = fields
    ordering = ["at"]


class ReportInline(ReadOnlyInline):
    """What the mail provider reported of the message."""

    model = WebhookEvent
    fields = ["occurred_at", "fate", "code", "outcome", "provider", "received_at"]
    readonly_fields = fields
    ordering = ["occurred_at"]


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    """What mail providers report: delivered, bounced, complained; and what came of it."""

    empty_help = _("Mail providers report what became of a mail once their webhook is set up.")
    list_display = ["received_at", "provider", "shown_fate", "code", "outcome", "message"]
    list_filter = ["fate", "outcome", "provider"]
    list_select_related = ["message"]
    search_fields = ["=message__uuid", "=event_id"]
    search_help_text = _("A message's own id or the provider's event id, in full")
    date_hierarchy = "received_at"
    ordering = ["-pk"]
    fields = [
        ("provider", "event_id"),
        ("shown_fate", "code"),
        "outcome",
        "message",
        ("occurred_at", "received_at"),
    ]
    readonly_fields = ["shown_fate"]

    @admin.display(description=_("fate"), ordering="fate")
    def shown_fate(self, event: WebhookEvent) -> SafeString:
        """Return what was reported as a mark."""
        fate = WebhookEvent.Fate(event.fate)
        return show_state(event.fate, fate.label, tone=REPORT_TONES.get(fate, BAD))


@admin.register(Message)
class MessageAdmin(MaskedSearch, ReadOnlyAdmin):
    """The outbox: each mail with its state, its pairs and every attempt."""

    empty_help = _("Mails are made up once a note is due and the mode lets them leave.")
    list_display = [
        "created_at",
        "recipient",
        "shown_state",
        "why",
        "attempts_made",
        "not_before",
        "sent_at",
    ]
    list_filter = ["state", "is_redirected"]
    list_select_related = ["contact"]
    search_fields = ["=contact__external_id", "=message_id_header", "=uuid"]
    search_help_text = _("A customer number, a Message-ID or a message's own id, in full")
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    inlines = [AttemptInline, ReportInline]
    fields = [
        "recipient",
        ("shown_state", "why"),
        "pairs",
        ("created_at", "not_before"),
        ("attempts_made", "last_code"),
        ("handed_at", "sent_at"),
        "message_id_header",
        "is_redirected",
        "lease_until",
        "uuid",
    ]
    readonly_fields = ["recipient", "shown_state", "why", "pairs", "uuid"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        """Leave the claim's token out: nobody needs to read it."""
        return super().get_queryset(request).defer("token")

    @admin.display(description=_("to"))
    def recipient(self, message: Message) -> str:
        """Return the customer, with the address masked."""
        return f"{message.contact} {mask_address(message.contact.email)}".strip()

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, message: Message) -> SafeString:
        """Return the state as a mark."""
        return show_state(
            message.state,
            message.get_state_display(),
            tone=MESSAGE_TONES[Message.State(message.state)],
        )

    @admin.display(description=_("why"), ordering="reason", empty_value="–")
    def why(self, message: Message) -> str:
        """Return the reason in words."""
        return name_reason(message.reason)

    @admin.display(description=_("about"))
    def pairs(self, message: Message) -> SafeString | str:
        """Return the pairs the message is about, with links."""
        site = self.admin_site.name
        rows = [
            (
                reverse(f"{site}:footback_purchase_change", args=[nudge.purchase_id]),
                nudge.purchase.title or nudge.purchase_id,
                name_stage(nudge.stage),
            )
            for nudge in message.nudges.select_related("purchase").order_by("pk")
        ]
        if not rows:
            return "–"
        items = format_html_join(
            "",
            '<li><a href="{}">{}</a>, {}</li>',
            rows,
        )
        return format_html('<ul class="fba-plain-list">{}</ul>', items)

"""Listings as staff see them: a list to find work in, and one screen per shoe."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from shop_plugin.admin.bulk_edit_action import BulkEditAction
from shop_plugin.admin.filters import (
    NOT_ASSESSED,
    WITHDRAWN,
    BrandFilter,
    CategoryFilter,
    MatchFilter,
    SourceFilter,
    TodoFilter,
)
from shop_plugin.admin.presenting import VERDICT_LABELS, name_range, show_points
from shop_plugin.admin.readonly import ReadOnlyAdmin
from shop_plugin.admin.sheets import SheetExports
from shop_plugin.admin.work_queue import begin_work
from shop_plugin.admin.workbench import show_workbench
from shop_plugin.domain.attributes import SourceKind, UseCategory
from shop_plugin.domain.scoring import Verdict
from shop_plugin.models import FootwearProfile, Listing, Observation, WorkHold
from shop_plugin.services.staff.review import review_again
from shop_plugin.services.words.attributes import category_label
from shop_plugin.services.words.explaining import attribute_label
from shop_plugin.services.words.factors import FACTOR_LABELS

MAX_REVIEWED_AT_ONCE = 500
# The facts that most decide a match, by short names that fit a column.
NEEDED_FACTS = (
    (_("arch"), "arch_support"),
    (_("cushioning"), "cushioning"),
    (_("heel"), "heel_height_high_um"),
)


class ListingChangeList(ChangeList):
    """The work list: shoes on offer that are assessed, the fact that is worth most first.

    A search, and the filters that ask for them, also find what is no longer
    offered or not assessed yet. Suggestions are counted for the shown rows only.
    """

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Listing]) -> list[Any]:
        """Return the order; by worth the id is the profile's, which stands in one index with it.

        Of 50,000 listings the first fifty come in 8 ms so, and in 400 by the
        listing's own id, which says the same.
        """
        ordering = list(super().get_ordering(request, queryset))
        own_ids = {"pk": "profile__listing", "-pk": "-profile__listing"}
        by_worth = bool(ordering) and str(ordering[0]).endswith("profile__worth")
        if self._is_assessed_only() and by_worth:
            return [own_ids.get(field, field) for field in ordering]
        return ordering

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Listing]:
        """Return what search and filters leave of the work list."""
        queryset = super().get_queryset(request, *args, **kwargs)
        if self.query:
            return queryset
        if self._is_assessed_only():
            # The join is an inner one then, so that the order comes from its index.
            queryset = queryset.filter(profile__isnull=False)
        if self.params.get(TodoFilter.parameter_name) != WITHDRAWN:
            queryset = queryset.filter(is_withdrawn=False)
        return queryset

    def _is_assessed_only(self) -> bool:
        return not self.query and self.params.get(MatchFilter.parameter_name) != NOT_ASSESSED

    def get_results(self, request: HttpRequest) -> None:
        """Fetch the page, then count its suggestions in one query."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        waiting = Observation.objects.filter(
            listing__in=[listing.pk for listing in self.result_list],
            state=Observation.State.SUGGESTED,
        ).values_list("listing_id", "source_kind")
        counted = Counter((pk, kind == SourceKind.STAFF) for pk, kind in waiting)
        holders = dict(
            WorkHold.objects.filter(
                listing__in=[listing.pk for listing in self.result_list],
                until__gt=timezone.now(),
            )
            .exclude(holder_id=request.user.pk)
            .values_list("listing_id", f"holder__{get_user_model().USERNAME_FIELD}")
        )
        for listing in self.result_list:
            listing.waiting_count = counted[listing.pk, False]
            listing.second_count = counted[listing.pk, True]
            listing.holder_name = holders.get(listing.pk, "")


@admin.register(Listing)
class ListingAdmin(BulkEditAction, SheetExports, ReadOnlyAdmin):
    """The work list; a click opens the listing's own screen."""

    list_display = [
        "shown_title",
        "match",
        "one_more_fact",
        "asked_for",
        "todo",
    ]
    list_filter = [MatchFilter, TodoFilter, CategoryFilter, SourceFilter, BrandFilter]
    list_select_related = ["profile", "demand"]
    change_list_template = "footback/admin/listing_list.html"
    search_fields = ["title", "brand", "=external_id"]
    search_help_text = _("Words of the title or brand, or the shop's own id in full")
    ordering = ["-profile__worth", "-pk"]
    actions = ["edit_many", "reassess", "export_xlsx", "export_csv"]

    class Media:
        css = {"all": ["footback/footback.css", "footback/admin.css"]}
        js = ["footback/workbench.js"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Allow tagging to whoever may change listings."""
        return admin.ModelAdmin.has_change_permission(self, request, obj)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that counts suggestions."""
        return ListingChangeList

    def get_urls(self) -> list[URLPattern]:
        """Add the way into the work: the first free listing of a list."""
        begin = self.admin_site.admin_view(self.begin_work)
        return [path("begin/", begin, name="footback_listing_begin"), *super().get_urls()]

    def begin_work(self, request: HttpRequest) -> HttpResponse:
        """Open the first free listing."""
        return begin_work(self, request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the listing's own screen instead of a form over its columns."""
        return show_workbench(self, request, object_id)

    @admin.action(description=_("Read and assess the selected listings again"))
    def reassess(self, request: HttpRequest, queryset: QuerySet[Listing]) -> None:
        """Read the texts again, resolve and assess. What staff said stays."""
        ids = list(queryset.order_by("pk").values_list("pk", flat=True)[: MAX_REVIEWED_AT_ONCE + 1])
        if len(ids) > MAX_REVIEWED_AT_ONCE:
            self.message_user(
                request,
                gettext(
                    "At most %(limit)d at a time here. For more, run manage.py "
                    "footback_annotate and footback_assess."
                )
                % {"limit": MAX_REVIEWED_AT_ONCE},
                messages.ERROR,
            )
            return
        count = review_again(listing_ids=ids, author=request.user, now=timezone.now())
        self.message_user(
            request,
            ngettext(
                "%(count)d listing was read and assessed again.",
                "%(count)d listings were read and assessed again.",
                count,
            )
            % {"count": count},
            messages.SUCCESS,
        )

    reassess.allowed_permissions = ["change"]  # type: ignore[attr-defined]

    @admin.display(description=_("shoe"), ordering="title")
    def shown_title(self, listing: Listing) -> SafeString:
        """Return title, brand and kind, marked where the host no longer offers the shoe."""
        kind = str(category_label(UseCategory(listing.use_category)))
        gone = gettext("no longer offered") if listing.is_withdrawn else ""
        notes = [listing.brand, kind, gone]
        return format_html(
            '{} <span class="fba-quiet">{}</span>', listing.title, ", ".join(filter(None, notes))
        )

    @admin.display(description=_("Guide match"), ordering="profile__match_order")
    def match(self, listing: Listing) -> SafeString:
        """Return the letter and the range, or why there is none."""
        return show_match(_profile(listing))

    @admin.display(description=_("one more fact"), ordering="profile__worth")
    def one_more_fact(self, listing: Listing) -> SafeString:
        """Return the fact that would tell most, by how many points, and what else is unknown.

        Unknown are named only the three facts that the guide needs most.
        """
        profile = _profile(listing)
        missing = ", ".join(
            str(name)
            for name, column in NEEDED_FACTS
            if profile is None or getattr(profile, column) is None
        )
        unknown = gettext("unknown: %(facts)s") % {"facts": missing} if missing else ""
        return format_html(
            '{} <span class="fba-quiet">{}</span>', _most_telling(profile) or "–", unknown
        )

    @admin.display(description=_("asked for"), ordering="profile__demand")
    def asked_for(self, listing: Listing) -> str:
        """Return how many pairs were sold and how often its page was looked at."""
        demand = getattr(listing, "demand", None)
        if demand is None:
            return "–"
        return gettext("%(sales)s sold, %(views)s views") % {
            "sales": number_format(demand.sales, force_grouping=True),
            "views": number_format(demand.views, force_grouping=True),
        }

    @admin.display(description=_("waits"))
    def todo(self, listing: Listing) -> str:
        """Return how many readings wait for a person, and what sources disagree on."""
        profile = _profile(listing)
        count = getattr(listing, "waiting_count", 0)
        parts = []
        if count:
            words = ngettext("%(count)d suggestion", "%(count)d suggestions", count)
            parts.append(words % {"count": count})
        second = getattr(listing, "second_count", 0)
        if second:
            words = ngettext(
                "%(count)d value for a second person",
                "%(count)d values for a second person",
                second,
            )
            parts.append(words % {"count": second})
        if holder := getattr(listing, "holder_name", ""):
            parts.append(gettext("open at %(person)s") % {"person": holder})
        for key in filter(None, profile.conflicts.split(",") if profile else ()):
            parts.append(gettext("%(fact)s disputed") % {"fact": attribute_label(key)})
        if profile and profile.flags:
            parts.append(gettext("facts that do not fit each other"))
        return ", ".join(parts) or "–"


def _most_telling(profile: FootwearProfile | None) -> str:
    if profile is None or not profile.telling:
        return ""
    points = (profile.narrowing + 50) // 100 if profile.narrowing else 0
    words = ngettext("%(fact)s, %(points)d point", "%(fact)s, %(points)d points", points)
    return words % {"fact": FACTOR_LABELS[profile.telling], "points": points}


def _profile(listing: Listing) -> FootwearProfile | None:
    return getattr(listing, "profile", None)


def show_match(profile: FootwearProfile | None) -> SafeString:
    """Return a match in a few characters: a letter or two and the range of points."""
    if profile is None or not profile.verdict:
        return format_html('<span class="fba-quiet">{}</span>', _("not assessed"))
    if profile.verdict in VERDICT_LABELS or profile.match_low is None or profile.match_high is None:
        words = VERDICT_LABELS.get(Verdict(profile.verdict), profile.verdict)
        return format_html('<span class="fba-quiet">{}</span>', words)
    return format_html(
        '<b class="fba-grade" data-grade="{}">{}</b> <span class="fba-quiet">{}</span>',
        profile.grade_low,
        name_range(profile.grade_low, profile.grade_high),
        name_range(show_points(profile.match_low), show_points(profile.match_high)),
    )

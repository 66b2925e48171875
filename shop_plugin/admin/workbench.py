"""One listing, one screen: look at the evidence, say what is so, go to the next."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext

from shop_plugin.admin.presenting import (
    name_match,
    present_facts,
    present_history,
    present_insides,
    present_texts,
)
from shop_plugin.admin.reports import present_known
from shop_plugin.admin.tag_form import TagForm, choices_to_preview
from shop_plugin.admin.text_changes import answer_change, present_changes
from shop_plugin.conf import get_settings
from shop_plugin.domain.attributes import FootwearAttributes, Options, SourceKind, UseCategory
from shop_plugin.domain.colours import find_listing_colour
from shop_plugin.models import AuditEntry, FootwearProfile, Listing, Observation
from shop_plugin.services.evidence.assessment import find_assessment
from shop_plugin.services.evidence.observed import ObservedFact, observations_of
from shop_plugin.services.shopping.buyers_word import find_buyers_word
from shop_plugin.services.staff.review import (
    Decision,
    ListingChanged,
    ReviewOutcome,
    decide_suggestion,
    fingerprint_evidence,
    name_subject,
    review_again,
    save_tags,
)
from shop_plugin.services.staff.value_reports import open_reports
from shop_plugin.services.staff.what_if import preview_values
from shop_plugin.services.words.attributes import category_label
from shop_plugin.services.words.explaining import attribute_label, describe_match, explain
from shop_plugin.services.words.lengths import default_unit
from shop_plugin.services.words.plausibility import describe_flags

if TYPE_CHECKING:
    from shop_plugin.admin.listing import ListingAdmin

TEMPLATE = "footback/admin/listing.html"
SHOWN_HISTORY = 20


def show_workbench(admin: ListingAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Return the screen of one listing, or do what was sent from it and come back."""
    listing = admin.get_object(request, object_id)
    if listing is None:
        return admin._get_obj_does_not_exist_redirect(request, admin.opts, object_id)
    if not admin.has_view_or_change_permission(request, listing):
        raise PermissionDenied
    observations = observations_of(listing.pk)
    if request.method != "POST":
        return _render(admin, request, listing, observations)
    if not admin.has_change_permission(request, listing):
        raise PermissionDenied
    if "skip" in request.POST:
        return _go_to_next(admin, request, listing)
    if "reassess" in request.POST:
        review_again(listing_ids=[listing.pk], author=request.user, now=timezone.now())
        messages.success(request, gettext("The listing was read and assessed again."))
        return _stay(request)
    if answer_change(request, listing):
        return _stay(request)
    if "decide" in request.POST:
        return _decide(admin, request, listing, observations)
    return _tag(admin, request, listing, observations)


def _tag(
    admin: ListingAdmin,
    request: HttpRequest,
    listing: Listing,
    observations: Sequence[ObservedFact],
) -> HttpResponse:
    form = TagForm(request.POST, said=_said_by_staff(observations))
    if not form.is_valid():
        return _render(admin, request, listing, observations, form=form)
    try:
        outcome = save_tags(
            listing_id=listing.pk,
            tags=form.tags(),
            author=request.user,
            now=timezone.now(),
            seen=request.POST.get("seen", ""),
        )
    except ListingChanged:
        form.add_error(None, _say_who_changed(listing))
        return _render(admin, request, listing, observations, form=form)
    _announce(request, outcome)
    return _go_to_next(admin, request, listing) if "next" in request.POST else _stay(request)


def _decide(
    admin: ListingAdmin,
    request: HttpRequest,
    listing: Listing,
    observations: Sequence[ObservedFact],
) -> HttpResponse:
    number, _colon, word = request.POST["decide"].partition(":")
    is_here = number in {str(item.observation_id) for item in observations}
    if not is_here or word not in set(Decision):
        messages.error(request, gettext("This reading is gone. Look again, then decide."))
        return _stay(request)
    try:
        outcome = decide_suggestion(
            observation_id=int(number),
            decision=Decision(word),
            author=request.user,
            now=timezone.now(),
            seen=request.POST.get("seen", ""),
        )
    except ListingChanged:
        messages.error(request, _say_who_changed(listing))
        return _stay(request)
    _announce(request, outcome)
    return _stay(request)


def _stay(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(request.get_full_path())


def _go_to_next(admin: ListingAdmin, request: HttpRequest, listing: Listing) -> HttpResponse:
    """Open the next listing of the list one came from, or the list after the last one."""
    filters = request.GET.get("_changelist_filters", "")
    listed = copy.copy(request)
    listed.GET = QueryDict(filters)  # type: ignore[assignment]
    queryset = admin.get_changelist_instance(listed).get_queryset(listed)
    following = queryset.order_by("-pk").filter(pk__lt=listing.pk).first()
    site = admin.admin_site.name
    if following is None:
        messages.info(request, gettext("That was the last listing of this list."))
        url = reverse(f"{site}:footback_listing_changelist")
        return HttpResponseRedirect(f"{url}?{filters}" if filters else url)
    url = reverse(f"{site}:footback_listing_change", args=[following.pk])
    query = request.GET.urlencode()
    return HttpResponseRedirect(f"{url}?{query}" if query else url)


def _render(
    admin: ListingAdmin,
    request: HttpRequest,
    listing: Listing,
    observations: Sequence[ObservedFact],
    *,
    form: TagForm | None = None,
) -> HttpResponse:
    attributes = _attributes(listing)
    assessment = find_assessment(listing_id=listing.pk)
    unit = find_unit()
    facts, silent = present_facts(
        listing=listing, attributes=attributes, observations=observations, unit=unit
    )
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        "title": listing.title,
        "opts": admin.opts,
        "original": listing,
        "listing": listing,
        "media": admin.media,
        "preserved_filters": admin.get_preserved_filters(request),
        "has_view_permission": admin.has_view_permission(request, listing),
        "can_tag": admin.has_change_permission(request, listing),
        "form": form or TagForm(said=_said_by_staff(observations), previews=_preview(listing)),
        "seen": fingerprint_evidence(listing.pk),
        "attributes": attributes,
        "colour": find_listing_colour(listing.raw_attributes, listing.title),
        "unit": unit,
        "assessment": assessment,
        "match_text": describe_match(assessment) if assessment else "",
        "explanations": explain(assessment, unit=unit) if assessment else (),
        "facts": facts,
        "silent": silent,
        "texts": present_texts(listing=listing, observations=observations),
        "history": present_history(entries=_history(listing), unit=unit),
        "insides": present_insides(listing),
        **present_changes(listing, unit=unit),
        **present_known(attributes),
        "value_reports": open_reports(listing.pk)[:5],
        "flags": describe_flags(_flags(listing), attributes=attributes, unit=unit),
        "buyers": find_buyers_word(listing.pk),
        "kind_label": category_label(UseCategory(listing.use_category)),
        "shop_page": _find_shop_page(listing),
        "host_page": listing.url if listing.url.startswith(("https://", "http://", "/")) else "",
    }
    return TemplateResponse(request, TEMPLATE, context)


def _preview(listing: Listing) -> dict[tuple[str, str], str]:
    """Return the letters that each choice of the form would give the shoe."""
    wanted = {
        key: {
            choice: Options(frozenset(choice.split(","))) if choice else None for choice in choices
        }
        for key, choices in choices_to_preview().items()
    }
    matches = preview_values(
        listing_id=listing.pk, values={key: list(values.values()) for key, values in wanted.items()}
    )
    return {
        (key, choice): name_match(matches[key, value])
        for key, values in wanted.items()
        for choice, value in values.items()
    }


def _as_options(choice: str) -> Options | None:
    return Options(frozenset(choice.split(","))) if choice else None


def find_unit() -> str:
    """Return the unit that the settings name, else the one of the reader's language."""
    return get_settings().LENGTH_UNIT or default_unit()


def _find_shop_page(listing: Listing) -> str:
    """Return the address of the listing in the storefront, where the host mounts it."""
    try:
        return reverse("footback:listing", args=[listing.pk])
    except NoReverseMatch:
        return ""


def _said_by_staff(observations: Sequence[ObservedFact]) -> dict[str, ObservedFact]:
    return {
        item.attribute: item
        for item in observations
        if item.source_kind is SourceKind.STAFF and item.state == Observation.State.ACCEPTED
    }


def _attributes(listing: Listing) -> FootwearAttributes:
    profile = FootwearProfile.objects.filter(pk=listing.pk).first()
    if profile is None or not profile.snapshot:
        return FootwearAttributes()
    return FootwearAttributes.from_snapshot(profile.snapshot)


def _flags(listing: Listing) -> str:
    return (
        FootwearProfile.objects.filter(pk=listing.pk).values_list("flags", flat=True).first() or ""
    )


def _history(listing: Listing) -> list[AuditEntry]:
    entries = AuditEntry.objects.filter(subject=name_subject(listing.pk)).select_related("actor")
    return list(entries.order_by("-at", "-pk")[:SHOWN_HISTORY])


def _say_who_changed(listing: Listing) -> str:
    latest = _history(listing)[:1]
    if latest and latest[0].actor:
        return gettext(
            "Nothing was saved: %(person)s changed this listing after you opened it. What is "
            "known now is shown below. Look again, then save."
        ) % {"person": latest[0].actor}
    return gettext(
        "Nothing was saved: the evidence of this listing changed after you opened it. What is "
        "known now is shown below. Look again, then save."
    )


def _announce(request: HttpRequest, outcome: ReviewOutcome) -> None:
    if not outcome.changed:
        messages.info(request, gettext("Nothing was changed."))
        return
    names = ", ".join(str(attribute_label(key)) for key in dict.fromkeys(outcome.changed))
    before, after = name_match(outcome.match_before), name_match(outcome.match_after)
    if before == after:
        text = gettext("Saved: %(names)s. The Guide match stays %(match)s.")
    else:
        text = gettext("Saved: %(names)s. The Guide match was %(before)s and is now %(match)s.")
    messages.success(request, text % {"names": names, "before": before, "match": after})
    if outcome.outranked:
        names = ", ".join(str(attribute_label(key)) for key in outcome.outranked)
        messages.warning(
            request,
            gettext("%(names)s: a source above shop staff says otherwise and is believed.")
            % {"names": names},
        )

"""What the screen of one listing shows, put together: one call per part, however much evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse

from shop_plugin.admin.deciding import ConflictRow, find_known, present_questions
from shop_plugin.admin.presenting import (
    name_match,
    name_outlook,
    present_facts,
    present_history,
    present_insides,
    present_texts,
)
from shop_plugin.admin.reports import present_known
from shop_plugin.admin.tag_form import TagForm, choices_to_preview
from shop_plugin.admin.text_changes import present_changes
from shop_plugin.admin.work_queue import describe_work
from shop_plugin.conf import get_settings
from shop_plugin.domain.attributes import (
    FootwearAttributes,
    Options,
    SourceKind,
    Span,
    UseCategory,
    Value,
)
from shop_plugin.domain.colours import find_listing_colour
from shop_plugin.models import AuditEntry, FootwearProfile, Listing, Observation
from shop_plugin.services.evidence.assessment import find_assessment
from shop_plugin.services.evidence.observed import ObservedFact
from shop_plugin.services.shopping.buyers_word import find_buyers_word
from shop_plugin.services.staff.queue import Hold
from shop_plugin.services.staff.review import fingerprint_evidence, name_subject
from shop_plugin.services.staff.value_reports import open_reports
from shop_plugin.services.staff.what_if import preview_accepting, preview_values
from shop_plugin.services.words.attributes import category_label
from shop_plugin.services.words.explaining import describe_match, describe_value, explain
from shop_plugin.services.words.lengths import default_unit
from shop_plugin.services.words.plausibility import describe_flags

if TYPE_CHECKING:
    from shop_plugin.admin.listing import ListingAdmin

TEMPLATE = "footback/admin/listing.html"
APPROVE_PERMISSION = "footback.approve_listing"
SHOWN_HISTORY = 20
# Heels that show where the lines of the guide are: flat, moderate, over two inches.
HEEL_EXAMPLES_UM = (20_000, 45_000, 70_000)


def render_screen(
    admin: ListingAdmin,
    request: HttpRequest,
    listing: Listing,
    observations: Sequence[ObservedFact],
    *,
    hold: Hold | None = None,
    form: TagForm | None = None,
    conflict: Sequence[ConflictRow] = (),
    seen: str = "",
) -> HttpResponse:
    """Return the screen. ``form`` and ``conflict`` are those of an entry that was not saved.

    ``seen`` is what that entry was made on, where the page does not show what changed since.
    """
    attributes = _attributes(listing)
    assessment = find_assessment(listing_id=listing.pk)
    unit = find_unit()
    facts, silent = present_facts(
        listing=listing, attributes=attributes, observations=observations, unit=unit
    )
    can_tag = admin.has_change_permission(request, listing)
    is_theirs = hold is not None and not hold.is_mine
    outlook = _preview(listing, observations)
    form = form or TagForm(said=said_by_staff(observations))
    form.show_outlook(outlook.choices)
    form.show_known(find_known(facts))
    context: dict[str, Any] = {
        **admin.admin_site.each_context(request),
        # Work needs the width: text and answers stand side by side without scrolling.
        "is_nav_sidebar_enabled": False,
        "title": listing.title,
        "opts": admin.opts,
        "original": listing,
        "listing": listing,
        "media": admin.media,
        "preserved_filters": admin.get_preserved_filters(request),
        "has_view_permission": admin.has_view_permission(request, listing),
        # Whoever typed something keeps seeing it, also where a colleague has the listing now.
        "can_tag": can_tag and (not is_theirs or form.is_bound),
        "can_approve": can_tag and not is_theirs and request.user.has_perm(APPROVE_PERMISSION),
        "hold": hold if is_theirs else None,
        "can_take_over": can_tag and is_theirs,
        "conflict": conflict,
        "picture": listing.image_url
        if listing.image_url.startswith(("https://", "http://", "/"))
        else "",
        "two_persons": get_settings().TWO_PERSON_RULE,
        **(describe_work(request) if can_tag else {}),
        "questions": present_questions(
            facts, outlook.accepting, reader=request.user.get_username()
        ),
        "heel_outlook": [
            (describe_value("heel_height_mm", value, unit=unit), match)
            for value, match in outlook.heels
        ],
        "form": form,
        "seen": seen or fingerprint_evidence(listing.pk),
        "attributes": attributes,
        "colour": find_listing_colour(listing.raw_attributes, listing.title),
        "unit": unit,
        "assessment": assessment,
        "match_text": describe_match(assessment) if assessment else "",
        "explanations": explain(assessment, unit=unit) if assessment else (),
        "facts": facts,
        "silent": silent,
        "texts": present_texts(listing=listing, observations=observations),
        "history": present_history(entries=find_history(listing), unit=unit),
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


class _Outlook(NamedTuple):
    """What the match would become: by choice of the form, by heel, by suggestion accepted."""

    choices: dict[tuple[str, str], str]
    heels: list[tuple[Value, str]]
    accepting: dict[int, str]


def _preview(listing: Listing, observations: Sequence[ObservedFact]) -> _Outlook:
    choices = {
        key: {choice: Options(frozenset(choice.split(","))) if choice else None for choice in given}
        for key, given in choices_to_preview().items()
    }
    heels = [Span.exactly(height) for height in HEEL_EXAMPLES_UM]
    values: dict[str, list[Value | None]] = {
        key: list(given.values()) for key, given in choices.items()
    }
    matches = preview_values(listing_id=listing.pk, values={**values, "heel_height_mm": heels})
    waiting = [
        item.observation_id
        for item in observations
        if item.state == Observation.State.SUGGESTED and item.observation_id is not None
    ]
    accepted = preview_accepting(listing_id=listing.pk, observation_ids=waiting)
    return _Outlook(
        {
            (key, choice): name_outlook(matches[key, value])
            for key, given in choices.items()
            for choice, value in given.items()
        },
        [(value, name_outlook(matches["heel_height_mm", value])) for value in heels],
        {pk: name_match(match) for pk, match in accepted.items()},
    )


def find_unit() -> str:
    """Return the unit that the settings name, else the one of the reader's language."""
    return get_settings().LENGTH_UNIT or default_unit()


def _find_shop_page(listing: Listing) -> str:
    """Return the address of the listing in the storefront, where the host mounts it."""
    try:
        return reverse("footback:listing", args=[listing.pk])
    except NoReverseMatch:
        return ""


def said_by_staff(observations: Sequence[ObservedFact]) -> dict[str, ObservedFact]:
    """Return the staff value in force of each attribute that has one."""
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


def find_history(listing: Listing) -> list[AuditEntry]:
    """Return the latest audit entries of a listing, the newest first."""
    entries = AuditEntry.objects.filter(subject=name_subject(listing.pk)).select_related("actor")
    return list(entries.order_by("-at", "-pk")[:SHOWN_HISTORY])

"""One listing, one screen: look at the evidence, say what is so, go to the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext

from shop_plugin.admin.deciding import present_conflict
from shop_plugin.admin.listing_screen import (
    APPROVE_PERMISSION,
    find_history,
    find_unit,
    render_screen,
    said_by_staff,
)
from shop_plugin.admin.presenting import name_match
from shop_plugin.admin.tag_form import TagForm, keep_what_was_typed
from shop_plugin.admin.text_changes import answer_change
from shop_plugin.admin.work_queue import go_on, go_to_list, hold_for, say_who_has_it, undo
from shop_plugin.domain.attributes import SourceKind
from shop_plugin.models import Listing, WorkPass
from shop_plugin.services.evidence.observed import ObservedFact, observations_of
from shop_plugin.services.staff.queue import Hold
from shop_plugin.services.staff.review import (
    Decision,
    ListingChanged,
    ReviewOutcome,
    SecondPersonNeeded,
    decide_suggestion,
    review_again,
    save_tags,
)
from shop_plugin.services.staff.two_persons import SamePerson, approve_value, refuse_value
from shop_plugin.services.words.explaining import attribute_label

if TYPE_CHECKING:
    from shop_plugin.admin.listing import ListingAdmin

# Buttons that go on without saving, and why the person goes on.
PASSES = {"skip": WorkPass.Kind.SKIPPED, "cannot_tell": WorkPass.Kind.CANNOT_TELL}


def show_workbench(admin: ListingAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Return the screen of one listing, or do what was sent from it and come back.

    Whoever may tag holds the listing while they have it open.
    """
    listing = admin.get_object(request, object_id)
    if listing is None:
        messages.warning(
            request,
            gettext("This shoe is gone: the shop took it out. Nothing was saved."),
        )
        return go_to_list(admin, request)
    if not admin.has_view_or_change_permission(request, listing):
        raise PermissionDenied
    can_tag = admin.has_change_permission(request, listing)
    if request.method != "POST":
        hold = hold_for(request, listing) if can_tag else None
        return render_screen(admin, request, listing, observations_of(listing.pk), hold=hold)
    if not can_tag:
        raise PermissionDenied
    return _do(admin, request, listing)


def _do(admin: ListingAdmin, request: HttpRequest, listing: Listing) -> HttpResponse:
    for name, kind in PASSES.items():
        if name in request.POST:
            return go_on(admin, request, listing, kind)
    if "undo" in request.POST:
        return undo(admin, request)
    hold = hold_for(request, listing, take_over="take_over" in request.POST)
    if "take_over" in request.POST and "seen" not in request.POST:
        return _stay(request)
    observations = observations_of(listing.pk)
    is_entry = not {"reassess", "decide", "approve", "confirm", "keep"} & set(request.POST)
    if is_entry:
        return _tag(admin, request, listing, observations, hold)
    if not hold.is_mine:
        messages.error(request, say_who_has_it(hold))
        return _stay(request)
    if "reassess" in request.POST:
        review_again(listing_ids=[listing.pk], author=request.user, now=timezone.now())
        messages.success(request, gettext("The listing was read and assessed again."))
    elif not answer_change(request, listing):
        _decide(request, listing, observations)
    return _stay(request)


def _tag(
    admin: ListingAdmin,
    request: HttpRequest,
    listing: Listing,
    observations: Sequence[ObservedFact],
    hold: Hold,
) -> HttpResponse:
    said = said_by_staff(observations)
    form = TagForm(request.POST, said=said)
    is_valid = form.is_valid()
    if is_valid and not hold.is_mine:
        form.add_error(None, say_who_has_it(hold))
    elif is_valid:
        try:
            outcome = save_tags(
                listing_id=listing.pk,
                tags=form.tags(),
                author=request.user,
                now=timezone.now(),
                seen=request.POST.get("seen", ""),
            )
        except SecondPersonNeeded as needed:
            form.add_error(needed.args[0], _say_second_needed())
        except ListingChanged:
            return _show_conflict(admin, request, listing, hold, form)
        else:
            _announce(request, outcome)
            if "next" in request.POST:
                return go_on(admin, request, listing, WorkPass.Kind.DONE)
            return _stay(request)
    seen = request.POST.get("seen", "")  # of before: what changed since must still be found
    return render_screen(admin, request, listing, observations, hold=hold, form=form, seen=seen)


def _show_conflict(
    admin: ListingAdmin, request: HttpRequest, listing: Listing, hold: Hold, entered: TagForm
) -> HttpResponse:
    """Show what was entered beside what stands now; what was not touched takes what stands."""
    observations = observations_of(listing.pk)
    said = said_by_staff(observations)
    form = TagForm(keep_what_was_typed(request.POST, said), said=said)
    form.is_valid()
    form.add_error(None, _say_who_changed(listing))
    conflict = present_conflict(entered.tags(), said, unit=find_unit())
    return render_screen(
        admin, request, listing, observations, hold=hold, form=form, conflict=conflict
    )


def _decide(request: HttpRequest, listing: Listing, observations: Sequence[ObservedFact]) -> None:
    number, _colon, word = request.POST.get("decide", "").partition(":")
    found = {str(item.observation_id): item for item in observations if item.observation_id}
    if number not in found or word not in set(Decision):
        messages.error(request, gettext("This reading is gone. Look again, then decide."))
        return
    decision, now, seen = Decision(word), timezone.now(), request.POST.get("seen", "")
    try:
        if found[number].source_kind is SourceKind.STAFF:
            if not request.user.has_perm(APPROVE_PERMISSION):
                raise PermissionDenied
            judge = approve_value if decision is Decision.ACCEPT else refuse_value
            outcome = judge(observation_id=int(number), approver=request.user, now=now, seen=seen)
        else:
            outcome = decide_suggestion(
                observation_id=int(number),
                decision=decision,
                author=request.user,
                now=now,
                seen=seen,
            )
    except SamePerson:
        messages.error(request, gettext("You said this yourself: somebody else has to approve it."))
    except ListingChanged:
        messages.error(request, _say_who_changed(listing))
    else:
        _announce(request, outcome)


def _stay(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(request.get_full_path())


def _say_second_needed() -> str:
    return gettext(
        "This value is in force, and two people decide here: a reviewer can reject it under "
        "“Who says what”."
    )


def _say_who_changed(listing: Listing) -> str:
    latest = find_history(listing)[:1]
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

"""From one listing to the next: what is free, who has what, and the way back."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    QueryDict,
)
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext

from shop_plugin.admin.filters import TodoFilter
from shop_plugin.models import Listing, WorkDecision, WorkPass
from shop_plugin.services.staff.decision_log import tally_day
from shop_plugin.services.staff.queue import (
    Hold,
    hold_listing,
    pass_listing,
    take_next,
    worth_asking,
)
from shop_plugin.services.staff.undoing import (
    DecisionOverruled,
    NothingToUndo,
    undo_last,
    undoable_decisions,
)
from shop_plugin.services.words.explaining import attribute_label

if TYPE_CHECKING:
    from shop_plugin.admin.listing import ListingAdmin

FILTERS = "_changelist_filters"


def begin_work(admin: ListingAdmin, request: HttpRequest) -> HttpResponse:
    """Open the first free listing of the list one came from."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not admin.has_change_permission(request):
        raise PermissionDenied
    return go_to_next(admin, request)


def go_on(
    admin: ListingAdmin, request: HttpRequest, listing: Listing, kind: WorkPass.Kind
) -> HttpResponse:
    """Let this listing go, remember why, and open the next free one."""
    pass_listing(listing_id=listing.pk, person=request.user, kind=kind, now=timezone.now())
    return go_to_next(admin, request)


def go_to_next(admin: ListingAdmin, request: HttpRequest) -> HttpResponse:
    """Open the next free listing of the list one came from, or the list where none is left."""
    listings, todo = _find_listed(admin, request)
    if not todo:
        listings = worth_asking(listings)
    found = take_next(
        listings=listings, person=request.user, now=timezone.now(), asks_again=bool(todo)
    )
    if found is None:
        messages.info(
            request,
            gettext(
                "Nothing of this list is left for you now: what remains somebody else has open, "
                "or you went on from it today."
            ),
        )
        return go_to_list(admin, request)
    return HttpResponseRedirect(_address(admin, request, found))


def go_to_list(admin: ListingAdmin, request: HttpRequest) -> HttpResponse:
    """Open the list one came from, with its filters."""
    filters = request.GET.get(FILTERS, "")
    url = reverse(f"{admin.admin_site.name}:footback_listing_changelist")
    return HttpResponseRedirect(f"{url}?{filters}" if filters else url)


def _find_listed(admin: ListingAdmin, request: HttpRequest) -> tuple[QuerySet[Listing], str]:
    """Return the listings of the list one came from, and its filter under "to do".

    The page of the list does not matter: it may be gone, now that the list is
    shorter. Where the filters mean nothing, it is the whole list.
    """
    listed = copy.copy(request)
    filters = QueryDict(request.GET.get(FILTERS, ""), mutable=True)
    filters.pop(PAGE_VAR, None)
    for chosen in (filters, QueryDict()):
        # Declared as read only; this copy of the request is nobody else's.
        listed.GET = chosen  # type: ignore[assignment]
        try:
            changelist = admin.get_changelist_instance(listed)
        except IncorrectLookupParameters:
            continue
        return changelist.get_queryset(listed), chosen.get(TodoFilter.parameter_name) or ""
    return Listing.objects.none(), ""


def undo(admin: ListingAdmin, request: HttpRequest) -> HttpResponse:
    """Take one's last decision back and open the listing it was about."""
    try:
        undone = undo_last(author=request.user, now=timezone.now())
    except NothingToUndo:
        messages.info(request, gettext("There is nothing of yours left to undo."))
        return HttpResponseRedirect(request.get_full_path())
    except DecisionOverruled as overruled:
        (decision,) = overruled.args
        messages.error(
            request,
            gettext(
                "%(decision)s cannot be undone here: somebody decided on the same facts since. "
                "Look at the history below."
            )
            % {"decision": name_decision(decision)},
        )
        return HttpResponseRedirect(_address(admin, request, decision.listing_id))
    names = ", ".join(str(attribute_label(key)) for key in undone.attributes)
    messages.success(
        request,
        gettext("Undone: %(title)s, %(names)s.") % {"title": undone.title, "names": names},
    )
    return HttpResponseRedirect(_address(admin, request, undone.listing_id))


def hold_for(request: HttpRequest, listing: Listing, *, take_over: bool = False) -> Hold:
    """Take or keep the listing for whoever asks."""
    return hold_listing(
        listing_id=listing.pk, person=request.user, now=timezone.now(), take_over=take_over
    )


def say_who_has_it(hold: Hold) -> str:
    """Return who has a listing since when, and what one can do about it."""
    return gettext(
        "%(person)s has had this listing open since %(time)s, and keeps it until %(until)s unless "
        "they go on working. Nothing of yours was saved."
    ) % {
        "person": hold.holder,
        "time": date_format(timezone.localtime(hold.since), "TIME_FORMAT"),
        "until": date_format(timezone.localtime(hold.until), "TIME_FORMAT"),
    }


def describe_work(request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows of one's day: what was done, and what can be undone."""
    now = timezone.now()
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    last = undoable_decisions(author=request.user, now=now).first()
    return {
        "tally": tally_day(author=request.user, since=midnight),
        "last_decision": name_decision(last) if last else "",
    }


def name_decision(decision: WorkDecision) -> str:
    """Return a decision in a few words: the shoe, and the facts it was about."""
    names = ", ".join(str(attribute_label(key)) for key in decision.attributes.split(","))
    return f"{decision.listing.title}: {names}"


def _address(admin: ListingAdmin, request: HttpRequest, listing_id: int) -> str:
    url = reverse(f"{admin.admin_site.name}:footback_listing_change", args=[listing_id])
    query = request.GET.urlencode()
    return f"{url}?{query}" if query else url

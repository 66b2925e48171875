"""What staff said of a text that has changed, on the screen of a listing: look, and confirm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from shop_plugin.domain.text_changes import Difference
from shop_plugin.models import Listing
from shop_plugin.services.staff.review import ListingChanged, Tag, save_tags
from shop_plugin.services.staff.text_changes import (
    ReviewedValue,
    confirm_values,
    find_lost_readings,
    find_text_changes,
)
from shop_plugin.services.words.attributes import attribute_label, describe_value

_FIELD_LABELS = {"title": gettext_lazy("Title"), "description": gettext_lazy("Text")}


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A value that somebody stands for, in words."""

    observation_id: int
    label: str
    text: str
    who: str
    when: datetime


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field of the host in its two versions."""

    label: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class ShownChange:
    """Values that were set for one earlier text, and how it differs from today's."""

    values: tuple[ShownValue, ...]
    fields: tuple[ShownField, ...]
    is_text_kept: bool
    changed_at: datetime | None

    @property
    def keys(self) -> str:
        """Return the ids of all values, joined by commas, for the button that confirms all."""
        return ",".join(str(value.observation_id) for value in self.values)


def present_changes(listing: Listing, *, unit: str) -> dict[str, Any]:
    """Return what the template of changed texts shows, under the names it uses."""
    changes = [
        ShownChange(
            values=tuple(_show(value, unit) for value in change.values),
            fields=tuple(
                ShownField(_name_field(item.field), item.difference) for item in change.fields
            ),
            is_text_kept=change.is_text_kept,
            changed_at=change.changed_at,
        )
        for change in find_text_changes(listing.pk)
    ]
    lost = [(_show(item.value, unit), item.quote) for item in find_lost_readings(listing.pk)]
    return {"text_changes": changes, "lost_readings": lost}


def answer_change(request: HttpRequest, listing: Listing) -> bool:
    """Confirm or keep what was sent from the screen; tell whether it was of this kind."""
    if "confirm" not in request.POST and "keep" not in request.POST:
        return False
    try:
        if "confirm" in request.POST:
            _confirm(request, listing)
        else:
            _keep(request, listing)
    except ListingChanged:
        messages.error(
            request,
            _(
                "Nothing was saved: the evidence of this listing changed after you opened it. "
                "Look again, then confirm."
            ),
        )
    return True


def _confirm(request: HttpRequest, listing: Listing) -> None:
    wanted = request.POST["confirm"].split(",")
    outcome = confirm_values(
        listing_id=listing.pk,
        observation_ids=[int(key) for key in wanted if key.isascii() and key.isdecimal()],
        author=request.user,  # type: ignore[arg-type]
        now=timezone.now(),
        seen=request.POST.get("seen", ""),
    )
    count = len(outcome.changed)
    if not count:
        messages.info(request, _("Nothing was changed."))
        return
    text = ngettext(
        "%(count)d value is confirmed for the new text.",
        "%(count)d values are confirmed for the new text.",
        count,
    )
    messages.success(request, text % {"count": count})


def _keep(request: HttpRequest, listing: Listing) -> None:
    lost = {str(item.value.observation_id): item for item in find_lost_readings(listing.pk)}
    reading = lost.get(request.POST["keep"])
    if reading is None:
        messages.error(request, _("This reading is gone. Look again, then decide."))
        return
    value = reading.value
    save_tags(
        listing_id=listing.pk,
        tags=(Tag(value.attribute, value.value, reading.quote[:200]),),
        author=request.user,  # type: ignore[arg-type]
        now=timezone.now(),
        seen=request.POST.get("seen", ""),
    )
    messages.success(
        request,
        _("%(fact)s is kept, as said by shop staff.") % {"fact": attribute_label(value.attribute)},
    )


def _show(value: ReviewedValue, unit: str) -> ShownValue:
    return ShownValue(
        observation_id=value.observation_id,
        label=str(attribute_label(value.attribute)),
        text=str(describe_value(value.attribute, value.value, unit=unit)),
        who=value.author,
        when=value.at,
    )


def _name_field(field: str) -> str:
    return str(_FIELD_LABELS.get(field) or field.removeprefix("raw_attributes."))

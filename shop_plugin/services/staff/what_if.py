"""What the Guide match would become if staff said this or that. Computed, never stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from shop_plugin.conf import get_settings
from shop_plugin.domain.attributes import AgeGroup, SourceKind, UseCategory, Value
from shop_plugin.domain.records import Reading
from shop_plugin.domain.resolution import resolve
from shop_plugin.domain.scoring import Assessment, assess
from shop_plugin.models import Listing, Observation
from shop_plugin.services.evidence.observation_rows import load_observations
from shop_plugin.services.shop.guides import guide_in_force
from shop_plugin.services.staff.review import STAFF_CONFIDENCE, STAFF_RULE


def preview_values(
    *, listing_id: int, values: Mapping[str, Sequence[Value | None]]
) -> dict[tuple[str, Value | None], Assessment]:
    """Return the general match for each value that staff might set, one attribute at a time.

    ``None`` stands for staff saying nothing. Two queries, whatever is asked.

    :raises Listing.DoesNotExist: for an id that is no listing.
    """
    use_category, age_group = Listing.objects.values_list("use_category", "age_group").get(
        pk=listing_id
    )
    stored = load_observations([listing_id], states=[Observation.State.ACCEPTED])
    readings = [item.as_reading() for item in stored.get(listing_id, [])]
    guide, heel_mode = guide_in_force(), get_settings().HEEL_MODE
    return {
        (attribute, value): assess(
            resolve(
                _replace_staff_value(readings, attribute, value),
                use_category=UseCategory(use_category),
                age_group=AgeGroup(age_group),
            ),
            guide=guide,
            heel_mode=heel_mode,
        )
        for attribute, wanted in values.items()
        for value in wanted
    }


def preview_accepting(*, listing_id: int, observation_ids: Sequence[int]) -> dict[int, Assessment]:
    """Return the general match for each waiting value, if that one were accepted.

    A waiting staff value takes the place of the staff value in force. Two
    queries, none where nothing waits.

    :raises Listing.DoesNotExist: for an id that is no listing.
    """
    if not observation_ids:
        return {}
    use_category, age_group = Listing.objects.values_list("use_category", "age_group").get(
        pk=listing_id
    )
    states = (Observation.State.ACCEPTED, Observation.State.SUGGESTED)
    stored = load_observations([listing_id], states=states).get(listing_id, [])
    standing = [item.as_reading() for item in stored if item.state == Observation.State.ACCEPTED]
    guide, heel_mode = guide_in_force(), get_settings().HEEL_MODE
    found = {}
    for item in stored:
        if item.pk not in observation_ids:
            continue
        reading = item.as_reading()
        kept = standing
        if reading.source_kind is SourceKind.STAFF:
            kept = _replace_staff_value(standing, reading.attribute, None)
        attributes = resolve(
            [*kept, reading],
            use_category=UseCategory(use_category),
            age_group=AgeGroup(age_group),
        )
        found[item.pk] = assess(attributes, guide=guide, heel_mode=heel_mode)
    return found


def _replace_staff_value(
    readings: Iterable[Reading], attribute: str, value: Value | None
) -> list[Reading]:
    kept = [
        item
        for item in readings
        if item.attribute != attribute or item.source_kind is not SourceKind.STAFF
    ]
    if value is not None:
        kept.append(Reading(attribute, value, SourceKind.STAFF, STAFF_RULE, STAFF_CONFIDENCE))
    return kept

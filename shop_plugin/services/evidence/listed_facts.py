"""What is known of listings, row by row, to be handed back to the host they came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform

from shop_plugin.domain.attributes import ATTRIBUTES, FootwearAttributes, SourceKind
from shop_plugin.domain.host_changes import ListedFacts
from shop_plugin.domain.resolution import category_readings
from shop_plugin.models import Listing, ListingSize, Observation
from shop_plugin.services.bulk.rows import among
from shop_plugin.services.evidence.observation_rows import StoredObservation, load_observations
from shop_plugin.services.evidence.observed import choose_believed

ROWS_AT_ONCE = 500
#: The field of a listing's raw attributes in which an adapter keeps the ids of its single sizes.
ITEM_IDS = "item_ids"


class _Row(NamedTuple):
    pk: int
    source: str
    external_id: str
    alias: str
    title: str
    snapshot: dict[str, Any] | None
    item_ids: object


class LeftOut(NamedTuple):
    """How many of the chosen listings are not handed over, by reason.

    ``withdrawn`` are gone from the host's catalogue, of ``unknown`` nothing is known.
    """

    withdrawn: int
    unknown: int


class ListedFactsReader:
    """The facts of a choice of listings: of one source or all, of one brand or all.

    Iterate to read, in the order of the primary keys and in bounded memory;
    three queries per 500 listings. ``left_out`` is complete when that is done.
    ``on_progress`` is told how many listings were looked at since it was last
    called, ``handed_over`` is how many were read so far.
    """

    def __init__(self, *, source: str = "", brand: str = "") -> None:
        wanted = {"source": source, "brand": brand}
        self._chosen: QuerySet[Listing] = Listing.objects.filter(
            **{name: value for name, value in wanted.items() if value}
        )
        self.on_progress: Callable[[int], None] | None = None
        self.handed_over = 0
        self._unknown = 0

    def count(self) -> int:
        """Return how many listings are looked at."""
        return self._offered().count()

    @property
    def left_out(self) -> LeftOut:
        """Return how many were left out so far, and why."""
        return LeftOut(self._chosen.filter(is_withdrawn=True).count(), self._unknown)

    def __iter__(self) -> Iterator[ListedFacts]:
        last = 0
        while chunk := self._read_chunk(after=last):
            yield from self._facts_of(chunk)
            last = chunk[-1].pk
            if self.on_progress is not None:
                self.on_progress(len(chunk))

    def _offered(self) -> QuerySet[Listing]:
        return self._chosen.filter(is_withdrawn=False)

    def _read_chunk(self, *, after: int) -> list[_Row]:
        rows = (
            self._offered()
            .filter(pk__gt=after)
            .order_by("pk")
            .values_list(
                "pk",
                "source",
                "external_id",
                "alias",
                "title",
                "profile__snapshot",
                KeyTransform(ITEM_IDS, "raw_attributes"),
            )[:ROWS_AT_ONCE]
        )
        return [_Row(*row) for row in rows]

    def _facts_of(self, chunk: Sequence[_Row]) -> Iterator[ListedFacts]:
        known = [row for row in chunk if row.snapshot and row.snapshot["values"]]
        self._unknown += len(chunk) - len(known)
        keys = [row.pk for row in known]
        said = load_observations(keys, states=[Observation.State.ACCEPTED]) if keys else {}
        sizes = _load_sizes(keys) if keys else {}
        self.handed_over += len(known)
        for row in known:
            attributes = FootwearAttributes.from_snapshot(row.snapshot or {})
            yield ListedFacts(
                source=row.source,
                external_id=row.external_id,
                alias=row.alias,
                title=row.title,
                size_labels=tuple(sizes.get(row.pk, ())),
                attributes=attributes,
                believed_from=_believed_from(attributes, said.get(row.pk, ())),
                item_ids=_read_ids(row.item_ids),
            )


def _load_sizes(listing_ids: Sequence[int]) -> dict[int, dict[str, None]]:
    """Return the labels of the sizes of each listing, each once, as they were stored."""
    labels: dict[int, dict[str, None]] = {}
    rows = ListingSize.objects.filter(among("listing_id", listing_ids)).order_by("pk")
    for listing_id, label in rows.values_list("listing_id", "label"):
        labels.setdefault(listing_id, {})[label] = None
    return labels


def _believed_from(
    attributes: FootwearAttributes, said: Sequence[StoredObservation]
) -> Mapping[str, SourceKind]:
    """Return the highest kind of source that each known value rests on."""
    by_attribute: dict[str, list[Any]] = {}
    everything: list[Any] = [*said, *category_readings(attributes.use_category)]
    for item in everything:
        by_attribute.setdefault(item.attribute, []).append(item)
    believed = {}
    for key in ATTRIBUTES:
        value = attributes.get(key)
        if value is not None and key in by_attribute:
            chosen = {
                SourceKind(item.source_kind) for item in choose_believed(value, by_attribute[key])
            }
            # The kinds are declared from the highest to the lowest.
            believed[key] = next(kind for kind in SourceKind if kind in chosen)
    return believed


def _read_ids(stored: object) -> tuple[str, ...]:
    if not isinstance(stored, list):
        return ()
    return tuple(item for item in stored if isinstance(item, str) and item)

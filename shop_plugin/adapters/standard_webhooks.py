"""Hosts that sign as the Standard Webhooks say, and word what they push as footback's own rows.

The body is ``{"type": ..., "timestamp": ..., "data": ...}``: the type is one
of :data:`TOPICS`, the timestamp when the host's row changed, and the data one
object or a list of them (docs/how-to/receive-webhooks.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from shop_plugin.adapters.base import read_listing_row, read_purchase_row, refuse_row
from shop_plugin.adapters.signed_bodies import read_moment, read_object, require_header
from shop_plugin.domain.capabilities import AdapterCard, Capability
from shop_plugin.domain.host_changes import (
    Delivery,
    HostChange,
    PersonReference,
    RefusedDelivery,
    ReturnRecord,
)
from shop_plugin.domain.host_rows import LONGEST_ID
from shop_plugin.domain.records import ReadRow
from shop_plugin.domain.standard_webhooks import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    decode_secret,
    is_signed,
)

#: Older or newer than this by the timestamp is refused; the specification's own advice.
TOLERANCE: Final = timedelta(minutes=5)
MOST_ITEMS: Final = 1000

_NO_MODELS = "It is pushed; the models of a Django shop are read by the orm adapter."
_NO_FILES = "It is pushed; the same rows in a file are read by the jsonl adapter."
CARD = AdapterCard(
    name="standard_webhooks",
    title="Any host that signs by Standard Webhooks",
    can={
        Capability.LISTINGS_BY_WEBHOOK: (
            "By listing.changed and listing.withdrawn, with the names of field-map.csv."
        ),
        Capability.PURCHASES_BY_WEBHOOK: "By purchase.changed, with the names of field-map.csv.",
        Capability.RETURNS_BY_WEBHOOK: "By purchase.returned, one object per act of return.",
        Capability.ERASURE_BY_WEBHOOK: (
            "By person.erased, person.export_requested and person.objected."
        ),
    },
    cannot={
        Capability.LISTINGS_FROM_MODELS: _NO_MODELS,
        Capability.PURCHASES_FROM_MODELS: _NO_MODELS,
        Capability.LISTINGS_FROM_FILES: _NO_FILES,
        Capability.PURCHASES_FROM_FILES: _NO_FILES,
        Capability.FACTS_TO_FILES: "Facts for programs are read from the REST API.",
    },
)


class StandardWebhooks:
    """Reads webhooks with ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``."""

    def find_secret_problem(self, secret: str) -> str:
        """Return what is wrong with a secret, for the system check; empty where nothing is."""
        try:
            decode_secret(secret)
        except ValueError as error:
            return str(error)
        return ""

    def verify(
        self, *, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
    ) -> Delivery:
        """Return what was delivered if a secret signed id, time and body, at most 5 minutes ago.

        :raises RefusedDelivery: otherwise.
        """
        delivery_id = require_header(headers, ID_HEADER)
        timestamp = require_header(headers, TIMESTAMP_HEADER)
        signatures = _signatures_of(headers)
        sent_at = _moment_of(timestamp)
        if not is_signed(
            delivery_id=delivery_id,
            timestamp=timestamp,
            body=body,
            signatures=signatures,
            secrets=secrets,
        ):
            raise RefusedDelivery("wrong_signature", "no secret in force signed this delivery")
        if abs(now - sent_at) > TOLERANCE:
            raise RefusedDelivery("stale", "the timestamp is more than 5 minutes off")
        return Delivery(delivery_id, _topic_of(body), sent_at)

    def read(self, *, delivery: Delivery, body: bytes, source: str) -> HostChange:
        """Return what it says; a type that is none of :data:`TOPICS` is an empty change.

        :raises RefusedDelivery: ``"unreadable"``, for a body without the three parts.
        """
        told = read_object(body)
        topic = told.get("type")
        if not isinstance(topic, str):
            raise RefusedDelivery("unreadable", 'the body has no "type"')
        if topic not in TOPICS:
            return HostChange()
        changed_at = read_moment(told.get("timestamp")) or delivery.sent_at
        return HostChange(**TOPICS[topic](_items_of(told), source), changed_at=changed_at)


def _signatures_of(headers: Mapping[str, str]) -> str:
    """Return the signature header, which may be longer than other headers."""
    for name, value in headers.items():
        if name.lower() == SIGNATURE_HEADER and value.strip():
            return value.strip()
    raise RefusedDelivery("unsigned", f"the header {SIGNATURE_HEADER} is missing")


def _moment_of(timestamp: str) -> datetime:
    try:
        if not (timestamp.isascii() and timestamp.isdigit()):
            raise ValueError
        return datetime.fromtimestamp(int(timestamp), tz=UTC)
    except (ValueError, OverflowError, OSError):
        raise RefusedDelivery("incomplete", "the timestamp is no number of seconds") from None


def _topic_of(body: bytes) -> str:
    """Return the type for the list of deliveries; what cannot be read has none, and is kept."""
    try:
        topic = read_object(body).get("type")
    except RefusedDelivery:
        return ""
    return topic[:100] if isinstance(topic, str) and topic.isprintable() else ""


def _items_of(told: Mapping[str, Any]) -> list[Any]:
    data = told.get("data")
    items = data if isinstance(data, list) else [data]
    if not isinstance(data, list | dict):
        raise RefusedDelivery("unreadable", 'the body has no "data"')
    if len(items) > MOST_ITEMS:
        raise RefusedDelivery("unreadable", f'"data" has more than {MOST_ITEMS} items')
    return items


def _rows(read: Callable[..., ReadRow[Any]], items: Sequence[Any], source: str) -> tuple[Any, ...]:
    return tuple(
        read(item, source=source, line=line)
        if isinstance(item, dict)
        else refuse_row(line, "", "not_an_object", "is not an object with the names of fields")
        for line, item in enumerate(items, start=1)
    )


def _listings(items: Sequence[Any], source: str) -> dict[str, Any]:
    return {"listings": _rows(read_listing_row, items, source)}


def _purchases(items: Sequence[Any], source: str) -> dict[str, Any]:
    return {"purchases": _rows(read_purchase_row, items, source)}


def _withdrawn(items: Sequence[Any], source: str) -> dict[str, Any]:
    return {"withdrawn": tuple(_text_of(item, "id") for item in items)}


def _returned(items: Sequence[Any], source: str) -> dict[str, Any]:
    return {
        "returns": tuple(
            ReturnRecord(_text_of(item, "id"), _text_of(item, "purchase_id"), _pairs_of(item))
            for item in items
        )
    }


def _people(kind: str) -> Callable[[Sequence[Any], str], dict[str, Any]]:
    def read(items: Sequence[Any], source: str) -> dict[str, Any]:
        return {kind: tuple(_person_of(item) for item in items)}

    return read


#: The types of deliveries, and how the data of each is read.
TOPICS: Final[Mapping[str, Callable[[Sequence[Any], str], dict[str, Any]]]] = {
    "listing.changed": _listings,
    "listing.withdrawn": _withdrawn,
    "purchase.changed": _purchases,
    "purchase.returned": _returned,
    "person.erased": _people("erase"),
    "person.export_requested": _people("export"),
    "person.objected": _people("objections"),
}


def _text_of(item: object, name: str, *, is_needed: bool = True) -> str:
    value = item.get(name) if isinstance(item, dict) else None
    is_text = isinstance(value, str | int) and not isinstance(value, bool)
    text = str(value).strip() if is_text else ""
    if (is_needed and not text) or len(text) > LONGEST_ID or not text.isprintable():
        raise RefusedDelivery("unreadable", f'an item has no usable "{name}"')
    return text


def _pairs_of(item: Mapping[str, Any]) -> int:
    value = item.get("quantity", 1)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10_000:
        raise RefusedDelivery("unreadable", '"quantity" is no number of pairs')
    return value


def _person_of(item: object) -> PersonReference:
    person = PersonReference(
        customer_id=_text_of(item, "customer_id", is_needed=False),
        email=_text_of(item, "email", is_needed=False),
    )
    if not person.customer_id and not person.email:
        raise RefusedDelivery("unreadable", 'a person needs "customer_id" or "email"')
    return person

"""From one row of a host to a record: the same rules for every file format and every shop.

Adapters and the API hand rows over as mappings with the keys of
docs/reference/field-map.csv. What is missing stays unknown; what cannot be
read is left out and said; only a row without an identity, a title or (for an
order) a time is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from fractions import Fraction
from typing import Any

from shop_plugin.domain.attributes import MICROMETRES_PER_MM
from shop_plugin.domain.fit_votes import FitCounts, Unusable, VoteKind, read_counts
from shop_plugin.domain.host_texts import clean_attributes, clean_line, clean_text
from shop_plugin.domain.money import Price, read_currency, read_price
from shop_plugin.domain.records import (
    ListingRecord,
    PurchaseRecord,
    ReadRow,
    RowProblem,
    SizeRecord,
)

LONGEST_ID = 191
LONGEST_SOURCE = 64
LONGEST_TITLE = 500
LONGEST_DESCRIPTION = 100_000
LONGEST_URL = 1000
MOST_SIZES = 400
MOST_DEMAND = 1_000_000_000
# What the inside of a shoe can measure, from a baby's first to the largest that is made.
INTERNAL_LENGTHS_MM = (90, 400)
BALL_WIDTHS_MM = (40, 160)
_RAW_SHOWN = 300

_AVAILABILITY: Mapping[str, str] = {
    **dict.fromkeys(("instock", "available", "limitedavailability", "onlineonly"), "in_stock"),
    **dict.fromkeys(("outofstock", "soldout", "discontinued", "unavailable"), "out_of_stock"),
    **dict.fromkeys(("preorder", "presale", "backorder"), "preorder"),
}
_TRUE = frozenset({"1", "true", "yes", "y", "on"})


@dataclass(slots=True)
class _Row:
    """One row while it is read: its values, and what was wrong with them."""

    values: Mapping[str, Any]
    problems: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)

    def refuse(self, name: str, code: str, reason: str) -> None:
        self.problems.append(RowProblem(name, code, reason))

    def warn(self, name: str, code: str, reason: str) -> None:
        self.warnings.append(RowProblem(name, code, reason))

    def line_of(self, name: str, limit: int) -> str:
        """Return a value on one line, cut with a warning where it is too long."""
        text = clean_line(self.values.get(name))
        if len(text) <= limit:
            return text
        self.warn(name, "cut", f"{len(text)} characters were cut to {limit}")
        return text[:limit].rstrip()

    def link_of(self, name: str) -> str:
        """Return a web address, or "" with a warning where it is none."""
        text = clean_line(self.values.get(name))
        if not text or (len(text) <= LONGEST_URL and text.startswith(("http://", "https://", "/"))):
            return text
        self.warn(name, "not_a_link", "is not a web address of at most 1000 characters; left out")
        return ""

    def identity_of(self, name: str, *, required: bool = True) -> str:
        """Return an id; a missing or unusable one refuses the row."""
        value = self.values.get(name)
        if isinstance(value, bool | float | list | dict):
            self.refuse(name, "not_an_id", "an id is a text or a whole number")
            return ""
        text = clean_line(value)
        if not text and required:
            self.refuse(
                name, "missing", "is missing; without it the row cannot be recognised again"
            )
        if len(text) > LONGEST_ID:
            self.refuse(name, "too_long", f"has {len(text)} characters; at most {LONGEST_ID} fit")
        return text

    def flag_of(self, name: str) -> bool:
        """Return whether a value says yes; missing is no, a time of cancelling is yes."""
        value = self.values.get(name)
        return value.strip().lower() in _TRUE if isinstance(value, str) else bool(value)

    def count_of(self, name: str, default: int, least: int) -> int:
        """Return a whole number; an unusable one refuses the row, for pairs must be right."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            number = int(value)
            if isinstance(value, bool) or number != float(value) or not least <= number < 10_000:
                raise ValueError
        except (TypeError, ValueError, OverflowError):
            self.refuse(name, "not_a_count", f"is not a whole number of pairs from {least} up")
            return default
        return number

    def time_of(self, *names: str) -> datetime | None:
        """Return the first of the named times that is there, aware; an unreadable one is a problem.

        A date without a time counts as noon UTC, which is that same calendar
        day nearly everywhere. A time without a zone counts as UTC.
        """
        for name in names:
            value = self.values.get(name)
            if value is None or value == "":
                continue
            moment = _as_moment(value)
            if moment is None:
                self.refuse(
                    name, "not_a_time", "is not a date like 2026-03-31 or a time in ISO 8601"
                )
            return moment
        return None


def read_listing_row(
    values: Mapping[str, Any], *, source: str, line: int, raw: str = ""
) -> ReadRow[ListingRecord]:
    """Return the listing a row describes, or why there is none.

    ``source`` counts where the row names no source of its own. Guaranteed of
    a record: identity and title are there, every text fits its column and
    any database, a price is not negative, a currency is a code or empty.
    """
    row = _Row(values)
    external_id = row.identity_of("id")
    own_source = _source_of(row, source)
    title = row.line_of("title", LONGEST_TITLE)
    if not title:
        row.refuse("title", "missing", "is missing; a listing needs a name to be shown")
    if row.problems:
        return _refused(row, line, raw)
    raw_attributes = _attributes_of(row)
    price = _price_of(row, raw_attributes)
    availability = _availability_of(row, raw_attributes)
    record = ListingRecord(
        source=own_source,
        external_id=external_id,
        title=title,
        description=_description_of(row),
        brand=row.line_of("brand", 200),
        category=row.line_of("category", 500),
        gender=row.line_of("gender", 40),
        age_group=row.line_of("age_group", 40),
        price_minor=price.minor if price else None,
        currency=price.currency if price else "",
        url=row.link_of("url"),
        image_url=row.link_of("image_url"),
        language=_language_of(row),
        availability=availability,
        sizes=_sizes_of(row, availability),
        raw_attributes=raw_attributes,
        fit_votes=_counts_of(row, "fit_votes", VoteKind.VOTES),
        return_reasons=_counts_of(row, "return_reasons", VoteKind.RETURNS),
        arch_votes=_counts_of(row, "arch_votes", VoteKind.ARCH),
        width_votes=_counts_of(row, "width_votes", VoteKind.WIDTH),
        sales=_demand_of(row, "sales"),
        views=_demand_of(row, "views"),
        successor=row.line_of("successor", LONGEST_ID),
        replaces=row.line_of("replaces", LONGEST_ID),
        is_recalled=row.flag_of("is_recalled"),
        alias=row.line_of("alias", LONGEST_ID),
    )
    return ReadRow(line, record, warnings=tuple(row.warnings), raw=raw[:_RAW_SHOWN])


def read_purchase_row(
    values: Mapping[str, Any], *, source: str, line: int, raw: str = ""
) -> ReadRow[PurchaseRecord]:
    """Return the order line a row describes, or why there is none.

    A row without an ``id`` of its own is recognised again by order, listing
    and size together.
    """
    row = _Row(values)
    order_id = row.identity_of("order_id")
    listing_id = row.identity_of("listing_id", required=False)
    size = row.line_of("size", 24)
    ordered_at = row.time_of("ordered_at", "ordered_on")
    if ordered_at is None and not row.problems:
        row.refuse("ordered_at", "missing", "is missing; wear cannot be reckoned without it")
    external_id = row.identity_of("id", required=False)
    if not external_id:
        external_id = ":".join(part for part in (order_id, listing_id, size) if part)[:LONGEST_ID]
    quantity = row.count_of("quantity", default=1, least=1)
    returned = row.count_of("quantity_returned", default=0, least=0)
    if returned > quantity:
        row.refuse("quantity_returned", "too_many", f"{returned} of {quantity} cannot come back")
    own_source = _source_of(row, source)
    delivered_at = row.time_of("delivered_at", "delivered_on")
    fulfilled_at = row.time_of("fulfilled_at", "fulfilled_on")
    if row.problems or ordered_at is None:
        return _refused(row, line, raw)
    record = PurchaseRecord(
        source=own_source,
        external_id=external_id,
        order_id=order_id,
        ordered_at=ordered_at,
        listing_source=row.line_of("listing_source", LONGEST_SOURCE),
        listing_id=listing_id,
        title=row.line_of("title", LONGEST_TITLE),
        category=row.line_of("category", 500),
        size=size,
        quantity=quantity,
        quantity_returned=returned,
        customer_id=row.line_of("customer_id", LONGEST_ID),
        email=_email_of(row),
        first_name=row.line_of("first_name", 100),
        language=_language_of(row),
        country=_country_of(row),
        timezone=row.line_of("timezone", 64),
        fulfilled_at=fulfilled_at,
        delivered_at=delivered_at,
        is_gift=row.flag_of("is_gift"),
        is_cancelled=row.flag_of("is_cancelled"),
        optout_offered=row.flag_of("optout_offered"),
        has_express_consent=row.flag_of("has_express_consent"),
    )
    return ReadRow(line, record, warnings=tuple(row.warnings), raw=raw[:_RAW_SHOWN])


def refuse_row(line: int, field: str, code: str, reason: str, raw: str = "") -> ReadRow[Any]:
    """Return a row that could not even be taken apart."""
    return ReadRow(line, None, (RowProblem(field, code, reason),), raw=clean_text(raw)[:_RAW_SHOWN])


def _refused(row: _Row, line: int, raw: str) -> ReadRow[Any]:
    return ReadRow(
        line,
        None,
        tuple(row.problems),
        tuple(row.warnings),
        raw=clean_text(raw)[:_RAW_SHOWN],
    )


def _source_of(row: _Row, source: str) -> str:
    own = clean_line(row.values.get("source")) or source
    if not own:
        row.refuse("source", "missing", "is missing, and no source was named for the whole")
    elif len(own) > LONGEST_SOURCE:
        row.refuse("source", "too_long", f"has {len(own)} characters; at most {LONGEST_SOURCE} fit")
    return own


def _description_of(row: _Row) -> str:
    text = clean_text(row.values.get("description"))
    if len(text) <= LONGEST_DESCRIPTION:
        return text
    row.warn("description", "cut", f"{len(text)} characters were cut to {LONGEST_DESCRIPTION}")
    return text[:LONGEST_DESCRIPTION]


def _attributes_of(row: _Row) -> dict[str, Any]:
    value = row.values.get("raw_attributes")
    if isinstance(value, Mapping):
        return clean_attributes(value)
    if value not in (None, "", []):
        row.warn(
            "raw_attributes", "not_an_object", "is not an object of names and values; left out"
        )
    return {}


def _price_of(row: _Row, raw_attributes: Mapping[str, Any]) -> Price | None:
    value = row.values.get("price")
    if value is None or value == "":
        return None
    stated = row.values.get("currency") or raw_attributes.get("currency")
    try:
        price = read_price(value, currency=read_currency(clean_line(stated)))
    except ValueError as error:
        row.warn("price", "price_unreadable", f"{error}; the listing is kept without a price")
        return None
    if price.is_first_of_several:
        row.warn("price", "several_prices", "holds several amounts; the first one is used")
    if not price.currency:
        row.warn(
            "currency",
            "currency_unknown",
            "no currency is stated; the price is kept and compared with no other currency's",
        )
    return price


def _availability_of(row: _Row, raw_attributes: Mapping[str, Any]) -> str:
    stated = row.values.get("availability")
    if stated is None:
        stated = raw_attributes.get("availability")
    if isinstance(stated, bool):
        return "in_stock" if stated else "out_of_stock"
    word = clean_line(stated).lower().rsplit("/", 1)[-1]
    return _AVAILABILITY.get(word.replace(" ", "").replace("_", "").replace("-", ""), "")


def _sizes_of(row: _Row, availability: str) -> tuple[SizeRecord, ...]:
    value = row.values.get("sizes")
    if value in (None, "", []):
        return ()
    if not isinstance(value, Iterable) or isinstance(value, str | Mapping):
        row.warn("sizes", "not_a_list", "is not a list of sizes; left out")
        return ()
    sizes: dict[tuple[str, str, str], SizeRecord] = {}
    for item in value:
        size = _size_of(row, item, availability)
        if size is not None and len(sizes) < MOST_SIZES:
            sizes.setdefault((size.label, size.system, size.width), size)
    return tuple(sizes.values())


def _size_of(row: _Row, item: object, availability: str) -> SizeRecord | None:
    if isinstance(item, SizeRecord):
        return item
    stated: Mapping[str, Any] = item if isinstance(item, Mapping) else {"label": item}
    label = clean_line(stated.get("label"))
    system = clean_line(stated.get("system")).lower()
    width = clean_line(stated.get("width"))
    if not label or len(label) > 24 or len(system) > 12 or len(width) > 24:
        row.warn("sizes", "size_unreadable", "a size without a short label was left out")
        return None
    # A size that is listed without a figure is there when the listing is: one pair, no more.
    default = 1 if availability == "in_stock" else 0
    try:
        stock = int(stated.get("stock", default))
    except (TypeError, ValueError, OverflowError):
        row.warn(
            "sizes", "stock_unreadable", f"the stock of size {label} is no number; none counted"
        )
        stock = 0
    return SizeRecord(
        label,
        system,
        width,
        min(max(stock, 0), 1_000_000),
        _inside_of(row, stated, "internal_length_mm", INTERNAL_LENGTHS_MM, label),
        _inside_of(row, stated, "ball_width_mm", BALL_WIDTHS_MM, label),
    )


def _inside_of(
    row: _Row, stated: Mapping[str, Any], key: str, limits: tuple[int, int], label: str
) -> int | None:
    """Return a measure of the inside of one size in micrometres, or ``None`` with a warning."""
    value = stated.get(key)
    if value is None or value == "":
        return None
    least, most = limits
    try:
        length_um = round(Fraction(clean_line(value).replace(",", ".")) * MICROMETRES_PER_MM)
    except (ValueError, ZeroDivisionError):
        length_um = -1
    if least * MICROMETRES_PER_MM <= length_um <= most * MICROMETRES_PER_MM:
        return length_um
    row.warn(
        f"sizes.{key}",
        "measure_unusable",
        f"of size {label} is no number of millimetres from {least} to {most}; left out",
    )
    return None


def _counts_of(row: _Row, name: str, kind: VoteKind) -> FitCounts | None:
    counts = read_counts(kind, row.values.get(name))
    if isinstance(counts, Unusable):
        field_name = f"{name}.{counts.key}" if counts.key else name
        row.warn(field_name, counts.code, f"{counts.reason}; all of {name} is left out")
        return None
    return counts


def _demand_of(row: _Row, name: str) -> int:
    """Return how often a listing was sold or looked at; 0 where the host does not say."""
    value = row.values.get(name)
    if value is None or value == "":
        return 0
    try:
        number = int(value)
        if isinstance(value, bool) or number != float(value) or number < 0:
            raise ValueError
    except (TypeError, ValueError, OverflowError):
        row.warn(name, "not_a_count", "is not a whole number from 0 up; counted as 0")
        return 0
    return min(number, MOST_DEMAND)


def _language_of(row: _Row) -> str:
    tag = clean_line(row.values.get("language")).lower().replace("_", "-")
    return tag if len(tag) <= 8 else tag.partition("-")[0][:8]


def _country_of(row: _Row) -> str:
    code = clean_line(row.values.get("country")).upper()
    if not code or (len(code) == 2 and code.isalpha() and code.isascii()):
        return code
    row.warn("country", "not_a_country_code", "is not a code of two letters (DE); left out")
    return ""


def _email_of(row: _Row) -> str:
    text = clean_line(row.values.get("email"))
    name, at, host = text.rpartition("@")
    if not text or (at and name and "." in host and " " not in text and len(text) <= 254):
        return text
    row.warn("email", "not_an_address", "is not a mail address; the person is kept, never mailed")
    return ""


def read_updated_at(values: Mapping[str, Any]) -> datetime | None:
    """Return when the host last changed what a row says, aware; ``None`` where it does not tell.

    :raises ValueError: for what is no date and no time; its words are for the host's staff.
    """
    value = values.get("updated_at")
    if value is None or value == "":
        return None
    moment = _as_moment(value)
    if moment is None:
        raise ValueError("is not a date like 2026-03-31 or a time in ISO 8601")
    return moment


def _as_moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(12), tzinfo=UTC)
    text = clean_line(value)
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(12), tzinfo=UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

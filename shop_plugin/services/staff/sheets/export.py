"""The work list as a spreadsheet: which shoe, what is known, and what staff say or could say."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from django.db.models import Q
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from shop_plugin.conf import get_settings, load_sheet_format
from shop_plugin.domain.attributes import ATTRIBUTES, FootwearAttributes
from shop_plugin.domain.sheets import OutgoingSheet
from shop_plugin.models import FootwearProfile, Listing
from shop_plugin.services.bulk.rows import among
from shop_plugin.services.staff.sheets.cells import write_cell
from shop_plugin.services.staff.sheets.columns import (
    legend_lines,
    outgoing_columns,
    write_version,
)
from shop_plugin.services.staff.sheets.standing import StaffValue, load_staff_values
from shop_plugin.services.words.attributes import attribute_label, describe_value
from shop_plugin.services.words.lengths import default_unit

_ROWS_AT_ONCE = 500
# Elsewhere a comma parts decimals, and spreadsheet programs expect a semicolon between cells.
_LANGUAGES_WITH_POINT = frozenset({"en"})


class _Row(NamedTuple):
    pk: int
    source: str
    external_id: str
    title: str
    brand: str
    url: str


class _Believed(NamedTuple):
    snapshot: dict[str, object]
    grade_low: str
    grade_high: str
    match_low: int | None
    match_high: int | None


def write_facts_sheet(
    *,
    listing_ids: Iterable[int],
    format_name: str,
    delimiter: str = "",
    has_mark: bool = True,
) -> Iterator[bytes]:
    """Yield a spreadsheet of these listings in the order given, in the language in force.

    ``delimiter`` is for text formats; without one it is what spreadsheet
    programs of the language expect. ``has_mark`` puts a byte order mark first,
    without which Excel takes UTF-8 for something else.

    :raises KeyError: for a format that is not configured.
    """
    language = get_language() or "en"
    # Fixed before the first row is written: a list must not change while it is walked.
    ids = array("q", listing_ids)
    sheet = OutgoingSheet(
        title=_("Facts"),
        columns=outgoing_columns(),
        rows=_rows(ids, language),
        legend_title=_("Allowed values"),
        legend=legend_lines(),
        delimiter=delimiter or usual_delimiter(language),
        has_mark=has_mark,
    )
    return load_sheet_format(format_name).write(sheet)


def usual_delimiter(language: str) -> str:
    """Return what parts the cells of a CSV file where a language is spoken: "," or ";"."""
    return "," if language.partition("-")[0] in _LANGUAGES_WITH_POINT else ";"


def find_listing_ids(
    *, source: str = "", category: str = "", brand: str = "", unknown: Iterable[str] = ()
) -> Iterator[int]:
    """Yield the listings on offer that match all that is given, the newest first.

    ``unknown`` names attributes of which nothing may be known; "arch_support",
    "cushioning" and "heel_height_mm" can be asked for.

    :raises KeyError: for another attribute.
    """
    columns = {
        "arch_support": "profile__arch_support",
        "cushioning": "profile__cushioning",
        "heel_height_mm": "profile__heel_height_high_um",
    }
    wanted = {"source": source, "use_category": category, "brand": brand}
    found = Listing.objects.filter(
        is_withdrawn=False, **{name: value for name, value in wanted.items() if value}
    )
    for key in unknown:
        found = found.filter(Q(profile=None) | Q(**{columns[key]: None}))
    return found.order_by("-pk").values_list("pk", flat=True).iterator()


def _rows(listing_ids: Iterable[int], language: str) -> Iterator[list[str]]:
    remaining = iter(listing_ids)
    while chunk := list(islice(remaining, _ROWS_AT_ONCE)):
        # The rows are asked for while a response is written, when another language may hold.
        with override(language):
            rows = _write_rows(chunk)
        yield from rows


def _write_rows(listing_ids: Sequence[int]) -> list[list[str]]:
    listings = {
        row[0]: _Row(*row)
        for row in Listing.objects.filter(among("pk", listing_ids)).values_list(*_Row._fields)
    }
    said = load_staff_values(listing_ids)
    believed = {
        pk: _Believed(*rest)
        for pk, *rest in FootwearProfile.objects.filter(
            among("listing_id", listing_ids)
        ).values_list("pk", *_Believed._fields)
    }
    return [
        _write_row(listings[pk], said.get(pk, {}), believed.get(pk))
        for pk in listing_ids
        if pk in listings
    ]


def _write_row(row: _Row, said: dict[str, StaffValue], believed: _Believed | None) -> list[str]:
    return [
        row.source,
        row.external_id,
        row.title,
        row.brand,
        _address(row),
        _match(believed),
        _known(said, believed),
        *(
            write_cell(attribute=key, value=said[key].value, original=said[key].original)
            if key in said
            else ""
            for key in ATTRIBUTES
        ),
        write_version({key: item.value for key, item in said.items()}),
    ]


def _address(row: _Row) -> str:
    base = get_settings().PUBLIC_BASE_URL.rstrip("/")
    return f"{base}{row.url}" if row.url.startswith("/") and base else row.url


def _match(believed: _Believed | None) -> str:
    if believed is None or believed.match_low is None or believed.match_high is None:
        return ""
    letters = _range(believed.grade_low, believed.grade_high)
    return f"{letters} ({_range(_points(believed.match_low), _points(believed.match_high))})"


def _points(hundredths: int) -> str:
    return str((hundredths + 50) // 100)


def _range(low: str, high: str) -> str:
    return low if low == high or not high else f"{low}–{high}"


def _known(said: dict[str, StaffValue], believed: _Believed | None) -> str:
    """Return what is believed of the attributes that staff say nothing of."""
    if believed is None or not believed.snapshot:
        return ""
    attributes = FootwearAttributes.from_snapshot(believed.snapshot)
    unit = get_settings().LENGTH_UNIT or default_unit()
    return "; ".join(
        f"{attribute_label(key)}: {describe_value(key, value, unit=unit)}"
        for key in ATTRIBUTES
        if key not in said and (value := attributes.get(key)) is not None
    )

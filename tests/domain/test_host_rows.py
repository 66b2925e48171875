from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from shop_plugin.domain.host_rows import read_listing_row, read_purchase_row
from shop_plugin.domain.records import ListingRecord, PurchaseRecord, SizeRecord

SHOE = {"id": "M-1", "title": "Marlow Walker"}
LINE = {"order_id": "O-1", "ordered_on": "2026-03-31", "listing_id": "M-1"}


def listing(**fields: Any) -> ListingRecord:
    row = read_listing_row({**SHOE, **fields}, source="demo", line=1)
    assert row.record is not None, row.problems
    return row.record


def listing_codes(**fields: Any) -> tuple[list[str], list[str]]:
    row = read_listing_row({**SHOE, **fields}, source="demo", line=7)
    return [item.code for item in row.problems], [item.code for item in row.warnings]


def purchase(**fields: Any) -> PurchaseRecord:
    row = read_purchase_row({**LINE, **fields}, source="demo", line=1)
    assert row.record is not None, row.problems
    return row.record


def purchase_codes(**fields: Any) -> list[str]:
    row = read_purchase_row({**LINE, **fields}, source="demo", line=1)
    assert (row.record is None) == bool(row.problems)
    return [item.code for item in (*row.problems, *row.warnings)]


def test_it_keeps_a_row_s_own_source_as_part_of_its_identity() -> None:
    assert listing().source == "demo"
    assert listing(source="north").source == "north"


def test_it_puts_a_title_with_newlines_on_one_line() -> None:
    assert listing(title="Marlow\r\n  Walker\t7 ").title == "Marlow Walker 7"


def test_it_keeps_the_lines_of_a_description() -> None:
    assert listing(description="Soft.\r\nLight.\n").description == "Soft.\nLight."


def test_it_keeps_broken_characters_as_the_shop_wrote_them() -> None:
    assert listing(title="Marlowâ„¢ Walker").title == "Marlowâ„¢ Walker"


def test_it_takes_out_what_no_database_can_hold() -> None:
    found = listing(
        title="Mar\x00low", description="a\ud83d b\x07", raw_attributes={"n\x00": "\x00x"}
    )
    assert found.title == "Marlow"
    assert found.description == "a\ufffd b"
    assert found.raw_attributes == {"n": "x"}
    found.description.encode()


def test_it_cuts_an_overlong_title_and_says_so() -> None:
    assert len(listing(title="x" * 900).title) == 500
    assert listing_codes(title="x" * 900) == ([], ["cut"])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"id": None}, "missing"),
        ({"id": " "}, "missing"),
        ({"id": "x" * 192}, "too_long"),
        ({"id": 1.5}, "not_an_id"),
        ({"id": ["a"]}, "not_an_id"),
        ({"title": ""}, "missing"),
        ({"title": None}, "missing"),
        ({"source": "s" * 65}, "too_long"),
    ],
)
def test_it_refuses_a_row_that_cannot_be_recognised_or_shown(
    fields: dict[str, Any], code: str
) -> None:
    assert listing_codes(**fields)[0] == [code]


def test_it_takes_a_number_for_an_id() -> None:
    assert listing(id=4711).external_id == "4711"


def test_it_reads_the_currency_from_the_row_or_its_own_fields() -> None:
    assert listing(price=89, currency="EUR").currency == "EUR"
    found = listing(price=1299.5, raw_attributes={"currency": "INR"})
    assert (found.price_minor, found.currency) == (129_950, "INR")


def test_it_keeps_a_price_whose_currency_nobody_states_and_leaves_the_currency_empty() -> None:
    fields = {"price": 89, "raw_attributes": {"currency": "not stated by the source"}}
    found = listing(**fields)
    assert (found.price_minor, found.currency) == (8900, "")
    assert listing_codes(**fields) == ([], ["currency_unknown"])


@pytest.mark.parametrize("price", ["free", -5, float("nan"), "Infinity", float("inf"), True])
def test_it_keeps_a_listing_whose_price_cannot_be_read(price: object) -> None:
    assert listing(price=price, currency="EUR").price_minor is None
    assert listing_codes(price=price, currency="EUR") == ([], ["price_unreadable"])


def test_it_says_which_of_two_prices_it_took() -> None:
    fields = {"price": "$49.95MSRP:$110.00", "currency": "USD"}
    assert listing(**fields).price_minor == 4995
    assert listing_codes(**fields) == ([], ["several_prices"])


def test_it_reads_sizes_with_and_without_figures() -> None:
    found = listing(
        availability="InStock",
        sizes=[
            {"label": 38, "system": "EU", "width": "G", "stock": "2"},
            {"label": "38", "system": "eu", "width": "G", "stock": 9},
            "39",
        ],
    )
    assert found.sizes == (SizeRecord("38", "eu", "G", 2), SizeRecord("39", "", "", 1))


def test_it_counts_no_pairs_where_neither_size_nor_listing_says_so() -> None:
    assert listing(sizes=["39"]).sizes[0].stock == 0
    assert listing(sizes=[{"label": "39", "stock": -4}]).sizes[0].stock == 0
    assert listing_codes(sizes=[{"label": "39", "stock": "few"}]) == ([], ["stock_unreadable"])


def test_it_reads_the_inside_of_a_size_in_millimetres() -> None:
    found = listing(
        sizes=[
            {"label": "38", "internal_length_mm": "252,5", "ball_width_mm": 93},
            {"label": "39", "internal_length_mm": "", "ball_width_mm": None},
        ]
    )
    assert [(size.internal_length_um, size.ball_width_um) for size in found.sizes] == [
        (252_500, 93_000),
        (None, None),
    ]


@pytest.mark.parametrize("length", ["25.2", 2520, "long", -250, float("nan"), True, "1/0"])
def test_it_leaves_out_an_inside_that_no_shoe_has_and_says_what_is_asked_for(
    length: object,
) -> None:
    sizes = [{"label": "38", "stock": 2, "internal_length_mm": length}]
    assert listing(sizes=sizes).sizes == (SizeRecord("38", "", "", 2),)
    row = read_listing_row({"id": "1", "title": "T", "sizes": sizes}, source="demo", line=1)
    (warning,) = row.warnings
    assert (warning.field, warning.code) == ("sizes.internal_length_mm", "measure_unusable")
    assert warning.reason == "of size 38 is no number of millimetres from 90 to 400; left out"


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("InStock", "in_stock"),
        ("in stock", "in_stock"),
        ("https://schema.org/OutOfStock", "out_of_stock"),
        ("Sold out", "out_of_stock"),
        ("pre-order", "preorder"),
        (True, "in_stock"),
        ("perhaps", ""),
        (None, ""),
    ],
)
def test_it_reads_availability(stated: object, expected: str) -> None:
    assert listing(availability=stated).availability == expected


def test_it_leaves_out_own_fields_that_are_no_object() -> None:
    assert listing(raw_attributes="a;b").raw_attributes == {}
    assert listing_codes(raw_attributes="a;b") == ([], ["not_an_object"])


def test_it_leaves_out_a_link_that_is_none() -> None:
    assert listing(url="javascript:alert(1)").url == ""
    assert listing(url="/shoe/1").url == "/shoe/1"


def test_it_keeps_the_start_of_a_refused_row() -> None:
    row = read_listing_row({"id": "x"}, source="s", line=3, raw='{"id": "x"}' + "\x00" * 9)
    assert row.raw == '{"id": "x"}'
    assert row.line == 3


def test_it_recognises_an_order_line_without_an_id_by_what_it_is_about() -> None:
    assert purchase(size="38").external_id == "O-1:M-1:38"
    assert purchase(id=12).external_id == "12"


def test_it_takes_a_date_for_noon_utc_which_is_that_day_nearly_everywhere() -> None:
    noon = datetime(2026, 3, 31, 12, tzinfo=UTC)
    assert purchase().ordered_at == noon
    assert purchase(ordered_on=date(2026, 3, 31)).ordered_at == noon
    assert purchase(ordered_at="2026-03-31T08:00:00+02:00").ordered_at == datetime(
        2026, 3, 31, 6, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ordered_on": "31.3.2026"}, "not_a_time"),
        ({"ordered_on": ""}, "missing"),
        ({"order_id": ""}, "missing"),
        ({"quantity": 0}, "not_a_count"),
        ({"quantity": 1.5}, "not_a_count"),
        ({"quantity": "many"}, "not_a_count"),
        ({"quantity": True}, "not_a_count"),
        ({"quantity": 1, "quantity_returned": 2}, "too_many"),
        ({"email": "nobody"}, "not_an_address"),
        ({"country": "Germany"}, "not_a_country_code"),
    ],
)
def test_it_refuses_or_leaves_out_what_an_order_line_cannot_mean(
    fields: dict[str, Any], code: str
) -> None:
    assert purchase_codes(**fields) == [code]


def test_it_reads_yes_and_no_in_every_form() -> None:
    assert purchase(is_gift="yes", optout_offered=1).is_gift
    assert not purchase(is_gift="0").is_gift
    assert purchase(is_cancelled=datetime(2026, 1, 1, tzinfo=UTC)).is_cancelled

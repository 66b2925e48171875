"""The update file: what the importer of WooCommerce overwrites, and what it must not."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from shop_plugin.adapters.woocommerce import WooCommerceMetaCsv
from shop_plugin.adapters.woocommerce.facts import FIELDS
from shop_plugin.domain.attributes import FootwearAttributes, Options, SourceKind, Span
from shop_plugin.domain.host_changes import ListedFacts


def listed(external_id: str = "311", alias: str = "MW-1", **known: Span | Options) -> ListedFacts:
    return ListedFacts(
        source="shop",
        external_id=external_id,
        alias=alias,
        title="=HYPERLINK()",
        size_labels=("38",),
        attributes=FootwearAttributes(**known),  # type: ignore[arg-type]
        believed_from={},
    )


def written(*rows: ListedFacts) -> list[dict[str, str]]:
    text = b"".join(WooCommerceMetaCsv().write(rows)).decode()
    return list(csv.DictReader(io.StringIO(text)))


def told(*rows: ListedFacts) -> list[dict[str, str]]:
    prefix = "Meta: footback_"
    return [
        {name.removeprefix(prefix): value for name, value in row.items() if value}
        for row in written(*rows)
    ]


HEEL = Span.exactly(35_000)


def test_it_touches_nothing_of_a_product_but_its_own_fields() -> None:
    (row,) = written(listed(heel_height_mm=HEEL))
    columns = list(row)
    assert columns[0] == "ID"
    assert all(name.startswith("Meta: footback_") for name in columns[1:])
    assert len(columns) == len(FIELDS) + 1


def test_it_writes_what_is_known_and_leaves_the_rest_empty() -> None:
    row = listed(
        heel_height_mm=HEEL,
        forefoot_height_mm=Span(10_000, 15_500),
        drop_mm=Span.exactly(-4_000),
        weight_g=Span.exactly(240_000),
        arch_support=Options.of("1", "2", "3"),
        cushioning=Options.of("0", "1"),
        removable_insole=Options.of("yes"),
        orthotic_friendly=Options.of("yes", "no"),
        toe_shape=Options.of("foot_shaped"),
        width_options=Options.of("wide", "regular"),
    )
    assert told(row) == [
        {
            "ID": "311",
            "heel_height_mm": "35",
            "platform_height_range_mm": "from 10 to 15.5",
            "drop_mm": "-4",
            "weight_of_one_shoe_g": "240",
            "arch_support": "yes",
            "removable_insole": "yes",
            "toe_shape": "foot shaped",
            "widths": "regular, wide",
        }
    ]


def test_it_writes_levels_where_they_are_known() -> None:
    row = listed(arch_support=Options.of("3"), cushioning=Options.of("0"))
    assert told(row) == [
        {
            "ID": "311",
            "arch_support": "yes",
            "arch_support_level": "3",
            "cushioning": "no",
            "cushioning_level": "0",
        }
    ]


def test_it_leaves_out_a_listing_of_which_nothing_is_known() -> None:
    assert told(listed(), listed("312", heel_height_mm=HEEL)) == [
        {"ID": "312", "heel_height_mm": "35"}
    ]


def test_it_states_nothing_that_only_the_kind_of_shoe_or_buyers_say() -> None:
    row = listed(heel_height_mm=HEEL, drop_mm=Span.exactly(8_000), toe_shape=Options.of("round"))
    row = replace(
        row,
        attributes=replace(row.attributes, conflicts=frozenset({"drop_mm"})),
        believed_from={"heel_height_mm": SourceKind.TEXT, "toe_shape": SourceKind.CATEGORY},
    )
    assert told(row) == [{"ID": "311", "heel_height_mm": "35"}]


def test_it_leaves_out_what_has_no_number_in_woocommerce() -> None:
    rows = [
        listed("MW-1", "", heel_height_mm=HEEL),
        listed("MW-2", "312", heel_height_mm=HEEL),
        listed("²", "", heel_height_mm=HEEL),
    ]
    assert [row["ID"] for row in told(*rows)] == ["312"]


def test_it_holds_no_title_that_a_spreadsheet_would_run() -> None:
    text = b"".join(WooCommerceMetaCsv().write([listed(heel_height_mm=HEEL)])).decode()
    assert "HYPERLINK" not in text

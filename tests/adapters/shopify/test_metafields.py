from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from shop_plugin.adapters.shopify import ShopifyCsv, ShopifyMetafieldsCsv, ShopifyMetafieldsJson
from shop_plugin.adapters.shopify.metafields import METAFIELDS, MOST_AT_ONCE
from shop_plugin.domain.attributes import FootwearAttributes, Options, SourceKind, Span, UseCategory
from shop_plugin.domain.host_changes import ListedFacts
from shop_plugin.domain.structured import read_fields

KNOWN = FootwearAttributes(
    heel_height_mm=Span.exactly(30_500),
    drop_mm=Span(-4_000, 0),
    weight_g=Span.exactly(310_000),
    arch_support=Options.of("1", "2", "3"),
    cushioning=Options.of("2"),
    removable_insole=Options.of("yes"),
    orthotic_friendly=Options.of("no"),
    toe_shape=Options.of("round", "almond"),
    fastening=Options.of("lace_up"),
    width_options=Options.of("wide", "regular"),
)


def listed(
    handle: str = "walker",
    alias: str = "7001",
    title: str = "Walker",
    attributes: FootwearAttributes = KNOWN,
) -> ListedFacts:
    return ListedFacts("north", handle, alias, title, ("38",), attributes, {"x": SourceKind.STAFF})


def table(*rows: ListedFacts) -> list[dict[str, str]]:
    data = b"".join(ShopifyMetafieldsCsv().write(rows))
    return list(csv.DictReader(io.StringIO(data.decode())))


def calls(*rows: ListedFacts) -> list[list[dict[str, str]]]:
    lines = b"".join(ShopifyMetafieldsJson().write(rows)).splitlines()
    return [json.loads(line)["metafields"] for line in lines]


def test_it_writes_a_column_per_metafield_under_the_names_that_shopify_reads() -> None:
    (row,) = table(listed())
    said = {
        name.partition(" (product.metafields.footback.")[2].rstrip(")"): value
        for name, value in row.items()
        if value and "(" in name
    }
    assert (row["Handle"], row["Title"]) == ("walker", "Walker")
    assert said == {
        "heel_height": '{"unit": "mm", "value": 30.5}',
        "drop_range": "from -4 to 0 mm",
        "weight": '{"unit": "g", "value": 310.0}',
        "arch_support": "true",
        "cushioning": "true",
        "cushioning_level": "2",
        "removable_insole": "true",
        "orthotic_friendly": "false",
        "fastening": "lace up",
        "widths": "regular, wide",
    }


def test_it_writes_the_same_facts_as_calls_of_the_api() -> None:
    (call,) = calls(listed())
    assert {item["ownerId"] for item in call} == {"gid://shopify/Product/7001"}
    assert {item["namespace"] for item in call} == {"footback"}
    (row,) = table(listed())
    columns = {kind.key: kind.column for kind in METAFIELDS}
    assert {item["key"]: item["value"] for item in call} == {
        key: row[column] for key, column in columns.items() if row[column]
    }
    kinds = {item["key"]: item["type"] for item in call}
    assert kinds["heel_height"] == "dimension"
    assert kinds["weight"] == "weight"
    assert kinds["arch_support"] == "boolean"
    assert kinds["cushioning_level"] == "number_integer"
    assert kinds["fastening"] == "single_line_text_field"


def test_it_sends_at_most_25_at_once_and_never_parts_a_product() -> None:
    rows = [listed(f"h{number}", str(number + 1)) for number in range(30)]
    found = calls(*rows)
    assert max(len(call) for call in found) <= MOST_AT_ONCE
    owners = [{item["ownerId"] for item in call} for call in found]
    assert len(set.union(*owners)) == sum(len(item) for item in owners) == 30
    assert len(METAFIELDS) <= MOST_AT_ONCE


def test_it_leaves_out_of_the_calls_a_product_whose_number_is_not_known() -> None:
    assert calls(listed(alias="")) == []
    assert calls(listed(alias='7"}]')) == []
    assert len(table(listed(alias=""))) == 1


def test_it_leaves_out_a_listing_of_which_nothing_is_known() -> None:
    unknown = listed(attributes=FootwearAttributes())
    assert table(unknown) == []
    assert calls(unknown) == []


def test_it_hands_out_no_cell_that_a_spreadsheet_would_run() -> None:
    rows = [listed(title=f"{sign}1+1") for sign in "=+-@\t"] + [listed(handle="=cmd")]
    assert table(*rows) == []
    data = b"".join(ShopifyMetafieldsCsv().write([listed()])).decode()
    cells = [cell for row in csv.reader(io.StringIO(data)) for cell in row]
    assert [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")] == []


def test_it_writes_neither_a_match_nor_a_condition() -> None:
    words = " ".join(f"{kind.key} {kind.label}" for kind in METAFIELDS).lower()
    for word in ("match", "score", "grade", "condition", "pain", "plantar", "guide"):
        assert word not in words


def test_it_is_read_back_by_our_own_import_as_the_same_facts(tmp_path: Path) -> None:
    path = tmp_path / "metafields.csv"
    path.write_bytes(b"".join(ShopifyMetafieldsCsv().write([listed()])))
    (row,) = ShopifyCsv().read_listings(path, source="north")
    assert row.record is not None
    readings = read_fields(row.record.raw_attributes, use_category=UseCategory.OTHER).readings
    found = {item.attribute: item.value for item in readings}
    for name in ("heel_height_mm", "arch_support", "removable_insole", "orthotic_friendly"):
        assert found[name] == KNOWN.get(name)
    assert found["fastening"] == KNOWN.fastening
    assert found["weight_g"] == KNOWN.weight_g

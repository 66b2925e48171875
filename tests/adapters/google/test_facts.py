from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from shop_plugin.adapters.google.facts import GOOGLE_NAMESPACE, details_of
from shop_plugin.adapters.google.tsv import GoogleSupplementalTsv, GoogleTsv
from shop_plugin.adapters.google.xml import GoogleSupplementalXml
from shop_plugin.domain.attributes import (
    ATTRIBUTES,
    FootwearAttributes,
    Options,
    SourceKind,
    Span,
    UseCategory,
)
from shop_plugin.domain.guide import load_guide
from shop_plugin.domain.host_changes import ListedFacts
from shop_plugin.domain.structured import read_fields
from shop_plugin.domain.wording import find_banned_claims

KNOWN = FootwearAttributes(
    heel_height_mm=Span.exactly(35_500),
    forefoot_height_mm=Span(10_000, 12_000),
    drop_mm=Span.exactly(-2_000),
    weight_g=Span.exactly(250_000),
    arch_support=Options.of("2"),
    cushioning=Options.of("1", "2", "3"),
    removable_insole=Options.of("yes"),
    orthotic_friendly=Options.of("yes"),
    toe_shape=Options.of("round"),
    width_options=Options.of("wide", "regular"),
)


def listed(attributes: FootwearAttributes = KNOWN, **changes: Any) -> ListedFacts:
    facts = ListedFacts(
        source="shop",
        external_id="G1",
        alias="",
        title="Marlow Court",
        size_labels=("38", "39"),
        attributes=attributes,
        believed_from={
            key: SourceKind.STAFF for key in ATTRIBUTES if attributes.get(key) is not None
        },
        item_ids=("G1-38", "G1-39"),
    )
    return replace(facts, **changes)


def table(*rows: ListedFacts) -> list[list[str]]:
    text = b"".join(GoogleSupplementalTsv().write(rows)).decode()
    return list(csv.reader(io.StringIO(text), delimiter="\t"))


def test_it_words_what_is_known_and_says_of_a_range_that_it_is_one() -> None:
    assert details_of(listed()) == [
        ("Heel height", "35.5 mm"),
        ("Platform height", "10 to 12 mm"),
        ("Heel to toe drop", "-2 mm"),
        ("Weight per shoe", "250 g"),
        ("Arch support", "moderate"),
        ("Cushioning", "yes"),
        ("Removable insole", "yes"),
        ("Toe shape", "round"),
        ("Width", "regular / wide"),
    ]


@pytest.mark.parametrize(
    ("possible", "word"),
    [
        ("0", "none"),
        ("3", "high"),
        ("12", "mild to moderate"),
        ("23", "moderate to high"),
        ("123", "yes"),
        ("01", ""),
        ("13", ""),
        ("0123", ""),
    ],
)
def test_it_says_no_more_of_a_level_than_is_known(possible: str, word: str) -> None:
    known = FootwearAttributes(arch_support=Options(frozenset(possible)))
    assert details_of(listed(known)) == ([("Arch support", word)] if word else [])


def test_it_keeps_to_itself_what_is_disputed_implied_or_said_by_buyers() -> None:
    heel = FootwearAttributes(heel_height_mm=Span(30_000, 40_000))
    disputed = replace(heel, conflicts=frozenset({"heel_height_mm"}))
    assert details_of(listed(heel)) != []
    assert details_of(listed(disputed)) == []
    for kind in (SourceKind.CATEGORY, SourceKind.BUYERS):
        assert details_of(listed(heel, believed_from={"heel_height_mm": kind})) == []


def test_it_writes_a_line_for_each_size_by_the_id_google_knows() -> None:
    rows = table(listed(), listed(external_id="S", item_ids=()), listed(FootwearAttributes()))
    assert [row[0] for row in rows] == ["id", "G1-38", "G1-39", "S"]
    assert rows[0] == ["id", "product_detail"]
    assert rows[1][1].startswith("Footwear measurements:Heel height:35.5 mm,")
    assert {row[1] for row in rows[1:]} == {rows[1][1]}


def test_it_leaves_an_id_that_a_spreadsheet_would_run_to_the_xml() -> None:
    risky = listed(external_id="=1+1", item_ids=())
    assert table(risky) == [["id", "product_detail"]]
    assert b"<g:id>=1+1</g:id>" in b"".join(GoogleSupplementalXml().write([risky]))


def test_it_writes_the_same_as_xml_that_any_parser_reads() -> None:
    odd = listed(external_id="<&>\x0b", item_ids=())
    root = ElementTree.fromstring(b"".join(GoogleSupplementalXml().write([listed(), odd])))
    space = {"g": GOOGLE_NAMESPACE}
    items = root.findall("channel/item")
    assert [item.findtext("g:id", "", space) for item in items] == ["G1-38", "G1-39", "<&>"]
    assert [
        (
            detail.findtext("g:section_name", "", space),
            detail.findtext("g:attribute_name", "", space),
            detail.findtext("g:attribute_value", "", space),
        )
        for detail in items[0].findall("g:product_detail", space)
    ] == [("Footwear measurements", name, word) for name, word in details_of(listed())]


def test_it_writes_what_its_own_reader_reads_back(tmp_path: Path) -> None:
    lines = b"".join(GoogleSupplementalTsv().write([listed(item_ids=())])).decode()
    path = tmp_path / "supplement.tsv"
    path.write_text(lines.replace("id\t", "id\ttitle\t", 1).replace("G1\t", "G1\tMarlow\t", 1))
    (row,) = GoogleTsv().read_listings(path, source="shop")
    assert row.record is not None
    read = read_fields(row.record.raw_attributes, use_category=UseCategory.WALKING)
    assert read.problems == ()
    found = {item.attribute: item.value for item in read.readings}
    for key in (
        *("heel_height_mm", "forefoot_height_mm", "drop_mm", "weight_g", "arch_support"),
        *("cushioning", "removable_insole", "toe_shape", "width_options"),
    ):
        assert found[key] == KNOWN.get(key), key


@pytest.mark.parametrize("form", [GoogleSupplementalTsv, GoogleSupplementalXml])
def test_it_tells_an_ads_feed_no_match_no_condition_and_no_claim(form: type[Any]) -> None:
    values: dict[str, Any] = {
        key: Options.of(item.options[-1]) if item.options else Span.exactly(20_000)
        for key, item in ATTRIBUTES.items()
    }
    rows = [listed(FootwearAttributes(**values))]
    rows += [
        listed(FootwearAttributes(**{key: Options.of(option)}))
        for key, item in ATTRIBUTES.items()
        for option in item.options
    ]
    text = b"".join(form().write(rows)).decode()
    told = text.lower().replace("_", " ")
    assert told.count("footwear measurements") > 40
    assert find_banned_claims(text) == ()
    conditions = [key.replace("_", " ") for key in load_guide().profiles if key != "general"]
    assert len(conditions) == 9
    banned = [*conditions, "score", "guide match", "grade", "verdict", "condition", "orthotic"]
    banned += ["orthopaedic", "medical", "pain", "health", "patient", "plantar", "bunion"]
    assert [word for word in banned if word in told] == []

"""Each row of a sheet is judged: what it would change, or why it cannot be used."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from shop_plugin.domain.attributes import Options, Span
from shop_plugin.models import SheetImport, SheetImportRow
from shop_plugin.services.staff.review import Tag, save_tags
from shop_plugin.services.staff.sheets.columns import write_version
from tests.factories import ListingFactory

pytestmark = pytest.mark.django_db


def rows_of(sheet: SheetImport, kind: str) -> list[SheetImportRow]:
    assert sheet.problem == {}
    return list(sheet.rows.filter(kind=kind).order_by("line"))


def only_fact(sheet: SheetImport, kind: str) -> dict:
    (row,) = rows_of(sheet, kind)
    (fact,) = row.facts
    return fact


def say(shoe, now, **values):
    tags = [Tag(key, value) for key, value in values.items()]
    save_tags(listing_id=shoe.pk, tags=tags, author=None, now=now)


@pytest.mark.parametrize(
    ("column", "text", "value"),
    [
        ("Heel height", "2 3/4 in", [69_850, 69_850]),
        ("Heel height", "7 cm", [70_000, 70_000]),
        ("Absatzhöhe", "7,5 cm", [75_000, 75_000]),
        ("heel_height_mm", "1-1¾ in", [25_400, 44_450]),
        ("Heel-to-toe drop", "-4 mm", [-4_000, -4_000]),
        ("Weight", "10.5 oz", [297_670, 297_670]),
        ("Arch support", "moderate", ["2"]),
        ("Arch support", "mild or moderate", ["1", "2"]),
        ("Arch support", "MITTEL", ["2"]),
        ("Arch support", "2", ["2"]),
        ("Arch support", "mild or more", ["1", "2", "3"]),
        ("Arch support", "Some, not known how much", ["1", "2", "3"]),
        ("Fastening", "pump, held by the cut only", ["pump"]),
        ("Fastening", "laces / zip", ["lace_up", "zip"]),
        ("Widths", "regular and wide", ["regular", "wide"]),
        ("Removable insole", "TRUE", ["yes"]),
        ("Removable insole", "nein", ["no"]),
    ],
)
def test_understands_values_as_people_write_them(shoe, hand_in, column, text, value):
    sheet = hand_in([f"id;{column}", f'W-1;"{text}"'])
    assert only_fact(sheet, "change")["value"] == value


@pytest.mark.parametrize(
    ("column", "text", "accepted"),
    [
        ("Heel height", "70", "2 3/4 in, 7 cm or 70 mm"),
        ("Heel height", "1.234,5 mm", "7 cm"),
        ("Heel height", "70 cm", "0 to 200 mm"),
        ("Heel height", "high", "7 cm"),
        ("Weight", "1.234 g", "300 g"),
        ("Weight", "1,234 g", "300 g"),
        ("Arch support", "some", "One of the list"),
        ("Arch support", "4", "One of the list"),
        ("Arch support", "moderate or", "One of the list"),
        ("Removable insole", "maybe", "One of the list"),
        ("Widths", "regular and nice", "several of the list"),
        ("Arch support", "=2+1", "One of the list"),
        ("Arch support", "x" * 5_000, "One of the list"),
    ],
)
def test_refuses_what_is_not_understood_and_names_what_would_be(
    shoe, hand_in, column, text, accepted
):
    sheet = hand_in([f"id;Brand;{column}", "", f'W-1;Marlow;"{text}"'])
    (row,) = rows_of(sheet, "refused")
    (fact,) = row.facts
    assert row.line == 3
    assert fact["column"] == column
    assert fact["text"] == text[:80] or fact["text"] == text
    assert fact["reason"]
    assert accepted in fact["accepted"]
    assert sheet.counts["refused"] == 1


def test_refuses_a_row_as_a_whole_and_names_every_bad_cell(shoe, hand_in):
    sheet = hand_in(["id,Arch support,Heel height,Weight", "W-1,high,70,heavy"])
    (row,) = rows_of(sheet, "refused")
    assert [fact["column"] for fact in row.facts] == ["Heel height", "Weight"]
    assert row.cells == ["W-1", "high", "70", "heavy"]
    assert sheet.counts["change"] == 0


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("W-9,,high", "id", "no shoe with this id"),
        (",,high", "id", "no id"),
        ("W-1,Another Shoe,high", "Title", "“Marlow Walker”"),
        ("W-1,Marlow Walker,high,,extra", "", "5 cells, the first line 4"),
        ("W-1,Marlow Walker,high,rubbish", "Version (leave as it is)", "not as it was exported"),
    ],
)
def test_refuses_rows_that_may_be_about_another_shoe(shoe, hand_in, row, column, reason):
    sheet = hand_in(["id,Title,Arch support,Version (leave as it is)", row])
    fact = only_fact(sheet, "refused")
    assert fact["column"] == column
    assert reason in fact["reason"]


def test_refuses_an_id_that_several_shops_use_unless_the_source_is_named(shoe, hand_in):
    other = ListingFactory(external_id="W-1", source="other", title="Marlow Other")
    assert "Several shoes" in only_fact(hand_in(["id,cushioning", "W-1,high"]), "refused")["reason"]
    sheet = hand_in(["id,source,cushioning", "W-1,other,high"])
    assert [row.listing_id for row in rows_of(sheet, "change")] == [other.pk]


def test_lets_the_first_of_two_rows_about_one_shoe_count(shoe, hand_in):
    sheet = hand_in(["id,cushioning", "W-1,high", "W-1,light"])
    assert [row.line for row in rows_of(sheet, "change")] == [2]
    assert "line 2" in only_fact(sheet, "refused")["reason"]


def test_tells_what_staff_say_now_beside_what_they_would_say(shoe, hand_in, now):
    say(shoe, now, heel_height_mm=Span.exactly(70_000))
    fact = only_fact(hand_in(["id,Heel height", "W-1,2 3/4 in"]), "change")
    assert (fact["before"], fact["after"]) == ("70 mm", "2 3/4 in")


def test_changes_nothing_by_an_empty_cell_and_tells_of_those_that_were_emptied(shoe, hand_in, now):
    say(shoe, now, cushioning=Options.of("2"))
    version = write_version({"cushioning": Options.of("2")})
    sheet = hand_in(["id,Arch support,Cushioning,version", f"W-1,high,,{version}"])
    assert only_fact(sheet, "change")["attribute"] == "arch_support"
    assert sheet.counts["emptied"] == 1


@pytest.mark.parametrize("word", ["remove", "Remove", "entfernen"])
def test_takes_a_value_back_where_the_word_for_it_stands(shoe, hand_in, now, word):
    say(shoe, now, cushioning=Options.of("2"))
    fact = only_fact(hand_in(["id,Cushioning", f"W-1,{word}"]), "change")
    assert (fact["value"], fact["before"], fact["after"]) == (None, "moderate", "")
    other = ListingFactory(external_id="W-2")
    sheet = hand_in(["id,Cushioning", f"W-2,{word}"])
    assert sheet.counts["unchanged"] == 1, other


def test_keeps_a_value_that_was_changed_after_the_export(shoe, hand_in, now):
    exported = write_version({"cushioning": Options.of("1")})
    say(shoe, now, cushioning=Options.of("3"))
    sheet = hand_in(["id,Cushioning,Arch support,version", f"W-1,moderate,high,{exported}"])
    (row,) = rows_of(sheet, "conflict")
    assert "changed after this sheet was exported" in row.facts[0]["reason"]
    assert row.facts[0]["before"] == "high"
    assert not row.is_chosen


def test_finds_nothing_to_keep_where_the_sheet_says_what_stands_there_now(shoe, hand_in, now):
    exported = write_version({})
    say(shoe, now, cushioning=Options.of("3"))
    sheet = hand_in(["id,Cushioning,Arch support,version", f"W-1,high,mild,{exported}"])
    assert only_fact(sheet, "change")["attribute"] == "arch_support"


def test_words_the_reasons_in_the_language_of_whoever_hands_it_in(shoe, hand_in):
    with override("de"):
        sheet = hand_in(["id;Absatzhöhe", "W-1;70"])
    assert "Einheit" in only_fact(sheet, "refused")["accepted"]

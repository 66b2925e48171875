"""It says of each size of a shoe how it fits a reader's feet, as far as anybody knows."""

from __future__ import annotations

from datetime import datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from shop_plugin.domain.fitting import Feet, FitVerdict, Foot
from shop_plugin.models import Listing
from shop_plugin.services.evidence.annotation import annotate_listings
from shop_plugin.services.evidence.assessment import assess_listings
from shop_plugin.services.shopping.fitting import ShoeFit, fit_shoe, size_feet
from shop_plugin.services.shopping.listing_page import get_listing_page
from tests.factories import ListingFactory, SizeFactory

pytestmark = pytest.mark.django_db

FEET = Feet(Foot(246_000, 98_000), Foot(247_000, 99_000))
GOOD = (
    "High arch support and a removable insole. Plush cushioning. Heel height 1 in. Round toe. "
    "Lace-up. Firm heel counter. Available in regular and wide."
)


def make(now: datetime, insides: dict[str, int | None], **fields: object) -> Listing:
    listing = ListingFactory(**{"description": GOOD, "use_category": "other", **fields})
    for label, um in insides.items():
        SizeFactory(listing=listing, label=label, internal_length_um=um)
    annotate_listings(listing_ids=[listing.pk], now=now)
    assess_listings(listing_ids=[listing.pk], now=now)
    return listing


def fit(listing: Listing, feet: Feet = FEET, **options: object) -> ShoeFit:
    return fit_shoe(page=get_listing_page(listing.pk), feet=feet, **options)  # type: ignore[arg-type]


MEASURED = {"38": 250_000, "39": 257_000, "40": 263_000, "41": 270_000, "42": None}


def test_judges_each_size_and_names_the_best(now: datetime) -> None:
    shown = fit(make(now, MEASURED))
    assert [(size.label, size.verdict_text) for size in shown.sizes] == [
        ("EU 38", "Too tight"),
        ("EU 39", "Fits"),
        ("EU 40", "Fits"),
        ("EU 41", "Too loose"),
        ("EU 42", "Not checked"),
    ]
    assert [size.label for size in shown.sizes if size.is_best] == ["EU 40"]
    assert shown.advice == "Your size here: EU 40, by the measured inside."
    assert shown.checked == 4
    assert shown.sizes[1].detail == "10 mm of room"


def test_limits_the_match_by_the_fit_and_never_by_what_is_not_known(now: datetime) -> None:
    shown = fit(make(now, MEASURED))
    by_label = {size.label: size for size in shown.sizes}
    general = get_listing_page(Listing.objects.get().pk).assessment
    assert general is not None
    for label, limit in (("EU 38", 4900), ("EU 41", 5900)):
        mine = by_label[label]
        assert mine.assessment is not None
        assert (mine.assessment.high, mine.is_limited) == (limit, True)
    for label in ("EU 40", "EU 42"):
        mine = by_label[label]
        assert mine.assessment is not None
        assert (mine.assessment.low, mine.assessment.high) == (general.low, general.high)
        assert not mine.is_limited


@pytest.mark.parametrize("fields", [{"use_category": "kids"}, {"age_group": "kids"}])
def test_judges_no_size_for_a_child_however_well_it_is_measured(
    now: datetime, fields: dict[str, str]
) -> None:
    child = Feet(Foot(200_000, 80_000))
    shown = fit(make(now, {"31": 210_000, "32": 217_000}, **fields), child)
    assert {(size.verdict_text, size.detail) for size in shown.sizes} == {("Not checked", "")}
    assert shown.checked == 0
    assert shown.advice.startswith("About EU 32, by the number alone.")
    assert shown.advice.endswith("no size is judged here.")


def test_says_when_no_measured_size_fits(now: datetime) -> None:
    shown = fit(make(now, {"36": 235_000, "43": 285_000}))
    assert shown.advice == "No size here fits your feet, as far as they are measured inside."


def test_says_when_the_best_size_is_gone(now: datetime) -> None:
    listing = make(now, {"40": 263_000})
    listing.sizes.update(stock=0)
    assert fit(listing).advice == "Your size here is EU 40; it is not in stock now."


def test_names_a_size_by_its_number_alone_as_approximate(now: datetime) -> None:
    shown = fit(make(now, {"38": None, "39": None}))
    assert shown.by_number == "EU 39"
    assert shown.advice.startswith("About EU 39, by the number alone.")
    assert {size.fit.verdict for size in shown.sizes} == {FitVerdict.UNKNOWN}
    assert shown.checked == 0


@pytest.mark.parametrize(("gender", "number"), [("women", "US 8"), ("men", "US 7"), ("unisex", "")])
def test_reads_american_sizes_by_whom_they_are_cut_for(
    now: datetime, gender: str, number: str
) -> None:
    listing = make(now, {}, gender=gender)
    SizeFactory(listing=listing, system="us", label="8")
    assert fit(listing).by_number == number


def test_counts_less_length_in_a_pointed_shoe_and_says_so(now: datetime) -> None:
    listing = make(now, {"40": 263_000}, description="Pointed toe. Heel height 1 in.")
    shown = fit(listing)
    assert shown.sizes[0].fit.verdict is FitVerdict.SNUG
    assert any("pointed" in note for note in shown.notes)


def test_says_what_to_do_with_feet_that_differ(now: datetime) -> None:
    listing = make(now, {"40": 263_000})
    apart = Feet(Foot(242_000), Foot(247_000))
    assert any("differ by 5 mm" in note for note in fit(listing, apart).notes)
    assert fit(listing).notes == ()
    assert fit(listing, Feet(Foot(247_000))).notes == (
        "Only one foot was measured. Measure both: the longer one counts.",
    )


def test_tells_a_narrow_shoe(now: datetime) -> None:
    listing = make(now, {"40": 263_000})
    listing.sizes.update(ball_width_um=92_000)
    (size,) = fit(listing).sizes
    assert (size.verdict_text, size.fit.verdict) == ("Too narrow", FitVerdict.TOO_TIGHT)


def test_asks_the_database_nothing(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page = get_listing_page(make(now, MEASURED).pk)
    with django_assert_num_queries(0):
        fit_shoe(page=page, feet=FEET)


def test_gives_a_foot_its_size_in_every_system() -> None:
    shown = size_feet(feet=FEET, unit="cm")
    assert {item.key: item.size for item in shown.sizes} == {
        "eu": "39",
        "uk": "6",
        "us_women": "8",
        "us_men": "7",
        "mondopoint": "245",
    }
    assert shown.longest == "24.7 cm"


def test_gives_a_childs_foot_childrens_sizes() -> None:
    shown = size_feet(feet=Feet(Foot(180_000)))
    assert [item.key for item in shown.sizes] == ["eu", "uk_child", "us_child", "mondopoint"]

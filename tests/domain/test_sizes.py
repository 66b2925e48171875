"""Width letters and size systems."""

import pytest

from shop_plugin.domain.attributes import Gender
from shop_plugin.domain.sizes import is_plausible_size, read_size_system, read_width


@pytest.mark.parametrize(
    ("code", "gender", "width"),
    [
        ("D", Gender.MEN, "regular"),
        ("D", Gender.WOMEN, "wide"),
        ("D", Gender.UNKNOWN, None),
        ("D", Gender.UNISEX, None),
        ("B", Gender.MEN, "narrow"),
        ("B", Gender.WOMEN, "regular"),
        ("2E", Gender.MEN, "wide"),
        ("EE", Gender.WOMEN, "extra_wide"),
        ("4E", Gender.MEN, "extra_wide"),
        ("aa", Gender.WOMEN, "narrow"),
        ("W", Gender.UNKNOWN, "wide"),
        ("M", Gender.UNKNOWN, "regular"),
        ("Extra  Wide", Gender.UNKNOWN, "extra_wide"),
        ("Q", Gender.MEN, None),
    ],
)
def test_reads_a_width_by_its_wearer(code: str, gender: Gender, width: str | None) -> None:
    assert read_width(code, gender=gender) == width


@pytest.mark.parametrize(
    ("name", "system"),
    [("EU", "eu"), ("eur", "eu"), ("UK", "uk"), ("U.S.", "us"), ("mm", "mondopoint"), ("JP", None)],
)
def test_reads_a_size_system_by_its_name(name: str, system: str | None) -> None:
    assert read_size_system(name) == system


@pytest.mark.parametrize(
    ("system", "size", "is_plausible"),
    [
        ("eu", 38, True),
        ("eu", 8, False),
        ("uk", 5, True),
        ("uk", 38, False),
        ("mondopoint", 250, True),
        ("mondopoint", 252, False),
        ("mondopoint", 85, False),
        ("jp", 25, False),
    ],
)
def test_tells_sizes_that_can_exist(system: str, size: float, is_plausible: bool) -> None:
    assert is_plausible_size(system, size) is is_plausible

"""What every host in this process must keep, kept by the adapter for django-oscar."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shop_plugin.adapters import oscar
from tests.adapters.contract import test_models as contract

KEPT = [
    test
    for name, test in vars(contract).items()
    if name.startswith("test_") and test.__module__ == contract.__name__
]


@pytest.mark.parametrize("test", KEPT, ids=lambda test: test.__name__.removeprefix("test_"))
@pytest.mark.parametrize(
    ("method", "attribute"), [("iter_listings", "catalogue"), ("iter_purchases", "orders")]
)
@pytest.mark.django_db
def test_it_keeps_the_contract(test: Callable[..., None], method: str, attribute: str) -> None:
    test(oscar, method, attribute)


def test_the_contract_is_there() -> None:
    assert len(KEPT) >= 4

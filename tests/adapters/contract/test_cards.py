"""Every card is kept: a class for what it claims, none for what it disclaims."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

from shop_plugin.domain.capabilities import Capability
from shop_plugin.domain.ports import (
    CatalogueSource,
    FactsFormat,
    FileFormat,
    PurchaseSource,
    WebhookReader,
)
from tests.adapters.adapter_cards import classes_for
from tests.adapters.contract.finding import ADAPTERS, WEBHOOKS, name_of, samples_of

#: Which claims need a class for which seam.
SEAMS: tuple[tuple[type, set[Capability]], ...] = (
    (CatalogueSource, {Capability.LISTINGS_FROM_MODELS}),
    (PurchaseSource, {Capability.PURCHASES_FROM_MODELS}),
    (FileFormat, {Capability.LISTINGS_FROM_FILES, Capability.PURCHASES_FROM_FILES}),
    (WebhookReader, WEBHOOKS),
    (FactsFormat, {Capability.FACTS_TO_FILES}),
)


@pytest.mark.parametrize("module", ADAPTERS, ids=name_of)
@pytest.mark.parametrize(("seam", "claims"), SEAMS, ids=[seam.__name__ for seam, _ in SEAMS])
def test_it_has_a_class_for_what_it_claims_and_none_for_what_it_disclaims(
    module: ModuleType, seam: type, claims: set[Capability]
) -> None:
    found = classes_for(module, seam)
    assert bool(found) == bool(claims & module.CARD.can.keys())
    for item in found:
        assert inspect.getdoc(item), f"{item.__name__} says nothing of itself"


@pytest.mark.parametrize("module", ADAPTERS, ids=name_of)
def test_it_says_on_top_of_its_file_what_it_is_for(module: ModuleType) -> None:
    assert (module.__doc__ or "").strip().splitlines()[0].endswith((".", ":", ";"))


@pytest.mark.parametrize("module", ADAPTERS, ids=name_of)
def test_it_comes_with_samples_for_what_it_claims_and_no_others(module: ModuleType) -> None:
    samples, can = samples_of(module), module.CARD.can
    assert (samples.listings is not None) == (Capability.LISTINGS_FROM_FILES in can)
    assert (samples.purchases is not None) == (Capability.PURCHASES_FROM_FILES in can)
    assert (samples.catalogue is not None) == (Capability.LISTINGS_FROM_MODELS in can)
    assert (samples.orders is not None) == (Capability.PURCHASES_FROM_MODELS in can)
    assert (samples.sign is not None) == bool(WEBHOOKS & can.keys())
    told = {claim for webhook in samples.webhooks for claim in webhook.tells}
    assert told == WEBHOOKS & can.keys()

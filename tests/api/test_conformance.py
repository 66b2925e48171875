"""It does for any request what its own OpenAPI document says, valid or not."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from footback_shop.wsgi import application
from tests.api.conftest import API, Catalogue

PATHS = ("/listings/", "/listings/{listing_id}/", "/facets/")


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("path", PATHS)
def test_keeps_every_promise_of_its_document(
    catalogue: Catalogue, path: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_wsgi(f"{API}schema/", application)
    assert set(schema) == set(PATHS)

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path]["GET"].as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case) -> None:
        case.call_and_validate()

    check()

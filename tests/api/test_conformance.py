"""It does for any request what its own OpenAPI document says, valid or not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from footback_shop.wsgi import application
from tests.api.conftest import API, Catalogue


@pytest.fixture
def keep_connection() -> Iterator[None]:
    """Keep the test's transaction open from request to request, as Django's own client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture(autouse=True)
def no_limits(settings) -> None:
    settings.FOOTBACK = dict.fromkeys(("API_RATE_READ", "API_RATE_MATCH", "API_RATE_WRITE"), "")


PATHS = ("/listings/", "/listings/{listing_id}/", "/facets/")


@pytest.mark.slow
@pytest.mark.usefixtures("keep_connection")
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

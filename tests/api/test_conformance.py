"""It does for any request what its own OpenAPI document says, valid or not.

``FOOTBACK_API_CASES=5000`` says how many requests are made up in all; without
it a few hundred are. All of schemathesis's checks look at every answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from footback_shop.wsgi import application
from shop_plugin.models import Nudge
from shop_plugin.services.access.api_keys import Scope
from tests.api.conftest import API, Catalogue
from tests.factories import PurchaseFactory

OPERATIONS = [
    ("GET", "/listings/"),
    ("POST", "/listings/"),
    ("GET", "/listings/{listing_id}/"),
    ("GET", "/listings/{listing_id}/facts/"),
    ("PATCH", "/listings/{listing_id}/facts/"),
    ("GET", "/listings/{listing_id}/facts/{attribute}/"),
    ("PUT", "/listings/{listing_id}/facts/{attribute}/"),
    ("DELETE", "/listings/{listing_id}/facts/{attribute}/"),
    ("POST", "/facts/"),
    ("POST", "/listings/withdraw/"),
    ("POST", "/orders/"),
    ("POST", "/contacts/erase/"),
    ("GET", "/nudges/"),
    ("GET", "/nudges/{nudge_id}/"),
    ("GET", "/facets/"),
    ("POST", "/match/"),
]
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
CASES = int(os.environ.get("FOOTBACK_API_CASES", "260"))
EACH = -(-CASES // (len(OPERATIONS) * len(MODES)))

# What a schema cannot say: that a value is one of its attribute (422) and that If-Match names
# what stands now (412). Everything else is schemathesis's own list.
REFUSALS = [400, 401, 403, 404, 405, 406, 412, 413, 415, 422, 428, 429]
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", "3xx", "401", "403", "404", "409", "412", "422", "429"]
            },
            "negative_data_rejection": {"expected-statuses": REFUSALS},
            "missing_required_header": {"expected-statuses": [400, 401, 403, 404, 428]},
        }
    }
)


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
def no_limits(settings: Any) -> None:
    rates = ("API_RATE_READ", "API_RATE_MATCH", "API_RATE_WRITE", "API_RATE_KEYED")
    settings.FOOTBACK = dict.fromkeys(rates, "")


def test_knows_every_operation_of_the_document(db: None) -> None:
    schema = schemathesis.openapi.from_wsgi(f"{API}schema/", application)
    found = {(method.upper(), path) for path in schema for method in schema[path]}
    assert found == set(OPERATIONS)


@pytest.mark.proof("S05")
@pytest.mark.slow
@pytest.mark.usefixtures("keep_connection")
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_keeps_every_promise_of_its_document(
    catalogue: Catalogue,
    make_key: Callable[..., str],
    method: str,
    path: str,
    mode: GenerationMode,
) -> None:
    schema = schemathesis.openapi.from_wsgi(f"{API}schema/", application, config=CONFIG)
    key = make_key(*Scope)
    is_open = path == "/match/" or (method == "GET" and not path.startswith("/nudges/"))
    headers = {} if is_open else {"Authorization": key}
    nudge_id = a_nudge()

    @settings(
        max_examples=EACH,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy(generation_mode=mode), is_real=st.booleans())
    def check(case: schemathesis.Case, is_real: bool) -> None:
        if is_real:
            _make_real(case, catalogue, nudge_id, mode)
        if mode is GenerationMode.POSITIVE and case.query:
            case.query.pop("cursor", None)  # it comes from an answer; nobody can make one up
        with transaction.atomic():
            case.call_and_validate(headers=headers)
            transaction.set_rollback(True)

    check()


def a_nudge() -> str:
    """Return the id of a nudge that waits."""
    nudge = Nudge.objects.create(
        purchase=PurchaseFactory(),
        stage=1,
        due_on="2026-01-01",
        not_before="2026-01-01T00:00Z",
        created_at="2026-01-01T00:00Z",
    )
    return str(nudge.uuid)


def _make_real(
    case: schemathesis.Case, catalogue: Catalogue, nudge_id: str, mode: GenerationMode
) -> None:
    """Let a made-up case speak of what exists, and write to whatever is there."""
    if mode is GenerationMode.POSITIVE:
        if "nudge_id" in (case.path_parameters or {}):
            case.path_parameters["nudge_id"] = nudge_id
        if "listing_id" in (case.path_parameters or {}):
            case.path_parameters["listing_id"] = catalogue.silent.pk
        if "If-Match" in (case.headers or {}):
            case.headers["If-Match"] = "*"

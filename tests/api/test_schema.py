"""It describes itself, the same way every time, and keeps what it promised."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from django.core.checks import CheckMessage
from django.test import override_settings
from drf_spectacular.checks import schema_check

from shop_plugin.api.schema import build_schema
from shop_plugin.services.search.facets import FACETS

GOLDEN = Path(__file__).parent.parent / "golden" / "openapi.yaml"


def test_equals_the_snapshot() -> None:
    """Run with UPDATE_GOLDEN=1 to accept a change of the interface on purpose."""
    built = yaml.safe_dump(
        build_schema(base_path="/api/footback/v1/"), sort_keys=True, allow_unicode=True, width=100
    )
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(built, encoding="utf-8")
    assert built == GOLDEN.read_text(encoding="utf-8"), "see the docstring of this test"


def test_is_served_under_the_place_where_it_is_mounted(
    db: None, get: Callable[..., dict[str, object]]
) -> None:
    schema = get("schema/")
    assert schema["servers"] == [{"url": "/api/footback/v1"}]
    assert set(schema["paths"]) == {
        "/listings/",
        "/listings/{listing_id}/",
        "/listings/{listing_id}/facts/",
        "/listings/{listing_id}/facts/{attribute}/",
        "/facets/",
        "/facts/",
        "/match/",
        "/orders/",
        "/listings/withdraw/",
        "/contacts/erase/",
        "/nudges/",
        "/nudges/{nudge_id}/",
    }


def test_asks_for_a_key_where_something_is_written_or_told_of_orders_and_nowhere_else() -> None:
    operations = [
        (path, method, operation)
        for path, methods in build_schema(base_path="/")["paths"].items()
        for method, operation in methods.items()
    ]
    secured = {(path, method) for path, method, item in operations if item.get("security")}
    open_posts = {("/match/", "post")}
    private = {("/nudges/", "get"), ("/nudges/{nudge_id}/", "get")}
    written = {(p, m) for p, m, _ in operations if m != "get"} - open_posts
    assert secured == written | private


def test_describes_every_operation_with_its_errors_and_an_example() -> None:
    for path, methods in build_schema(base_path="/")["paths"].items():
        for method, operation in methods.items():
            place = f"{method} {path}"
            assert operation["summary"], place
            assert operation["description"], place
            assert {"400", "429"} <= set(operation["responses"]), place
            assert operation["responses"]["200"]["content"]["application/json"]["examples"], place
            if body := operation.get("requestBody"):
                assert body["content"]["application/json"]["examples"], place


def test_offers_every_facet_and_no_condition_as_parameter() -> None:
    paths = build_schema(base_path="/")["paths"]
    for path in ("/listings/", "/facets/"):
        names = {item["name"] for item in paths[path]["get"]["parameters"]}
        assert {facet.key for facet in FACETS} <= names
        assert "condition" not in names


def test_shows_examples_that_keep_the_document(db: None) -> None:
    schema = build_schema(base_path="/")
    for methods in schema["paths"].values():
        for operation in methods.values():
            for holder in (operation.get("requestBody"), operation["responses"]["200"]):
                if holder:
                    content = holder["content"]["application/json"]
                    wanted = _as_json_schema(
                        {**content["schema"], "components": schema["components"]}
                    )
                    value = content["examples"]["demo"]["value"]
                    jsonschema_rs.Draft202012Validator(wanted).validate(value)


def _as_json_schema(part: Any) -> Any:
    """Return a schema of OpenAPI 3.0 as JSON Schema, which has no nullable."""
    if isinstance(part, list):
        return [_as_json_schema(item) for item in part]
    if not isinstance(part, dict):
        return part
    plain = {key: _as_json_schema(value) for key, value in part.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if part.get("nullable") is True else plain


@pytest.mark.parametrize("title", ["A host's own API"])
def test_does_not_depend_on_a_hosts_settings(title: str) -> None:
    own = build_schema(base_path="/x/")
    with override_settings(
        SPECTACULAR_SETTINGS={"TITLE": title, "SCHEMA_PATH_PREFIX": "/x"},
        REST_FRAMEWORK={"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"]},
    ):
        assert build_schema(base_path="/x/") == own


def test_lets_the_check_of_a_hosts_own_document_be_silent() -> None:
    # It draws up a document of all views there are, ours among them, by the host's settings.
    said: list[CheckMessage] = schema_check(None)
    assert said == []


def test_is_the_same_where_the_host_has_set_nothing_for_rest_framework() -> None:
    # What decorators take from the settings they take when they are imported, so in a new process.
    told = (
        "import django, json; django.setup();"
        "from shop_plugin.api.schema import build_schema;"
        "print(json.dumps(build_schema(base_path='/api/footback/v1/')))"
    )
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.plain_settings"}
    done = subprocess.run(
        [sys.executable, "-c", told], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout) == yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))

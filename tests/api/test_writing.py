"""A program sets what staff set: by the same service, against what it looked at, with its name."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model

from shop_plugin.models import AuditEntry, Listing, Observation
from shop_plugin.services.access.api_keys import Scope
from tests.api.conftest import Catalogue


@pytest.fixture
def key(make_key) -> str:
    return make_key(Scope.FACTS)


@pytest.fixture
def path(catalogue: Catalogue) -> str:
    return f"listings/{catalogue.silent.pk}/facts/"


def problem_of(answer, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "no-store"
    return answer.json()


@pytest.mark.parametrize(
    ("attribute", "body", "text"),
    [
        ("arch_support", {"value": "3"}, "high"),
        ("cushioning", {"value": ["2", "3"]}, "moderate"),
        ("heel_height_mm", {"value": "2 3/4 in"}, "70 mm"),
        ("heel_height_mm", {"value": 70, "unit": "mm"}, "70 mm"),
        ("heel_height_mm", {"value": 7.5, "unit": "cm"}, "75 mm"),
        ("weight_g", {"value": 0.3, "unit": "kg"}, "300 g"),
        ("removable_insole", {"value": True}, "yes"),
    ],
)
def test_sets_a_fact_as_staff_write_it(send, key, path, attribute, body, text) -> None:
    answer = send("PUT", f"{path}{attribute}/?unit=mm", body, key=key, match="*")
    assert answer.status_code == 200, answer.content
    (fact,) = answer.json()["facts"]
    assert text in fact["text"].lower()
    assert fact["evidence"][0]["source_kind"] == "staff"
    assert answer.json()["changed"] == [attribute]


def test_shows_the_new_match_and_writes_down_who_and_why(send, key, path, catalogue) -> None:
    answer = send(
        "PUT", f"{path}arch_support/", {"value": "3", "reason": "measured"}, key=key, match="*"
    ).json()
    assert answer["match_after"]["coverage"] > answer["match_before"]["coverage"]
    entry = AuditEntry.objects.get(action="tag")
    assert entry.actor == get_user_model().objects.get(username="till")
    assert entry.subject == f"listing:{catalogue.silent.pk}"
    assert entry.reason.startswith("measured (API key Till (")
    assert Observation.objects.get(source_kind="staff").author == entry.actor


def test_takes_a_fact_back_and_does_nothing_twice(send, key, path) -> None:
    send("PUT", f"{path}arch_support/", {"value": "3"}, key=key, match="*")
    first = send("DELETE", f"{path}arch_support/", key=key, match="*").json()
    assert (first["changed"], first["facts"][0]["is_known"]) == (["arch_support"], False)
    again = send("DELETE", f"{path}arch_support/", key=key, match="*")
    assert (again.status_code, again.json()["changed"]) == (200, [])
    assert AuditEntry.objects.filter(action="withdraw_tag").count() == 1


def test_sets_several_at_once_or_none(send, key, path) -> None:
    body = {"facts": {"arch_support": {"value": "2"}, "heel_height_mm": {"value": "as high as it"}}}
    problem = problem_of(send("PATCH", path, body, key=key, match="*"), 422)
    assert problem["errors"][0]["pointer"] == "/facts/heel_height_mm/value"
    assert not Observation.objects.filter(source_kind="staff").exists()
    body["facts"]["heel_height_mm"] = {"value": 3, "unit": "cm"}
    answer = send("PATCH", path, body, key=key, match="*")
    assert set(answer.json()["changed"]) == {"arch_support", "heel_height_mm"}
    answer = send("PATCH", path, {"facts": {"arch_support": None}}, key=key, match="*")
    assert answer.json()["facts"][0]["is_known"] is False


def test_writes_only_against_what_was_looked_at(send, key, path) -> None:
    seen = send("GET", path)["ETag"]
    assert not seen.startswith("W/")
    problem_of(send("PUT", f"{path}arch_support/", {"value": "3"}, key=key), 428)
    first = send("PUT", f"{path}arch_support/", {"value": "3"}, key=key, match=seen)
    assert first.status_code == 200
    late = send("PUT", f"{path}arch_support/", {"value": "1"}, key=key, match=seen)
    assert "Read the resource" in problem_of(late, 412)["detail"]
    fresh = first["ETag"]
    assert (
        send("PUT", f"{path}cushioning/", {"value": "1"}, key=key, match=fresh).status_code == 200
    )
    stale = send("DELETE", f"{path}cushioning/", key=key, match=fresh)
    assert stale.status_code == 412


def test_reads_facts_with_an_etag_of_their_own(send, client, path) -> None:
    first = send("GET", path)
    again = client.get(first.wsgi_request.path, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    one = send("GET", f"{path}weight_g/").json()
    assert (one["key"], one["is_known"], one["evidence"]) == ("weight_g", False, [])


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("PUT", "arch_support/", {"value": "3"}),
        ("PATCH", "", {"facts": {"arch_support": {"value": "3"}}}),
        ("DELETE", "arch_support/", None),
    ],
)
def test_asks_for_a_key_that_may(send, make_key, path, method, rest, body) -> None:
    nobody = send(method, path + rest, body, match="*")
    problem_of(nobody, 401)
    assert nobody["WWW-Authenticate"].startswith("Bearer")
    problem_of(send(method, path + rest, body, key="Bearer fbk_0_0", match="*"), 401)
    problem_of(send(method, path + rest, body, key="Basic dGlsbDp4", match="*"), 401)
    other = make_key(Scope.CATALOG)
    problem_of(send(method, path + rest, body, key=other, match="*"), 403)
    weak = make_key(Scope.FACTS, permissions=())
    problem_of(send(method, path + rest, body, key=weak, match="*"), 403)
    assert not AuditEntry.objects.filter(subject__startswith="listing:").exists()


def test_never_writes_by_a_session(send, client, path, db) -> None:
    client.force_login(get_user_model().objects.create_superuser("boss"))
    problem_of(send("PUT", f"{path}arch_support/", {"value": "3"}, match="*"), 401)


@pytest.mark.parametrize(
    "more",
    [
        {"state": "accepted"},
        {"author": 1},
        {"source_kind": "lab"},
        {"confidence": 1},
        {"listing": 9},
    ],
)
def test_takes_no_other_field(send, key, path, more) -> None:
    answer = send("PUT", f"{path}arch_support/", {"value": "3", **more}, key=key, match="*")
    (error,) = problem_of(answer, 400)["errors"]
    assert (error["pointer"], error["code"]) == (f"/{next(iter(more))}", "unknown_field")


@pytest.mark.parametrize("body", [None, {}, [], "3", {"value": None}, {"value": {}}, {"value": []}])
def test_refuses_a_body_of_another_shape(send, key, path, body) -> None:
    problem_of(send("PUT", f"{path}arch_support/", body, key=key, match="*"), 400)


@pytest.mark.parametrize(
    "raw", [b"{", b"\xff\xfe", b'{"value": NaN}', b'{"value": "1", "value": "2"}', b"[" * 100_000]
)
def test_refuses_what_is_not_json(client, key, path, raw) -> None:
    if len(raw) > 16_000:
        raw = raw[:16_000]
    answer = client.generic(
        "PUT",
        f"/api/footback/v1/{path}arch_support/",
        data=raw,
        content_type="application/json",
        headers={"Authorization": key, "If-Match": "*"},
    )
    problem_of(answer, 400)


def test_refuses_another_kind_of_body_and_too_much_of_it(client, key, path) -> None:
    def put(data: bytes, content_type: str):
        return client.generic(
            "PUT",
            f"/api/footback/v1/{path}arch_support/",
            data=data,
            content_type=content_type,
            headers={"Authorization": key, "If-Match": "*"},
        )

    problem_of(put(b"value=3", "application/x-www-form-urlencoded"), 415)
    problem_of(put(b" " * 20_000, "application/json"), 413)
    assert put(b'{"value": "3"}', "application/json; charset=utf-8").status_code == 200


@pytest.mark.parametrize(("listing", "attribute"), [("0", "arch_support"), ("{pk}", "colour")])
def test_says_so_where_nothing_is(send, key, catalogue, listing, attribute) -> None:
    place = f"listings/{listing.format(pk=catalogue.silent.pk)}/facts/{attribute}/"
    problem_of(send("GET", place), 404)
    problem_of(send("PUT", place, {"value": "3"}, key=key, match="*"), 404)


def test_writes_many_facts_and_says_what_became_of_each(send, key, catalogue) -> None:
    silent, pump = catalogue.silent, catalogue.pump
    seen = send("GET", f"listings/{pump.pk}/facts/")["ETag"].strip('"').partition(".")[0]
    facts = [
        {"listing": silent.pk, "attribute": "arch_support", "value": "2"},
        {"source": "test", "external_id": silent.external_id, "attribute": "weight_g", "value": 1},
        {"listing": silent.pk, "attribute": "arch_support", "value": "3"},
        {"listing": 10**17, "attribute": "arch_support", "value": "3"},
        {"listing": pump.pk, "attribute": "cushioning", "value": "1", "evidence": seen},
        {"listing": catalogue.kids.pk, "attribute": "cushioning", "value": "1", "evidence": "old"},
        {"listing": silent.pk, "attribute": "cushioning", "value": None},
    ]
    answer = send("POST", "facts/", {"facts": facts, "reason": "survey"}, key=key)
    assert answer.status_code == 200, answer.content
    found = [(item["state"], item["code"]) for item in answer.json()["results"]]
    assert found == [
        ("changed", ""),
        ("failed", "value_refused"),
        ("failed", "repeated"),
        ("failed", "no_listing"),
        ("changed", ""),
        ("failed", "changed_meanwhile"),
        ("unchanged", ""),
    ]
    assert (answer.json()["changed"], answer.json()["failed"]) == (2, 4)
    assert AuditEntry.objects.filter(action="tag", reason__startswith="survey").count() == 2


def test_takes_at_most_two_hundred_facts(send, key, catalogue) -> None:
    fact = {"listing": catalogue.silent.pk, "attribute": "arch_support", "value": "2"}
    assert problem_of(send("POST", "facts/", {"facts": [fact] * 201}, key=key), 400)["errors"]
    assert problem_of(send("POST", "facts/", {"facts": []}, key=key), 400)["errors"]


ROW = {
    "id": "N-1",
    "title": "Northern Walker",
    "brand": "Nord",
    "category": "Women > Walking shoes",
    "price": "89,95 €",
    "description": "Excellent arch support. Heel height: 1 inch.",
    "sizes": [{"label": "38", "system": "eu", "stock": 2}],
}


@pytest.fixture
def shelf(make_key) -> str:
    return make_key(Scope.CATALOG)


def test_brings_listings_in_so_that_the_next_page_shows_them(send, shelf, db) -> None:
    answer = send("POST", "listings/", {"source": "north", "rows": [ROW]}, key=shelf)
    assert answer.status_code == 200, answer.content
    (row,) = answer.json()["results"]
    assert (row["state"], row["external_id"]) == ("created", "N-1")
    found = send("GET", "listings/?q=northern&size=eu:38").json()
    assert [item["id"] for item in found["results"]] == [row["id"]]
    assert found["results"][0]["match"]["low"] is not None
    entry = AuditEntry.objects.get(action="upload_listings")
    assert (entry.subject, entry.after) == ("source:north", {"listings": [row["id"]]})


def test_says_of_every_row_what_became_of_it(send, shelf, db) -> None:
    send("POST", "listings/", {"source": "north", "rows": [ROW]}, key=shelf)
    rows = [
        ROW,
        {"id": "N-2"},
        {"id": "N-3", "title": "Bare", "price": "free", "url": "javascript:alert(1)"},
        {"id": "N-3", "title": "Again"},
        7,
        {**ROW, "source": "south"},
        {"id": "N-4", "title": "Zero \x00 \ud800", "raw_attributes": {"Heel Height": "45"}},
    ]
    answer = send("POST", "listings/", {"source": "north", "rows": rows}, key=shelf).json()
    states = [row["state"] for row in answer["results"]]
    assert states == ["unchanged", "refused", "created", "refused", "refused", "created", "created"]
    reasons = [{problem["code"] for problem in row["problems"]} for row in answer["results"]]
    assert reasons[1] == {"missing"}
    assert reasons[2] == {"price_unreadable", "not_a_link"}
    assert reasons[3] == {"repeated"}
    assert reasons[4] == {"not_an_object"}
    assert "no_unit" in reasons[6]
    assert answer["refused"] == 3
    changed = send(
        "POST", "listings/", {"source": "north", "rows": [{**ROW, "price": 5}]}, key=shelf
    )
    assert changed.json()["updated"] == 1


def test_takes_what_buyers_said_and_shows_it_at_once(send, shelf, db) -> None:
    upload = {"source": "north", "rows": [ROW]}
    send("POST", "listings/", upload, key=shelf)
    listing = Listing.objects.get()
    address = f"listings/{listing.pk}/"
    before = send("GET", address)
    upload["rows"] = [{**ROW, "fit_votes": {"small": 9}, "return_reasons": {"too_small": -1}}]
    (row,) = send("POST", "listings/", upload, key=shelf).json()["results"]
    assert (row["state"], row["problems"][0]["field"]) == ("updated", "return_reasons.too_small")
    after = send("GET", address)
    assert after.json()["buyers"]["code"] == "small"
    assert after["ETag"] != before["ETag"]


def test_sets_nothing_of_ours_by_a_row(send, shelf, db) -> None:
    row = {**ROW, "is_withdrawn": True, "content_hash": "x", "use_category": "heel", "pk": 5}
    answer = send("POST", "listings/", {"source": "north", "rows": [row]}, key=shelf).json()
    listing = Listing.objects.get(pk=answer["results"][0]["id"])
    assert not listing.is_withdrawn
    assert listing.content_hash != "x"
    assert listing.use_category == "walking"


@pytest.mark.parametrize(
    "body",
    [
        {"rows": [ROW]},
        {"source": "", "rows": [ROW]},
        {"source": "a", "rows": []},
        {"source": "a", "rows": {}},
    ],
)
def test_refuses_an_upload_of_another_shape(send, shelf, body) -> None:
    problem_of(send("POST", "listings/", body, key=shelf), 400)


def test_takes_rows_from_nobody_without_the_scope(send, make_key, db) -> None:
    body = {"source": "north", "rows": [ROW]}
    problem_of(send("POST", "listings/", body), 401)
    problem_of(send("POST", "listings/", body, key=make_key(Scope.FACTS)), 403)
    weak = make_key(Scope.CATALOG, permissions=("change_listing",))
    problem_of(send("POST", "listings/", body, key=weak), 403)
    assert not Listing.objects.exists()

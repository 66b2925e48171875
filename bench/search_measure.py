"""One size of :mod:`bench.search`, in a process of its own."""

from __future__ import annotations

import http.client
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import environ
import numpy as np
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from django.http import HttpRequest, JsonResponse
from django.test import RequestFactory

from bench.search_data import (
    PAGE,
    Answer,
    Rows,
    Timed,
    answer,
    change_row,
    make_questions,
    make_rows,
)
from bench.search_lucene import Lucene, LuceneMissingError
from bench.search_ours import ask, build_index, document_of
from bench.search_peers import DjangoOrm, Tantivy, build_floor
from bench.spine_rows import make_rows as make_spine_rows
from shop_plugin.models import Listing, ListingSize
from shop_plugin.services.evidence.annotation import annotate_stale
from shop_plugin.services.evidence.assessment import assess_stale
from shop_plugin.services.search import live as search_live
from shop_plugin.services.search.bitmap import BitmapIndex
from shop_plugin.services.search.bitmap.packing import pack_store, unpack_store
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.shopping.results import search

CHANGES = 1_000
LEFT_OUT = "left out by --peers"


def measure(size: int, peers: Sequence[str]) -> dict[str, Any]:
    """Measure one size: ours before and after updates, and the peers named that are there."""
    rows = make_rows(size)
    questions = make_questions(rows)
    _say(f"{size:,}: catalogue made")
    before = _resident()
    index = build_index(rows)
    memory = (_resident() - before) / size
    result: dict[str, Any] = {"size": size, "times": {}, "skipped": {}}
    wrong = asked = 0

    def compare(name: str, found: Iterable[Timed]) -> None:
        nonlocal wrong, asked
        times = []
        for criteria, (given, took) in zip(questions, found, strict=True):
            times.append(sorted(took)[len(took) // 2])
            asked += 1
            if given != answers[criteria]:
                wrong += 1
                _say(f"{name} is wrong about {criteria.to_query() or 'everything'}")
        result["times"][name] = _percentiles(times)
        _say(f"{name}: {result['times'][name]}")

    answers = {criteria: answer(rows, criteria) for criteria in questions}
    compare("footback", _ask_each(partial(ask, index), questions, rounds=7))
    _engines(peers, rows, questions, compare, result)
    _databases(peers, rows, questions, compare, result)
    _floor(peers, rows, questions, result)
    result["apply_us"] = _apply_changes(index, rows)
    answers = {criteria: answer(rows, criteria) for criteria in questions}
    compare("footback, after 1,000 updates", _ask_each(partial(ask, index), questions, rounds=7))
    compact = BitmapIndex(index.store.compacted())
    compare("footback, compacted", _ask_each(partial(ask, compact), questions, rounds=7))
    body = pack_store(compact.store)
    start = time.perf_counter()
    unpack_store(body)
    result |= {
        "wrong": wrong,
        "asked": asked,
        "load_s": time.perf_counter() - start,
        "bytes_per_listing": len(body) / size,
        "memory_per_listing": memory,
        "words_ms": _time(lambda: compact.count(SearchCriteria(words=("word00", "word1")))),
        "personal_ms": _time(
            lambda: compact.find_ids(
                SearchCriteria(), conditions=("bunions", "flat_feet"), limit=PAGE
            )
        ),
    }
    result |= _rebuild(size)
    result |= _serve(compact, questions)
    return result


def _ask_each(
    ask_it: Callable[[SearchCriteria], Answer], questions: list[SearchCriteria], rounds: int = 1
) -> Iterator[Timed]:
    for criteria in questions:
        took = []
        for _ in range(rounds):
            start = time.perf_counter()
            given = ask_it(criteria)
            took.append(time.perf_counter() - start)
        yield Timed(given, took)


def _engines(
    peers: Sequence[str],
    rows: Rows,
    questions: list[SearchCriteria],
    compare: Callable[[str, Iterable[Timed]], None],
    result: dict[str, Any],
) -> None:
    """Ask the search engines, each index gone before the next is built."""
    if "tantivy" in peers:
        peer = Tantivy(rows)
        compare(peer.name, _ask_each(peer.ask, questions, rounds=3))
        del peer
    else:
        result["skipped"][Tantivy.name] = LEFT_OUT
    if "lucene" not in peers:
        result["skipped"][Lucene.name] = LEFT_OUT
        return
    try:
        lucene = Lucene(rows)
    except LuceneMissingError as problem:
        result["skipped"][Lucene.name] = str(problem)
        return
    compare(lucene.name, lucene.ask_all(questions, rounds=7))
    result["lucene"] = lucene.versions


def _databases(
    peers: Sequence[str],
    rows: Rows,
    questions: list[SearchCriteria],
    compare: Callable[[str, Iterable[Timed]], None],
    result: dict[str, Any],
) -> None:
    """Ask Django's ORM where a database is there."""
    if "sqlite" in peers:
        sqlite = DjangoOrm(rows, "default")
        compare("Django ORM, sqlite", _ask_each(sqlite.ask, questions))
    else:
        result["skipped"]["Django ORM, sqlite"] = LEFT_OUT
    if "postgresql" not in peers:
        result["skipped"]["Django ORM, postgresql"] = LEFT_OUT
        return
    url = os.environ.get("BENCH_POSTGRES") or "postgres://postgres@127.0.0.1:5432/postgres"
    config = environ.Env.db_url_config(url)
    connections.settings["peer"] = {**connections.settings["default"], "OPTIONS": {}, **config}
    try:
        with connections["peer"].cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as problem:
        reason = str(problem).strip().splitlines()[0]
        result["skipped"]["Django ORM, postgresql"] = reason
        return
    postgres = DjangoOrm(rows, "peer")
    compare("Django ORM, postgresql", _ask_each(postgres.ask, questions))
    result["orm_rps"] = _rate(postgres.ask, questions)
    postgres.drop()


def _floor(
    peers: Sequence[str], rows: Rows, questions: list[SearchCriteria], result: dict[str, Any]
) -> None:
    if "floor" not in peers:
        result["skipped"]["floor in C"] = LEFT_OUT
        return
    count, note = build_floor(rows)
    if count is None:
        result["skipped"]["floor in C"] = note
        return
    words = -(-rows.count // 64)
    mask = np.full(words * 8, 255, dtype=np.uint8)
    times = [_time(lambda: count(mask), rounds=5) / 1000 for _ in questions]
    result["times"]["floor in C"] = _percentiles(times)
    result["floor"] = note


def _apply_changes(index: BitmapIndex, rows: Rows) -> float:
    """Change random listings and return the median time to take one over, in microseconds."""
    took = []
    for row in rows.random.integers(0, rows.count, CHANGES).tolist():
        change_row(rows, row)
        document = document_of(rows, row)
        start = time.perf_counter()
        index.store.put(document)
        took.append(time.perf_counter() - start)
    return float(np.median(took)) * 1e6


def _rebuild(size: int) -> dict[str, Any]:
    """Build from rows in a database: a sample of the size, its rate taken for the whole."""
    sample = min(size, 20_000)
    call_command("migrate", verbosity=0)
    make_listings(sample)
    start = time.perf_counter()
    index = BitmapIndex.build()
    took = time.perf_counter() - start
    assert index.store.size == sample
    return {
        "rebuild_s": took * size / sample,
        "rebuild": f"from {sample:,} rows on {connection.vendor}, taken times {size // sample}",
    }


def make_listings(count: int) -> None:
    """Write plain listings with the ids from 1 on, for pages to show."""
    now = "2026-06-16T10:00:00+00:00"
    Listing.objects.bulk_create(
        (
            Listing(
                pk=number,
                source="bench",
                external_id=str(number),
                title=f"Marlow Walker {number}",
                brand="Marlow",
                use_category="walking",
                price_minor=8900,
                currency="EUR",
                content_hash=f"{number:032x}",
                created_at=now,
                updated_at=now,
            )
            for number in range(1, count + 1)
        ),
        batch_size=1000,
    )


def _serve(index: BitmapIndex, questions: list[SearchCriteria]) -> dict[str, Any]:
    """Ask for whole pages over a socket, and for facets in process, of the index given."""
    found = {key for item in questions for key in index.find(item, page_size=PAGE).listing_ids}
    _store_shown(sorted(found))
    search_live.use_index(index)
    queries = [item.to_query() for item in questions]
    application = get_wsgi_application()
    with make_server("127.0.0.1", 0, application, handler_class=_Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        took = []
        for _ in range(5):
            for query in queries:
                client = http.client.HTTPConnection("127.0.0.1", server.server_port)
                start = time.perf_counter()
                client.request("GET", f"/shoes/?{query}")
                answered = client.getresponse()
                body = answered.read()
                took.append(time.perf_counter() - start)
                assert answered.status == 200, (answered.status, body[:500])
                client.close()
        server.shutdown()
    return {
        "page_ms": _percentiles(took[len(queries) :])["p95"],
        "page_first_ms": _percentiles(took[: len(queries)])["p95"],
        "page": f"{len(found)} listings stored, those that pages show",
        "search_ms": _time(lambda: search(questions[1]), rounds=50),
        "facets_rps": _rate(_ask_live, questions),
    }


def _store_shown(keys: Sequence[int]) -> None:
    """Write the listings that pages show, with texts that are read and assessed like any."""
    Listing.objects.all().delete()
    now = datetime(2026, 6, 16, 10, tzinfo=UTC)
    Listing.objects.bulk_create(
        Listing(
            pk=key,
            source="bench",
            external_id=row["id"],
            title=row["title"],
            brand=row["brand"],
            description=row["description"],
            raw_attributes=row["raw_attributes"],
            use_category="walking",
            price_minor=round(row["price"] * 100),
            currency="EUR",
            content_hash=f"{key:032x}",
            created_at=now,
            updated_at=now,
        )
        for key, row in zip(keys, make_spine_rows(len(keys)), strict=True)
    )
    ListingSize.objects.bulk_create(
        ListingSize(listing_id=key, system="eu", label=str(label), stock=label % 4)
        for key in keys
        for label in range(37, 44)
    )
    annotate_stale(now=now)
    assess_stale(now=now)


def _ask_live(criteria: SearchCriteria) -> Answer:
    """Ask as every face does, the question whether the index is current included."""
    found = search_live.default_index().find(criteria, page_size=PAGE)
    return Answer(
        found.total, found.listing_ids, {key: dict(own) for key, own in found.counts.items()}
    )


def _rate(ask_it: Callable[[SearchCriteria], Answer], questions: list[SearchCriteria]) -> float:
    """Return how many requests a second a view answers that counts facets, without any cache."""

    def view(request: HttpRequest) -> JsonResponse:
        found = ask_it(SearchCriteria.from_query(request.GET))
        return JsonResponse({"total": found.total, "facets": found.counts})

    requests = [RequestFactory().get("/", query_string=item.to_query()) for item in questions]
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < 5:
        view(requests[done % len(requests)])
        done += 1
    return done / (time.perf_counter() - start)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def _percentiles(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50": ordered[len(ordered) // 2] * 1000,
        "p95": ordered[min(len(ordered) * 95 // 100, len(ordered) - 1)] * 1000,
    }


def _time(work: Callable[[], object], rounds: int = 20) -> float:
    """Return the median time of some work in milliseconds."""
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return sorted(took)[rounds // 2] * 1000


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)

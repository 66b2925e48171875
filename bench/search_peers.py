"""The same catalogue in other engines, each asked as its own manual would."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tantivy
from django.db import connections, models
from django.db.models import Count

from bench.search_data import PAGE, SINGLE, SIZE_VALUES, Answer, Rows
from shop_plugin.services.search.criteria import SearchCriteria

FLOOR_C = """
#include <stdint.h>
#include <stddef.h>
/* For each of n vectors of w words: how many bits it shares with m. */
void count(const uint64_t *m, const uint64_t *v, size_t n, size_t w, uint64_t *out) {
  for (size_t i = 0; i < n; i++) {
    uint64_t c = 0;
    for (size_t j = 0; j < w; j++) c += __builtin_popcountll(m[j] & v[i * w + j]);
    out[i] = c;
  }
}
"""


class Tantivy:
    """tantivy-py in process, one aggregation per facet with a choice and one for the rest."""

    name = "tantivy-py"

    def __init__(self, rows: Rows) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("id", fast=True)
        # Ascending by match, then by id, in one number: it can order by one field only.
        builder.add_unsigned_field("rank", fast=True)
        for key in (*SINGLE, "size"):
            builder.add_unsigned_field(key, fast=True, indexed=True)
        self.schema = builder.build()
        self.rows = rows
        index = tantivy.Index(self.schema)
        writer = index.writer(heap_size=512_000_000, num_threads=1)
        rank = np.empty(rows.count, dtype=np.int64)
        rank[np.lexsort((np.arange(rows.count), rows.order))] = np.arange(rows.count)
        sizes = rows.sizes.T
        columns = [rows.codes[key].tolist() for key in SINGLE]
        for row, (place, *codes) in enumerate(zip(rank.tolist(), *columns, strict=True)):
            document = tantivy.Document()
            document.add_unsigned("id", row + 1)
            document.add_unsigned("rank", place)
            for key, code in zip(SINGLE, codes, strict=True):
                document.add_unsigned(key, code)
            for size in np.flatnonzero(sizes[row]).tolist():
                document.add_unsigned("size", size)
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self.searcher = index.searcher()
        self.code_of = {
            key: {value: code for code, value in enumerate(values)}
            for key, values in {**rows.values, "size": SIZE_VALUES}.items()
        }

    def ask(self, criteria: SearchCriteria) -> Answer:
        parts = {
            key: tantivy.Query.term_set_query(
                self.schema, key, [self.code_of[key][value] for value in values]
            )
            for key, values in criteria.chosen.items()
        }

        def met(without: str = "") -> tantivy.Query:
            own = [part for key, part in parts.items() if key != without]
            if not own:
                return tantivy.Query.all_query()
            return tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in own])

        found = self.searcher.search(met(), PAGE, order_by_field="rank", order=tantivy.Order.Asc)
        hits = [address for _key, address in found.hits]
        ids = self.searcher.fast_field_values("id", hits) if hits else []
        free = [key for key in (*SINGLE, "size") if key not in parts]
        buckets = self._aggregate(met(), free)
        for key in parts:
            buckets |= self._aggregate(met(key), [key])
        return Answer(found.count, tuple(ids), buckets)

    def _aggregate(self, query: tantivy.Query, keys: list[str]) -> dict[str, dict[str, int]]:
        if not keys:
            return {}
        asked = {key: {"terms": {"field": key, "size": 1000}} for key in keys}
        found = self.searcher.aggregate(query, asked)
        values = {**self.rows.values, "size": SIZE_VALUES}
        return {
            key: {
                values[key][int(bucket["key"])]: bucket["doc_count"]
                for bucket in found[key]["buckets"]
            }
            for key in keys
        }


class BenchProduct(models.Model):
    """One row per shoe, as a shop would model it."""

    place = models.IntegerField()
    grade = models.SmallIntegerField(db_index=True)
    arch = models.SmallIntegerField(db_index=True)
    cushioning = models.SmallIntegerField(db_index=True)
    heel = models.SmallIntegerField(db_index=True)
    category = models.SmallIntegerField(db_index=True)
    brand = models.SmallIntegerField(db_index=True)
    gender = models.SmallIntegerField(db_index=True)
    price = models.SmallIntegerField(db_index=True)

    class Meta:
        app_label = "bench"
        indexes = [models.Index(fields=["place", "id"], name="bench_place")]

    def __str__(self) -> str:
        return f"shoe {self.pk}"


class BenchSize(models.Model):
    """One row per size in stock."""

    product = models.ForeignKey(BenchProduct, on_delete=models.CASCADE, related_name="sizes")
    size = models.SmallIntegerField()

    class Meta:
        app_label = "bench"
        indexes = [models.Index(fields=["size", "product"], name="bench_size")]

    def __str__(self) -> str:
        return f"size {self.size}"


class DjangoOrm:
    """The plain way: a count, a page and one GROUP BY per facet."""

    def __init__(self, rows: Rows, alias: str) -> None:
        self.name, self.alias, self.rows = f"Django ORM, {connections[alias].vendor}", alias, rows
        self.values = {**rows.values, "size": SIZE_VALUES}
        self._fill()

    def ask(self, criteria: SearchCriteria) -> Answer:
        total = self._met(criteria).count()
        ids = self._met(criteria).order_by("place", "id").values_list("pk", flat=True)[:PAGE]
        counts = {}
        for key in SINGLE:
            rows = self._met(criteria, key).order_by().values_list(key).annotate(n=Count("pk"))
            counts[key] = {self.values[key][code]: number for code, number in rows}
        sizes = BenchSize.objects.using(self.alias)
        met = self._met(criteria, "size")
        if set(criteria.chosen) - {"size"}:
            sizes = sizes.filter(product__in=met.values("pk"))
        by_size = sizes.order_by().values_list("size").annotate(n=Count("pk"))
        counts["size"] = {SIZE_VALUES[code]: number for code, number in by_size}
        return Answer(total, tuple(ids), counts)

    def drop(self) -> None:
        """Take the tables away again."""
        with connections[self.alias].cursor() as cursor:
            for model in (BenchSize, BenchProduct):
                cursor.execute(f"DROP TABLE {model._meta.db_table}")

    def _met(self, criteria: SearchCriteria, without: str = "") -> models.QuerySet[BenchProduct]:
        found = BenchProduct.objects.using(self.alias)
        for key, values in criteria.chosen.items():
            if key == without:
                continue
            codes = [self.values[key].index(value) for value in values]
            if key == "size":
                own = BenchSize.objects.using(self.alias).filter(size__in=codes)
                found = found.filter(pk__in=own.values("product_id"))
            else:
                found = found.filter(**{f"{key}__in": codes})
        return found

    def _fill(self) -> None:
        connection = connections[self.alias]
        product, size = (model._meta.db_table for model in (BenchProduct, BenchSize))
        tables = [f"DROP TABLE IF EXISTS {table}" for table in (size, product)]
        columns = ", ".join(f"{key} smallint NOT NULL" for key in SINGLE)
        key = (
            "bigserial PRIMARY KEY" if connection.vendor == "postgresql" else "integer PRIMARY KEY"
        )
        tables.append(f"CREATE TABLE {product} (id {key}, place integer NOT NULL, {columns})")
        tables.append(
            f"CREATE TABLE {size} (id {key}, product_id bigint NOT NULL, size smallint NOT NULL)"
        )
        with connection.cursor() as cursor:
            for statement in tables:
                cursor.execute(statement)
            _copy(connection, cursor, product, ("id", "place", *SINGLE), self._products())
            _copy(connection, cursor, size, ("product_id", "size"), self._sizes())
            for name in SINGLE:
                cursor.execute(f"CREATE INDEX bench_{name} ON {product} ({name})")
            cursor.execute(f"CREATE INDEX bench_place ON {product} (place, id)")
            cursor.execute(f"CREATE INDEX bench_size ON {size} (size, product_id)")
            cursor.execute(f"CREATE INDEX bench_product ON {size} (product_id)")
            cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")

    def _products(self) -> Iterator[tuple[int, ...]]:
        columns = [self.rows.codes[key].tolist() for key in SINGLE]
        ids = range(1, self.rows.count + 1)
        return zip(ids, self.rows.order.tolist(), *columns, strict=True)

    def _sizes(self) -> Iterator[tuple[int, int]]:
        for code, own in enumerate(self.rows.sizes):
            for row in np.flatnonzero(own).tolist():
                yield row + 1, code


def _copy(
    connection: Any, cursor: Any, table: str, columns: tuple[str, ...], rows: Iterator[Any]
) -> None:
    names = ", ".join(columns)
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    marks = ", ".join("?" * len(columns))
    cursor.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def build_floor(rows: Rows) -> tuple[Callable[[np.ndarray], np.ndarray] | None, str]:
    """Return a C function that counts every value but brands by AND and popcount, or why not."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None, "no C compiler (cc) on PATH"
    vectors = [
        rows.codes[key] == code
        for key in SINGLE
        if key != "brand"
        for code in range(len(rows.values[key]))
    ]
    words = -(-rows.count // 64)
    packed = np.zeros((len(vectors) + len(rows.sizes), words * 8), dtype=np.uint8)
    for place, vector in enumerate((*vectors, *rows.sizes)):
        bits = np.packbits(vector)
        packed[place, : len(bits)] = bits
    folder = Path(tempfile.mkdtemp())
    (folder / "floor.c").write_text(FLOOR_C, encoding="utf-8")
    subprocess.run(
        [compiler, "-O3", "-march=native", "-shared", "-fPIC", "-o", "floor.so", "floor.c"],
        cwd=folder,
        check=True,
    )
    function = ctypes.CDLL(str(folder / "floor.so")).count
    out = np.zeros(len(packed), dtype=np.uint64)

    def count(mask: np.ndarray) -> np.ndarray:
        function(
            mask.ctypes.data_as(ctypes.c_void_p),
            packed.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_size_t(len(packed)),
            ctypes.c_size_t(words),
            out.ctypes.data_as(ctypes.c_void_p),
        )
        return out

    return count, f"{len(packed)} vectors"

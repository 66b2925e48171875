"""Lucene beside footback: DrillSideways in a Java process of its own, timed in there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.search_data import PAGE, SINGLE, SIZE_VALUES, Answer, Rows, Timed
from shop_plugin.services.search.criteria import SearchCriteria

SOURCE = Path(__file__).parent / "lucene" / "FacetedSearch.java"
WARM_UP_SECONDS = 20
MOST_VALUES = 1000  # of one facet, more than any has
_FACETS = (*SINGLE, "size")
# One thread asks; a collector without threads or barriers of its own suits that best.
_JAVA_OPTIONS = ("-XX:+UseSerialGC", "-Xms1g", "-Xmx2g")


class LuceneMissingError(Exception):
    """Says what to install before Lucene can be asked."""


class Lucene:
    """Lucene 8 as Debian packages it, or from a folder of jars in ``BENCH_LUCENE``."""

    name = "Lucene"

    def __init__(self, rows: Rows) -> None:
        """Find what is needed, or raise :class:`LuceneMissingError`."""
        self.rows = rows
        self.values = {**rows.values, "size": SIZE_VALUES}
        self.compiler, self.java = _find_program("javac"), _find_program("java")
        self.jars = os.pathsep.join(str(_find_jar(part)) for part in ("core", "facet"))
        self.versions: dict[str, Any] = {}

    def ask_all(self, questions: list[SearchCriteria], rounds: int) -> list[Timed]:
        """Index the catalogue, warm up and answer each question ``rounds`` times."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            with (folder / "listings").open("w", encoding="ascii") as listings:
                listings.writelines(self._listings())
            written = "".join(f"{self._written(criteria)}\n" for criteria in questions)
            (folder / "questions").write_text(written, encoding="ascii")
            compile_it = [self.compiler, "-cp", self.jars, "-d", str(folder), str(SOURCE)]
            subprocess.run(compile_it, check=True)
            paths = [str(folder / part) for part in ("listings", "questions", "index")]
            numbers = [str(item) for item in (rounds, WARM_UP_SECONDS, PAGE, MOST_VALUES)]
            classes = f"{self.jars}{os.pathsep}{folder}"
            done = subprocess.run(
                [self.java, *_JAVA_OPTIONS, "-cp", classes, SOURCE.stem, *paths, *numbers],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
        self.versions, *found = (json.loads(line) for line in done.stdout.splitlines())
        assert len(found) == len(questions)
        return [Timed(self._answer(own), [number / 1e9 for number in own["ns"]]) for own in found]

    def _listings(self) -> Iterator[str]:
        """Yield a line of names, then one line per listing in order of ids."""
        rows = self.rows
        place = np.empty(rows.count, dtype=np.int64)
        # Ascending by match, then by id, in one number, as tantivy-py has it.
        place[np.lexsort((np.arange(rows.count), rows.order))] = np.arange(rows.count)
        yield "\t".join(_FACETS) + "\n"
        columns = [rows.codes[key].tolist() for key in SINGLE]
        for own, *codes, sizes in zip(place.tolist(), *columns, rows.sizes.T, strict=True):
            in_stock = ",".join(map(str, np.flatnonzero(sizes).tolist()))
            yield "\t".join((str(own), *map(str, codes), in_stock)) + "\n"

    def _written(self, criteria: SearchCriteria) -> str:
        return "\t".join(
            f"{key}={','.join(str(self.values[key].index(value)) for value in values)}"
            for key, values in criteria.chosen.items()
        )

    def _answer(self, found: dict[str, Any]) -> Answer:
        counts = {
            key: {self.values[key][int(code)]: number for code, number in own.items()}
            for key, own in found["counts"].items()
        }
        return Answer(found["total"], tuple(found["ids"]), counts)


def _find_program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise LuceneMissingError(f"no {name} on PATH (Debian: default-jdk-headless)")
    return found


def _find_jar(part: str) -> Path:
    folder = Path(os.environ.get("BENCH_LUCENE") or "/usr/share/java")
    found = sorted(folder.glob(f"lucene-{part}-8.*.jar"))
    if not found:
        raise LuceneMissingError(
            f"no lucene-{part}-8.*.jar in {folder} (Debian: liblucene8-java; "
            "another folder: BENCH_LUCENE)"
        )
    return found[-1]

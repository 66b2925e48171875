from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import override_settings

from shop_plugin.models import Contact, JobRun, Listing, Purchase, RefusedRow
from shop_plugin.services.intake import files as file_import
from tests.exporters.own_shop import own_products
from tests.exporters.shopify import NEW, OLD
from tests.exporters.shopify import write_listings as write_shopify
from tests.exporters.woocommerce import write_listings as write_woocommerce

SHOES = [{"id": f"M-{number}", "title": f"Marlow Walker {number}"} for number in range(5)]


def write(tmp_path: Path, rows: list[dict[str, Any]], name: str = "shoes.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def run(path: Path, *options: str, verbosity: int = 1) -> tuple[str, str, int]:
    """Return what the command printed, its complaint, and its exit status."""
    out, err = StringIO(), StringIO()
    try:
        call_command(
            "footback_import",
            str(path),
            "--source",
            "demo",
            *options,
            stdout=out,
            stderr=err,
            verbosity=verbosity,
        )
    except CommandError as error:
        return out.getvalue(), f"{err.getvalue()}{error}", error.returncode
    return out.getvalue(), err.getvalue(), 0


pytestmark = pytest.mark.django_db


def test_it_imports_a_file_and_says_what_it_did(tmp_path: Path) -> None:
    out, err, status = run(write(tmp_path, SHOES))
    assert (err, status) == ("", 0)
    assert "shoes.jsonl: 5 rows" in out
    assert "created 5, updated 0, unchanged 0, refused 0" in out
    assert "footback_annotate" in out
    job = JobRun.objects.get()
    assert (job.kind, job.state, job.source, job.lines_done) == (
        "import_listings",
        "done",
        "demo",
        5,
    )
    assert job.finished_at is not None


def test_it_changes_nothing_the_second_time(tmp_path: Path) -> None:
    path = write(tmp_path, SHOES)
    run(path)
    out, _, status = run(path)
    assert "created 0, updated 0, unchanged 5" in out
    assert "footback_annotate" not in out
    assert status == 0


def test_it_reports_refused_rows_and_exits_three(tmp_path: Path) -> None:
    path = write(tmp_path, [*SHOES, {"id": "x"}, {"title": "y"}])
    out, err, status = run(path)
    assert status == 3
    assert "refused line 6, title: is missing" in err
    assert "refused line 7, id: is missing" in err
    assert "2 of 7 rows were refused; the rest is in." in err
    assert "created 5" in out
    assert RefusedRow.objects.count() == 2


def test_it_prints_the_first_refusals_and_points_to_the_rest(tmp_path: Path) -> None:
    _, err, status = run(write(tmp_path, [{"id": str(number)} for number in range(50)]))
    assert status == 3
    assert err.count("  refused line") == 20
    assert f"kept with run {JobRun.objects.get().pk}" in err
    assert RefusedRow.objects.count() == 50


def test_it_tells_warnings_with_the_first_place_and_exits_zero(tmp_path: Path) -> None:
    boots = [
        {
            "id": str(n),
            "title": "Boot",
            "category": "Boots",
            "raw_attributes": {"Heel Height": "0 inch"},
        }
        for n in range(3)
    ]
    out, _, status = run(write(tmp_path, boots))
    assert "warning heel_zero 3, first in line 1, raw_attributes.Heel Height:" in out
    assert status == 0


def test_it_writes_nothing_in_a_dry_run_and_tells_the_same(tmp_path: Path) -> None:
    path = write(tmp_path, [*SHOES, {"id": "x"}])
    out, err, status = run(path, "--dry-run")
    assert "would be created 5, updated 0, unchanged 0, refused 1" in out
    assert "Nothing was written" in out
    assert "1 of 6 rows would be refused" in err
    assert status == 3
    assert not Listing.objects.exists()
    assert not JobRun.objects.exists()


def test_it_is_quiet_when_told(tmp_path: Path) -> None:
    assert run(write(tmp_path, SHOES), verbosity=0) == ("", "", 0)


def test_it_knows_the_format_by_the_ending(tmp_path: Path) -> None:
    path = tmp_path / "shoes.csv"
    path.write_text("id;title\nM-1;Marlow\n")
    assert run(path)[2] == 0
    assert Listing.objects.get().external_id == "M-1"


def test_it_asks_for_a_format_it_cannot_guess(tmp_path: Path) -> None:
    path = write(tmp_path, SHOES, "shoes.dat")
    _, err, status = run(path)
    assert "name one with --format: csv, google-tsv, google-xml, jsonl" in err
    assert status == 2
    assert run(path, "--format", "jsonl")[2] == 0


@pytest.mark.parametrize(
    ("content", "advice"),
    [("", "is empty"), ('[{"id": 1}]', "jq -c"), ("id,title\n", "--format csv")],
)
def test_it_says_in_one_line_what_to_do_with_an_unusable_file(
    tmp_path: Path, content: str, advice: str
) -> None:
    path = tmp_path / "shoes.jsonl"
    path.write_text(content)
    out, err, status = run(path)
    assert (out, status) == ("", 1)
    assert advice in err
    assert "\n" not in err


def test_it_says_that_a_file_is_not_there(tmp_path: Path) -> None:
    _, err, status = run(tmp_path / "nowhere.jsonl")
    assert "nowhere.jsonl cannot be read" in err
    assert status == 1


def test_it_reads_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "shoes.csv"
    path.write_bytes("id;title\nM-1;Süß\n".encode("cp1252"))
    assert run(path)[2] == 3
    assert run(path, "--encoding", "cp1252")[2] == 0
    assert Listing.objects.get().title == "Süß"


@override_settings(FOOTBACK={"CHUNK_SIZE": 2})
def test_it_continues_after_an_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, SHOES)
    real = file_import.import_chunks

    def interrupted(**options: Any) -> Any:
        def stop(_: int) -> None:
            raise KeyboardInterrupt

        return real(**{**options, "on_progress": stop})

    with monkeypatch.context() as patch:
        patch.setattr(file_import, "import_chunks", interrupted)
        _, err, status = run(path)
    assert status == 130
    assert "continues after the last row that is in" in err
    assert Listing.objects.count() == 2
    out, _, status = run(path)
    assert "Continuing after line 2." in out
    assert "created 5" in out
    assert status == 0
    assert Listing.objects.count() == 5
    assert JobRun.objects.count() == 1
    assert run(path)[0].count("Continuing") == 0


@override_settings(FOOTBACK={"CHUNK_SIZE": 2})
@pytest.mark.parametrize("option", ["", "--dry-run"])
def test_it_does_the_same_with_a_second_core(
    tmp_path: Path, started: list[int], option: str
) -> None:
    rows: list[dict[str, Any]] = [
        {"id": f"M-{number % 50}", "title": f"Walker {number}", "price": number}
        for number in range(60)
    ]
    rows[20]["title"], rows[31]["raw_attributes"] = "", {"Heel Height": "45"}
    path = write(tmp_path, rows)
    out, _, status = run(path, *filter(None, [option]))
    assert status == 3
    assert len(started) == 1
    assert "60 rows" in out
    assert "created 49, updated 0, unchanged 0, refused 11" in out
    assert Listing.objects.count() == (0 if option else 49)
    assert Listing.objects.filter(title="Walker 59").count() == 0


@override_settings(FOOTBACK={"CHUNK_SIZE": 2})
def test_it_begins_anew_when_told(tmp_path: Path) -> None:
    path = write(tmp_path, SHOES)
    run(path)
    JobRun.objects.update(state="running", lines_done=4)
    out, _, _ = run(path, "--restart")
    assert "Continuing" not in out
    assert "unchanged 5" in out


def test_it_does_not_continue_with_a_file_that_changed(tmp_path: Path) -> None:
    path = write(tmp_path, SHOES)
    run(path)
    JobRun.objects.update(state="failed", lines_done=4)
    out, _, _ = run(write(tmp_path, [*SHOES, {"id": "new", "title": "new"}]))
    assert "Continuing" not in out
    assert "created 1" in out


@pytest.mark.parametrize("error", [OperationalError("database is locked"), OSError(28, "full")])
def test_it_says_in_one_line_that_the_database_or_disk_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(**options: Any) -> Any:
        raise error

    monkeypatch.setattr(file_import, "import_chunks", fail)
    if isinstance(error, OSError):
        with pytest.raises(OSError, match="full"):
            run(write(tmp_path, SHOES))
    else:
        _, err, status = run(write(tmp_path, SHOES))
        assert status == 1
        assert "The database is locked" in err
        assert "Run the same command again" in err
        assert "\n" not in err
    assert JobRun.objects.get().state == "failed"


ORDERS = [
    {
        "order_id": f"O-{number}",
        "customer_id": f"C-{number % 2}",
        "ordered_on": "2026-03-01",
        "listing_id": "M-1",
        "quantity": 1,
        "value": 89.0,
    }
    for number in range(4)
]


def test_it_imports_orders_with_made_up_people_who_are_never_mailed(tmp_path: Path) -> None:
    run(write(tmp_path, SHOES))
    path = write(tmp_path, [*ORDERS, {"order_id": "O-9"}], "orders.jsonl")
    out, err, status = run(path, "--kind", "orders")
    assert status == 3
    assert "refused line 5, ordered_at: is missing" in err
    assert "created 4" in out
    assert "people created 2" in out
    assert Purchase.objects.filter(listing__external_id="M-1").count() == 4
    assert not Contact.objects.filter(is_mailable=True).exists()
    assert JobRun.objects.get(kind="import_orders").counts["refused"] == 1
    assert "unchanged 4" in run(path, "--kind", "orders")[0]


def test_it_writes_no_orders_in_a_dry_run(tmp_path: Path) -> None:
    path = write(tmp_path, ORDERS, "orders.jsonl")
    out, _, status = run(path, "--kind", "orders", "--dry-run")
    assert "would be created 4" in out
    assert status == 0
    assert not Purchase.objects.exists()
    assert not Contact.objects.exists()


@pytest.mark.slow
def test_it_loses_and_repeats_nothing_when_it_is_killed(tmp_path: Path) -> None:
    database = tmp_path / "killed.sqlite3"
    rows = [
        {"id": f"M-{n}", "title": f"Marlow {n}", "description": "Soft. " * 50}
        for n in range(12_000)
    ]
    path = write(tmp_path, rows)
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{database}"}
    manage = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]
    command = [*manage, "footback_import", str(path), "--source", "demo"]
    subprocess.run([*manage, "migrate", "-v0"], env=environment, check=True)
    first = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        before = _wait_for_rows(database)
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stderr
    assert 0 < before < 12_000
    assert "Continuing after line" in second.stdout
    assert "created 12,000, updated 0, unchanged 0" in second.stdout
    with sqlite3.connect(database) as connection:
        (count,) = connection.execute("SELECT count(*) FROM footback_listing").fetchone()
    assert count == 12_000


def _wait_for_rows(database: Path) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            row = connection.execute("SELECT max(lines_done) FROM footback_jobrun").fetchone()
        if row[0]:
            return int(row[0])
        time.sleep(0.02)
    raise AssertionError("the import did not begin")


GOOGLE_TABLE = "id\ttitle\titem_group_id\tsize\nM-38\tMarlow, 38\tM\t38\nM-39\tMarlow, 39\tM\t39\n"


@pytest.mark.parametrize("name", ["feed.tsv", "feed.txt", "feed.csv"])
def test_it_takes_a_table_with_groups_of_items_for_a_google_feed(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(GOOGLE_TABLE)
    assert run(path)[2] == 0
    shoe = Listing.objects.get()
    assert (shoe.external_id, shoe.sizes.count()) == ("M", 2)


def test_it_takes_xml_for_a_google_feed(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text("<rss><channel><item><id>M</id><title>Marlow</title></item></channel></rss>")
    assert run(path)[2] == 0
    assert Listing.objects.get().external_id == "M"


def test_it_reads_a_google_table_as_plain_csv_where_told_to(tmp_path: Path) -> None:
    path = tmp_path / "feed.tsv"
    path.write_text(GOOGLE_TABLE)
    assert run(path, "--format", "csv")[2] == 0
    assert Listing.objects.count() == 2


@pytest.mark.parametrize("header", [OLD, NEW])
def test_it_knows_the_export_of_shopify_by_its_columns(tmp_path: Path, header: str) -> None:
    path = tmp_path / "products_export.csv"
    shoes = own_products()[:5]
    path.write_bytes(b"".join(write_shopify(shoes, header)))
    assert run(path)[2] == 0
    assert Listing.objects.count() == 5
    sizes = sum(shoe.sizes.count() for shoe in Listing.objects.all())
    assert sizes == sum(len(shoe.variants) for shoe in shoes)


def test_it_knows_the_export_of_woocommerce_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "wc-product-export.csv"
    path.write_bytes(b"".join(write_woocommerce(own_products()[:5])))
    assert run(path)[2] == 0
    assert Listing.objects.count() == 5

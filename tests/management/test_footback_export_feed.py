from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from shop_plugin.domain.attributes import FootwearAttributes, Span
from shop_plugin.domain.host_changes import ListedFacts
from tests.factories import ListingFactory, ProfileFactory

pytestmark = pytest.mark.django_db


class Heights:
    """Ids and heels, a line each."""

    suffix = "txt"

    def write(self, rows: Iterable[ListedFacts]) -> Iterator[bytes]:
        for row in rows:
            yield f"{row.external_id} {row.attributes.heel_height_mm}\n".encode()


class FullDisk:
    """A form whose writing ends as on a full disk."""

    suffix = "txt"

    def write(self, rows: Iterable[ListedFacts]) -> Iterator[bytes]:
        yield b"some"
        raise OSError(28, "No space left on device")


FORMATS = {"heights": f"{__name__}.Heights", "full": f"{__name__}.FullDisk"}


@pytest.fixture(autouse=True)
def _formats() -> Iterator[None]:
    with override_settings(FOOTBACK={"FACTS_FORMATS": FORMATS}):
        yield


def run(*options: str, verbosity: int = 1) -> str:
    err = StringIO()
    call_command("footback_export_feed", *options, stderr=err, verbosity=verbosity)
    return err.getvalue()


def make_shoe(external_id: str, *, source: str = "shop") -> None:
    known = FootwearAttributes(heel_height_mm=Span.exactly(30_000), confidence={})
    ProfileFactory(
        listing=ListingFactory(external_id=external_id, source=source), snapshot=known.as_snapshot()
    )


def test_it_writes_the_file_and_says_what_was_left_out(tmp_path: Path) -> None:
    make_shoe("S-1")
    make_shoe("S-2", source="other")
    ListingFactory(external_id="S-3", source="shop")
    ListingFactory(external_id="S-4", source="shop", is_withdrawn=True)
    out = tmp_path / "facts.txt"
    said = run("--format", "heights", "--source", "shop", "--out", str(out))
    assert out.read_text() == "S-1 Span(low=30000, high=30000)\n"
    assert f"{out}: 1 listings" in said
    assert "nothing is known of them: 1" in said
    assert "no longer on offer: 1" in said
    assert list(tmp_path.iterdir()) == [out]


def test_it_writes_to_standard_output_alone_what_belongs_into_the_file(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    make_shoe("S-1")
    assert run("--format", "heights", verbosity=0) == ""
    assert capfdbinary.readouterr().out == b"S-1 Span(low=30000, high=30000)\n"


def test_it_keeps_a_file_that_is_there_unless_told_to_replace_it(tmp_path: Path) -> None:
    make_shoe("S-1")
    out = tmp_path / "facts.txt"
    out.write_text("precious")
    with pytest.raises(CommandError, match="--force") as raised:
        run("--format", "heights", "--out", str(out))
    assert raised.value.returncode == 2
    assert out.read_text() == "precious"
    run("--format", "heights", "--out", str(out), "--force")
    assert out.read_text().startswith("S-1")


def test_it_leaves_the_old_file_whole_where_the_new_one_cannot_be_finished(tmp_path: Path) -> None:
    out = tmp_path / "facts.txt"
    out.write_text("precious")
    with pytest.raises(CommandError, match="No space left") as raised:
        run("--format", "full", "--out", str(out), "--force")
    assert raised.value.returncode == 1
    assert out.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [out]


def test_it_knows_only_the_forms_of_the_settings() -> None:
    with pytest.raises(CommandError, match="heights"):
        run("--format", "nowhere")

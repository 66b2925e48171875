"""What the doctor says of the shop's own adapters: which, what they leave out, what that costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from shop_plugin.conf import find_card, find_source_path, get_settings
from shop_plugin.domain.map_faults import MappedSource
from shop_plugin.domain.map_losses import (
    LISTING_LOSSES,
    PURCHASE_LOSSES,
    Loss,
    Weight,
    find_losses,
)
from shop_plugin.services.doctor.findings import Finding, notice, ok, problem
from shop_plugin.services.doctor.host_rules import load_mapped_sources
from shop_plugin.services.intake.pushing import PUSH
from shop_plugin.services.shop.modes import get_mode, read_control

_LOSSES = {"CATALOGUE_SOURCE": LISTING_LOSSES, "PURCHASE_SOURCE": PURCHASE_LOSSES}
_NOUNS = (("CATALOGUE_SOURCE", "Listings"), ("PURCHASE_SOURCE", "Orders"))


def report_adapters() -> Iterator[Finding]:
    """Yield where listings and orders come from, and which files are understood."""
    for key, noun in _NOUNS:
        path = find_source_path(key)
        card = find_card(path)
        title = f" ({card.title})" if card else ""
        where = f"through {path}{title}" if path else f"from files only ({key} is empty)"
        yield ok(f"settings.{key.lower()}", f"{noun} come {where}.", path=path)
    options = get_settings()
    read, written = sorted(options.FILE_FORMATS), sorted(options.FACTS_FORMATS)
    text = f"Files are read as {', '.join(read) or 'nothing'}"
    text += f"; facts are handed back as {', '.join(written)}." if written else "."
    yield ok("host.files", text, read=read, written=written)


def report_host(*, now: datetime) -> Iterator[Finding]:
    """Yield what each field map leaves out with what is lost by it, and pushes that failed."""
    for key, source in load_mapped_sources().items():
        yield from _report_losses(key, source)
    failure = read_control().hook_failures.get(PUSH)
    if failure and failure["hour"] >= f"{now - timedelta(days=1):%Y-%m-%dT%H}":
        yield problem(
            "host.push_failed",
            f"A product or order that the shop pushed could not be taken in, last at "
            f"{failure['hour']}:00 UTC: {failure['what']}. None is lost: the next sync reads it.",
            "Look at the adapter where it says; the log 'footback.intake' has each failure.",
        )


def _report_losses(setting: str, source: MappedSource) -> Iterator[Finding]:
    losses = list(find_losses(_LOSSES[setting], source.find_unmapped()))
    where = (
        "FOOTBACK['HOST']" if find_source_path(setting) != getattr(get_settings(), setting) else ""
    )
    place = where or type(source).__name__
    for loss in losses:
        if loss.weight > Weight.LITTLE:
            yield _tell(setting, loss, place)
    little = [
        f"{' and '.join(map(repr, loss.keys))} ({loss.words})"
        for loss in losses
        if loss.weight is Weight.LITTLE
    ]
    noun = dict(_NOUNS)[setting].lower()
    if little:
        text = f"Also not mapped for {noun}, with little lost: {'; '.join(little)}."
        yield ok(
            f"host.{noun}.left_out", text, keys=[name for loss in losses for name in loss.keys]
        )
    elif not losses:
        yield ok(f"host.{noun}.mapped", f"The map of the {noun} leaves nothing out.")


def _tell(key: str, loss: Loss, place: str) -> Finding:
    # While no mail leaves, what is lost is lost to nobody yet.
    is_grave = loss.weight is Weight.MUCH and (key == "CATALOGUE_SOURCE" or get_mode().sends)
    noun = dict(_NOUNS)[key].lower()
    return (problem if is_grave else notice)(
        f"host.{noun}.{loss.keys[0]}",
        f"The map of the {noun} has no {_named(loss)}: {loss.words}.",
        f"Map what the shop knows of this in {place} (docs/reference/field-map.csv).",
        keys=list(loss.keys),
    )


def _named(loss: Loss) -> str:
    return " and no ".join(f"'{name}'" for name in loss.keys)

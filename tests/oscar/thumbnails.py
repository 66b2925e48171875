"""Pictures as they are: oscar's own ways to make smaller ones are packages of their own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from oscar.core.thumbnails import AbstractThumbnailer


class AsTheyAre(AbstractThumbnailer):
    def generate_thumbnail(self, source: Any, **opts: Any) -> SimpleNamespace:
        return SimpleNamespace(url=f"/media/{source}")

    def delete_thumbnails(self, source: Any) -> None:
        pass

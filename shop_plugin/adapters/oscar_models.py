"""Whether django-oscar is there, and its models by the labels that a forked app keeps."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.apps import apps

from shop_plugin.adapters.base import UnusableSource


class PlacedOrder(NamedTuple):
    """An order that was just placed, and the language of whoever placed it, "" where unknown.

    Oscar itself keeps no language.
    """

    key: Any
    language: str


def oscar_model(label: str) -> Any:
    """Return the model of oscar's or of the app that was forked from it ("order.Line")."""
    return apps.get_model(label)


def require_oscar(who: str) -> None:
    """Do nothing where django-oscar is installed.

    :raises UnusableSource: where it is not; the message says what to do.
    """
    if not apps.is_installed("oscar"):
        raise UnusableSource(
            f"{who} needs django-oscar, which is not among INSTALLED_APPS. Install "
            "'footback[oscar]' and add oscar's apps, or name another adapter."
        )

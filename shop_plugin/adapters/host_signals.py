"""The signals that a host sends when a row of its own changed, and Django's where it asks for that.

``product_changed`` and ``order_changed`` are always heard. Where an adapter
says ``is_pushed = True``, Django's own ``post_save`` and ``post_delete`` of its
models are heard as well. ``QuerySet.update`` and bulk writes send no signal;
the next sync reads what they change.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.signals import request_finished, request_started
from django.db.models.signals import post_delete, post_save

from shop_plugin.conf import load_catalogue_source, load_purchase_source
from shop_plugin.services.intake.pushing import (
    begin_request,
    end_request,
    push_listing,
    push_purchase,
)
from shop_plugin.signals import order_changed, product_changed

logger = logging.getLogger("footback.intake")


def connect() -> None:
    """Listen to the host. Called once, when all apps are there."""
    product_changed.connect(hear_product, dispatch_uid="footback.product_changed")
    order_changed.connect(hear_order, dispatch_uid="footback.order_changed")
    request_started.connect(begin_request, dispatch_uid="footback.push.begin")
    request_finished.connect(end_request, dispatch_uid="footback.push.end")
    connect_models()


def connect_models() -> None:
    """Listen to saved and deleted rows of the models of each adapter that says ``is_pushed``."""
    for load, hear in (
        (load_catalogue_source, hear_product_row),
        (load_purchase_source, hear_order_row),
    ):
        try:
            source: Any = load()
            models = source.pushed_models() if getattr(source, "is_pushed", False) else ()
        except Exception as error:  # the host's module may fail in any way; the checks say how
            logger.warning("an adapter cannot be loaded, so nothing is pushed: %s", error)
            continue
        for model in models:
            _connect(model, hear)


def hear_product(sender: object, instance: object, using: str | None = None, **_: object) -> None:
    """Push a product that the host says has changed."""
    push_listing(instance, using=using)


def hear_order(sender: object, instance: object, using: str | None = None, **_: object) -> None:
    """Push an order or a line that the host says has changed."""
    push_purchase(instance, using=using)


def hear_product_row(
    sender: object, instance: object, using: str, raw: bool = False, **_: object
) -> None:
    """Push a row that was saved or deleted; one that a fixture loads is left to the sync."""
    if not raw:
        push_listing(instance, using=using)


def hear_order_row(
    sender: object, instance: object, using: str, raw: bool = False, **_: object
) -> None:
    """Push a row that was saved or deleted; one that a fixture loads is left to the sync."""
    if not raw:
        push_purchase(instance, using=using)


def _connect(model: type, hear: Callable[..., None]) -> None:
    for name, signal in (("save", post_save), ("delete", post_delete)):
        uid = f"footback.push.{name}.{hear.__name__}.{model.__name__}"
        signal.connect(hear, sender=model, dispatch_uid=uid)

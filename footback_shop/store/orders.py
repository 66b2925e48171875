"""Selling a pair and taking it back: what changes stock and orders, each in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.crypto import get_random_string

from footback_shop.store.models import Order, OrderLine, Product, Variant

# Without the letters and digits that are read wrong over the telephone.
NUMBER_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


class SoldOut(Exception):
    """The last pair of this size went to somebody else."""


class NothingToReturn(Exception):
    """All pairs of this line came back already, or it is not part of the order."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Who buys, and what they said about mails."""

    name: str
    email: str
    language: str
    country: str = ""
    is_gift: bool = False
    declined_mails: bool = False


def place_order(*, variant_id: int, customer: Customer, now: datetime) -> Order:
    """Sell one pair and return the order.

    The form that leads here always offers to say no to mails about the pair.

    :raises SoldOut: when no pair of the size is left.
    """
    with transaction.atomic():
        # One statement decides who gets the last pair.
        taken = Variant.objects.filter(pk=variant_id, stock__gt=0).update(stock=F("stock") - 1)
        if not taken:
            raise SoldOut
        variant = Variant.objects.select_related("product").get(pk=variant_id)
        Product.objects.filter(pk=variant.product_id).update(updated_at=now)
        order = Order.objects.create(
            number=f"FL-{get_random_string(8, NUMBER_LETTERS)}",
            customer_name=customer.name,
            customer_email=customer.email,
            language=customer.language,
            country=customer.country,
            is_gift=customer.is_gift,
            optout_offered=True,
            declined_mails=customer.declined_mails,
            placed_at=now,
        )
        OrderLine.objects.create(order=order, variant=variant, unit_price=variant.product.price)
    return order


def return_pair(*, order: Order, line_id: int, now: datetime) -> OrderLine:
    """Take one pair back, put it on the shelf and return the line.

    :raises NothingToReturn: when no pair of the line is left with the customer.
    """
    with transaction.atomic():
        returned = OrderLine.objects.filter(
            pk=line_id, order=order, returned_quantity__lt=F("quantity")
        ).update(returned_quantity=F("returned_quantity") + 1)
        if not returned:
            raise NothingToReturn
        line = OrderLine.objects.select_related("variant").get(pk=line_id)
        Variant.objects.filter(pk=line.variant_id).update(stock=F("stock") + 1)
        Product.objects.filter(pk=line.variant.product_id).update(updated_at=now)
        Order.objects.filter(pk=order.pk).update(updated_at=now)
    return line

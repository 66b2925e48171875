"""What a merchant knows of a shop on WooCommerce that its files and webhooks leave unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class WooCommerceShop:
    """What WooCommerce does not say of a shop. Everything may be left out.

    ``currency`` (ISO 4217) and ``language`` stand in no product. ``url`` is
    the shop's address ("https://shoes.example"): the product export names no
    page, WordPress finds it by the number. ``size_system`` ("eu", "uk",
    "us") counts where neither the name of an attribute nor its value names
    one. ``size_options``, ``width_options`` and ``color_options`` are names
    of attributes beside the usual ones. ``meta`` renames fields of the shop's
    own ("_sohle": "Drop (mm)"), an empty name leaves one out.
    ``only_categories`` takes in what stands in one of these categories alone,
    for a shop that sells more than shoes.

    ``consent_meta`` is the field of an order in which the shop notes that a
    customer asked for e-mails; WooCommerce itself has none. ``optout_offered``
    says that the checkout offers every customer to say no.
    """

    currency: str = ""
    language: str = ""
    url: str = ""
    size_system: str = ""
    size_options: tuple[str, ...] = ()
    width_options: tuple[str, ...] = ()
    color_options: tuple[str, ...] = ()
    meta: Mapping[str, str] = field(default_factory=dict)
    only_categories: tuple[str, ...] = ()
    consent_meta: str = ""
    optout_offered: bool = False

"""What a merchant knows of a shop at Shopify that its files and webhooks leave unsaid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: What a subscription to the shop's newsletter counts as.
CONSENTS = ("subscribed", "confirmed", "never")


@dataclass(frozen=True, slots=True)
class ShopifyShop:
    """What Shopify does not say of a shop. Everything may be left out.

    ``currency`` (ISO 4217) and ``language`` stand in no product, nor does the
    shop's address: a page is ``url`` + ``/products/HANDLE``. ``size_system``
    ("eu", "uk", "us") counts where neither an option's name nor its value
    names one. ``size_options``, ``width_options`` and ``color_options`` are
    names of options beside the usual ones. ``metafields`` renames the shop's
    own ("custom.sohle": "Drop (mm)"), an empty name leaves one out. A product
    in a standard category that is none of footwear is left out, unless
    ``only_footwear`` is off.

    ``consent``: a customer who subscribed to e-mails of the shop gave express
    consent ("subscribed"), did so only by double opt-in ("confirmed"), or
    never did ("never"). ``optout_offered`` says that the checkout offers to
    say no; of those, only who accepts e-mails may be written to.

    :raises ValueError: for another ``consent``.
    """

    currency: str = ""
    language: str = ""
    url: str = ""
    size_system: str = ""
    size_options: tuple[str, ...] = ()
    width_options: tuple[str, ...] = ()
    color_options: tuple[str, ...] = ()
    metafields: Mapping[str, str] = field(default_factory=dict)
    only_footwear: bool = True
    consent: str = "subscribed"
    optout_offered: bool = False

    def __post_init__(self) -> None:
        if self.consent not in CONSENTS:
            raise ValueError(f"consent is one of {', '.join(CONSENTS)}, not {self.consent!r}")

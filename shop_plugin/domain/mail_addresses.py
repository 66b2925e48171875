"""Mail addresses as people see them who need not know whose they are."""

from __future__ import annotations


def mask_address(email: str) -> str:
    """Return an address of which only the first letter and the domain can be read.

    The number of letters is not told either. A text that is no address gives nothing.
    """
    local, at, domain = email.partition("@")
    return f"{local[:1]}•••@{domain}" if at else ""


def mask_key(key: str) -> str:
    """Return a host's key of a customer, masked where it is an address: guests have no other."""
    return mask_address(key) or key

"""Mail addresses as people see them who need not know whose they are."""

from __future__ import annotations

import pytest

from shop_plugin.domain.mail_addresses import mask_address


@pytest.mark.parametrize(
    ("email", "masked"),
    [
        ("robin.hale@example.org", "r•••@example.org"),
        ("r@example.org", "r•••@example.org"),
        ("", ""),
        ("no address", ""),
    ],
)
def test_masks_an_address(email, masked):
    assert mask_address(email) == masked

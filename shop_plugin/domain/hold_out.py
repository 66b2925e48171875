"""The hold-out group: people who are never mailed, so that the effect of the mails can be told.

Who belongs to it follows from the keyed hash of the address alone: the same
person always does or never does, on every machine, and nothing is stored.
"""

from __future__ import annotations

import hashlib

_PERSON = b"footback.holdout"  # at most 16 bytes; tells this draw from any other of the same hash
_PARTS = 10_000


def is_held_out(email_hash: str, *, percent: int) -> bool:
    """Tell whether the person with this keyed hash is in the hold-out group.

    ``percent`` is the size of the group, from 0 (nobody) to 100. A larger
    group contains every smaller one. Nobody without a hash is in it.
    """
    if not email_hash or percent <= 0:
        return False
    digest = hashlib.blake2b(email_hash.encode(), digest_size=8, person=_PERSON).digest()
    return int.from_bytes(digest, "big") % _PARTS < percent * _PARTS // 100

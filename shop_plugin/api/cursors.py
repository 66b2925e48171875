"""Cursors: a place in one result list, as a text that only this shop can write.

A cursor is signed and belongs to the query it came from, so that neither a
made-up place nor another query's can be asked for. It holds no secret.
"""

from __future__ import annotations

import hashlib

from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _

from shop_plugin.api.problems import BadParameters, ParameterProblem
from shop_plugin.services.search.criteria import SearchCriteria
from shop_plugin.services.shopping.places import Place, read_key

SALT = "footback.cursor.v1"
MAX_CURSOR = 1000


def write_cursor(criteria: SearchCriteria, place: Place) -> str:
    """Return the cursor of a place in the list that the criteria find."""
    parts = [_digest(criteria), place.listing_id, place.key, place.offset, int(place.is_before)]
    return Signer(salt=SALT).sign_object(parts)


def read_cursor(criteria: SearchCriteria, cursor: str) -> Place:
    """Return the place that a cursor names in the list of the criteria.

    :raises BadParameters: for a text that is no cursor of ours, and for the cursor of
        another query.
    """
    try:
        signed = cursor if len(cursor) <= MAX_CURSOR else ""
        digest, listing_id, key, offset, is_before = Signer(salt=SALT).unsign_object(signed)
        place = Place(listing_id, tuple(key), offset, bool(is_before))
    except (BadSignature, ValueError, TypeError) as error:
        raise _bad(
            "cursor_unusable",
            _(
                "This is no cursor of this shop. Begin without one and follow the links next and "
                "previous as they are."
            ),
        ) from error
    if digest != _digest(criteria):
        raise _bad(
            "cursor_of_another_query",
            _(
                "This cursor belongs to another query. A cursor goes with the very filters, order "
                "and page size it came from; begin without one."
            ),
        )
    read_key(criteria.sort, place.key)
    return place


def _bad(code: str, detail: str) -> BadParameters:
    return BadParameters([ParameterProblem("cursor", code, detail)])


def _digest(criteria: SearchCriteria) -> str:
    query = criteria.on_page(1).to_query()
    return hashlib.blake2b(query.encode(), digest_size=9).hexdigest()

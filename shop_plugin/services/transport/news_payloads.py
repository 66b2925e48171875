"""What programs of the shop are told, word for word: ids and figures, no person, no condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from shop_plugin.domain.json_text import dump_json
from shop_plugin.models import HostNews, Listing, Message, Nudge
from shop_plugin.services.shop.host_news import LISTING_ASSESSED, NUDGE_SENT


def compose_body(news: HostNews) -> bytes | None:
    """Return the body of a webhook as its subject stands now; ``None`` where it is no more."""
    data = _DATA[news.kind](news.subject)
    if data is None:
        return None
    told = {"type": news.kind, "timestamp": news.created_at.isoformat(), "data": data}
    return dump_json(told).encode()


def _listing(subject: str) -> dict[str, Any] | None:
    listing = (
        Listing.objects.filter(pk=int(subject))
        .select_related("profile")
        .defer("description", "raw_attributes")
        .first()
    )
    profile = getattr(listing, "profile", None)
    if listing is None or profile is None:
        return None
    return {
        "listing": listing.pk,
        "source": listing.source,
        "external_id": listing.external_id,
        "alias": listing.alias,
        "is_withdrawn": listing.is_withdrawn,
        "match": {
            "low": profile.match_low,
            "high": profile.match_high,
            "grade_low": profile.grade_low,
            "grade_high": profile.grade_high,
            "verdict": profile.verdict,
            "coverage": profile.coverage,
            "formula": profile.formula_version,
        },
    }


def _nudge(subject: str) -> dict[str, Any] | None:
    message = Message.objects.filter(uuid=subject).only("pk", "uuid", "sent_at").first()
    if message is None:
        return None
    nudges = Nudge.objects.filter(message=message).order_by("pk").select_related("purchase")
    return {
        "message": str(message.uuid),
        "sent_at": message.sent_at.isoformat() if message.sent_at else None,
        "nudges": [
            {
                "stage": nudge.stage,
                "cycle": nudge.cycle,
                "source": nudge.purchase.source,
                "purchase_id": nudge.purchase.external_id,
            }
            for nudge in nudges
        ],
    }


_DATA: Final[Mapping[str, Callable[[str], dict[str, Any] | None]]] = {
    LISTING_ASSESSED: _listing,
    NUDGE_SENT: _nudge,
}

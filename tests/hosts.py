"""A host of the tests that pushes by Standard Webhooks: its settings, bodies and signatures."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from shop_plugin.domain.standard_webhooks import sign_delivery
from shop_plugin.services.intake.host_deliveries import Reception, receive_delivery

SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes of a test's own").decode()
NEXT_SECRET = "whsec_" + base64.b64encode(b"another thirty-two bytes, as good").decode()
READER = "shop_plugin.adapters.standard_webhooks.StandardWebhooks"
WEBHOOKS = {"till": {"reader": READER, "secrets": [SECRET], "source": "shop"}}
_numbers = count(1)


def body_of(topic: str, data: Any, *, at: datetime | None = None) -> bytes:
    """Return the body of a webhook; ``at`` is when the host's row changed."""
    told = {"type": topic, "data": data, **({"timestamp": at.isoformat()} if at else {})}
    return json.dumps(told).encode()


def headers_of(
    body: bytes, *, at: datetime, delivery_id: str = "", secret: str = SECRET
) -> dict[str, str]:
    """Return the headers with which the host sends it."""
    delivery_id = delivery_id or f"msg_{next(_numbers)}"
    return {
        "webhook-id": delivery_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": sign_delivery(
            delivery_id=delivery_id, at=at, body=body, secrets=[secret]
        ),
    }


def push(
    topic: str, data: Any, *, now: datetime, minutes: float = 0, delivery_id: str = ""
) -> Reception:
    """Let the host push what changed some minutes ago, so that it is stored."""
    body = body_of(topic, data, at=now - timedelta(minutes=minutes))
    headers = headers_of(body, at=now, delivery_id=delivery_id)
    return receive_delivery(name="till", headers=headers, body=body, now=now)

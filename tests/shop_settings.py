"""The settings of a shop that may write to people at any hour. For tests."""

SHOP = {
    "NUDGE_MODE": "live",
    "SHOP_NAME": "Marlow Shoes",
    "SENDER": "Marlow Shoes <care@marlow.example>",
    "POSTAL_ADDRESS": "Marlow Shoes, 1 Quay Street, Bristol",
    "PUBLIC_BASE_URL": "https://marlow.example",
    "REPAIR_URL": "https://marlow.example/repairs/",
    "SEND_WEEKDAYS": (0, 1, 2, 3, 4, 5, 6),
    "SEND_FROM_HOUR": 0,
    "SEND_UNTIL_HOUR": 24,
    "HOLD_OUT_PERCENT": 0,
}

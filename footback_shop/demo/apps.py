"""The demo as an app, for its command."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Holds no models; only ``manage.py demo``."""

    name = "footback_shop.demo"
    label = "demo"

"""The shop's own app; its models know nothing of footback."""

from django.apps import AppConfig


class StoreConfig(AppConfig):
    """The store."""

    name = "footback_shop.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"

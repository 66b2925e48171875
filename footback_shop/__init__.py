"""The smallest shop that can sell a shoe."""

from footback_shop.celery import app as celery_app

__all__ = ["celery_app"]

"""The Celery app of the demo shop: a doorbell over Redis, nothing more."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "footback_shop.settings")

app = Celery("footback_shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

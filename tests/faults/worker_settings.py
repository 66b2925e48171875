"""The demo shop's settings for worker processes of a test: live, and mailing to its sink."""

import os

from footback_shop.settings import *  # noqa: F403
from tests.shop_settings import SHOP

FOOTBACK = {
    **SHOP,
    "LIST_ID": "care.marlow.example",
    "RAMP_START_PER_DAY": 100_000,
    "MAX_MAILS_PER_DAY": 100_000,
    "CLAIM_BATCH": 3,
    # A killed worker holds its claims for so long; a shop has the time to wait for two minutes.
    "LEASE_SECONDS": 10,
    "SPOOL_DIR": os.environ["FOOTBACK_TEST_SPOOL"],
}
# How soon a line that carries nothing is given up; a shop waits for half a minute.
if _seconds := os.environ.get("FOOTBACK_TEST_BROKER_SECONDS"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        **CELERY_BROKER_TRANSPORT_OPTIONS,  # noqa: F405
        "socket_timeout": float(_seconds),
        "health_check_interval": float(_seconds),
    }
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ["FOOTBACK_TEST_SINK"])
EMAIL_TIMEOUT = 10
EMAIL_HOST_USER = EMAIL_HOST_PASSWORD = ""
EMAIL_USE_TLS = EMAIL_USE_SSL = False

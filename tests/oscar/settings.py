"""An oscar shop as its documentation sets one up, with footback put into it."""

from __future__ import annotations

from pathlib import Path

import environ
from oscar import INSTALLED_APPS as OSCAR_APPS
from oscar.defaults import *  # noqa: F403
from oscar.defaults import OSCAR_DASHBOARD_NAVIGATION

from shop_plugin.adapters.oscar.dashboard import dashboard_entry

env = environ.Env()
HERE = Path(__file__).resolve().parent

SECRET_KEY = "only-for-tests-" + "x" * 40
DEBUG = False
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "tests.oscar.urls"
SITE_ID = 1
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
MEDIA_URL = "/media/"

# One app is forked, as shops do: its strategy adds 20 % tax to every price.
FORKED = {"oscar.apps.partner.apps.PartnerConfig": "tests.oscar.partner.apps.PartnerConfig"}
INSTALLED_APPS = [
    *[FORKED.get(name, name) for name in OSCAR_APPS],
    "rest_framework",
    "drf_spectacular",
    "shop_plugin",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "oscar.apps.basket.middleware.BasketMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oscar.apps.search.context_processors.search_form",
                "oscar.apps.checkout.context_processors.checkout",
                "oscar.core.context_processors.metadata",
            ],
        },
    },
]
AUTHENTICATION_BACKENDS = ("oscar.apps.customer.auth_backends.EmailBackend",)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
HAYSTACK_CONNECTIONS = {"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

DATABASES = {"default": env.db("DATABASE_URL", default="sqlite:///:memory:")}
if env.str("FOOTBACK_TEST_DB", default=""):
    DATABASES["default"]["TEST"] = {"NAME": env.str("FOOTBACK_TEST_DB")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20}
    # Oscar's own ninety migrations take most of a minute there and are not what is tested: its
    # tables are made as its models are now. Footback's migrations run, and on a server all do.
    OSCAR_LABELS = (
        "address analytics basket catalogue communication customer flatpages offer order partner "
        "payment reviews shipping sites voucher wishlists"
    )
    MIGRATION_MODULES = dict.fromkeys(OSCAR_LABELS.split())
else:
    MIGRATION_MODULES = {"partner": "oscar.apps.partner.migrations"}
# As most shops run: what a signal does inside a request may still be rolled back.
DATABASES["default"]["ATOMIC_REQUESTS"] = True

EMAIL_TIMEOUT = 60
SILENCED_SYSTEM_CHECKS = ["footback.W040"]  # cron runs "footback_run --once", as the check says

OSCAR_DEFAULT_CURRENCY = "EUR"
OSCAR_ALLOW_ANON_CHECKOUT = True
OSCAR_EAGER_ALERTS = False
OSCAR_THUMBNAILER = "tests.oscar.thumbnails.AsTheyAre"
OSCAR_INITIAL_ORDER_STATUS = "Pending"
OSCAR_INITIAL_LINE_STATUS = "Pending"
OSCAR_ORDER_STATUS_PIPELINE = {
    "Pending": ("Being processed", "Cancelled"),
    "Being processed": ("Complete", "Cancelled"),
    "Complete": ("Returned",),
    "Cancelled": (),
    "Returned": (),
}
OSCAR_LINE_STATUS_PIPELINE = {
    "Pending": ("Being processed", "Cancelled"),
    "Being processed": ("Shipped", "Cancelled"),
    "Shipped": ("Returned",),
    "Cancelled": (),
    "Returned": (),
}
OSCAR_ORDER_STATUS_CASCADE = {
    "Being processed": "Being processed",
    "Cancelled": "Cancelled",
    "Complete": "Shipped",
}
OSCAR_DASHBOARD_NAVIGATION = [*OSCAR_DASHBOARD_NAVIGATION, dashboard_entry()]

FOOTBACK: dict[str, object] = {
    "CATALOGUE_SOURCE": "shop_plugin.adapters.oscar.OscarCatalogue",
    "PURCHASE_SOURCE": "tests.oscar.footback.Purchases",
    "NUDGE_MODE": "live",
    "SHOP_NAME": "Marlow Shoes",
    "SENDER": "Marlow Shoes <care@marlow-shoes.example>",
    "POSTAL_ADDRESS": "Marlow Shoes, 1 High Street, Exampleton",
    "PUBLIC_BASE_URL": "https://marlow-shoes.example",
    "EMAIL_HASH_KEY": "only-for-tests",
    "LIST_ID": "care.marlow-shoes.example",
    "HOLD_OUT_PERCENT": 0,
    "SEND_FROM_HOUR": 0,
    "SEND_UNTIL_HOUR": 24,
    "SEND_WEEKDAYS": (0, 1, 2, 3, 4, 5, 6),
}

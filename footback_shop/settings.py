"""Settings of the demo shop. Everything that differs between places comes from the environment.

``DATABASE_URL``, ``REDIS_URL`` and ``EMAIL_URL`` switch to servers of one's
own; without them the shop runs on SQLite, the embedded Valkey and the demo's
own mail sink.
"""

from __future__ import annotations

from pathlib import Path

import environ

from footback_shop import broker

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("FOOTBACK_VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)  # SQLite creates its file, not the folder

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="demo-only-not-a-secret-" + "x" * 40)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "testserver"])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "footback_shop.store",  # first, so that its frame is put around the plugin's pages
    "shop_plugin",
    "footback_shop.mailbox",
    "footback_shop.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "footback_shop.urls"
WSGI_APPLICATION = "footback_shop.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'demo.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # 0 of 1,600 transactions over 4 processes failed with these; 528 with Django's defaults.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # 16 MB of page cache: with the default of 2 MB an import of 100,000 shoes takes
        # twice as long. A checkpoint after 16 MB instead of 4: an import's commits take half.
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384; "
            "PRAGMA wal_autocheckpoint=4000;"
        ),
        **DATABASES["default"].get("OPTIONS", {}),  # such as ?timeout=5 in the address
    }
if env.str("FOOTBACK_TEST_DB", default=""):
    DATABASES["default"]["TEST"] = {"NAME": env.str("FOOTBACK_TEST_DB")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
# Only languages that shop and plugin both speak: LocaleMiddleware would else take a browser's
# language for what Django itself knows (dates, plurals, form errors) and mix two on one page.
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "footback_shop" / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = True  # no collectstatic step: the files are served from where they lie

# Redis: one of one's own, or the one the demo starts (footback_shop/broker.py).
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or broker.local_url(VAR_DIR)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": broker.cache_url(REDIS_URL),
        "KEY_PREFIX": "footback",
        # A web request never waits for Redis, not even for one that is alive and silent.
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# Celery is a doorbell: no task carries work, so none needs a result, an ETA or a retry.
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_TIME_LIMIT = 240
CELERY_TASK_SOFT_TIME_LIMIT = 200
CELERY_TASK_PUBLISH_RETRY = False  # a web request never waits for Redis
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_DISABLE_PREFETCH = True
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000
CELERY_WORKER_ETA_TASK_LIMIT = 1000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20.0
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "health_check_interval": 25,
    "socket_connect_timeout": 5,
    "socket_timeout": 30,
    "socket_keepalive": True,
}
if CELERY_BROKER_URL.startswith("redis+socket:"):
    del CELERY_BROKER_TRANSPORT_OPTIONS["socket_keepalive"]  # a Unix socket has none
CELERY_TASK_ROUTES = {"footback.*": {"queue": "footback"}, "store.*": {"queue": "footback"}}
CELERY_BEAT_SCHEDULE = {
    "footback-tick": {
        "task": "footback.tick",
        "schedule": env.float("FOOTBACK_TICK_SECONDS", default=60.0),
        "options": {"queue": "footback", "expires": 55},
    },
    "footback-audit": {
        "task": "footback.audit",
        "schedule": 900.0,
        "options": {"queue": "footback", "expires": 800},
    },
    "footback-outlook": {
        "task": "footback.outlook",
        "schedule": 3600.0,
        "options": {"queue": "footback", "expires": 3500},
    },
    "footback-index": {
        "task": "footback.index",
        "schedule": 300.0,
        "options": {"queue": "footback", "expires": 290},
    },
    "footback-bulk-edits": {
        "task": "footback.bulk_edits",
        "schedule": 5.0,  # somebody is waiting for the preview; nothing due costs two queries
        "options": {"queue": "footback", "expires": 4},
    },
    "footback-sheets": {
        "task": "footback.sheets",
        "schedule": 5.0,  # somebody is waiting for the dry run; nothing due costs two queries
        "options": {"queue": "footback", "expires": 4},
    },
    "footback-host-events": {
        "task": "footback.host_events",
        "schedule": 15.0,  # nothing due costs two queries
        "options": {"queue": "footback", "expires": 14},
    },
    "footback-news": {
        "task": "footback.news",
        "schedule": 15.0,  # without targets it asks nothing
        "options": {"queue": "footback", "expires": 14},
    },
    "footback-reports": {
        "task": "footback.reports",
        "schedule": 60.0,  # nothing due costs two queries
        "options": {"queue": "footback", "expires": 55},
    },
    "footback-suggestions": {
        "task": "footback.suggestions",
        "schedule": 900.0,
        "options": {"queue": "footback", "expires": 800},
    },
    "footback-retention": {
        "task": "footback.retention",
        "schedule": 24 * 3600.0,
        "options": {"queue": "footback"},
    },
    "store-refresh": {
        "task": "store.refresh",
        "schedule": 300.0,
        "options": {"queue": "footback", "expires": 280},
    },
}

# Mail: a server of one's own by EMAIL_URL, or the demo's sink on this machine.
MAILBOX_DIR = VAR_DIR / "mailbox"
MAIL_SINK_PORT = env.int("FOOTBACK_SINK_PORT", default=8025)
MAIL_GOES_TO_SINK = not env.str("EMAIL_URL", default="")
EMAIL_CONFIG = env.email_url("EMAIL_URL", default=f"smtp://127.0.0.1:{MAIL_SINK_PORT}")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 60

SITE_URL = env.str("FOOTBACK_SITE_URL", default="http://127.0.0.1:8000")
REDIRECT_TO = env.str("FOOTBACK_REDIRECT_TO", default="")

# Nothing is loaded from elsewhere, no inline script or style.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}
SECURE_REFERRER_POLICY = "same-origin"

LOGIN_URL = "store:login"
LOGIN_REDIRECT_URL = "footback:pairs"
LOGOUT_REDIRECT_URL = "store:home"

REST_FRAMEWORK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}
SPECTACULAR_SETTINGS = {"TITLE": "footback", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}

FOOTBACK: dict[str, object] = {
    "CATALOGUE_SOURCE": "footback_shop.store.footback.StoreCatalogue",
    "PURCHASE_SOURCE": "footback_shop.store.footback.StorePurchases",
    "CONTACT_FOR_USER": "footback_shop.store.accounts.verified_address",
    # The invented shoppers are only ever mailed into the demo's own sink. With a mail server of
    # one's own nothing leaves, unless an inbox of one's own is named to catch all of it.
    "NUDGE_MODE": "live" if MAIL_GOES_TO_SINK else "redirect" if REDIRECT_TO else "dry_run",
    "REDIRECT_TO": REDIRECT_TO,
    "SPOOL_DIR": str(VAR_DIR / "spool"),
    "SHOP_NAME": "Fennel & Last",
    "SENDER": "Fennel & Last <care@fennel-and-last.example>",
    "POSTAL_ADDRESS": "Fennel & Last, 4 Tanner's Yard, 10115 Berlin, Germany",
    "PUBLIC_BASE_URL": SITE_URL,
    "EMAIL_HASH_KEY": env.str("FOOTBACK_EMAIL_HASH_KEY", default="demo-only-hash-key"),
    "LIST_ID": "care.fennel-and-last.example",
    "REPAIR_URL": f"{SITE_URL}/repairs/",
    # A demo is looked at on Sundays and at night too; a real shop keeps the defaults.
    "SEND_FROM_HOUR": 0,
    "SEND_UNTIL_HOUR": 24,
    "SEND_WEEKDAYS": (0, 1, 2, 3, 4, 5, 6),
}

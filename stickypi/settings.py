"""Django settings. What a site sets comes from the environment: see `stickypi/env.py`."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.templatetags.static import static
from django.urls import reverse_lazy
from dotenv import load_dotenv

from stickypi import __version__, env

BASE_DIR = Path(__file__).resolve().parent.parent
load_dotenv(BASE_DIR / ".env")
try:
    CONFIGURATION = env.read(os.environ, BASE_DIR)
except env.ConfigurationError as error:
    raise SystemExit(f"Sticky Pi cannot start: {error}") from None
CONFIGURATION.data_dir.mkdir(parents=True, exist_ok=True)

SECRET_KEY = CONFIGURATION.secret_key
DEBUG = CONFIGURATION.debug
DEMO = CONFIGURATION.demo
ALLOWED_HOSTS = CONFIGURATION.allowed_hosts

INSTALLED_APPS = [
    "api.apps.ApiConfig",
    "stickypi.apps.StickyPiConfig",  # before the theme: some of its templates are replaced
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rest_framework_simplejwt",
    "django_tasks",
    "django_tasks_db",
    "accounts.apps.AccountsConfig",
    "changes.apps.ChangesConfig",
    "images.apps.ImagesConfig",
    "annotations.apps.AnnotationsConfig",
    "tuboids.apps.TuboidsConfig",
    "labels.apps.LabelsConfig",
    "bundles.apps.BundlesConfig",
    "projects.apps.ProjectsConfig",
    "work.apps.WorkConfig",
    "activity.apps.ActivityConfig",
    "jobs.apps.JobsConfig",
    "adopt.apps.AdoptConfig",
    "lake.apps.LakeConfig",
    "desk.apps.DeskConfig",  # after the theme, which replaces the admin's site: the fleet is its home
]

MIDDLEWARE = [
    "stickypi.http.middleware.drain_body",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "stickypi.http.middleware.PageGZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]

ROOT_URLCONF = "stickypi.urls"
WSGI_APPLICATION = "stickypi.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "desk"],  # a page's template is in its folder
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

if CONFIGURATION.mysql:
    _MARIADB: dict[str, Any] = {
        "ENGINE": "stickypi.db.mariadb",
        "HOST": CONFIGURATION.mysql.host,
        "PORT": CONFIGURATION.mysql.port,
        "USER": CONFIGURATION.mysql.user,
        "PASSWORD": CONFIGURATION.mysql.password,
        "NAME": CONFIGURATION.mysql.database,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "charset": "utf8mb4",
            "connect_timeout": 5,
            "request_timeout": 10,
            # A stream waits for the client that reads it; the server's default gives up after 60 s.
            "init_command": "SET sql_mode='STRICT_ALL_TABLES', innodb_lock_wait_timeout=5, net_write_timeout=600",
        },
        "TEST": {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_nopad_bin"},
    }
    DATABASES = {
        "default": _MARIADB,
        # For long answers (`stickypi.db.rows`): a server may sort millions of rows before it has the first.
        "streams": {
            **_MARIADB,
            "OPTIONS": {**_MARIADB["OPTIONS"], "request_timeout": 60},
            "TEST": {"MIRROR": "default"},
        },
    }
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": CONFIGURATION.data_dir / "stickypi.db",
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                # FULL: harvesters delete their copy of an image once its row is shown: it must survive power cuts.
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                    "PRAGMA cache_size=-16384; PRAGMA mmap_size=67108864;"
                ),
            },
        }
    }

if CONFIGURATION.s3:
    _FILES = {
        "BACKEND": "stickypi.storage.BucketStorage",
        "OPTIONS": {
            "endpoint_url": CONFIGURATION.s3.endpoint_url,
            "access_key": CONFIGURATION.s3.access_key,
            "secret_key": CONFIGURATION.s3.private_key,
            "bucket_name": CONFIGURATION.s3.bucket,
            "region_name": CONFIGURATION.s3.region,
        },
    }
else:
    _FILES = {"BACKEND": "stickypi.storage.DiskStorage", "OPTIONS": {"location": CONFIGURATION.data_dir / "files"}}
STORAGES = {
    "default": _FILES,
    "staticfiles": {"BACKEND": "stickypi.staticfiles.GzippedManifestStaticFilesStorage"},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PasswordBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "accounts.hashers.PasslibHasher",  # of databases that were adopted
]
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BasicAuthentication",
        "accounts.authentication.BearerAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.OperationRole"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.MultiPartParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "stickypi.http.errors.answer_exception",
    "COERCE_DECIMAL_TO_STRING": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sticky Pi",
    "DESCRIPTION": "Images of smart insect traps, what was found on them, and what it is. Datetimes are UTC.",
    "VERSION": __version__,
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/",
    "PREPROCESSING_HOOKS": ["api.openapi.resources_only"],
    "POSTPROCESSING_HOOKS": ["api.openapi.with_errors"],
    # Our own copy of its files, and no validator on another host.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": True, "validatorUrl": None},
}
TRUSTED_PROXIES = CONFIGURATION.trusted_proxies
TOKEN_CHAIN_LIFETIME = timedelta(days=CONFIGURATION.token_days)
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=24),
    # HS256 wants 32 bytes or more, whatever the length of the secret.
    "SIGNING_KEY": hashlib.sha256(f"token:{SECRET_KEY}".encode()).hexdigest(),
}

LANGUAGE_CODE = "en-us"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True
DATETIME_FORMAT = r"Y-m-d H:i \U\T\C"
DATE_FORMAT = "Y-m-d"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

ISO_DATETIMES = CONFIGURATION.iso_datetimes
ACCEL_REDIRECT = CONFIGURATION.accel_redirect
STATIC_URL = "static/"
STATIC_ROOT = CONFIGURATION.data_dir / "static"
STATICFILES_DIRS = [("desk", BASE_DIR / "desk")]
STATICFILES_FINDERS = [
    "desk.staticfiles.PageFilesFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
MAX_BODY = 48_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY
FILE_UPLOAD_MAX_MEMORY_SIZE = 8_000_000
FILE_UPLOAD_HANDLERS = [
    "stickypi.http.uploads.LargeChunkMemoryHandler",
    "stickypi.http.uploads.LargeChunkFileHandler",
]

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIGURATION.https
if CONFIGURATION.https:
    # The proxy that holds the certificate says so with each request: links in answers are https too.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 30 * 24 * 3600
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],  # the theme writes its colours into each page
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

UNFOLD = {
    "SITE_TITLE": "Sticky Pi",
    "SITE_HEADER": "Sticky Pi",
    "SITE_SUBHEADER": "The curators' desk",
    "SITE_URL": None,
    "LOGIN": {"form": "accounts.forms.SignInForm"},
    "DASHBOARD_CALLBACK": "desk.fleet.views.dashboard",
    "SITE_ICON": lambda request: static("stickypi/icon.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("stickypi/icon.svg")}],
    "STYLES": [lambda request: static("stickypi/admin.css")],
    "SCRIPTS": [lambda request: static("stickypi/time.js")],
    "SIDEBAR": {"show_search": False, "navigation": "desk.navigation.sidebar"},
    "ACCOUNT": {
        "navigation": [
            {"title": "Profile and token", "link": reverse_lazy("profile")},
            {"title": "Change password", "link": reverse_lazy("admin:password_change")},
        ]
    },
    "COLORS": {
        "primary": {  # amber, as the cards: white on 600 and 600 on white have a contrast of 4.5 and more
            "50": "oklch(98.7% .022 95.3)",
            "100": "oklch(96.2% .059 95.6)",
            "200": "oklch(92.4% .12 95.7)",
            "300": "oklch(87.9% .169 91.6)",
            "400": "oklch(82.8% .189 84.4)",
            "500": "oklch(76.9% .188 70.1)",
            "600": "oklch(52% .135 55)",
            "700": "oklch(46% .125 50)",
            "800": "oklch(40% .105 48)",
            "900": "oklch(35% .09 46)",
            "950": "oklch(27.9% .077 45.6)",
        }
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django_tasks": {"level": "WARNING"},  # `jobs.runner` says what begins and ends
        "django_tasks_db": {"level": "WARNING"},
    },
}

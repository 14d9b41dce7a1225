"""Django settings. What a site sets comes from the environment: see `stickypi/env.py`."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

from dotenv import load_dotenv

from stickypi import env

BASE_DIR = Path(__file__).resolve().parent.parent
load_dotenv(BASE_DIR / ".env")
try:
    CONFIGURATION = env.read(os.environ, BASE_DIR)
except env.ConfigurationError as error:
    raise SystemExit(f"Sticky Pi cannot start: {error}") from None
CONFIGURATION.data_dir.mkdir(parents=True, exist_ok=True)

SECRET_KEY = CONFIGURATION.secret_key
DEBUG = CONFIGURATION.debug
ALLOWED_HOSTS = CONFIGURATION.allowed_hosts

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "rest_framework",
    "rest_framework_simplejwt",
    "stickypi.apps.StickyPiConfig",
    "accounts.apps.AccountsConfig",
    "images.apps.ImagesConfig",
    "annotations.apps.AnnotationsConfig",
    "tuboids.apps.TuboidsConfig",
]

MIDDLEWARE = [
    "stickypi.middleware.drain_body",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "stickypi.urls"
WSGI_APPLICATION = "stickypi.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
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
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.mysql",
            "HOST": CONFIGURATION.mysql.host,
            "PORT": CONFIGURATION.mysql.port,
            "USER": CONFIGURATION.mysql.user,
            "PASSWORD": CONFIGURATION.mysql.password,
            "NAME": CONFIGURATION.mysql.database,
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                "charset": "utf8mb4",
                "connect_timeout": 10,
                # A stream waits for the client that reads it; the server's default gives up after 60 s.
                "init_command": "SET sql_mode='STRICT_ALL_TABLES', net_write_timeout=600",
            },
            "TEST": {"CHARSET": "utf8mb4", "COLLATION": "utf8mb4_nopad_bin"},
        }
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
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;",
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
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

AUTH_USER_MODEL = "accounts.User"
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
    "EXCEPTION_HANDLER": "stickypi.errors.answer_exception",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=24),
    # HS256 wants 32 bytes or more, whatever the length of the secret.
    "SIGNING_KEY": hashlib.sha256(f"token:{SECRET_KEY}".encode()).hexdigest(),
}

LANGUAGE_CODE = "en-us"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STATIC_URL = "static/"
STATIC_ROOT = CONFIGURATION.data_dir / "static"
MAX_BODY = 48_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY
FILE_UPLOAD_MAX_MEMORY_SIZE = 8_000_000

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"exifread": {"level": "ERROR"}, "django.request": {"level": "ERROR"}},
}

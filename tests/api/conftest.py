"""What the tests of the REST resources share: users, clients, files in a folder of the test."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services import user_create
from accounts.tokens import token_create


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.STORAGES = {
        "default": {"BACKEND": "stickypi.storage.DiskStorage", "OPTIONS": {"location": tmp_path}},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ALLOWED_HOSTS = ["testserver"]
    return tmp_path


@pytest.fixture
def user_of(db: None) -> Callable[[str], User]:
    """The user with a role: `reader`, `writer` or `admin`."""
    flags = {"reader": {"can_write": False}, "writer": {}, "admin": {"is_admin": True}}

    def get(role: str) -> User:
        found = User.objects.filter(username=role).first()
        return found or user_create(username=role, password="a password", **flags[role])

    return get


@pytest.fixture
def client_of(user_of: Callable[[str], User]) -> Callable[[str], APIClient]:
    """A client with the token of a user of that role."""

    def get(role: str) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_create(user=user_of(role))['token']}")
        return client

    return get

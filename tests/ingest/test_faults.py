"""Whatever step of ingest or deletion fails, rows and files correspond one to one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.query import QuerySet

from accounts.models import User
from images.models import Image
from images.services import Upload, images_delete, images_put
from simulation.card import render
from simulation.fleet import Fleet
from sticky_pi_api.core.errors import APIError, Conflict, Unavailable
from stickypi.models import PendingFile
from stickypi.storage import DiskStorage, pending_files
from stickypi.storage.pending_files import remove_orphans_older_than

pytestmark = pytest.mark.django_db(transaction=True)

FLEET = Fleet(n_devices=1, days=0.1, size=(320, 240))
UPLOADS = [Upload(shot.name, render(shot)) for shot, _ in zip(FLEET.shots(), range(2), strict=False)]


class Killed(BaseException):
    """No handler of errors sees it, as none sees a kill."""


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "stickypi.storage.DiskStorage", "OPTIONS": {"location": tmp_path}},
    }
    return tmp_path


@pytest.fixture
def user() -> User:
    return User.objects.create(username="trap", can_write=True)


def files(folder: Path) -> set[str]:
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != ".incoming"
    }


def assert_one_to_one(folder: Path) -> None:
    owned = {key for image in Image.objects.all() for key in image.file_keys}
    assert files(folder) == owned and not PendingFile.objects.exists()


def failing(method: Callable[..., Any], error: BaseException, *, at: int) -> Callable[..., Any]:
    """The method, raising an error at its call number `at`, before it has done anything."""
    calls = iter(range(1, 1000))

    def fail(*args: Any, **kwargs: Any) -> Any:
        if next(calls) == at:
            raise error
        return method(*args, **kwargs)

    return fail


AWAY, GONE, KILLED = Unavailable("storage away"), DatabaseError("database away"), Killed()
STEPS = [
    *((DiskStorage, "put_absent", at, error) for at in (1, 2, 6) for error in (AWAY, KILLED)),
    *((Image, "save", at, error) for at in (1, 2) for error in (GONE, KILLED)),
    *((QuerySet, "bulk_create", 1, error) for error in (GONE, KILLED)),
    *((pending_files, "_delete_notes", 1, error) for error in (GONE, KILLED)),
    *((BaseDatabaseWrapper, "_commit", at, GONE) for at in (1, 2)),
]


@pytest.mark.parametrize(("owner", "method", "at", "error"), STEPS, ids=lambda value: getattr(value, "__name__", None))
def test_a_failing_step_of_ingest_leaves_nothing(
    folder: Path, user: User, monkeypatch: pytest.MonkeyPatch, owner: Any, method: str, at: int, error: BaseException
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(owner, method, failing(getattr(owner, method), error, at=at))
        with pytest.raises(type(error)):
            images_put(uploads=UPLOADS, user=user)
    assert_one_to_one(folder)
    assert not Image.objects.exists()
    images_put(uploads=UPLOADS, user=user)
    assert_one_to_one(folder)
    assert Image.objects.count() == len(UPLOADS)


def killed_in_ingest(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("stickypi.storage.pending_files._remove_orphans_or_log", lambda keys: None)
        patch.setattr(DiskStorage, "put_absent", failing(DiskStorage.put_absent, Killed(), at=3))
        with pytest.raises(Killed):
            images_put(uploads=UPLOADS, user=user)


def test_after_a_kill_orphan_files_are_removed(folder: Path, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_in_ingest(user, monkeypatch)
    assert len(files(folder)) == 2 and not Image.objects.exists()
    assert remove_orphans_older_than(0) == (2, 2 * 3)
    assert_one_to_one(folder)


def test_after_a_kill_the_trap_tries_again(folder: Path, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    killed_in_ingest(user, monkeypatch)
    images_put(uploads=UPLOADS, user=user)
    assert_one_to_one(folder)


def test_the_storage_is_away_when_files_should_go(folder: Path, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = images_put(uploads=UPLOADS, user=user)
    with monkeypatch.context() as patch:
        patch.setattr(DiskStorage, "remove", failing(DiskStorage.remove, Unavailable("away"), at=1))
        assert len(images_delete(keys=[each.image.key for each in stored])) == len(UPLOADS)
    assert len(files(folder)) == 3 * len(UPLOADS) and not Image.objects.exists()
    images_put(uploads=UPLOADS[:1], user=user)
    remove_orphans_older_than(0)
    assert_one_to_one(folder)
    assert Image.objects.count() == 1


@pytest.mark.parametrize(("owner", "method"), [(QuerySet, "delete"), (BaseDatabaseWrapper, "_commit")])
def test_a_failing_deletion_deletes_nothing(
    folder: Path, user: User, monkeypatch: pytest.MonkeyPatch, owner: Any, method: str
) -> None:
    stored = images_put(uploads=UPLOADS, user=user)
    with monkeypatch.context() as patch:
        patch.setattr(owner, method, failing(getattr(owner, method), DatabaseError("away"), at=1))
        with pytest.raises(DatabaseError):
            images_delete(keys=[each.image.key for each in stored])
    assert_one_to_one(folder)
    assert Image.objects.count() == len(UPLOADS)


def test_a_file_that_nobody_owns_is_not_overwritten(folder: Path, user: User) -> None:
    foreign = folder / "raw_images" / UPLOADS[0].name[:8] / UPLOADS[0].name
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"another picture")
    with pytest.raises(Conflict, match="not overwritten"):
        images_put(uploads=UPLOADS, user=user)
    assert foreign.read_bytes() == b"another picture" and files(folder) == {str(foreign.relative_to(folder))}
    foreign.write_bytes(UPLOADS[0].data)
    images_put(uploads=UPLOADS, user=user)
    assert_one_to_one(folder)


def test_one_bad_file_spoils_the_call(folder: Path, user: User) -> None:
    with pytest.raises(APIError) as raised:
        images_put(uploads=[UPLOADS[0], Upload(UPLOADS[1].name, b"no JPEG")], user=user)
    assert raised.value.items[0]["index"] == 1
    assert_one_to_one(folder)
    assert not Image.objects.exists()

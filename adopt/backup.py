"""A copy of the database as SQL, by the database's own tool, before anything is changed."""

import gzip
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

_TOOLS = ("mariadb-dump", "mysqldump")
_OPTIONS = ("--single-transaction", "--quick", "--hex-blob", "--skip-lock-tables", "--default-character-set=utf8mb4")
_CHUNK = 1 << 20


class BackupFailed(Exception):
    """There is no backup; the message says why."""


def back_up(path: Path) -> None:
    """Writes all tables to `path`, SQL compressed by gzip; the file is there once it is whole. Raises BackupFailed."""
    tool = next((found for name in _TOOLS if (found := shutil.which(name))), None)
    if tool is None:
        raise BackupFailed("neither mariadb-dump nor mysqldump is installed (Debian: apt-get install mariadb-client)")
    if path.exists():
        raise BackupFailed(f"{path} is there already, perhaps an earlier backup: move it away, or name another file")
    partial = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _options_file() as options:
            _dump([tool, f"--defaults-extra-file={options}", *_OPTIONS, _setting("NAME")], partial)
        partial.replace(path)
    except OSError as error:
        raise BackupFailed(f"{path} cannot be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


def _dump(command: list[str], partial: Path) -> None:
    # With password hashes in it, it is for its owner only.
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file, tempfile.TemporaryFile() as errors:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as dumping:  # noqa: S603  its own words
            output: Any = dumping.stdout
            with gzip.GzipFile("", "wb", compresslevel=3, fileobj=file) as compressed:
                shutil.copyfileobj(output, compressed, _CHUNK)
        if dumping.returncode:
            errors.seek(0)
            raise BackupFailed(f"{command[0]} failed: {errors.read().decode(errors='replace').strip()}")
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _options_file() -> Iterator[str]:
    """A file, for us only, that says how to connect: arguments and environment would show the password to others."""
    with tempfile.NamedTemporaryFile("w", suffix=".cnf") as file:
        file.write("[client]\n")
        if not _is_encrypted():  # newer tools insist on it otherwise; older ones may not know the option
            file.write("loose-skip-ssl\n")
        for option, setting in (("host", "HOST"), ("port", "PORT"), ("user", "USER"), ("password", "PASSWORD")):
            value = _setting(setting).replace("\\", "\\\\").replace('"', '\\"')
            file.write(f'{option}="{value}"\n')
        file.flush()
        yield file.name


def _is_encrypted() -> bool:
    """Whether our own connection is."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
        return bool(cursor.fetchone()[1])


def _setting(name: str) -> str:
    settings: dict[str, Any] = connection.settings_dict
    return str(settings[name])

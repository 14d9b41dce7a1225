"""Hashes for the passwords of tests, quicker than a site's; each that is computed is counted."""

from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """The usual one, with fewer rounds."""

    iterations = 1000

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        with _counter(settings.CONFIGURATION.data_dir).open("ab", buffering=0) as counter:
            counter.write(b".")
        return super().encode(password, salt, iterations)


class SlowHasher(QuickHasher):
    """Slow enough for requests to meet while it is at work: about 0.1 s."""

    iterations = 300_000


def hashes(data_dir: Path) -> int:
    """How many hashes the server with this data folder has computed."""
    counter = _counter(data_dir)
    return counter.stat().st_size if counter.exists() else 0


def _counter(data_dir: Path) -> Path:
    return data_dir / "hashes"

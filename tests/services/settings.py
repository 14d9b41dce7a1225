"""The settings of a site, with passwords whose hash is quick: the usual one takes a quarter of a second on purpose."""

import os

from stickypi.settings import *  # noqa: F403

PASSWORD_HASHERS = [
    f"tests.services.hashers.{os.environ.get('TESTS_HASHER', 'QuickHasher')}",
    "accounts.hashers.PasslibHasher",
]

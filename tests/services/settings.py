"""The settings of a site, with passwords whose hash is quick: the usual one takes a quarter of a second on purpose."""

from stickypi.settings import *  # noqa: F403

PASSWORD_HASHERS = ["tests.services.hashers.QuickHasher"]

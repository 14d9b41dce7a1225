"""A quick hash for the passwords of tests."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickHasher(PBKDF2PasswordHasher):
    """The usual one, with fewer rounds."""

    iterations = 1000

"""Passwords of the service that came before: they go on working, and are hashed anew when they are first used."""

from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher, mask_hash
from passlib.hash import sha512_crypt

from sticky_pi_api.core.users import MAX_PASSWORD


class PasslibHasher(BasePasswordHasher):
    """Reads what passlib's sha512_crypt wrote: `passlib$6$rounds=656000$<salt>$<hash>`. It makes no hashes.

    Its cost grows with the length of the password, unlike that of Django's, so that the length has a bound.
    """

    algorithm = "passlib"

    def encode(self, password: str, salt: str) -> str:
        raise NotImplementedError("new passwords are hashed by the first of PASSWORD_HASHERS")

    def verify(self, password: str, encoded: str) -> bool:
        if len(password) > MAX_PASSWORD:
            return False
        try:
            return bool(sha512_crypt.verify(password, encoded.removeprefix(self.algorithm)))
        except ValueError:  # a hash that is none, or a password that it cannot have been made of
            return False

    def decode(self, encoded: str) -> dict[str, Any]:
        found = sha512_crypt.from_string(encoded.removeprefix(self.algorithm))
        return {"algorithm": self.algorithm, "rounds": found.rounds, "salt": found.salt, "hash": found.checksum}

    def safe_summary(self, encoded: str) -> Any:
        found = self.decode(encoded)
        return {**found, "salt": mask_hash(found["salt"]), "hash": mask_hash(found["hash"])}

    def must_update(self, encoded: str) -> bool:
        return True

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing: it takes longer than the others as it is."""

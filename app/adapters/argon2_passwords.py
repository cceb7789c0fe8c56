"""Passwords hashed with argon2id, as the library recommends it."""

import secrets
import threading

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 2
"""Each takes 64 MiB of memory for its time."""


class Argon2Passwords:
    """Fills the role of `PasswordHasher`."""

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher()
        self._turnstile = threading.BoundedSemaphore(_AT_ONCE)
        self._nobodys = self._hasher.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        """A hash with its own salt and the parameters it was made with."""
        with self._turnstile:
            return self._hasher.hash(_bytes(password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password; None (nobody of this name) takes just as long and is never it."""
        with self._turnstile:
            try:
                right = self._hasher.verify(password_hash or self._nobodys, _bytes(password))
            except (VerificationError, InvalidHashError):
                return False
        return right and password_hash is not None


def _bytes(password: str) -> bytes:
    """Whatever a client sends has bytes, also what is no valid Unicode."""
    return password.encode("utf-8", "surrogatepass")

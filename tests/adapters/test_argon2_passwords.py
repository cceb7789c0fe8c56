"""Passwords are kept so that they cannot be read back, and looked at with the same work whoever's they are."""

from typing import Literal

import argon2
import pytest

from app.adapters.argon2_passwords import Argon2Passwords

QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Counting(argon2.PasswordHasher):
    """Counts how often a password is looked at."""

    looked = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the library's own name
        self.looked += 1
        return super().verify(hash, password)


def test_the_right_password_is_known_again_and_no_other() -> None:
    passwords = Argon2Passwords(QUICK)
    kept = passwords.hash("correct horse battery")
    assert passwords.verify(kept, "correct horse battery")
    assert not passwords.verify(kept, "correct horse batterz")
    assert not passwords.verify(kept, "")


def test_the_same_password_is_kept_differently_each_time_and_never_as_it_is() -> None:
    passwords = Argon2Passwords(QUICK)
    first, second = passwords.hash("correct horse battery"), passwords.hash("correct horse battery")
    assert first != second
    assert "correct" not in first


def test_it_is_argon2id_with_the_librarys_own_parameters() -> None:
    kept = Argon2Passwords().hash("correct horse battery")
    found = argon2.extract_parameters(kept)
    assert found.type is argon2.Type.ID
    assert (found.memory_cost, found.time_cost) == (65536, 3)


def test_a_name_that_nobody_has_takes_the_same_work_and_is_never_right() -> None:
    counting = Counting(time_cost=1, memory_cost=8, parallelism=1)
    passwords = Argon2Passwords(counting)
    assert not passwords.verify(None, "correct horse battery")
    assert counting.looked == 1


@pytest.mark.parametrize("kept", ["", "nonsense", "$argon2id$v=19$m=8,t=1,p=1$x$y"])
def test_a_damaged_hash_opens_nothing(kept: str) -> None:
    assert not Argon2Passwords(QUICK).verify(kept, "")


@pytest.mark.parametrize("password", ["\ud800 is half a character", "\0" * 12, "pässwörter 🔒"])
def test_a_password_may_hold_anything(password: str) -> None:
    passwords = Argon2Passwords(QUICK)
    assert passwords.verify(passwords.hash(password), password)

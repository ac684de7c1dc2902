"""Passwords: policies in AWS's words, hashes, temporary ones."""

import pytest

from limen.identity.passwords import (
    PasswordPolicy,
    find_weakness,
    hash_password,
    is_password,
    temporary_password,
    waste_time,
)


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("Passw0rd!", None),
        ("Pass word0", None),
        ("P0!a", "Password not long enough"),
        ("PASSW0RD!", "Password must have lowercase characters"),
        ("passw0rd!", "Password must have uppercase characters"),
        ("Password!", "Password must have numeric characters"),
        ("Passw0rdd", "Password must have symbol characters"),
        (" Passw0rd ", "Password must have symbol characters"),
    ],
)
def test_a_weak_password_is_told_why(password: str, weakness: str | None) -> None:
    assert find_weakness(password, PasswordPolicy()) == weakness


def test_a_hash_is_other_each_time_and_fits_one_password() -> None:
    hashed = hash_password("Pässw0rd!")

    assert hashed.startswith("scrypt$32768$8$1$")
    assert hashed != hash_password("Pässw0rd!")
    assert is_password("Pässw0rd!", hashed)
    assert not is_password("Passw0rd!", hashed)


def test_time_is_wasted_on_nobody() -> None:
    waste_time("Passw0rd!")


def test_a_temporary_password_is_one_that_the_policy_takes() -> None:
    policy = PasswordPolicy(minimum_length=20)

    made = {temporary_password(policy) for _ in range(50)}

    assert len(made) == 50
    assert {find_weakness(password, policy) for password in made} == {None}

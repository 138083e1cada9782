"""Hashing passwords."""

from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from auth.adapters.passwords import Passwords


class CountingHasher(PasswordHasher):
    """Counts comparisons."""

    compared = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002  (the library's name)
        self.compared += 1
        return super().verify(hash, password)


async def test_passwords_are_argon2id_with_at_least_the_memory_of_rfc_9106() -> None:
    parameters = extract_parameters(await Passwords().hash("abc123"))
    assert parameters.type is Type.ID
    assert (parameters.memory_cost, parameters.time_cost) >= (64 * 1024, 3)


async def test_an_unknown_user_costs_the_same_comparison() -> None:
    hasher = CountingHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords = Passwords(hasher)
    encoded = await passwords.hash("abc123")
    assert await passwords.matches(encoded, "abc123")
    assert not await passwords.matches(encoded, "abc124")
    assert not await passwords.matches(None, "abc123")
    assert hasher.compared == 3
    assert extract_parameters(passwords._nobodys) == extract_parameters(encoded)


async def test_a_hash_that_cannot_be_read_matches_nothing() -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    assert not await passwords.matches("not a hash", "abc123")


async def test_a_hash_with_weaker_parameters_is_outdated() -> None:
    weak = await Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)).hash("abc123")
    assert Passwords().outdated(weak)
    assert not Passwords().outdated(await Passwords().hash("abc123"))

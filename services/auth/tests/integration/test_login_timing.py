"""Whoever asks whether a name is known learns nothing from how long the refusal takes; with the real Argon2id."""

import secrets
import time
from pathlib import Path
from statistics import median

from auth.adapters.passwords import Passwords
from auth.bootstrap import REFUSAL_STEP
from auth.testing import Auth, running, settings_for

PAIRS = 8
ALLOWED = 0.1  # of the time


async def seconds(auth: Auth, name: str, expected: int) -> float:
    """How long a refused login takes."""
    began = time.perf_counter()
    answer = await auth.login(name, "wrong123")
    assert answer.status_code == expected
    return time.perf_counter() - began


async def step_for_this_machine(passwords: Passwords) -> float:
    """The real step, or a longer one where other work makes this machine's comparisons take about as long."""
    began = time.perf_counter()
    for _ in range(3):
        await passwords.hash("secret123")
    return max(REFUSAL_STEP, time.perf_counter() - began)


async def test_unknown_and_known_names_are_refused_in_the_same_time(mongo_url: str, tmp_path: Path) -> None:
    settings = settings_for(mongo_url, f"test_{secrets.token_hex(6)}")
    passwords = Passwords()
    step = await step_for_this_machine(passwords)
    async with running(settings, tmp_path, passwords=passwords, refusal_step=step) as auth:
        for n in range(PAIRS // 4):  # four wrong passwords each: none is locked
            await auth.register(f"known{n}")
        known, unknown = [], []
        for n in range(PAIRS):
            known.append(await seconds(auth, f"known{n // 4}", 401))
            unknown.append(await seconds(auth, f"nobody{n}", 404))
        await auth.db.client.drop_database(settings.database)
    ratio = median(unknown) / median(known)
    print(f"login timing: {median(unknown):.3f} s unknown, {median(known):.3f} s known, ratio {ratio:.3f}")  # noqa: T201  (pytest -rP shows it)
    assert abs(ratio - 1) < ALLOWED

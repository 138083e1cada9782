"""Many users at once: what they do, how often, and for how long."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from faults.recorder import Outcome
from faults.workload import Player, Town

PAUSE = (0.02, 0.25)  # seconds of thought between two requests
PAUSE_AFTER_TROUBLE = (0.3, 1.0)
LIFE = (25, 70)  # requests until somebody new comes

WEIGHTS: dict[Callable[[Player], Awaitable[Outcome]], int] = {
    Player.generate: 3,
    Player.cancel: 1,
    Player.publish: 4,
    Player.like: 6,
    Player.follow: 3,
    Player.comment: 3,
    Player.view: 6,
    Player.read: 2,
}


async def crowd(town: Town, size: int, dice: random.Random, over: asyncio.Event, prefix: str) -> None:
    """So many users at once, for ever new ones, until it is over; everybody's requests are answered then."""
    numbers = iter(range(1, 1_000_000))

    async def seat() -> None:
        while not over.is_set():
            player = Player(town, f"{prefix}{next(numbers):05}", random.Random(dice.random()))
            await _live(player, dice.randint(*LIFE), over)

    async with asyncio.TaskGroup() as group:
        for _ in range(size):
            group.create_task(seat())


async def _live(player: Player, requests: int, over: asyncio.Event) -> None:
    """Register, log in, and do so many things, or until it is over."""
    if await player.join() is Outcome.REFUSED:
        return
    for _ in range(requests):
        if over.is_set():
            return
        if not player.token:
            outcome = await (player.join if f"register {player.name}" in player.unsettled else player.log_in)()
        else:
            outcome = await player.dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0](player)
        await asyncio.sleep(player.dice.uniform(*(PAUSE if outcome is Outcome.DONE else PAUSE_AFTER_TROUBLE)))

"""The faults: how each begins and ends, and the seeded order in which they come."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from stages import SERVICES

from faults.observe import Observer
from faults.proxy import Link
from faults.servers import PAINTERS, FaultServers
from faults.stage import EDGE, REPLICAS, WORKER, FaultStage
from faults.tap import Tap

LONGER_THAN_LEASES = (6.5, 8.0)  # seconds; the relay's lease lasts 5, a task's 4
SHORT = (1.0, 4.0)  # seconds
CLOCKS = (-5400, -600, 600, 5400)  # seconds
NO_SPACE = (
    b"HTTP/1.1 507 Insufficient Storage\r\nContent-Type: application/xml\r\n"
    b"Content-Length: 68\r\nConnection: close\r\n\r\n"
    b"<Error><Code>XMinioStorageFull</Code><Message>full</Message></Error>"
)


@dataclass(frozen=True)
class Fault:
    """What happens to whom, and for how many seconds."""

    kind: str
    target: str
    seconds: float


@dataclass(frozen=True)
class World:
    """All that a fault may touch."""

    stage: FaultStage
    servers: FaultServers
    tap: Tap
    observer: Observer
    dice: random.Random


@asynccontextmanager
async def killed(world: World, target: str) -> AsyncIterator[None]:
    """`kill -9`, then a fresh start; `name*` means every replica."""
    names = [f"{target[:-1]}", f"{target[:-1]}#2"] if target.endswith("*") else [target]
    for name in names:
        await asyncio.to_thread(world.stage.kill, name)
    yield
    await world.stage.revive(*names)


@asynccontextmanager
async def frozen(world: World, target: str) -> AsyncIterator[None]:
    """SIGSTOP, then SIGCONT: what wakes up believes that no time has passed."""
    world.stage.freeze(target)
    try:
        yield
    finally:
        world.stage.thaw(target)


def linked(begin: Callable[[World, str], None]) -> Callable[[World, str], AbstractAsyncContextManager[None]]:
    """A fault of one link, `process->server`."""

    @asynccontextmanager
    async def fault(world: World, target: str) -> AsyncIterator[None]:
        begin(world, target)
        yield
        _link(world, target).heal()

    return fault


def _link(world: World, target: str) -> Link:
    process, _, server = target.partition("->")
    return world.stage.links[process, server]


@asynccontextmanager
async def alarmed(world: World, target: str) -> AsyncIterator[None]:
    """The broker takes no messages: its memory or its disk is said to be used up."""
    on, off = {
        "memory": (["set_vm_memory_high_watermark", "absolute", "1"], ["set_vm_memory_high_watermark", "0.4"]),
        "disk": (["set_disk_free_limit", "1000GB"], ["set_disk_free_limit", "50MB"]),
    }[target]
    await asyncio.to_thread(world.servers.rabbitmqctl, *on)
    yield
    await asyncio.to_thread(world.servers.rabbitmqctl, *off)


@asynccontextmanager
async def full(world: World, target: str) -> AsyncIterator[None]:
    """The object store's disk is full; where no disk could be mounted, every process is told so by its link."""
    links = [link for (process, server), link in world.stage.links.items() if server == target and process != EDGE]
    if world.servers.disk.mounted:
        await asyncio.to_thread(world.servers.disk.fill)
    else:
        for link in links:
            link.answer(NO_SPACE)
    yield
    if world.servers.disk.mounted:
        await asyncio.to_thread(world.servers.disk.clear)
    for link in links:
        link.heal()


@asynccontextmanager
async def leaped(world: World, target: str) -> AsyncIterator[None]:
    """A process's clock jumps, and later back."""
    world.stage.set_clock(target, world.dice.choice(CLOCKS))
    yield
    world.stage.set_clock(target, 0)


@asynccontextmanager
async def repeated(world: World, _target: str) -> AsyncIterator[None]:
    """Everything the exchange carried of late comes again, shuffled."""
    await world.tap.repeat(world.dice, await world.observer.hears())
    yield


KINDS: dict[str, Callable[[World, str], AbstractAsyncContextManager[None]]] = {
    "kill a service": killed,
    "kill every replica": killed,
    "kill a worker": killed,
    "kill the broker": killed,
    "kill the database": killed,
    "kill the object store": killed,
    "kill the edge": killed,
    "kill a ComfyUI": killed,
    "freeze a service past its leases": frozen,
    "freeze a worker past its leases": frozen,
    "freeze a server": frozen,
    "cut a link": linked(lambda world, target: _link(world, target).cut()),
    "silence a link": linked(lambda world, target: _link(world, target).silence()),
    "slow a link": linked(lambda world, target: _link(world, target).slow(0.3)),
    "broker alarm": alarmed,
    "full disk": full,
    "clock jump": leaped,
    "repeat and reorder messages": repeated,
}
WORKERS = [name for name in REPLICAS if name.startswith(WORKER)]
SERVING = [name for name in REPLICAS if name not in WORKERS]
USED = {"auth": ("mongodb", "rabbitmq", "s3"), "generation": ("mongodb", "rabbitmq", "s3", *PAINTERS),
        "works": ("mongodb", "rabbitmq", "s3"), "stats": ("mongodb", "rabbitmq"), "gateway": ("mongodb", "rabbitmq"),
        WORKER: ("mongodb", "rabbitmq", "s3", *PAINTERS)}  # fmt: skip
LINKS = [f"{name}->{server}" for name in REPLICAS for server in USED[name.partition("#")[0]]]
LINKS += [f"{EDGE}->{name}" for name in SERVING]
TARGETS: dict[str, list[str]] = {
    "kill a service": SERVING,
    "kill every replica": [f"{name}*" for name in (*SERVICES, WORKER)],
    "kill a worker": WORKERS,
    "kill the broker": ["rabbitmq"],
    "kill the database": ["mongodb"],
    "kill the object store": ["s3"],
    "kill the edge": [EDGE],
    "kill a ComfyUI": list(PAINTERS),
    "freeze a service past its leases": SERVING,
    "freeze a worker past its leases": WORKERS,
    "freeze a server": ["mongodb", "rabbitmq", "s3", EDGE, *PAINTERS],
    "cut a link": LINKS,
    "silence a link": LINKS,
    "slow a link": LINKS,
    "broker alarm": ["memory", "disk"],
    "full disk": ["s3"],
    "clock jump": list(REPLICAS),
    "repeat and reorder messages": ["events"],
}

NEEDS = {"broker alarm": {"rabbitmq"}, "repeat and reorder messages": {"rabbitmq", "mongodb"}}  # in good health


def schedule(seed: int, count: int) -> list[Fault]:
    """So many faults; every kind comes once before one comes again."""
    dice, found = random.Random(seed), list[Fault]()
    while len(found) < count:
        for kind in dice.sample(list(KINDS), len(KINDS)):
            seconds = LONGER_THAN_LEASES if kind.startswith("freeze") else SHORT
            found.append(Fault(kind, dice.choice(TARGETS[kind]), round(dice.uniform(*seconds), 1)))
    return found[:count]


def touched(fault: Fault) -> set[str]:
    """The processes and servers that no other fault may touch meanwhile."""
    if fault.target.endswith("*"):
        return {fault.target[:-1], f"{fault.target[:-1]}#2"}
    return NEEDS.get(fault.kind, {fault.target})

"""A service to be stopped: one slow route, one slow handler. Run as a process by `test_stopping`."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from fastapi import APIRouter

from common.http import create_app
from common.messages import Envelope
from common.rabbit import RabbitBus
from common.service import Service, serve
from common.settings import ServiceSettings
from common.testing.eventually import eventually


async def released(by: Path) -> None:
    """Return once the file is there."""

    async def there() -> bool:
        return by.exists()  # noqa: ASYNC240  (made by another process)

    await eventually(there, within=60)


def build(folder: Path, queue: str) -> Service:
    """`/slow` and the queue's handler note that they began, wait to be released, and note that they are done."""
    bus, router = RabbitBus(os.environ["RABBITMQ_URL"]), APIRouter()

    @router.get("/slow")
    async def slow() -> dict[str, bool]:
        (folder / "request-began").touch()
        await released(folder / "request-may-end")
        return {"success": True}

    @router.get("/quick")
    async def quick() -> dict[str, bool]:
        return {"success": True}

    async def handle(envelopes: Sequence[Envelope]) -> None:
        (folder / "message-began").touch()
        await released(folder / "message-may-end")
        with (folder / "handled").open("a") as file:
            file.writelines(f"{envelope.id}\n" for envelope in envelopes)

    async def listen() -> None:
        await bus.declare(queue, [])
        await bus.subscribe(queue, handle)
        (folder / "listens").touch()

    app = create_app("stopping", "stopping", [router], {})
    return Service("stopping", app, loops=[listen], close=[bus.close])


if __name__ == "__main__":
    serve(build(Path(sys.argv[1]), sys.argv[2]), ServiceSettings())

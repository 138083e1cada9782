"""The command line that every service has: `python -m <service>.main [serve | rebuild]`."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from common.event_store import EventStore
from common.service import Service, serve
from common.settings import ServiceSettings, load

S = TypeVar("S", bound=ServiceSettings)


def run(
    module: str,
    does: str,
    settings: type[S],
    build: Callable[[S], Service],
    rebuild: Callable[[S], Awaitable[str]] | None = None,
) -> None:
    """Parse the command line and obey. `does` says in a line what the process is for.

    `rebuild`, where the service has read models, makes them anew while it serves, and says what it did.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}",
        description=f"{does}\n\nSettings, from the environment:\n{described(settings)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if rebuild is not None:
        parser.add_argument("command", nargs="?", choices=["serve", "rebuild"], default="serve", help="serve: default")
    command = getattr(parser.parse_args(), "command", "serve")
    loaded = load(settings)
    if rebuild is not None and command == "rebuild":
        print(asyncio.run(_said(rebuild(loaded))))  # noqa: T201  (a command line's answer)
    else:
        serve(build(loaded), loaded)


def described(settings: type[ServiceSettings]) -> str:
    """A line for each setting: its name, its meaning, and its default where it has one."""
    lines = []
    for field in settings.model_fields.values():
        default = "required" if field.is_required() else f"default {field.default!r}"
        lines.append(f"  {field.validation_alias}: {field.description} ({default})")
    return "\n".join(lines)


async def rebuild_views(store: EventStore) -> str:
    """Fold every view of a store again from its log; a sentence that says what was done."""
    await store.prepare()
    counts = [f"{view.name}: {await view.rebuild(store)} streams" for view in store.views]
    return "rebuilt " + ", ".join(counts)


async def _said(rebuilding: Awaitable[str]) -> str:
    return await rebuilding

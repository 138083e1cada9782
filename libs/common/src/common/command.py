"""The command line that every service has: `python -m <service>.main [serve | <job> ...]`."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from common import logs
from common.event_store import EventStore
from common.service import Service, serve
from common.settings import ServiceSettings, load

S = TypeVar("S", bound=ServiceSettings)


def _none(_parser: argparse.ArgumentParser) -> None:
    """A job without arguments."""


@dataclass(frozen=True)
class Job(Generic[S]):
    """Something an operator does beside the serving process: `python -m works.main rebuild`.

    `run` gets the settings and the parsed arguments, does it, and returns what to print: what was done.
    It raises SystemExit with a sentence where it could not be done.
    """

    name: str
    does: str
    run: Callable[[S, argparse.Namespace], Coroutine[Any, Any, str]]
    arguments: Callable[[argparse.ArgumentParser], None] = _none


def run(
    module: str,
    does: str,
    settings: type[S],
    build: Callable[[S], Service],
    jobs: Sequence[Job[S]] = (),
    *,
    arguments: Sequence[str] | None = None,
) -> None:
    """Parse the command line and obey: serve (the default), or one of the jobs. `does` says what the process is for."""
    asked = _parser(module, does, settings, jobs).parse_args(arguments)
    loaded = load(settings)
    job = next((job for job in jobs if job.name == getattr(asked, "command", None)), None)
    if job is None:
        logs.configure(module, loaded.log_level)  # for what building says; then the service's name stands in each line
        serve(build(loaded), loaded)
    else:
        logs.configure(module, "WARNING", stream=sys.stderr)
        print(asyncio.run(job.run(loaded, asked)))  # noqa: T201  (a command line's answer)


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


def _parser(module: str, does: str, settings: type[ServiceSettings], jobs: Sequence[Job[S]]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}",
        description=f"{does}\n\nSettings, from the environment:\n{described(settings)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    if jobs:
        commands = parser.add_subparsers(dest="command", metavar="command")
        commands.add_parser("serve", help="Answer requests until stopped (the default).")
        for job in jobs:
            job.arguments(commands.add_parser(job.name, help=job.does, description=job.does))
    return parser

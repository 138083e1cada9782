"""The operators' jobs that every service has: `python -m <service>.main verify | rebuild | sweep | …`.

Each works on the service's own database, whether the service runs or not, and may be repeated.
"""

import argparse
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from pymongo.errors import ConnectionFailure

from common import dead_letters
from common.backup import backup, restore
from common.command import Job
from common.errors import AppError, Unavailable
from common.mongo import ping
from common.operations import Operations
from common.replay import forget_history
from common.settings import ServiceSettings
from common.sweeps import Sweeper, SweepsRunning
from common.verify import SETTLED, Report, verify

S = TypeVar("S", bound=ServiceSettings)
Do = Callable[[Operations, argparse.Namespace], Awaitable[str]]
Arguments = Callable[[argparse.ArgumentParser], None]


def operator_job(
    operations: Callable[[S], Operations], name: str, does: str, do: Do, arguments: Arguments = lambda _: None
) -> Job[S]:
    """A job on the service that `operations` gives, opened for it and closed after it."""

    async def run(settings: S, asked: argparse.Namespace) -> str:
        async with _opened(partial(operations, settings)) as service:
            return await do(service, asked)

    return Job(name, does, run, arguments)


def operator_jobs(operations: Callable[[S], Operations]) -> list[Job[S]]:
    """The jobs of a service whose bootstrap gives its `operations`."""
    job = partial(operator_job, operations)
    return [
        job(
            "verify",
            "Compare what is shown with the log; ends with 1 if anything is wrong.",
            _verify,
            _verifying,
        ),
        job("rebuild", "Make the read models anew from the log, while the service serves.", _rebuild),
        job("replay", "Hear the publishers' history again; what was handled is passed over.", _replay, _replaying),
        job(
            "dead-letters", "List, show, replay or drop what was given up on.", dead_letters.do, dead_letters.arguments
        ),
        job("backup", "Write the log, what it cannot make, and the objects to one file.", _backup, _one_file),
        job("restore", "Put a backup into an empty database; the service must not run.", _restore, _one_file),
        job("sweep", "Remove what nobody needs any more, now.", _sweep, _sweeping),
    ]


@asynccontextmanager
async def _opened(operations: Callable[[], Operations]) -> AsyncIterator[Operations]:
    service = operations()
    try:
        await ping(service.store.db)
        yield service
    except (Unavailable, ConnectionFailure) as error:
        what = error.message if isinstance(error, AppError) and error.__cause__ is None else "no answer"
        raise SystemExit(
            f"{service.name}: {what}: is the database (MONGODB_URL) up, and the object store? It is safe to try again."
        ) from error
    finally:
        await service.close()


async def _verify(service: Operations, asked: argparse.Namespace) -> str:
    report = await verify(service, settled=timedelta(seconds=asked.settled), deep=asked.deep)
    return printed(report, asked) if report.sound else _unsuccessful(printed(report, asked))


def printed(report: Report, asked: argparse.Namespace) -> str:
    """A report as `verify` was asked to print it."""
    return json.dumps(report.as_json(), ensure_ascii=False, indent=1) if asked.json else str(report)


def _verifying(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
    parser.add_argument("--deep", action="store_true", help="read every object and compare its SHA-256")
    parser.add_argument(
        "--settled",
        type=float,
        default=SETTLED.total_seconds(),
        metavar="SECONDS",
        help="how old an unpublished event may be (default %(default)g)",
    )


async def _rebuild(service: Operations, _asked: argparse.Namespace) -> str:
    return await service.rebuild(service.store)


async def _replay(service: Operations, asked: argparse.Namespace) -> str:
    unknown = set(asked.keys) - set(service.consumer.keys)
    if unknown:
        heard = ", ".join(service.consumer.keys)
        raise SystemExit(f"{service.name} does not hear {', '.join(sorted(unknown))}; it hears {heard}.")
    await forget_history(service.consumer, service.store.db, asked.keys or None)
    kinds = len(asked.keys or service.consumer.keys)
    return f"{service.name} asks for the history of {kinds} kinds of messages within seconds, or when it starts."


def _replaying(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("keys", nargs="*", metavar="KEY", help="routing keys, works.WorkLiked.v1; all by default")


async def _backup(service: Operations, asked: argparse.Namespace) -> str:
    return await backup(service, asked.file)


async def _restore(service: Operations, asked: argparse.Namespace) -> str:
    return await restore(service, asked.file)


def _one_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the backup, a tar")


async def _sweep(service: Operations, asked: argparse.Namespace) -> str:
    names = [sweep.name for sweep in service.sweeps]
    unknown = set(asked.names) - set(names)
    if unknown:
        raise SystemExit(f"There is no sweep {', '.join(sorted(unknown))}; there are {', '.join(names)}.")
    sweeper = Sweeper(service.store.db, service.sweeps, timedelta(0))
    try:
        outcomes = await sweeper.sweep(asked.names, dry_run=asked.dry_run)
    except SweepsRunning as error:
        raise SystemExit(f"{service.name}: {error.message}") from error
    lines = [f"{service.name}{', a dry run: nothing was removed' if asked.dry_run else ''}"]
    text = "\n  ".join([*lines, *map(str, outcomes)])
    return _unsuccessful(text) if any(outcome.error for outcome in outcomes) else text


def _sweeping(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="sweeps to run; all by default")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")


def _unsuccessful(text: str) -> str:
    """Print the answer and end with 1."""
    print(text)  # noqa: T201  (a command line's answer)
    raise SystemExit(1)

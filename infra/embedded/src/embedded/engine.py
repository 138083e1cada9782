"""`engine`: the operators' command line over all services. `engine --help`, `engine works --help`.

With RABBITMQ_URL in the environment it is about separate services, each configured as for `python -m <service>.main`;
without, about the suite of `make run` in DATA_DIR: its MongoDB where it runs, else one started for the job alone.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from pymongo.errors import PyMongoError

from common import logs
from common.backup import ORDER
from common.command import Job
from common.errors import Unavailable
from common.jobs import printed
from common.local.process import ServerFailed, ServerMissing
from embedded.between import check_between
from embedded.reaching import Reached, embedded, separate
from embedded.run import CannotStart

TOGETHER = ("verify", "rebuild", "replay", "dead-letters", "sweep", "backup", "restore")


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and do the job, for one service or for all; ends with 1 where one was not done."""
    logs.configure("engine", "WARNING", stream=sys.stderr)
    asked = _parser().parse_args(arguments)
    try:
        with _reached() as services:
            chosen = ORDER if asked.service == "all" else (asked.service,)
            done = [_do(services[name], asked) for name in chosen]
            if asked.service == "all" and asked.job == "verify":
                done.append(asyncio.run(_between([services[name] for name in chosen], asked)))
    except (CannotStart, ServerFailed, ServerMissing) as error:
        raise SystemExit(f"engine cannot do that: {error}") from None
    raise SystemExit(0 if all(done) else 1)


def _do(service: Reached, asked: argparse.Namespace) -> bool:
    """Do one service's job and print what it says; false where it was not done."""
    job: Job[Any] = next(job for job in service.jobs if job.name == asked.job)
    if asked.service == "all" and hasattr(asked, "file"):
        asked.file.mkdir(mode=0o700, parents=True, exist_ok=True)
        asked = argparse.Namespace(**{**vars(asked), "file": asked.file / f"{service.name}.tar"})
    try:
        print(asyncio.run(job.run(service.settings(), asked)), flush=True)  # noqa: T201  (a command line's answer)
    except SystemExit as refusal:
        if isinstance(refusal.code, str):
            print(refusal.code, file=sys.stderr, flush=True)  # noqa: T201
        return refusal.code in (0, None)
    return True


async def _between(services: Sequence[Reached], asked: argparse.Namespace) -> bool:
    """What no service can see alone; false where something is wrong."""
    opened = [service.operations(service.settings()) for service in services]
    try:
        report = await check_between(opened, timedelta(seconds=asked.settled))
        print(printed(report, asked))  # noqa: T201  (a command line's answer)
        return report.sound
    except (Unavailable, PyMongoError) as error:
        print(f"between the services: no answer: {error}", file=sys.stderr)  # noqa: T201
        return False
    finally:
        for service in opened:
            await service.close()


@contextmanager
def _reached() -> Iterator[dict[str, Reached]]:
    if "RABBITMQ_URL" in os.environ or "RABBITMQ_URL_FILE" in os.environ:
        yield separate()
    else:
        with embedded() as services:
            yield services


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="engine", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    services = parser.add_subparsers(dest="service", metavar="SERVICE", required=True)
    known = separate()
    for name, service in known.items():
        _add(services.add_parser(name, help=f"one service: {name}"), service.jobs)
    shared = [job for job in known["auth"].jobs if job.name in TOGETHER]
    _add(services.add_parser("all", help=f"all services, one after another: {', '.join(ORDER)}"), shared)
    return parser


def _add(parser: argparse.ArgumentParser, jobs: Sequence[Job[Any]]) -> None:
    commands = parser.add_subparsers(dest="job", metavar="JOB", required=True)
    for job in jobs:
        job.arguments(commands.add_parser(job.name, help=job.does, description=job.does))


if __name__ == "__main__":
    main()

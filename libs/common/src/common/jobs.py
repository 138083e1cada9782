"""The operators' jobs that every service has: `python -m <service>.main rebuild | verify | …`."""

import argparse
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Generic, TypeVar

from pymongo.errors import ConnectionFailure

from common.command import Job
from common.errors import Unavailable
from common.operations import Operations
from common.settings import ServiceSettings
from common.verify import verify

S = TypeVar("S", bound=ServiceSettings)


def operator_jobs(operations: Callable[[S], Operations]) -> list[Job[S]]:
    """The jobs of a service whose bootstrap gives its `operations`."""
    jobs = _Jobs(operations)
    return [
        Job("rebuild", "Make the read models anew from the log, while the service serves.", jobs.rebuild),
        Job("verify", "Compare what the service shows with its log; ends with 1 if anything is wrong.",
            jobs.verify, _verify_arguments),
    ]  # fmt: skip


class _Jobs(Generic[S]):
    def __init__(self, operations: Callable[[S], Operations]) -> None:
        self._operations = operations

    async def rebuild(self, settings: S, _asked: argparse.Namespace) -> str:
        async with self._opened(settings) as service:
            return await service.rebuild(service.store)

    async def verify(self, settings: S, asked: argparse.Namespace) -> str:
        async with self._opened(settings) as service:
            report = await verify(service, settled=timedelta(seconds=asked.settled), deep=asked.deep)
        text = json.dumps(report.as_json(), ensure_ascii=False, indent=1) if asked.json else str(report)
        if not report.sound:
            print(text)  # noqa: T201  (a command line's answer)
            raise SystemExit(1)
        return text

    @asynccontextmanager
    async def _opened(self, settings: S) -> AsyncIterator[Operations]:
        service = self._operations(settings)
        try:
            yield service
        except (Unavailable, ConnectionFailure) as error:
            raise SystemExit(
                f"{service.name}: a neighbour does not answer ({error}); it is safe to try again."
            ) from error
        finally:
            await service.close()


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON")
    parser.add_argument("--deep", action="store_true", help="read every object and compare its SHA-256")
    parser.add_argument(
        "--settled", type=float, default=60, metavar="SECONDS", help="how old an unpublished event may be (default 60)"
    )

"""The process: `python -m gateway.main` serves; `python -m gateway.main --help` lists the operators' jobs."""

from collections.abc import Callable

from common.command import Job, run
from common.jobs import operator_jobs
from common.operations import Operations
from gateway.bootstrap import build
from gateway.operations import operations
from gateway.settings import Settings


def jobs(opened: Callable[[Settings], Operations] = operations) -> list[Job[Settings]]:
    """What an operator may ask for; `opened` gives the service's parts."""
    return operator_jobs(opened)


def main() -> None:
    """Serve or do a job, as the command line and the environment say."""
    run("gateway.main", "gateway: answers Traefik's question whether a request may pass.", Settings, build, jobs())


if __name__ == "__main__":
    main()

"""The process: `python -m stats.main` serves; `python -m stats.main --help` lists the operators' jobs."""

from collections.abc import Callable

from common.command import Job, run
from common.jobs import operator_jobs
from common.operations import Operations
from stats.bootstrap import build
from stats.operations import operations
from stats.settings import Settings


def jobs(opened: Callable[[Settings], Operations] = operations) -> list[Job[Settings]]:
    """What an operator may ask for; `opened` gives the service's parts."""
    return operator_jobs(opened)


def main() -> None:
    """Serve or do a job, as the command line and the environment say."""
    run("stats.main", "stats: the figures of every user.", Settings, build, jobs())


if __name__ == "__main__":
    main()

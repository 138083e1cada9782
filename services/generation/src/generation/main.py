"""The HTTP process: `python -m generation.main` serves; `--help` lists the operators' jobs."""

from collections.abc import Callable

from common.command import Job, run
from common.jobs import operator_jobs
from common.operations import Operations
from generation.bootstrap import build
from generation.jobs import task_jobs
from generation.operations import operations
from generation.settings import Settings


def jobs(opened: Callable[[Settings], Operations] = operations) -> list[Job[Settings]]:
    """What an operator may ask for; `opened` gives the service's parts."""
    return [*operator_jobs(opened), *task_jobs(opened)]


def main() -> None:
    """Serve or do a job, as the command line and the environment say."""
    run("generation.main", "generation: tasks and the credits ledger.", Settings, build, jobs())


if __name__ == "__main__":
    main()

"""The process: `python -m works.main` serves; `python -m works.main --help` lists the operators' jobs."""

from collections.abc import Callable

from common.command import Job, run
from common.jobs import operator_jobs
from common.operations import Operations
from works.bootstrap import build
from works.operations import operations
from works.settings import Settings


def jobs(opened: Callable[[Settings], Operations] = operations) -> list[Job[Settings]]:
    """What an operator may ask for; `opened` gives the service's parts."""
    return operator_jobs(opened)


def main() -> None:
    """Serve or do a job, as the command line and the environment say."""
    run("works.main", "works: works, likes, views, comments, ratings, the gallery.", Settings, build, jobs())


if __name__ == "__main__":
    main()

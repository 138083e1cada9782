"""The process: `python -m auth.main` serves; `python -m auth.main --help` lists the operators' jobs."""

from collections.abc import Callable

from auth.bootstrap import build
from auth.jobs import account_jobs
from auth.operations import operations
from auth.settings import Settings
from common.command import Job, run
from common.jobs import operator_jobs
from common.operations import Operations


def jobs(opened: Callable[[Settings], Operations] = operations) -> list[Job[Settings]]:
    """What an operator may ask for; `opened` gives the service's parts."""
    return [*operator_jobs(opened), *account_jobs(opened)]


def main() -> None:
    """Serve or do a job, as the command line and the environment say."""
    run("auth.main", "auth: users, passwords, roles, follows, signing keys.", Settings, build, jobs())


if __name__ == "__main__":
    main()

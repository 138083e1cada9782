"""Fixtures of the table's tests, and its report."""

import os
import shlex
from collections.abc import Callable, Iterator
from functools import partial

import httpx
import pytest
from document.asking import Asked
from document.cast import Cast, promote, promote_by
from document.coverage import Report
from document.table import rows

REPORT = pytest.StashKey[Report]()


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark of `covers`, begin the report."""
    config.addinivalue_line("markers", "covers(*rows): the rows of the document's table that this story tests")
    config.stash[REPORT] = Report(rows())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Note which rows are green or red in which stage."""
    report = yield
    ids = [row for mark in item.iter_markers("covers") for row in mark.args]
    stage = getattr(item, "callspec", None) and item.callspec.params.get("stage_name")  # type: ignore[attr-defined]
    if ids and stage and (report.when == "call" or report.failed):
        item.config.stash[REPORT].note(stage, ids, passed=report.passed)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say it at the end."""
    lines = config.stash[REPORT].lines()
    if lines:
        terminalreporter.section("the table of the document")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def make_admin(request: pytest.FixtureRequest, stage_name: str) -> Callable[[str], None]:
    """Makes a user of the stage an administrator, by a command line; `PROMOTE` is that of a stage given by address."""
    if stage_name.startswith("http"):
        return partial(promote_by, shlex.split(os.environ["PROMOTE"]))
    return partial(promote, request.getfixturevalue(stage_name))


@pytest.fixture(scope="session")
async def cast(http: httpx.AsyncClient, make_admin: Callable[[str], None]) -> Cast:
    """Everybody the rows speak of, in this stage."""
    return await Cast.of(http, make_admin)


@pytest.fixture(scope="session")
def asked(cast: Cast) -> Asked:
    """The answers so far: a request that several rows look at is made once."""
    return Asked(cast)

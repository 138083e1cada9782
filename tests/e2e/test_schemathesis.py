"""schemathesis reads the suite's own document and asks whatever that allows, and much that it does not.

Every check is on: no 5xx, no status and no answer that the document lacks, invalid input refused, valid input accepted,
tokens demanded, `Allow` right, and what one answer says used in the next request. Deterministic: no random seed.
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from document.cast import log_in, paint, person, promote
from people import Person
from stages import EmbeddedStage

CONFIG = Path(__file__).with_name("schemathesis.toml")
HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
SECONDS = 400  # against a hang; all passes together take about a minute on two idle cores

CREDITS = 20  # of a new user: enough for a few small pictures, then 402
ENDS_SESSIONS = ["auth_logout", "auth_change_password"]
# Without `gateway_switch`: once an administrator has closed the suite, requests without a token are 503 and not 401.
ADMINISTRATION = [
    *("auth_set_role", "auth_set_disabled", "generation_grant", "gateway_maintenance"),
    *("works_queue", "works_moderate", "works_feature"),
]


@dataclass(frozen=True)
class Suite:
    """A suite of its own, since much in it is changed and removed."""

    stage: EmbeddedStage
    http: httpx.AsyncClient
    folder: Path

    async def run(self, who: Person | None, *options: str) -> tuple[int, str]:
        """schemathesis as one person or nobody; its exit code and report."""
        command = [Path(sys.executable).with_name("st"), "--config-file", CONFIG, "run"]
        headers = ["-H", f"Authorization: Bearer {who.token}"] if who else []
        process = await asyncio.create_subprocess_exec(
            *map(str, command),
            f"{self.stage.url}/api/openapi.json",
            *headers,
            *("--generation-deterministic", "--continue-on-failure", "--no-color", "--request-timeout", "15"),
            *options,
            cwd=self.folder,
            env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS), "COLUMNS": "120"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await asyncio.wait_for(process.communicate(), SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise
        return process.returncode or 0, said.decode()


@pytest.fixture(scope="module")
async def suite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Suite]:
    folder = tmp_path_factory.mktemp("schemathesis")
    stage = EmbeddedStage(folder)
    stage.start(SIGNUP_CREDITS=str(CREDITS))
    async with httpx.AsyncClient(base_url=stage.url, timeout=30) as http:
        yield Suite(stage, http, folder)
    stage.stop()


def summary(report: str) -> str:
    """The last part of a report."""
    found = re.search(r"^=+ SUMMARY =+$.*", report, re.DOTALL | re.MULTILINE)
    return found[0] if found else report


async def test_a_user_finds_nothing_that_the_document_does_not_say(
    suite: Suite, capsys: pytest.CaptureFixture[str]
) -> None:
    alice = await person(suite.http, "alice")
    await paint(alice)
    work = (await alice.get("/api/works/my"))["works"][0]
    await alice.put(f"/api/works/{work['id']}", {"is_public": True})
    kept = [option for name in ENDS_SESSIONS for option in ("--exclude-operation-id", name)]
    await expect_nothing_found(suite, capsys, alice, "-n", "3", *kept)


async def test_ending_sessions_is_as_documented(suite: Suite, capsys: pytest.CaptureFixture[str]) -> None:
    bob = await person(suite.http, "bob")
    only = [option for name in ENDS_SESSIONS for option in ("--include-operation-id", name)]
    await expect_nothing_found(suite, capsys, bob, "-n", "3", "--phases", "examples,coverage,fuzzing", *only)


async def test_nobody_finds_nothing_that_the_document_does_not_say(
    suite: Suite, capsys: pytest.CaptureFixture[str]
) -> None:
    await expect_nothing_found(suite, capsys, None, "-n", "2", "--phases", "examples,coverage")


async def test_an_administrator_finds_nothing_that_the_document_does_not_say(
    suite: Suite, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = await person(suite.http, "admin")
    await asyncio.to_thread(promote, suite.stage, admin.name)
    admin = await log_in(admin)
    only = [option for name in ADMINISTRATION for option in ("--include-operation-id", name)]
    await expect_nothing_found(suite, capsys, admin, "-n", "3", *only)


async def expect_nothing_found(
    suite: Suite, capsys: pytest.CaptureFixture[str], who: Person | None, *options: str
) -> None:
    code, report = await suite.run(who, *options)
    with capsys.disabled():
        print(f"\n{summary(report)}")  # noqa: T201  (seen in every run of the tests)
    assert code == 0, report

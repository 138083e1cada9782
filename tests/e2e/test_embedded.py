"""`make run`: what a person at the terminal sees, and what survives."""

import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from people import Person
from stages import ROOT, EmbeddedStage, clean_environment

from common.testing.eventually import eventually


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[EmbeddedStage]:
    stage = EmbeddedStage(tmp_path)
    stage.start()
    yield stage
    stage.stop()


def start_once(**settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "embedded"],
        cwd=ROOT,
        env=clean_environment(**settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_after_kill_9_of_everything_nothing_acknowledged_is_lost_and_tasks_finish(stage: EmbeddedStage) -> None:
    async with httpx.AsyncClient(base_url=stage.url, timeout=30) as http:
        alice = await Person.register(http)
        tasks = [
            (await alice.post("/api/generate", {"prompt": f"海上日落 {n}", "steps": 40, "batchSize": 2}, status=201))[
                "taskId"
            ]
            for n in range(2)
        ]

        async def first() -> str:
            return str((await alice.get(f"/api/generate/{tasks[0]}"))["status"])

        await eventually(first, lambda status: status == "processing")
    stage.kill()
    stage.start()
    async with httpx.AsyncClient(base_url=stage.url, timeout=30) as http:
        alice = Person(http, alice.name, alice.token, alice.id)

        async def states() -> list[str]:
            return [(await alice.get(f"/api/generate/{task}"))["status"] for task in tasks]

        await eventually(states, lambda s: s == ["completed", "completed"], within=120)

        async def mine() -> int:
            return int((await alice.get("/api/works/my"))["pagination"]["total_count"])

        await eventually(mine, lambda count: count == 4)
        costs = [(await alice.get(f"/api/generate/{task}"))["cost"] for task in tasks]
        assert (await alice.get("/api/credits"))["balance"] == 500 - sum(costs)


async def test_ctrl_c_stops_cleanly_and_a_second_start_is_quick(stage: EmbeddedStage) -> None:
    assert stage.stop() == 0
    stage.start()
    said = (stage.folder / "terminal.txt").read_text()
    first, second = (float(s) for s in re.findall(r"ready after ([\d.]+) s", said))
    assert second < first + 2
    assert "make admin USER=" in said
    assert "Ctrl-C" in said
    assert "Traceback" not in said


async def test_whoever_comes_above_the_number_at_once_is_told_so(stage: EmbeddedStage) -> None:
    stage.stop()
    stage.start(MAX_REQUESTS_AT_ONCE="1", RATE_LIMIT_ENABLED="false")
    async with httpx.AsyncClient(base_url=stage.url, timeout=30) as http:
        nobody = {"username": "nobody_here", "password": "wrong-1234"}
        answers = await asyncio.gather(*(http.post("/api/users/login", json=nobody) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [404, 503, 503]  # a refusal takes half a second
    assert {answer.json()["code"] for answer in answers} == {"USER_NOT_FOUND", "SERVICE_UNAVAILABLE"}


async def test_a_registered_user_becomes_an_administrator_by_the_command_line(stage: EmbeddedStage) -> None:
    async with httpx.AsyncClient(base_url=stage.url, timeout=30) as http:
        alice = await Person.register(http)
        assert (await alice.get("/api/users/profile"))["user"]["role"] == "user"
        done = subprocess.run(
            [sys.executable, "-m", "embedded", "promote", alice.name],
            cwd=ROOT,
            env=clean_environment(DATA_DIR=str(stage.folder / "data")),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert alice.name in done.stdout
        assert (await alice.get("/api/users/profile"))["user"]["role"] == "admin"


def test_a_taken_port_is_one_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = start_once(PORT=str(port), DATA_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"port {port} on 127.0.0.1 cannot be used" in done.stderr


def test_an_unwritable_folder_is_one_clear_sentence(tmp_path: Path) -> None:
    not_a_folder = tmp_path / "file"
    not_a_folder.write_text("")
    done = start_once(PORT="15999", DATA_DIR=str(not_a_folder / "data"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot be written to" in done.stderr


def test_a_missing_mongod_is_one_clear_sentence(tmp_path: Path) -> None:
    hidden = """
import importlib.metadata, runpy
def without(name, found=importlib.metadata.distribution):
    if name.startswith("fiftyone"):
        raise importlib.metadata.PackageNotFoundError(name)
    return found(name)
importlib.metadata.distribution = without
runpy.run_module("embedded", run_name="__main__")
"""
    done = subprocess.run(
        [sys.executable, "-c", hidden],
        cwd=ROOT,
        env={**clean_environment(PORT="15998", DATA_DIR=str(tmp_path)), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert done.stderr.count("\n") == 1
    assert "MONGODB_URL" in done.stderr


def test_a_wrong_setting_is_one_clear_sentence(tmp_path: Path) -> None:
    done = start_once(PORT="many", DATA_DIR=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("The setting PORT (port to listen on) is wrong")
    assert done.stderr.count("\n") == 1


def test_files_with_secrets_are_for_their_owner_alone(embedded: EmbeddedStage) -> None:
    for path in (embedded.folder / "data" / "secrets").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path

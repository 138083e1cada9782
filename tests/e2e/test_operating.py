"""The operators' command line: the suite in one process, running and stopped, and separate services."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from people import Person
from pymongo import MongoClient
from stages import ROOT, DistributedStage, EmbeddedStage, clean_environment

from common.local.process import free_port
from common.testing.eventually import eventually

ORDER = {"prompt": "月光下的雪山", "size": "512x512", "steps": 10, "batchSize": 2}


def run(environment: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "embedded.engine", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=dict(environment), capture_output=True, text=True, timeout=300, check=False
    )


def engine(environment: Mapping[str, str], *arguments: str, code: int = 0) -> str:
    """What a command answers; it must end with this code."""
    done = run(environment, *arguments)
    assert done.returncode == code, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def refusal(environment: Mapping[str, str], *arguments: str) -> str:
    """The sentence with which a command refuses."""
    done = run(environment, *arguments)
    assert done.returncode == 1, done.stdout
    return done.stderr


async def a_public_work(alice: Person) -> int:
    """Two pictures, one of them public and liked."""
    task = (await alice.post("/api/generate", ORDER, status=201))["taskId"]

    async def works() -> list[Any]:
        return list((await alice.get("/api/works/my"))["works"])

    mine = await eventually(works, lambda found: len(found) == 2, within=60)
    work_id: int = mine[0]["id"]
    await alice.put(f"/api/works/{work_id}", {"is_public": True})
    await alice.post(f"/api/works/{work_id}/like")
    assert (await alice.get(f"/api/generate/{task}"))["status"] == "completed"
    return work_id


def shown(answer: dict[str, Any]) -> dict[str, Any]:
    """What a work says of itself, but for its addresses and counts that looking changes."""
    work = answer.get("work", answer)
    return {
        name: work[name] for name in ("id", "title", "prompt", "likes", "tags", "params", "created_at") if name in work
    }


async def sound(environment: Mapping[str, str]) -> None:
    """`verify` finds nothing, once everything was heard."""

    async def findings() -> str:
        done = run(environment, "all", "verify")
        return "" if done.returncode == 0 else done.stdout + done.stderr

    await eventually(findings, lambda found: not found, within=240)


async def test_a_backup_of_the_running_suite_restores_into_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "second" / "data").mkdir(parents=True)
    first, second = EmbeddedStage(tmp_path / "first"), EmbeddedStage(tmp_path / "second")
    here, there = (clean_environment(DATA_DIR=str(stage.folder / "data")) for stage in (first, second))
    backup = str(tmp_path / "backup")
    first.start()
    try:
        async with httpx.AsyncClient(base_url=first.url, timeout=30) as http:
            alice = await Person.register(http)
            work_id = await a_public_work(alice)
            await eventually(lambda: alice.get("/api/stats/user"), lambda f: f["total_likes"] == 1)
            figures, work = await alice.get("/api/stats/user"), await alice.get(f"/api/works/{work_id}")
        await sound(here)
        engine(here, "all", "backup", backup)
        assert "exists already" in refusal(here, "all", "backup", backup)
    finally:
        first.stop()

    engine(there, "all", "restore", backup)
    assert "is not empty" in refusal(there, "auth", "restore", f"{backup}/auth.tar")
    await sound(there)
    second.start()
    try:
        async with httpx.AsyncClient(base_url=second.url, timeout=30) as http:
            bob = await Person.register(http)
            restored = await bob.get(f"/api/works/{work_id}")
            assert shown(restored) == shown(work)
            assert (await bob.get("/api/works/gallery"))["works"][0]["id"] == work_id
            assert bob.id > alice.id
            assert figures["total_works"] == 2
            await a_public_work(bob)
        await sound(there)
    finally:
        second.stop()


async def test_what_is_damaged_is_said_with_code_1(tmp_path: Path) -> None:
    stage = EmbeddedStage(tmp_path)
    here = clean_environment(DATA_DIR=str(tmp_path / "data"))
    stage.start()
    try:
        async with httpx.AsyncClient(base_url=stage.url, timeout=30) as http:
            await a_public_work(await Person.register(http))
        await sound(here)
        lost = next((tmp_path / "data" / "objects" / "public").rglob("*.png"))
        lost.unlink()
        report = json.loads(engine(here, "works", "verify", "--json", code=1))
        url = (tmp_path / "data" / "secrets" / "mongodb-url").read_text()
        with MongoClient[dict[str, Any]](url) as client:
            forgotten = client["stats"].inbox.find_one_and_delete({})
        between = engine(here, "all", "verify", "--settled", "0", code=1)
    finally:
        stage.stop()
    assert report["sound"] is False
    assert [finding["check"] for finding in report["findings"]] == ["objects"]
    assert lost.name in report["findings"][0]["subject"]
    assert forgotten is not None
    assert f"{forgotten['_id']} of" in between
    assert "was told, and not handled by stats" in between


def test_without_a_suite_it_says_so(tmp_path: Path) -> None:
    nowhere = clean_environment(DATA_DIR=str(tmp_path / "nowhere"))
    assert "there is no data folder" in refusal(nowhere, "all", "verify")
    unreachable = clean_environment(
        MONGODB_URL=f"mongodb://127.0.0.1:{free_port()}", RABBITMQ_URL="amqp://127.0.0.1", JWKS_URL="http://127.0.0.1"
    )
    assert "no answer" in refusal(unreachable, "stats", "verify")


async def test_separate_services_are_reached_by_their_settings(distributed: DistributedStage) -> None:
    environment = clean_environment(**distributed.environment())
    async with httpx.AsyncClient(base_url=distributed.url, timeout=30) as http:
        await a_public_work(await Person.register(http))
    said = engine(environment, "all", "dead-letters")
    assert [line for line in said.splitlines() if not line.endswith(" 0 dead letters")] == []
    assert "public-copies: 0 found" in engine(environment, "works", "sweep", "--dry-run")
    assert "asks for the history of 1 kinds" in engine(environment, "works", "replay", "auth.UserRegistered.v1")
    assert "rebuilt" in engine(environment, "works", "rebuild")
    report = json.loads(engine(environment, "works", "verify", "--json"))
    assert report["sound"], report

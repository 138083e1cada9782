"""Pictures that are looked at before publication: what is not clearly fit waits for an administrator."""

import asyncio
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from common.testing.eventually import eventually
from works.adapters.program import ProgramClassifier
from works.handlers import CannotJudge
from works.settings import Settings

OWNER, ADMIN = 1, 9


class Scripted:
    """A classifier that says what it is told to, and keeps the pictures that it saw."""

    def __init__(self) -> None:
        self.answer: Sequence[str] | Exception = ()
        self.seen: list[bytes] = []

    async def objections(self, picture: bytes) -> Sequence[str]:
        self.seen.append(picture)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def eyes() -> Scripted:
    return Scripted()


@pytest.fixture
def classifier(eyes: Scripted) -> Scripted:
    return eyes


async def publish(stage: Any, work_id: int, **more: Any) -> dict[str, Any]:
    return dict((await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"is_public": True, **more}))["work"])


async def held(stage: Any) -> list[dict[str, Any]]:
    return list((await stage.data("GET", "/api/works/moderation", ADMIN, role="admin"))["works"])


async def decide(stage: Any, work_id: int, decision: str) -> None:
    body = {"decision": decision, "reason": "看过了"}
    await stage.data("POST", f"/api/works/{work_id}/moderation", ADMIN, role="admin", json=body)


async def test_a_fit_picture_is_published_at_once(stage: Any, eyes: Scripted) -> None:
    work = await publish(stage, await stage.work(OWNER))

    assert (work["is_public"], work["moderation_status"]) == (True, "approved")
    assert [picture[:8] for picture in eyes.seen] == [b"\x89PNG\r\n\x1a\n"]


async def test_a_doubtful_picture_waits_with_what_was_seen(stage: Any, eyes: Scripted) -> None:
    eyes.answer = ["FEMALE_BREAST_EXPOSED 0.87"]
    work_id = await stage.work(OWNER)

    work = await publish(stage, work_id)

    finding = {"field": "image", "rule": "image.classifier", "label": "图片疑似含有不宜公开的内容",
               "words": ["FEMALE_BREAST_EXPOSED 0.87"]}  # fmt: skip
    assert (work["is_public"], work["moderation_status"]) == (False, "pending")
    assert [(w["id"], w["moderation_findings"]) for w in await held(stage)] == [(work_id, [finding])]
    assert await stage.refused("GET", f"/api/works/{work_id}", 5) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (CannotJudge("检查程序在 8 秒内没有结果"), "检查程序在 8 秒内没有结果"),
        (TimeoutError(), "检查程序出错"),
        (ModuleNotFoundError("nudenet"), "检查程序出错"),
        (RuntimeError("anything"), "检查程序出错"),
    ],
)
async def test_without_a_verdict_nothing_is_published(stage: Any, eyes: Scripted, error: Exception, said: str) -> None:
    eyes.answer = error
    work_id = await stage.work(OWNER)

    assert (await publish(stage, work_id))["moderation_status"] == "pending"

    (work,) = await held(stage)
    assert [(f["rule"], f["words"]) for f in work["moderation_findings"]] == [("image.unchecked", [said])]
    assert await stage.data("GET", "/api/works/gallery") == await stage.data("GET", "/api/works/gallery?search=无")


async def test_an_administrators_approval_of_the_picture_holds_for_good(stage: Any, eyes: Scripted) -> None:
    eyes.answer = ["BUTTOCKS_EXPOSED 0.40"]
    work_id = await stage.work(OWNER)
    await publish(stage, work_id)
    await decide(stage, work_id, "approve")

    await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"is_public": False})
    again = await publish(stage, work_id, title="新的标题")

    assert again["is_public"] is True
    assert len(eyes.seen) == 1


async def test_new_words_of_a_waiting_work_keep_what_was_seen_in_its_picture(stage: Any, eyes: Scripted) -> None:
    eyes.answer = ["BUTTOCKS_EXPOSED 0.40"]
    work_id = await stage.work(OWNER)
    await publish(stage, work_id)

    await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"title": "赌场"})

    (work,) = await held(stage)
    assert {f["rule"] for f in work["moderation_findings"]} == {"gambling.scene", "image.classifier"}


async def test_words_that_are_refused_cost_no_look(stage: Any, eyes: Scripted) -> None:
    work_id = await stage.work(OWNER)
    answer = await stage.ask("PUT", f"/api/works/{work_id}", OWNER, json={"is_public": True, "title": "色情"})

    assert answer.json()["code"] == "CONTENT_VIOLATION"
    assert eyes.seen == []


def program(source: str, seconds: float = 20) -> ProgramClassifier:
    return ProgramClassifier([sys.executable, "-c", source], seconds)


ANSWERS = "import json, sys; n = len(sys.stdin.buffer.read()); print(json.dumps({}))"


async def test_a_program_gets_the_file_and_says_what_it_finds() -> None:
    counting = program(ANSWERS.format('[{"label": f"{n} bytes", "score": 0.5}]'))

    assert await counting.objections(b"x" * 3_000_000) == ["3000000 bytes 0.50"]
    assert await program(ANSWERS.format("[]")).objections(b"x") == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import sys; sys.exit(3)", "出错"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "出错"),
        ("print('no json')", "无法识别"),
        ("print('[{}]')", "无法识别"),
        ('print(\'[{"label": "x", "score": 7}]\')', "无法识别"),
        ("", "无法识别"),
    ],
)
async def test_a_program_that_fails_gives_no_verdict(source: str, said: str) -> None:
    with pytest.raises(CannotJudge) as failure:
        await program(source).objections(b"x" * 100_000)
    assert said in failure.value.reason


def runs(note: Path) -> bool:
    """Whether the process that wrote its number into the file is there."""
    return note.exists() and note.read_text() != "" and Path(f"/proc/{note.read_text()}").exists()


async def test_a_program_that_hangs_is_ended(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    source = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    with pytest.raises(CannotJudge) as failure:
        await program(source, 1.5).objections(b"x")
    assert "1.5 秒" in failure.value.reason
    assert not runs(note)


async def test_a_program_that_is_gone_gives_no_verdict() -> None:
    with pytest.raises(CannotJudge):
        await ProgramClassifier(["/nowhere/classifier"], 5).objections(b"x")


async def test_a_request_that_is_given_up_ends_its_program(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    source = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    asking = asyncio.create_task(program(source).objections(b"x"))
    await eventually(lambda: asyncio.to_thread(runs, note))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not runs(note)


def test_what_is_not_installed_is_refused_at_start(settings: Settings) -> None:
    given = settings.model_dump()
    for name, said in (("nudenet", "not installed"), ("exec:/nowhere/judge --x", "no program"), ("other", "pattern")):
        with pytest.raises(ValueError, match=said):
            Settings.model_validate({**given, "image_classifier": name})
    command = shlex.join([sys.executable, "-c", json.dumps("1 + 1")])
    chosen = Settings.model_validate({**given, "image_classifier": f"exec:{command}"})
    assert chosen.classifier_command[0] == sys.executable
    assert Settings.model_validate(given).classifier_command == []

"""A program that looks at pictures, one process for each: it may hang, crash or grow without harm to the service.

It gets the file on standard input and writes JSON to standard output, `[{"label": "…", "score": 0.87}, …]`: what it
finds that should not be public, most often nothing. Any other output and any other exit code than 0 is a failure.
"""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence

from pydantic import BaseModel, Field, TypeAdapter

from works.handlers.inspection import CannotJudge

AT_ONCE = 2  # processes


class Found(BaseModel):
    """One thing that the program found; `score` is from 0 to 1."""

    label: str = Field(max_length=60)
    score: float = Field(ge=0, le=1)


_FOUND = TypeAdapter(list[Found])


class ProgramClassifier:
    """See `ImageClassifier`. `command` is the program with its arguments, `seconds` how long it may take."""

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self._command = tuple(command)
        self._seconds = seconds
        self._free = asyncio.Semaphore(AT_ONCE)

    async def objections(self, picture: bytes) -> Sequence[str]:
        """See `ImageClassifier.objections`."""
        async with self._free:
            output = await self._run(picture)
        try:
            return [f"{found.label} {found.score:.2f}" for found in _FOUND.validate_json(output)]
        except ValueError as error:
            raise CannotJudge("检查程序的输出无法识别", output[:200]) from error

    async def _run(self, picture: bytes) -> bytes:
        try:
            process = await asyncio.create_subprocess_exec(*self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        except OSError as error:
            raise CannotJudge("检查程序无法启动", error) from error
        try:
            async with asyncio.timeout(self._seconds):
                output, _ = await process.communicate(picture)
        except TimeoutError as error:
            raise CannotJudge(f"检查程序在 {self._seconds:g} 秒内没有结果", error) from error
        finally:
            await _ended(process)
        if process.returncode:
            raise CannotJudge("检查程序出错", f"exit code {process.returncode}")
        return output


async def _ended(process: Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()

"""One picture: find the job that an earlier attempt left, or place a new one; on another server when that can help."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog

from generation import metrics
from generation.engines.base import EngineFailed, Job, OnProgress
from generation.engines.comfyui.answers import Cause, Failed, Finished, Outcome, outcome_of
from generation.engines.comfyui.client import Unreachable
from generation.engines.comfyui.following import Following
from generation.engines.comfyui.pool import Pool
from generation.engines.comfyui.server import Server
from generation.engines.comfyui.workflow import Workflow, slots_for

log = structlog.get_logger()

ROUNDS = 4  # submissions within one attempt
EARLIER_ATTEMPTS = 4  # whose jobs are looked for

REASONS: Mapping[Cause, str] = {
    Cause.INVALID: "绘图服务拒绝了该任务的参数，预留的积分已退还",
    Cause.LACKING: "所选模型当前不可用，预留的积分已退还，请选择其他模型",
    Cause.EXECUTION: "绘图服务执行该任务时出错，预留的积分已退还，请更换模型或参数后重试",
}
"""What the user is told of failures that come again in every attempt."""

SERVERS_FAULT = frozenset({Cause.EXECUTION, Cause.MEMORY, Cause.STALLED})
ANYWHERE_AGAIN = frozenset({Cause.LOST, Cause.UNREACHABLE, Cause.NO_PICTURE})

_OURS = re.compile(r"(img_\w+_\d+)-\d+")  # an id of `prompt_ids`


@dataclass(frozen=True)
class Placed:
    """A file that a job of this picture has left on a server."""

    server: Server
    prompt_id: str
    data: bytes

    async def clear(self) -> None:
        """Delete the history entry, which holds the whole graph."""
        with suppress(Unreachable):
            await self.server.client.forget(self.prompt_id)


def prompt_ids(job: Job) -> list[str]:
    """The id for this attempt, then those of earlier ones, the latest first."""
    first = max(1, job.attempt - EARLIER_ATTEMPTS)
    return [f"{job.id}-{attempt}" for attempt in range(job.attempt, first - 1, -1)]


def picture_of(prompt_id: str) -> str | None:
    """The picture that a job of `prompt_ids` is for; none for a job of anybody else."""
    ours = _OURS.fullmatch(prompt_id)
    return ours[1] if ours else None


class Placing:
    """Sees one picture through on a pool."""

    def __init__(
        self, job: Job, pool: Pool, workflow: Workflow, on_progress: OnProgress, cancelled: asyncio.Event
    ) -> None:
        self._job = job
        self._pool = pool
        self._workflow = workflow
        self._on_progress = on_progress
        self._cancelled = cancelled
        self._ids = prompt_ids(job)
        self._refused: dict[Server, Failed] = {}

    async def run(self) -> Placed:
        """The file; raises `EngineFailed`, or `JobCancelled`."""
        failed = Failed(Cause.LOST)
        for n in range(ROUNDS):
            end = await self._round(may_be_there=n > 0 or self._job.attempt > 1)
            if isinstance(end, Placed):
                return end
            failed = end
        raise EngineFailed(f"given up after {ROUNDS} tries: {failed.detail}", cause=failed.cause)

    async def _round(self, *, may_be_there: bool) -> Placed | Failed:
        model = self._job.order.model
        for server in self._pool.servers if may_be_there else ():
            if prompt_id := await self._found_on(server):
                async with self._pool.held(server, model):
                    return await self._attach(server, prompt_id)
        async with self._pool.server_for(model, self._refused, self._cancelled) as free:
            if free is None:
                raise self._nowhere_left()
            if may_be_there and (prompt_id := await self._found_on(free)):
                return await self._attach(free, prompt_id)
            return await self._submit(free)

    async def _attach(self, server: Server, prompt_id: str) -> Placed | Failed:
        log.info("comfyui_reattached", job=prompt_id, server=server.url)
        return await self._conclude(server, prompt_id, await self._following(server, prompt_id).attach())

    async def _submit(self, server: Server) -> Placed | Failed:
        prompt_id = self._ids[0]
        graph = self._workflow.fill(slots_for(self._job.order, self._job.seed, f"{prompt_id}/img"))
        return await self._conclude(server, prompt_id, await self._following(server, prompt_id).submit(graph))

    async def _found_on(self, server: Server) -> str | None:
        """The id of a job of this picture that waits, runs or is done there.

        Queue first: a job moves from there to the history. Failed ones are deleted, lest they be taken for new.
        """
        if not server.standing.room:
            return None
        with suppress(Unreachable):
            queue = await server.look()
            if waiting := next((prompt_id for prompt_id in self._ids if prompt_id in queue), None):
                return waiting
            for prompt_id in self._ids:
                entry = await server.client.history(prompt_id)
                if entry is not None and isinstance(outcome_of(entry, self._workflow.output), Finished):
                    return prompt_id
                if entry is not None:
                    await server.client.forget(prompt_id)
        return None

    def _following(self, server: Server, prompt_id: str) -> Following:
        return Following(
            server,
            prompt_id,
            self._workflow.output,
            on_progress=self._on_progress,
            on_preview=self._job.on_preview,
            cancelled=self._cancelled,
            pace=self._pool.pace,
            clock=self._pool.clock,
        )

    async def _conclude(self, server: Server, prompt_id: str, outcome: Outcome) -> Placed | Failed:
        """Fetch the file, or decide whether and where the job is worth another try."""
        end = await self._fetched(server, prompt_id, outcome) if isinstance(outcome, Finished) else outcome
        if isinstance(end, Placed):
            server.breaker.succeeded()
            metrics.SERVER_JOBS.labels(server.url).inc()
            return end
        log.warning("comfyui_job_failed", job=prompt_id, server=server.url, cause=end.cause.value, detail=end.detail)
        await self._settle(server, prompt_id, end)
        if end.cause is Cause.INVALID:
            raise EngineFailed(end.detail, cause=end.cause, reason=REASONS[end.cause])
        if end.cause not in ANYWHERE_AGAIN:
            self._refused[server] = end
        return end

    async def _fetched(self, server: Server, prompt_id: str, end: Finished) -> Placed | Failed:
        try:
            data = await server.client.image(end.image)
        except Unreachable as error:
            return Failed(Cause.UNREACHABLE, str(error))
        if data is None:
            return Failed(Cause.NO_PICTURE, f"{end.image} is not there")
        return Placed(server, prompt_id, data)

    async def _settle(self, server: Server, prompt_id: str, failed: Failed) -> None:
        """Leave the server as it should be for the next job."""
        metrics.SERVER_FAILURES.labels(server.url, failed.cause.value).inc()
        if failed.cause in SERVERS_FAULT:
            server.breaker.failed(self._pool.clock())
        if failed.cause is Cause.LACKING:
            server.distrust_list()
        with suppress(Unreachable):
            if failed.cause is Cause.MEMORY:
                await server.client.free_memory()
            if failed.cause is not Cause.UNREACHABLE:
                await server.client.forget(prompt_id)

    def _nowhere_left(self) -> EngineFailed:
        """Every server that could have made the picture has refused: for good, if each refusal was."""
        lacks = [f"{server.url}: {said}" for server in self._pool.servers for said in server.lacks]
        said = "; ".join(lacks) or f"no server has {self._job.order.model}"
        refusals = list(self._refused.values()) or [Failed(Cause.LACKING, said)]
        last = refusals[-1]
        lasting = all(failed.cause in REASONS for failed in refusals)
        return EngineFailed(last.detail, cause=last.cause, reason=REASONS[last.cause] if lasting else None)

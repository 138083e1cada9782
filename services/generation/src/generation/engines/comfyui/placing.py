"""One picture: find the job that an earlier attempt left, or place a new one; on another server when that can help."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog

from common.labelling import BadPicture, read
from generation import metrics
from generation.engines.base import EngineFailed, Job, OnProgress
from generation.engines.comfyui.answers import Cause, Failed, Finished, Outcome
from generation.engines.comfyui.client import Unreachable
from generation.engines.comfyui.following import Following
from generation.engines.comfyui.pool import Pool
from generation.engines.comfyui.server import Server
from generation.engines.comfyui.workflow import Workflow, slots_for

log = structlog.get_logger()

ROUNDS = 4  # submissions within one attempt
EARLIER_ATTEMPTS = 20  # whose jobs are looked for; a picture may outlive many restarts of its workers

REASONS: Mapping[Cause, str] = {
    Cause.INVALID: "绘图服务拒绝了该任务的参数，预留的积分已退还",
    Cause.LACKING: "所选模型当前不可用，预留的积分已退还，请选择其他模型",
    Cause.EXECUTION: "绘图服务执行该任务时出错，预留的积分已退还，请更换模型或参数后重试",
}
"""What the user is told of failures that come again in every attempt."""

SERVERS_FAULT = frozenset({Cause.LOST, Cause.NO_PICTURE, Cause.STALLED})
PERHAPS_SERVERS_FAULT = frozenset({Cause.EXECUTION, Cause.MEMORY, Cause.BAD_PICTURE})
"""Or the order's: a corrupt checkpoint, too large a size. It was the server's when another one can paint it."""
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
        self._failed: dict[Server, Failed] = {}  # how each server has failed last
        self._bad: Placed | None = None  # a file that is no good picture, until another server gives a better one

    async def run(self) -> Placed:
        """The file, checked where another server could have given a better one.

        Raises `EngineFailed`, or `JobCancelled`.
        """
        try:
            return await self._painted()
        except EngineFailed:
            if self._bad is None:
                raise
            return self._bad

    async def _painted(self) -> Placed:
        failed = Failed(Cause.LOST)
        for n in range(ROUNDS):
            end = await self._round(may_be_there=n > 0 or self._job.attempt > 1)
            if isinstance(end, Placed):
                return end
            failed = end
        raise EngineFailed(f"given up after {ROUNDS} tries: {failed.detail}", cause=failed.cause)

    @property
    def _refused(self) -> dict[Server, Failed]:
        """The servers that would fail again."""
        return {server: failed for server, failed in self._failed.items() if failed.cause not in ANYWHERE_AGAIN}

    async def _round(self, *, may_be_there: bool) -> Placed | Failed:
        model = self._job.order.model
        for server in self._pool.servers if may_be_there else ():
            if prompt_id := await self._found_on(server):
                async with self._pool.held(server):
                    return await self._attach(server, prompt_id)
        placed = self._pool.server_for(model, self._refused, self._cancelled, rather_not=self._failed)
        async with placed as free:
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

        A server that has failed it is believed no more; one that was merely away is. Queue first: a job moves from
        there to the history. Failed ones are deleted, lest they be taken for new.
        """
        failed, standing = self._failed.get(server), server.standing
        if (failed and failed.cause is not Cause.UNREACHABLE) or not (standing.up or standing.room):
            return None
        with suppress(Unreachable):
            queue = await server.look()
            if waiting := next((prompt_id for prompt_id in self._ids if prompt_id in queue), None):
                return waiting
            for prompt_id in self._ids:
                outcome = await server.client.history(prompt_id, self._workflow.output)
                if isinstance(outcome, Finished):
                    return prompt_id
                if outcome is not None:
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
            self._succeeded(server)
            return end
        log.warning("comfyui_job_failed", job=prompt_id, server=server.url, cause=end.cause.value, detail=end.detail)
        self._failed[server] = end
        await self._settle(server, prompt_id, end)
        if end.cause is Cause.INVALID:
            raise EngineFailed(end.detail, cause=end.cause, reason=REASONS[end.cause])
        return end

    def _succeeded(self, server: Server) -> None:
        """So the order can be painted, and whoever could not has failed."""
        server.painted(self._job.order.model)
        for other, failed in self._failed.items():
            if other is not server and failed.cause in PERHAPS_SERVERS_FAULT:
                other.breaker.failed(self._pool.clock())

    async def _fetched(self, server: Server, prompt_id: str, end: Finished) -> Placed | Failed:
        since = self._pool.clock()
        while True:
            try:
                data = await server.client.image(end.image)
            except Unreachable as error:
                if self._pool.clock() - since >= self._pool.pace.grace:
                    return Failed(Cause.NO_PICTURE, str(error))
                await asyncio.sleep(self._pool.pace.poll)
            else:
                if data is None:
                    return Failed(Cause.NO_PICTURE, f"{end.image} is not there")
                return await self._judged(Placed(server, prompt_id, data))

    async def _judged(self, placed: Placed) -> Placed | Failed:
        """The file, if it is a picture of the size ordered; unjudged where there is no other server to ask.

        Raises `EngineFailed` when it is the second that is not.
        """
        if len(self._pool.servers) == 1:
            return placed
        try:
            await asyncio.to_thread(read, placed.data, (self._job.order.width, self._job.order.height))
        except BadPicture as error:
            if self._bad is not None:
                raise EngineFailed(str(error), cause=Cause.BAD_PICTURE) from error
            self._bad = placed
            return Failed(Cause.BAD_PICTURE, f"{error.fault}: {error}")
        return placed

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

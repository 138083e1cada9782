"""GET /api/generate/{task_id}/events: a task's progress as server-sent events (WHATWG HTML, 9.2)."""

import asyncio
import base64
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from common.http import refusals
from common.http.overload import Overloaded
from common.mongo import Document
from common.security import CurrentUser
from generation.api.answers import TaskPicture, TaskStatus, task_status
from generation.api.deps import Deps
from generation.api.streams import TooManyStreams
from generation.domain.tasks import Status, TaskNotFound, image_id
from generation.projections import tasks
from generation.projections.previews import Preview, previews_of

LOOK_SECONDS = 1.0  # a hint may be missed
HEARTBEAT_SECONDS = 15.0
LONGEST_SECONDS = 60.0  # then the client comes again, and the gateway asks whether its session still holds
RETRY_MILLISECONDS = 1000

EVENT = {  # one event of the stream, as its `data` and other fields
    "type": "object",
    "required": ["event", "id", "data"],
    "properties": {
        "event": {"enum": ["status", "progress", "preview", "image", "end"]},
        "id": {"type": "string", "description": "断线重连时放入 Last-Event-ID"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
_ID = re.compile(r"(-1|\d{1,3})/((?:\d{1,3},)*\d{1,3})?", re.ASCII)

STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "事件流：status、progress、preview（绘制中的WebP小图，data地址）、image、end",
        "content": {
            "text/event-stream": {
                "schema": EVENT,
                "example": {"event": "progress", "id": "63/0", "data": '{"progress":63}'},
            }
        },
    }
}


@dataclass(frozen=True)
class Seen:
    """What a watcher has been told: the status, the percent, and which pictures of the batch."""

    status: str = ""
    position: int | None = None
    percent: int = -1
    images: frozenset[int] = field(default_factory=frozenset)
    previews: Mapping[int, datetime] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """As `Last-Event-ID`: `63/0,2` is 63 % with pictures 0 and 2."""
        return f"{self.percent}/{','.join(str(n) for n in sorted(self.images))}"

    @classmethod
    def from_id(cls, text: str) -> "Seen":
        """What the watcher had seen before it lost the stream; nothing when the id is none of ours."""
        found = _ID.fullmatch(text)
        if found is None:
            return cls()
        images = (found[2] or "").split(",")
        return cls(percent=min(100, int(found[1])), images=frozenset(int(n) for n in images if n))


@dataclass(frozen=True)
class News:
    """One event of the stream."""

    name: str
    id: str
    data: Any

    def encoded(self) -> bytes:
        """The event on the wire."""
        data = self.data.model_dump(mode="json", by_alias=True) if isinstance(self.data, BaseModel) else self.data
        return f"event: {self.name}\nid: {self.id}\ndata: {orjson.dumps(data).decode()}\n\n".encode()


def news(seen: Seen, now: TaskStatus, previews: Sequence[Preview] = ()) -> tuple[list[News], Seen]:
    """What a watcher who has seen that much is to be told now, and what it has seen afterwards."""
    told: list[News] = []
    for picture in now.images:
        number = _number(picture)
        if number not in seen.images:
            seen = replace(seen, images=seen.images | {number})
            told.append(News("image", seen.id, picture))
    if (now.status, now.queue_position) != (seen.status, seen.position):
        seen = replace(seen, status=now.status, position=now.queue_position, percent=max(seen.percent, now.progress))
        data = {"status": now.status, "queue_position": now.queue_position, "progress": seen.percent}
        told.append(News("status", seen.id, data))
    elif now.progress > seen.percent:
        seen = replace(seen, percent=now.progress)
        told.append(News("progress", seen.id, {"progress": now.progress}))
    for preview in previews:
        if preview.index not in seen.images and seen.previews.get(preview.index) != preview.at:
            seen = replace(seen, previews={**seen.previews, preview.index: preview.at})
            told.append(News("preview", seen.id, _shown(preview, now.task_id)))
    if now.status in ("completed", "failed"):
        told.append(News("end", seen.id, now))
    return told, seen


def _shown(preview: Preview, task_id: str) -> Document:
    address = f"data:image/webp;base64,{base64.b64encode(preview.data).decode()}"
    return {"id": image_id(task_id, preview.index), "image": address}


def _number(picture: TaskPicture) -> int:
    return int(picture.id.rpartition("_")[2])


def routes(deps: Deps) -> APIRouter:
    """The stream of one task; any replica serves it."""
    router = APIRouter(tags=["AIGC创作"])

    async def counted(user: CurrentUser) -> AsyncIterator[None]:
        with deps.streams.one_for(user.user_id):
            yield

    @router.get(
        "/api/generate/{task_id}/events",
        summary="实时进度（SSE）",
        description="浏览器的 EventSource 不能携带令牌，请用 fetch 读取。一次连接最长一分钟，"
        "任务未结束（未收到 `end`）时请以 `Last-Event-ID` 续传，断线后亦然。",
        response_class=StreamingResponse,
        responses=STREAM | refusals(TooManyStreams, Overloaded),
        dependencies=[Depends(counted, scope="request")],
    )
    async def events(
        task_id: str, user: CurrentUser, last_event_id: Annotated[str, Header(description="上次收到的事件id")] = ""
    ) -> StreamingResponse:
        await _task(task_id, user.user_id, deps)
        life = min(LONGEST_SECONDS, user.expires_at.timestamp() - time.time())
        return StreamingResponse(
            _stream(task_id, user.user_id, Seen.from_id(last_event_id), life, deps),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return router


async def _stream(task_id: str, user_id: int, seen: Seen, life: float, deps: Deps) -> AsyncIterator[bytes]:
    """Events until the task ends, or `life` seconds have passed; a comment now and then keeps it open."""
    spoken = began = time.monotonic()
    yield f"retry: {RETRY_MILLISECONDS}\n".encode()  # a field of the first event
    with deps.watch.watching(task_id) as changed:
        while time.monotonic() - began < life:
            task, previews = await asyncio.gather(_task(task_id, user_id, deps), previews_of(deps.db, task_id))
            status = await task_status(task, deps)
            told, seen = news(seen, status, previews if status.status is Status.PROCESSING else ())
            for event in told:
                yield event.encoded()
            if told and told[-1].name == "end":
                return
            if told or time.monotonic() - spoken > HEARTBEAT_SECONDS:
                spoken = time.monotonic()
                if not told:
                    yield b": still here\n\n"
            await changed(LOOK_SECONDS)


async def _task(task_id: str, user_id: int, deps: Deps) -> Document:
    task = await tasks.task_of(deps.db, task_id, user_id)
    if task is None:
        raise TaskNotFound
    return task

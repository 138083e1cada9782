"""A scripted ComfyUI: real HTTP and WebSocket on loopback, the real one's manners, no model. It never sleeps."""

import asyncio
import json
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from common.cancelling import cancelled
from generation.testing.gates import Gate
from generation.testing.graphs import described, refused
from generation.testing.jobs import Executor, Failure, Job
from generation.testing.serving import Loopback

VERSION = "0.3.64"
CHECKPOINTS = ("tiny-random.safetensors", "sd15-random.safetensors", "corrupt.safetensors")


class ScriptedComfyUI:
    """One server. `start` and `kill` it any number of times on one port; queue and history are lost each time.

    `submitted` holds the prompt ids in order of arrival, `calls` every request as (method, path, JSON body).
    """

    def __init__(self, checkpoints: tuple[str, ...] = CHECKPOINTS, *, port: int = 0) -> None:
        self.checkpoints = list(checkpoints)
        self.submitted: list[str] = []
        self.calls: list[tuple[str, str, Any]] = []
        self.sockets: dict[str, WebSocket] = {}
        self.unanswered = 0  # submissions to come that are taken without an answer
        self.partly_refused = 0  # submissions to come that are answered with 200 and node_errors
        self.version = VERSION
        self.missing: set[str] = set()  # node classes that it does not know
        self.broken = False  # whether the list of checkpoints is answered with an error
        self.instead: dict[str, Callable[[], Response]] = {}  # what is answered to "GET /queue" and longer paths
        self._number = 0
        self._loopback = Loopback(self._app(), port)
        self._working: asyncio.Task[None] | None = None
        self._executor = self._fresh()

    @property
    def url(self) -> str:
        """Its address."""
        return self._loopback.url

    @property
    def jobs(self) -> Executor:
        """Queue, history and files."""
        return self._executor

    def gate(self, name: str) -> Gate:
        """See `Executor`."""
        return self._executor.gates[name]

    def fail(self, *failures: Failure) -> None:
        """Let the next jobs fail, one for each."""
        self._executor.failures.extend(failures)

    async def start(self) -> None:
        """Listen, and run jobs."""
        await self._loopback.start()
        self._working = asyncio.create_task(self._executor.run())

    async def kill(self) -> None:
        """Drop every connection and forget queue and history; the files stay."""
        if self._working is None:
            return
        await cancelled(self._working)
        self._working = None
        await self._loopback.drop()
        files = self._executor.files
        self._executor = self._fresh()
        self._executor.files.update(files)

    async def drop_sockets(self) -> None:
        """Close every WebSocket; clients may come again."""
        for client in list(self.sockets.values()):
            with suppress(RuntimeError):
                await client.close(1001)

    def _fresh(self) -> Executor:
        self.sockets.clear()
        return Executor(self._tell, self._show)

    async def _tell(self, client_id: str | None, kind: str, data: dict[str, Any]) -> None:
        clients = list(self.sockets) if client_id is None else [client_id]
        for client in clients:
            if client in self.sockets:
                with suppress(RuntimeError, WebSocketDisconnect):
                    await self.sockets[client].send_text(json.dumps({"type": kind, "data": data}))

    async def _show(self, client_id: str | None, prompt_id: str, jpeg: bytes) -> None:
        metadata = json.dumps({"prompt_id": prompt_id, "node_id": "6", "image_type": "image/jpeg"}).encode()
        if client_id in self.sockets:
            frame = struct.pack(">II", 4, len(metadata)) + metadata + jpeg
            with suppress(RuntimeError, WebSocketDisconnect):
                await self.sockets[client_id].send_bytes(frame)

    def _app(self) -> ASGIApp:
        routes = [
            ("GET", "/system_stats", self._system_stats),
            ("GET", "/models/checkpoints", self._models),
            ("GET", "/object_info/{name}", self._object_info),
            ("POST", "/prompt", self._submit),
            ("GET", "/queue", self._queue),
            ("POST", "/queue", self._delete),
            ("GET", "/history", self._latest),
            ("GET", "/history/{prompt_id}", self._history),
            ("POST", "/history", self._forget),
            ("GET", "/view", self._view),
            ("POST", "/interrupt", self._interrupt),
            ("POST", "/free", self._free),
        ]
        listed = [Route(path, endpoint, methods=[method]) for method, path, endpoint in routes]
        usual = Starlette(routes=[*listed, WebSocketRoute("/ws", self._listen)])

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            asked = f"{scope.get('method')} {scope.get('path')}"
            other = next((answer for start, answer in self.instead.items() if asked.startswith(start)), None)
            if other is not None:
                self.calls.append((scope["method"], scope["path"], None))
            await (other() if other else usual)(scope, receive, send)

        return app

    async def _listen(self, client: WebSocket) -> None:
        client_id = client.query_params["clientId"]
        await client.accept()
        self.sockets[client_id] = client
        await self._tell(client_id, "status", {"status": {"exec_info": {"queue_remaining": 0}}, "sid": client_id})
        with suppress(WebSocketDisconnect):
            while json.loads(await client.receive_text()):
                await self._tell(client_id, "feature_flags", {"supports_preview_metadata": True})
        self.sockets.pop(client_id, None)  # as the real one: a newer socket of that id hears nothing more

    async def _body(self, request: Request) -> Any:
        body = json.loads(await request.body() or b"null")
        self.calls.append((request.method, request.url.path, body))
        return body

    async def _system_stats(self, request: Request) -> Response:
        await self._body(request)
        return JSONResponse({"system": {"comfyui_version": self.version}, "devices": []})

    async def _models(self, request: Request) -> Response:
        await self._body(request)
        return PlainTextResponse("500 Internal Server Error", 500) if self.broken else JSONResponse(self.checkpoints)

    async def _object_info(self, request: Request) -> Response:
        await self._body(request)
        name = request.path_params["name"]
        known = described(name, self.checkpoints) if name not in self.missing else None
        return JSONResponse({name: known} if known else {})

    async def _submit(self, request: Request) -> Response:
        body = await self._body(request)
        if (refusal := refused(body["prompt"], self.checkpoints)) is not None:
            return JSONResponse(refusal, 400)
        self._number += 1
        job = Job(self._number, body["prompt_id"], body["prompt"], body.get("client_id"))
        self.submitted.append(job.prompt_id)
        self._executor.add(job)
        if self.unanswered:
            self.unanswered -= 1
            return PlainTextResponse("500 Internal Server Error", 500)
        wrong: dict[str, Any] = {}
        if self.partly_refused:
            self.partly_refused -= 1
            wrong = {
                "9": {"errors": [{"type": "return_type_mismatch", "details": "images"}], "class_type": "SaveImage"}
            }
        return JSONResponse({"prompt_id": job.prompt_id, "number": job.number, "node_errors": wrong})

    async def _queue(self, request: Request) -> Response:
        await self._body(request)
        running = [self._executor.running.item] if self._executor.running else []
        return JSONResponse({"queue_running": running, "queue_pending": [job.item for job in self._executor.pending]})

    async def _delete(self, request: Request) -> Response:
        gone = (await self._body(request))["delete"]
        self._executor.pending[:] = [job for job in self._executor.pending if job.prompt_id not in gone]
        return Response()

    async def _history(self, request: Request) -> Response:
        await self._body(request)
        prompt_id = request.path_params["prompt_id"]
        entry = self._executor.history.get(prompt_id)
        return JSONResponse({prompt_id: entry} if entry else {})

    async def _latest(self, request: Request) -> Response:
        await self._body(request)
        latest = list(self._executor.history.items())[-int(request.query_params["max_items"]) :]
        return JSONResponse(dict(latest))

    async def _forget(self, request: Request) -> Response:
        for prompt_id in (await self._body(request))["delete"]:
            self._executor.history.pop(prompt_id, None)
        return Response()

    async def _view(self, request: Request) -> Response:
        await self._body(request)
        query = request.query_params
        data = self._executor.files.get((query.get("type", "output"), query.get("subfolder", ""), query["filename"]))
        return Response(data, media_type="image/png") if data else Response(status_code=404)

    async def _interrupt(self, request: Request) -> Response:
        wanted = (await self._body(request) or {}).get("prompt_id")
        job = self._executor.running
        if job is not None and wanted in (None, job.prompt_id):
            job.interrupted.set()
        return Response()

    async def _free(self, request: Request) -> Response:
        await self._body(request)
        return Response()

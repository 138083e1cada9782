"""The real service over a real MongoDB, an in-process bus and a folder of objects."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from common.bus import InProcessBus
from common.contracts.auth import ProfileUpdated, UserRegistered
from common.contracts.generation import ImageGenerated, Recipe
from common.event_store import EventStore
from common.labelling import Label, Source, encode, render
from common.messages import Envelope, Message
from common.objects import ORIGINALS, FolderStore
from common.service import Service
from common.testing.eventually import eventually
from common.testing.labels import TEST_PROVIDER
from common.testing.tokens import Tokens
from works.bootstrap import build, open_store
from works.handlers import ImageClassifier
from works.settings import Settings


def files_of(image_id: str) -> dict[str, bytes]:
    """The files of a picture by the endings of their keys, as generation stores them."""
    label = Label(TEST_PROVIDER, image_id, Source.PROCEDURE)
    image = Image.new("RGB", (128, 192), "teal")
    shown = render(image, label.derived("shown"))
    return {
        ".png": encode(image, "PNG", label, {"Engine": "sketch"}),
        "-labelled.png": shown.image,
        "-preview.webp": shown.preview,
        "-thumb.webp": shown.thumbnail,
    }


@dataclass
class Stage:
    """A running service, and what its neighbours say to it."""

    service: Service
    store: EventStore
    objects: FolderStore
    bus: InProcessBus
    client: httpx.AsyncClient
    tokens: Tokens

    async def ask(
        self, method: str, path: str, user: int | None = None, *, role: str = "user", **more: Any
    ) -> httpx.Response:
        """One request, by a user or without a token."""
        headers = self.tokens.bearer(user, f"user{user}", role) if user is not None else {}
        return await self.client.request(method, path, headers={**headers, **more.pop("headers", {})}, **more)

    async def data(self, method: str, path: str, user: int | None = None, **more: Any) -> Any:
        """The data of an answer that must be a success."""
        response = await self.ask(method, path, user, **more)
        assert response.is_success, response.text
        return response.json()["data"]

    async def refused(self, method: str, path: str, user: int | None = None, **more: Any) -> tuple[int, str]:
        """Status and code of an answer that must be an error in the envelope."""
        response = await self.ask(method, path, user, **more)
        body = response.json()
        assert body["success"] is False, response.text
        assert body["error"], "an error is told to people too"
        return response.status_code, body["code"]

    async def hear(self, *envelopes: Envelope) -> None:
        """Let the service's consumer handle messages."""
        assert self.service.messaging is not None
        await self.service.messaging.consumer.handle(envelopes)

    async def picture(self, owner: int, prompt: str = "月光下的山谷", **more: Any) -> Envelope:
        """A picture of this owner lies in the object store; the message that says so."""
        image_id = more.pop("image_id", f"img_{secrets.token_hex(8)}")
        for ending, data in files_of(image_id).items():
            await self.objects.put(ORIGINALS, f"images/{image_id}{ending}", data)
        return envelope_of(image_generated(image_id, owner, prompt, **more), stream=f"task-{image_id}", number=3)

    async def work(self, owner: int, prompt: str = "月光下的山谷", *, public: bool = False, **changes: Any) -> int:
        """A new work of this owner; its id."""
        picture = await self.picture(owner, prompt)
        await self.hear(picture)
        known = await self.store.db.pictures.find_one({"image_id": picture.data["image_id"]})
        assert known is not None
        work_id: int = known["_id"]
        if public or changes:
            wished = {**changes, "is_public": True} if public else changes
            await self.data("PUT", f"/api/works/{work_id}", owner, json=wished)
        return work_id

    async def registered(self, user_id: int, username: str) -> None:
        """The service hears that a user registered; always the first of the user's stream."""
        message = UserRegistered(user_id=user_id, username=username, registered_at=datetime.now(UTC))
        await self.hear(envelope_of(message, stream=f"user-{user_id}"))

    async def profile(self, user_id: int, username: str, number: int, avatar_key: str | None = None) -> None:
        """The service hears of a user's changed face."""
        message = ProfileUpdated(user_id=user_id, username=username, avatar_key=avatar_key)
        await self.hear(envelope_of(message, stream=f"user-{user_id}", number=number))

    async def figure(self, work_id: int, name: str, expected: object) -> None:
        """Wait until the work's tallied figure is as expected."""

        async def look() -> object:
            work = await self.store.db.works.find_one({"_id": work_id})
            return None if work is None else work[name]

        await eventually(look, lambda seen: seen == expected)

    async def quiet(self) -> None:
        """Wait until everything told was heard."""
        await eventually(lambda: self.store.db.events.count_documents({"unpublished": True}), lambda n: n == 0)


def image_generated(image_id: str, owner: int, prompt: str, **more: Any) -> ImageGenerated:
    """The message for one picture."""
    recipe = Recipe(
        prompt=prompt,
        negative_prompt="模糊",
        model="sketch",
        width=128,
        height=192,
        steps=25,
        cfg_scale=7.5,
        seed=42,
        sampler="euler",
        clip_skip=1,
        engine="sketch",
        engine_version="1",
    )
    said = {
        "image_id": image_id,
        "task_id": f"task_{image_id}",
        "user_id": owner,
        "index": 0,
        "image_key": f"images/{image_id}.png",
        "thumbnail_key": f"images/{image_id}-thumb.webp",
        "labelled_key": f"images/{image_id}-labelled.png",
        "preview_key": f"images/{image_id}-preview.webp",
        "sha256": "0" * 64,
        "recipe": recipe,
        "generated_at": datetime.now(UTC),
        **more,
    }
    return ImageGenerated.model_validate(said)


def envelope_of(message: Message, *, stream: str, number: int = 1, message_id: str | None = None) -> Envelope:
    """A message as its publisher sends it."""
    return Envelope(
        id=message_id or secrets.token_hex(16),
        key=message.routing_key(),
        stream=stream,
        number=number,
        at=datetime.now(UTC),
        correlation_id=secrets.token_hex(16),
        data=message.model_dump(mode="json"),
    )


@pytest.fixture
def settings(mongo_url: str, database_name: str) -> Settings:
    """Settings over the test's database; the neighbours' addresses are never used."""
    return Settings.model_validate(
        {
            "mongodb_url": mongo_url,
            "database": database_name,
            "rabbitmq_url": "amqp://unused",
            "jwks_url": "http://unused",
            "s3_endpoint": "http://unused",
            "s3_access_key": "unused",
            "s3_secret_key": "a secret of this test",
            "public_url": "http://platform.test",
            "aigc_provider_code": TEST_PROVIDER,
        }
    )


@pytest.fixture
def classifier() -> ImageClassifier | None:
    """What looks at pictures before publication: nothing, unless a test says otherwise."""
    return None


@pytest.fixture
async def stage(settings: Settings, tmp_path: Path, classifier: ImageClassifier | None) -> AsyncIterator[Stage]:
    """A started service with users' tokens."""
    tokens, bus = Tokens(), InProcessBus()
    objects = FolderStore(tmp_path, settings.public_url, b"signing")
    service = build(settings, bus=bus, objects=objects, verifier=tokens.verifier(), classifier=classifier)
    await bus.declare("generation.replay", ())
    await bus.subscribe("generation.replay", _nothing_to_replay)
    await bus.declare("auth.replay", ())
    await bus.subscribe("auth.replay", _nothing_to_replay)
    store = open_store(settings)
    await service.start()
    await eventually(lambda: watched(store), lambda names: names == {"events", "removals"})
    transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://works") as client:
        yield Stage(service, store, objects, bus, client, tokens)
    await service.stop()
    await store.db.client.close()


async def watched(store: EventStore) -> set[str]:
    """The collections whose changes the service's loops watch: before that a test has not begun."""
    pipeline: list[dict[str, Any]] = [
        {"$currentOp": {"idleCursors": True}},
        {"$match": {"ns": {"$regex": f"^{store.db.name}\\."}, "cursor.tailable": True}},
    ]
    async with await store.db.client.admin.aggregate(pipeline) as operations:
        return {operation["ns"].partition(".")[2] async for operation in operations}


async def _nothing_to_replay(_: object) -> None:
    await asyncio.sleep(0)

"""Two replicas on a real broker and a real S3 server: from an image heard to its public copy."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from PIL import Image

from common.contracts.generation import ImageGenerated, Recipe
from common.labelling import Label, Source, encode
from common.messages import Envelope
from common.objects import ORIGINALS, PUBLIC
from common.rabbit import RabbitBus
from common.s3 import S3Store
from common.service import Service
from common.testing.eventually import eventually
from common.testing.labels import TEST_PROVIDER, judge
from common.testing.tokens import Tokens
from works.bootstrap import build
from works.settings import Settings

OWNER, IMAGES = 1, 12
RECIPE = Recipe(
    prompt="江南水乡",
    negative_prompt="",
    model="sketch",
    width=512,
    height=512,
    steps=25,
    cfg_scale=7.5,
    seed=1,
    sampler="euler",
    clip_skip=1,
    engine="sketch",
    engine_version="1",
)


@pytest.fixture
def settings(mongo_url: str, database_name: str, rabbitmq_url: str, s3: Any) -> Settings:
    return Settings.model_validate(
        {
            "mongodb_url": mongo_url,
            "database": database_name,
            "rabbitmq_url": rabbitmq_url,
            "jwks_url": "http://unused",
            "s3_endpoint": s3.endpoint,
            "s3_access_key": s3.access_key,
            "s3_secret_key": s3.secret_key,
            "public_url": "http://platform.test",
            "aigc_provider_code": TEST_PROVIDER,
        }
    )


@asynccontextmanager
async def running(settings: Settings, tokens: Tokens) -> AsyncIterator[httpx.AsyncClient]:
    service: Service = build(settings, verifier=tokens.verifier())
    await service.start()
    transport = httpx.ASGITransport(app=service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://works") as client:
        yield client
    await service.stop()


def heard(image_id: str) -> Envelope:
    message = ImageGenerated(
        image_id=image_id,
        task_id="task_1",
        user_id=OWNER,
        index=0,
        image_key=f"images/{image_id}.png",
        thumbnail_key=f"images/{image_id}-thumb.webp",
        sha256="0" * 64,
        recipe=RECIPE,
        generated_at=datetime.now(UTC),
    )
    return Envelope(
        id=secrets.token_hex(16),
        key=message.routing_key(),
        stream=f"task-{image_id}",
        number=1,
        at=datetime.now(UTC),
        correlation_id=secrets.token_hex(16),
        data=message.model_dump(mode="json"),
    )


async def test_two_replicas_make_each_image_one_work_and_publish_it(settings: Settings, s3: Any) -> None:
    tokens = Tokens()
    objects = S3Store(s3.endpoint, s3.access_key, s3.secret_key, settings.public_url)
    await objects.prepare()
    bus = RabbitBus(settings.rabbitmq_url.get_secret_value())
    owner = tokens.bearer(OWNER)
    async with running(settings, tokens) as one, running(settings, tokens) as two:

        async def my_works() -> list[dict[str, Any]]:
            return (await two.get("/api/works/my?limit=100", headers=owner)).json()["data"]["works"]

        images = [f"img_{secrets.token_hex(8)}" for _ in range(IMAGES)]
        for image in images:
            label = Label(TEST_PROVIDER, image, Source.PROCEDURE)
            picture = Image.new("RGB", (64, 64))
            await objects.put(ORIGINALS, f"images/{image}.png", encode(picture, "PNG", label))
            await objects.put(ORIGINALS, f"images/{image}-thumb.webp", encode(picture, "WEBP", label.derived("thumb")))
        await bus.declare("works", [ImageGenerated.routing_key()])
        envelopes = [heard(image) for image in images]
        await bus.publish(envelopes)
        await bus.publish(envelopes)
        works = await eventually(my_works, lambda works: len(works) == IMAGES, within=20)
        assert len({work["title"] for work in works}) == IMAGES

        answer = await one.put(f"/api/works/{works[0]['id']}", headers=owner, json={"is_public": True})

        (shown,) = (await two.get("/api/works/gallery")).json()["data"]["works"]
        assert shown["image_url"] == answer.json()["data"]["work"]["image_url"]
        key = shown["image_url"].partition(f"/media/{PUBLIC}/")[2]
        assert judge(await objects.get(PUBLIC, key)).values["ProduceID"].partition(".")[0] in images

        await one.delete(f"/api/works/{works[0]['id']}", headers=owner)
        await eventually(lambda: there(objects, key), lambda found: not found, within=20)
        assert len(await my_works()) == IMAGES - 1
    await bus.close()


async def there(objects: S3Store, key: str) -> bool:
    return key in {stored.key async for stored in objects.list(PUBLIC)}

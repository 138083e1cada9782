"""What is told of a picture, and how `Prefer` is read."""

import pytest

from common.messages import Message
from generation.api.headers import _wait_seconds
from generation.events import (
    CODEC,
    AccountOpened,
    CreditsGranted,
    GenerationReleased,
    GenerationRequeued,
    ImageGenerated,
    Order,
    ServerDrained,
    ServerReopened,
)
from generation.messaging import TELLS

ORDER = Order(
    prompt="猫",
    negative_prompt="模糊",
    model="flat",
    width=512,
    height=768,
    batch_size=2,
    cfg_scale=7.5,
    steps=25,
    seed=10,
    sampler="euler",
    clip_skip=2,
)


def test_a_picture_is_told_with_its_whole_recipe() -> None:
    event = ImageGenerated(
        image_id="img_a_1",
        task_id="task_a",
        user_id=1,
        index=1,
        seed=11,
        order=ORDER,
        engine="sketch",
        engine_version="1.0.0",
        image_key="a.png",
        thumbnail_key="a.webp",
        sha256="0" * 64,
        generated_at="2026-01-01T00:00:00Z",
        pixels_sha256="b" * 64,
        workflow_sha256="a" * 64,
        remix_of=7,
    )

    message: Message = TELLS[ImageGenerated](event)

    recipe = message.model_dump()["recipe"]
    made_by = {"engine": "sketch", "engine_version": "1.0.0", "workflow_sha256": "a" * 64}
    expected = ORDER.model_dump(exclude={"batch_size"}) | {"seed": 11} | made_by
    assert recipe == expected
    assert (message.model_dump()["pixels_sha256"], message.model_dump()["remix_of"]) == ("b" * 64, 7)
    assert message.routing_key() == "generation.ImageGenerated.v1"


def test_everything_but_grants_and_what_operators_and_stopped_workers_do_is_public() -> None:
    by_operators = {GenerationRequeued, ServerDrained, ServerReopened}
    assert set(CODEC.types) - set(TELLS) == {AccountOpened, CreditsGranted, GenerationReleased} | by_operators


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("", 0),
        ("wait=10", 10),
        ("respond-async, wait=10", 10),
        ('Wait = "7"; x=1', 7),
        ("wait=999", 60),
        ("wait=-1", 0),
        ("wait=soon", 0),
        ("await=5", 0),
    ],
)
def test_a_wish_to_wait_is_read_and_nonsense_ignored(header: str, seconds: int) -> None:
    assert _wait_seconds(header) == seconds

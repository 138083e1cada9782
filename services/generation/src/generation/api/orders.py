"""Request bodies: what a user orders, its limits, and the error code of each field."""

import asyncio
import secrets
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from common.errors import Invalid
from common.http import Body, Text, field_codes
from common.moderation import ensure_lawful
from generation.api.deps import Deps
from generation.domain import pricing
from generation.domain.estimates import Kind, first_guess, seconds_each
from generation.events import Order
from generation.projections import queue
from generation.projections.estimates import samples

MAX_BATCH = 4
MAX_SEED = 2**53 - 1 - MAX_BATCH  # the seed of every picture of a batch is exact in JavaScript
RANDOM_SEEDS = 2**32

Size = Literal["512x512", "768x512", "512x768", "1024x1024"]
Sampler = Literal["dpmpp_2m_karras", "euler", "ddim", "dpmpp_sde_karras"]

_PRICED: dict[str, tuple[str, str]] = {
    "model": ("INVALID_MODEL", "无效的模型，请从模型列表中选择"),
    "size": ("INVALID_SIZE", "图片尺寸须为512x512、768x512、512x768或1024x1024"),
    "batchSize": ("INVALID_BATCH_SIZE", "生成数量须为1到4的整数"),
    "steps": ("INVALID_STEPS", "生成步数须为10到50的整数"),
}
QUOTE_CODES: dict[str, Any] = field_codes(**_PRICED)
CODES: dict[str, Any] = field_codes(
    prompt=("INVALID_PROMPT", "提示词不能为空，且不超过500个字符"),
    negativePrompt=("INVALID_NEGATIVE_PROMPT", "负面提示词不超过200个字符"),
    **_PRICED,
    cfgScale=("INVALID_CFG_SCALE", "创意程度须在1到20之间"),
    seed=("INVALID_SEED", f"随机种子须为-1或0到{MAX_SEED}的整数"),
    sampler=("INVALID_SAMPLER", "采样器须为dpmpp_2m_karras、euler、ddim或dpmpp_sde_karras"),
    clipSkip=("INVALID_CLIP_SKIP", "剪辑跳过须为1或2"),
)


class UnknownModel(Invalid):
    """No model of that name is on offer."""

    code = "INVALID_MODEL"
    message = "无效的模型，请从模型列表中选择"


class QuoteBody(Body):
    """What the price depends on."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    model: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    size: Size = "1024x1024"
    batch_size: int = Field(1, ge=1, le=MAX_BATCH)
    steps: int = Field(25, ge=10, le=50)


class GenerateBody(QuoteBody):
    """The document's body of POST /api/generate."""

    prompt: Annotated[Text, Field(min_length=1, max_length=500)]
    negative_prompt: Annotated[Text, Field(max_length=200)] = "blurry, bad quality, distorted, deformed"
    cfg_scale: float = Field(7.5, ge=1, le=20, allow_inf_nan=False)
    seed: int = Field(-1, ge=-1, le=MAX_SEED)
    sampler: Sampler = "dpmpp_2m_karras"
    clip_skip: int = Field(2, ge=1, le=2)


async def model_of(body: QuoteBody, deps: Deps) -> str:
    """The model asked for, or the first of the list; raises `UnknownModel`."""
    catalogue = await deps.engine.models()
    if body.model is None:
        return catalogue.models[0].value
    if not catalogue.has(body.model):
        raise UnknownModel(details=[{"field": "model", "message": UnknownModel.message}])
    return body.model


def sides(size: str) -> tuple[int, int]:
    """Width and height in pixels of `"768x512"`."""
    width, _, height = size.partition("x")
    return int(width), int(height)


def ensure_lawful_order(prompt: str, negative_prompt: str) -> None:
    """Raises `ContentViolation`. What a negative prompt names shall not be in the picture, so it may name it."""
    ensure_lawful({"prompt": prompt}, unwanted={"negativePrompt": negative_prompt})


async def order_of(body: GenerateBody, deps: Deps) -> Order:
    """The order that a body means: model chosen, seed drawn; raises `ContentViolation`, `UnknownModel`."""
    ensure_lawful_order(body.prompt, body.negative_prompt)
    width, height = sides(body.size)
    return Order(
        prompt=body.prompt,
        negative_prompt=body.negative_prompt,
        model=await model_of(body, deps),
        width=width,
        height=height,
        batch_size=body.batch_size,
        cfg_scale=body.cfg_scale,
        steps=body.steps,
        seed=secrets.randbelow(RANDOM_SEEDS) if body.seed == -1 else body.seed,
        sampler=body.sampler,
        clip_skip=body.clip_skip,
    )


async def estimated_seconds(kind: Kind, batch_size: int, deps: Deps) -> int:
    """How long a task sent now would take, the queue included."""
    past, ahead = await asyncio.gather(samples(deps.db, kind.model), queue.unfinished(deps.db))
    each = seconds_each(past, kind) or first_guess(deps.engine.name, kind)
    return pricing.estimate(each, batch_size, ahead, deps.painters)


def kind_of(order: Order) -> Kind:
    """What the time of each of its pictures depends on."""
    return Kind(order.model, order.width, order.height, order.steps)

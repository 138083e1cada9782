"""GET /api/models."""

from fastapi import APIRouter
from pydantic import BaseModel

from common.http import Reply
from common.security import CurrentUser
from generation.api import examples
from generation.api.deps import Deps
from generation.engines.base import Source


class ModelItem(BaseModel):
    """A model as the document shows it."""

    label: str
    value: str
    description: str


class ModelList(BaseModel):
    """The models on offer and where the list comes from."""

    models: list[ModelItem]
    source: Source


def routes(deps: Deps) -> APIRouter:
    """The list of models."""
    router = APIRouter(tags=["AIGC创作"])

    @router.get("/api/models", summary="获取可用模型列表", openapi_extra=examples.MODELS)
    async def list_models(_user: CurrentUser) -> Reply[ModelList]:
        catalogue = await deps.engine.models()
        items = [ModelItem(label=m.label, value=m.value, description=m.description) for m in catalogue.models]
        return Reply(data=ModelList(models=items, source=catalogue.source), message="获取模型列表成功")

    return router

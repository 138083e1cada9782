"""The gateway's own routes for administrators."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from common.event_store import EventStore
from common.http import Body, Reply, Text, example
from common.security import CurrentAdmin
from gateway.commands import SwitchMaintenance
from gateway.domain import MESSAGE, RETRY_AFTER
from gateway.handlers import switch_maintenance
from gateway.maintenance import SwitchFollower
from gateway.projections import MaintenanceState, maintenance_state

DAY = 86_400  # seconds

_STATE = {"enabled": True, "message": "系统维护中，请稍后再试", "retry_after": 600}
SHOWN = example(data=_STATE)
SWITCHED = example(body=_STATE, data=_STATE, message="已进入维护模式")


class MaintenanceBody(Body):
    """The wished state of the switch."""

    enabled: bool = Field(description="是否进入维护模式")
    message: Annotated[Text, Field(min_length=1, max_length=200)] = Field(MESSAGE, description="给用户看的维护说明")
    retry_after: int = Field(RETRY_AFTER, ge=1, le=DAY, description="建议多少秒后重试（Retry-After）")


def routes(store: EventStore, follower: SwitchFollower) -> APIRouter:
    """Reading and moving the maintenance switch."""
    router = APIRouter(prefix="/api/admin", tags=["系统管理"])

    @router.get("/maintenance", summary="查询维护模式（管理员）", openapi_extra=SHOWN)
    async def maintenance(_admin: CurrentAdmin) -> Reply[MaintenanceState]:
        return Reply(data=await maintenance_state(store.db))

    @router.put("/maintenance", summary="切换维护模式（管理员）", openapi_extra=SWITCHED)
    async def switch(body: MaintenanceBody, _admin: CurrentAdmin) -> Reply[MaintenanceState]:
        await switch_maintenance(SwitchMaintenance(body.enabled, body.message, body.retry_after), store)
        await follower.refresh()
        said = "已进入维护模式" if body.enabled else "已结束维护模式"
        return Reply(data=await maintenance_state(store.db), message=said)

    return router

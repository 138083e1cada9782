"""Routes: what administrators decide about accounts. Each takes the wished state, so it may be repeated."""

from fastapi import APIRouter

from auth import handlers
from auth.api import examples
from auth.api.answers import AccountState, UserData
from auth.api.bodies import DisabledWish, RoleWish, UserId
from auth.api.deps import Deps
from auth.commands import DisableAccount, EnableAccount, GrantRole
from auth.domain import User, UserNotFound
from common.errors import NotAllowed
from common.http import Reply, refusals
from common.security import CurrentAdmin


def routes(deps: Deps) -> APIRouter:
    """`PUT /api/users/{id}/role` and `/disabled`."""
    router = APIRouter(prefix="/api/users", tags=["用户管理"])

    @router.put(
        "/{user_id:int}/role",
        summary="设置用户角色",
        openapi_extra=examples.ROLE,
        responses=refusals(NotAllowed, UserNotFound),
    )
    async def set_role(user_id: UserId, body: RoleWish, admin: CurrentAdmin) -> Reply[UserData[AccountState]]:
        command = GrantRole(user_id, body.role, deps.now(), by=admin.user_id)
        user = await handlers.grant_role(command, deps.accounts)
        return Reply(data=_state(user), message="角色已更新，重新登录后生效")

    @router.put(
        "/{user_id:int}/disabled",
        summary="停用/启用账户",
        openapi_extra=examples.DISABLED,
        responses=refusals(NotAllowed, UserNotFound),
    )
    async def set_disabled(user_id: UserId, body: DisabledWish, admin: CurrentAdmin) -> Reply[UserData[AccountState]]:
        if body.disabled:
            closing = DisableAccount(user_id, deps.now(), by=admin.user_id, reason=body.reason)
            return Reply(data=_state(await handlers.disable_account(closing, deps.accounts)), message="账户已停用")
        opening = EnableAccount(user_id, reason=body.reason)
        return Reply(data=_state(await handlers.enable_account(opening, deps.accounts)), message="账户已启用")

    return router


def _state(user: User) -> UserData[AccountState]:
    reason = user.disabled_reason if user.disabled else None
    return UserData(
        user=AccountState(
            id=user.id, username=user.username, role=user.role, disabled=user.disabled, disabled_reason=reason
        )
    )

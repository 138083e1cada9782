"""Routes: one's own profile."""

from fastapi import APIRouter

from auth import handlers, projections
from auth.api import examples
from auth.api.answers import Profile, UserData
from auth.api.bodies import PROFILE_CODES, ProfileChange
from auth.api.deps import Deps
from auth.commands import UpdateProfile
from auth.domain import UserExists
from common.http import Reply, refusals
from common.moderation import ContentViolation
from common.security import CurrentUser


def routes(deps: Deps) -> APIRouter:
    """The routes of one's own profile."""
    router = APIRouter(prefix="/api/users", tags=["用户资料"])

    @router.get("/profile", summary="获取用户信息", openapi_extra=examples.PROFILE)
    async def profile(caller: CurrentUser) -> Reply[UserData[Profile]]:
        return Reply(data=await _profile(caller.user_id))

    @router.put(
        "/profile",
        summary="更新用户信息",
        openapi_extra=PROFILE_CODES | examples.PROFILE_UPDATE,
        responses=refusals(UserExists, ContentViolation),
    )
    async def update_profile(body: ProfileChange, caller: CurrentUser) -> Reply[UserData[Profile]]:
        command = UpdateProfile(caller.user_id, changes=body.model_dump(exclude_unset=True))
        await handlers.update_profile(command, deps.accounts)
        return Reply(data=await _profile(caller.user_id), message="更新成功")

    async def _profile(user_id: int) -> UserData[Profile]:
        account = await projections.existing(deps.db, user_id)
        return UserData(user=Profile.of(account, deps.objects))

    return router

"""Routes: other users' public profiles, and following them."""

from fastapi import APIRouter

from auth import handlers, projections
from auth.api import examples
from auth.api.answers import FollowState, PublicProfile, UserData, avatar_url
from auth.api.bodies import FollowWish, UserId
from auth.api.deps import Deps
from auth.commands import FollowUser
from auth.domain import UserNotFound
from common.http import Reply, refusals
from common.security import CurrentUser, MaybeUser


def routes(deps: Deps) -> APIRouter:
    """The routes between users."""
    router = APIRouter(prefix="/api/users", tags=["用户关系"])

    @router.get(
        "/{user_id:int}",
        summary="获取用户公开资料",
        openapi_extra=examples.PUBLIC_PROFILE,
        responses=refusals(UserNotFound),
    )
    async def public_profile(user_id: UserId, caller: MaybeUser) -> Reply[UserData[PublicProfile]]:
        account = await projections.account(deps.db, user_id)
        if account is None:
            raise UserNotFound
        shown = {
            **account,
            "id": user_id,
            "avatar": avatar_url(account, deps.objects),
            "followers_count": await projections.followers(deps.db, user_id),
            "following_count": await projections.following(deps.db, user_id),
            "is_following": await projections.follows(deps.db, caller.user_id, user_id) if caller else None,
        }
        return Reply(data=UserData(user=PublicProfile.model_validate(shown)))

    @router.post(
        "/{user_id:int}/follow",
        summary="关注/取消关注用户",
        openapi_extra=examples.FOLLOW,
        responses=refusals(UserNotFound),
    )
    async def follow(user_id: UserId, caller: CurrentUser, body: FollowWish | None = None) -> Reply[FollowState]:
        command = FollowUser(caller.user_id, user_id, wished=body.following if body else None)
        pair = await handlers.follow_user(command, deps.accounts)
        followers = await projections.followers(deps.db, user_id)
        return Reply(data=FollowState(is_following=pair.following, followers_count=followers))

    return router

"""What auth hears from other services (nothing), and what it tells them."""

from auth import events
from common.contracts import auth as public
from common.relay import Tells

HEARS = ()


def _registered(event: events.UserRegistered | events.UserImported) -> public.UserRegistered:
    return public.UserRegistered(user_id=event.user_id, username=event.username, registered_at=event.registered_at)


def _profile_updated(event: events.ProfileUpdated | events.AvatarChanged) -> public.ProfileUpdated:
    return public.ProfileUpdated(user_id=event.user_id, username=event.username, avatar_key=event.avatar_key)


def _followed(event: events.UserFollowed) -> public.UserFollowed:
    return public.UserFollowed(follower_id=event.follower_id, followee_id=event.followee_id)


def _unfollowed(event: events.UserUnfollowed) -> public.UserUnfollowed:
    return public.UserUnfollowed(follower_id=event.follower_id, followee_id=event.followee_id)


def _revoked(event: events.SessionsRevoked) -> public.SessionsRevoked:
    return public.SessionsRevoked(user_id=event.user_id, not_before=event.not_before)


TELLS: Tells = {
    events.UserRegistered: _registered,
    events.UserImported: _registered,
    events.ProfileUpdated: _profile_updated,
    events.AvatarChanged: _profile_updated,
    events.UserFollowed: _followed,
    events.UserUnfollowed: _unfollowed,
    events.SessionsRevoked: _revoked,
}

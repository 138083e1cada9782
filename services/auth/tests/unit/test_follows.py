"""Who follows whom."""

from auth import domain, events
from auth.commands import FollowUser
from auth.domain import Follow
from common.testing.scenario import Scenario

pairs = Scenario(Follow(), domain.evolve_follow)
followed = events.UserFollowed(follower_id=1, followee_id=2)
unfollowed = events.UserUnfollowed(follower_id=1, followee_id=2)


def test_without_a_wish_a_follow_toggles() -> None:
    command = FollowUser(1, 2, wished=None)
    pairs.given().when(lambda pair: domain.follow(pair, command)).then(followed)
    pairs.given(followed).when(lambda pair: domain.follow(pair, command)).then(unfollowed)
    pairs.given(followed, unfollowed).when(lambda pair: domain.follow(pair, command)).then(followed)


def test_a_wish_that_is_fulfilled_changes_nothing() -> None:
    pairs.given(followed).when(lambda pair: domain.follow(pair, FollowUser(1, 2, wished=True))).then()
    pairs.given().when(lambda pair: domain.follow(pair, FollowUser(1, 2, wished=False))).then()


def test_nobody_follows_themselves() -> None:
    pairs.given().when(lambda pair: domain.follow(pair, FollowUser(1, 1, True))).raises(domain.FollowsOneself)

"""Stored events keep loading."""

import pytest

from auth import events


def test_a_profile_update_from_before_avatars_loads_as_one_without() -> None:
    stored = {"user_id": 7, "username": "alice", "email": "a@example.com", "bio": "", "website": "", "location": "北京"}
    loaded = events.CODEC.decode("ProfileUpdated", 1, stored)
    assert loaded == events.ProfileUpdated(**stored, avatar_key=None)
    assert events.CODEC.encode(loaded) == {
        "type": "ProfileUpdated",
        "schema": 2,
        "data": {**stored, "avatar_key": None},
    }


@pytest.mark.parametrize("name", ["AccountDisabled", "AccountEnabled"])
def test_a_decision_from_before_reasons_loads_as_one_without(name: str) -> None:
    assert events.CODEC.decode(name, 1, {"user_id": 7}).model_dump() == {"user_id": 7, "reason": ""}


def test_every_event_survives_being_stored() -> None:
    followed = events.UserFollowed(follower_id=1, followee_id=2)
    stored = events.CODEC.encode(followed)
    assert events.CODEC.decode(stored["type"], stored["schema"], stored["data"]) == followed

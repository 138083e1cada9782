"""One's own profile, others' public ones, and following."""

import asyncio

from auth.testing import Auth

FIELDS = {"id", "username", "email", "role", "bio", "avatar", "website", "location"} | {
    "created_at",
    "updated_at",
    "last_login",
}


async def test_the_profile_has_every_field_of_the_document(auth: Auth) -> None:
    bearer = await auth.bearer("alice")
    answer = await auth.client.get("/api/users/profile", headers=bearer)
    user = answer.json()["data"]["user"]
    assert set(user) == FIELDS
    assert (user["username"], user["role"], user["bio"], user["avatar"]) == ("alice", "user", "", None)
    assert all(user[name].endswith("Z") for name in ("created_at", "updated_at", "last_login"))


async def test_without_a_token_there_is_no_profile(auth: Auth) -> None:
    answer = await auth.client.get("/api/users/profile")
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


async def test_an_update_changes_what_it_names_and_clears_what_is_empty(auth: Auth) -> None:
    bearer = await auth.bearer("alice")
    first = {"bio": " AI艺术爱好者 ", "website": "https://mysite.com", "location": "北京，中国"}
    answer = await auth.client.put("/api/users/profile", headers=bearer, json=first)
    assert answer.json()["message"] == "更新成功"
    user = answer.json()["data"]["user"]
    assert (user["bio"], user["website"], user["location"]) == ("AI艺术爱好者", "https://mysite.com", "北京，中国")
    answer = await auth.client.put("/api/users/profile", headers=bearer, json={"website": "", "username": "Alice2"})
    user = answer.json()["data"]["user"]
    assert (user["username"], user["bio"], user["website"]) == ("Alice2", "AI艺术爱好者", "")
    assert (await auth.login("alice2")).status_code == 200
    assert (await auth.login("alice")).status_code == 404


async def test_the_time_of_change_moves_with_changes_only(auth: Auth) -> None:
    bearer = await auth.bearer("alice")

    async def updated_at(change: dict[str, str] | None = None) -> str:
        if change is not None:
            answer = await auth.client.put("/api/users/profile", headers=bearer, json=change)
            assert answer.status_code == 200
        answer = await auth.client.get("/api/users/profile", headers=bearer)
        return str(answer.json()["data"]["user"]["updated_at"])

    registered = await updated_at()
    await auth.login("alice")
    await auth.login("alice", "wrong123")
    assert await updated_at() == registered
    assert await updated_at({}) == registered
    assert await updated_at({"username": "alice", "bio": "  ", "unknown": "x"}) == registered
    changed = await updated_at({"bio": "画家"})
    assert changed > registered
    assert await updated_at({"bio": " 画家 "}) == changed


async def test_a_name_that_another_bears_is_refused_and_ones_own_may_change_case(auth: Auth) -> None:
    await auth.register("bob")
    bearer = await auth.bearer("alice")
    taken = await auth.client.put("/api/users/profile", headers=bearer, json={"username": "BOB", "bio": "changed"})
    assert (taken.status_code, taken.json()["code"]) == (409, "USER_EXISTS")
    user = (await auth.client.get("/api/users/profile", headers=bearer)).json()["data"]["user"]
    assert (user["username"], user["bio"]) == ("alice", "")
    own = await auth.client.put("/api/users/profile", headers=bearer, json={"username": "ALICE"})
    assert own.json()["data"]["user"]["username"] == "ALICE"


async def test_a_name_given_up_is_free_again(auth: Auth) -> None:
    bearer = await auth.bearer("alice")
    await auth.client.put("/api/users/profile", headers=bearer, json={"username": "alice2", "email": "a2@example.com"})
    assert (await auth.register("alice")).status_code == 201


async def test_a_public_profile_shows_what_anybody_may_know(auth: Auth) -> None:
    await auth.register("alice")
    user = (await auth.client.get("/api/users/1")).json()["data"]["user"]
    assert set(user) == (FIELDS - {"email", "role", "updated_at", "last_login"}) | {
        "followers_count",
        "following_count",
        "is_following",
    }
    assert (user["followers_count"], user["following_count"], user["is_following"]) == (0, 0, None)


async def test_nobody_has_no_profile(auth: Auth) -> None:
    for path in ("/api/users/99", "/api/users/0", f"/api/users/{2**70}", "/api/users/nobody"):
        answer = await auth.client.get(path)
        assert answer.status_code in (404, 422), path
        assert answer.json()["success"] is False


async def test_following_toggles_and_both_counts_follow(auth: Auth) -> None:
    alice, bob = await auth.bearer("alice"), await auth.bearer("bob")
    answer = await auth.client.post("/api/users/2/follow", headers=alice)
    assert answer.json()["data"] == {"is_following": True, "followers_count": 1}
    seen = (await auth.client.get("/api/users/2", headers=alice)).json()["data"]["user"]
    assert (seen["followers_count"], seen["following_count"], seen["is_following"]) == (1, 0, True)
    seen = (await auth.client.get("/api/users/1", headers=bob)).json()["data"]["user"]
    assert (seen["followers_count"], seen["following_count"], seen["is_following"]) == (0, 1, False)
    answer = await auth.client.post("/api/users/2/follow", headers=alice)
    assert answer.json()["data"] == {"is_following": False, "followers_count": 0}


async def test_a_wish_may_be_repeated(auth: Auth) -> None:
    alice, _ = await auth.bearer("alice"), await auth.bearer("bob")
    for wish, count in ((True, 1), (True, 1), (False, 0), (False, 0)):
        answer = await auth.client.post("/api/users/2/follow", headers=alice, json={"following": wish})
        assert answer.json()["data"] == {"is_following": wish, "followers_count": count}


async def test_wishes_sent_at_once_count_once(auth: Auth) -> None:
    await auth.register("star")
    fans = [await auth.bearer(f"fan{n}") for n in range(4)]
    wish = {"following": True}
    await asyncio.gather(
        *(auth.client.post("/api/users/1/follow", headers=fan, json=wish) for fan in fans for _ in range(3))
    )
    seen = (await auth.client.get("/api/users/1")).json()["data"]["user"]
    assert seen["followers_count"] == 4


async def test_following_nobody_or_oneself_is_refused(auth: Auth) -> None:
    alice = await auth.bearer("alice")
    nobody = await auth.client.post("/api/users/99/follow", headers=alice)
    oneself = await auth.client.post("/api/users/1/follow", headers=alice)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "USER_NOT_FOUND")
    assert (oneself.status_code, oneself.json()["code"]) == (422, "VALIDATION_ERROR")
    assert await auth.db.follows.count_documents({}) == 0

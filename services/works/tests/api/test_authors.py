"""Names and faces beside the works, in whatever order they become known."""

from typing import Any

OWNER = 1


async def author(stage: Any) -> dict[str, Any]:
    (shown,) = (await stage.data("GET", "/api/works/gallery"))["works"]
    return dict(shown["author"])


async def test_an_author_not_heard_of_has_a_placeholder(stage: Any) -> None:
    await stage.work(OWNER, public=True)

    assert await author(stage) == {"id": OWNER, "username": "用户1", "avatar": None}


async def test_a_new_name_and_face_show_at_once_on_old_works(stage: Any) -> None:
    await stage.work(OWNER, public=True)
    await stage.registered(OWNER, "alice")
    await stage.profile(OWNER, "alice2", 2, "avatars/face.png")

    assert await author(stage) == {
        "id": OWNER,
        "username": "alice2",
        "avatar": "http://platform.test/media/public/avatars/face.png",
    }


async def test_the_newest_name_wins_in_any_order(stage: Any) -> None:
    await stage.work(OWNER, public=True)
    await stage.profile(OWNER, "third", 3)
    await stage.profile(OWNER, "second", 2, "avatars/face.png")
    await stage.registered(OWNER, "first")

    assert (await author(stage))["username"] == "third"
    assert (await author(stage))["avatar"] is None

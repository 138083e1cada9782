"""Uploading an avatar."""

import io

import httpx
import pytest
from PIL import Image

from auth.testing import Auth
from common.objects import PUBLIC


def picture(kind: str = "PNG", side: int = 300) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(file, kind)
    return file.getvalue()


async def upload(auth: Auth, bearer: dict[str, str], data: bytes, name: str = "me.png") -> httpx.Response:
    return await auth.client.post("/api/users/avatar", headers=bearer, files={"avatar": (name, data, "image/png")})


async def stored(auth: Auth) -> list[str]:
    return [found.key async for found in auth.objects.list(PUBLIC)]


async def test_an_avatar_is_shown_on_every_profile(auth: Auth) -> None:
    bearer = await auth.bearer("alice")
    answer = await upload(auth, bearer, picture())
    assert (answer.status_code, answer.json()["message"]) == (200, "头像上传成功")
    address = answer.json()["data"]["avatar_url"]
    (key,) = await stored(auth)
    assert key.startswith("avatars/1-")
    assert address == auth.objects.address(PUBLIC, key)
    assert address.startswith(f"{auth.settings.public_url}/")
    for path in ("/api/users/profile", "/api/users/1"):
        assert (await auth.client.get(path, headers=bearer)).json()["data"]["user"]["avatar"] == address


async def test_a_new_avatar_replaces_the_old_one(auth: Auth) -> None:
    bearer = await auth.bearer("alice")
    first = (await upload(auth, bearer, picture())).json()["data"]["avatar_url"]
    second = (await upload(auth, bearer, picture("JPEG"))).json()["data"]["avatar_url"]
    assert first != second
    assert [auth.objects.address(PUBLIC, key) for key in await stored(auth)] == [second]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"GIF89a not a picture", (415, "UNSUPPORTED_MEDIA_TYPE")),
        (b"", (415, "UNSUPPORTED_MEDIA_TYPE")),
        (picture()[:100], (422, "VALIDATION_ERROR")),
        (picture() + b"\0" * 2 * 1024 * 1024, (413, "PAYLOAD_TOO_LARGE")),
        (picture(side=5001), (422, "VALIDATION_ERROR")),
    ],
    ids=["no picture", "empty", "damaged", "too large", "too many pixels"],
)
async def test_a_refused_file_changes_nothing(auth: Auth, data: bytes, expected: tuple[int, str]) -> None:
    bearer = await auth.bearer("alice")
    answer = await upload(auth, bearer, data)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert await stored(auth) == []


async def test_a_form_without_the_file_and_a_body_that_is_no_form_are_refused(auth: Auth) -> None:
    bearer = await auth.bearer("alice")
    other = await auth.client.post("/api/users/avatar", headers=bearer, files={"photo": picture()})
    text = await auth.client.post("/api/users/avatar", headers=bearer, files={"avatar": (None, "text")})
    json = await auth.client.post("/api/users/avatar", headers=bearer, json={"avatar": "x"})
    torn = {**bearer, "Content-Type": "multipart/form-data"}
    broken = await auth.client.post("/api/users/avatar", headers=torn, content=b"--x")
    assert [answer.status_code for answer in (other, text, json, broken)] == [422, 422, 415, 400]
    assert other.json()["details"][0]["field"] == "avatar"


async def test_the_caller_is_known_before_the_file_is_read(auth: Auth) -> None:
    assert (await auth.client.post("/api/users/avatar", files={"avatar": picture()})).status_code == 401

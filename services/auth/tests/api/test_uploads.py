"""Forms that are not what they should be: a clear refusal, nothing stored."""

import asyncio
import io
import zipfile
from typing import Any

import httpx
import pytest
from PIL import Image

from auth.testing import Auth
from common.objects import PUBLIC

BOUNDARY = "x-boundary"


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "PNG")
    return file.getvalue()


def part(data: bytes, disposition: str = 'form-data; name="avatar"; filename="a.png"') -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\nContent-Type: image/png\r\n\r\n"
    return head.encode() + data + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


async def send(auth: Auth, body: bytes, boundary: str = BOUNDARY, kind: str = "multipart/form-data") -> httpx.Response:
    headers = {**await auth.bearer("alice"), "Content-Type": f"{kind}; boundary={boundary}"}
    return await auth.client.post("/api/users/avatar", headers=headers, content=body)


async def stored(auth: Auth) -> list[str]:
    return [found.key async for found in auth.objects.list(PUBLIC)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "BAD_REQUEST"),
        (END, 422, "VALIDATION_ERROR"),
        (b"\xff\x00 no form at all", 400, "BAD_REQUEST"),
        (b"{}", 400, "BAD_REQUEST"),
        (part(picture()), 400, "BAD_REQUEST"),
        (part(picture())[:-40], 400, "BAD_REQUEST"),
        (part(picture(), "form-data") + END, 400, "BAD_REQUEST"),
        (part(picture(), 'form-data; name="photo"; filename="a.png"') + END, 422, "VALIDATION_ERROR"),
        (part(picture(), 'form-data; name="avatar"') + END, 422, "VALIDATION_ERROR"),
        (part(picture()) + part(picture()) + END, 422, "VALIDATION_ERROR"),
        (part(b"") + END, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"".join(part(b"x", f'form-data; name="f{n}"; filename="{n}"') for n in range(50)) + END, 400, "BAD_REQUEST"),
        (b"".join(part(b"x", f'form-data; name="f{n}"') for n in range(50)) + END, 400, "BAD_REQUEST"),
        (part(picture(), "form-data; " + "x" * 100_000) + END, 400, "BAD_REQUEST"),
    ],
    ids=[
        "no body",
        "no parts",
        "garbage",
        "JSON",
        "no end",
        "torn",
        "part without a name",
        "another field",
        "text in place of a file",
        "two files",
        "empty file",
        "many files",
        "many fields",
        "endless header",
    ],
)
async def test_a_form_that_is_wrong_stores_nothing(auth: Auth, body: bytes, status: int, code: str) -> None:
    answer = await send(auth, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["success"] is False
    assert await stored(auth) == []


@pytest.mark.parametrize("boundary", ["another", "", '"', "x" * 5000, "\x7f"])
async def test_a_boundary_that_is_not_the_bodys_is_refused(auth: Auth, boundary: str) -> None:
    answer = await send(auth, part(picture()) + END, boundary)
    assert (answer.status_code in (400, 422), await stored(auth)) == (True, [])


@pytest.mark.parametrize("kind", ["image/png", "application/x-www-form-urlencoded", "text/plain", "multipart/mixed"])
async def test_another_content_type_is_said_to_be_unsupported(auth: Auth, kind: str) -> None:
    answer = await send(auth, part(picture()) + END, kind=kind)
    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\\\..\\\\win.ini",
        "/etc/shadow",
        "a.php",
        "a.png.svg",
        "",
        "名" * 500,
        "%00.png",
        "a\tb.png",
        "con",
    ],
)
async def test_the_name_of_a_file_is_never_used(auth: Auth, name: str) -> None:
    disposition = f'form-data; name="avatar"; filename="{name}"'
    answer = await send(auth, part(picture(), disposition) + END)
    assert answer.status_code == 200
    (key,) = await stored(auth)
    assert answer.json()["data"]["avatar_url"] == f"{auth.settings.public_url}/media/public/{key}"


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("evil.sh", "rm -rf /")
    return file.getvalue()


@pytest.mark.parametrize(
    "hidden",
    [b"<script>alert(1)</script>", archive(), b"<?php system($_GET[0]); ?>", b"%PDF-1.7 evil", b"MZ\x90\x00 evil"],
    ids=["HTML", "ZIP", "PHP", "PDF", "EXE"],
)
async def test_what_hides_behind_a_picture_is_not_stored(auth: Auth, hidden: bytes) -> None:
    answer = await send(auth, part(picture() + hidden) + END)
    assert answer.status_code == 200
    (key,) = await stored(auth)
    data = await auth.objects.get(PUBLIC, key)
    assert hidden not in data
    with Image.open(io.BytesIO(data)) as kept:
        assert (kept.format, kept.info.get("exif"), kept.info.get("comment")) == ("JPEG", None, None)


@pytest.mark.parametrize("start", [b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7\n", b"\x00" * 8])
async def test_a_picture_that_hides_behind_something_else_is_none(auth: Auth, start: bytes) -> None:
    answer = await send(auth, part(start + picture()) + END)
    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_pictures_sent_at_once_leave_one(auth: Auth) -> None:
    bearer = await auth.bearer("alice")
    files: dict[str, Any] = {"avatar": ("a.png", picture(), "image/png")}
    answers = await asyncio.gather(
        *(auth.client.post("/api/users/avatar", headers=bearer, files=files) for _ in range(6))
    )
    assert {answer.status_code for answer in answers} == {200}
    (key,) = await stored(auth)
    profile = await auth.client.get("/api/users/profile", headers=bearer)
    assert profile.json()["data"]["user"]["avatar"].endswith(key)

"""Pictures made by AI stay labelled as avatars: in the file, and where people see it."""

import io
import json

import httpx
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from auth.testing import Auth
from common.labelling import Label, Source, encode, render
from common.objects import PUBLIC
from common.testing.ink import label_box
from common.testing.labels import TEST_PROVIDER, judge

LABEL = Label(TEST_PROVIDER, "img_a_0", Source.MODEL)
PICTURE = Image.linear_gradient("L").resize((768, 512)).convert("RGB")
MADE = render(PICTURE, LABEL)
WRAPPED = json.dumps({"AIGC": {"Label": "1", "ContentProducer": TEST_PROVIDER, "ProduceID": "img_a_0"}})


def saved(kind: str = "PNG", **given: object) -> bytes:
    file = io.BytesIO()
    PICTURE.save(file, kind, **given)
    return file.getvalue()


def with_text(text: str) -> bytes:
    info = PngInfo()
    info.add_text("AIGC", text)
    return saved(pnginfo=info)


async def upload(auth: Auth, data: bytes) -> httpx.Response:
    bearer = await auth.bearer("alice")
    return await auth.client.post("/api/users/avatar", headers=bearer, files={"avatar": ("me.png", data, "image/png")})


async def avatar(auth: Auth, data: bytes) -> bytes:
    """The stored file."""
    assert (await upload(auth, data)).status_code == 200
    (key,) = [found.key async for found in auth.objects.list(PUBLIC)]
    return await auth.objects.get(PUBLIC, key)


def left_part(data: bytes) -> bytes:
    """What has the middle of the lower edge at its right, where `label_box` looks."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (256, 256)
        picture.crop((0, 0, 168, 256)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [MADE.image, encode(PICTURE, "PNG", LABEL), encode(PICTURE, "JPEG", LABEL), with_text(WRAPPED)],
    ids=["as shown here", "an original", "a JPEG", "of another platform"],
)
async def test_a_generated_picture_bears_its_producers_label_in_the_file_and_a_visible_one(
    auth: Auth, data: bytes
) -> None:
    plain = await avatar(auth, saved())
    labelled = await avatar(auth, data)
    values = judge(labelled).values
    assert (values["ContentProducer"], values["ProduceID"]) == (TEST_PROVIDER, "img_a_0")
    _, top, _, bottom = label_box(left_part(plain), left_part(labelled))
    assert bottom - top >= 0.05 * 256


async def test_how_the_picture_was_made_is_kept_and_nothing_else(auth: Auth) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    with Image.open(io.BytesIO(encode(PICTURE, "JPEG", LABEL))) as made:
        data = saved("JPEG", xmp=made.info["xmp"], exif=exif, comment=b"a prompt")
    labelled = await avatar(auth, data)
    assert judge(labelled).source == Source.MODEL
    assert all(said not in labelled for said in (b"where I live", b"a prompt"))


async def test_another_picture_is_not_said_to_be_generated(auth: Auth) -> None:
    assert b"AIGC" not in await avatar(auth, saved())


async def test_a_label_that_cannot_be_read_is_refused_since_it_would_be_lost(auth: Auth) -> None:
    answer = await upload(auth, with_text('{"AIGC": {"Label": "1"}}'))
    said = "图片中的AI生成标识无法读取，请上传未经改动的原图"
    assert (answer.status_code, answer.json()["code"], answer.json()["error"]) == (422, "VALIDATION_ERROR", said)
    assert answer.json()["details"] == [{"field": "avatar", "message": said}]
    assert [found async for found in auth.objects.list(PUBLIC)] == []

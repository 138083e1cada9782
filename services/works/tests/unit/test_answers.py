"""The document's answers, field by field, made from a read model's document."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from common.objects import FolderStore
from works.api.answers import GalleryWork, OwnWork, gallery_work, own_work, work_detail

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
AUTHOR = {"_id": 1, "username": "alice", "avatar_key": None}
PARAMS = {"model": "m", "width": 512, "height": 768, "cfg_scale": 7.5, "steps": 25, "seed": 1, "sampler": "euler"}
OWN = (
    "id title description image_url thumbnail_url prompt negative_prompt params tags is_public views likes "
    "created_at updated_at"
)
GALLERY = (
    "id title image_url thumbnail_url prompt author category tags views likes comments_count featured is_new created_at"
)


@pytest.fixture
def objects(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path, "http://platform.test", b"signing")


def document(**more: Any) -> dict[str, Any]:
    return {
        "_id": 5,
        "owner_id": 1,
        "image_id": "img_a_0",
        "title": "山谷",
        "description": "",
        "image_key": "images/a.png",
        "thumbnail_key": "images/a-thumb.webp",
        "public_image_key": "works/x.png",
        "public_thumbnail_key": "works/x-thumb.webp",
        "prompt": "月光",
        "negative_prompt": "",
        "params": {**PARAMS, "clip_skip": 1, "engine": "sketch", "engine_version": "1"},
        "tags": [],
        "category": "",
        "is_public": True,
        "moderation_status": "approved",
        "featured": False,
        "views": 0,
        "likes": 0,
        "comments_count": 0,
        "rating": 0.0,
        "ratings_count": 0,
        "created_at": NOW,
        "updated_at": NOW,
        "published_at": NOW,
        **more,
    }


def test_every_field_of_the_document_is_there() -> None:
    assert set(OWN.split()) <= set(OwnWork.model_fields)
    assert set(GALLERY.split()) <= set(GalleryWork.model_fields)


@pytest.mark.parametrize(
    ("age", "is_new"),
    [
        (timedelta(0), True),
        (timedelta(days=7) - timedelta(milliseconds=1), True),
        (timedelta(days=7), False),
        (timedelta(days=7, milliseconds=1), False),
        (timedelta(days=400), False),
    ],
)
def test_a_work_is_new_for_seven_days(objects: FolderStore, age: timedelta, is_new: bool) -> None:
    published_since = document(published_at=NOW + age)  # publication makes an old work no younger
    assert gallery_work(published_since, AUTHOR, objects, NOW + age).is_new is is_new
    assert work_detail(published_since, AUTHOR, objects, NOW + age, liked=False).is_new is is_new


def test_a_public_work_shows_its_copy_and_a_private_one_a_signed_original(objects: FolderStore) -> None:
    public, private = own_work(document(), objects), own_work(document(is_public=False), objects)

    assert public.image_url == "http://platform.test/media/public/works/x.png"
    assert private.image_url.startswith("http://platform.test/media/originals/images/a.png?expires=")


def test_times_are_utc_with_a_z(objects: FolderStore) -> None:
    assert own_work(document(), objects).model_dump()["created_at"] == "2026-11-22T08:00:00.000Z"

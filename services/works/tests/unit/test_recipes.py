"""What a work says about how its picture was made."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from common.objects import FolderStore
from works.api.answers import work_detail
from works.events import CODEC, Recipe, WorkCreated
from works.projections.works import WORKS

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RECIPE = Recipe(
    prompt="雪山",
    negative_prompt="模糊",
    model="sd_xl_base_1.0.safetensors",
    width=1024,
    height=768,
    steps=30,
    cfg_scale=6.5,
    seed=2**53 - 5,
    sampler="dpmpp_2m_karras",
    clip_skip=2,
    engine="comfyui",
    engine_version="0.3.57",
    workflow_sha256="a" * 64,
)
CREATED = WorkCreated(
    work_id=8,
    owner_id=1,
    title="雪山",
    image_id="img_a_0",
    task_id="task_a",
    image_key="a.png",
    thumbnail_key="a.webp",
    sha256="c" * 64,
    recipe=RECIPE,
    created_at=NOW,
    pixels_sha256="b" * 64,
    remix_of=7,
)


class Log:
    """One event, as the fold gets it."""

    def __init__(self, event: WorkCreated) -> None:
        self.event = event


def shown(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    author = {"_id": 1, "username": "lin", "avatar_key": None}
    work = {**document, "_id": 8, **WORKS.tallied}
    objects = FolderStore(folder, "http://platform.test", b"secret")
    return work_detail(work, author, objects, NOW, liked=False).model_dump()


def test_the_detail_shows_the_whole_recipe_and_what_it_is_a_remix_of(tmp_path: Path) -> None:
    work = shown(WORKS.fold(None, Log(CREATED)) or {}, tmp_path)  # type: ignore[arg-type]

    hashes = {"workflow_sha256": "a" * 64, "pixels_sha256": "b" * 64, "file_sha256": "c" * 64}
    assert work["recipe"] == RECIPE.model_dump() | hashes
    assert work["remix_of"] == 7


def test_an_event_of_before_the_hashes_still_makes_a_work(tmp_path: Path) -> None:
    later = {"pixels_sha256", "remix_of"}
    old = {**CREATED.model_dump(exclude=later), "recipe": RECIPE.model_dump(exclude={"workflow_sha256"})}

    event = CODEC.decode("WorkCreated", 1, old)
    work = shown(WORKS.fold(None, Log(event)) or {}, tmp_path)  # type: ignore[arg-type]

    assert [work["recipe"][name] for name in ("workflow_sha256", "pixels_sha256", "file_sha256")] == [
        None,
        None,
        "c" * 64,
    ]
    assert work["remix_of"] is None


def test_a_document_that_an_older_build_wrote_is_shown_without_its_hashes(tmp_path: Path) -> None:
    document = WORKS.fold(None, Log(CREATED)) or {}  # type: ignore[arg-type]
    new = ("sha256", "pixels_sha256", "workflow_sha256", "remix_of")
    work = shown({name: value for name, value in document.items() if name not in new}, tmp_path)

    assert work["recipe"]["file_sha256"] is None
    assert work["recipe"]["seed"] == RECIPE.seed

"""Decisions about works."""

from datetime import UTC, datetime
from itertools import islice

import pytest

from common.testing.scenario import Scenario
from works.commands import CreateWork, DeleteWork, UpdateWork
from works.domain import changes
from works.domain import work as domain
from works.domain.work import (
    DuplicateTitle,
    NotTheOwner,
    PublicationMoved,
    PublicCopy,
    Work,
    WorkNotFound,
    evolve,
    titles,
)
from works.events import Recipe, WorkCreated, WorkDeleted, WorkPublished, WorkUnpublished, WorkUpdated

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
ALICE, BOB = 1, 2
RECIPE = Recipe(
    prompt="月光下的山谷",
    negative_prompt="",
    model="sketch",
    width=512,
    height=512,
    steps=25,
    cfg_scale=7.5,
    seed=7,
    sampler="euler",
    clip_skip=1,
    engine="sketch",
    engine_version="1",
)
CREATE = CreateWork(
    ALICE,
    "img_a",
    "task_a",
    "images/a.png",
    "images/a-thumb.webp",
    "0" * 64,
    RECIPE,
    NOW,
    labelled_key="images/a-labelled.png",
    preview_key="images/a-preview.webp",
)
CREATED = WorkCreated(
    work_id=5,
    owner_id=ALICE,
    title="山谷",
    image_id="img_a",
    task_id="task_a",
    image_key="images/a.png",
    thumbnail_key="images/a-thumb.webp",
    sha256="0" * 64,
    recipe=RECIPE,
    created_at=NOW,
    labelled_key="images/a-labelled.png",
    preview_key="images/a-preview.webp",
)
COPY = PublicCopy("works/x.png", "works/x-thumb.webp", "works/x-preview.webp")
PUBLISHED = WorkPublished(
    work_id=5,
    owner_id=ALICE,
    public_image_key="works/x.png",
    public_thumbnail_key="works/x-thumb.webp",
    public_preview_key="works/x-preview.webp",
    published_at=NOW,
)
UNPUBLISHED = WorkUnpublished(
    work_id=5,
    owner_id=ALICE,
    public_keys=["works/x.png", "works/x-thumb.webp", "works/x-preview.webp"],
    unpublished_at=NOW,
)
DELETED = WorkDeleted(work_id=5, owner_id=ALICE, public_keys=[], original_keys=[], deleted_at=NOW)

works = Scenario(Work(), evolve)


def change(user: int = ALICE, **wished: object) -> UpdateWork:
    return UpdateWork(work_id=5, user_id=user, now=NOW, **wished)  # type: ignore[arg-type]


def test_a_picture_becomes_a_work() -> None:
    works.given().when(lambda work: domain.create(work, 5, "山谷", CREATE)).then(CREATED)


def test_a_work_is_created_once() -> None:
    works.given(CREATED).when(lambda work: domain.create(work, 5, "山谷", CREATE)).then()


def test_the_owner_publishes() -> None:
    works.given(CREATED).when(lambda work: changes.update(work, change(is_public=True), COPY)).then(PUBLISHED)


def test_words_and_publication_change_together() -> None:
    updated = WorkUpdated(
        work_id=5, owner_id=ALICE, title="新", description="", tags=["夜"], category="", updated_at=NOW
    )
    command = change(title="新", tags=("夜",), is_public=True)

    works.given(CREATED).when(lambda work: changes.update(work, command, COPY)).then(updated, PUBLISHED)


def test_publishing_without_a_copy_is_a_conflict() -> None:
    works.given(CREATED).when(lambda work: changes.update(work, change(is_public=True), None)).raises(PublicationMoved)


def test_publishing_what_is_public_does_nothing() -> None:
    works.given(CREATED, PUBLISHED).when(lambda work: changes.update(work, change(is_public=True), COPY)).then()


def test_unpublishing_names_the_copies_to_remove() -> None:
    command = change(is_public=False)

    works.given(CREATED, PUBLISHED).when(lambda work: changes.update(work, command, None)).then(UNPUBLISHED)
    works.given(CREATED).when(lambda work: changes.update(work, command, None)).then()


def test_deleting_names_every_object() -> None:
    expected = WorkDeleted(
        work_id=5,
        owner_id=ALICE,
        public_keys=["works/x.png", "works/x-thumb.webp", "works/x-preview.webp"],
        original_keys=["images/a.png", "images/a-labelled.png", "images/a-thumb.webp", "images/a-preview.webp"],
        deleted_at=NOW,
    )

    works.given(CREATED, PUBLISHED).when(lambda work: domain.delete(work, DeleteWork(5, ALICE, NOW))).then(expected)


def test_only_the_owner_changes_and_deletes() -> None:
    public, private = works.given(CREATED, PUBLISHED), works.given(CREATED)

    public.when(lambda work: changes.update(work, change(BOB, title="x"), None)).raises(NotTheOwner)
    public.when(lambda work: domain.delete(work, DeleteWork(5, BOB, NOW))).raises(NotTheOwner)
    private.when(lambda work: changes.update(work, change(BOB, title="x"), None)).raises(WorkNotFound)
    private.when(lambda work: domain.delete(work, DeleteWork(5, BOB, NOW))).raises(WorkNotFound)


def test_a_deleted_work_is_not_found_even_by_its_owner() -> None:
    gone = works.given(CREATED, PUBLISHED, DELETED)

    gone.when(lambda work: domain.delete(work, DeleteWork(5, ALICE, NOW))).raises(WorkNotFound)
    gone.when(lambda work: changes.update(work, change(is_public=True), COPY)).raises(WorkNotFound)
    works.given().when(lambda work: changes.update(work, change(), None)).raises(WorkNotFound)


def test_an_empty_value_clears_and_none_keeps() -> None:
    full = WorkUpdated(
        work_id=5, owner_id=ALICE, title="山谷", description="描述", tags=["夜"], category="a", updated_at=NOW
    )
    cleared = full.model_copy(update={"description": "", "tags": []})
    command = change(description="", tags=())

    works.given(CREATED, full).when(lambda work: changes.update(work, command, None)).then(cleared)
    works.given(CREATED, full).when(lambda work: changes.update(work, change(), None)).then()


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("赛博  朋克\n城市", ["赛博 朋克 城市", "赛博 朋克 城市 (2)", "赛博 朋克 城市 (3)"]),
        ("长" * 50, ["长" * 40, "长" * 40 + " (2)", "长" * 40 + " (3)"]),
        ("  ", ["未命名作品", "未命名作品 (2)", "未命名作品 (3)"]),
    ],
)
def test_titles_are_the_start_of_the_prompt_and_numbered(prompt: str, expected: list[str]) -> None:
    assert list(islice(titles(RECIPE.model_copy(update={"prompt": prompt})), 3)) == expected


def test_a_duplicate_title_has_the_documents_code() -> None:
    assert (DuplicateTitle().status, DuplicateTitle().code) == (409, "DUPLICATE_TITLE")

"""Decisions about publication: the rules, administrators, appeals."""

from datetime import UTC, datetime

import pytest

from common.errors import AppError
from common.events import Event
from common.testing.scenario import Scenario
from works.commands import AppealRefusal, Decision, FeatureWork, ModerateWork, UpdateWork
from works.domain import changes, moderation
from works.domain.moderation import NothingToAppeal, NothingToDecide, NotPublic, violation
from works.domain.work import NotTheOwner, PublicationMoved, PublicCopy, Status, Work, WorkNotFound, evolve
from works.events import (
    PublicationHeld,
    PublicationRefused,
    PublicationWithdrawn,
    Recipe,
    Struck,
    WorkCreated,
    WorkDeleted,
    WorkFeatured,
    WorkPublished,
    WorkUnpublished,
    WorkUpdated,
)

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
ALICE, BOB, ADMIN = 1, 2, 9
KEYS = ["works/x.png", "works/x-thumb.webp", "works/x-preview.webp"]
COPY = PublicCopy(*KEYS)
RECIPE = Recipe(
    prompt="月光下的山谷",
    negative_prompt="nsfw, nude, gore",
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
)
GAMBLING = Struck(field="title", rule="gambling.scene", label="赌场场景", words=("赌场",))
PORN = Struck(field="title", rule="sexual.explicit", label="色情淫秽", words=("p.o.r.n",))
IDS = {"work_id": 5, "owner_id": ALICE}
UNPUBLISHED = WorkUnpublished(**IDS, public_keys=KEYS, unpublished_at=NOW)
HELD = PublicationHeld(**IDS, struck=[GAMBLING], held_at=NOW)
REFUSED = PublicationRefused(**IDS, struck=[PORN], refused_at=NOW)
REJECTED = PublicationRefused(**IDS, struck=[], refused_by=ADMIN, reason="不合适", refused_at=NOW)

works = Scenario(Work(), evolve)


def published(**more: object) -> WorkPublished:
    keys = {"public_image_key": KEYS[0], "public_thumbnail_key": KEYS[1], "public_preview_key": KEYS[2]}
    return WorkPublished.model_validate({**IDS, **keys, "published_at": NOW, **more})


def titled(title: str) -> WorkUpdated:
    return WorkUpdated(**IDS, title=title, description="", tags=[], category="", updated_at=NOW)


def update(work: Work, user: int = ALICE, copy: PublicCopy | None = COPY, **wished: object) -> list[Event]:
    return changes.update(work, UpdateWork(work_id=5, user_id=user, now=NOW, **wished), copy)  # type: ignore[arg-type]


def decide(work: Work, decision: Decision, reason: str = "不合适", copy: PublicCopy | None = COPY) -> list[Event]:
    return moderation.moderate(work, ModerateWork(5, ADMIN, decision, reason, NOW), copy)


def appeal(work: Work, user: int = ALICE) -> list[Event]:
    return moderation.appeal(work, AppealRefusal(5, user, "是电影场景", NOW))


def feature(work: Work, featured: bool = True) -> list[Event]:
    return moderation.feature(work, FeatureWork(5, ADMIN, featured, NOW))


def test_the_rules_approve_what_they_find_nothing_in() -> None:
    works.given(CREATED).when(lambda w: update(w, is_public=True)).then(published())


def test_the_negative_prompt_may_name_what_is_not_wanted() -> None:
    assert works.given(CREATED).state.prompt == "月光下的山谷"
    works.given(CREATED).when(lambda w: update(w, is_public=True)).then(published())


def test_a_refused_publication_keeps_the_words_and_says_what_was_struck() -> None:
    asked = works.given(CREATED)

    asked.when(lambda w: update(w, is_public=True, title="p.o.r.n")).then(REFUSED)
    after = works.given(CREATED, REFUSED).state
    assert (after.words.title, after.moderation.status, after.is_public) == ("山谷", Status.REJECTED, False)
    assert violation(after.moderation).details[0]["words"] == "p.o.r.n"


def test_the_same_refused_request_again_is_no_further_event() -> None:
    works.given(CREATED, REFUSED).when(lambda w: update(w, is_public=True, title="p.o.r.n")).then()


def test_better_words_are_published_after_a_refusal_by_the_rules() -> None:
    works.given(CREATED, REFUSED).when(lambda w: update(w, is_public=True)).then(published())


def test_what_a_person_must_judge_waits() -> None:
    works.given(CREATED).when(lambda w: update(w, is_public=True, title="赌场", copy=None)).then(titled("赌场"), HELD)


def test_a_private_work_may_say_anything() -> None:
    works.given(CREATED).when(lambda w: update(w, title="p.o.r.n")).then(titled("p.o.r.n"))


@pytest.mark.parametrize(("title", "decided"), [("赌场", HELD), ("p.o.r.n", REFUSED)])
def test_new_words_of_a_public_work_are_reviewed(title: str, decided: Event) -> None:
    public = works.given(CREATED, published())

    for wished in ({}, {"is_public": True}):
        public.when(lambda w, wished=wished: update(w, title=title, **wished)).then(titled(title), UNPUBLISHED, decided)
    public.when(lambda w: update(w, title="夜")).then(titled("夜"))
    public.when(lambda w: update(w, title=title, is_public=False)).then(titled(title), UNPUBLISHED)


def test_a_waiting_work_goes_on_waiting_or_is_refused() -> None:
    waiting = works.given(CREATED, titled("赌场"), HELD)

    waiting.when(lambda w: update(w, title="赌场")).then()
    waiting.when(lambda w: update(w, description="晴")).then(titled("赌场").model_copy(update={"description": "晴"}))
    waiting.when(lambda w: update(w, title="晴")).then(titled("晴"))
    waiting.when(lambda w: update(w, title="p.o.r.n")).then(titled("p.o.r.n"), REFUSED)
    waiting.when(lambda w: update(w, is_public=True)).then()
    waiting.when(lambda w: update(w, is_public=False)).then(PublicationWithdrawn(**IDS, withdrawn_at=NOW))


def struck(tags: tuple[str, ...] = (), **wished: object) -> list[tuple[str, str]]:
    (refusal,) = update(works.given(CREATED).state, is_public=True, tags=tags, **wished)
    assert isinstance(refusal, PublicationRefused)
    return [(one.field, one.rule) for one in refusal.struck]


@pytest.mark.parametrize(
    ("tags", "rule"),
    [
        (("风景", "色", "情"), "sexual.explicit"),
        (("p", "o", "r", "n"), "sexual.explicit"),
        (("kill", "yourself"), "self_harm.encouragement"),
        (("十岁女孩", "裸体"), "minors.nudity"),
    ],
)
def test_a_word_spread_over_tags_is_refused(tags: tuple[str, ...], rule: str) -> None:
    assert ("tags", rule) in struck(tags=tags)


def test_what_title_and_description_say_together_is_refused() -> None:
    assert struck(title="色", description="情") == [("texts", "sexual.explicit")]
    assert struck(title="六", description="合", tags=("彩",)) == [("texts", "gambling.promotion")]
    assert ("texts", "minors.nudity") in struck(title="幼儿园", description="全裸")


def test_what_a_text_says_alone_is_not_said_again() -> None:
    assert struck(title="色情", tags=("色", "情")) == [("title", "sexual.explicit")]


@pytest.mark.parametrize(
    ("title", "description", "tags"),
    [
        ("红色", "情侣在海边", ()),
        ("秋天的景色", "情景交融", ("红色", "情侣", "毛", "片段")),
        ("pen", "is it art?", ("hor", "nyc", "ass", "essment")),
        ("大", "麻花", ("海", "洛阳", "因")),
        ("孩子的画", "", ("裸色", "婴儿车", "10岁")),
    ],
)
def test_texts_that_only_meet_are_published(title: str, description: str, tags: tuple[str, ...]) -> None:
    events = update(works.given(CREATED).state, is_public=True, title=title, description=description, tags=tags)

    assert isinstance(events[-1], WorkPublished)


def test_an_administrator_approves_once() -> None:
    waiting = works.given(CREATED, titled("赌场"), HELD)
    approved = published(approved_by=ADMIN, reason="艺术")

    waiting.when(lambda w: decide(w, Decision.APPROVE, "艺术")).then(approved)
    works.given(CREATED, HELD, approved).when(lambda w: decide(w, Decision.APPROVE)).then()
    waiting.when(lambda w: decide(w, Decision.APPROVE, copy=None)).raises(PublicationMoved)


def test_an_approval_holds_for_the_words_it_saw() -> None:
    approved = published(approved_by=ADMIN)
    private = works.given(CREATED, titled("赌场"), HELD, approved, UNPUBLISHED)

    private.when(lambda w: update(w, is_public=True)).then(published())
    private.when(lambda w: update(w, is_public=True, title="赌场二")).then(titled("赌场二"), HELD)


def test_an_administrator_rejects_and_takes_down() -> None:
    waiting, public = works.given(CREATED, HELD), works.given(CREATED, published())

    waiting.when(lambda w: decide(w, Decision.REJECT)).then(REJECTED.model_copy(update={"struck": [GAMBLING]}))
    public.when(lambda w: decide(w, Decision.REJECT)).then(UNPUBLISHED, REJECTED)
    works.given(CREATED, REJECTED).when(lambda w: decide(w, Decision.REJECT)).then()


def test_what_an_administrator_rejected_is_never_approved_by_the_rules() -> None:
    rejected = works.given(CREATED, HELD, REJECTED)
    waiting = PublicationHeld(**IDS, struck=[], held_at=NOW)

    rejected.when(lambda w: update(w, is_public=True)).then()
    assert "不合适" in violation(rejected.state.moderation).message
    rejected.when(lambda w: update(w, is_public=True, title="夜")).then(titled("夜"), waiting)


def test_a_rejection_outlives_an_appeal_that_was_withdrawn() -> None:
    withdrawn = PublicationWithdrawn(**IDS, withdrawn_at=NOW)
    back = works.given(CREATED, REJECTED, PublicationHeld(**IDS, struck=[], appeal="x", held_at=NOW), withdrawn)

    (again,) = update(back.state, is_public=True)

    assert isinstance(again, PublicationRefused)


def test_only_what_was_asked_for_can_be_decided() -> None:
    works.given(CREATED).when(lambda w: decide(w, Decision.APPROVE)).raises(NothingToDecide)
    works.given(CREATED, published(), UNPUBLISHED).when(lambda w: decide(w, Decision.REJECT)).raises(NothingToDecide)
    works.given().when(lambda w: decide(w, Decision.APPROVE)).raises(WorkNotFound)


def test_no_copies_are_made_of_a_work_that_was_deleted_while_it_waited() -> None:
    approval = ModerateWork(5, ADMIN, Decision.APPROVE, "", NOW)
    deleted = works.given(CREATED, HELD, WorkDeleted(**IDS, public_keys=[], original_keys=[], deleted_at=NOW))

    assert moderation.approves(works.given(CREATED, HELD).state, approval)
    assert not moderation.approves(deleted.state, approval)
    deleted.when(lambda w: decide(w, Decision.APPROVE)).raises(WorkNotFound)


def test_the_owner_appeals_once_against_each_refusal() -> None:
    appealed = PublicationHeld(**IDS, struck=[PORN], appeal="是电影场景", held_at=NOW)
    refused = works.given(CREATED, REFUSED)

    refused.when(appeal).then(appealed)
    works.given(CREATED, REFUSED, appealed).when(appeal).raises(NothingToAppeal)
    works.given(CREATED, REFUSED, appealed, REJECTED).when(appeal).then(appealed.model_copy(update={"struck": []}))


@pytest.mark.parametrize(
    ("history", "user", "refusal"),
    [
        ([], BOB, WorkNotFound),
        ([REFUSED], BOB, WorkNotFound),
        ([published()], BOB, NotTheOwner),
        ([], ALICE, NothingToAppeal),
        ([published()], ALICE, NothingToAppeal),
        ([HELD], ALICE, NothingToAppeal),
    ],
)
def test_appeals_without_reason_are_refused(history: list[Event], user: int, refusal: type[AppError]) -> None:
    works.given(CREATED, *history).when(lambda w: appeal(w, user)).raises(refusal)


def test_a_public_work_is_put_forward_until_it_is_private() -> None:
    featured = WorkFeatured(**IDS, featured=True, featured_by=ADMIN, featured_at=NOW)
    public = works.given(CREATED, published())

    public.when(feature).then(featured)
    works.given(CREATED, published(), featured).when(feature).then()
    public.when(lambda w: feature(w, featured=False)).then()
    works.given(CREATED).when(feature).raises(NotPublic)
    works.given().when(feature).raises(WorkNotFound)
    assert not works.given(CREATED, published(), featured, UNPUBLISHED).state.featured

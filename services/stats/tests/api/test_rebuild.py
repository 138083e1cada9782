"""Read models emptied and heard again, and messages in any order."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from common.consumers import Consumer
from common.contracts.auth import UserFollowed, UserUnfollowed
from common.contracts.works import WorkCreated, WorkDeleted, WorkLiked, WorkUnliked, WorkViewed
from common.event_store import EventStore
from common.events import Codec
from common.messages import Envelope, Message
from common.mongo import Database, connect
from common.testing.eventually import eventually
from common.testing.rebuilding import content_hash
from stats import projections
from stats.domain import Calendar
from stats.messaging import hears
from stats.projections import Figures
from stats.rebuild import rebuild
from stats.settings import Settings
from stats.testing import Stage

MODELS = list(projections.READ_MODELS)
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
USERS = (1, 2, 3)


def life_of_work(work_id: int, *, deleted: bool, views: int) -> dict[str, list[Message]]:
    """The streams of one work of user 1: its own, and its viewers'."""
    born = NOW - timedelta(days=9 * work_id)
    work: list[Message] = [WorkCreated(work_id=work_id, owner_id=1, image_id="img_1", created_at=born)]
    if deleted:
        work.append(WorkDeleted(work_id=work_id, owner_id=1))
    looks = [WorkViewed(work_id=work_id, owner_id=1, viewed_at=NOW - timedelta(days=3 * n)) for n in range(views)]
    return {f"work-{work_id}": work, f"view-{work_id}-x": [*looks]}


def turns(yes: Message, no: Message, times: int) -> list[Message]:
    """A pair that changes its mind."""
    return list(islice(cycle([yes, no]), times))


def history(plan: list[tuple[bool, int, int, int]]) -> list[Envelope]:
    """What the publishers tell, in order; each entry is (deleted, views, turns of a like, turns of a follow)."""
    streams: dict[str, list[Message]] = {}
    for work_id, (deleted, views, likes, follows) in enumerate(plan, start=1):
        fan = USERS[1 + work_id % 2]
        like, follow = {"work_id": work_id, "owner_id": 1, "user_id": fan}, {"follower_id": fan, "followee_id": 1}
        streams |= life_of_work(work_id, deleted=deleted, views=views)
        streams[f"like-{work_id}-{fan}"] = turns(WorkLiked(**like), WorkUnliked(**like), likes)
        streams[f"follow-{fan}-1"] = turns(UserFollowed(**follow), UserUnfollowed(**follow), follows)
    return [enveloped(s, n, m) for s, messages in streams.items() for n, m in enumerate(messages, start=1)]


def enveloped(stream: str, number: int, message: Message) -> Envelope:
    return Envelope(
        id=f"{stream}/{number}",
        key=message.routing_key(),
        stream=stream,
        number=number,
        at=NOW,
        correlation_id="test",
        data=message.model_dump(mode="json"),
    )


@pytest.fixture
async def db(settings: Settings) -> AsyncIterator[Database]:
    database = connect(settings.mongodb_url.get_secret_value(), settings.database)
    await projections.prepare(database)
    yield database
    await database.client.close()


PLANS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 3), st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=4
)


async def heard(db: Database, envelopes: list[Envelope], size: int = 200) -> tuple[str, list[Figures]]:
    """The read models and figures after these messages, in batches; the inbox keeps no repetition out."""
    await projections.empty(db)
    consumer = Consumer("stats", db, hears(db))
    for start in range(0, len(envelopes), size):
        await db.inbox.delete_many({})
        await consumer.handle(envelopes[start : start + size])
    assert await consumer.dead_letters() == []
    figures = [await projections.figures(db, user, CALENDAR, NOW) for user in USERS]
    return await content_hash(db, MODELS), figures


@examples(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=PLANS, data=st.data())
async def test_neither_order_nor_repetition_changes_anything(
    db: Database, plan: list[tuple[bool, int, int, int]], data: st.DataObject
) -> None:
    told = history(plan)
    again = data.draw(st.lists(st.sampled_from(told), max_size=len(told)))
    mixed = data.draw(st.permutations([*told, *again]))
    size = data.draw(st.integers(1, 6))
    assert await heard(db, mixed, size) == await heard(db, told)


async def test_figures_are_what_a_plain_count_says(db: Database) -> None:
    _, (owner, _, fan) = await heard(db, history([(False, 3, 1, 1), (True, 3, 1, 2), (False, 1, 2, 3)]))
    assert owner == Figures(
        total_works=2,
        total_views=4,
        total_likes=1,
        monthly_works=1,
        weekly_views=2,
        followers_count=1,
        following_count=0,
    )
    assert fan.following_count == 1


async def test_emptied_read_models_come_back_the_same_while_messages_arrive(stage: Stage) -> None:
    plan = [(False, 3, 3, 1), (True, 2, 1, 2), (False, 1, 2, 3)]
    for envelope in history(plan):
        publisher = stage.auth if envelope.key.startswith("auth.") else stage.works
        contract = next(hear.contract for hear in hears(stage.db) if hear.contract.routing_key() == envelope.key)
        await stage.hear(publisher, envelope.stream, envelope.open(contract))
    before, figures = await content_hash(stage.db, MODELS), await stage.figures(1)

    like = WorkLiked(work_id=3, owner_id=1, user_id=9)
    await asyncio.gather(
        rebuild(EventStore(stage.db, Codec())),
        stage.hear(stage.works, "like-3-9", like, WorkUnliked(**like.model_dump()), like),
    )
    await eventually(lambda: stage.figures(1), lambda f: f == {**figures, "total_likes": figures["total_likes"] + 1})

    await stage.db.likes.delete_one({"_id": "like-3-9"})
    assert await content_hash(stage.db, MODELS) == before

"""Ten thousand waiting tasks and a long history: the queue is asked by index, and costs as much as users wait."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from generation.bootstrap import open_store
from generation.projections import queue

USERS = 200
HEAVY, HEAVY_TASKS = 1, 500
WAITING, HISTORY = 10_000, 20_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def task(number: int, user_id: int, status: str, started: datetime | None = None) -> dict:
    return {
        "_id": f"task_{number}",
        "user_id": user_id,
        "status": status,
        "attempt": 0,
        "requested_at": NOW + timedelta(seconds=number),
        "started_at": started,
        "correlation_id": "c",
        "order": {"prompt": "猫" * 200, "batch_size": 1},
    }


@pytest.fixture
async def db(settings):
    store = open_store(settings)
    await store.prepare()
    others = [2 + n % (USERS - 1) for n in range(max(WAITING, HISTORY))]
    waiting = [task(n, HEAVY if n < HEAVY_TASKS else others[n], "pending") for n in range(WAITING)]
    history = [task(WAITING + n, others[n], "completed", NOW - timedelta(seconds=HISTORY - n)) for n in range(HISTORY)]
    await store.db.tasks.insert_many(waiting + history)
    yield store.db
    await store.db.client.close()


async def explained(db, pipeline) -> tuple[str, int, int]:
    """The plan as text, and how many index keys and documents it looked at."""
    command = {"aggregate": "tasks", "pipeline": pipeline, "cursor": {}}
    answer = await db.command("explain", command, verbosity="executionStats")
    first = answer.get("stages", [answer])[0]
    part = first.get("$cursor", first)
    stats = part["executionStats"]
    return str(part["queryPlanner"]["winningPlan"]), stats["totalKeysExamined"], stats["totalDocsExamined"]


async def test_the_chooser_looks_at_one_task_of_each_user(db, capsys):
    plan, keys, documents = await explained(db, queue.HEADS)
    assert "DISTINCT_SCAN" in plan
    assert keys <= USERS + 1
    assert documents <= USERS
    plan, keys, documents = await explained(db, queue.last_served(list(range(1, USERS + 1))))
    assert "DISTINCT_SCAN" in plan
    assert keys <= 2 * USERS
    assert documents == 0

    begun = time.perf_counter()
    line = await queue.line(db)
    with capsys.disabled():
        ms = 1000 * (time.perf_counter() - begun)
        print(f"\nthe next task of {USERS} users, {WAITING} waiting, {HISTORY} done: {ms:.1f} ms")  # noqa: T201
    assert len(line) == USERS
    assert line[0].user_id == HEAVY  # never served


async def test_places_are_counted_in_the_index_once_a_second_however_many_ask(db, monkeypatch):
    plan, _, documents = await explained(db, queue.COUNTS)
    assert "COLLSCAN" not in plan
    assert documents == 0
    looks = []
    line = queue.line

    async def counted(db):
        looks.append(1)
        return await line(db)

    monkeypatch.setattr(queue, "line", counted)
    places, last = queue.Places(db), await db.tasks.find_one({"_id": f"task_{HEAVY_TASKS - 1}"})
    found = [await places.of(last) for _ in range(5)]

    assert found[0] > HEAVY_TASKS
    assert len(set(found)) == 1
    assert len(looks) <= 2


async def test_nobodys_tasks_are_found_by_their_leases_and_everybody_elses_left_alone(db):
    states = {"kept": 60, "run_out": -1, "without": None}
    for name, left in states.items():
        document = task(0, 5, "processing", NOW) | {"_id": f"task_{name}"}
        await db.tasks.insert_one(document)
        if left is not None:
            until = datetime.now(UTC) + timedelta(seconds=left)
            await db.leases.insert_one({"_id": queue.lease_name(f"task_{name}"), "owner": "w 1", "until": until})

    assert {waiting.task_id for waiting in await queue.abandoned(db)} == {"task_run_out", "task_without"}
    shown = {task["_id"]: task.get("owner") for task in await queue.running(db)}
    assert shown == {"task_kept": "w 1", "task_run_out": "w 1", "task_without": None}

"""What a watcher of a task is told, and what after a lost connection."""

from datetime import UTC, datetime
from typing import Any

from generation.api.answers import TaskPicture, TaskStatus
from generation.api.progress import Seen, news

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def picture(number: int) -> TaskPicture:
    return TaskPicture(id=f"img_a_{number}", url="http://x/i", thumbnail="http://x/t", seed=number, created_at=NOW)


def status(state: str, progress: int, *numbers: int, **fields: Any) -> TaskStatus:
    given = {"task_id": "task_a", "error": None, "error_code": None, "cost": 15, "created_at": NOW, **fields}
    return TaskStatus(status=state, progress=progress, images=[picture(n) for n in numbers], **given)


def names(seen: Seen, now: TaskStatus) -> list[str]:
    return [event.name for event in news(seen, now)[0]]


def test_a_new_watcher_hears_where_the_task_stands() -> None:
    told, seen = news(Seen(), status("pending", 0, queue_position=3))
    assert [(e.name, e.data) for e in told] == [("status", {"status": "pending", "queue_position": 3, "progress": 0})]
    assert names(seen, status("pending", 0, queue_position=3)) == []
    assert names(seen, status("pending", 0, queue_position=2)) == ["status"]


def test_progress_is_told_as_it_rises_and_never_falls() -> None:
    _, seen = news(Seen(), status("processing", 10))
    assert names(seen, status("processing", 40)) == ["progress"]
    assert names(seen, status("processing", 5)) == []


def test_each_picture_is_told_once_as_it_arrives() -> None:
    _, seen = news(Seen(), status("processing", 10))
    told, seen = news(seen, status("processing", 50, 1))
    assert [e.name for e in told] == ["image", "progress"]
    assert [e.data.id for e in news(seen, status("processing", 50, 0, 1))[0]] == ["img_a_0"]


def test_the_end_comes_last_with_the_whole_task() -> None:
    _, seen = news(Seen(), status("processing", 90, 0))
    told, _ = news(seen, status("completed", 100, 0, 1))
    assert [e.name for e in told] == ["image", "status", "end"]
    assert told[-1].data.progress == 100
    assert told[-1].encoded().startswith(b"event: end\nid: 100/0,1\ndata: {")
    assert told[-1].encoded().endswith(b"}\n\n")


def test_a_watcher_that_comes_back_hears_only_what_it_missed() -> None:
    _, seen = news(Seen(), status("processing", 60, 0, 2))
    back = Seen.from_id(seen.id)
    told, _ = news(back, status("processing", 70, 0, 1, 2))
    assert [(e.name, getattr(e.data, "id", None)) for e in told] == [("image", "img_a_1"), ("status", None)]
    assert told[-1].data["progress"] == 70


def test_an_id_that_is_none_of_ours_starts_from_the_beginning() -> None:
    for odd in ("", "x", "1/x", "/", "9" * 5000, "9" * 30 + "/", "-2/", "1/2/3", "1/,", "\u0663/", "1/" + "9" * 5000):
        assert Seen.from_id(odd) == Seen()


def test_an_id_beyond_the_end_is_the_end() -> None:
    assert Seen.from_id("999/0").percent == 100
    assert Seen.from_id(Seen().id) == Seen()

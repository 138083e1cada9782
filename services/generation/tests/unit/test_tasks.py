"""A task's decisions."""

from datetime import UTC, datetime, timedelta

from common.errors import Conflict
from common.testing.scenario import Scenario
from generation.commands import (
    CancelGeneration,
    CompleteGeneration,
    FailGeneration,
    RecordImage,
    ReleaseGeneration,
    RequestGeneration,
    RequeueGeneration,
    StartGeneration,
)
from generation.domain import tasks
from generation.domain.tasks import TakenByAnother, Task, TaskFinished, TaskNotFound
from generation.events import (
    GenerationCompleted,
    GenerationFailed,
    GenerationReleased,
    GenerationRequested,
    GenerationRequeued,
    GenerationStarted,
    ImageGenerated,
    Order,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ORDER = Order(
    prompt="猫",
    negative_prompt="",
    model="flat",
    width=512,
    height=512,
    batch_size=2,
    cfg_scale=7.5,
    steps=25,
    seed=10,
    sampler="euler",
    clip_skip=2,
)
REQUESTED = GenerationRequested(
    task_id="task_a", user_id=1, order=ORDER, cost=5, estimated_seconds=3, token="t", requested_at=NOW
)
COMPLETED = GenerationCompleted(task_id="task_a", user_id=1, image_ids=[], seconds=4.0, completed_at=NOW)
CANCEL = CancelGeneration("task_a", 1, NOW)
REQUEUE = RequeueGeneration("task_a", NOW)
REQUEUED = GenerationRequeued(task_id="task_a", user_id=1, attempt=1, requeued_at=NOW)

task = Scenario(Task(), tasks.evolve)


def started(attempt: int) -> GenerationStarted:
    return GenerationStarted(task_id="task_a", user_id=1, attempt=attempt, started_at=NOW)


def released(attempt: int) -> GenerationReleased:
    return GenerationReleased(task_id="task_a", user_id=1, attempt=attempt, released_at=NOW)


def failed(code: str, reason: str) -> GenerationFailed:
    return GenerationFailed(task_id="task_a", user_id=1, code=code, reason=reason, failed_at=NOW)


def image(index: int) -> ImageGenerated:
    return ImageGenerated(
        image_id=f"img_a_{index}",
        task_id="task_a",
        user_id=1,
        index=index,
        seed=10 + index,
        order=ORDER,
        engine="flat",
        engine_version="1",
        image_key=f"{index}.png",
        thumbnail_key=f"{index}.webp",
        sha256="0" * 64,
        generated_at=NOW,
        labelled_key=f"{index}-labelled.png",
        preview_key=f"{index}-preview.webp",
    )


def start(attempt: int) -> StartGeneration:
    return StartGeneration("task_a", attempt, NOW)


def release(attempt: int) -> ReleaseGeneration:
    return ReleaseGeneration("task_a", attempt, NOW)


def record(index: int, attempt: int = 1) -> RecordImage:
    keys = (f"{index}.png", f"{index}.webp")
    shown = (f"{index}-labelled.png", f"{index}-preview.webp")
    return RecordImage("task_a", attempt, index, "flat", "1", *keys, "0" * 64, NOW, *shown)


def complete(attempt: int = 1) -> CompleteGeneration:
    return CompleteGeneration("task_a", attempt, NOW + timedelta(seconds=4))


def test_a_task_is_requested_once() -> None:
    command = RequestGeneration("task_a", 1, ORDER, 5, 3, "t", NOW)
    task.given().when(lambda t: tasks.request(t, command)).then(REQUESTED)
    task.given(REQUESTED).when(lambda t: tasks.request(t, command)).then()


def test_only_the_next_attempt_can_start() -> None:
    task.given(REQUESTED).when(lambda t: tasks.start(t, start(1))).then(started(1))
    task.given(REQUESTED, started(1)).when(lambda t: tasks.start(t, start(1))).raises(TakenByAnother)
    task.given(REQUESTED, started(1)).when(lambda t: tasks.start(t, start(2))).then(started(2))


def test_what_does_not_exist_or_has_ended_cannot_start() -> None:
    task.given().when(lambda t: tasks.start(t, start(1))).raises(TaskNotFound)
    task.given(REQUESTED, COMPLETED).when(lambda t: tasks.start(t, start(1))).raises(TaskFinished)


def test_a_fourth_attempt_without_a_picture_gives_up() -> None:
    tried = task.given(REQUESTED, started(1), started(2), started(3))
    reason = "图片生成失败，预留的积分已退还，请稍后重试"
    tried.when(lambda t: tasks.start(t, start(4))).then(failed("GENERATION_FAILED", reason))


def test_what_no_attempt_can_finish_is_given_up_with_its_reason_by_the_attempt_that_found_out() -> None:
    fail = FailGeneration("task_a", 1, "所选模型当前不可用", NOW)

    running = task.given(REQUESTED, started(1))
    running.when(lambda state: tasks.fail(state, fail)).then(failed("GENERATION_FAILED", "所选模型当前不可用"))
    task.given(REQUESTED, started(2)).when(lambda state: tasks.fail(state, fail)).raises(TakenByAnother)
    task.given(REQUESTED, COMPLETED).when(lambda state: tasks.fail(state, fail)).raises(TaskFinished)


def test_a_picture_gives_the_task_new_tries() -> None:
    tried = task.given(REQUESTED, started(1), started(2), image(0), started(3), started(4))
    tried.when(lambda t: tasks.start(t, start(5))).then(started(5))


def test_each_picture_counts_once_with_its_own_seed() -> None:
    painting = task.given(REQUESTED, started(1))
    painting.when(lambda t: tasks.record_image(t, record(1))).then(image(1))
    task.given(REQUESTED, started(1), image(1)).when(lambda t: tasks.record_image(t, record(1))).then()
    painting.when(lambda t: tasks.record_image(t, record(2))).then()


def test_an_overtaken_attempt_is_refused() -> None:
    overtaken = task.given(REQUESTED, started(1), image(0), image(1), started(2))
    overtaken.when(lambda t: tasks.record_image(t, record(1))).raises(TakenByAnother)
    overtaken.when(lambda t: tasks.complete(t, complete())).raises(TakenByAnother)


def test_a_task_completes_with_all_of_its_pictures_only() -> None:
    task.given(REQUESTED, started(1), image(1)).when(lambda t: tasks.complete(t, complete())).raises(Conflict)
    done = task.given(REQUESTED, started(1), image(1), image(0))
    done.when(lambda t: tasks.complete(t, complete())).then(
        GenerationCompleted(
            task_id="task_a",
            user_id=1,
            image_ids=["img_a_0", "img_a_1"],
            seconds=4.0,
            completed_at=NOW + timedelta(seconds=4),
        )
    )


def test_the_owner_cancels_what_has_not_completed() -> None:
    cancelled = failed("CANCELLED", "任务已取消")
    task.given(REQUESTED).when(lambda t: tasks.cancel(t, CANCEL)).then(cancelled)
    task.given(REQUESTED, started(1)).when(lambda t: tasks.cancel(t, CANCEL)).then(cancelled)
    task.given(REQUESTED, cancelled).when(lambda t: tasks.cancel(t, CANCEL)).then()
    task.given(REQUESTED, started(1), COMPLETED).when(lambda t: tasks.cancel(t, CANCEL)).raises(TaskFinished)


def test_an_operator_cancels_anybodys_task() -> None:
    by_operator = CancelGeneration("task_a", None, NOW)
    cancelled = failed("CANCELLED", "任务已由管理员取消")
    task.given(REQUESTED).when(lambda t: tasks.cancel(t, by_operator)).then(cancelled)
    task.given().when(lambda t: tasks.cancel(t, by_operator)).raises(TaskNotFound)
    task.given(REQUESTED, started(1), COMPLETED).when(lambda t: tasks.cancel(t, by_operator)).raises(TaskFinished)


def test_an_operator_puts_a_running_task_back_and_a_waiting_one_stays() -> None:
    task.given(REQUESTED, started(1)).when(lambda t: tasks.requeue(t, REQUEUE)).then(REQUEUED)
    task.given(REQUESTED).when(lambda t: tasks.requeue(t, REQUEUE)).then()
    task.given(REQUESTED, started(1), REQUEUED).when(lambda t: tasks.requeue(t, REQUEUE)).then()
    task.given().when(lambda t: tasks.requeue(t, REQUEUE)).raises(TaskNotFound)
    task.given(REQUESTED, started(1), COMPLETED).when(lambda t: tasks.requeue(t, REQUEUE)).raises(TaskFinished)


def test_nothing_of_the_attempt_before_a_requeue_counts_any_more() -> None:
    requeued = task.given(REQUESTED, started(1), image(0), image(1), REQUEUED)
    requeued.when(lambda t: tasks.record_image(t, record(1))).raises(TakenByAnother)
    requeued.when(lambda t: tasks.complete(t, complete())).raises(TakenByAnother)
    requeued.when(lambda t: tasks.fail(t, FailGeneration("task_a", 1, "", NOW))).raises(TakenByAnother)
    requeued.when(lambda t: tasks.start(t, start(1))).raises(TakenByAnother)
    requeued.when(lambda t: tasks.start(t, start(2))).then(started(2))


def test_a_requeued_task_has_new_tries() -> None:
    tired = task.given(REQUESTED, started(1), started(2), started(3), REQUEUED.model_copy(update={"attempt": 3}))
    tired.when(lambda t: tasks.start(t, start(4))).then(started(4))


def test_attempts_that_were_released_are_no_tries_however_many() -> None:
    stopped = [event for n in range(1, 21) for event in (started(n), released(n))]
    task.given(REQUESTED, *stopped).when(lambda t: tasks.start(t, start(21))).then(started(21))


def test_attempts_whose_workers_died_are_tries_whatever_was_released_between_them() -> None:
    died = task.given(REQUESTED, started(1), started(2), released(2), started(3), started(4), released(4), started(5))
    reason = "图片生成失败，预留的积分已退还，请稍后重试"
    died.when(lambda t: tasks.start(t, start(6))).then(failed("GENERATION_FAILED", reason))


def test_only_the_running_attempt_is_released_and_once() -> None:
    task.given(REQUESTED, started(1)).when(lambda t: tasks.release(t, release(1))).then(released(1))
    task.given(REQUESTED, started(1), released(1)).when(lambda t: tasks.release(t, release(1))).then()
    task.given(REQUESTED, started(1), started(2)).when(lambda t: tasks.release(t, release(1))).then()
    task.given(REQUESTED, started(1), REQUEUED).when(lambda t: tasks.release(t, release(1))).then()
    task.given(REQUESTED, started(1), COMPLETED).when(lambda t: tasks.release(t, release(1))).then()
    task.given(REQUESTED).when(lambda t: tasks.release(t, release(1))).then()
    task.given().when(lambda t: tasks.release(t, release(1))).then()


def test_an_attempt_that_brought_a_picture_has_no_try_to_give_back() -> None:
    task.given(REQUESTED, started(1), image(0)).when(lambda t: tasks.release(t, release(1))).then()


def test_a_stranger_finds_no_task_to_cancel() -> None:
    stranger = CancelGeneration("task_a", 2, NOW)
    task.given(REQUESTED).when(lambda t: tasks.cancel(t, stranger)).raises(TaskNotFound)
    task.given().when(lambda t: tasks.cancel(t, CANCEL)).raises(TaskNotFound)


def test_nothing_is_added_to_a_cancelled_task() -> None:
    ended = task.given(REQUESTED, started(1), failed("CANCELLED", "任务已取消"))
    ended.when(lambda t: tasks.record_image(t, record(0))).raises(TaskFinished)
    ended.when(lambda t: tasks.complete(t, complete())).raises(TaskFinished)

"""Commands on tasks; whatever ends a task settles its credits in the same transaction."""

from collections.abc import Callable, Sequence
from functools import reduce

from common.events import Event
from common.idempotency import Repeatable, once
from common.mongo import Document, Session
from generation import metrics
from generation.commands import (
    CancelGeneration,
    CompleteGeneration,
    FailGeneration,
    OpenAccount,
    RecordImage,
    ReleaseGeneration,
    RequestGeneration,
    RequeueGeneration,
    StartGeneration,
)
from generation.domain import ledger, pricing, tasks
from generation.domain.ledger import Account, TooManyTasks
from generation.domain.tasks import Task
from generation.handlers.aggregates import Aggregates
from generation.handlers.counting import Noted, count

Decide = Callable[[Task], Sequence[Event]]


async def request_generation(
    command: RequestGeneration, aggregates: Aggregates, repeatable: Repeatable | None = None
) -> str:
    """Reserve the credits and accept the task; returns its id, the first one's for a repeated key.

    Raises:
        InsufficientCredits, TooManyTasks: nothing was written.
    """
    opening = OpenAccount(command.user_id, aggregates.signup_credits, command.now)

    def reserve(account: Account) -> list[Event]:
        opened = ledger.open_account(account, opening)
        account = reduce(ledger.evolve, opened, account)
        return [*opened, *ledger.reserve(account, command, aggregates.tasks_per_user)]

    reserved = Noted(reserve)

    async def work(session: Session) -> Document:
        await aggregates.accounts.update(command.user_id, reserved, session=session)
        await aggregates.tasks.update(command.task_id, lambda task: tasks.request(task, command), session=session)
        return {"task_id": command.task_id}

    turn = aggregates.accounts.name(command.user_id)
    try:
        result = await once(aggregates.store, repeatable, work, turn=turn)
    except TooManyTasks:
        metrics.TASKS_REFUSED.inc()
        raise
    if result["task_id"] == command.task_id:  # else an earlier request's, by its key
        count(reserved.events)
    return str(result["task_id"])


async def start_generation(command: StartGeneration, aggregates: Aggregates) -> Task:
    """Take the task for a worker; a task whose tries are used up comes back failed and refunded."""
    return await _update(command.task_id, lambda task: tasks.start(task, command), aggregates)


async def record_image(command: RecordImage, aggregates: Aggregates) -> Task:
    """Add a stored picture to its task."""
    return await aggregates.tasks.update(command.task_id, lambda task: tasks.record_image(task, command))


async def complete_generation(command: CompleteGeneration, aggregates: Aggregates) -> Task:
    """Finish the task and charge its credits."""
    return await _update(command.task_id, lambda task: tasks.complete(task, command), aggregates)


async def fail_generation(command: FailGeneration, aggregates: Aggregates) -> Task:
    """Give the task up: pictures that exist are charged, the rest is refunded."""
    return await _update(command.task_id, lambda task: tasks.fail(task, command), aggregates)


async def requeue_generation(command: RequeueGeneration, aggregates: Aggregates) -> Task:
    """Put a running task back into the queue; its worker is refused from now on."""
    return await aggregates.tasks.update(command.task_id, lambda task: tasks.requeue(task, command))


async def release_generation(command: ReleaseGeneration, aggregates: Aggregates) -> Task:
    """Leave the task to the next worker, at no cost to its tries."""
    return await aggregates.tasks.update(command.task_id, lambda task: tasks.release(task, command))


async def cancel_generation(command: CancelGeneration, aggregates: Aggregates) -> Task:
    """Stop the task: pictures that exist are charged, the rest is refunded."""
    turn = aggregates.accounts.name(command.user_id) if command.user_id is not None else None
    return await _update(command.task_id, lambda task: tasks.cancel(task, command), aggregates, turn)


async def _update(task_id: str, decide: Decide, aggregates: Aggregates, turn: str | None = None) -> Task:
    """Append what is decided and, when that ends the task, settle its credits."""
    decided, settled = Noted(decide), list[Event]()

    async def work(session: Session) -> Task:
        settled.clear()
        task = await aggregates.tasks.update(task_id, decided, session=session)
        if task.finished and task.order is not None:
            charge = pricing.charge_for(task.cost, task.order.batch_size, len(task.images))
            settle: Noted[Account] = Noted(lambda account: ledger.settle(account, task.user_id, task_id, charge))
            await aggregates.accounts.update(task.user_id, settle, session=session)
            settled.extend(settle.events)
        return task

    task = await aggregates.store.transact(work, turn=turn)
    count([*decided.events, *settled], task)
    return task

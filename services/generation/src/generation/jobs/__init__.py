"""What operators of generation may ask for beside the jobs of every service: the queue, the pool, single tasks."""

from collections.abc import Callable
from functools import partial

from common.command import Job
from common.jobs import operator_job
from common.operations import Operations
from generation.jobs import lists, pool, tasks
from generation.settings import Settings


def task_jobs(opened: Callable[[Settings], Operations]) -> list[Job[Settings]]:
    """The jobs on the service that `opened` gives."""
    job = partial(operator_job, opened)
    return [
        job("queue", "The tasks that wait, in the order in which they will be served.", lists.queue, lists.queue_asked),
        job("running", "The tasks being painted: by whom, where, and how far.", lists.running, lists.running_asked),
        job("requeue", "Have a running task picked up anew.", tasks.requeue, tasks.arguments),
        job("cancel", "Cancel a task; pictures that exist are charged, the rest is refunded.", tasks.cancel,
            tasks.arguments),
        job("pool", "The ComfyUI servers as the workers see them.", pool.pool, pool.asked),
        job("drain", "Give a ComfyUI server no new jobs.", pool.drain, pool.arguments),
        job("undrain", "Give a drained ComfyUI server new jobs again.", pool.undrain, pool.arguments),
    ]  # fmt: skip

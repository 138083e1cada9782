"""Which tasks may fail. Whoever cancels a task makes it fail; otherwise only faults do, and only so many.

A task is given up after `MAX_TRIES` attempts in a row without a picture, and the scripted ComfyUI itself never fails.
So a fault of what paints ended each of those attempts, and a task that was given up has used up `MAX_TRIES` of them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from faults.checks.verdict import by_stream
from faults.recorder import Outcome
from faults.situation import Json, Situation
from generation.domain.tasks import CANCELLED, MAX_TRIES

PAINTING = ("generation.worker", "comfyui", "mongodb", "s3")
"""What a fault's target begins with when it may cost an attempt at painting; a worker's links are among them."""

COUNTED = {"GenerationStarted": 1, "GenerationReleased": -1}  # tries; what a worker leaves when it is stopped is none


def undue(s: Situation) -> list[str]:
    """Tasks that failed though nothing made them, a line each, and one if more were given up than faults explain."""
    wished = {answer.subject for answer in s.asked("cancel", Outcome.DONE, Outcome.MAYBE)}
    told = [f"task {task} was cancelled by nobody" for task in _cancelled(s) - wished]
    given_up = _given_up(s)
    told += [f"task {task} was given up after {tries} tries" for task, tries in given_up.items() if tries < MAX_TRIES]
    if len(given_up) > allowed(s):
        told.append(
            f"{len(given_up)} tasks were given up, of at most {allowed(s)} by {_hindered(s)} faults of painting"
        )
    return told


def allowed(s: Situation) -> int:
    """How many tasks may have been given up: one for each `MAX_TRIES` faults of what paints."""
    return _hindered(s) // MAX_TRIES


def counted(s: Situation) -> str:
    """How the tasks of all users have ended."""
    ended = Counter(task["status"] for user in s.users.values() for task in user.tasks)
    given_up = f"{len(_given_up(s))} given up (at most {allowed(s)})"
    return f"{ended['completed']} completed, {given_up}, {len(_cancelled(s))} cancelled"


def _hindered(s: Situation) -> int:
    return sum(1 for target in s.faulted if target.startswith(PAINTING))


def _cancelled(s: Situation) -> set[str]:
    return {e["data"]["task_id"] for e in _failed(s) if e["data"]["code"] == CANCELLED}


def _given_up(s: Situation) -> dict[str, int]:
    """The tasks that failed without being cancelled, and how many tries each had been given since its last picture."""
    streams = by_stream(s.logs["generation"])
    failed = (event for event in _failed(s) if event["data"]["code"] != CANCELLED)
    return {event["data"]["task_id"]: _tries(streams[event["stream"]]) for event in failed}


def _failed(s: Situation) -> Iterable[Json]:
    return s.events("generation", "GenerationFailed")


def _tries(events: Sequence[Json]) -> int:
    tries = 0
    for event in events:
        if event["type"] in ("ImageGenerated", "GenerationRequeued"):
            tries = 0
        tries += COUNTED.get(event["type"], 0)
    return tries

"""Orders and their pictures."""

from collections import Counter, defaultdict

from faults.checks import failures
from faults.checks.verdict import Verdict
from faults.recorder import Outcome
from faults.situation import Situation

ENDED = ("completed", "failed")


def tasks(s: Situation) -> Verdict:
    """An accepted order is one task, and every task has ended, as it should (see `failures`)."""
    promised: dict[tuple[str, str], set[str]] = defaultdict(set)
    for a in s.asked("generate", Outcome.DONE):
        promised[a.who, a.subject].add(a.got["taskId"])
    keys = Counter(who for who, _ in {(a.who, a.subject) for a in s.asked("generate")})
    losses, doubles = [], [f"key {key} made {len(ids)} tasks" for (_, key), ids in promised.items() if len(ids) > 1]
    for name, user in s.users.items():
        there = {task["task_id"]: task["status"] for task in user.tasks}
        accepted = {task for (who, _), ids in promised.items() if who == name for task in ids}
        losses += [f"task {task} of {name} is gone" for task in accepted - there.keys()]
        losses += [f"task {task} of {name} is stuck: {status}" for task, status in there.items() if status not in ENDED]
        if len(there) > keys[name]:
            doubles.append(f"{name} has {len(there)} tasks for {keys[name]} orders")
    losses += failures.undue(s)
    return Verdict("accepted tasks are there, once, and ended", len(promised), losses, doubles, failures.counted(s))


def cancels(s: Situation) -> Verdict:
    """A task whose cancelling was acknowledged does not complete."""
    asked = {a.subject for a in s.asked("cancel", Outcome.DONE)}
    completed = {t["task_id"] for user in s.users.values() for t in user.tasks if t["status"] == "completed"}
    return Verdict("cancelled tasks stay so", len(asked), [f"task {task} completed" for task in asked & completed])


def images(s: Situation) -> Verdict:
    """A completed task has every picture it was ordered with; each loads, and is the one that was painted."""
    painted = s.events("generation", "ImageGenerated")
    sha = {e["data"]["image_id"]: e["data"]["sha256"] for e in painted}
    times = Counter(e["data"]["image_id"] for e in painted)
    losses, promised = [], 0
    for task in (task for user in s.users.values() for task in user.tasks):
        shown = [image["id"] for image in task["images"]]
        promised += len(shown)
        if task["status"] == "completed" and len(set(shown)) != task["batch_size"]:
            losses.append(f"task {task['task_id']} shows {len(set(shown))} of {task['batch_size']} pictures")
        for image in shown:
            seen = s.pictures.get(image)
            if seen is None or seen.status != 200:
                losses.append(f"picture {image} answers {seen.status if seen else 'nothing'}")
            elif seen.original != sha.get(image):
                losses.append(f"the original of picture {image} is gone, or another one")
    doubles = [f"picture {image} was delivered {n} times" for image, n in times.items() if n > 1]
    return Verdict("delivered pictures load, exactly as many", promised, losses, doubles)

"""Promise against fact, one function a promise. Pure: a situation in, a verdict out; nothing is looked up here."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from faults.recorder import Outcome
from faults.situation import Json, Situation
from generation.domain.pricing import charge_for

DONE, MAYBE = Outcome.DONE, Outcome.MAYBE
ENDED = ("completed", "failed")
BETWEEN_VIEWS = timedelta(minutes=30)


@dataclass(frozen=True)
class Verdict:
    """How many were promised, what is missing or wrong, and what is there too often."""

    promise: str
    promised: int
    losses: Sequence[str]
    doubles: Sequence[str] = ()

    @property
    def kept(self) -> bool:
        """Whether nothing is missing, wrong or there too often."""
        return not self.losses and not self.doubles


Check = Callable[[Situation], Verdict]


def users(s: Situation) -> Verdict:
    """Who was registered can log in, and is there once."""
    names = {a.subject for a in s.asked("register", DONE)}
    registered = Counter(e["data"]["username"] for e in s.events("auth", "UserRegistered"))
    return Verdict(
        "registered users exist, once",
        len(names),
        [f"user {name} is gone" for name in names if name not in s.users or not registered[name]],
        [f"user {name} is there {times} times" for name, times in registered.items() if times > 1],
    )


def tasks(s: Situation) -> Verdict:
    """An accepted order is one task, and every task has ended."""
    promised: dict[tuple[str, str], set[str]] = defaultdict(set)
    for a in s.asked("generate", DONE):
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
    return Verdict("accepted tasks are there, once, and ended", len(promised), losses, doubles)


def cancels(s: Situation) -> Verdict:
    """A task whose cancelling was acknowledged does not complete."""
    asked = {a.subject for a in s.asked("cancel", DONE)}
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


def works(s: Situation) -> Verdict:
    """Every picture is one work of its owner."""
    made = Counter(e["data"]["image_id"] for e in s.events("works", "WorkCreated"))
    losses, doubles, promised = [], [f"{image} is {n} works" for image, n in made.items() if n > 1], 0
    for name, user in s.users.items():
        shown = {image["id"] for task in user.tasks for image in task["images"]}
        promised += len(shown)
        losses += [f"picture {image} of {name} is no work" for image in shown if not made[image]]
        listed = len({work["id"] for work in user.works})
        (losses if listed < len(shown) else doubles).extend(
            [f"{name} sees {listed} works of {len(shown)} pictures"] if listed != len(shown) else []
        )
    return Verdict("one work for each picture", promised, losses, doubles)


def publications(s: Situation) -> Verdict:
    """A published work is public and its picture loads for everybody."""
    promised = {int(a.subject) for a in s.asked("publish", DONE)}
    losses = [f"work {work} is not public" for work in promised if work not in s.works]
    for work in promised & s.works.keys():
        seen = s.public_pictures.get(work)
        if seen is None or seen.status != 200:
            losses.append(f"the picture of work {work} answers {seen.status if seen else 'nothing'}")
    return Verdict("published works are public, pictures and all", len(promised), losses)


def likes(s: Situation) -> Verdict:
    """The figure of each work is the number of those whose last acknowledged wish was to like it."""
    wished = {(a.who, int(a.subject)): a.got["is_liked"] for a in s.asked("like", DONE)}
    wanted = Counter(work for (_, work), liked in wished.items() if liked)
    found = {work: detail["likes"] for work, detail in s.works.items()}
    verdict = _compared("likes", len(wished), wanted, found)
    listed = {w["id"]: w["likes"] for user in s.users.values() for w in user.works if w["is_public"]}
    stale = [f"work {w} is listed with {n} likes of {wanted[w]}" for w, n in listed.items() if n != wanted[w]]
    return Verdict("likes are exact, in details and lists", len(wished), [*verdict.losses, *stale], verdict.doubles)


def views(s: Situation) -> Verdict:
    """The figure of each work is that of the looks in the log; every first look that nobody gave up is one of them."""
    looks = Counter(int(a.subject) for a in s.asked("view", DONE, MAYBE))
    owners = {w["id"]: name for name, user in s.users.items() for w in user.works}
    first = Counter(
        work for who, work in {(a.who, int(a.subject)) for a in s.asked("view", DONE)} if owners.get(work) != who
    )
    logged = Counter(e["data"]["work_id"] for e in s.events("works", "WorkViewed"))
    verdict = _compared("views", sum(first.values()), logged, {w: d["views"] for w, d in s.works.items()})
    lost = [f"work {w}: {logged[w]} of {n} looks" for w, n in first.items() if logged[w] < n - s.uncounted.get(w, 0)]
    doubles = [f"work {w}: {n} views of {looks[w]} looks" for w, n in logged.items() if n > looks[w]]
    for stream, events in _by_stream(s.events("works", "WorkViewed")).items():
        moments = [e["data"]["viewed_at"] for e in events]
        doubles += [f"{stream} counts twice at {b}" for a, b in pairwise(moments) if b - a < BETWEEN_VIEWS]
    return Verdict("views are exact", verdict.promised, [*verdict.losses, *lost], [*verdict.doubles, *doubles])


def comments(s: Situation) -> Verdict:
    """An acknowledged comment stands under its work, once; nothing stands that nobody wrote."""
    promised = {(int(a.subject.split()[0]), a.sent["content"]) for a in s.asked("comment", DONE)}
    tried = {(int(a.subject.split()[0]), a.sent["content"]) for a in s.asked("comment", DONE, MAYBE)}
    found = Counter((work, said["content"]) for work, list_ in s.comments.items() for said in list_)
    losses = [f"comment {said!r} on work {work} is gone" for work, said in promised if not found[work, said]]
    losses += [
        f"work {w} counts {d['comments_count']} of {len(s.comments.get(w, []))} comments"
        for w, d in s.works.items()
        if d["comments_count"] != len(s.comments.get(w, []))
    ]
    doubles = [f"comment {said!r} is there {n} times" for (_, said), n in found.items() if n > 1]
    doubles += [f"nobody wrote {said!r}" for work, said in found if (work, said) not in tried]
    return Verdict("comments stand, once", len(promised), losses, doubles)


def follows(s: Situation) -> Verdict:
    """Everybody has the followers whose last acknowledged wish was to follow them."""
    wished = {(a.who, int(a.subject)): a.got["is_following"] for a in s.asked("follow", DONE)}
    wanted = Counter(followee for (_, followee), following in wished.items() if following)
    return _compared("follows", len(wished), wanted, {user.id: user.followers for user in s.users.values()})


def ledger(s: Situation) -> Verdict:
    """Per account: postings explain the balance, nothing is negative, each task is paid for once, by what it gave."""
    losses: list[str] = []
    doubles: list[str] = []
    for name, user in s.users.items():
        by_type: dict[str, int] = Counter()
        for entry in user.ledger:
            by_type[entry["type"]] += entry["amount"]
        if sum(entry["change"] for entry in user.ledger) != user.balance:
            losses.append(f"{name}: postings do not add up to the balance {user.balance}")
        if min([user.balance, *(entry["balance"] for entry in user.ledger)]) < 0:
            losses.append(f"{name}: a negative balance")
        if user.reserved:
            losses.append(f"{name}: {user.reserved} credits are set aside for nothing")
        if by_type["granted"] != s.signup_credits:
            (doubles if by_type["granted"] > s.signup_credits else losses).append(
                f"{name}: {by_type['granted']} credits at registration instead of {s.signup_credits}"
            )
        for task in user.tasks:
            _settled_once(name, task, user.ledger, losses, doubles)
    promised = sum(len(user.tasks) for user in s.users.values())
    return Verdict("the ledger is exact, charged once by what was delivered", promised, losses, doubles)


def _settled_once(name: str, task: Json, entries: Sequence[Json], losses: list[str], doubles: list[str]) -> None:
    own = [entry for entry in entries if entry.get("task_id") == task["task_id"]]
    sums: dict[str, int] = Counter()
    for entry in own:
        sums[entry["type"]] += entry["amount"]
    due = charge_for(task["cost"], task["batch_size"], len(task["images"]))
    expected = {"reserved": task["cost"], "charged": due, "refunded": task["cost"] - due}
    for kind, amount in expected.items():
        if sums[kind] != amount:
            said = f"{name}: task {task['task_id']} {kind} {sums[kind]} instead of {amount}"
            (doubles if sums[kind] > amount else losses).append(said)


def books(s: Situation) -> Verdict:
    """Double entry over all accounts, from the log: what was granted is spendable, set aside or earned."""
    postings: dict[str, int] = Counter()
    for event in s.events("generation", "CreditsGranted", "CreditsReserved", "CreditsCharged", "CreditsRefunded"):
        amount, user = event["data"]["amount"], event["data"]["user_id"]
        source, target = {
            "CreditsGranted": ("platform", f"balance {user}"),
            "CreditsReserved": (f"balance {user}", f"reserved {user}"),
            "CreditsCharged": (f"reserved {user}", "revenue"),
            "CreditsRefunded": (f"reserved {user}", f"balance {user}"),
        }[event["type"]]
        postings[source] -= amount
        postings[target] += amount
    losses = [] if not sum(postings.values()) else [f"the postings add up to {sum(postings.values())}"]
    losses += [f"{account} stands at {n}" for account, n in postings.items() if n < 0 and account != "platform"]
    for user in s.users.values():
        for kind, told in (("balance", user.balance), ("reserved", user.reserved)):
            if postings[f"{kind} {user.id}"] != told:
                losses.append(f"{kind} of user {user.id} is {told}, by the log {postings[f'{kind} {user.id}']}")
    return Verdict("the books balance over all accounts", len(s.users), losses)


def statistics(s: Situation) -> Verdict:
    """The figures of every user are those that the publishers' logs add up to."""
    created = Counter(e["data"]["owner_id"] for e in s.events("works", "WorkCreated"))
    viewed = Counter(e["data"]["owner_id"] for e in s.events("works", "WorkViewed"))
    liked = Counter(e["data"]["owner_id"] for e in _last(s, "works", "WorkLiked", "WorkUnliked") if _is(e, "WorkLiked"))
    pairs = [e["data"] for e in _last(s, "auth", "UserFollowed", "UserUnfollowed") if _is(e, "UserFollowed")]
    followers, following = Counter(p["followee_id"] for p in pairs), Counter(p["follower_id"] for p in pairs)
    wanted = {
        "total_works": created,
        "total_views": viewed,
        "total_likes": liked,
        "followers_count": followers,
        "following_count": following,
    }
    losses, doubles = list[str](), list[str]()
    for name, user in s.users.items():
        for figure, counted in wanted.items():
            if (told := user.figures[figure]) != counted[user.id]:
                said = f"{figure} of {name} is {told} instead of {counted[user.id]}"
                (losses if told < counted[user.id] else doubles).append(said)
    return Verdict("statistics equal a recount", len(s.users) * len(wanted), losses, doubles)


def read_models(s: Situation) -> Verdict:
    """Every read model is what its log folds to."""
    losses, doubles = list[str](), list[str]()
    for name, view in s.views.items():
        losses += [f"{name}/{key} is not there" for key in view.folded.keys() - view.stored.keys()]
        doubles += [f"{name}/{key} has no events" for key in view.stored.keys() - view.folded.keys()]
        both = view.folded.keys() & view.stored.keys()
        losses += [f"{name}/{key} differs: {_difference(view.stored[key], view.folded[key])}" for key in both
                   if view.stored[key] != view.folded[key]]  # fmt: skip
    promised = sum(len(view.folded) for view in s.views.values())
    return Verdict("read models equal their rebuild", promised, losses, doubles)


def logs(s: Situation) -> Verdict:
    """Every stream counts from 1 without gap or repeat, in the order of positions; nothing waits to be published."""
    losses, doubles = list[str](), list[str]()
    for service, log in s.logs.items():
        losses += [f"{service}: {e['type']} of {e['stream']} is unpublished" for e in log if e.get("unpublished")]
        for stream, events in _by_stream(log).items():
            times = Counter(event["number"] for event in events)
            missing = sorted(set(range(1, max(times) + 1)) - times.keys())
            unordered = any(a["position"] >= b["position"] for a, b in pairwise(events))
            losses += [f"{service}: {stream} lacks event {n}" for n in missing]
            losses += [f"{service}: {stream} is out of order"] if unordered else []
            doubles += [f"{service}: {stream} has {n} events of number {i}" for i, n in times.items() if n > 1]
    return Verdict("no gap in any stream, every event published", sum(map(len, s.logs.values())), losses, doubles)


def inboxes(s: Situation) -> Verdict:
    """Every consumer has handled each message that was told it, and its inbox forgets in time."""
    losses, doubles, promised = list[str](), list[str](), 0
    for name, inbox in s.inboxes.items():
        promised += len(inbox.told)
        losses += [f"{name} has not handled {message}" for message in inbox.told - inbox.ids]
        losses += [] if inbox.life else [f"the inbox of {name} grows without bound"]
        doubles += [f"{name} has handled {message}, which nobody told" for message in inbox.ids - inbox.told]
    return Verdict("every message handled; inboxes bounded", promised, losses, doubles)


def dead_letters(s: Situation) -> Verdict:
    """Nothing sound was given up on."""
    return Verdict("no sound message among the dead letters", 0, list(s.dead_letters))


def queues(s: Situation) -> Verdict:
    """The broker holds nothing back."""
    held = [f"{name} holds {n} messages" for name, n in s.queues.items() if n]
    return Verdict("the broker's queues are empty", len(s.queues), held)


def processes(s: Situation) -> Verdict:
    """Nobody ends but by a fault."""
    return Verdict("no process ends by itself", 0, list(s.ended))


def verified(s: Situation) -> Verdict:
    """The operators' own `verify` agrees."""
    said = [f"verify of {name}: {wrong}" for name, wrong in s.verified.items() if wrong]
    return Verdict("`verify` finds every service sound", len(s.verified), said)


CHECKS: Sequence[Check] = (
    users, tasks, cancels, images, works, publications, likes, views, comments, follows, ledger, books, statistics,
    read_models, logs, inboxes, dead_letters, queues, processes, verified,
)  # fmt: skip


def judged(situation: Situation) -> list[Verdict]:
    """Every verdict, in the order of the table."""
    return [check(situation) for check in CHECKS]


def table(verdicts: Iterable[Verdict]) -> str:
    """Markdown: promise, how many, losses, doubles; then what is wrong, a line each."""
    verdicts = list(verdicts)
    rows = [f"| {v.promise} | {v.promised} | {len(v.losses)} | {len(v.doubles)} |" for v in verdicts]
    wrong = [f"- {said}" for v in verdicts for said in (*list(v.losses)[:20], *list(v.doubles)[:20])]
    return "\n".join(["| Promise | Promised | Losses | Doubles |", "|---|---:|---:|---:|", *rows, *wrong])


def _compared(what: str, promised: int, wanted: Counter[int], found: dict[int, int]) -> Verdict:
    losses = [f"{key} has {n} of {wanted[key]} {what}" for key, n in found.items() if n < wanted[key]]
    doubles = [f"{key} has {n} instead of {wanted[key]} {what}" for key, n in found.items() if n > wanted[key]]
    losses += [f"{key} with {wanted[key]} {what} is not there" for key in wanted.keys() - found.keys()]
    return Verdict(f"{what} are exact", promised, losses, doubles)


def _by_stream(events: Iterable[Json]) -> dict[str, list[Json]]:
    streams: dict[str, list[Json]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event["number"]):
        streams[event["stream"]].append(event)
    return streams


def _last(s: Situation, service: str, *types: str) -> list[Json]:
    """The last event of each stream of these types."""
    return [events[-1] for events in _by_stream(s.events(service, *types)).values()]


def _is(event: Json, type_: str) -> bool:
    return bool(event["type"] == type_)


def _difference(stored: Json, folded: Json) -> str:
    keys = [key for key in {**stored, **folded} if stored.get(key) != folded.get(key)]
    return ", ".join(f"{key}: {_short(stored.get(key))} for {_short(folded.get(key))}" for key in keys[:5])


def _short(value: Any) -> str:
    return repr(value)[:60]

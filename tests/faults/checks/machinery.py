"""What nobody sees: figures, read models, logs, messages, processes."""

from collections import Counter
from itertools import pairwise
from typing import Any

from faults.checks.verdict import Verdict, by_stream
from faults.situation import Json, Situation


def statistics(s: Situation) -> Verdict:
    """The figures of every user are those that the publishers' logs add up to."""
    created = Counter(e["data"]["owner_id"] for e in s.events("works", "WorkCreated"))
    viewed = Counter(e["data"]["owner_id"] for e in s.events("works", "WorkViewed"))
    liked = Counter(e["data"]["owner_id"] for e in last(s, "works", "WorkLiked", "WorkUnliked") if _is(e, "WorkLiked"))
    pairs = [e["data"] for e in last(s, "auth", "UserFollowed", "UserUnfollowed") if _is(e, "UserFollowed")]
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


def last(s: Situation, service: str, *types: str) -> list[Json]:
    """The last event of each stream of these types."""
    return [events[-1] for events in by_stream(s.events(service, *types)).values()]


def _is(event: Json, type_: str) -> bool:
    return bool(event["type"] == type_)


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


def _difference(stored: Json, folded: Json) -> str:
    keys = [key for key in {**stored, **folded} if stored.get(key) != folded.get(key)]
    return ", ".join(f"{key}: {_short(stored.get(key))} for {_short(folded.get(key))}" for key in keys[:5])


def _short(value: Any) -> str:
    return repr(value)[:60]


def logs(s: Situation) -> Verdict:
    """Every stream counts from 1 without gap or repeat, in the order of positions; nothing waits to be published."""
    losses, doubles = list[str](), list[str]()
    for service, log in s.logs.items():
        losses += [f"{service}: {e['type']} of {e['stream']} is unpublished" for e in log if e.get("unpublished")]
        for stream, events in by_stream(log).items():
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

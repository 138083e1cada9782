"""Works, what the public sees of them, and what people did to them."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

from faults.checks.verdict import Verdict, by_stream, compared
from faults.recorder import Outcome
from faults.situation import Situation

BETWEEN_VIEWS = timedelta(minutes=30)


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
    promised = {int(a.subject) for a in s.asked("publish", Outcome.DONE)}
    losses = [f"work {work} is not public" for work in promised if work not in s.works]
    for work in promised & s.works.keys():
        seen = s.public_pictures.get(work)
        if seen is None or seen.status != 200:
            losses.append(f"the picture of work {work} answers {seen.status if seen else 'nothing'}")
    return Verdict("published works are public, pictures and all", len(promised), losses)


def likes(s: Situation) -> Verdict:
    """The figure of each work is the number of those whose last acknowledged wish was to like it."""
    wished = {(a.who, int(a.subject)): a.got["is_liked"] for a in s.asked("like", Outcome.DONE)}
    wanted = Counter(work for (_, work), liked in wished.items() if liked)
    found = {work: detail["likes"] for work, detail in s.works.items()}
    verdict = compared("likes", len(wished), wanted, found)
    listed = {w["id"]: w["likes"] for user in s.users.values() for w in user.works if w["is_public"]}
    stale = [f"work {w} is listed with {n} likes of {wanted[w]}" for w, n in listed.items() if n != wanted[w]]
    return Verdict("likes are exact, in details and lists", len(wished), [*verdict.losses, *stale], verdict.doubles)


def views(s: Situation) -> Verdict:
    """The figure of each work is that of the looks in the log; every first look that nobody gave up is one of them."""
    looks = Counter(int(a.subject) for a in s.asked("view", Outcome.DONE, Outcome.MAYBE))
    owners = {w["id"]: name for name, user in s.users.items() for w in user.works}
    first = Counter(
        work
        for who, work in {(a.who, int(a.subject)) for a in s.asked("view", Outcome.DONE)}
        if owners.get(work) != who
    )
    logged = Counter(e["data"]["work_id"] for e in s.events("works", "WorkViewed"))
    verdict = compared("views", sum(first.values()), logged, {w: d["views"] for w, d in s.works.items()})
    lost = [f"work {w}: {logged[w]} of {n} looks" for w, n in first.items() if logged[w] < n - s.uncounted.get(w, 0)]
    doubles = [f"work {w}: {n} views of {looks[w]} looks" for w, n in logged.items() if n > looks[w]]
    for stream, events in by_stream(s.events("works", "WorkViewed")).items():
        moments = [e["data"]["viewed_at"] for e in events]
        doubles += [f"{stream} counts twice at {b}" for a, b in pairwise(moments) if b - a < BETWEEN_VIEWS]
    return Verdict("views are exact", verdict.promised, [*verdict.losses, *lost], [*verdict.doubles, *doubles])


def comments(s: Situation) -> Verdict:
    """An acknowledged comment stands under its work, once; nothing stands that nobody wrote."""
    promised = {(int(a.subject.split()[0]), a.sent["content"]) for a in s.asked("comment", Outcome.DONE)}
    tried = {(int(a.subject.split()[0]), a.sent["content"]) for a in s.asked("comment", Outcome.DONE, Outcome.MAYBE)}
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

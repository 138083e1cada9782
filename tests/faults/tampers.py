"""Ways to tamper with what was found in a sound world, each of which breaks one promise."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from faults.recorder import Answer, Outcome
from faults.situation import Inbox, Json, PictureSeen, Situation, UserFacts, ViewContent

Tamper = Callable[[Situation], Situation]


def with_user(s: Situation, **changes: Any) -> Situation:
    """One user who has ordered and got pictures is told something else."""
    name, user = next((n, u) for n, u in s.users.items() if any(t["images"] for t in u.tasks))
    return replace(s, users={**s.users, name: replace(user, **{k: v(user) for k, v in changes.items()})})


def with_log(s: Situation, service: str, change: Callable[[Sequence[Any]], Sequence[Any]]) -> Situation:
    return replace(s, logs={**s.logs, service: change(s.logs[service])})


def first(mapping: Mapping[Any, Any]) -> Any:
    return next(iter(mapping))


def user_gone(s: Situation) -> Situation:
    name = first(s.users)
    return replace(s, users={n: u for n, u in s.users.items() if n != name})


def user_twice(s: Situation) -> Situation:
    again = next(e for e in s.logs["auth"] if e["type"] == "UserRegistered")
    return with_log(s, "auth", lambda log: [*log, {**again, "stream": "user-0"}])


def task_gone(s: Situation) -> Situation:
    return with_user(s, tasks=lambda u: u.tasks[:0])


def task_stuck(s: Situation) -> Situation:
    return with_user(s, tasks=lambda u: [{**t, "status": "processing"} for t in u.tasks])


def task_twice(s: Situation) -> Situation:
    return with_user(s, tasks=lambda u: [*u.tasks, *({**t, "task_id": f"{t['task_id']}x"} for t in u.tasks * 9)])


def ended_by(code: str, *, started: int, times: int = 1) -> Tamper:
    """So many finished tasks have failed instead, after so many attempts more that brought no picture."""

    def tampered(s: Situation) -> Situation:
        done = [e for e in s.logs["generation"] if e["type"] == "GenerationCompleted"][:times]
        news = [again for end in done for again in _instead(end, code, started)]
        return with_log(s, "generation", lambda log: [*(e for e in log if e not in done), *news])

    return tampered


def _instead(end: Json, code: str, started: int) -> list[Json]:
    attempts = [{**end, "type": "GenerationStarted", "number": end["number"] + n} for n in range(started)]
    data = {"task_id": end["data"]["task_id"], "code": code}
    return [*attempts, {**end, "type": "GenerationFailed", "number": end["number"] + started, "data": data}]


def cancelled_yet_done(s: Situation) -> Situation:
    name, done = next((n, t) for n, u in s.users.items() for t in u.tasks if t["status"] == "completed")
    said = Answer("cancel", name, done["task_id"], Outcome.DONE, 200, 0.0, 0.0)
    return replace(s, answers=[*s.answers, said])


def picture_unreadable(s: Situation) -> Situation:
    return replace(s, pictures={**s.pictures, first(s.pictures): PictureSeen(404)})


def picture_damaged(s: Situation) -> Situation:
    return replace(s, pictures={**s.pictures, first(s.pictures): PictureSeen(200, "0" * 64)})


def picture_missing(s: Situation) -> Situation:
    return with_user(s, tasks=lambda u: [{**t, "images": t["images"][:-1]} for t in u.tasks])


def picture_twice(s: Situation) -> Situation:
    again = next(e for e in s.logs["generation"] if e["type"] == "ImageGenerated")
    return with_log(s, "generation", lambda log: [*log, again])


def work_missing(s: Situation) -> Situation:
    made = next(e for e in s.logs["works"] if e["type"] == "WorkCreated")
    return with_log(s, "works", lambda log: [e for e in log if e is not made])


def work_twice(s: Situation) -> Situation:
    made = next(e for e in s.logs["works"] if e["type"] == "WorkCreated")
    return with_log(s, "works", lambda log: [*log, {**made, "stream": "work-0"}])


def publication_undone(s: Situation) -> Situation:
    return replace(s, works={w: d for w, d in s.works.items() if w != first(s.works)})


def public_picture_gone(s: Situation) -> Situation:
    return replace(s, public_pictures={**s.public_pictures, first(s.public_pictures): PictureSeen(404)})


def figure(name: str, change: int) -> Tamper:
    def tampered(s: Situation) -> Situation:
        work = max(s.works, key=lambda w: s.works[w][name])
        return replace(s, works={**s.works, work: {**s.works[work], name: s.works[work][name] + change}})

    return tampered


def list_stale(s: Situation) -> Situation:
    def stale(u: UserFacts) -> list[Any]:
        return [{**w, "likes": w["likes"] + w["is_public"]} for w in u.works]

    return replace(s, users={name: replace(user, works=stale(user)) for name, user in s.users.items()})


def look_twice(s: Situation) -> Situation:
    seen = next(e for e in s.logs["works"] if e["type"] == "WorkViewed")
    return with_log(s, "works", lambda log: [*log, {**seen, "number": seen["number"] + 1}])


def look_lost(s: Situation) -> Situation:
    return with_log(s, "works", lambda log: [e for e in log if e["type"] != "WorkViewed"])


def comment_gone(s: Situation) -> Situation:
    return replace(s, comments={work: [] for work in s.comments})


def comment_twice(s: Situation) -> Situation:
    return replace(s, comments={work: [*said, *said] for work, said in s.comments.items()})


def follower_gone(s: Situation) -> Situation:
    return replace(s, users={n: replace(u, followers=max(0, u.followers - 1)) for n, u in s.users.items()})


def follower_twice(s: Situation) -> Situation:
    return with_user(s, followers=lambda u: u.followers + 1)


def paid_twice(s: Situation) -> Situation:
    def again(u: UserFacts) -> list[Any]:
        return [*u.ledger, next(e for e in u.ledger if e["type"] == "charged")]

    return with_user(s, ledger=again)


def refund_lost(s: Situation) -> Situation:
    return with_user(s, reserved=lambda u: u.reserved + 1)


def overdrawn(s: Situation) -> Situation:
    return with_user(s, ledger=lambda u: [{**e, "balance": -1} for e in u.ledger])


def gift_twice(s: Situation) -> Situation:
    return with_user(s, ledger=lambda u: [*u.ledger, *(e for e in u.ledger if e["type"] == "granted")])


def posting_lost(s: Situation) -> Situation:
    return with_log(s, "generation", lambda log: [e for e in log if e["type"] != "CreditsReserved"])


def statistic(change: int) -> Tamper:
    def tampered(s: Situation) -> Situation:
        return with_user(s, figures=lambda u: {**u.figures, "total_works": u.figures["total_works"] + change})

    return tampered


def view(change: Callable[[ViewContent], ViewContent]) -> Tamper:
    return lambda s: replace(s, views={**s.views, "works.works": change(s.views["works.works"])})


def update_dropped(content: ViewContent) -> ViewContent:
    key = first(content.stored)
    return replace(content, stored={**content.stored, key: {**content.stored[key], "title": "an older one"}})


def document_lost(content: ViewContent) -> ViewContent:
    return replace(content, stored={k: d for k, d in content.stored.items() if k != first(content.stored)})


def document_too_many(content: ViewContent) -> ViewContent:
    return replace(content, stored={**content.stored, -1: {"_id": -1}})


def unpublished(s: Situation) -> Situation:
    return with_log(s, "works", lambda log: [{**log[0], "unpublished": True}, *log[1:]])


def gap(s: Situation) -> Situation:
    last = next(e for e in s.logs["generation"] if e["number"] == 3)
    return with_log(s, "generation", lambda log: [e for e in log if (e["stream"], e["number"]) != (last["stream"], 2)])


def number_twice(s: Situation) -> Situation:
    return with_log(s, "works", lambda log: [*log, log[0]])


def inbox(change: Callable[[Inbox], Inbox]) -> Tamper:
    return lambda s: replace(s, inboxes={**s.inboxes, "stats": change(s.inboxes["stats"])})


def dead(s: Situation) -> Situation:
    return replace(s, dead_letters=["stats: works.WorkLiked.v1 RuntimeError()"])


def held(s: Situation) -> Situation:
    return replace(s, queues={**s.queues, "stats": 3})


def ended(s: Situation) -> Situation:
    return replace(s, ended=["works ended by itself"])


def unsound(s: Situation) -> Situation:
    return replace(s, verified={**s.verified, "works": "1 event lacks its document"})

"""Promise against fact, one function a promise. Pure: a situation in, a verdict out; nothing is looked up here."""

from collections.abc import Iterable, Sequence

from faults.checks.gallery import comments, likes, publications, views, works
from faults.checks.machinery import dead_letters, inboxes, logs, processes, queues, read_models, statistics, verified
from faults.checks.money import books, ledger
from faults.checks.orders import cancels, images, tasks
from faults.checks.people import follows, users
from faults.checks.verdict import Check, Verdict
from faults.situation import Situation

CHECKS: Sequence[Check] = (
    users, tasks, cancels, images, works, publications, likes, views, comments, follows, ledger, books, statistics,
    read_models, logs, inboxes, dead_letters, queues, processes, verified,
)  # fmt: skip


def judged(situation: Situation) -> list[Verdict]:
    """Every verdict, in the order of the table."""
    return [check(situation) for check in CHECKS]


def table(verdicts: Iterable[Verdict]) -> str:
    """Markdown: promise, how many, losses, doubles; then what more there is to tell, and what is wrong, a line each."""
    verdicts = list(verdicts)
    rows = [f"| {v.promise} | {v.promised} | {len(v.losses)} | {len(v.doubles)} |" for v in verdicts]
    more = [f"- {v.promise}: {v.more}" for v in verdicts if v.more]
    wrong = [f"- {said}" for v in verdicts for said in (*list(v.losses)[:20], *list(v.doubles)[:20])]
    return "\n".join(["| Promise | Promised | Losses | Doubles |", "|---|---:|---:|---:|", *rows, "", *more, *wrong])

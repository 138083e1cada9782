"""Each check can fail: for every promise a world in which it was broken, and the check that says so."""

from dataclasses import replace

import pytest

from faults import checks, tampers
from faults.checks import CHECKS, Check, failures
from faults.conftest import Aftermath
from faults.tampers import Tamper
from generation.domain.tasks import MAX_TRIES

TAMPERED: list[tuple[Check, Tamper]] = [
    (checks.users, tampers.user_gone),
    (checks.users, tampers.user_twice),
    (checks.tasks, tampers.task_gone),
    (checks.tasks, tampers.task_stuck),
    (checks.tasks, tampers.task_twice),
    (checks.tasks, tampers.ended_by("CANCELLED", started=0)),
    (checks.tasks, tampers.ended_by("GENERATION_FAILED", started=MAX_TRIES - 1)),
    (checks.tasks, tampers.ended_by("GENERATION_FAILED", started=MAX_TRIES, times=10)),
    (checks.cancels, tampers.cancelled_yet_done),
    (checks.images, tampers.picture_unreadable),
    (checks.images, tampers.picture_damaged),
    (checks.images, tampers.picture_missing),
    (checks.images, tampers.picture_twice),
    (checks.works, tampers.work_missing),
    (checks.works, tampers.work_twice),
    (checks.publications, tampers.publication_undone),
    (checks.publications, tampers.public_picture_gone),
    (checks.likes, tampers.figure("likes", -1)),
    (checks.likes, tampers.figure("likes", 1)),
    (checks.likes, tampers.list_stale),
    (checks.views, tampers.figure("views", -1)),
    (checks.views, tampers.figure("views", 1)),
    (checks.views, tampers.look_twice),
    (checks.views, tampers.look_lost),
    (checks.comments, tampers.comment_gone),
    (checks.comments, tampers.comment_twice),
    (checks.comments, tampers.figure("comments_count", 1)),
    (checks.follows, tampers.follower_gone),
    (checks.follows, tampers.follower_twice),
    (checks.ledger, tampers.paid_twice),
    (checks.ledger, tampers.refund_lost),
    (checks.ledger, tampers.overdrawn),
    (checks.ledger, tampers.gift_twice),
    (checks.books, tampers.posting_lost),
    (checks.statistics, tampers.statistic(-1)),
    (checks.statistics, tampers.statistic(1)),
    (checks.read_models, tampers.view(tampers.update_dropped)),
    (checks.read_models, tampers.view(tampers.document_lost)),
    (checks.read_models, tampers.view(tampers.document_too_many)),
    (checks.logs, tampers.unpublished),
    (checks.logs, tampers.gap),
    (checks.logs, tampers.number_twice),
    (checks.inboxes, tampers.inbox(lambda i: replace(i, ids=i.ids - {tampers.first(dict.fromkeys(i.ids))}))),
    (checks.inboxes, tampers.inbox(lambda i: replace(i, ids=i.ids | {"never told"}))),
    (checks.inboxes, tampers.inbox(lambda i: replace(i, life=None))),
    (checks.dead_letters, tampers.dead),
    (checks.queues, tampers.held),
    (checks.processes, tampers.ended),
    (checks.verified, tampers.unsound),
]


@pytest.mark.parametrize(("check", "tamper"), TAMPERED, ids=[f"{c.__name__}-{n}" for n, (c, _) in enumerate(TAMPERED)])
def test_a_broken_promise_is_told(aftermath: Aftermath, check: Check, tamper: Tamper) -> None:
    assert check(aftermath.situation).kept
    assert not check(tamper(aftermath.situation)).kept


def test_every_check_is_seen_to_fail() -> None:
    assert {check for check, _ in TAMPERED} == set(CHECKS)


def test_a_task_that_faults_have_cost_its_tries_is_excused(aftermath: Aftermath) -> None:
    before = aftermath.situation
    after = tampers.ended_by("GENERATION_FAILED", started=MAX_TRIES)(
        replace(before, faulted=[*before.faulted, *["s3"] * MAX_TRIES])
    )
    assert failures.undue(before) == failures.undue(after) == []

"""Sweeps of every service are judged alike: what a dry run says is what a run removes, and then nothing is left."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from common.mongo import Database
from common.sweeps import Outcome, Sweep, Sweeper


async def swept(db: Database, sweeps: Sequence[Sweep], *names: str) -> Mapping[str, Outcome]:
    """Run sweeps and return what they removed, by name; a dry run before must find the same, and one after nothing."""
    sweeper = Sweeper(db, sweeps, timedelta(0))
    before = _found(await sweeper.sweep(names, dry_run=True))
    outcomes = await sweeper.sweep(names)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert _found(outcomes) == before
    assert {o.sweep.name: o.found for o in outcomes} == {o.sweep.name: o.removed for o in outcomes}
    assert all(outcome.found == 0 for outcome in await sweeper.sweep(names, dry_run=True))
    return {outcome.sweep.name: outcome for outcome in outcomes}


def _found(outcomes: Sequence[Outcome]) -> dict[str, tuple[int, int]]:
    return {outcome.sweep.name: (outcome.found, outcome.size) for outcome in outcomes}

"""Every kind of fault once, under load: nothing that was acknowledged is lost, nothing counts twice."""

from faults.checks import table
from faults.conftest import Aftermath
from faults.menu import KINDS, schedule


async def test_every_promise_is_kept_through_every_kind_of_fault(aftermath: Aftermath) -> None:
    assert aftermath.report.kept, "\n".join([*aftermath.lines, table(aftermath.report.verdicts)])
    assert aftermath.report.faults.keys() == KINDS.keys()


async def test_the_users_were_promised_something_of_every_kind(aftermath: Aftermath) -> None:
    nothing = ("no sound message among the dead letters", "no process ends by itself", "cancelled tasks stay so")
    promised = {v.promise: v.promised for v in aftermath.report.verdicts if v.promise not in nothing}
    assert all(promised.values()), promised


def test_the_same_seed_gives_the_same_faults() -> None:
    assert schedule(3, 60) == schedule(3, 60) != schedule(4, 60)
    assert {fault.kind for fault in schedule(3, len(KINDS))} == KINDS.keys()

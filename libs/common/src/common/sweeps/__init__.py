"""Retention: named sweeps remove what nobody needs any more, on a schedule, by one replica at a time.

`Sweeper.run` is a loop of the service, `python -m <service>.main sweep` does the same on an operator's word.
What is state of the domain is never swept: it ends by an event, and what the event leaves behind is swept.
"""

from common.sweeps.objects import temporary_files, unreferenced
from common.sweeps.standard import expiring, standard_sweeps
from common.sweeps.sweep import Garbage, Outcome, Sweep
from common.sweeps.sweeper import Sweeper, SweepsRunning

__all__ = [
    "Garbage",
    "Outcome",
    "Sweep",
    "Sweeper",
    "SweepsRunning",
    "expiring",
    "standard_sweeps",
    "temporary_files",
    "unreferenced",
]

"""Comparing what a service shows with what its log says, while it serves; nothing is changed.

`verify(operations)` gives a `Report`; `python -m <service>.main verify` prints it, and ends with 1 if it is not sound.
"""

from common.verify.report import SETTLED, Report, verify

__all__ = ["SETTLED", "Report", "verify"]

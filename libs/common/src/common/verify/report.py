"""All checks of one service, and what they found."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from pymongo.errors import PyMongoError

from common.errors import AppError
from common.operations import Finding, Operations
from common.verify.log import check_strays, check_streams
from common.verify.messages import check_dead_letters, check_unpublished
from common.verify.objects import check_objects

SETTLED = timedelta(seconds=60)
SHOWN = 20  # findings of each check in the text; the JSON has them all


@dataclass
class Report:
    """What was looked at (`counts`: events, streams, documents, objects) and what is wrong, if anything."""

    service: str
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """`{"service", "sound", "counts", "findings": [{"check", "subject", "problem"}]}`."""
        findings = [asdict(finding) for finding in self.findings]
        return {"service": self.service, "sound": self.sound, "counts": dict(self.counts), "findings": findings}

    def __str__(self) -> str:
        looked_at = ", ".join(f"{number} {what}" for what, number in self.counts.items())
        lines = [f"{self.service}: {'sound' if self.sound else f'{len(self.findings)} findings'} ({looked_at})"]
        shown: Counter[str] = Counter()
        for finding in self.findings:
            shown[finding.check] += 1
            if shown[finding.check] <= SHOWN:
                lines.append(f"  {finding}")
        lines += [f"  {check}: and {number - SHOWN} more" for check, number in shown.items() if number > SHOWN]
        return "\n".join(lines)


async def verify(operations: Operations, *, settled: timedelta = SETTLED, deep: bool = False) -> Report:
    """Check the log, the read models, what waits, and the objects of a service.

    An event that is unpublished is a finding when it is older than `settled`. `deep` reads every object and compares
    its SHA-256 where one is known; else only its presence is checked. A check that cannot be made is a finding too.
    """
    report = Report(operations.name)

    def objects() -> AsyncIterator[Finding]:
        return check_objects(operations, report.counts, deep=deep)

    checks: list[Callable[[], AsyncIterator[Finding]]] = [
        lambda: check_streams(operations.store, report.counts),
        lambda: check_strays(operations.store, report.counts),
        lambda: check_unpublished(operations.store, settled),
        lambda: check_dead_letters(operations),
        *([objects] if operations.references and operations.neighbours.objects else []),
        *operations.checks,
    ]
    for check in checks:
        try:
            report.findings += [finding async for finding in check()]
        except (PyMongoError, AppError) as error:
            report.findings.append(Finding("verify", operations.name, f"could not be checked: {error}"))
    return report

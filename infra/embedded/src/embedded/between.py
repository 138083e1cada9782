"""Whether what services told was heard: each public event is in the inbox or the dead letters of all who hear it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from common.consumers import INBOX_LIFE
from common.messages import Envelope
from common.operations import Finding, Operations
from common.relay import to_envelope
from common.verify import Report

AT_ONCE = 500
FORGOTTEN = INBOX_LIFE - timedelta(days=1)


async def check_between(services: Sequence[Operations], settled: timedelta) -> Report:
    """Compare logs with inboxes, for events older than `settled` and younger than what inboxes remember."""
    report = Report("between the services")
    now = datetime.now(UTC)
    for publisher in services:
        batch: list[Envelope] = []
        async for recorded in publisher.store.log():
            envelope = to_envelope(recorded, publisher.tells)
            if envelope is not None and now - FORGOTTEN < envelope.at < now - settled:
                batch.append(envelope)
            if len(batch) == AT_ONCE:
                await _compare(batch, services, report)
                batch = []
        await _compare(batch, services, report)
    return report


async def _compare(batch: Sequence[Envelope], services: Sequence[Operations], report: Report) -> None:
    for service in services:
        heard = {envelope.id: envelope for envelope in batch if envelope.key in service.consumer.keys}
        report.counts["messages"] += len(heard)
        for collection in ("inbox", "dead_letters"):
            async for known in service.store.db[collection].find({"_id": {"$in": list(heard)}}, {"_id": 1}):
                del heard[known["_id"]]
        for envelope in heard.values():
            subject = f"{envelope.key} {envelope.id} of {envelope.stream}"
            report.findings.append(Finding("messages", subject, f"was told, and not handled by {service.name}"))

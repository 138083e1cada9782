"""Log documents become events again; one that cannot be read holds up its own stream and no other."""

from collections.abc import Iterable

import structlog

from common import metrics
from common.events import Codec, Recorded, UnknownEvent
from common.mongo import Document

log = structlog.get_logger()


class Decoder:
    """Decodes the events of one service."""

    def __init__(self, service: str, codec: Codec) -> None:
        self._service = service
        self._codec = codec
        self._noted: set[str] = set()

    def decode(self, document: Document) -> Recorded:
        """The event that a log document holds, in its present shape.

        Raises:
            UnknownEvent: this build cannot read it, or it is damaged.
        """
        try:
            return Recorded(
                id=document["_id"],
                stream=document["stream"],
                number=document["number"],
                position=document["position"],
                event=self._codec.decode(document["type"], document["schema"], document["data"]),
                at=document["at"],
                actor=document["actor"],
                correlation_id=document["correlation_id"],
                causation_id=document["causation_id"],
                traceparent=document.get("traceparent"),
            )
        except Exception as error:  # a model or an upcast may raise anything on what the log holds
            said = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            raise UnknownEvent(f"event {document.get('_id')} of {document.get('stream')}: {said}") from error

    def readable(self, documents: Iterable[Document], stuck: set[str]) -> list[Recorded]:
        """The events of streams that are not `stuck`; a stream is from the first that cannot be read.

        Such an event is logged and counted once a process; `verify` names it too.
        """
        events = []
        for document in documents:
            stream = str(document.get("stream"))
            if stream not in stuck:
                try:
                    events.append(self.decode(document))
                except UnknownEvent as error:
                    stuck.add(stream)
                    self._note(str(document.get("_id")), stream, error)
        return events

    def _note(self, event_id: str, stream: str, error: UnknownEvent) -> None:
        if event_id not in self._noted:
            self._noted.add(event_id)
            metrics.UNREADABLE.labels(self._service).inc()
            log.error("event_unreadable", service=self._service, stream=stream, id=event_id, error=str(error))

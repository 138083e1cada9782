"""What works removes when nobody needs it any more."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from hashlib import blake2b
from secrets import token_bytes

from common.event_store import EventStore
from common.objects import PUBLIC, ObjectStore
from common.sweeps import Sweep, standard_sweeps, unreferenced
from works.projections.works import PUBLIC_FILES, WORKS

COPIES = (PUBLIC, "works/")


def sweeps(store: EventStore, objects: ObjectStore, grace: timedelta) -> list[Sweep]:
    """Public copies that no work shows, and what every service has.

    `handlers.Removals` removes copies within seconds of the event that ends them; here is what it never heard of.
    """
    copies = unreferenced(store.db, objects, COPIES, grace, lambda: Needed(store), name="public-copies")
    return [*standard_sweeps(store), copies]


class Needed:
    """Says which copies stay: the works' own, by their events, and those listed for removal.

    A key does not tell its work, so the log is read once, when the first keys are asked about. A copy that is named
    later was not yet there then, or not as old as the grace.
    """

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._shown: BloomFilter | None = None

    async def __call__(self, keys: Sequence[str]) -> set[str]:
        """Those of these that stay.

        Raises:
            UnknownEvent: an event cannot be read; nobody knows then which copies it names.
        """
        if self._shown is None:
            self._shown = await self._read()
        listed = self._store.db.removals.find({"_id": {"$in": [f"{PUBLIC}/{key}" for key in keys]}}, {"key": 1})
        return {key for key in keys if key in self._shown} | {note["key"] async for note in listed}

    async def _read(self) -> "BloomFilter":
        shown = BloomFilter()
        async for events in self._store.whole_streams(WORKS.category):
            work = WORKS.expected(events) or {}
            for field in PUBLIC_FILES:
                if work.get(field):
                    shown.add(work[field])
        return shown


class BloomFilter:
    """A set of any number of texts in 8 MiB. It has whatever was added, and by chance one in many others, too.

    With a million texts in it that is one in 80,000, with ten million one in 25. What is taken for needed by chance
    goes another day: each filter has a chance of its own.
    """

    BITS = 1 << 26

    def __init__(self) -> None:
        self._bits = bytearray(self.BITS // 8)
        self._salt = token_bytes(blake2b.SALT_SIZE)

    def add(self, text: str) -> None:
        """Put a text in."""
        for place in self._places(text):
            self._bits[place >> 3] |= 1 << (place & 7)

    def __contains__(self, text: str) -> bool:
        return all(self._bits[place >> 3] & 1 << (place & 7) for place in self._places(text))

    def _places(self, text: str) -> Iterator[int]:
        digest = blake2b(text.encode(), digest_size=16, salt=self._salt).digest()
        return (int.from_bytes(digest[start : start + 4], "big") % self.BITS for start in range(0, 16, 4))

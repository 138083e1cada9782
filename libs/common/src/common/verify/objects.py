"""Objects that the service's state needs: whether they are there, and on request whether they are what they were."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator

from common.batches import batched
from common.errors import NotFound
from common.objects import ObjectStore
from common.operations import Finding, Operations, Reference

AT_ONCE = 100


async def check_objects(operations: Operations, counts: Counter[str], *, deep: bool) -> AsyncIterator[Finding]:
    """References without bytes. One that was removed meanwhile, with what needed it, is no finding."""
    objects, references = operations.neighbours.objects, operations.references
    assert objects is not None and references is not None  # noqa: S101, PT018  (the caller looked)
    missing: set[Reference] = set()
    async for batch in batched(references(), AT_ONCE):
        counts["objects"] += len(batch)
        there = await asyncio.gather(*(objects.has(r.bucket, r.key) for r in batch))
        missing.update(r for r, present in zip(batch, there, strict=True) if not present)
        for reference in batch if deep else ():
            if reference not in missing and not await _is_the_same(objects, reference):
                yield Finding("objects", _subject(reference), "has other bytes than were stored")
    if missing:
        async for reference in references():
            if reference in missing and not await objects.has(reference.bucket, reference.key):
                yield Finding("objects", _subject(reference), "is missing from the object store")


def _subject(reference: Reference) -> str:
    return f"{reference.bucket}/{reference.key} of {reference.owner}"


async def _is_the_same(objects: ObjectStore, reference: Reference) -> bool:
    """Whether the bytes are those that were stored, where their checksum is known."""
    if reference.sha256 is None:
        return True
    try:
        data = await objects.get(reference.bucket, reference.key)
    except NotFound:
        return True  # removed meanwhile
    return hashlib.sha256(data).hexdigest() == reference.sha256

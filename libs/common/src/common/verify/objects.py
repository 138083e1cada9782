"""Objects that the service's state needs: whether they are there, and on request whether they are what they were."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator

from common.errors import NotFound
from common.objects import BUCKETS, ObjectStore
from common.operations import Finding, Operations, Reference


async def check_objects(operations: Operations, counts: Counter[str], *, deep: bool) -> AsyncIterator[Finding]:
    """References without bytes. One that was removed meanwhile, with what needed it, is no finding."""
    objects, references = operations.neighbours.objects, operations.references
    assert objects is not None and references is not None  # noqa: S101, PT018  (the caller looked)
    there = defaultdict(set)
    for bucket in BUCKETS:
        there[bucket] = {found.key async for found in objects.list(bucket)}
    missing: set[Reference] = set()
    async for reference in references():
        counts["objects"] += 1
        if reference.key not in there[reference.bucket]:
            missing.add(reference)
        elif deep and reference.sha256 is not None and not await _is_the_same(objects, reference):
            yield Finding("objects", _subject(reference), "has other bytes than were stored")
    if missing:
        async for reference in references():
            if reference in missing and await _is_gone(objects, reference):
                yield Finding("objects", _subject(reference), "is missing from the object store")


def _subject(reference: Reference) -> str:
    return f"{reference.bucket}/{reference.key} of {reference.owner}"


async def _is_the_same(objects: ObjectStore, reference: Reference) -> bool:
    try:
        data = await objects.get(reference.bucket, reference.key)
    except NotFound:
        return True  # removed meanwhile
    return hashlib.sha256(data).hexdigest() == reference.sha256


async def _is_gone(objects: ObjectStore, reference: Reference) -> bool:
    try:
        await objects.get(reference.bucket, reference.key)
    except NotFound:
        return True
    return False

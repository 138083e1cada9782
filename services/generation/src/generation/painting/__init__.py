"""The worker's part: claim a task, paint what is missing, record each picture, settle; and the care for its pool."""

from generation.painting.pool import PoolKeeper
from generation.painting.worker import Worker

__all__ = ["PoolKeeper", "Worker"]

"""The worker's part: claim a task, paint what is missing, record each picture, settle."""

from generation.painting.worker import Worker

__all__ = ["Worker"]

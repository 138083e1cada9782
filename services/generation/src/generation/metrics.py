"""Prometheus metrics of generation. Each help text says how to put several replicas together.

Counters and histograms count what their own process did, once it is committed: `sum` over all of them. Gauges of the
queue are read from the database, the same by every replica: `max`. Gauges of a server are one worker's view of it.
"""

from prometheus_client import Counter, Gauge, Histogram

LONG = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)  # seconds

QUEUE_TASKS = Gauge(
    "generation_queue_tasks", "Tasks that wait (pending) or are painted (processing); max over replicas", ["state"]
)
OLDEST_WAITING = Gauge(
    "generation_queue_oldest_seconds", "Age of the task that has waited longest, 0 without one; max over replicas"
)
WAIT_SECONDS = Histogram(
    "generation_wait_seconds", "From a task's request to its first start; sum over replicas", buckets=LONG
)
RUN_SECONDS = Histogram(
    "generation_run_seconds",
    "From a task's first start to its completion; sum over replicas",
    ["engine", "model"],
    buckets=LONG,
)
TASKS_ENDED = Counter(
    "generation_tasks_ended", "Tasks by end: completed, failed, cancelled; sum over replicas", ["outcome"]
)
STREAMS = Gauge("generation_streams", "Progress streams that are open in this process; sum over replicas")
TASKS_REFUSED = Counter(
    "generation_tasks_refused", "Orders refused because their user has too many unfinished; sum over replicas"
)
FAILURES = Counter(
    "generation_failures",
    "Attempts that an engine could not finish, by its word for the cause; `store`: times that the object store did not "
    "take a file, which is tried again; sum over replicas",
    ["engine", "cause"],
)
CREDITS = Counter("generation_credits", "Credits reserved, charged and refunded; sum over replicas", ["entry"])

SERVER_UP = Gauge(
    "comfyui_server_up", "1 while the server answers this worker; min over workers finds trouble", ["server"]
)
SERVER_RUNNING = Gauge("comfyui_server_running", "Jobs this worker has on the server; sum over workers", ["server"])
SERVER_BREAKER = Gauge(
    "comfyui_server_breaker", "0 closed, 1 half open, 2 open: how one worker trusts the server", ["server"]
)
SERVER_JOBS = Counter("comfyui_server_jobs", "Pictures that the server painted; sum over workers", ["server"])
SERVER_FAILURES = Counter(
    "comfyui_server_failures", "Jobs and calls that failed on the server; sum over workers", ["server", "cause"]
)

MODELS_NAMED = 100
_named: set[str] = set()


def model_label(model: str) -> str:
    """The model's name as a label; `other` after the first `MODELS_NAMED`, since every name is a series for ever."""
    if len(_named) < MODELS_NAMED:
        _named.add(model)
    return model if model in _named else "other"

"""Prometheus metrics of every service; `/metrics` serves them. Label `service` tells them apart in one process."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram("http_request_seconds", "Time to answer a request", ["service", "method", "route", "status"])
EVENTS_APPENDED = Counter("events_appended_total", "Events appended to the log", ["service", "event"])
PUBLISHED = Counter("events_published_total", "Events handed to the bus", ["service"])
UNPUBLISHED_AGE = Gauge("relay_lag_seconds", "Age of the oldest event the relay last saw waiting", ["service"])
HANDLED = Counter("messages_handled_total", "Messages handled, by outcome", ["service", "message", "outcome"])
HANDLE_SECONDS = Histogram("message_handle_seconds", "Time a handler took for one message", ["service", "message"])
HANDLER_SECONDS = Histogram("message_batch_seconds", "Time to handle one batch of messages", ["service"])
DEAD_LETTERS = Counter("dead_letters_total", "Messages given up on", ["service", "message"])
UNREADABLE = Counter("events_unreadable_total", "Events of the log that could not be read", ["service"])
DEAD_LETTERS_WAITING = Gauge("dead_letters_waiting", "Messages given up on that wait for an operator", ["service"])
LOOP_FAILURES = Counter("loop_failures_total", "Background loops that failed and were started again", ["loop"])

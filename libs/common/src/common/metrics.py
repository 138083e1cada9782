"""Prometheus metrics of every service; `/metrics` serves them. Label `service` tells them apart in one process.

Several replicas: counters and histograms count what their own process did, `sum` them. What waits (`relay_…`) every
replica reads from the database when it is asked, the same for all: `max`. Labels are names from the code, never from
what clients send.
"""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram("http_request_seconds", "Time to answer a request", ["service", "method", "route", "status"])
IN_FLIGHT = Gauge("http_requests_in_flight", "Requests being answered", ["service"])
SHED = Counter("http_requests_shed_total", "Requests refused because too many were being answered", ["service"])
TRANSACTION_SECONDS = Histogram("transaction_seconds", "Time of a transaction, its repetitions included", ["service"])
TRANSACTIONS_REPEATED = Counter("transactions_repeated_total", "Transactions that another came before", ["service"])
TRANSACTION_FAILURES = Counter("transaction_failures_total", "Transactions given up, by error", ["service", "error"])
EVENTS_APPENDED = Counter("events_appended_total", "Events of the log that the relay has taken", ["service", "event"])
PUBLISHED = Counter("events_published_total", "Events handed to the bus", ["service"])
UNPUBLISHED_AGE = Gauge("relay_lag_seconds", "Age of the oldest event that waits for the relay", ["service"])
UNPUBLISHED = Gauge("relay_waiting_events", "Events that wait for the relay", ["service"])
HANDLED = Counter("messages_handled_total", "Messages handled, by outcome", ["service", "message", "outcome"])
HANDLE_SECONDS = Histogram("message_handle_seconds", "Time a handler took for one message", ["service", "message"])
HANDLER_SECONDS = Histogram("message_batch_seconds", "Time to handle one batch of messages", ["service"])
DEAD_LETTERS = Counter("dead_letters_total", "Messages given up on", ["service", "message"])
UNREADABLE = Counter("events_unreadable_total", "Events of the log that could not be read", ["service"])
DEAD_LETTERS_WAITING = Gauge("dead_letters_waiting", "Messages given up on that wait for an operator", ["service"])
SWEPT = Counter("sweep_removed_total", "Things that sweeps removed", ["service", "sweep"])
SWEPT_BYTES = Counter("sweep_removed_bytes_total", "Bytes that sweeps removed", ["service", "sweep"])
SWEEP_SUCCEEDED = Gauge("sweep_last_success_timestamp_seconds", "When a sweep last succeeded", ["service", "sweep"])
SWEEP_FAILURES = Counter("sweep_failures_total", "Sweeps that ended early", ["service", "sweep"])
LOOP_FAILURES = Counter("loop_failures_total", "Background loops that failed and were started again", ["loop"])
PICTURE_SECONDS = Histogram("picture_seconds", "Time to decode, label and encode a picture's files", ["step"])
BAD_PICTURES = Counter("bad_pictures_total", "Files that were no picture to keep, by what is wrong", ["fault"])

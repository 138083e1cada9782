"""The headers that the edge sets, drops and allows: the same in both fronts."""

RATE_LIMIT = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
CORRELATION = "X-Correlation-ID"
TRACE = ("traceparent", "tracestate", "baggage")  # W3C; a client's go to the policy at most, never to a service

# What only the edge may say to a service. A client's own are dropped; no service takes an identity from a header.
FROM_THE_EDGE = RATE_LIMIT
IDENTITY = ("X-User-Id", "X-User-Name", "X-User-Role", "X-Forwarded-User", "X-Auth-Request-User", "Remote-User")

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}

CORS_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
CORS_REQUEST_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "Prefer", "Last-Event-ID", CORRELATION)
CORS_ANSWER_HEADERS = (*RATE_LIMIT, "Retry-After", CORRELATION)
CORS_MAX_AGE = 600  # seconds

"""What the dashboard shows: rows of panels, each with its queries."""

from dataclasses import dataclass

OURS = 'service=~"$service", route!~"/health/.*|/metrics|/auth|none"'
# Orders for pictures wait for them where the client asks for that.
PROMPT = 'service=~"$service", route!~"/health/.*|/metrics|/auth|none|/api/generate.*"'
RATE = "[$__rate_interval]"


@dataclass(frozen=True)
class Panel:
    """A graph, or a single value (`stat`) that is red from `red` on. `queries` maps legends to expressions."""

    title: str
    unit: str
    queries: dict[str, str]
    says: str = ""
    width: int = 8
    kind: str = "timeseries"
    red: float | None = None


def quantiles(metric: str, by: str, matching: str) -> dict[str, str]:
    """The median, and what one of twenty and one of a hundred exceed."""
    legend = f"{{{{{by}}}}} " if by else ""
    group = ", ".join(filter(None, [by, "le"]))
    rates = f"sum by ({group}) (rate({metric}_bucket{matching}{RATE}))"
    return {f"{legend}p{q}": f"histogram_quantile(0.{q}, {rates})" for q in (50, 95, 99)}


def each(metric: str, by: str, matching: str = "") -> dict[str, str]:
    """Per second, by a label."""
    return {f"{{{{{by}}}}}": f"sum by ({by}) (rate({metric}{matching}{RATE}))"}


ROWS: dict[str, list[Panel]] = {
    "At a glance": [
        Panel("Processes that answer", "none", {"": "sum(up)"}, width=4, kind="stat"),
        Panel("Processes that do not", "none", {"": "sum(up == bool 0)"}, width=4, kind="stat", red=1),
        Panel(
            "Answers that are our errors",
            "percentunit",
            {
                "": f'(sum(rate(http_request_seconds_count{{{OURS}, status=~"5.."}}{RATE})) or vector(0))'
                f" / sum(rate(http_request_seconds_count{{{OURS}}}{RATE}))"
            },
            width=4,
            kind="stat",
            red=0.01,
        ),
        Panel("Oldest unpublished event", "s", {"": "max(relay_lag_seconds)"}, width=4, kind="stat", red=30),
        Panel(
            "Dead letters", "none", {"": "sum(max by (service) (dead_letters_waiting))"}, width=4, kind="stat", red=1
        ),
        Panel("Alerts", "none", {"": 'sum(ALERTS{alertstate="firing"}) or vector(0)'}, width=4, kind="stat", red=1),
    ],
    "Traffic": [
        Panel("Requests", "reqps", each("http_request_seconds_count", "service", f"{{{OURS}}}")),
        Panel(
            "Answers of 4xx and 5xx",
            "reqps",
            {
                "{{service}} {{status}}": "sum by (service, status) "
                f'(rate(http_request_seconds_count{{{OURS}, status=~"[45].."}}{RATE}))'
            },
        ),
        Panel(
            "Refused at the edge",
            "reqps",
            each("edge_decisions_total", "outcome", '{outcome!="ALLOWED"}'),
            "By the gateways: RATE_LIMITED, UNAUTHORIZED, MAINTENANCE …",
        ),
        Panel(
            "Latency by service",
            "s",
            quantiles("http_request_seconds", "service", f"{{{PROMPT}}}"),
            "Without /api/generate, whose answers wait for pictures where the client asks for that.",
            width=12,
        ),
        Panel(
            "The ten slowest routes (p95)",
            "s",
            {
                "{{service}} {{method}} {{route}}": "topk(10, histogram_quantile(0.95, "
                f"sum by (service, method, route, le) (rate(http_request_seconds_bucket{{{PROMPT}}}{RATE}))))"
            },
            width=12,
        ),
    ],
    "Events and messages": [
        Panel(
            "Events appended",
            "ops",
            {
                "{{service}} {{event}}": "topk(12, sum by (service, event) "
                f'(rate(events_appended_total{{service=~"$service"}}{RATE})))'
            },
        ),
        Panel("Relay lag", "s", {"{{service}}": "max by (service) (relay_lag_seconds)"}, "The same by every replica."),
        Panel("Events that wait for the relay", "none", {"{{service}}": "max by (service) (relay_waiting_events)"}),
        Panel(
            "Messages in RabbitMQ's queues", "none", {"{{queue}}": "sum by (queue) (rabbitmq_detailed_queue_messages)"}
        ),
        Panel(
            "Messages handled",
            "ops",
            {
                "{{service}} {{outcome}}": "sum by (service, outcome) "
                f'(rate(messages_handled_total{{service=~"$service"}}{RATE}))'
            },
            "`failed` counts attempts; a message is given up on after five.",
        ),
        Panel(
            "Handler time (p95)",
            "s",
            {
                "{{service}} {{message}}": "histogram_quantile(0.95, sum by (service, message, le) "
                f'(rate(message_handle_seconds_bucket{{service=~"$service"}}{RATE})))'
            },
        ),
        Panel("Dead letters", "none", {"{{service}}": "max by (service) (dead_letters_waiting)"}, width=12),
        Panel(
            "Loops that failed and were started again",
            "none",
            {"{{loop}}": f"sum by (loop) (increase(loop_failures_total{RATE}))"},
            width=12,
        ),
    ],
    "Pictures": [
        Panel("Orders that wait and are painted", "none", {"{{state}}": "max by (state) (generation_queue_tasks)"}),
        Panel("From order to first start", "s", quantiles("generation_wait_seconds", "", "")),
        Panel("From first start to completion", "s", quantiles("generation_run_seconds", "engine", "")),
        Panel("Orders ended", "ops", each("generation_tasks_ended_total", "outcome")),
        Panel(
            "Attempts that failed",
            "ops",
            {"{{engine}} {{cause}}": f"sum by (engine, cause) (rate(generation_failures_total{RATE}))"},
        ),
        Panel("Credits", "none", each("generation_credits_total", "entry")),
        Panel("ComfyUI: servers that answer", "none", {"{{server}}": "max by (server) (comfyui_server_up)"}),
        Panel("ComfyUI: jobs running", "none", {"{{server}}": "sum by (server) (comfyui_server_running)"}),
        Panel(
            "ComfyUI: painted, failed",
            "ops",
            {
                "{{server}} painted": f"sum by (server) (rate(comfyui_server_jobs_total{RATE}))",
                "{{server}} {{cause}}": f"sum by (server, cause) (rate(comfyui_server_failures_total{RATE}))",
            },
        ),
    ],
    "Files and cleaning": [
        Panel(
            "Making a picture's files (p95)",
            "s",
            {"{{step}}": f"histogram_quantile(0.95, sum by (step, le) (rate(picture_seconds_bucket{RATE})))"},
        ),
        Panel("Files that were no picture to keep", "ops", each("bad_pictures_total", "fault")),
        Panel(
            "Removed by sweeps",
            "none",
            {"{{service}} {{sweep}}": f"sum by (service, sweep) (increase(sweep_removed_total{RATE}))"},
        ),
    ],
    "Database": [
        Panel(
            "Transactions",
            "s",
            quantiles("transaction_seconds", "service", '{service=~"$service"}'),
            "Repetitions included.",
        ),
        Panel("Transactions repeated", "ops", each("transactions_repeated_total", "service"), "Another came before."),
        Panel(
            "Transactions given up",
            "ops",
            {"{{service}} {{error}}": f"sum by (service, error) (rate(transaction_failures_total{RATE}))"},
        ),
    ],
    "Saturation": [
        Panel("Processors", "percentunit", {"{{job}} {{instance}}": f"rate(process_cpu_seconds_total{RATE})"}),
        Panel("Memory", "bytes", {"{{job}} {{instance}}": "process_resident_memory_bytes"}),
        Panel("Requests refused for want of room", "reqps", each("http_requests_shed_total", "service")),
        Panel("Requests being answered", "none", {"{{service}}": "sum by (service) (http_requests_in_flight)"}),
        Panel("File descriptors in use", "percentunit", {"{{job}} {{instance}}": "process_open_fds / process_max_fds"}),
        Panel("Connections at Traefik", "none", {"{{entrypoint}}": "sum by (entrypoint) (traefik_open_connections)"}),
        Panel("Limits counted without their store", "ops", {"": f"sum(rate(rate_limit_store_failures_total{RATE}))"}),
    ],
}

"""How Traefik spreads requests over the replicas of a service, and what it does where one or all are away."""

from collections.abc import Sequence
from typing import Any

Config = dict[str, Any]

READY = {"path": "/health/ready", "interval": "1s", "timeout": "2s"}


def ready_first(name: str, urls: Sequence[str], transport: str) -> Config:
    """The service `name`: its replicas that are ready, and all of them where none is."""
    spread = balancer(urls, transport)
    return {
        name: {"failover": {"service": f"{name}-ready", "fallback": f"{name}-any"}},
        f"{name}-ready": {"loadBalancer": {**spread, "healthCheck": READY}},
        f"{name}-any": {"loadBalancer": spread},
    }


def balancer(urls: Sequence[str], transport: str) -> Config:
    """One replica after the other, over the transport of this name."""
    return {"servers": [{"url": url} for url in urls], "serversTransport": transport}


def transport(*, dial: int, headers: int) -> Config:
    """Seconds to connect and to wait for the head of an answer."""
    timeouts = {"dialTimeout": f"{dial}s", "responseHeaderTimeout": f"{headers}s", "idleConnTimeout": "4s"}
    return {"forwardingTimeouts": timeouts}


def pages(names: Sequence[str]) -> Config:
    """The service `pages`: the first of these services that answers; each is the fallback of the one before."""
    chain: Config = {}
    following = f"{names[-1]}-any"
    for name in reversed(names[:-1]):
        step = "pages" if name == names[0] else f"pages-{name}"
        chain[step] = {
            "failover": {"service": f"{name}-any", "fallback": following, "errors": {"status": ["502", "504"]}}
        }
        following = step
    return chain

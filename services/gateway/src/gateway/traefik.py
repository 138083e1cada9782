"""Traefik's dynamic configuration from the route table: `python -m gateway.traefik --out infra/traefik/dynamic.yml`.

What an answer of Traefik itself looks like is asked from the gateway, `/errors/{status}`, and where no gateway answers,
from the first service that does. Only statuses that no service of ours uses are replaced (502, 504; 413 for a body of
unknown length), so a service's own errors pass untouched. Bodies are read before anything is refused: a client still
sending would see a reset, not the answer.

The policy is asked through Traefik's own entry point `policy`, which balances over the gateway's replicas and tries
another one at once. Asked directly, ForwardAuth knows one address, and answers an empty 500 where nobody is there.
"""

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from gateway import headers
from gateway.bodies import MAX_BODY
from gateway.routes import ROUTES

Config = dict[str, Any]

ADDRESSES: Mapping[str, Sequence[str]] = {
    "gateway": ["http://gateway:8000"],
    "auth": ["http://auth:8000"],
    "generation": ["http://generation:8000"],
    "works": ["http://works:8000"],
    "stats": ["http://stats:8000"],
    "media": ["http://minio:9000"],
}
POLICY = "http://127.0.0.1:8083"  # the entry point `policy`, for Traefik itself alone
CORS_ORIGINS = ("http://localhost:3000",)
FROM_ENVIRONMENT = "CORS_ORIGINS"  # stands for what Traefik reads from this variable, comma-separated

ALIVE = {"path": "/health/live", "interval": "1s", "timeout": "1s"}

READS = "(Method(`GET`) || Method(`HEAD`) || Method(`OPTIONS`))"
SPECIFIC, READING, STREAMING, WRITING, REST = 40, 30, 25, 20, 1  # priorities of routers, the greatest first


def more_than(number: int) -> str:
    """A regular expression for every decimal number above `number`."""
    digits = str(number)
    longer = f"[1-9][0-9]{{{len(digits)},}}"
    bigger = [
        f"{digits[:place]}[{int(digit) + 1}-9][0-9]{{{len(digits) - place - 1}}}"
        for place, digit in enumerate(digits)
        if digit != "9"
    ]
    return f"^0*({'|'.join([longer, *bigger])})$"


def dynamic_config(addresses: Mapping[str, Sequence[str]] = ADDRESSES, policy: str = POLICY) -> Config:
    """The whole configuration for services at these base URLs; `addresses` may leave some at their defaults.

    `policy` is the base URL of the entry point of that name.
    """
    known = {**ADDRESSES, **addresses}
    return {
        "http": {
            "routers": _routers(),
            "middlewares": _middlewares(policy),
            "services": {
                **{name: {"loadBalancer": _balancer(urls, "bounded")} for name, urls in known.items()},
                # a replica that is dead is left out within a second; with none alive the fallback says so by a 502
                "policy": {"failover": {"service": "policy-alive", "fallback": "policy-any"}},
                "policy-alive": {"loadBalancer": {**_balancer(known["gateway"], "prompt"), "healthCheck": ALIVE}},
                "policy-any": {"loadBalancer": _balancer(known["gateway"], "prompt")},
                **_pages([name for name in known if name != "media"]),
            },
            "serversTransports": {
                # an answer that waits for a task (`Prefer: wait`, up to 60 s) must fit
                "bounded": _transport(dial=3, headers=75),
                "prompt": _transport(dial=1, headers=2),
            },
        }
    }


def _balancer(urls: Sequence[str], transport: str) -> Config:
    return {"servers": [{"url": url} for url in urls], "serversTransport": transport}


def _transport(*, dial: int, headers: int) -> Config:
    timeouts = {"dialTimeout": f"{dial}s", "responseHeaderTimeout": f"{headers}s", "idleConnTimeout": "4s"}
    return {"forwardingTimeouts": timeouts}


def _pages(names: Sequence[str]) -> Config:
    """The service `pages`: the first of these services that answers; each is the fallback of the one before."""
    chain: Config = {}
    following = names[-1]
    for name in reversed(names[:-1]):
        step = "pages" if name == names[0] else f"pages-{name}"
        chain[step] = {"failover": {"service": name, "fallback": following, "errors": {"status": ["502", "504"]}}}
        following = step
    return chain


def _routers() -> Config:
    """For each service one router for reads, which stream, one for writes, and one for writes of unknown length."""
    routers: Config = {}
    for service, names in _api_names().items():
        rule = f"PathRegexp(`^/api/(v1/)?({'|'.join(map(re.escape, names))})(/|$)`)"
        write = ["body-limit", "policy", "version"]
        routers |= {
            f"{service}-read": _router(
                f"{rule} && {READS}", service, READING, ["answers", "unavailable", "policy", "version", "try-again"]
            ),
            f"{service}-stream": _router(
                f"{rule} && !HeaderRegexp(`Content-Length`, `.`)",
                service,
                STREAMING,
                ["answers", "unavailable", "too-large", *write],
            ),
            f"{service}-write": _router(rule, service, WRITING, ["answers", "unavailable", *write]),
        }
    media = "PathPrefix(`/media/`)"
    health = " || ".join(f"Path(`{route.pattern}`)" for route in ROUTES if route.pattern.startswith("/health/"))
    routers["health"] = _router(health, "gateway", SPECIFIC, ["answers", "unavailable", "try-again"])
    routers["policy"] = {
        "rule": "Path(`/auth`)",
        "service": "policy",
        "entryPoints": ["policy"],
        "middlewares": ["ask-again"],
    }
    routers["too-large"] = _router(
        f"HeaderRegexp(`Content-Length`, `{more_than(MAX_BODY)}`)",
        "gateway",
        SPECIFIC,
        ["answers", "unavailable", "refuse-too-large"],
    )
    routers["media"] = _router(
        f"{media} && {READS}",
        "media",
        READING,
        ["answers", "media-errors", "no-credentials", "media-prefix", "try-again"],
    )
    routers["media-write"] = _router(media, "gateway", WRITING, ["answers", "unavailable", "method-not-allowed"])
    routers["unknown"] = _router("PathPrefix(`/`)", "gateway", REST, ["answers", "unavailable", "not-found"])
    return routers


def _router(rule: str, service: str, priority: int, middlewares: Sequence[str]) -> Config:
    return {"rule": rule, "service": service, "priority": priority, "middlewares": list(middlewares)}


def _api_names() -> dict[str, list[str]]:
    """For each service the names that its paths bear after `/api/`."""
    names: dict[str, list[str]] = {}
    for route in ROUTES:
        if route.pattern.startswith("/api/"):
            found = names.setdefault(route.service, [])
            name = route.pattern.split("/")[2]
            if name not in found:
                found.append(name)
    return names


def _middlewares(policy: str) -> Config:
    return {
        "answers": {"headers": _answers()},
        "policy": {
            "forwardAuth": {
                "address": f"{policy}/auth",
                # X-Forwarded-For was cleared by the entry point unless a trusted proxy sent it; the method and the
                # address of the request are cleared by `answers`, so no client can have another request judged.
                "trustForwardHeader": True,
                "authRequestHeaders": ["Authorization", "X-Forwarded-For", headers.CORRELATION, "traceparent"],
                "authResponseHeaders": [*headers.FROM_THE_EDGE, headers.CORRELATION, *headers.TRACE],
            }
        },
        "version": {"replacePathRegex": {"regex": "^/api/v1/(.*)", "replacement": "/api/$1"}},
        "body-limit": {"buffering": {"maxRequestBodyBytes": MAX_BODY}},
        "too-large": {"errors": _errors(["413"])},
        "unavailable": {"errors": _errors(["502", "504"])},
        "media-errors": {"errors": _errors(["400-599"])},
        "media-prefix": {"stripPrefix": {"prefixes": ["/media"]}},
        "no-credentials": {"headers": {"customRequestHeaders": {"Authorization": "", "Cookie": ""}}},
        "not-found": {"replacePath": {"path": "/errors/404"}},
        "refuse-too-large": {"replacePath": {"path": "/errors/413"}},
        "method-not-allowed": {"replacePath": {"path": "/errors/405"}},
        "ask-again": {"retry": {"attempts": 4}},
        "try-again": {"retry": {"attempts": 3, "initialInterval": "50ms"}},
    }


def _answers() -> Config:
    dropped = [*headers.FROM_THE_EDGE, *headers.IDENTITY, "X-Forwarded-Method", "X-Forwarded-Uri"]
    return {
        "accessControlAllowOriginList": FROM_ENVIRONMENT,
        "accessControlAllowMethods": list(headers.CORS_METHODS),
        "accessControlAllowHeaders": list(headers.CORS_REQUEST_HEADERS),
        "accessControlExposeHeaders": list(headers.CORS_ANSWER_HEADERS),
        "accessControlMaxAge": headers.CORS_MAX_AGE,
        "addVaryHeader": True,
        "customRequestHeaders": dict.fromkeys(dropped, ""),
        "customResponseHeaders": dict(headers.SECURITY),
        "stsSeconds": 31_536_000,  # sent over TLS only
    }


def _errors(status: Sequence[str]) -> Config:
    return {
        "status": list(status),
        "statusRewrites": {"502": 503, "504": 503},
        "service": "pages",
        "query": "/errors/{status}",
    }


def render(config: Config) -> str:
    """The file's text, a template for Traefik."""
    head = (
        "# Generated from services/gateway/src/gateway/routes.py by `python -m gateway.traefik`; edit that instead.\n"
    )
    body: str = yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=120)
    default = json.dumps(",".join(CORS_ORIGINS))
    origins = f'{{{{ env "CORS_ORIGINS" | default {default} | nospace | splitList "," | toJson }}}}'
    return head + body.replace(
        f"accessControlAllowOriginList: {FROM_ENVIRONMENT}", f"accessControlAllowOriginList: {origins}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(prog="python -m gateway.traefik", description="Traefik's dynamic configuration")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    parser.add_argument("--service", action="append", default=[], metavar="NAME=URL[,URL]", help="where a service is")
    parser.add_argument(
        "--policy", default=POLICY, metavar="URL", help="the entry point `policy` (default %(default)s)"
    )
    given = parser.parse_args(arguments)
    addresses = {name: urls.split(",") for name, _, urls in (pair.partition("=") for pair in given.service)}
    if unknown := addresses.keys() - ADDRESSES.keys():
        parser.error(f"no service is named {', '.join(sorted(unknown))}")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(render(dynamic_config(addresses, given.policy)), encoding="utf-8")


if __name__ == "__main__":
    main()

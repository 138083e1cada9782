"""Traefik's dynamic configuration from the route table: `python -m gateway.traefik --out infra/traefik/dynamic.yml`.

What an answer of Traefik itself looks like is asked from the gateway, `/errors/{status}`, and where no gateway answers,
from the first service that does. Only statuses that no service of ours uses are replaced (502, 504; 413 for a body of
unknown length), so a service's own errors pass untouched. Bodies are read before anything is refused: a client still
sending would see a reset, not the answer.

The policy is asked through Traefik's own entry point `policy`, which balances over the gateway's replicas and tries
another one at once. Asked directly, ForwardAuth knows one address, and answers an empty 500 where nobody is there.

A replica that is not ready is left out within a second or two: that is how one is replaced without a lost request. With
none ready all are asked, for their own words. What was never sent is sent to another replica; what was sent and not
answered is sent again only if it is a read.
"""

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from gateway import headers
from gateway.balancing import balancer, pages, ready_first, transport
from gateway.bodies import MAX_BODY
from gateway.routes import ROUTES, expression

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

COMPRESSED = ["application/json", "application/javascript", "text/css", "text/html", "text/javascript", "text/plain"]
POLICY_ANSWER = 65_536  # bytes; a refusal of the gateway's takes a few hundred

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
    ours = [name for name in known if name != "media"]
    return {
        "http": {
            "routers": _routers(),
            "middlewares": _middlewares(policy),
            "services": {
                **ready_first("policy", known["gateway"], "prompt"),
                **{key: part for name in ours for key, part in ready_first(name, known[name], "bounded").items()},
                "media": {"loadBalancer": balancer(known["media"], "bounded")},
                **pages(ours),
            },
            "serversTransports": {
                # an answer that waits for a task (`Prefer: wait`, up to 60 s) must fit
                "bounded": transport(dial=3, headers=75),
                "prompt": transport(dial=1, headers=2),
            },
        }
    }


def _routers() -> Config:
    """For each service one router for reads, which stream, one for writes, and one for writes of unknown length."""
    routers: Config = {}
    for service, (names, guests) in _api_paths().items():
        paths = "|".join([f"({'|'.join(map(re.escape, names))})(/|$)", *guests])
        rule = f"PathRegexp(`^/api/(v1/)?({paths})`)"
        first = 1 if guests else 0  # before the service that the rest of the name belongs to
        read = ["answers", "compressed", "unavailable", "policy", "version", "try-again"]
        write = ["body-limit", "policy", "version", "try-elsewhere"]
        routers |= {
            f"{service}-read": _router(
                f"{rule} && {READS}",
                service,
                READING + first,
                read,
            ),
            f"{service}-stream": _router(
                f"{rule} && !HeaderRegexp(`Content-Length`, `.`)",
                service,
                STREAMING + first,
                ["answers", "unavailable", "too-large", *write],
            ),
            f"{service}-write": _router(rule, service, WRITING + first, ["answers", "unavailable", *write]),
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


def _api_paths() -> dict[str, tuple[list[str], list[str]]]:
    """For each service the names after `/api/` that are its own, and expressions of its paths under another's name.

    The last route of a name says whose it is.
    """
    patterns = {r.pattern.removeprefix("/api/"): r.service for r in ROUTES if r.pattern.startswith("/api/")}
    owners = {pattern.partition("/")[0]: service for pattern, service in patterns.items()}
    paths: dict[str, tuple[list[str], list[str]]] = {service: ([], []) for service in owners.values()}
    for name, service in owners.items():
        paths[service][0].append(name)
    for pattern, service in patterns.items():
        if owners[pattern.partition("/")[0]] != service:
            paths[service][1].append(f"{expression(pattern)}$")
    return paths


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
                "maxResponseBodySize": POLICY_ANSWER,
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
        "compressed": {"compress": {"includedContentTypes": COMPRESSED}},  # no pictures, no streams of events
        "try-again": {"retry": {"attempts": 3, "initialInterval": "50ms", "status": ["502"]}},
        "try-elsewhere": {"retry": {"attempts": 3, "initialInterval": "50ms"}},
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

#!/usr/bin/env python3
"""Make the secrets of docker-compose.yml, each in a file of its own: `make secrets`. Needs nothing but Python.

What exists is kept, so it is safe to repeat; delete a file to have it made anew. The folder is closed to everybody
but its owner; the files in it are readable, since each container reads its own as the user that the image names.
What RabbitMQ and Valkey must know of the passwords (their hashes) is derived from the addresses given to the services.
"""

import argparse
import base64
import hashlib
import json
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

# Whose messages each service hears, itself included.
HEARS: Mapping[str, Sequence[str]] = {
    "auth": [],
    "generation": ["auth", "works"],
    "works": ["auth", "generation", "works"],
    "stats": ["auth", "works"],
    "gateway": ["auth"],
}
ED25519_IN_PKCS8 = bytes.fromhex("302e020100300506032b657004220420")  # RFC 8410; the 32 bytes of the key follow


def main() -> None:
    """Write what is missing."""
    parser = argparse.ArgumentParser(description="Make the secrets that docker-compose.yml mounts; keeps what exists.")
    parser.add_argument("--out", type=Path, default=Path("secrets"), help="the folder (default: secrets)")
    folder: Path = parser.parse_args().out
    made = make(folder)
    sys.stdout.write(f"{folder}: made {', '.join(made)}\n" if made else f"{folder}: complete, nothing changed\n")


def make(folder: Path) -> list[str]:
    """The names of the files that were missing, or derived from one that was."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    missing = {name: fresh for name, fresh in originals().items() if not (folder / name).exists()}
    made = [name for name, fresh in missing.items() if _write(folder / name, fresh())]
    return made + [name for name, text in derived(folder).items() if _write(folder / name, text)]


def originals() -> dict[str, Callable[[], str]]:
    """How each secret is made that no other holds."""
    return {
        "mongodb_root_password": password,
        "mongodb_keyfile": lambda: base64.b64encode(secrets.token_bytes(756)).decode(),
        "minio_root_password": password,
        "auth_signing_key.pem": signing_key,
        "works_viewer_secret": password,
        "grafana_admin_password": password,
        "gateway_limits_url": lambda: f"valkey://gateway:{password()}@valkey:6379/0",
        **{f"{service}_mongodb_url": _mongodb_url(service) for service in HEARS},
        **{f"{service}_rabbitmq_url": _rabbitmq_url(service) for service in HEARS},
    }


def derived(folder: Path) -> dict[str, str]:
    """The files that follow from others."""
    users = {service: _password_in(folder / f"{service}_rabbitmq_url") for service in HEARS}
    limits = hashlib.sha256(_password_in(folder / "gateway_limits_url").encode()).hexdigest()
    return {
        "rabbitmq_definitions.json": json.dumps(rabbitmq_definitions(users), indent=2),
        "valkey_users.acl": f"user default off\nuser gateway on #{limits} ~LIMITS:* -@all {VALKEY_COMMANDS}\n",
    }


def rabbitmq_definitions(passwords: Mapping[str, str]) -> dict[str, Any]:
    """One user a service, allowed what `common.rabbit` and `common.replay` do and no more.

    A service tells only its own events. What it may send to another's queue by the default exchange RabbitMQ cannot
    narrow; the receiver takes nothing but replay requests and messages of the kinds that it hears.
    """
    host = {"vhost": "/"}
    return {
        "vhosts": [{"name": "/"}],
        "users": [
            {
                "name": service,
                "password_hash": rabbitmq_hash(passwords[service]),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
            }
            for service in HEARS
        ],
        "permissions": [{**host, "user": service, **_queues(service)} for service in HEARS],
        "topic_permissions": [
            {**host, "user": service, "exchange": "events", "write": rf"^{service}\.", "read": _any_of(told, r"\.")}
            for service, told in HEARS.items()
        ],
        # A dead letter leaves its queue only when the queue of dead letters has it.
        "policies": [
            {
                **host,
                "name": "dead-letters-are-kept",
                "pattern": r"^[a-z]+(\.replay)?$",
                "apply-to": "quorum_queues",
                "priority": 0,
                "definition": {"dead-letter-strategy": "at-least-once", "overflow": "reject-publish"},
            }
        ],
    }


def rabbitmq_hash(text: str) -> str:
    """RabbitMQ's salted hash. The salt follows from the password, which is random: the file stays as it is."""
    salt = hashlib.sha256(b"salt" + text.encode()).digest()[:4]
    return base64.b64encode(salt + hashlib.sha256(salt + text.encode()).digest()).decode()


def signing_key() -> str:
    """A private Ed25519 key, PKCS#8 in PEM: any 32 bytes are one."""
    body = base64.b64encode(ED25519_IN_PKCS8 + secrets.token_bytes(32)).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"


def password() -> str:
    """256 random bits, in letters that need no quoting anywhere."""
    return secrets.token_hex(32)


VALKEY_COMMANDS = "+@connection +@scripting +@read +@write +@keyspace -@dangerous"


def _queues(service: str) -> dict[str, str]:
    """Its queues and the exchange; to ask for history it declares the queue of requests of whom it hears."""
    asked = [rf"{publisher}\.replay" for publisher in HEARS[service] if publisher != service]
    own = [service, rf"{service}\.replay"]
    dead = [rf"{queue}\.dead" for queue in [*own, *asked]]
    return {
        "configure": _any_of(["events", *own, *asked, *dead], "$"),
        "write": _any_of(["events", r"amq\.default", *own], "$"),
        "read": _any_of(["events", *own, *asked, *dead], "$"),
    }


def _any_of(names: Sequence[str], end: str) -> str:
    return f"^({'|'.join(names)}){end}" if names else "^$"


def _mongodb_url(service: str) -> Callable[[], str]:
    return lambda: f"mongodb://{service}:{password()}@mongodb:27017/{service}?authSource={service}&replicaSet=rs0"


def _rabbitmq_url(service: str) -> Callable[[], str]:
    return lambda: f"amqp://{service}:{password()}@rabbitmq:5672/%2F"


def _password_in(path: Path) -> str:
    found = urlsplit(path.read_text(encoding="utf-8").strip()).password
    if not found:
        raise SystemExit(f"{path} holds no address with a password; delete it to have it made anew.")
    return found


def _write(path: Path, text: str) -> bool:
    """Whole or not at all, and only what is new; whether it was."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    draft = path.with_name(f".{path.name}")
    draft.write_text(text, encoding="utf-8")
    draft.chmod(0o444)
    draft.replace(path)
    return True


if __name__ == "__main__":
    main()

"""AsyncAPI 3.0: every public message, who tells it and who hears it, generated from the contracts."""

import inspect
from collections.abc import Mapping
from typing import Any

from common.contracts import ALL
from common.messages import Envelope, Message
from common.rabbit import EXCHANGE

Json = dict[str, Any]

VERSION = "1.0.0"
ABOUT = """\
服务之间的公开消息。每条消息发布到主题交换机 `events`，路由键为 `<发布者>.<名称>.v<版本>`；每个订阅者有自己的仲裁队列
（与服务同名）和死信队列（`<服务>.dead`）。消息至少投递一次，同一条流（`stream`）之内有序；`id` 相同即为重复。
载荷只增加字段；不兼容的改变是新的版本，与旧版本同时发布。订阅者忽略不认识的字段。
"""

HEARS: Mapping[str, tuple[str, ...]] = {
    "generation": (
        "auth.UserRegistered.v1",
        "works.WorkCreated.v1",
        "works.WorkPublished.v1",
        "works.WorkUnpublished.v1",
        "works.WorkDeleted.v1",
    ),
    "works": (
        "auth.UserRegistered.v1",
        "auth.ProfileUpdated.v1",
        "generation.ImageGenerated.v1",
        "works.WorkUnpublished.v1",
        "works.WorkDeleted.v1",
        "works.WorkLiked.v1",
        "works.WorkUnliked.v1",
        "works.WorkViewed.v1",
        "works.CommentAdded.v1",
        "works.CommentRemoved.v1",
        "works.WorkRated.v1",
    ),
    "stats": (
        "auth.UserFollowed.v1",
        "auth.UserUnfollowed.v1",
        "works.WorkCreated.v1",
        "works.WorkDeleted.v1",
        "works.WorkLiked.v1",
        "works.WorkUnliked.v1",
        "works.WorkViewed.v1",
    ),
    "gateway": ("auth.SessionsRevoked.v1",),
}
"""For each service the routing keys that its queue is bound to; a test compares it with the services themselves."""


def document() -> Json:
    """The document of all messages."""
    schemas: Json = {"Envelope": _adopted(Envelope.model_json_schema(ref_template=_SCHEMA), {}, "")}
    for message in ALL:
        key = message.routing_key()
        schema = message.model_json_schema(ref_template=_SCHEMA.replace("{model}", f"{key}.{{model}}"))
        schemas[key] = _adopted(schema, schemas, key)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "创想引擎 消息", "version": VERSION, "description": ABOUT},
        "defaultContentType": "application/json",
        "channels": {message.routing_key(): _channel(message) for message in ALL},
        "operations": _operations(),
        "components": {
            "messages": {message.routing_key(): _message(message) for message in ALL},
            "schemas": schemas,
        },
    }


_SCHEMA = "#/components/schemas/{model}"


def _adopted(schema: Json, schemas: Json, key: str) -> Json:
    """The schema, its inner definitions moved to the document's."""
    for name, definition in schema.pop("$defs", {}).items():
        schemas[f"{key}.{name}"] = definition
    return schema


def _channel(message: type[Message]) -> Json:
    key = message.routing_key()
    exchange = {"name": EXCHANGE, "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": key,
        "title": message.name,
        "messages": {message.name: {"$ref": f"#/components/messages/{key}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _operations() -> Json:
    told = {f"{m.publisher}.tells.{m.routing_key()}": _operation("send", m.publisher, m.routing_key()) for m in ALL}
    heard = {
        f"{service}.hears.{key}": _operation("receive", service, key) for service, keys in HEARS.items() for key in keys
    }
    return told | heard


def _operation(action: str, service: str, key: str) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{key}"},
        "tags": [{"name": service}],
        "bindings": {"amqp": {"deliveryMode": 2, "bindingVersion": "0.3.0"}} if action == "send" else {},
    }


def _message(message: type[Message]) -> Json:
    key = message.routing_key()
    payload = {"$ref": _SCHEMA.format(model=key)}
    inside = {"properties": {"key": {"const": key}, "data": payload}}
    return {
        "name": message.name,
        "title": message.name,
        "summary": inspect.cleandoc(message.__doc__ or ""),
        "contentType": "application/json",
        "correlationId": {"location": "$message.payload#/correlation_id"},
        "payload": {"allOf": [{"$ref": _SCHEMA.format(model="Envelope")}, inside]},
    }

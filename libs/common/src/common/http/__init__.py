"""HTTP the way every service speaks it: one envelope, one family of errors, correlation ids, health, metrics."""

from common.http.app import create_app
from common.http.bodies import Body, Done, ErrorReply, Moment, Reply, Text, field_codes
from common.http.health import Check
from common.http.openapi import example, refusals
from common.http.pages import Page, Paging, paginate

__all__ = [
    "Body",
    "Check",
    "Done",
    "ErrorReply",
    "Moment",
    "Page",
    "Paging",
    "Reply",
    "Text",
    "create_app",
    "example",
    "field_codes",
    "paginate",
    "refusals",
]

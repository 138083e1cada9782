"""A ComfyUI server as its operator sees it: whether it takes new jobs."""

from common.events import Event, State
from generation.commands import DrainServer
from generation.events import ServerDrained, ServerReopened


class Pooled(State):
    """One server; `draining` means that it gets no new jobs."""

    draining: bool = False


def evolve(server: Pooled, event: Event) -> Pooled:
    """The server after the event."""
    match event:
        case ServerDrained():
            return server.but(draining=True)
        case ServerReopened():
            return server.but(draining=False)
        case _:
            return server


def drain(server: Pooled, command: DrainServer) -> list[Event]:
    """Take a server out, or back in; one that is so already stays so."""
    if server.draining == command.draining:
        return []
    if command.draining:
        return [ServerDrained(url=command.url, drained_at=command.now)]
    return [ServerReopened(url=command.url, reopened_at=command.now)]

"""Commands on the pool of ComfyUI servers."""

from generation.commands import DrainServer
from generation.domain import servers
from generation.handlers.aggregates import Aggregates


async def drain_server(command: DrainServer, aggregates: Aggregates) -> servers.Pooled:
    """Take a server out of the pool or back in; every worker follows within seconds."""
    return await aggregates.servers.update(command.url, lambda server: servers.drain(server, command))

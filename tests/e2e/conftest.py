"""The stages, and the browsers in front of them; `choosing` says which."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from choosing import chosen
from containers import ContainerStage
from stages import DistributedStage, EmbeddedStage

from common.testing.servers import Servers
from common.testing.servers.containers import docker_answers
from common.testing.traces import Receiver

STAGES = list(chosen(os.environ, docker_answers))


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStage]:
    """The suite in one process."""
    stage = EmbeddedStage(tmp_path_factory.mktemp("embedded"))
    stage.start()
    yield stage
    stage.stop()


@pytest.fixture(scope="session")
def traces() -> Iterator[Receiver]:
    """What the separate processes tell of their requests and messages."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def distributed(
    tmp_path_factory: pytest.TempPathFactory, servers: Servers, traces: Receiver
) -> Iterator[DistributedStage]:
    """The suite as separate processes, traced."""
    tracing = {"OTEL_EXPORTER_OTLP_ENDPOINT": traces.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    stage = DistributedStage(Path(tmp_path_factory.mktemp("distributed")), servers, settings=tracing)
    stage.start()
    yield stage
    stage.stop()


@pytest.fixture(scope="session")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerStage]:
    """The suite as containers."""
    stage = ContainerStage(tmp_path_factory.mktemp("containers"))
    try:
        stage.start()
        yield stage
    finally:
        stage.stop()


@pytest.fixture(scope="session", params=STAGES)
def stage_name(request: pytest.FixtureRequest) -> str:
    """Each stage in turn: the name of its fixture, or an address."""
    return str(request.param)


@pytest.fixture(scope="session")
def base_url(request: pytest.FixtureRequest, stage_name: str) -> str:
    """The stage's base URL."""
    return stage_name if stage_name.startswith("http") else str(request.getfixturevalue(stage_name).url)


@pytest.fixture(scope="session")
async def http(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser."""
    async with httpx.AsyncClient(base_url=base_url, timeout=30) as client:
        yield client

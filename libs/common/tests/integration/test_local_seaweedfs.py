"""A private S3 server: objects survive a crash, and anonymous reading is what a bucket's policy says."""

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from minio import Minio

from common.local.process import free_port
from common.local.seaweedfs import S3Address, SeaweedFS
from common.local.traefik import Traefik
from common.testing.eventually import eventually

PICTURE = b"not really a picture"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    with SeaweedFS(tmp_path_factory.mktemp("s3")) as server:
        yield server


def client(address: S3Address, host: str | None = None) -> Minio:
    host = host or address.endpoint.removeprefix("http://")
    return Minio(host, address.access_key, address.secret_key, secure=False, region="us-east-1")


def store(address: S3Address, bucket: str, key: str = "a/图.png") -> None:
    s3 = client(address)
    if not s3.bucket_exists(bucket):
        s3.make_bucket(bucket)
    s3.put_object(bucket, key, io.BytesIO(PICTURE), len(PICTURE), content_type="image/png")


def test_an_object_survives_a_crash(server: SeaweedFS) -> None:
    store(server.address, "crash")
    server.kill()
    with client(server.start()).get_object("crash", "a/图.png") as answer:
        assert answer.read() == PICTURE
    store(server.address, "crash", "after.png")


def test_a_bucket_is_private_until_its_policy_lets_everyone_read(server: SeaweedFS) -> None:
    store(server.address, "public")
    url = f"{server.address.endpoint}/public/a/图.png"
    assert httpx.get(url).status_code == 403
    read = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::public/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [read]})
    client(server.address).set_bucket_policy("public", policy)
    assert httpx.get(url).content == PICTURE
    assert httpx.put(url, content=b"").status_code == 403
    assert httpx.delete(url).status_code == 403
    assert httpx.get(f"{server.address.endpoint}/public").status_code == 403


async def test_a_signed_address_works_behind_a_prefix_that_the_edge_strips(server: SeaweedFS, tmp_path: Path) -> None:
    store(server.address, "originals")
    port = free_port()
    with Traefik(tmp_path / "traefik", edge(tmp_path, server.address.endpoint), port=port):
        host = f"localhost:{port}"
        signed = client(server.address, host).presigned_get_object(
            "originals", "a/图.png", expires=timedelta(minutes=1)
        )
        url = signed.replace(host, f"{host}/media", 1)
        async with httpx.AsyncClient() as browser:
            served = await eventually(lambda: browser.get(url), lambda answer: answer.status_code != 404)
            assert (served.status_code, served.content) == (200, PICTURE)
            assert (await browser.get(url.replace("Signature=", "Signature=0"))).status_code == 403
            assert (await browser.get(url.partition("?")[0])).status_code == 403


def edge(folder: Path, endpoint: str) -> Path:
    """A dynamic configuration that sends /media, without the prefix, to ``endpoint``."""
    configuration = {
        "http": {
            "routers": {"media": {"rule": "PathPrefix(`/media`)", "service": "s3", "middlewares": ["strip"]}},
            "middlewares": {"strip": {"stripPrefix": {"prefixes": ["/media"]}}},
            "services": {"s3": {"loadBalancer": {"servers": [{"url": endpoint}]}}},
        }
    }
    path = folder / "dynamic.yml"
    path.write_text(json.dumps(configuration))
    return path

"""A private mongod: transactions, recovery, access control."""

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from common.local.mongod import Mongod
from common.local.process import ServerFailed, free_port, wait_for

Client = MongoClient[dict[str, Any]]
PARENT = """
import sys
from pathlib import Path
from common.local.mongod import Mongod
print(Mongod(Path(sys.argv[1])).start(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Mongod]:
    server = Mongod(tmp_path / "mongo")
    server.start()
    yield server
    server.stop()


def works(url: str) -> int:
    with Client(url) as client:
        return client.suite.works.count_documents({})


def add_work(url: str) -> None:
    with Client(url) as client, client.start_session() as session, session.start_transaction():
        client.suite.works.insert_one({}, session=session)


def test_a_committed_transaction_survives_a_crash(server: Mongod) -> None:
    add_work(server.url)
    server.kill()
    assert works(server.start()) == 1


def test_a_clean_stop_keeps_everything_for_another_object(server: Mongod) -> None:
    add_work(server.url)
    server.stop()
    with Mongod(server.data_dir) as successor:
        assert works(successor.url) == 1


@pytest.mark.parametrize("crash", [False, True])
def test_the_port_may_change_between_starts(server: Mongod, crash: bool) -> None:
    add_work(server.url)
    server.kill() if crash else server.stop()
    (server.data_dir / "port").write_text(str(free_port()))
    url = server.start()
    assert works(url) == 1
    add_work(url)


def test_a_change_stream_resumes_after_a_crash(server: Mongod) -> None:
    with Client(server.url) as client, client.suite.works.watch() as stream:
        client.suite.works.insert_one({"title": "first"})
        token = stream.next()["_id"]
        client.suite.works.insert_one({"title": "second"})
    server.kill()
    with Client(server.start()) as client, client.suite.works.watch(resume_after=token) as stream:
        assert stream.next()["fullDocument"]["title"] == "second"


def test_nobody_reads_without_the_password(server: Mongod) -> None:
    port = server.url.rpartition(":")[2].partition("/")[0]
    with (
        Client(f"mongodb://127.0.0.1:{port}/?directConnection=true") as client,
        pytest.raises(OperationFailure, match="requires authentication"),
    ):
        client.suite.works.count_documents({})


def test_secrets_and_data_are_for_this_user_only(server: Mongod) -> None:
    def mode(name: str) -> int:
        return stat.S_IMODE((server.data_dir / name).stat().st_mode)

    assert (mode("password"), mode("keyfile"), mode("db")) == (0o600, 0o600, 0o700)


def test_starting_twice_is_starting_once(server: Mongod) -> None:
    pid = server.pid
    assert server.start() == server.url
    assert server.pid == pid


def test_a_start_after_everything_was_killed_works_at_once(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        add_work(parent.stdout.readline().strip())
        parent.kill()
        with Mongod(tmp_path) as successor:
            assert works(successor.url) == 1


def test_a_first_start_that_was_interrupted_is_begun_anew(tmp_path: Path) -> None:
    with Mongod(tmp_path):
        pass
    (tmp_path / "port").unlink()
    (tmp_path / "password").unlink()
    with Mongod(tmp_path) as server:
        assert works(server.url) == 0
    assert (tmp_path / "db.unfinished").is_dir()


def test_a_folder_in_use_is_refused_with_the_process_that_uses_it(server: Mongod) -> None:
    rival = Mongod(server.data_dir)
    rival.predecessor_seconds = 0.1
    with pytest.raises(ServerFailed, match=f"process {server.pid} still uses"):
        rival.start()
    assert works(server.url) == 0


def test_a_failed_start_tells_what_the_log_said_last(server: Mongod) -> None:
    server.stop()
    (server.data_dir / "db" / "WiredTiger.turtle").write_text("nonsense")
    with pytest.raises(ServerFailed, match=r"MongoDB did not start: .*WiredTiger") as refusal:
        server.start()
    assert "\n" not in str(refusal.value)


def test_a_server_that_dies_is_seen_as_stopped(server: Mongod) -> None:
    assert server.pid
    subprocess.run(["/bin/kill", "-9", str(server.pid)], check=True)
    wait_for(lambda: server.pid is None, seconds=10, what="the end")
    assert works(server.start()) == 0

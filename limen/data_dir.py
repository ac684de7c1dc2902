"""What lies where in the data directory, and that one server has it for itself.

ca.pem            the local certificate authority's certificate, behind it those that sign for custom domain names;
                  `limen trust` installs them, several from authorities/. ca-key.pem: the key of the first
server.pem        the server certificate that it signed, and its key
credentials.json  access key and secret of the admin port, made on first start
key               what secrets in the store are sealed with, unless --key-file says otherwise
snapshots/        what a node of a cluster served last, sealed: it starts with that while the database is away
node-id           what other nodes of a cluster know this one by; cluster/: its certificate for them
audit/            the audit log: who called what on the admin port
metrics-token     bearer token for /metrics from other machines
limen.db          the store, unless --store says otherwise
usage.db          what API keys used, unless --state says otherwise
usage/            what workers counted of it and have not delivered yet
logs/             access logs, one file a log group
buckets/          truststores that `limen domains` uploaded
functions/        code of Lambda functions, asynchronous invocations that wait for a next start; in logs/ what they log
run/              sockets between our own processes
lock              held by the running server, names its process. ports.json: where it listens
"""

import fcntl
import hashlib
import os
import secrets
import stat
import string
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

LONGEST_SOCKET_PATH = 100
"""Characters; the kernel allows 107 (Linux) or 103 (macOS) for a Unix socket."""

KEY_BYTES = 32


class DataDirectoryError(Exception):
    """The data directory cannot be used; the message names the path and the reason."""


class Credentials(Struct, frozen=True):
    """The admin port's one pair, as SDKs need it."""

    access_key_id: str
    secret_access_key: str


class Ports(Struct, frozen=True):
    """Where the running server listens."""

    api: int
    admin: int


class DataDirectory:
    """`open` makes what is missing; the constructor looks only."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.certificate_authority = self.path / "ca.pem"
        self.credentials_file = self.path / "credentials.json"
        self.database = self.path / "limen.db"
        self.usage_file = self.path / "usage.db"
        self.usage = self.path / "usage"
        self.logs = self.path / "logs"
        self.audit = self.path / "audit"
        self.snapshots = self.path / "snapshots"
        self.outbox = self.path / "outbox.jsonl"
        self.truststores = self.path / "buckets" / "limen-truststores"
        self.functions = self.path / "functions"
        self.function_logs = self.path / "functions" / "logs"
        self._ports_file = self.path / "ports.json"

    @staticmethod
    def open(path: Path | str) -> "DataDirectory":
        data = DataDirectory(Path(path).absolute())
        try:
            data.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            data.logs.mkdir(mode=0o700, exist_ok=True)
            data.functions.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise DataDirectoryError(f"cannot make the data directory {data.path}: {error.strerror}") from None
        return data

    @property
    def store_url(self) -> str:
        return f"sqlite:///{self.database.absolute()}"

    def credentials(self) -> Credentials:
        """Those of credentials.json, generated the first time."""
        content = _read_or_make(self.credentials_file, lambda: msgspec.json.encode(_generate_credentials()))
        try:
            return msgspec.json.decode(content, type=Credentials)
        except msgspec.DecodeError as error:
            raise DataDirectoryError(
                f"{self.credentials_file} is damaged ({error}): delete it for a new pair"
            ) from None

    def metrics_token(self) -> str:
        """The bearer token of /metrics, generated the first time."""
        return _read_or_make(self.path / "metrics-token", lambda: secrets.token_urlsafe(32).encode()).decode().strip()

    def key(self, path: Path | None = None) -> bytes:
        """32 bytes that secrets at rest are sealed with: of the file `path`, else of ours; generated the first time."""
        file = path or self.path / "key"
        content = _read_or_make(file, lambda: secrets.token_hex(KEY_BYTES).encode()).decode("ascii", "replace").strip()
        if file.stat().st_mode & 0o077:
            raise DataDirectoryError(f"{file} can be read by others: chmod 600 {file}")
        try:
            key = bytes.fromhex(content)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise DataDirectoryError(f"{file} is damaged: put the one back that the store was written with")
        return key

    def node_id(self) -> str:
        """What other nodes know this one by, generated the first time."""
        return _read_or_make(self.path / "node-id", lambda: f"node-{secrets.token_hex(6)}".encode()).decode().strip()

    def adopt_credentials(self, credentials: Credentials) -> None:
        """Takes those that the nodes of a cluster share in place of our own."""
        if self.credentials() != credentials:
            _replace(self.credentials_file, msgspec.json.encode(credentials) + b"\n")

    def control_socket(self, generation: int) -> Path:
        """Where the workers of a generation meet their control process; in a directory that only we may enter."""
        return self._socket(f"control-{generation}.sock")

    def pools_socket(self, generation: int) -> Path:
        """Where the control process of a generation answers for user pools; its workers forward to it."""
        return self._socket(f"pools-{generation}.sock")

    def functions_socket(self) -> Path:
        """Where functions are invoked: the supervisor listens, the functions host accepts."""
        return self._socket("functions.sock")

    def state_socket(self) -> Path:
        """Where the state host is asked: the supervisor listens, the state host accepts."""
        return self._socket("state.sock")

    def functions_control_socket(self, generation: int) -> Path:
        """Where the functions host of a generation meets its control process."""
        return self._socket(f"functions-control-{generation}.sock")

    def _socket(self, name: str) -> Path:
        run = self.path / "run"
        if len(str(run / name)) > LONGEST_SOCKET_PATH:
            digest = hashlib.sha256(str(self.path).encode()).hexdigest()[:16]
            run = Path(tempfile.gettempdir()) / f"limen-{os.getuid()}-{digest}"
        _make_private_directory(run)
        return run / name

    def record_ports(self, ports: Ports) -> None:
        """For the other commands, which cannot know the flags of the running server; by the holder of the lock."""
        _replace(self._ports_file, msgspec.json.encode(ports))

    def find_ports(self) -> Ports | None:
        """Those of the server that runs now, None where none does."""
        try:
            return msgspec.json.decode(self._ports_file.read_bytes(), type=Ports) if self.is_locked() else None
        except (OSError, msgspec.DecodeError):
            return None

    def is_locked(self) -> bool:
        """Whether a server, or an import, has this directory now."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
        return False

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps other servers and imports off this directory; the kernel lets go of it however we end."""
        try:
            descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise DataDirectoryError(f"cannot lock {self.path}: {error.strerror}") from None
        try:
            _lock(descriptor, self.path)
            self._ports_file.unlink(missing_ok=True)
            yield
        finally:
            os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        raise DataDirectoryError(f"{path} is in use by another limen (process {holder})") from None
    except OSError as error:
        raise DataDirectoryError(f"cannot lock {path}: {error.strerror}") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _generate_credentials() -> Credentials:
    """In AWS's form: a key id of 20 characters, a secret of 40."""
    key_id = "AKIA" + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(16))
    return Credentials(key_id, secrets.token_urlsafe(30))


def _read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """The content of a file that only its owner may read; of two that make it at once, one wins and both read it."""
    try:
        if not path.exists():
            _write_once(path, make() + b"\n")
        return path.read_bytes()
    except OSError as error:
        raise DataDirectoryError(f"{path}: {error.strerror}") from None


def _write_once(path: Path, content: bytes) -> None:
    """Fails silently where the file exists: it is never half-written and never replaced."""
    temporary = _write_beside(path, content)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        os.unlink(temporary)


def _replace(path: Path, content: bytes) -> None:
    os.replace(_write_beside(path, content), path)


def _write_beside(path: Path, content: bytes) -> str:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _make_private_directory(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise DataDirectoryError(f"{path}: {error.strerror}") from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise DataDirectoryError(f"{path} must be a directory of ours with mode 0700")

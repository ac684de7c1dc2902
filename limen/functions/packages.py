"""Deployment packages: zip files kept by their content, unpacked once, layers laid over each other.

A package comes from outside: every name in it is weighed before anything is written, and nothing is written outside
its own directory. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-package.html
"""

import asyncio
import hashlib
import io
import os
import shutil
import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Collection, Sequence
from pathlib import Path, PurePosixPath

from limen.functions.records import Code

MOST_UNZIPPED = 262144000
"""Bytes of a package, or of all layers of a function together, when unpacked."""

MOST_ENTRIES = 100_000
"""Files and directories in one package; AWS names no number, a file system has one."""

MOST_DEPTH = 100
"""Directories in one another."""

LONGEST_NAME = 255
"""Bytes of the name of one file or directory, as file systems have it."""

_PIECE = 1 << 20
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)
"""What zipfile raises for a broken archive, an unknown compression, a name that is no text."""


class PackageError(Exception):
    """A package that cannot be used; the message is AWS's where AWS has one."""


def check_zip(data: bytes) -> None:
    """Inflates all of it, so that what passes can be unpacked: not for an event loop."""
    with _open(data) as archive:
        for entry in _weighed(archive):
            if not entry.is_dir():
                _copy(archive, entry, lambda piece: None)


class Packages:
    """The packages in one directory: `code/` as they came, `unpacked/` as environments see them.

    Two processes share it: both only ever add files by renaming, under the name of their content.
    """

    def __init__(self, directory: Path) -> None:
        self._code = directory / "code"
        self._unpacked = directory / "unpacked"
        self._being_made: dict[str, asyncio.Task[Path]] = {}

    def store(self, data: bytes) -> str:
        """The SHA-256 in hex of a package that `check_zip` has passed, which is on disk from now on."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._code / f"{sha256}.zip"
        if path.exists():
            return sha256
        self._code.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=self._code, prefix=".new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
        return sha256

    def read(self, sha256: str) -> bytes:
        """A stored package; raises PackageError where it is gone."""
        try:
            return (self._code / f"{sha256}.zip").read_bytes()
        except OSError as error:
            raise PackageError(f"the package {sha256} cannot be read: {error.strerror}") from None

    def size(self, sha256: str) -> int:
        """Bytes of a stored package; raises PackageError where it is gone."""
        try:
            return (self._code / f"{sha256}.zip").stat().st_size
        except OSError as error:
            raise PackageError(f"the package {sha256} cannot be read: {error.strerror}") from None

    async def unpacked(self, code: Code) -> Path:
        """The directory of some code: the user's own if it is live, else ours, which nobody changes."""
        if code.directory:
            return _existing(Path(code.directory))
        return await self._made(code.sha256, lambda target: _unpack(self.read(code.sha256), target))

    async def opt(self, layers: Sequence[Code]) -> Path | None:
        """What stands in /opt: the layers laid over each other, a later one wins."""
        if not layers:
            return None
        if len(layers) == 1:
            return await self.unpacked(layers[0])
        sources = [await self.unpacked(layer) for layer in layers]
        name = await asyncio.to_thread(_name_of_merged, layers)
        return await self._made(name, lambda target: _merge(sources, target))

    async def keep_only(self, codes: Collection[Code]) -> None:
        """Removes unpacked packages that are none of these, and layers laid over each other: they are made anew."""
        kept = {code.sha256 for code in codes} | self._being_made.keys()
        await asyncio.to_thread(_remove_others, self._unpacked, kept)

    async def _made(self, name: str, make: Callable[[Path], None]) -> Path:
        """Made by one of those who ask at once; a caller that goes away does not take it from the others."""
        path = self._unpacked / name
        if path.exists():
            return path
        task = self._being_made.get(name)
        if task is None:
            task = asyncio.create_task(asyncio.to_thread(self._make, path, make), name=f"unpack {name}")
            self._being_made[name] = task
            task.add_done_callback(lambda _: self._being_made.pop(name, None))
        return await asyncio.shield(task)

    def _make(self, path: Path, make: Callable[[Path], None]) -> Path:
        self._unpacked.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=self._unpacked, prefix=".new-"))
        try:
            temporary.chmod(0o755)
            make(temporary)
            os.rename(temporary, path)
        except OSError as error:
            if path.exists():  # another process was faster
                return path
            raise PackageError(f"the package {path.name} cannot be unpacked: {error.strerror or error}") from None
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        return path


def _open(data: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except _UNREADABLE:
        raise PackageError("Could not unzip uploaded file. Please check your file, then try to upload again.") from None


def _weighed(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """All entries, after every name, size and link has been found to be harmless."""
    entries = archive.infolist()
    if not entries:
        raise PackageError("Uploaded file must be a non-empty zip")
    if len(entries) > MOST_ENTRIES:
        raise PackageError(f"The package has {len(entries)} entries; at most {MOST_ENTRIES} can be unpacked")
    if sum(entry.file_size for entry in entries) >= MOST_UNZIPPED:
        raise PackageError(f"Unzipped size must be smaller than {MOST_UNZIPPED} bytes")
    directories: set[str] = set()
    leaves: set[str] = set()
    for entry in entries:
        _check_entry(entry)
        folded = _fold(entry.filename)
        directories.update(map(str, folded.parents))
        (directories if entry.is_dir() else leaves).add(str(folded))
        if _is_link(entry):
            _check_link(entry, _link_target(archive, entry))
    if both := sorted(directories & leaves):
        raise PackageError(f"{both[0]} is a file or link in the package and a directory too")
    return entries


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    parts = name.rstrip("/").split("/")
    if not parts[0] or "\\" in name or any(part in ("", ".", "..") for part in parts) or parts[0].endswith(":"):
        raise PackageError(f"The package has an entry that would be unpacked elsewhere: {name!r}")
    if len(parts) > MOST_DEPTH or any(len(os.fsencode(part)) > LONGEST_NAME for part in parts):
        raise PackageError(f"The package has an entry with a name that is too long: {name[:LONGEST_NAME]!r}")
    if entry.flag_bits & 0x1:
        raise PackageError(f"The package is encrypted: {name!r} cannot be read without a password")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
        raise PackageError(f"The package has an entry that is neither a file, a directory nor a link: {name!r}")


def _check_link(entry: zipfile.ZipInfo, target: str) -> None:
    """A link may climb first and then go down, inside the package.

    No `..` after a name: that name may be a link itself, and climbing from where it leads is climbing elsewhere.
    """
    parts = [part for part in target.split("/") if part not in ("", ".")]
    climbs = next((number for number, part in enumerate(parts) if part != ".."), len(parts))
    depth = len(PurePosixPath(entry.filename).parts) - 1
    if not target or target.startswith("/") or "\0" in target or climbs > depth or ".." in parts[climbs:]:
        raise PackageError(f"The package has a link that leads out of it: {entry.filename!r} -> {target!r}")


def _fold(name: str) -> PurePosixPath:
    """Names that are one on some file system are one here."""
    return PurePosixPath(unicodedata.normalize("NFC", name).casefold())


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(entry.external_attr >> 16)


def _link_target(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    if entry.file_size > 4096:
        raise PackageError(f"The package has a link that leads out of it: {entry.filename!r}")
    pieces: list[bytes] = []
    _copy(archive, entry, pieces.append)
    return os.fsdecode(b"".join(pieces))


def _copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, write: Callable[[bytes], object]) -> None:
    """Never more than the size that the entry declares: zipfile reads no further."""
    try:
        with archive.open(entry) as content:
            while piece := content.read(_PIECE):
                write(piece)
    except _UNREADABLE as error:
        raise PackageError(
            f"Could not unzip uploaded file. Please check your file, then try to upload again. "
            f"({entry.filename!r}: {error})"
        ) from None


def _unpack(data: bytes, target: Path) -> None:
    with _open(data) as archive:
        entries = _weighed(archive)
        for entry in entries:
            path = target / entry.filename
            if entry.is_dir():
                path.mkdir(parents=True, exist_ok=True)
            elif not _is_link(entry):
                path.parent.mkdir(parents=True, exist_ok=True)
                _write_file(archive, entry, path)
        for entry in filter(_is_link, entries):  # last, so that nothing is written through one
            path = target / entry.filename
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.symlink_to(_link_target(archive, entry))


def _write_file(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> None:
    """Of the mode only what makes a program of it is kept: zips of many tools carry none, or one nobody can read."""
    mode = 0o644 | (entry.external_attr >> 16) & 0o111
    path.unlink(missing_ok=True)  # the last of two entries of a name counts
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        _copy(archive, entry, file.write)
    path.chmod(mode)


def _existing(directory: Path) -> Path:
    if not directory.is_dir():
        raise PackageError(f"the code directory {directory} does not exist")
    return directory


def _name_of_merged(layers: Sequence[Code]) -> str:
    """Of live directories by what is in them now."""
    digest = hashlib.sha256()
    for layer in layers:
        digest.update(layer.sha256.encode() or _state_of(Path(layer.directory)))
    return f"layers-{digest.hexdigest()}"


def _state_of(directory: Path) -> bytes:
    digest = hashlib.sha256(os.fsencode(directory))
    for folder, _, names in os.walk(directory):
        for name in sorted(names):
            found = os.lstat(os.path.join(folder, name))
            digest.update(f"{folder}/{name} {found.st_mtime_ns} {found.st_size}\n".encode(errors="surrogateescape"))
    return digest.digest()


def _merge(sources: list[Path], target: Path) -> None:
    if sum(map(_size_of, sources)) >= MOST_UNZIPPED:
        raise PackageError(f"Layers consume more than the available size of {MOST_UNZIPPED} bytes")
    for source in sources:
        for folder, directories, names in os.walk(source):
            place = target / os.path.relpath(folder, source)
            links = [name for name in directories if os.path.islink(os.path.join(folder, name))]
            _lay(Path(folder), place, [*names, *links])


def _lay(source: Path, place: Path, names: list[str]) -> None:
    """The files and links of one directory over what lies there from layers before."""
    if place.is_symlink() or place.is_file():
        place.unlink()
    place.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = place / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        shutil.copy2(source / name, path, follow_symlinks=False)


def _size_of(directory: Path) -> int:
    return sum(
        os.lstat(os.path.join(folder, name)).st_size for folder, _, names in os.walk(directory) for name in names
    )


def _remove_others(directory: Path, kept: Collection[str]) -> None:
    for path in directory.iterdir() if directory.exists() else ():
        if path.name not in kept and not path.name.startswith(".new-"):
            shutil.rmtree(path, ignore_errors=True)

"""Packages come from outside: what cannot be unpacked, or would be unpacked elsewhere, is refused by name."""

import asyncio
import hashlib
import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.functions import packages
from limen.functions.packages import PackageError, Packages, check_zip
from limen.functions.records import Code


def zipped(entries: dict[str, bytes | str], modes: dict[str, int] | None = None) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (modes or {}).get(name, stat.S_IFREG | 0o644) << 16
            archive.writestr(info, content)
    return file.getvalue()


def link(target: str, name: str = "link", **more: bytes) -> bytes:
    return zipped({name: target, **more}, {name: stat.S_IFLNK | 0o777})


def unpack(directory: Path, data: bytes) -> Path:
    check_zip(data)
    kept = Packages(directory)
    return asyncio.run(kept.unpacked(Code(sha256=kept.store(data))))


def test_a_package_is_kept_and_unpacked_by_its_content(tmp_path: Path) -> None:
    data = zipped({"app.py": b"x = 1", "lib/": b"", "lib/deep/one.py": b"y", "bootstrap": b"#!/bin/sh"}, {
        "bootstrap": stat.S_IFREG | 0o755, "lib/": stat.S_IFDIR | 0o755
    })  # fmt: skip

    path = unpack(tmp_path, data)

    assert path == tmp_path / "unpacked" / hashlib.sha256(data).hexdigest()
    assert (path / "app.py").read_bytes() == b"x = 1"
    assert (path / "lib/deep/one.py").read_bytes() == b"y"
    assert stat.S_IMODE((path / "bootstrap").stat().st_mode) == 0o755
    assert Packages(tmp_path).read(path.name) == data
    assert Packages(tmp_path).size(path.name) == len(data)


def test_a_file_that_only_its_owner_could_read_is_readable(tmp_path: Path) -> None:
    path = unpack(tmp_path, zipped({"app.py": b""}, {"app.py": stat.S_IFREG | 0o600}))

    assert stat.S_IMODE((path / "app.py").stat().st_mode) == 0o644


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a//b", "./x", "..\\x", "c:/x", "a/.."])
def test_an_entry_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(PackageError, match="unpacked elsewhere"):
        check_zip(zipped({name: b"evil"}))


@pytest.mark.parametrize("name", ["x" * 256, "\u00e9" * 128 + "/x", "a/" * 200 + "x"])
def test_a_name_that_no_file_system_takes_is_refused(name: str) -> None:
    with pytest.raises(PackageError, match="too long"):
        check_zip(zipped({name: b"x"}))


@pytest.mark.parametrize("target", ["/etc/passwd", "..", "../x", "a/../../x", "a/..", "x\0y", ""])
def test_a_link_that_leads_out_is_refused(target: str) -> None:
    with pytest.raises(PackageError, match="leads out of it"):
        check_zip(link(target))


def test_a_link_inside_the_package_is_kept(tmp_path: Path) -> None:
    path = unpack(tmp_path, link("../lib/tool.js", "bin/tool", **{"lib/tool.js": b"run"}))

    assert os.readlink(path / "bin/tool") == "../lib/tool.js"
    assert (path / "bin/tool").read_bytes() == b"run"


def test_nothing_is_written_through_a_link() -> None:
    with pytest.raises(PackageError, match="a directory too"):
        check_zip(link("lib", "a", **{"a/app.py": b"evil"}))
    with pytest.raises(PackageError, match="a directory too"):
        check_zip(link("lib", "A", **{"a/app.py": b"evil"}))  # one name where case does not count


def test_special_files_are_refused() -> None:
    with pytest.raises(PackageError, match="neither a file"):
        check_zip(zipped({"fifo": b""}, {"fifo": stat.S_IFIFO | 0o644}))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = zipped({f"{number}": bytes(27_000_000) for number in range(10)})

    assert len(bomb) < 300_000
    with pytest.raises(PackageError, match="Unzipped size must be smaller than 262144000 bytes"):
        check_zip(bomb)


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    data = zipped({"zeros": bytes(1_000_000)})
    lying = data.replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))

    with pytest.raises(PackageError, match="Could not unzip uploaded file"):
        check_zip(lying)


def test_too_many_entries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "MOST_ENTRIES", 3)

    with pytest.raises(PackageError, match="has 4 entries"):
        check_zip(zipped(dict.fromkeys("abcd", b"")))


def test_broken_and_encrypted_packages_are_named() -> None:
    good = zipped({"app.py": os.urandom(1000)})
    encrypted = bytearray(zipped({"app.py": b"x"}))
    encrypted[6] |= 1
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1

    for broken in (b"", b"not a zip", good[:500], good[:200] + b"??" + good[202:]):
        with pytest.raises(PackageError, match="Could not unzip uploaded file"):
            check_zip(broken)
    with pytest.raises(PackageError, match="encrypted"):
        check_zip(bytes(encrypted))
    with pytest.raises(PackageError, match="non-empty"):
        check_zip(zipped({}))


@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_bytes_pass_or_are_refused(noise: bytes, position: int) -> None:
    data = zipped({"app.py": b"x = 1" * 9, "bin/tool": b"y"})
    position %= len(data)

    for candidate in (noise, data[:position] + noise + data[position + len(noise) :]):
        try:
            check_zip(candidate)
        except PackageError as error:
            assert str(error)


def test_a_live_directory_is_used_as_it_is(tmp_path: Path) -> None:
    kept = Packages(tmp_path / "data")

    assert asyncio.run(kept.unpacked(Code(directory=str(tmp_path)))) == tmp_path
    with pytest.raises(PackageError, match="does not exist"):
        asyncio.run(kept.unpacked(Code(directory=str(tmp_path / "gone"))))


def test_a_package_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="cannot be read"):
        asyncio.run(Packages(tmp_path).unpacked(Code(sha256="0" * 64)))


def test_many_who_ask_at_once_get_one_directory(tmp_path: Path) -> None:
    kept = Packages(tmp_path)
    code = Code(sha256=kept.store(zipped({"app.py": b""})))

    async def ask() -> list[Path]:
        return await asyncio.gather(*(kept.unpacked(code) for _ in range(20)))

    assert len(set(asyncio.run(ask()))) == 1
    assert [path.name for path in (tmp_path / "unpacked").iterdir()] == [code.sha256]


def test_a_later_layer_wins(tmp_path: Path) -> None:
    kept = Packages(tmp_path / "data")
    live = tmp_path / "live"
    (live / "python").mkdir(parents=True)
    (live / "python/three.py").write_bytes(b"3")
    layers = [
        Code(sha256=kept.store(zipped({"python/one.py": b"1", "python/two.py": b"1", "tool": b"file"}))),
        Code(sha256=kept.store(zipped({"python/two.py": b"2", "tool/run": b"in a directory"}))),
        Code(directory=str(live)),
    ]

    async def lay() -> Path | None:
        assert await kept.opt([]) is None
        assert await kept.opt(layers[:1]) == tmp_path / "data/unpacked" / layers[0].sha256
        return await kept.opt(layers)

    opt = asyncio.run(lay())
    assert opt is not None
    content = {str(file.relative_to(opt)): file.read_bytes() for file in opt.rglob("*") if file.is_file()}
    assert content == {
        "python/one.py": b"1",
        "python/two.py": b"2",
        "python/three.py": b"3",
        "tool/run": b"in a directory",
    }

    (live / "python/three.py").write_bytes(b"changed")
    again = asyncio.run(lay())
    assert again is not None and (again / "python/three.py").read_bytes() == b"changed"


def test_what_nobody_runs_is_removed(tmp_path: Path) -> None:
    kept = Packages(tmp_path)
    codes = [Code(sha256=kept.store(zipped({"app.py": text}))) for text in (b"1", b"2")]

    async def run() -> None:
        for code in codes:
            await kept.unpacked(code)
        await kept.keep_only(codes[:1])
        assert [path.name for path in (tmp_path / "unpacked").iterdir()] == [codes[0].sha256]
        assert (await kept.unpacked(codes[1])).is_dir()  # anew

    asyncio.run(run())

"""One command to a server, with the key that says where in a cluster it goes."""

from typing import Any, NamedTuple, TypeAlias, cast

import hiredis

from limen.state.valkey.scripts import Script

Part: TypeAlias = bytes | str | int


class Call(NamedTuple):
    """`script` is what `parts` run by its digest, if they do: a server that does not know it yet is told its source."""

    key: bytes
    parts: tuple[Part, ...]
    script: Script | None = None


def command(name: str, key: bytes, *arguments: Part) -> Call:
    return Call(key, (name, key, *arguments))


def run_script(script: Script, keys: tuple[bytes, ...], *arguments: Part) -> Call:
    """All keys have one hash tag."""
    return Call(keys[0], ("EVALSHA", script.digest, len(keys), *keys, *arguments), script)


def pack(calls: list[Call]) -> bytes:
    return b"".join([pack_command(call.parts) for call in calls])


def pack_command(parts: tuple[Part, ...]) -> bytes:
    return bytes(hiredis.pack_command(cast(Any, parts)))  # it takes tuples of any length, whatever its types say


def with_source(calls: list[Call]) -> list[Call]:
    """The same for a server that forgot scripts: the first call of each brings the source, which it then knows."""
    told: set[str] = set()
    result = []
    for call in calls:
        if call.script is not None and call.script.digest not in told:
            told.add(call.script.digest)
            call = call._replace(parts=("EVAL", call.script.source, *call.parts[2:]))
        result.append(call)
    return result

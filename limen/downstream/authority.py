"""The local certificate authority and the server certificate that it signs, made on first start.

Files: `ca.pem` (what clients trust, see `authority_files`), `ca-key.pem`, `server.pem` (key and certificate in one
file, so that one rename replaces both; a comment in front tells when it must be made anew). While they are current,
`cryptography` is not imported: that would take as long as the rest of the start.
"""

import hashlib
import json
import time
from pathlib import Path

from msgspec import Struct

from limen.downstream.authority_files import CA, CA_KEY, locked, own_authority, replace_own, write_whole
from limen.downstream.server_names import RESERVED, server_names

DAY = 86_400
RENEW_BEFORE = 30 * DAY
_COMMENT = b"# limen: "


class Authority(Struct, frozen=True):
    """Paths of what a server and its clients need."""

    ca: Path
    server: Path
    """Certificate and key, in this order of use: `tls.server_context(authority.server)`."""
    is_new: bool
    """Whether the authority was made just now: a trust store that held the last one must be told."""


def ensure_authority(
    data_directory: Path, suffix: str = "localhost", extra_hosts: tuple[str, ...] = (), now: float | None = None
) -> Authority:
    """Makes what is missing, about to expire, or made for other names; safe when two processes start at once."""
    names = server_names(suffix, extra_hosts)
    now = time.time() if now is None else now
    ca, server = data_directory / CA, data_directory / "server.pem"
    if _is_current(ca, server, names, now):
        return Authority(ca, server, is_new=False)
    data_directory.mkdir(parents=True, exist_ok=True)
    with locked(data_directory):
        if _is_current(ca, server, names, now):
            return Authority(ca, server, is_new=False)
        from limen.downstream import certificates  # heavy: imports cryptography

        key_path = data_directory / CA_KEY
        is_new = not certificates.can_sign(ca, key_path, names, now)
        if is_new:
            made = certificates.make_authority(names, now)
            write_whole(key_path, made.key, 0o600)
            replace_own(data_directory, made.certificate)
        signed = certificates.sign_server(ca, key_path, names, now)
        comment = _COMMENT + json.dumps(_description(ca, names, signed.end - RENEW_BEFORE)).encode() + b"\n"
        write_whole(server, comment + signed.key + signed.certificate, 0o600)
    return Authority(ca, server, is_new=is_new)


def _is_current(ca: Path, server: Path, names: list[str], now: float) -> bool:
    try:
        first_line = server.read_bytes().partition(b"\n")[0]
        described = json.loads(first_line.removeprefix(_COMMENT))
        return bool(now < described["renew_at"] and described == _description(ca, names, described["renew_at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _description(ca: Path, names: list[str], renew_at: float) -> dict[str, object]:
    signed_for = [*names, "", *RESERVED]
    return {
        "renew_at": renew_at,
        "names": hashlib.sha256("\n".join(signed_for).encode()).hexdigest(),
        "authority": hashlib.sha256(own_authority(ca.read_bytes())).hexdigest(),
    }

"""The curl command that calls a domain name from this machine, whether its name leads here yet or not."""

import shlex
import socket
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from limen.cli.admin_port import EVERYWHERE

PATIENCE = 2.0
"""Seconds for the resolver of this machine."""


def curl_line(domain: dict[str, Any], url: str, authority: Path, host: str) -> str:
    """`domain` as /_limen/domains tells it; `authority`: of this server, named where it issued the certificate."""
    words = ["curl"]
    if (domain["certificate"] or {}).get("issuerName") in _subjects(authority):
        words += ["--cacert", _short(authority)]
    if domain["mutualTls"]:
        words += ["--cert", "CLIENT.pem", "--key", "CLIENT-KEY.pem"]
    called = url.replace("*", "any", 1)
    name, port = urlsplit(called).hostname or "", urlsplit(called).port
    if not leads_here(name):
        address = "127.0.0.1" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
        words += ["--resolve", f"{name}:{port}:{address}"]
    return shlex.join([*words, called if urlsplit(called).path else called + "/"])


def leads_here(name: str) -> bool:
    """Whether this machine finds itself by the name; one that the resolver is slow about does not count."""
    found: list[tuple[int, str]] = []

    def look() -> None:
        try:
            answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend((family, str(address[0])) for family, _, _, _, address in answers)

    looking = Thread(target=look, daemon=True)
    looking.start()
    looking.join(PATIENCE)
    return any(_is_ours(family, address) for family, address in found)


def _is_ours(family: int, address: str) -> bool:
    """An address of this machine is one that can be listened on."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True


def _subjects(authority: Path) -> set[str]:
    from cryptography import x509

    found = x509.load_pem_x509_certificates(authority.read_bytes())
    return {each.subject.rfc4514_string() for each in found}


def _short(path: Path) -> str:
    """From the working directory, where it is below that."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)

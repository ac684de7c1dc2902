"""OpenSSL as the judge: chains that are right, and wrong in one or two ways, are trusted where it trusts them."""

import ssl
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.features.domain_names.facts import read_facts
from limen.features.domain_names.trusted import Trusted
from limen.features.domain_names.verification import verify
from tests.features.domain_names.verifying import problem_of
from tests.support.client_certificates import (
    CLIENT,
    SERVER,
    Party,
    Wish,
    bundle,
    make,
    make_key,
    make_root,
    rsa_key,
)

UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
WRONG = st.sampled_from(
    [
        {"days": (-9, -1)},
        {"days": (1, 9)},
        {"is_authority": False},
        {"signs": False},
        {"signs": True},
        {"signs": None},
        {"uses": (SERVER,)},
        {"uses": (CLIENT, SERVER)},
        {"uses": None},
        {"path_length": 0},
        {"path_length": 1},
        {"extensions": ((UNKNOWN, True),)},
        {"extensions": ((UNKNOWN, False),)},
        {"key": rsa_key(1024)},
        {"key": rsa_key(2048)},
        {"serial": 1},
    ]
)
"""What is different of one certificate; not always a fault."""


@st.composite
def clients(draw: st.DrawFn) -> tuple[Party, list[Party]]:
    """A client and a truststore."""
    length = draw(st.integers(1, 6))
    changes = {position: draw(WRONG) for position in draw(st.sets(st.integers(0, length - 1), max_size=2))}
    chain: list[Party] = []
    for position in reversed(range(length)):
        wish = {"is_authority": position > 0, "signs": position > 0} | changes.get(position, {})
        if not wish["is_authority"]:
            wish.pop("path_length", None)
        chain.insert(0, make(f"Party {position}", chain[0] if chain else None, Wish(**wish)))
    truststore = chain[1:] if length > 1 else chain[:1]
    for dropped in draw(st.sets(st.integers(0, len(truststore) - 1), max_size=1)):
        swapped = draw(st.booleans())
        name = truststore[dropped].name
        stranger = make_root(name, Wish(is_authority=True, signs=True, key=make_key()))
        truststore[dropped : dropped + 1] = [stranger] if swapped else [make_root("Stranger")]
    return chain[0], draw(st.permutations(truststore))


def openssl_trusts(client: Party, truststore: list[Party]) -> bool:
    with TemporaryDirectory() as directory:
        certificate, trusted = Path(directory, "client.pem"), Path(directory, "trusted.pem")
        certificate.write_text(client.pem)
        trusted.write_text(bundle(*truststore))
        command = ["openssl", "verify", "-purpose", "sslclient", "-verify_depth", "3", "-auth_level", "2"]
        files = ["-no-CApath", "-no-CAstore", "-CAfile", str(trusted), str(certificate)]
        return subprocess.run([*command, *files], capture_output=True).returncode == 0


@settings(max_examples=60, deadline=None)
@given(clients())
def test_we_trust_whom_openssl_trusts(made: tuple[Party, list[Party]]) -> None:
    client, truststore = made

    assert (problem_of(client, *truststore) == "") == openssl_trusts(client, truststore)


def test_what_openssl_makes_without_being_told_more_is_trusted(tmp_path: Path) -> None:
    """As in walkthroughs: a root of `openssl req -x509`, a client of `openssl x509 -req`."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-new", "-x509", *key, "-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=Root")
    openssl("req", "-new", *key, "-keyout", "ana.key", "-out", "ana.csr", "-subj", "/CN=ana")
    sign = ("-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "01")
    openssl("x509", "-req", "-in", "ana.csr", *sign, "-out", "ana.pem")
    root, ana = (
        read_facts(ssl.PEM_cert_to_DER_cert((tmp_path / name).read_text())) for name in ("root.pem", "ana.pem")
    )

    assert verify(ana, Trusted([root]), time.time()).problem == ""
    assert verify(root, Trusted([root]), time.time()).problem == ""

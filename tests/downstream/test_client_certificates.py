"""Clients are asked for a certificate, any is taken, and nobody shows one that is not theirs."""

import logging
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from msgspec.structs import replace

from limen.downstream import listener, server_contexts
from limen.downstream.server_contexts import ServerContexts
from tests.downstream.http2_client import REQUEST, Http2Client
from tests.downstream.named import certificate_of, client_context, contexts_of, server_name, visit
from tests.downstream.serving import Served
from tests.support.client_certificates import (
    Party,
    Wish,
    altered,
    bundle,
    make_authority,
    make_client,
    make_key,
    make_root,
    make_self_signed_client,
    rsa_key,
)

ROOT = make_root()
ISSUER = make_authority(ROOT)
ANA = make_client(ISSUER, "ana")
STRANGERS = {
    "of a stranger": make_client(make_root("Stranger")),
    "signed by itself": make_self_signed_client(),
    "expired": make_client(ISSUER, wish=Wish(is_authority=False, days=(-9, -1))),
    "of a server": make_client(ISSUER, wish=Wish(uses=())),
    "of an authority": ISSUER,
    "with a short key": make_client(ISSUER, wish=Wish(key=rsa_key(1024))),
}
ASKING = server_name("asking.test", asks_for_certificate=True, truststore="Für Ana\n" + bundle(ISSUER, ROOT))
PLAIN = server_name("plain.test")
_1_2, _1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3

both_versions = pytest.mark.parametrize("version", [_1_2, _1_3], ids=["1.2", "1.3"])


@pytest.fixture
def served(serving: Callable[..., Served]) -> Served:
    return serving(context_for=contexts_of(ASKING, PLAIN).find)


@pytest.fixture
def verifying(serving: Callable[..., Served], monkeypatch: pytest.MonkeyPatch) -> Served:
    """Where OpenSSL cannot be told to take any certificate."""
    monkeypatch.setattr(server_contexts, "usable_openssl", lambda: None)
    return serving(context_for=contexts_of(ASKING, PLAIN).find)


@pytest.fixture
def holder(tmp_path: Path) -> Callable[..., ssl.SSLContext]:
    """A client that shows a certificate."""

    def hold(party: Party, **settings: Any) -> ssl.SSLContext:
        context = client_context(**settings)
        context.set_ciphers("ALL:@SECLEVEL=0")  # the client is not to be the one that minds
        context.load_cert_chain(*party.write(tmp_path))
        return context

    return hold


@both_versions
def test_what_a_client_shows_is_known(
    served: Served, holder: Callable[..., ssl.SSLContext], version: ssl.TLSVersion
) -> None:
    seen = visit(served, "asking.test", holder(ANA, maximum_version=version))
    assert bytes.fromhex(seen.exchange["certificate"]) == ANA.der
    assert seen.certificate == certificate_of(ASKING)
    assert seen.exchange["tls"] == version.name.replace("_", ".")


@both_versions
@pytest.mark.parametrize("case", STRANGERS)
def test_whom_nobody_trusts_is_let_in_to_be_told_so(
    served: Served, holder: Callable[..., ssl.SSLContext], case: str, version: ssl.TLSVersion
) -> None:
    seen = visit(served, "asking.test", holder(STRANGERS[case], maximum_version=version))
    assert bytes.fromhex(seen.exchange["certificate"]) == STRANGERS[case].der


@both_versions
def test_a_forged_certificate_is_what_it_is(served: Served, tmp_path: Path, version: ssl.TLSVersion) -> None:
    """Its signature by the issuer is wrong: that is for the truststore to find."""
    _, key = ANA.write(tmp_path)
    (tmp_path / "forged.pem").write_text(ssl.DER_cert_to_PEM_cert(altered(ANA)))
    context = client_context(maximum_version=version)
    context.load_cert_chain(tmp_path / "forged.pem", key)
    assert bytes.fromhex(visit(served, "asking.test", context).exchange["certificate"]) == altered(ANA)


@pytest.mark.parametrize("transport", ["aiofastnet", "uvloop"])
def test_a_name_that_is_no_text_is_no_error_of_ours(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, transport: str
) -> None:
    if transport == "uvloop":
        monkeypatch.setattr(listener, "connect_accepted_socket", None)
    named = make_client(ISSUER, wish=Wish(extensions=((x509.SubjectAlternativeName([x509.DNSName("zzz")]), False),)))
    broken = named.der.replace(b"zzz", b"\xff\xfe\xfd")
    _, key = named.write(tmp_path)
    (tmp_path / "broken.pem").write_text(ssl.DER_cert_to_PEM_cert(broken))
    context = client_context()
    context.load_cert_chain(tmp_path / "broken.pem", key)
    assert bytes.fromhex(visit(served, "asking.test", context).exchange["certificate"]) == broken
    served.wait_until(lambda: served.listener.open_count == 0)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@both_versions
@pytest.mark.parametrize("mode", ["served", "verifying"])
def test_who_shows_none_is_let_in(mode: str, version: ssl.TLSVersion, request: pytest.FixtureRequest) -> None:
    served = request.getfixturevalue(mode)
    assert visit(served, "asking.test", client_context(maximum_version=version)).exchange["certificate"] == ""


@both_versions
@pytest.mark.parametrize("mode", ["served", "verifying"])
def test_nobody_shows_the_certificate_of_another(
    mode: str, version: ssl.TLSVersion, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    served = request.getfixturevalue(mode)
    context = client_context(maximum_version=version)
    context.load_cert_chain(*_thief(ANA, tmp_path))
    with pytest.raises((OSError, EOFError)):
        visit(served, "asking.test", context)
    served.wait_until(lambda: served.listener.open_count == 0)
    assert served.exchanges == []


def test_other_names_ask_for_none(served: Served, holder: Callable[..., ssl.SSLContext]) -> None:
    assert visit(served, "plain.test", holder(ANA)).exchange["certificate"] == ""
    assert visit(served, None, holder(ANA)).exchange["certificate"] == ""


@both_versions
@pytest.mark.parametrize("party", [None, ANA], ids=["none", "ana"])
@pytest.mark.parametrize("options", [0, ssl.OP_NO_TICKET], ids=["ticket", "id"])
def test_no_session_is_resumed(
    served: Served,
    holder: Callable[..., ssl.SSLContext],
    options: ssl.Options,
    party: Party | None,
    version: ssl.TLSVersion,
) -> None:
    settings = {"maximum_version": version}
    context = client_context(**settings) if party is None else holder(party, **settings)
    context.options |= options
    first = visit(served, "asking.test", context)
    assert not first.session.has_ticket
    second = visit(served, "asking.test", context, first.session)
    assert not second.is_resumed
    assert second.exchange["certificate"] == first.exchange["certificate"]


@both_versions
def test_a_session_of_another_name_is_not_resumed(served: Served, version: ssl.TLSVersion) -> None:
    context = client_context(maximum_version=version)
    first = visit(served, "plain.test", context)
    assert visit(served, "plain.test", context, first.session).is_resumed
    assert not visit(served, "asking.test", context, first.session).is_resumed


def test_http2_knows_it_too(served: Served, holder: Callable[..., ssl.SSLContext]) -> None:
    class Door:
        def connect(self, *alpn: str, receive_buffer: int | None = None) -> ssl.SSLSocket:
            context = holder(ANA)
            context.set_alpn_protocols(list(alpn))
            plain = socket.create_connection(("127.0.0.1", served.port), timeout=10)
            return context.wrap_socket(plain, server_hostname="asking.test")

    with Http2Client(Door()) as client:
        for stream in (client.request(REQUEST), client.request(REQUEST)):
            assert bytes.fromhex(client.answer(stream).json()["certificate"]) == ANA.der


def test_curl_and_s_client_get_along(served: Served, tmp_path: Path) -> None:
    certificate, key = ANA.write(tmp_path)
    place = f"asking.test:{served.port}"
    curl = ["curl", "-sSk", "--cert", certificate, "--key", key, "--resolve", f"{place}:127.0.0.1", f"https://{place}/"]
    answered = subprocess.run(curl, capture_output=True, check=True, timeout=10)
    assert ANA.der.hex().encode() in answered.stdout

    s_client = ["openssl", "s_client", "-connect", f"127.0.0.1:{served.port}", "-servername", "asking.test"]
    done = subprocess.run(s_client, input=b"", capture_output=True, check=True, timeout=10)
    assert b"No client certificate CA names sent" in done.stdout
    assert b"Requested Signature Algorithms" in done.stdout


def test_without_the_transport_of_aiofastnet_it_is_the_same(
    served: Served, holder: Callable[..., ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "connect_accepted_socket", None)
    stranger = STRANGERS["of a stranger"]
    seen = visit(served, "asking.test", holder(stranger))
    assert bytes.fromhex(seen.exchange["certificate"]) == stranger.der
    assert visit(served, "asking.test").exchange["certificate"] == ""


@both_versions
def test_where_openssl_verifies_who_is_trusted_is_known(
    verifying: Served, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    seen = visit(verifying, "asking.test", _with_chain(tmp_path, version, ANA, ISSUER))
    assert bytes.fromhex(seen.exchange["certificate"]) == ANA.der


@both_versions
@pytest.mark.parametrize("case", [case for case in STRANGERS if case != "of an authority"])
def test_where_openssl_verifies_others_fail_in_the_handshake(
    verifying: Served, holder: Callable[..., ssl.SSLContext], case: str, version: ssl.TLSVersion
) -> None:
    with pytest.raises((OSError, EOFError)):
        visit(verifying, "asking.test", holder(STRANGERS[case], maximum_version=version))
    assert verifying.exchanges == []


def test_where_openssl_verifies_a_broken_truststore_asks_nobody_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server_contexts, "usable_openssl", lambda: None)
    contexts = contexts_of(replace(ASKING, truststore="-----BEGIN CERTIFICATE-----\n"))
    assert contexts.find("asking.test") is None
    assert "asking.test" in caplog.text


def test_a_truststore_is_kept_only_where_openssl_verifies_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def kept(contexts: ServerContexts) -> str:
        return contexts._entries["asking.test"].truststore

    assert kept(contexts_of(ASKING)) == ""
    monkeypatch.setattr(server_contexts, "usable_openssl", lambda: None)
    assert kept(contexts_of(ASKING)) == ASKING.truststore


def test_what_strangers_show_leaves_no_trace_in_files_and_logs(
    served: Served,
    holder: Callable[..., ssl.SSLContext],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    made: list[object] = []
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", lambda *a, **n: made.append(a))
    visit(served, "asking.test", holder(STRANGERS["of a stranger"]))
    assert made == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_chain_of_endless_length_is_refused(served: Served, tmp_path: Path) -> None:
    context = _with_chain(tmp_path, _1_3, ANA, *[ISSUER] * 100)
    with pytest.raises((OSError, EOFError)):
        visit(served, "asking.test", context)
    assert served.exchanges == []


def _with_chain(directory: Path, version: ssl.TLSVersion, party: Party, *others: Party) -> ssl.SSLContext:
    certificate, key = party.write(directory)
    with open(certificate, "a") as file:
        file.write(bundle(*others))
    context = client_context(maximum_version=version)
    context.load_cert_chain(certificate, key)
    return context


def _thief(victim: Party, directory: Path) -> tuple[str, str]:
    """The victim's certificate with a key that calls the victim's public point its own: OpenSSL believes that."""
    key = make_key()
    own, stolen = (
        each.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        for each in (key.public_key(), victim.certificate.public_key())
        if isinstance(each, ec.EllipticCurvePublicKey)
    )
    private = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    assert own in private
    forged = ssl.DER_cert_to_PEM_cert(private.replace(own, stolen)).replace("CERTIFICATE", "EC PRIVATE KEY")
    certificate, path = victim.write(directory)
    Path(path).write_text(forged)
    return certificate, path

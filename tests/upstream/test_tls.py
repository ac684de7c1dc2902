"""HTTPS backends: only those that a trusted authority vouches for, under the name that was asked for."""

import os
import ssl
import tempfile
from typing import Any

import pytest

from limen.upstream.origin import ClientCertificate, Origin
from limen.upstream.tls import KEPT, Contexts, client_context
from tests.upstream.authorities import Authority
from tests.upstream.backends import OK, Answer, answering, answering_once, ask, backend, run, upstream

NAME = "backend.internal"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


def call(authority: Authority | None, server: ssl.SSLContext, server_name: str | None = None, **asked: Any) -> Answer:
    async def main() -> Answer:
        context = client_context(str(authority.file) if authority else None)
        async with backend(answering(OK), server) as opened, upstream(context=context) as client:
            origin = Origin("https", "127.0.0.1", opened.origin.port, server_name, **asked)
            first = await ask(client, origin)
            second = await ask(client, origin)
            assert first.status == second.status
            if first.status or not asked:  # what is checked behind the handshake is seen by the backend
                assert opened.connections == (1 if first.status else 0)
            return second

    return run(main())


def test_a_trusted_backend_is_called_over_one_connection(authority: Authority) -> None:
    assert call(authority, authority.server_context("127.0.0.1")).body == b"ok"


def test_a_server_name_is_verified_in_place_of_the_address(authority: Authority) -> None:
    server = authority.server_context(NAME)

    assert call(authority, server, NAME).body == b"ok"
    assert call(authority, server).kind == "tls"
    assert "certificate not accepted" in str(call(authority, server, "other.internal").error)


def test_an_unknown_authority_is_not_trusted(authority: Authority) -> None:
    assert call(None, authority.server_context("127.0.0.1")).kind == "tls"


def test_an_expired_certificate_is_not_accepted(authority: Authority) -> None:
    assert call(authority, authority.server_context("127.0.0.1", days=-1)).kind == "tls"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_old_versions_of_tls_are_not_spoken(authority: Authority) -> None:
    server = authority.server_context("127.0.0.1")
    server.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    server.maximum_version = ssl.TLSVersion.TLSv1_1

    assert call(authority, server).kind == "tls"


def test_ssl_cert_file_names_the_authorities(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))

    assert call(None, authority.server_context("127.0.0.1")).body == b"ok"


def test_a_plain_backend_is_no_tls_backend(authority: Authority) -> None:
    async def main() -> Answer:
        async with (
            backend(answering_once(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as opened,
            upstream(context=client_context(str(authority.file))) as client,
        ):
            return await ask(client, Origin("https", "127.0.0.1", opened.origin.port), timeout=0.3)

    assert run(main()).kind in ("tls", "timeout")


def test_large_bodies_pass_both_ways(authority: Authority) -> None:
    body = b"x" * 2_000_000
    response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    async def main() -> Answer:
        context = client_context(str(authority.file))
        server = authority.server_context("127.0.0.1")
        async with backend(answering(response), server) as opened, upstream(context=context) as client:
            return await ask(client, opened.origin, "POST", body)

    assert run(main()).body == body


# --- insecureSkipVerification


def test_any_authority_will_do_where_verification_is_skipped(authority: Authority) -> None:
    assert call(None, authority.server_context("127.0.0.1"), skips_verification=True).body == b"ok"
    assert call(None, authority.server_context(NAME), NAME, skips_verification=True).body == b"ok"


def test_name_and_dates_are_checked_where_verification_is_skipped(authority: Authority) -> None:
    other = call(None, authority.server_context(NAME), skips_verification=True)
    assert (other.kind, "certificate is not valid for '127.0.0.1'" in str(other.error)) == ("tls", True)

    expired = call(None, authority.server_context("127.0.0.1", days=-1), skips_verification=True)
    assert (expired.kind, "certificate has expired" in str(expired.error)) == ("tls", True)


def test_origins_that_skip_and_those_that_verify_share_no_connection(authority: Authority) -> None:
    async def main() -> None:
        async with backend(answering(OK), authority.server_context("127.0.0.1")) as opened, upstream() as client:
            strict = opened.origin
            lenient = Origin("https", "127.0.0.1", strict.port, skips_verification=True)
            assert (await ask(client, lenient)).body == b"ok"
            assert (await ask(client, strict)).kind == "tls"

    run(main())


# --- client certificates


def test_a_backend_is_shown_the_certificate_that_it_asks_for(authority: Authority) -> None:
    server = authority.server_context("127.0.0.1", asks_for_client=True)
    shown = authority.client_certificate()

    assert call(authority, server, client_certificate=shown).body == b"ok"
    assert call(None, server, client_certificate=shown, skips_verification=True).body == b"ok"


def test_a_client_certificate_changes_nothing_in_whom_we_trust(authority: Authority) -> None:
    refused = call(None, authority.server_context("127.0.0.1"), client_certificate=authority.client_certificate())
    assert "certificate not accepted" in str(refused.error)


def test_a_backend_that_asks_and_is_shown_nothing_refuses(authority: Authority) -> None:
    async def main() -> Answer:
        server = authority.server_context("127.0.0.1", asks_for_client=True)
        context = client_context(str(authority.file))
        async with backend(answering(OK), server) as opened, upstream(context=context) as client:
            return await ask(client, opened.origin)

    assert run(main()).kind in ("tls", "reset")  # with TLS 1.3 the backend refuses behind the handshake


def test_a_key_of_another_certificate_is_an_error_that_does_not_show_it(authority: Authority) -> None:
    key = authority.client_certificate().private_key
    mixed = ClientCertificate(authority.client_certificate().certificate, key)
    refused = call(authority, authority.server_context("127.0.0.1"), client_certificate=mixed)

    assert refused.kind == "tls"
    assert "the client certificate cannot be used" in str(refused.error)
    assert key not in str(refused.error) and key not in repr(Origin("https", "a", 1, client_certificate=mixed))


def test_a_text_that_is_no_certificate_is_an_error(authority: Authority) -> None:
    refused = call(authority, authority.server_context("127.0.0.1"), client_certificate=ClientCertificate("no", "no"))
    assert "the client certificate cannot be used" in str(refused.error)


@pytest.mark.parametrize("has_memory_files", [True, False])
def test_a_key_leaves_no_file_behind(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, has_memory_files: bool
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if not has_memory_files:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    server = authority.server_context("127.0.0.1", asks_for_client=True)
    assert call(authority, server, client_certificate=authority.client_certificate()).body == b"ok"
    assert list(tmp_path.iterdir()) == []


def test_a_context_is_made_once_for_each_content(authority: Authority) -> None:
    async def main() -> None:
        contexts = Contexts(client_context())
        plain, lenient = Origin("https", "a", 1), Origin("https", "b", 1, skips_verification=True)
        shown = authority.client_certificate()
        first = Origin("https", "a", 1, None, True, shown)
        again = Origin("https", "b", 2, None, True, ClientCertificate(shown.certificate, shown.private_key))
        assert await contexts.get(plain) is await contexts.get(Origin("https", "c", 1, "name"))
        assert await contexts.get(first) is await contexts.get(again)
        made = {id(await contexts.get(origin)) for origin in (plain, lenient, first)}
        assert len(made) == 3

    run(main())


def test_contexts_that_nobody_asks_for_are_dropped(authority: Authority) -> None:
    async def main() -> None:
        contexts = Contexts(client_context())
        shown = authority.client_certificate()
        origins = [
            Origin("https", "a", 1, None, True, ClientCertificate(shown.certificate + "\n" * number, shown.private_key))
            for number in range(KEPT + 1)
        ]
        first = await contexts.get(origins[0])
        for origin in origins[1:]:
            await contexts.get(origin)
        assert await contexts.get(origins[0]) is not first

    run(main())

"""Files of certificates that are wrong are named."""

from pathlib import Path

import pytest

from limen.state.valkey.tls import make_context
from limen.state.valkey.url import TlsFiles
from tests.upstream.authorities import Authority


def test_a_client_certificate_and_an_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.certify("gateway")
    both = tmp_path / "both.pem"
    both.write_text(certificate + key)
    context = make_context(TlsFiles(str(authority.file), str(both), str(both)))

    assert context.check_hostname
    assert len(context.get_ca_certs()) == 1


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"ca: /no/ca\.pem: No such file"):
        make_context(TlsFiles("/no/ca.pem"))
    with pytest.raises(OSError, match=r"cert: /no/cert\.pem: No such file"):
        make_context(TlsFiles("", "/no/cert.pem", "/no/cert.pem"))


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("not PEM")

    with pytest.raises(OSError, match=r"ca: .*ca\.pem: "):
        make_context(TlsFiles(str(file)))

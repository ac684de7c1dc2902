"""Which authority signs, and that all nodes of a cluster have the same."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from limen.control.certificates.authorities import authority_for
from limen.control.certificates.documents import AUTHORITY, EVERYWHERE
from limen.downstream.authority import ensure_authority
from limen.downstream.authority_files import split_certificates
from limen.downstream.issuing import Validity, issue_certificate
from tests.control.certificates.conftest import Acm


def chosen(acm: Acm, *names: str, days: float = 200) -> str:
    with acm.store.transaction() as documents:
        return authority_for(documents, acm.settings, names, acm.clock.now() + days * 86_400).certificate


def permitted(pem: str) -> list[str]:
    loaded = x509.load_pem_x509_certificate(pem.encode())
    constraints = loaded.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    return [str(each.value) for each in constraints.value.permitted_subtrees or ()]


def test_names_that_nobody_has_are_signed_by_what_is_trusted_already(acm: Acm) -> None:
    own = (acm.directory / "ca.pem").read_text()

    assert chosen(acm, "api.shop.test", "*.example.com", "db.internal") == own
    assert (acm.directory / "ca.pem").read_text() == own


def test_another_name_gets_an_authority_for_itself_alone(acm: Acm) -> None:
    shop = chosen(acm, "*.Shop.dev", "www.shop.dev")

    assert permitted(shop) == ["shop.dev"]
    assert chosen(acm, "api.shop.dev") == shop
    assert permitted(chosen(acm, "shop.app")) == ["shop.app"]
    assert permitted(chosen(acm, "a.test", "b.app")) == ["a.test", "b.app"]


def test_clients_believe_an_authority_for_no_other_name(acm: Acm, tmp_path: Path) -> None:
    with acm.store.transaction() as documents:
        signer = authority_for(documents, acm.settings, ["*.shop.dev"], acm.clock.now() + 86_400).signer

    def believed(*names: str) -> bool:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        issued = issue_certificate(
            signer,
            subject,
            [x509.DNSName(name) for name in names],
            [ExtendedKeyUsageOID.SERVER_AUTH],
            Validity.of_days(30, acm.clock.now()),
        )
        (tmp_path / "leaf.pem").write_bytes(issued.certificate)
        command = ["openssl", "verify", "-CAfile", str(acm.directory / "ca.pem"), str(tmp_path / "leaf.pem")]
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        assert told.returncode == 0 or "permitted subtree violation" in told.stderr
        return told.returncode == 0

    assert believed("a.shop.dev")
    assert not any(map(believed, ("other.dev", "notshop.dev")))
    assert not believed("a.shop.dev", "other.dev")


def test_an_authority_begins_by_the_time_of_clients(acm: Acm) -> None:
    acm.clock.ahead = 160 * 86_400
    made = x509.load_pem_x509_certificate(chosen(acm, "shop.dev").encode())

    assert made.not_valid_before_utc < datetime.now(UTC)
    assert made.not_valid_after_utc.timestamp() > acm.clock.now() + 3_600 * 86_400


def test_an_authority_that_ends_too_soon_signs_no_more(acm: Acm) -> None:
    first = chosen(acm, "shop.dev")

    assert chosen(acm, "shop.dev", days=3_600) == first
    assert chosen(acm, "shop.dev", days=3_650.5) != first


def test_nodes_of_a_cluster_sign_with_one_authority(acm: Acm, tmp_path: Path) -> None:
    ensure_authority(tmp_path / "other")
    other = Acm(acm.store, tmp_path / "other")
    first, second = chosen(acm, "shop.test"), chosen(other, "other.test")

    assert first == second
    assert chosen(other, "shop.dev") == chosen(acm, "shop.dev")
    with acm.store.reader() as reader:
        assert reader.count(AUTHORITY, EVERYWHERE) == 2
        assert all("PRIVATE" not in str(each) for _, each in reader.list(AUTHORITY, EVERYWHERE))


def test_a_damaged_authority_of_the_directory_is_done_without(acm: Acm) -> None:
    (acm.directory / "ca-key.pem").write_text("hello")

    assert permitted(chosen(acm, "shop.test")) == ["shop.test"]


def test_a_new_authority_of_the_directory_leaves_the_others(acm: Acm) -> None:
    shop = chosen(acm, "shop.dev")
    before = split_certificates((acm.directory / "ca.pem").read_bytes())
    ensure_authority(acm.directory, "gateway.dev")
    after = split_certificates((acm.directory / "ca.pem").read_bytes())

    assert after[0] != before[0]
    assert after[1:] == [shop.encode()]
    assert not ensure_authority(acm.directory, "gateway.dev").is_new

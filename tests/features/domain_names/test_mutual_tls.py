"""The gate of a domain name: who is let in, what is remembered, and for how long."""

import pytest

from limen.features.domain_names import mutual_tls
from limen.features.domain_names.mutual_tls import KNOWN_REFUSED, MutualTls
from limen.gateway.exchange import Client
from tests.support.client_certificates import NOW, Party, Wish, bundle, make_authority, make_client, make_root

ROOT = make_root()
ISSUING = make_authority(ROOT)
ANA = make_client(ISSUING)
DAY = 86400.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW.timestamp()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Certificates in the order in which they were verified."""
    asked: list[bytes] = []
    verify = mutual_tls._verify
    monkeypatch.setattr(mutual_tls, "_verify", lambda der, *rest: asked.append(der) or verify(der, *rest))
    return asked


def client(party: Party | None, der: bytes = b"") -> Client:
    return Client("192.0.2.1", 50000, 8443, certificate=der or (party.der if party else b""))


def test_who_is_trusted_is_let_in_and_shown(clock: Clock) -> None:
    ana = client(ANA)

    assert MutualTls(bundle(ISSUING, ROOT), clock).check(ana) == ""
    assert ana.shown is not None
    assert (ana.shown.pem, ana.shown.subject_dn, ana.shown.issuer_dn) == (ANA.pem, "CN=ana", "CN=Issuing")


def test_who_is_not_trusted_is_shown_as_well(clock: Clock) -> None:
    stranger = client(make_client(make_root("Stranger"), "eve"))

    assert MutualTls(bundle(ISSUING, ROOT), clock).check(stranger) == "Could not find issuer for certificate"
    assert stranger.shown is not None
    assert stranger.shown.subject_dn == "CN=eve"


def test_who_shows_nothing_is_refused(clock: Clock) -> None:
    nobody = client(None)

    assert MutualTls(ROOT.pem, clock).check(nobody) == "no client certificate"
    assert nobody.shown is None


def test_what_is_no_certificate_is_refused(clock: Clock) -> None:
    odd = client(None, b"\x30\x00")

    assert MutualTls(ROOT.pem, clock).check(odd) == "client certificate is malformed"
    assert odd.shown is None


def test_a_truststore_that_cannot_be_read_lets_nobody_in(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    gate = MutualTls("nothing", clock)

    assert gate.check(client(ANA)) == "the truststore cannot be read"
    assert "no certificate in PEM format" in caplog.text


def test_a_truststore_is_read_a_certificate_at_a_time(clock: Clock) -> None:
    gate = MutualTls(bundle(ISSUING, ROOT), clock)

    assert list(gate.prepare()) == [None, None]
    assert gate.check(client(ANA)) == ""


def test_a_certificate_is_verified_once(clock: Clock, verified: list[bytes]) -> None:
    gate = MutualTls(bundle(ISSUING, ROOT), clock)
    ana = client(ANA)

    assert [gate.check(each) for each in (ana, ana, client(ANA), client(ANA))] == ["", "", "", ""]
    assert verified == [ANA.der]


def test_a_refusal_is_remembered_for_a_while(clock: Clock, verified: list[bytes]) -> None:
    gate, early = MutualTls(ROOT.pem, clock), client(make_client(ROOT, "ana", Wish(days=(0.5, 9))))
    for seconds in (0, 1, 59):
        clock.now = NOW.timestamp() + seconds
        assert gate.check(early) == "certificate is not yet valid"
    assert len(verified) == 1

    clock.now += DAY
    assert gate.check(early) == ""
    assert len(verified) == 2


def test_nobody_is_let_in_beyond_the_first_end_of_a_chain(clock: Clock) -> None:
    issuing = make_authority(ROOT, "Issuing", Wish(is_authority=True, signs=True, days=(-1, 2)))
    gate, ana = MutualTls(bundle(issuing, ROOT), clock), client(make_client(issuing))
    assert gate.check(ana) == ""

    clock.now += 2 * DAY + 1

    assert gate.check(ana) == "certificate of an issuer has expired"
    assert gate.check(ana) == "certificate of an issuer has expired"


def test_another_truststore_asks_again(clock: Clock) -> None:
    ana = client(ANA)

    assert MutualTls(bundle(ISSUING, ROOT), clock).check(ana) == ""
    assert MutualTls(make_root("Other").pem, clock).check(ana) == "Could not find issuer for certificate"
    assert MutualTls(bundle(ISSUING, ROOT), clock).check(ana) == ""


def test_a_client_behind_a_proxy_is_known_by_the_certificate_of_the_proxy(clock: Clock) -> None:
    gate, proxy = MutualTls(bundle(ISSUING, ROOT), clock), client(ANA)
    first, second = proxy.called_from("198.51.100.1"), proxy.called_from("198.51.100.2")

    assert [gate.check(each) for each in (first, second, proxy)] == ["", "", ""]
    assert proxy.called_from("198.51.100.3").shown is proxy.shown
    assert MutualTls(make_root("Other").pem, clock).check(first) != ""


def test_refusals_do_not_push_out_who_is_trusted(clock: Clock, verified: list[bytes]) -> None:
    gate = MutualTls(bundle(ISSUING, ROOT), clock)
    gate.check(client(ANA))
    for number in range(KNOWN_REFUSED * 2):
        gate.check(client(None, b"%d" % number))
    assert len(gate._refused) == KNOWN_REFUSED

    verified.clear()
    gate.check(client(ANA))
    gate.check(client(None, b"%d" % (KNOWN_REFUSED * 2 - 1)))
    gate.check(client(None, b"0"))
    assert verified == [b"0"]


def test_what_is_remembered_of_the_trusted_has_an_end(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutual_tls, "KNOWN_TRUSTED", 2)
    gate = MutualTls(bundle(ISSUING, ROOT), clock)

    for number in range(5):
        assert gate.check(client(make_client(ISSUING, f"client {number}"))) == ""
    assert len(gate._let_in) == 2


def test_a_fault_lets_nobody_in(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    gate = MutualTls(bundle(ISSUING, ROOT), clock)
    monkeypatch.setattr("limen.features.domain_names.verification.verify", lambda *_: 1 / 0)

    assert gate.check(client(ANA)) == "client certificate could not be verified"
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert gate.check(client(ANA)) == ""

"""What a policy's name means in handshakes."""

import ssl
from collections.abc import Callable

import botocore.session
import pytest

from limen.downstream.security_policies import SECURITY_POLICIES, STANDARD, policy_named
from tests.downstream.named import Seen, client_context, contexts_of, server_name, visit
from tests.downstream.serving import Served

_1_2, _1_3 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


@pytest.fixture
def met(serving: Callable[..., Served]) -> Callable[..., Seen]:
    """A visit to a name with a policy."""

    def meet(policy: str, *, version: ssl.TLSVersion, ciphers: str = "ALL") -> Seen:
        served = serving(context_for=contexts_of(server_name("shop.test", security_policy=policy)).find)
        context = client_context(minimum_version=version, maximum_version=version)
        context.set_ciphers(ciphers)
        return visit(served, "shop.test", context)

    return meet


def test_each_policy_of_aws_has_its_row() -> None:
    model = botocore.session.get_session().get_service_model("apigateway")
    assert set(SECURITY_POLICIES) == set(model.shape_for("SecurityPolicy").enum)


def test_a_name_that_is_not_known_means_the_standard() -> None:
    assert policy_named("SecurityPolicy_OF_TOMORROW") is policy_named("") is STANDARD


@pytest.mark.parametrize("policy", ["TLS_1_0", "TLS_1_2", "SecurityPolicy_TLS13_1_2_2021_06", ""])
def test_both_versions_are_spoken(met: Callable[..., Seen], policy: str) -> None:
    assert met(policy, version=_1_2).version == "TLSv1.2"
    assert met(policy, version=_1_3).version == "TLSv1.3"


def test_nothing_older_is_spoken_under_tls_1_0(met: Callable[..., Seen]) -> None:
    with pytest.warns(DeprecationWarning), pytest.raises(OSError):
        met("TLS_1_0", version=ssl.TLSVersion.TLSv1_1, ciphers="ALL:@SECLEVEL=0")


@pytest.mark.parametrize(
    "policy",
    ["SecurityPolicy_TLS13_1_3_2025_09", "SecurityPolicy_TLS13_1_3_FIPS_2025_09", "SecurityPolicy_TLS13_2025_EDGE"],
)
def test_some_speak_1_3_alone(met: Callable[..., Seen], policy: str) -> None:
    assert met(policy, version=_1_3).version == "TLSv1.3"
    with pytest.raises(OSError):
        met(policy, version=_1_2)


@pytest.mark.parametrize("policy", [name for name in SECURITY_POLICIES if "FIPS" in name or "PFS" in name])
def test_chacha_is_no_cipher_of_fips_and_pfs(met: Callable[..., Seen], policy: str) -> None:
    if "1_3" in policy:
        assert "AES" in met(policy, version=_1_3).cipher
        return
    assert "AES" in met(policy, version=_1_2, ciphers="ECDHE+CHACHA20:ECDHE+AESGCM").cipher
    with pytest.raises(OSError):
        met(policy, version=_1_2, ciphers="ECDHE+CHACHA20")


@pytest.mark.parametrize(("policy", "suites"), [("TLS_1_2", 3), ("SecurityPolicy_TLS13_1_3_FIPS_2025_09", 2)])
def test_fips_leaves_a_suite_of_tls_1_3_out(policy: str, suites: int) -> None:
    context = contexts_of(server_name("shop.test", security_policy=policy)).find("shop.test")
    assert context is not None
    found = [cipher["name"] for cipher in context.get_ciphers() if cipher["protocol"] == "TLSv1.3"]
    assert len(found) == suites
    assert ("TLS_CHACHA20_POLY1305_SHA256" in found) == (suites == 3)


@pytest.mark.parametrize("ciphers", ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA"])
def test_no_policy_takes_weak_ciphers(met: Callable[..., Seen], ciphers: str) -> None:
    with pytest.raises(OSError):
        met("SecurityPolicy_TLS13_1_2_PQ_2025_09", version=_1_2, ciphers=ciphers)


def test_without_a_way_to_leave_suites_out_aes_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.downstream.openssl.find_openssl", lambda: None)
    policy = "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09"
    context = contexts_of(server_name("shop.test", security_policy=policy)).find("shop.test")
    assert context is not None
    assert context.options & ssl.OP_CIPHER_SERVER_PREFERENCE

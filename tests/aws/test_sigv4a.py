"""Signatures of version 4A: keys and signatures as AWS's Common Runtime makes them."""

import datetime

import pytest
from awscrt import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.crt.auth import CrtSigV4AsymAuth
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, derive_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from limen.aws.errors import AwsError
from limen.aws.request import AwsRequest
from limen.aws.signature import find_signature, verify
from limen.aws.sigv4a import derive_number, derive_public_key, is_for_region, is_signed
from limen.wire import header

ID, SECRET = "AKISORANDOMAASORANDOM", "q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom"
assert auth.AwsSigningAlgorithm.V4_ASYMMETRIC


def test_the_key_is_that_of_the_published_example() -> None:
    """The derivation's known answer, as the public implementations test it."""
    numbers = derive_public_key(ID, SECRET).public_numbers()

    assert f"{derive_number(ID, SECRET):x}" == "7fd3bd010c0d9c292141c2b77bfbde1042c92e6836fff749d1269ec890fca1bd"
    assert f"{numbers.x:x}" == "15d242ceebf8d8169fd6a8b5a746c41140414c3b07579038da06af89190fffcb"
    assert f"{numbers.y:x}" == "515242cedd82e94799482e4c0514b505afccf2c0c98d6a553bf539f424c5ec0"


def test_what_the_key_signs_is_signed() -> None:
    private = derive_private_key(derive_number(ID, SECRET), SECP256R1())
    signature = private.sign(b"text", ECDSA(SHA256())).hex()

    assert is_signed("text", signature, private.public_key())
    assert not is_signed("other", signature, private.public_key())
    assert not is_signed("text", signature, derive_public_key(ID, "other"))


@pytest.mark.parametrize("signature", ["", "zz", "00", "3006020100020100", "30" * 4000, "é"])
def test_what_is_no_signature_is_none(signature: str) -> None:
    assert not is_signed("text", signature, derive_public_key(ID, SECRET))


@pytest.mark.parametrize(
    ("region_set", "is_for"),
    [
        (["us-east-1"], True),
        (["eu-west-1", "us-east-1"], True),
        (["*"], True),
        (["us-*"], True),
        (["eu-*"], False),
        ([""], False),
        (["[a-z]s-east-1"], False),
        (["us-east-?"], False),
    ],
)
def test_regions_are_patterns(region_set: list[str], is_for: bool) -> None:
    assert is_for_region("us-east-1", region_set) is is_for


def test_what_the_common_runtime_signs_is_accepted() -> None:
    request = AWSRequest("POST", "https://localhost:8443/prod/a%20b?x=1&y=~", headers={"X-A": " b  c "}, data=b"{}")
    CrtSigV4AsymAuth(Credentials(ID, SECRET), "execute-api", "us-east-1,eu-*").add_auth(request)
    sent = [header(name.encode(), value.strip().encode()) for name, value in request.headers.items()]
    sent = [each for each in sent if each[0] != b"host"] + [header(b"Host", b"localhost:8443")]
    found = AwsRequest("POST", "/prod/a%20b", "x=1&y=~", sent, b"{}")

    signature = find_signature(found, takes_asymmetric=True)

    assert signature is not None and signature.is_asymmetric
    assert (signature.scope.service, signature.scope.region) == ("execute-api", "")
    assert signature.is_for_region("eu-central-1") and not signature.is_for_region("us-west-2")
    verify(found, signature, SECRET)
    with pytest.raises(AwsError, match="does not match"):
        verify(AwsRequest("POST", "/prod/a%20b", "x=1&y=~", sent, b"{ }"), signature, SECRET)
    with pytest.raises(AwsError, match="Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'"):
        find_signature(found)
    assert signature.timestamp[:8] == datetime.datetime.now(datetime.UTC).strftime("%Y%m%d")

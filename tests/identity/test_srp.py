"""SRP against a slow client that follows the SDKs' JavaScript number by number, in hexadecimal texts."""

import hashlib
import hmac
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limen.identity import srp
from limen.identity.srp import N, SrpError, derive_key, make_verifier, public_number, read_public, signature

POOL = "eu-west-1_Ab3dEf9Gh"


class SlowClient:
    """AuthenticationHelper.js: everything is a text of hexadecimal digits until it is hashed."""

    def __init__(self, secret: int) -> None:
        self.secret = secret
        self.public = pow(2, secret, N)
        self.k = int(self.hash_hex("00" + f"{N:x}" + "0" + "2"), 16)

    @staticmethod
    def hash_hex(text: str) -> str:
        return hashlib.sha256(bytes.fromhex(text)).hexdigest().zfill(64)

    @staticmethod
    def pad_hex(number: int) -> str:
        text = f"{number:x}"
        if len(text) % 2 == 1:
            return "0" + text
        return "00" + text if text[0] in "89abcdef" else text

    def answer(
        self, name: str, password: str, server_public: str, salt: str, block: bytes, timestamp: str, pool: str = POOL
    ) -> bytes:
        prefix = pool.split("_")[1]
        b = int(server_public, 16)
        u = self.hash_hex(self.pad_hex(self.public) + self.pad_hex(b))
        full = f"{prefix}{name}:{password}".encode()
        x = int(self.hash_hex(self.pad_hex(int(salt, 16)) + hashlib.sha256(full).hexdigest()), 16)
        shared = pow(b - self.k * pow(2, x, N), self.secret + int(u, 16) * x, N)
        prk = hmac.new(bytes.fromhex(self.pad_hex(int(u, 16))), bytes.fromhex(self.pad_hex(shared)), hashlib.sha256)
        key = hmac.new(prk.digest(), b"Caldera Derived Key" + chr(1).encode(), hashlib.sha256).digest()[:16]
        message = prefix.encode() + name.encode() + block + timestamp.encode()
        return hmac.new(key, message, hashlib.sha256).digest()


texts = st.text(min_size=1, max_size=40).filter(lambda text: text.isprintable())


@settings(max_examples=30, deadline=None)
@given(
    name=texts,
    password=texts,
    salt=st.binary(min_size=16, max_size=16),
    secret=st.integers(1, 1 << 1024),
    own=st.integers(1, 1 << 512),
)
def test_both_sides_come_to_the_same_key(name: str, password: str, salt: bytes, secret: int, own: int) -> None:
    client = SlowClient(secret)
    verifier = make_verifier(POOL, name, password, salt)
    server_public = f"{public_number(verifier, own):x}"
    timestamp = "Tue Nov 14 22:13:20 UTC 2023"

    claimed = client.answer(name, password, server_public, verifier.salt, b"block", timestamp)

    key = derive_key(client.public, own, verifier)
    assert signature(key, POOL, name, b"block", timestamp) == claimed


def test_another_password_comes_to_another_key() -> None:
    client, verifier = SlowClient(12345), make_verifier(POOL, "ana", "right")
    public = f"{public_number(verifier, 999):x}"

    claimed = client.answer("ana", "wrong", public, verifier.salt, b"block", "now")

    assert signature(derive_key(client.public, 999, verifier), POOL, "ana", b"block", "now") != claimed


@pytest.mark.parametrize("text", ["0", "", "zz", f"{N:x}", f"{2 * N:x}", "-1", "0x2", " 2", "1_0", "f" * 1025])
def test_a_number_that_would_let_anybody_in_is_refused(text: str) -> None:
    with pytest.raises(SrpError):
        read_public(text)


def test_the_group_is_that_of_the_sdks() -> None:
    assert (N.bit_length(), srp.G) == (3072, 2)
    assert b64encode(hashlib.sha256(srp.padded(N)).digest()) == b64encode(
        hashlib.sha256(b"\0" + N.to_bytes(384, "big")).digest()
    )

"""The algorithms that a token may be signed with (RFC 7518, section 3.1): those that API Gateway knows.

No `none`, and none with shared secrets: a public key that is taken for one would let everybody sign.
"""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct


class Algorithm(Struct, frozen=True):
    """One row; `curve` is None for RSA, where any key will do."""

    name: str
    key_type: str
    digest: hashes.HashAlgorithm
    curve: ec.EllipticCurve | None = None


ALGORITHMS: dict[str, Algorithm] = {
    row.name: row
    for row in (
        Algorithm("RS256", "RSA", hashes.SHA256()),
        Algorithm("RS384", "RSA", hashes.SHA384()),
        Algorithm("RS512", "RSA", hashes.SHA512()),
        Algorithm("ES256", "EC", hashes.SHA256(), ec.SECP256R1()),
        Algorithm("ES384", "EC", hashes.SHA384(), ec.SECP384R1()),
        Algorithm("ES512", "EC", hashes.SHA512(), ec.SECP521R1()),
    )
}
"""By the name that a token gives in `alg`."""

RSA_ALGORITHMS = frozenset(name for name, row in ALGORITHMS.items() if row.key_type == "RSA")
"""All that JWT authorizers of HTTP APIs and user pools know."""

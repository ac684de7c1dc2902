"""Security policies of domain names: which TLS each stands for here.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html

No policy goes below TLS 1.2, forward secrecy and authenticated encryption, whatever it may do on AWS: clients that need
CBC, RSA key exchange or TLS 1.0 are not served under any. Key agreement after quantum computers (PQ) is OpenSSL's
business: from 3.5 on it is offered and preferred under each of them.
"""

import ssl

from msgspec import Struct

STRONG = "ECDHE+AESGCM:ECDHE+CHACHA20"
GCM = "ECDHE+AESGCM"
GCM_SUITES = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"

_1_2 = ssl.TLSVersion.TLSv1_2
_1_3 = ssl.TLSVersion.TLSv1_3


class SecurityPolicy(Struct, frozen=True):
    """The least version, the ciphers of TLS 1.2, and the suites of TLS 1.3 where not all are taken."""

    version: ssl.TLSVersion = _1_2
    ciphers: str = STRONG
    suites: str = ""


STANDARD = SecurityPolicy()
"""Of all names that have no policy of their own."""

SECURITY_POLICIES: dict[str, SecurityPolicy] = {
    "TLS_1_0": STANDARD,
    "TLS_1_2": STANDARD,
    "SecurityPolicy_TLS13_1_3_2025_09": SecurityPolicy(_1_3),
    "SecurityPolicy_TLS13_1_3_FIPS_2025_09": SecurityPolicy(_1_3, GCM, GCM_SUITES),
    "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09": SecurityPolicy(_1_2, GCM),
    "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09": SecurityPolicy(_1_2, GCM, GCM_SUITES),
    "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09": SecurityPolicy(_1_2, GCM, GCM_SUITES),
    "SecurityPolicy_TLS13_1_2_PQ_2025_09": STANDARD,
    "SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09": STANDARD,
    "SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09": SecurityPolicy(_1_2, GCM, GCM_SUITES),
    "SecurityPolicy_TLS13_1_2_2021_06": STANDARD,
    "SecurityPolicy_TLS13_2025_EDGE": SecurityPolicy(_1_3),
    "SecurityPolicy_TLS12_PFS_2025_EDGE": SecurityPolicy(_1_2, GCM),
    "SecurityPolicy_TLS12_2018_EDGE": STANDARD,
}


def policy_named(name: str) -> SecurityPolicy:
    """The standard one for a name that is not known."""
    return SECURITY_POLICIES.get(name, STANDARD)

"""Issues certificates for domain names, and says what a document keeps of one."""

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from limen.control.call import ControlSettings
from limen.control.certificates.authorities import DAY, authority_for, validity_from
from limen.control.certificates.documents import EVERYWHERE, ISSUED_HERE, STAND_IN, stand_in_seal
from limen.control.certificates.facts import facts_of
from limen.downstream.issuing import PrivateKey, issue_certificate
from limen.store.documents import Document
from limen.store.transaction import Transaction

CERTIFICATE_DAYS = 198
"""As long as those that ACM issues."""
RSA = "RSA_2048"
ELLIPTIC = "EC_prime256v1"
KEY_ALGORITHMS = (RSA, ELLIPTIC, "EC_secp384r1")
"""Of certificates that ACM issues."""
_LONGEST_COMMON_NAME = 64


def new_key(algorithm: str) -> PrivateKey:
    """An RSA key takes a tenth of a second or more."""
    if algorithm == RSA:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1() if algorithm == ELLIPTIC else ec.SECP384R1())


def put_stand_in(documents: Transaction, settings: ControlSettings, domain_name: str) -> None:
    """Issues one, in place of one that may be there; `domain_name` in lower case."""
    issued = issue(documents, settings, [domain_name], new_key(ELLIPTIC), stand_in_seal(domain_name))
    document = issued | {"Type": ISSUED_HERE, "at": settings.clock.text()}
    documents.put(STAND_IN, EVERYWHERE, domain_name, document)


def issue(
    documents: Transaction, settings: ControlSettings, names: Sequence[str], key: PrivateKey, about: str
) -> Document:
    """What a certificate for these names is to its document; `about`: what its key is sealed for."""
    now = settings.clock.now()
    validity = validity_from(now, CERTIFICATE_DAYS)
    authority = authority_for(documents, settings, names, now + CERTIFICATE_DAYS * DAY)
    named = next((name for name in names if len(name) <= _LONGEST_COMMON_NAME), "Limen")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, named)])
    alternative = [x509.DNSName(name) for name in names]
    uses = [ExtendedKeyUsageOID.SERVER_AUTH]
    made = issue_certificate(authority.signer, subject, alternative, uses, validity, key)
    return facts_of(x509.load_pem_x509_certificate(made.certificate)) | {
        "Status": "ISSUED",
        "_certificate": made.certificate.decode("ascii"),
        "_chain": authority.certificate,
        "_authority": authority.key,
        "_sealed": settings.secrets_seal.close(made.key, about),
    }

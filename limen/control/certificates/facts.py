"""What a certificate says of itself, in the words of DescribeCertificate."""

from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CURVES = {"secp256r1": "prime256v1"}
"""ACM's names, where they are others."""
_USAGES = {
    "digital_signature": "DIGITAL_SIGNATURE",
    "content_commitment": "NON_REPUDIATION",
    "key_encipherment": "KEY_ENCIPHERMENT",
    "data_encipherment": "DATA_ENCIPHERMENT",
    "key_agreement": "KEY_AGREEMENT",
    "key_cert_sign": "CERTIFICATE_SIGNING",
    "crl_sign": "CRL_SIGNING",
}
_OF_AGREEMENT = {"encipher_only": "ENCIPHER_ONLY", "decipher_only": "DECIPHER_ONLY"}
"""Said of key agreement alone."""
_EXTENDED = {
    ExtendedKeyUsageOID.SERVER_AUTH: "TLS_WEB_SERVER_AUTHENTICATION",
    ExtendedKeyUsageOID.CLIENT_AUTH: "TLS_WEB_CLIENT_AUTHENTICATION",
    ExtendedKeyUsageOID.CODE_SIGNING: "CODE_SIGNING",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "EMAIL_PROTECTION",
    ExtendedKeyUsageOID.TIME_STAMPING: "TIME_STAMPING",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSP_SIGNING",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "ANY",
    ExtendedKeyUsageOID.IPSEC_IKE: "IPSEC_END_SYSTEM",
}


def facts_of(certificate: x509.Certificate) -> dict[str, Any]:
    names = names_of(certificate)
    return {
        "DomainName": names[0] if names else "",
        "SubjectAlternativeNames": names,
        "Serial": _serial(certificate.serial_number),
        "Subject": certificate.subject.rfc4514_string(),
        "Issuer": _issuer(certificate.issuer),
        "NotBefore": time_text(certificate.not_valid_before_utc),
        "NotAfter": time_text(certificate.not_valid_after_utc),
        "KeyAlgorithm": key_algorithm(certificate.public_key()),
        "SignatureAlgorithm": _signature(certificate),
        "KeyUsages": [{"Name": name} for name in _key_usages(certificate)],
        "ExtendedKeyUsages": _extended_usages(certificate),
    }


def names_of(certificate: x509.Certificate) -> list[str]:
    """DNS names, the common name first where it is one of them; it alone where there are no others."""
    common = [str(each.value) for each in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return common
    names = extension.value.get_values_for_type(x509.DNSName)
    return [*(name for name in common if name in names), *(name for name in names if name not in common)]


def key_algorithm(key: object) -> str:
    """As ACM calls it; empty for a kind of key that it does not know."""
    if isinstance(key, rsa.RSAPublicKey | rsa.RSAPrivateKey):
        return f"RSA_{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey):
        return f"EC_{_CURVES.get(key.curve.name, key.curve.name)}"
    return ""


def time_text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _serial(number: int) -> str:
    return number.to_bytes((number.bit_length() + 7) // 8 or 1, "big").hex(":")


def _issuer(name: x509.Name) -> str:
    """Who it is: the organization, else its common name, else all there is."""
    for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for attribute in name.get_attributes_for_oid(oid):
            return str(attribute.value)
    return name.rfc4514_string()


def _signature(certificate: x509.Certificate) -> str:
    try:
        algorithm = certificate.signature_hash_algorithm
    except ValueError:
        algorithm = None
    kind = "ECDSA" if "ecdsa" in certificate.signature_algorithm_oid._name.lower() else "RSA"
    return f"{algorithm.name.upper()}WITH{kind}" if algorithm is not None else certificate.signature_algorithm_oid._name


def _key_usages(certificate: x509.Certificate) -> list[str]:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return []
    rows = _USAGES | (_OF_AGREEMENT if usage.key_agreement else {})
    return [name for attribute, name in rows.items() if getattr(usage, attribute)]


def _extended_usages(certificate: x509.Certificate) -> list[dict[str, str]]:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return []
    return [{"Name": _EXTENDED.get(oid, "CUSTOM"), "OID": oid.dotted_string} for oid in usages]

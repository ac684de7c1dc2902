"""Whether a domain name may have a certificate; `served` says what is served then."""

from limen.aws.errors import bad_request
from limen.control.call import Call
from limen.control.certificates.documents import (
    EVERYWHERE,
    STAND_IN,
    ends_at,
    find_certificate,
    status_of,
)
from limen.control.certificates.issuing import put_stand_in
from limen.control.certificates.names import covers
from limen.control.certificates.served import certificate_nouns, served_certificate
from limen.control.certificates.sweeper import RENEW_BEFORE
from limen.store.documents import Document

__all__ = ("certificate_for", "certificate_nouns", "served_certificate")

_WEAK = ("MD5", "SHA1")


def certificate_for(call: Call, domain_name: str, arn: str) -> None:
    """Raises BadRequestException where a certificate that is known here cannot serve a domain name.

    For one that is not known a stand-in is issued, where there is none yet: templates written for AWS work.
    """
    certificate = find_certificate(call.documents, arn, call.aws.account)
    if certificate is None:
        _stand_in_for(call, domain_name.lower())
        return
    _check(certificate, domain_name, arn, call.settings.clock.now())
    call.documents.delete(STAND_IN, EVERYWHERE, domain_name.lower())


def _check(certificate: Document, domain_name: str, arn: str, now: float) -> None:
    status = status_of(certificate, now)
    if status != "ISSUED":
        raise bad_request(f"Invalid certificate ARN: {arn}. Certificate must be ISSUED, and is {status}.")
    names = certificate["SubjectAlternativeNames"]
    if not covers(names, domain_name):
        raise bad_request(
            f"The certificate {arn} does not cover the domain name {domain_name}: it is for {', '.join(names[:10])}"
        )
    if certificate["KeyAlgorithm"] == "RSA_1024" or certificate["SignatureAlgorithm"].startswith(_WEAK):
        raise bad_request(
            f"The certificate {arn} cannot serve a domain name: {certificate['KeyAlgorithm']} with "
            f"{certificate['SignatureAlgorithm']} is not secure"
        )


def _stand_in_for(call: Call, domain_name: str) -> None:
    settings = call.settings
    if settings.secrets is None or settings.issuing is None:
        return  # a process that issues nothing
    found = call.documents.get(STAND_IN, EVERYWHERE, domain_name)
    if found is None or ends_at(found) - RENEW_BEFORE <= settings.clock.now():
        put_stand_in(call.documents, settings, domain_name)

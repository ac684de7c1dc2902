"""RequestCertificate and what follows it: certificates that this server issues at once, for who asks is its owner."""

import hashlib
from datetime import datetime
from typing import Any

import orjson

from limen.aws.errors import AwsError, not_implemented
from limen.control.call import Aside, Call
from limen.control.certificates.documents import (
    IMPORTED,
    ISSUED_HERE,
    TOKEN,
    find_certificate,
    named_certificate,
    new_certificate_arn,
    put_certificate,
)
from limen.control.certificates.errors import (
    invalid,
    invalid_parameter,
    invalid_state,
    invalid_validation_options,
)
from limen.control.certificates.issuing import KEY_ALGORITHMS, RSA, issue, new_key
from limen.control.certificates.quotas import check_room
from limen.control.certificates.tags import checked_tags
from limen.downstream.issuing import PrivateKey

TOKEN_SECONDS = 3_600
"""For which a token stands for one request."""
LONGEST_FIRST_NAME = 64
_MAILBOXES = ("admin", "administrator", "hostmaster", "postmaster", "webmaster")


def request_certificate(call: Call, members: dict[str, Any]) -> dict[str, Any] | Aside:
    """The key is made beside other calls, and only where one is needed."""
    names = _names(members)
    if members.get("CertificateAuthorityArn"):
        raise invalid("Limen has no private certificate authorities: leave CertificateAuthorityArn out")
    if members.get("ManagedBy"):
        raise not_implemented("certificates managed by other services")
    algorithm = members.get("KeyAlgorithm") or RSA
    if algorithm not in KEY_ALGORITHMS:
        raise invalid(f"The key algorithm {algorithm} cannot be requested: use one of {', '.join(KEY_ALGORITHMS)}")
    _check_domains(names, members)
    known = _find_by_token(call, members)
    if known is not None:
        return {"CertificateArn": known}
    check_room(call, len(names))
    checked_tags(members.get("Tags"))

    def go_on(call: Call, key: PrivateKey) -> dict[str, Any]:
        return {"CertificateArn": _find_by_token(call, members) or _issue(call, members, names, key)}

    return Aside(lambda: new_key(algorithm), go_on)


def renew_certificate(call: Call, members: dict[str, Any]) -> dict[str, Any] | Aside:
    document = named_certificate(call, members["CertificateArn"])
    arn = document["CertificateArn"]
    if document["Type"] == IMPORTED:
        raise invalid(f"Certificate {arn} was imported: import the new one under its ARN instead.")

    def go_on(call: Call, key: PrivateKey) -> dict[str, Any]:
        renew(call, arn, key)
        return {}

    return Aside(lambda: new_key(document["KeyAlgorithm"]), go_on)


def renew(call: Call, arn: str, key: PrivateKey) -> None:
    """Puts a new certificate in place of one that was requested."""
    document = named_certificate(call, arn)
    issued = issue(call.documents, call.settings, document["SubjectAlternativeNames"], key, arn)
    summary = {
        "RenewalStatus": "SUCCESS",
        "DomainValidationOptions": document["DomainValidationOptions"],
        "UpdatedAt": call.now,
    }
    put_certificate(call, document | issued | {"IssuedAt": call.now, "RenewalSummary": summary})


def update_certificate_options(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    document, options = named_certificate(call, members["CertificateArn"]), members["Options"]
    if document["Type"] == IMPORTED:
        raise invalid_state(f"Certificate {document['CertificateArn']} was imported: it has no options to update.")
    if options.get("ValidationMethod"):
        raise invalid("The validation method of a certificate that is issued already cannot be changed")
    if options.get("Export") == "ENABLED" != document["Options"]["Export"]:
        raise invalid("The private key of a certificate can be exported only where the certificate was requested so")
    put_certificate(call, document | {"Options": document["Options"] | options})
    return {}


def resend_validation_email(call: Call, members: dict[str, Any]) -> dict[str, Any]:
    named_certificate(call, members["CertificateArn"])
    raise AwsError("InvalidStateException", "Limen sends no validation email: certificates are issued at once", 400)


def _issue(call: Call, members: dict[str, Any], names: list[str], key: PrivateKey) -> str:
    arn = new_certificate_arn(call)
    options = {"CertificateTransparencyLoggingPreference": "ENABLED", "Export": "DISABLED"}
    chosen = {name: value for name, value in (members.get("Options") or {}).items() if name != "ValidationMethod"}
    put_certificate(
        call,
        issue(call.documents, call.settings, names, key, arn)
        | {
            "CertificateArn": arn,
            "CreatedAt": call.now,
            "IssuedAt": call.now,
            "Type": ISSUED_HERE,
            "RenewalEligibility": "ELIGIBLE",
            "Options": options | chosen,
            "DomainValidationOptions": _validations(names, members),
            "_tags": checked_tags(members.get("Tags")),
        },
    )
    if members.get("IdempotencyToken"):
        token = {"arn": arn, "request": _digest(members), "at": call.now}
        call.documents.put(TOKEN, call.scope, members["IdempotencyToken"], token)
    return arn


def _names(members: dict[str, Any]) -> list[str]:
    """All names, the first of which is its DomainName; each once."""
    given = [members["DomainName"], *(members.get("SubjectAlternativeNames") or ())]
    names = list(dict.fromkeys(name.lower() for name in given))
    if len(names[0]) > LONGEST_FIRST_NAME:
        raise invalid_parameter(f"The first domain name can have {LONGEST_FIRST_NAME} characters, not {len(names[0])}.")
    return names


def _check_domains(names: list[str], members: dict[str, Any]) -> None:
    for option in members.get("DomainValidationOptions") or ():
        name, validated = option["DomainName"].lower(), option["ValidationDomain"].lower()
        if name not in names:
            raise invalid_validation_options(f"{option['DomainName']} is not a domain name of this request.")
        base = name.removeprefix("*.")
        if base != validated and not base.endswith(f".{validated}"):
            raise invalid_validation_options(
                f"The validation domain {option['ValidationDomain']} is not a superdomain of {option['DomainName']}."
            )


def _validations(names: list[str], members: dict[str, Any]) -> list[dict[str, Any]]:
    """As if each were validated: Terraform and CDK make the records that they name."""
    chosen = {
        each["DomainName"].lower(): each["ValidationDomain"] for each in members.get("DomainValidationOptions") or ()
    }
    method = members.get("ValidationMethod") or "EMAIL"
    validations = []
    for name in names:
        base = name.removeprefix("*.")
        validation: dict[str, Any] = {
            "DomainName": name,
            "ValidationDomain": chosen.get(name, name),
            "ValidationStatus": "SUCCESS",
            "ValidationMethod": method,
        }
        if method == "DNS":
            digest = hashlib.sha256(base.encode()).hexdigest()
            value = f"_{digest[32:]}.limen.acm-validations.aws."
            validation["ResourceRecord"] = {"Name": f"_{digest[:32]}.{base}.", "Type": "CNAME", "Value": value}
        elif method == "EMAIL":
            owner = chosen.get(name, base).removeprefix("*.")
            validation["ValidationEmails"] = [f"{mailbox}@{owner}" for mailbox in _MAILBOXES]
        validations.append(validation)
    return validations


def _find_by_token(call: Call, members: dict[str, Any]) -> str | None:
    """The ARN of what the same request with the same token, not long ago, has made."""
    if not members.get("IdempotencyToken"):
        return None
    token = call.documents.get(TOKEN, call.scope, members["IdempotencyToken"])
    if token is None or token["request"] != _digest(members) or _age(call, token["at"]) > TOKEN_SECONDS:
        return None
    arn = str(token["arn"])
    return arn if find_certificate(call.documents, arn, call.aws.account) is not None else None


def _digest(members: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(members, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _age(call: Call, at: str) -> float:
    return (datetime.fromisoformat(call.now) - datetime.fromisoformat(at)).total_seconds()

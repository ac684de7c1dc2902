"""Whether a domain name may have a certificate."""

from limen.control.call import Call


def certificate_for(call: Call, domain_name: str, arn: str) -> None:
    """Raises BadRequestException where a certificate that is known here cannot serve a domain name."""

"""Certificates that the configurations of a domain name have, by ARN."""

import re

from limen.aws.errors import bad_request
from limen.control.call import Call
from limen.control.certificates.serving import certificate_for
from limen.control.domains.documents import arns_of
from limen.store.documents import Document

EDGE_REGION = "us-east-1"
"""Where the certificate of an edge-optimized domain name has to be."""

_ARN = re.compile(r"arn:aws[a-z-]*:acm:(?P<region>[a-z0-9-]+):\d{12}:certificate/[\w-]+")


def check_arn(arn: str, region: str) -> None:
    form = _ARN.fullmatch(arn)
    if form is None:
        raise bad_request(f"Invalid certificate ARN: {arn}")
    if form["region"] != region:
        raise bad_request(f"Invalid certificate ARN: {arn}. Certificate must be in '{region}'.")


def take_certificates(call: Call, before: Document | None, after: Document) -> None:
    """Has each new one looked at, or made up for. One that was taken before may have run out since: that is no
    reason to refuse a change of something else.
    """
    known = arns_of(before)
    for arn in dict.fromkeys(arns_of(after)):
        if arn not in known:
            certificate_for(call, after["domainName"], arn)
